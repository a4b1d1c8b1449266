/** What the map's shapes and colours mean, with prices and how many places there are. */

import { money } from '../parts/money';
import './map.css';
import { LookShape, TierShape } from './TierShape';
import type { Board, Tier } from './types';

export function Legend({ board }: { board: Board }) {
  const hasSeats = (board.plan.value?.seatCount ?? 0) > 0;
  return (
    <section class="map-legend" aria-label="Legend">
      <ul class="map-tiers">
        {board.tiers.value.map((tier) => (
          <LegendTier key={tier.id} tier={tier} />
        ))}
      </ul>
      {hasSeats && (
        <ul class="map-looks small quiet">
          <li>
            <LookShape look="chosen" /> Selected
          </li>
          <li>
            <LookShape look="mine" /> Yours
          </li>
          <li>
            <LookShape look="held" /> Held
          </li>
          <li>
            <LookShape look="booked" /> Booked
          </li>
          {(board.counts.value?.blocked ?? 0) > 0 && (
            <li>
              <LookShape look="blocked" /> Blocked
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

function LegendTier({ tier }: { tier: Tier }) {
  return (
    <li>
      <TierShape tier={tier} />
      <bdi class="map-tier-name">{tier.name}</bdi>
      <strong>{money(tier.price)}</strong>
      <span class="small quiet">{tier.available > 0 ? `${tier.available.toLocaleString()} left` : 'sold out'}</span>
    </li>
  );
}
