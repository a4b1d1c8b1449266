/** An event's seats as they are: to look at, to move about in, and to choose from. */

import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Failure } from '../parts/Notice';
import { LiveBadge } from './LiveBadge';
import './map.css';
import { SeatDetails } from './SeatDetails';
import { SeatGrid } from './SeatGrid';
import type { SeatMapProps } from './types';
import { MapView } from './view';

/** Nothing where no seat is numbered. */
export function SeatMap(props: SeatMapProps) {
  const { board, label, verb = 'select' } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const view = useSignal<MapView | null>(null);
  const state = useComputed(() => {
    if (board.failed.value) return 'failed';
    if (board.plan.value === null) return 'loading';
    return board.behindSince.value === null ? 'live' : 'behind';
  });
  const latest = useRef(props);
  latest.current = props;

  useSignalEffect(() => {
    const plan = board.plan.value;
    if (!plan?.seatCount || !frame.current || !canvas.current || !grid.current) return;
    const { selected, mine } = latest.current;
    const onPick = (seatNo: number) => latest.current.onPick(seatNo);
    const made = new MapView(frame.current, canvas.current, grid.current, plan, { board, selected, mine, label, onPick });
    view.value = made;
    return () => {
      view.value = null;
      made.close();
    };
  });

  if (board.plan.value?.seatCount === 0) return null;
  return (
    <div
      ref={frame}
      class="map"
      data-testid="seat-map"
      data-state={state}
      data-version={board.version}
      data-seats={board.plan.value?.seatCount}
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; what it shows is in the grid */}
      <canvas ref={canvas} class="map-canvas" aria-hidden="true" />
      <SeatGrid view={view.value} target={grid} label={label} verb={verb} onPick={(seatNo) => props.onPick(seatNo)} />
      {view.value && <SeatDetails view={view.value} />}
      {view.value ? <LiveBadge board={board} /> : !board.failed.value && <div class="map-loading skeleton" />}
      {board.failed.value && (
        <div class="map-failed">
          <Failure failed={board.failed.value} retry={() => board.retry()} />
        </div>
      )}
      {view.value && <Zoom view={view.value} />}
    </div>
  );
}

function Zoom({ view }: { view: MapView }) {
  view.moves.value; // which of them do anything
  return (
    <div class="map-zoom">
      <button type="button" class="button" aria-label="Zoom in" aria-disabled={view.camera.isNearest} onClick={() => view.look('nearer')}>
        <span aria-hidden="true">+</span>
      </button>
      <button type="button" class="button" aria-label="Zoom out" aria-disabled={view.camera.isWhole} onClick={() => view.look('further')}>
        <span aria-hidden="true">−</span>
      </button>
      <button
        type="button"
        class="button"
        aria-label="Show the whole map"
        aria-disabled={view.camera.isWhole}
        onClick={() => view.look('whole')}
      >
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
          <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" />
        </svg>
      </button>
    </div>
  );
}
