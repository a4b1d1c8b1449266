/** A card beside the seat that is pointed at or has the focus. Screen readers have the same from the grid. */

import { useEffect } from 'preact/hooks';
import { money } from '../parts/money';
import { TierShape } from './TierShape';
import type { MapView } from './view';
import { namesOf, notesOf, statusOf } from './words';

const BESIDE_PX = 14;
const EDGE_PX = 8;
const WIDTH_PX = 240;
const ROOM_ABOVE_PX = 150;

export function SeatDetails({ view }: { view: MapView }) {
  const seatNo = view.hovered.value ?? (view.isFocusShown.value ? view.focused.value : null);
  useEscape(view);
  if (seatNo === null) return null;
  view.moves.value; // the card goes with its seat
  view.rowChanges.value;
  const { x, y } = view.viewOf(seatNo);
  if (x < 0 || y < 0 || x > view.camera.width || y > view.camera.height) return null;
  const { plan } = view;
  const seat = view.seat(seatNo);
  const { section, row } = namesOf(plan, seatNo);
  const half = Math.min(WIDTH_PX, view.camera.width - 2 * EDGE_PX) / 2;
  const left = Math.min(view.camera.width - half - EDGE_PX, Math.max(half + EDGE_PX, x));
  const away = Math.max(8, view.camera.scale * 0.58) + BESIDE_PX;
  const [top, shift] = y > ROOM_ABOVE_PX ? [y - away, '-100%'] : [y + away, '0'];
  return (
    <div class="map-details" aria-hidden="true" style={{ transform: `translate(${left}px, ${top}px) translate(-50%, ${shift})` }}>
      <strong>
        Row <bdi>{row}</bdi>, seat <bdi>{plan.numberOf(seatNo)}</bdi>
      </strong>
      <bdi class="quiet">{section}</bdi>
      {seat.tier && (
        <span class="map-details-tier">
          <TierShape tier={seat.tier} size={16} />
          <bdi>{seat.tier.name}</bdi>
          <strong>{money(seat.tier.price)}</strong>
        </span>
      )}
      <span class={seat.status === 0 && !seat.isMine ? '' : 'quiet'}>{[statusOf(seat), ...notesOf(plan, seatNo)].join(' · ')}</span>
    </div>
  );
}

/** Escape puts the card away, wherever the focus is. */
function useEscape(view: MapView): void {
  useEffect(() => {
    const press = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return;
      view.hovered.value = null;
      view.isFocusShown.value = false;
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [view]);
}
