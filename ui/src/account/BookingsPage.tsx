import { useSignalEffect } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { request } from '../api/client';
import { Action } from '../parts/Action';
import { Failure } from '../parts/Notice';
import { Page } from '../parts/Page';
import { useFurther } from '../parts/useFurther';
import { useQuery } from '../parts/useQuery';
import { useReconnected } from '../parts/useReconnected';
import { BookingCard } from './BookingCard';
import { type BookingStatus, type BookingsPage as BookingsShown, MoreBookings, MyBookings } from './bookings';
import { Gate } from './Gate';
import { newest } from './notifications';
import { ReceivedTickets } from './ReceivedTickets';
import { Waiting } from './Waiting';
import './account.css';

/** What can be looked for, in the order of what there is to do. */
const STATUSES: readonly { status: BookingStatus | null; label: string }[] = [
  { status: null, label: 'All' },
  { status: 'PENDING', label: 'To pay' },
  { status: 'CONFIRMED', label: 'Confirmed' },
  { status: 'CANCELLED', label: 'Cancelled' },
  { status: 'EXPIRED', label: 'Expired' },
  { status: 'FAILED', label: 'Failed' },
];
const NO_MORE: BookingsShown = { totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null }, edges: [] };

export default function BookingsPage() {
  return (
    <Page title="My bookings">
      <Gate why="Log in to see your bookings.">
        <Bookings />
      </Gate>
    </Page>
  );
}

function Bookings() {
  const { query } = useLocation();
  const status = STATUSES.find((each) => each.status === query.status)?.status ?? null;
  const asked = { filter: { status } };
  const { data, failed, isLoading, reload } = useQuery(MyBookings, asked);
  const me = data?.me ?? null;
  const list = useFurther(
    me?.bookings ?? null,
    async (after) => (await request(MoreBookings, { ...asked, after })).me?.bookings ?? NO_MORE,
  );
  useReloadOnNews(reload);
  useReconnected(reload);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the clock is compared when an answer came
  const receivedAt = useMemo(() => Date.now(), [data]);
  const bookings = list.pages.flatMap(({ edges }) => edges.map(({ node }) => node));

  return (
    <>
      {failed && <Failure failed={failed} retry={reload} />}
      {me && <Waiting entries={me.waitlistEntries.edges.map(({ node }) => node)} changed={reload} />}
      <section class="stack" aria-label="Bookings">
        <nav class="statuses" aria-label="Bookings by status">
          {STATUSES.map((each) => (
            <a
              key={each.label}
              class="button button-plain"
              href={each.status ? `/bookings?status=${each.status}` : '/bookings'}
              aria-current={each.status === status ? 'true' : undefined}
            >
              {each.label}
            </a>
          ))}
        </nav>
        {me?.bookings.totalCount === 0 && !isLoading && <NoBookings isAny={status === null} />}
        <ul class="stack" aria-busy={isLoading}>
          {bookings.map((booking) => (
            <BookingCard key={booking.id} booking={booking} receivedAt={receivedAt} over={reload} />
          ))}
          {!me && !failed && [1, 2, 3].map((card) => <li key={card} class="card booking skeleton" aria-hidden="true" />)}
        </ul>
        {list.failed && <Failure failed={list.failed} />}
        {list.hasMore && (
          <div class="row centred">
            <Action look="usual" act={list.showMore}>
              Show more
            </Action>
          </div>
        )}
      </section>
      {me && <ReceivedTickets tickets={me.receivedTickets.edges.map(({ node }) => node)} />}
    </>
  );
}

function NoBookings({ isAny }: { isAny: boolean }) {
  return (
    <div class="card stack nothing-here">
      <p>
        <strong>{isAny ? 'You have booked nothing yet.' : 'None of your bookings stands so.'}</strong>
      </p>
      <a class="button" href={isAny ? '/' : '/bookings'}>
        {isAny ? 'See what is on' : 'Show all bookings'}
      </a>
    </div>
  );
}

/** Whatever one is told of has changed something here. */
function useReloadOnNews(reload: () => void): void {
  const known = useRef(newest.peek());
  useSignalEffect(() => {
    if (newest.value === known.current) return;
    known.current = newest.value;
    reload();
  });
}
