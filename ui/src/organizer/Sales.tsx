/** How an event sells, as it happens. */

import { useEffect, useState } from 'preact/hooks';
import { graphql } from '../api/graphql';
import { TierShape } from '../map/TierShape';
import type { Board, Tier } from '../map/types';
import { money } from '../parts/money';
import { Failure, Notice } from '../parts/Notice';
import { useQuery } from '../parts/useQuery';
import { BookingList } from './BookingList';
import { Figure } from './Figure';
import { dayFromToday } from './localTimes';
import { Meter, percent } from './Meter';
import type { Managed } from './queries';
import { SalesCurve } from './SalesCurve';
import { Waiting } from './Waiting';

const Figures = graphql(`
  query EventFigures($id: ID!, $from: Date!, $to: Date!, $organizationId: ID) {
    event(id: $id) { attendance { sold checkedIn } waitlistLength }
    analytics(from: $from, to: $to, organizationId: $organizationId) {
      topEvents(first: 20) { revenue { amount currency } event { id } }
    }
  }
`);

/** Who only waits for a place changes no seat: so often they are counted again. */
const RECOUNT_MS = 30_000;
/** However fast it sells, what is not told live is asked for no more often. */
const PACE_MS = 5_000;
const SOON_MS = 300;
/** As many days as the server adds up, to the last day that has begun anywhere. */
const YEAR = 365;

export function Sales({ event, board }: { event: Managed; board: Board | null }) {
  return (
    <section class="stack" aria-labelledby="sales-heading">
      <h2 id="sales-heading">Sales</h2>
      {event.status === 'DRAFT' ? (
        <Notice look="plain">Nothing is sold yet: publish the event under Details, and its sales show here as they happen.</Notice>
      ) : (
        <Live event={event} board={board} />
      )}
    </section>
  );
}

function Live({ event, board }: { event: Managed; board: Board | null }) {
  const { data, failed, reload } = useQuery(Figures, {
    id: event.id,
    from: dayFromToday(1 - YEAR),
    to: dayFromToday(1),
    organizationId: event.organization?.id ?? null,
  });
  const turn = useTurns(board);
  useEffect(() => {
    if (turn > 0) reload();
  }, [turn, reload]);
  const { attendance, waitlistLength = 0 } = data?.event ?? {};
  const paid = data?.analytics.topEvents.find((top) => top.event?.id === event.id)?.revenue;
  return (
    <>
      {board?.failed.value && <Failure failed={board.failed.value} retry={() => board.retry()} />}
      {failed && <Failure failed={failed} retry={reload} />}
      <Now event={event} board={board} paid={paid} attendance={attendance} waiting={waitlistLength} />
      {board && <SalesCurve event={event} board={board} />}
      <BookingList event={event} turn={turn} />
      <Waiting event={event} turn={turn} length={waitlistLength} />
    </>
  );
}

type Amount = Managed['tiers'][number]['price'];

function Now({
  event,
  board,
  paid,
  attendance,
  waiting,
}: {
  event: Managed;
  board: Board | null;
  paid: Amount | undefined;
  attendance: { sold: number; checkedIn: number } | null | undefined;
  waiting: number;
}) {
  const counts = board?.counts.value;
  if (!board || !counts) return <div class="skeleton organizer-waiting" />;
  const tiers = board.tiers.value;
  const figure = (name: string, places: number, testId: string) => (
    <Figure
      name={name}
      value={places.toLocaleString()}
      hint={`${percent(places, counts.total)} of ${counts.total.toLocaleString()}`}
      testId={testId}
    />
  );
  return (
    <>
      <dl class="figures">
        {figure('Sold', counts.booked, 'sold')}
        {figure('Held', counts.held, 'held')}
        {figure('Available', counts.available, 'available')}
        {figure('Blocked', counts.blocked, 'blocked')}
        <Figure
          name="Revenue"
          testId="revenue"
          value={money(paid ?? worthOf(tiers, event))}
          hint={paid ? 'paid in the last year' : "what is sold, at today's prices"}
        />
        <Figure
          name="Came in"
          testId="came-in"
          value={attendance ? attendance.checkedIn.toLocaleString() : '–'}
          hint={attendance && `of ${attendance.sold.toLocaleString()} tickets`}
        />
        <Figure name="In the waitlist" testId="waiting" value={waiting.toLocaleString()} />
      </dl>
      <table class="listed" data-testid="tier-sales">
        <caption class="unseen">By tier</caption>
        <thead>
          <tr>
            <th scope="col">Tier</th>
            <th scope="col">Price</th>
            <th scope="col">Sold</th>
            <th scope="col">Held</th>
            <th scope="col">Blocked</th>
            <th scope="col">Available</th>
          </tr>
        </thead>
        <tbody>
          {tiers.map((tier) => (
            <tr key={tier.id}>
              <th scope="row">
                <TierShape tier={tier} size={14} /> <bdi>{tier.name}</bdi>
                <Meter of={tier} />
              </th>
              <td>{money(tier.price)}</td>
              <td data-name="Sold">
                {tier.booked.toLocaleString()} <span class="quiet">of {tier.total.toLocaleString()}</span>
              </td>
              <td data-name="Held">{tier.held.toLocaleString()}</td>
              <td data-name="Blocked">{tier.blocked.toLocaleString()}</td>
              <td data-name="Available">{tier.available.toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** What the sold places would cost today. */
function worthOf(tiers: readonly Tier[], event: Managed): Amount {
  const currency = tiers[0]?.price.currency ?? event.tiers[0]?.price.currency ?? 'GBP';
  const amount = tiers.reduce((sum, tier) => sum + tier.booked * Number(tier.price.amount), 0);
  return { amount: amount.toFixed(2), currency };
}

/** Counts up a while after places have changed, and now and then in any case: whoever depends on it asks again. */
function useTurns(board: Board | null): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!board) return;
    let soon: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const next = () => {
      soon = undefined;
      last = Date.now();
      setTurn((turns) => turns + 1);
    };
    let seen = board.version.peek();
    const stop = board.version.subscribe((version) => {
      if (seen && version !== seen) soon ??= setTimeout(next, Math.max(SOON_MS, last + PACE_MS - Date.now()));
      seen = version;
    });
    const recount = setInterval(next, RECOUNT_MS);
    return () => {
      stop();
      clearTimeout(soon);
      clearInterval(recount);
    };
  }, [board]);
  return turn;
}
