/** One event: what it is, its seats as they are, and the way from choosing them to tickets. */

import { useComputed, useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { user } from '../api/session';
import type { Booking } from '../booking/parts';
import { useBooking } from '../booking/useBooking';
import { useKeptFocus } from '../booking/useKeptFocus';
import { openBoard } from '../map/board';
import { Legend } from '../map/Legend';
import { SeatMap } from '../map/SeatMap';
import type { Board } from '../map/types';
import { announce } from '../parts/announce';
import { Failure } from '../parts/Notice';
import { Page } from '../parts/Page';
import { useQuery } from '../parts/useQuery';
import { ChoiceBar } from './ChoicePanel';
import { Choosing } from './Choosing';
import { Details, Terms } from './Details';
import { Panel } from './Panel';
import { type Answer, type Event, EventById } from './queries';
import { saleOf } from './sale';
import { useHolding } from './useHolding';
import './event.css';

export default function EventPage() {
  const id = useRoute().params.id ?? '';
  return <Loaded key={`${id} ${user.value?.id}`} id={id} />;
}

function Loaded({ id }: { id: string }) {
  const { data, failed, reload } = useQuery(EventById, { id, known: user.value !== null });
  const board = useMemo(() => openBoard(id), [id]);
  useEffect(() => () => board.close(), [board]);
  useEffect(() => board.onSaleChanged(reload), [board, reload]);
  const isUnknown = failed ? failed.code === 'VALIDATION_ERROR' : data?.event === null;
  if (isUnknown) return <NoSuchEvent />;
  const event = data?.event;
  return (
    <Page title={event?.name ?? 'Event'} heading={event ? <bdi>{event.name}</bdi> : 'Event'} width="wide">
      {failed && <Failure failed={failed} retry={reload} />}
      {event && data ? (
        <Shown event={event} me={data.me} board={board} reload={reload} />
      ) : (
        !failed && <div class="skeleton event-skeleton" aria-busy="true" />
      )}
    </Page>
  );
}

function NoSuchEvent() {
  return (
    <Page title="No such event" width="narrow">
      <p>There is no event at this address. Perhaps it was taken down, or the address was cut short.</p>
      <a class="button button-main" href="/">
        See what is on
      </a>
    </Page>
  );
}

function Shown({ event, me, board, reload }: { event: Event; me: Answer['me']; board: Board; reload: () => void }) {
  const followed = useBooking(me?.pending.edges[0]?.node ?? null);
  const mine = useMine(board, me, followed.booking);
  const choosing = useChoosing(board, mine, event.ticketLimit);
  const [heldHere, setHeldHere] = useState<string | null>(null);
  const panel = useRef<HTMLElement>(null);
  useKeptFocus(panel);
  const { told } = followed;
  const held = useCallback(
    (booking: Booking) => {
      setHeldHere(booking.id);
      announce('The places are held for you.');
      told(booking);
    },
    [told],
  );
  const holding = useHolding(event.id, choosing, held);
  const sale = saleOf(event);
  const pick = (seatNo: number) => {
    if (sale !== 'open') return announce('Places cannot be booked now.');
    holding.clear(); // what was refused was another choice
    choosing.pick(seatNo);
  };
  const plan = board.plan.value;
  const isChoosing = sale === 'open' && (followed.booking === null || !['PENDING', 'CONFIRMED'].includes(followed.booking.status));
  return (
    <>
      <Details event={event} />
      <div class={`event-columns ${plan?.seatCount === 0 ? 'event-unseated' : ''}`}>
        <section class="event-map" aria-labelledby="seats">
          <h2 id="seats" class="unseen">
            {plan?.seatCount === 0 ? 'Prices' : 'Seats'}
          </h2>
          <Legend board={board} />
          <SeatMap board={board} selected={choosing.selected} mine={mine} onPick={pick} label={`Seats of ${event.name}`} />
        </section>
        <section class="event-panel stack" aria-label="Booking" ref={panel} tabIndex={-1}>
          <Panel
            event={event}
            sale={sale}
            me={me}
            board={board}
            choosing={choosing}
            holding={holding}
            followed={followed}
            heldHere={heldHere}
            held={held}
            reload={reload}
          />
        </section>
      </div>
      <Terms event={event} />
      {isChoosing && plan && <ChoiceBar board={board} plan={plan} choosing={choosing} holding={holding} />}
    </>
  );
}

function useChoosing(board: Board, mine: Choosing['selected'], ticketLimit: number | null): Choosing {
  const limit = useSignal(ticketLimit);
  limit.value = ticketLimit;
  const choosing = useMemo(() => new Choosing(board, mine, limit), [board, mine, limit]);
  useEffect(() => () => choosing.close(), [choosing]);
  return choosing;
}

/** The seats that the caller holds or has booked. */
function useMine(board: Board, me: Answer['me'], booking: Booking | null): Choosing['selected'] {
  const isHeld = booking?.status === 'PENDING' || booking?.status === 'CONFIRMED';
  const places = [...(me?.confirmed.edges.flatMap(({ node }) => node.places) ?? []), ...(isHeld ? booking.places : [])];
  const seatIds = useSignal<readonly string[]>([]);
  const known = places.flatMap((place) => place.seatId ?? []);
  if (known.join() !== seatIds.peek().join()) seatIds.value = known;
  return useComputed(() => {
    const plan = board.plan.value;
    return new Set(plan ? seatIds.value.flatMap((seatId) => plan.seatNoOf(seatId) ?? []) : []);
  });
}
