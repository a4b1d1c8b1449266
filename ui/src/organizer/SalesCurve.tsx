/** A line that grows as places are sold: from what the newest bookings tell of the past on, and live from then on. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { graphql } from '../api/graphql';
import type { Board } from '../map/types';
import { moment } from '../parts/times';
import { useQuery } from '../parts/useQuery';
import type { Managed } from './queries';

const Newest = graphql(`
  query NewestSales($id: ID!) {
    event(id: $id) { bookings(first: 100, filter: { status: CONFIRMED }) { edges { node { confirmedAt quantity } } } }
  }
`);

/** So many places were sold at this time, by this browser's clock. */
interface Point {
  readonly at: number;
  readonly sold: number;
}

const POINTS_MOST = 400;

export function SalesCurve({ event, board }: { event: Managed; board: Board }) {
  const { data } = useQuery(Newest, { id: event.id });
  const bookings = data?.event?.bookings.edges;
  const live = useSold(board);
  const first = live[0];
  const past = useMemo(
    () =>
      first && bookings
        ? before(
            first,
            bookings.map(({ node }) => node),
          )
        : [],
    [first, bookings],
  );
  const points = [...past, ...live];
  const [from, to] = [points[0], points.at(-1)];
  if (!from || !to || !bookings) return <div class="skeleton organizer-waiting" />;
  const said =
    to.sold === from.sold
      ? `${to.sold.toLocaleString()} sold; none since ${moment(iso(from.at))}.`
      : `From ${from.sold.toLocaleString()} to ${to.sold.toLocaleString()} sold since ${moment(iso(from.at))}.`;
  return (
    <figure class="chart card stack" data-testid="sales-curve">
      <figcaption>
        <strong>Places sold over time</strong> <span class="quiet">{said}</span>
      </figcaption>
      <div class="chart-frame">
        <div class="chart-scale small quiet">
          <span>{to.sold.toLocaleString()}</span>
          <span>{from.sold.toLocaleString()}</span>
        </div>
        <div>
          <svg class="chart-plot" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
            <path class="chart-area" d={`${stepsOf(points)}V100H0Z`} />
            <path class="chart-line" d={stepsOf(points)} />
          </svg>
          <div class="row apart small quiet">
            <span>{moment(iso(from.at))}</span>
            <span>now</span>
          </div>
        </div>
      </div>
    </figure>
  );
}

/** How many places were sold whenever that changed, and now. */
function useSold(board: Board): readonly Point[] {
  const [points, setPoints] = useState<readonly Point[]>([]);
  useEffect(
    () =>
      board.counts.subscribe((counts) => {
        if (!counts) return;
        const now = { at: Date.now(), sold: counts.booked };
        setPoints((was) => (was.at(-1)?.sold === now.sold ? was : [...was.slice(-POINTS_MOST), now]));
      }),
    [board],
  );
  return points;
}

/** What the newest bookings tell of the time before: what was given back since then counts as never sold. */
function before(first: Point, bookings: readonly { confirmedAt: string | null; quantity: number }[]): Point[] {
  const points: Point[] = [];
  let sold = first.sold;
  for (const { confirmedAt, quantity } of bookings) {
    if (!confirmedAt) continue;
    points.unshift({ at: Date.parse(confirmedAt), sold });
    sold = Math.max(0, sold - quantity);
  }
  const oldest = points[0];
  if (oldest) points.unshift({ at: oldest.at - 1, sold });
  return points.sort((a, b) => a.at - b.at || a.sold - b.sold);
}

/** A path in a box of 1000 by 100 that stays level until the next sale. */
function stepsOf(points: readonly Point[]): string {
  const [from, to] = [points[0]!, points.at(-1)!];
  const end = Math.max(Date.now(), to.at);
  const most = Math.max(...points.map(({ sold }) => sold));
  const least = Math.min(...points.map(({ sold }) => sold));
  const x = (at: number) => ((1000 * (at - from.at)) / Math.max(1, end - from.at)).toFixed(1);
  const y = (sold: number) => (98 - (90 * (sold - least)) / Math.max(1, most - least)).toFixed(1);
  return `M0 ${y(from.sold)}${points.map(({ at, sold }) => `H${x(at)}V${y(sold)}`).join('')}H1000`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
