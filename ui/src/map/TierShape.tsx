/** A tier's shape in its colour, or a seat of some status, as the map draws them. */

import { CROSS, OUTLINES, STAR, STRIPES, TICK } from './shapes';
import type { Shape, Tier } from './types';

const VIEW = '-.5 -.5 1 1';

export function TierShape({ tier, size = 18 }: { tier: Pick<Tier, 'shape' | 'colour'>; size?: number }) {
  return (
    <svg class="map-shape" viewBox={VIEW} width={size} height={size} aria-hidden="true">
      <path d={OUTLINES[tier.shape]} style={{ fill: tier.colour }} />
    </svg>
  );
}

export function LookShape({ look, shape = 'circle' }: { look: 'held' | 'booked' | 'blocked' | 'chosen' | 'mine'; shape?: Shape }) {
  return (
    <svg class={`map-shape map-look-${look}`} viewBox={VIEW} width="18" height="18" aria-hidden="true">
      {look === 'held' && <path class="map-line" d={`${OUTLINES[shape]}${STRIPES}`} transform="scale(.88)" />}
      {look === 'booked' && <circle r=".19" />}
      {look === 'blocked' && <path class="map-line" d={CROSS} />}
      {(look === 'chosen' || look === 'mine') && <circle r=".49" />}
      {look === 'chosen' && <path class="map-line map-on" d={TICK} />}
      {look === 'mine' && <path class="map-star" d={STAR} />}
    </svg>
  );
}
