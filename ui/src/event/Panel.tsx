/** The side of the map on which one goes from choosing to tickets. */

import { useEffect, useRef } from 'preact/hooks';
import { type Booking, placesInWords } from '../booking/parts';
import type { Followed } from '../booking/useBooking';
import type { Board } from '../map/types';
import { later } from '../parts/later';
import { Failure, Notice } from '../parts/Notice';
import { BestAvailable } from './BestAvailable';
import { ChoicePanel } from './ChoicePanel';
import type { Choosing } from './Choosing';
import { type Choice, sizeOf } from './choice';
import type { Answer, Event } from './queries';
import { SaleState } from './SaleState';
import { Standing } from './Standing';
import type { Sale } from './sale';
import type { Holding } from './useHolding';
import { WhyNot } from './WhyNot';

const Checkout = later(() => import('../booking/Checkout'));
const Confirmation = later(() => import('../booking/Confirmation'));
const Waitlist = later(() => import('./Waitlist'));

/** After these, waiting is a way on. */
const WORTH_WAITING = new Set(['EventSoldOut', 'PlacesUnavailable', 'AdjacentSeatsUnavailable']);

export interface PanelProps {
  event: Event;
  sale: Sale;
  me: Answer['me'];
  board: Board;
  choosing: Choosing;
  holding: Holding;
  followed: Followed;
  /** The booking that was made on this page, or an offer that was accepted here: its heading takes the focus. */
  heldHere: string | null;
  /** A booking that is now the caller's: an offer that was accepted. */
  held: (booking: Booking) => void;
  reload: () => void;
}

export function Panel(props: PanelProps) {
  const { event, sale, followed, heldHere, reload } = props;
  const { booking, told } = followed;
  const isHeldHere = booking?.id === heldHere;
  if (booking?.status === 'PENDING' && (isHeldHere || !isOffer(booking, event))) {
    return <Checkout booking={booking} told={told} takesFocus={isHeldHere} />;
  }
  if (booking?.status === 'CONFIRMED') {
    const more = () => {
      followed.forget();
      reload();
    };
    return <Confirmation booking={booking} told={told} more={more} />;
  }
  return (
    <>
      {booking && <Ended {...props} booking={booking} />}
      <SaleState event={event} sale={sale} opened={reload} />
      {sale === 'open' && <Choose {...props} />}
      <Mine me={props.me} />
    </>
  );
}

/** Places that the waitlist holds for the caller until they accept them. */
function isOffer(booking: Booking, event: Event): boolean {
  return event.myWaitlistEntry?.status === 'OFFERED' && event.myWaitlistEntry.offer?.id === booking.id;
}

function Choose({ event, board, choosing, holding, held, reload }: PanelProps) {
  const plan = board.plan.value;
  const tiers = board.tiers.value;
  const hasChoice = sizeOf(choosing.choice.value) > 0;
  useEffect(() => {
    if (hasChoice) Checkout.preload();
  }, [hasChoice]);
  if (!plan) return <div class="skeleton panel-skeleton" aria-busy="true" />;

  const isSoldOut = board.counts.value?.available === 0;
  const isWorthWaiting = tiers.some((tier) => tier.available === 0) || WORTH_WAITING.has(holding.refused?.refusal.__typename ?? '');
  const entry = event.myWaitlistEntry ?? null;
  const waitlist = (entry || isWorthWaiting) && (
    <Waitlist
      key="waitlist"
      eventId={event.id}
      found={entry}
      isSoldOut={isSoldOut}
      tiers={tiers}
      most={choosing.most.value}
      accepted={held}
      reload={reload}
    />
  );
  const choose = !isSoldOut && (
    <div class="card stack" key="choose">
      <ChoicePanel board={board} plan={plan} choosing={choosing} holding={holding}>
        <No board={board} choosing={choosing} holding={holding} />
      </ChoicePanel>
      <Standing board={board} choosing={choosing} />
      <BestAvailable board={board} most={choosing.most.value} hold={holding.hold} />
    </div>
  );
  return <>{entry ? [waitlist, choose] : [choose, waitlist]}</>;
}

/** What the box office said instead of holding them. */
function No({ board, choosing, holding }: Pick<PanelProps, 'board' | 'choosing' | 'holding'>) {
  const { refused, failed } = holding;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (refused || failed) box.current?.scrollIntoView({ block: 'nearest' });
  }, [refused, failed]);
  const take = (seats: readonly number[]) => {
    holding.clear();
    for (const seatNo of seats) choosing.pick(seatNo);
  };
  const where = refused && 'bestAvailable' in refused.places ? refused.places.bestAvailable : {};
  const holdTogether = (quantity: number) => void holding.hold({ bestAvailable: { ...where, quantity } });
  return (
    <div class="event-refusal" ref={box}>
      {failed && <Failure failed={failed} retry={() => void holding.retry()} />}
      {refused && <WhyNot refusal={refused.refusal} plan={board.plan.value} take={take} holdTogether={holdTogether} />}
    </div>
  );
}

/** A hold came to nothing: said, with its places offered again. */
function Ended({ booking, board, choosing, followed, sale }: PanelProps & { booking: Booking }) {
  const again = () => {
    choosing.again(formerly(booking, board));
    followed.forget();
  };
  return (
    <Notice look="warn">
      <p>
        <strong>{WHY_ENDED[booking.status]}</strong> {placesInWords(booking.quantity)} went back on sale.
      </p>
      {sale === 'open' && (
        <button type="button" class="button" onClick={again}>
          Choose them again
        </button>
      )}
    </Notice>
  );
}

const WHY_ENDED: Partial<Record<Booking['status'], string>> = {
  EXPIRED: 'Your time was over.',
  FAILED: 'The payment failed.',
  CANCELLED: 'Given back.',
};

function formerly({ places }: Booking, board: Board): Choice {
  const seats = places.map((place) => (place.seatId ? (board.plan.value?.seatNoOf(place.seatId) ?? null) : null));
  const numbered = seats.filter((seatNo) => seatNo !== null);
  return numbered.length > 0
    ? { of: 'seats', seats: numbered }
    : { of: 'standing', tierId: places[0]?.tier.id ?? '', quantity: places.length };
}

/** What the caller has booked already. */
function Mine({ me }: Pick<PanelProps, 'me'>) {
  const bookings = me?.confirmed.edges ?? [];
  if (bookings.length === 0) return null;
  return (
    <section class="small" aria-label="Your bookings of this event">
      {bookings.map(({ node }) => (
        <p key={node.id}>
          You have {placesInWords(node.quantity)}: <a href={`/bookings/${node.id}`}>booking {node.bookingCode}</a>
        </p>
      ))}
    </section>
  );
}
