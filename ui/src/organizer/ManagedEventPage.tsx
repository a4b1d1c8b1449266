/** Running one event: its sales, its seats, its door and its details. */

import { useEffect, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { Gate } from '../account/Gate';
import { user } from '../api/session';
import { openBoard } from '../map/board';
import type { Board } from '../map/types';
import { Failure } from '../parts/Notice';
import { Page } from '../parts/Page';
import { dateAndTime } from '../parts/times';
import { useQuery } from '../parts/useQuery';
import { CheckIn } from './CheckIn';
import { Details } from './Details';
import { type Managed, ManagedEvent } from './queries';
import { Sales } from './Sales';
import { Seats } from './Seats';
import { StatusBadge } from './StatusBadge';
import './organizer.css';

const PARTS = { sales: 'Sales', seats: 'Seats', 'check-in': 'Check in', details: 'Details' };
type Part = keyof typeof PARTS;

export default function ManagedEventPage() {
  const id = useRoute().params.id ?? '';
  if (user.value && user.value.role !== 'USER') return <Known key={id} id={id} />;
  return (
    <Page title="An event of yours">
      <Gate why="Log in to run this event." needs="ORGANIZER">
        {null}
      </Gate>
    </Page>
  );
}

function Known({ id }: { id: string }) {
  const { data, failed, reload } = useQuery(ManagedEvent, { id });
  const event = data?.event ?? null;
  if (event?.bookingsExportUrl) return <Run event={event} reload={reload} />;
  if (data || failed?.code === 'VALIDATION_ERROR') return <NotYours isThere={event !== null} />;
  return (
    <Page title={failed ? 'Something went wrong' : 'One moment …'}>
      {failed ? <Failure failed={failed} retry={reload} /> : <div class="skeleton organizer-waiting" />}
    </Page>
  );
}

function NotYours({ isThere }: { isThere: boolean }) {
  return (
    <Page title="No event of yours" width="narrow">
      <p>{isThere ? 'Others run this event.' : 'There is no such event. Perhaps its draft was deleted, or the address was cut short.'}</p>
      <a class="button button-main" href="/organizer">
        See your events
      </a>
    </Page>
  );
}

function Run({ event, reload }: { event: Managed; reload: () => void }) {
  const { query } = useLocation();
  const board = useBoard(event, reload);
  const isPart = (name: string | undefined): name is Part => name !== undefined && Object.hasOwn(PARTS, name);
  const shown: Part = isPart(query.tab) ? query.tab : event.status === 'DRAFT' ? 'details' : 'sales';
  return (
    <Page title={event.name} heading={<bdi>{event.name}</bdi>} width="wide">
      <div class="row organizer-facts">
        <StatusBadge status={event.status} phase={event.phase} />
        <span>{dateAndTime(event.startsAt, event.timezone)}</span>
        {event.venue && <bdi>{event.venue.name}</bdi>}
        {event.status !== 'DRAFT' && <a href={`/events/${event.id}`}>See its public page</a>}
      </div>
      <nav class="parts" aria-label="This event">
        {Object.entries(PARTS).map(([part, name]) => (
          <a
            key={part}
            class="button button-plain"
            href={`/organizer/events/${event.id}?tab=${part}`}
            aria-current={part === shown ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      {shown === 'sales' && <Sales event={event} board={board} />}
      {shown === 'seats' && <Seats event={event} board={board} reload={reload} />}
      {shown === 'check-in' && <CheckIn event={event} />}
      {shown === 'details' && <Details event={event} reload={reload} />}
    </Page>
  );
}

/** The event's seats, followed live as long as the page is there; null of a draft, which nobody can watch. */
function useBoard({ id, status }: Managed, reload: () => void): Board | null {
  const [board, setBoard] = useState<Board | null>(null);
  const isWatched = status !== 'DRAFT';
  useEffect(() => {
    if (!isWatched) return;
    const opened = openBoard(id);
    opened.onSaleChanged(reload);
    setBoard(opened);
    return () => opened.close();
  }, [id, isWatched, reload]);
  return board;
}
