/** The map for keyboards and screen readers: a grid that holds only the row that has the focus. */

// biome-ignore-all lint/a11y/useSemanticElements: one row without a table around it is no table

import type { Ref } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { announce } from '../parts/announce';
import type { MapView } from './view';
import { walk } from './walk';
import { type SeatNow, wordsOf } from './words';

const ZOOM: Record<string, 'nearer' | 'further' | 'whole'> = { '+': 'nearer', '=': 'nearer', '-': 'further', '0': 'whole' };

interface Props {
  /** Null until there is a map. */
  readonly view: MapView | null;
  readonly target: Ref<HTMLDivElement>;
  readonly label: string;
  readonly verb: string;
  onPick(seatNo: number): void;
}

export function SeatGrid({ view, target, label, verb, onPick }: Props) {
  const id = useId();
  const focused = view?.focused.value ?? 0;

  function press(event: KeyboardEvent): void {
    if (!view || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = walk(view.plan, view.focused.value, event.key);
    const zoom = ZOOM[event.key];
    if (next !== null) view.focus(next);
    else if (zoom) view.look(zoom);
    else if (event.key === 'Enter' || event.key === ' ') {
      view.focus(view.focused.value);
      onPick(view.focused.value);
    } else return;
    event.preventDefault();
  }

  return (
    <>
      <div
        ref={target}
        class="map-grid"
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-describedby={`${id}-how`}
        aria-multiselectable="true"
        aria-busy={view === null}
        aria-rowcount={view?.plan.rows.length}
        aria-activedescendant={view ? `${id}-${focused}` : undefined}
        onKeyDown={press}
        onFocus={(event) => {
          if (view && event.currentTarget.matches(':focus-visible')) view.focus(focused);
        }}
        onBlur={() => {
          if (view) view.isFocusShown.value = false;
        }}
      >
        {view && <Row view={view} id={id} onPick={onPick} />}
      </div>
      <p id={`${id}-how`} class="unseen">
        Arrow keys move from seat to seat, Page Up and Page Down from section to section. Enter: {verb}. Plus and minus zoom, zero shows the
        whole map.
      </p>
    </>
  );
}

/** The row that has the focus. */
function Row({ view, id, onPick }: { view: MapView; id: string; onPick: (seatNo: number) => void }) {
  const { plan } = view;
  const focused = view.focused.value;
  view.rowChanges.value; // what is said of its seats may be something else now
  const rowNo = plan.rowOf[focused]!;
  const row = plan.rows[rowNo]!;
  const seats = Array.from({ length: row.seatCount }, (_, n) => view.seat(row.firstSeatNo + n));
  useTold(view, view.seat(focused));
  return (
    <div
      class="unseen"
      role="row"
      tabIndex={-1}
      aria-rowindex={rowNo + 1}
      aria-label={`${plan.sections[row.section]!.name}, row ${row.label}`}
    >
      {seats.map((seat, n) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys; this is for screen readers that click
        <span
          key={seat.seatNo}
          id={`${id}-${seat.seatNo}`}
          role="gridcell"
          tabIndex={-1}
          aria-colindex={n + 1}
          aria-selected={seat.isChosen || seat.isMine}
          aria-label={wordsOf(plan, seat)}
          onClick={() => onPick(seat.seatNo)}
        />
      ))}
    </div>
  );
}

/** Says what others make of the seat that has the focus while one is on it. */
function useTold(view: MapView, seat: SeatNow): void {
  const before = useRef(seat);
  useEffect(() => {
    const was = before.current;
    if (view.isFocusShown.peek() && was.seatNo === seat.seatNo && was.status !== seat.status && !was.isChosen && !seat.isMine)
      announce(wordsOf(view.plan, seat));
    before.current = seat;
  });
}
