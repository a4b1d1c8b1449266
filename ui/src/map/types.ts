/** What the live seat map is made of: the words that its parts, and the pages around it, share. */

import type { ReadonlySignal } from '@preact/signals';

/** A seat's status as `statuses` packs it. */
export const AVAILABLE = 0;
export const HELD = 1;
export const BOOKED = 2;
export const BLOCKED = 3;
export type Status = 0 | 1 | 2 | 3;

/** How a tier is told apart on the map: by its shape as well as by its colour. */
export type Shape = 'circle' | 'square' | 'diamond' | 'hexagon' | 'triangle' | 'pentagon';

/** A price level as it is now. */
export interface Tier {
  readonly id: string;
  readonly name: string;
  readonly kind: 'SEATED' | 'STANDING';
  readonly price: { readonly amount: string; readonly minor: number | string; readonly currency: string };
  readonly total: number;
  readonly available: number;
  readonly held: number;
  readonly booked: number;
  readonly blocked: number;
  readonly shape: Shape;
  /** A CSS colour for light and dark alike: `var(--tier-1)`. */
  readonly colour: string;
}

/** How many places are in each state, all counted at one version. */
export interface Counts {
  readonly total: number;
  readonly available: number;
  readonly held: number;
  readonly booked: number;
  readonly blocked: number;
}

export interface PlanSection {
  readonly name: string;
  /** Its rows are `plan.rows` from `firstRow` on, from the front to the back. */
  readonly firstRow: number;
  readonly rowCount: number;
  readonly firstSeatNo: number;
  readonly seatCount: number;
}

export interface PlanRow {
  readonly label: string;
  readonly section: number;
  readonly firstSeatNo: number;
  readonly seatCount: number;
}

/** A stage with a straight back and a front that bows towards the seats. Lengths are in seat widths. */
export interface Stage {
  readonly left: number;
  readonly right: number;
  readonly back: number;
  /** Its front at the corners, and in the middle. */
  readonly front: number;
  readonly bow: number;
}

/** What is around the seats: how far all of it reaches, the stage, and the floor where the seats surround one. */
export interface House {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly stage: Stage;
  readonly floor: { readonly x: number; readonly y: number; readonly radius: number } | null;
}

/** All of a map that stays the same while seats are sold. Arrays are by `seatNo`; lengths are in seat widths. */
export interface Plan {
  readonly seatCount: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly house: House;
  readonly sections: readonly PlanSection[];
  readonly rows: readonly PlanRow[];
  /** Which of `rows` a seat is in. */
  readonly rowOf: Uint16Array | Uint32Array;
  /** Which of the board's tiers a seat is in. */
  readonly tierOf: Uint8Array;
  /** ACCESSIBLE, COMPANION and RESTRICTED, added up. */
  readonly flags: Uint8Array;
  /** What is printed on a seat. */
  numberOf(seatNo: number): string;
  /** `Stalls, row C, seat 12`. */
  nameOf(seatNo: number): string;
  idOf(seatNo: number): string;
  /** Null for an id of another event. */
  seatNoOf(seatId: string): number | null;
}

export const ACCESSIBLE = 1;
export const COMPANION = 2;
export const RESTRICTED = 4;

/** An event's seats as they are, followed live until `close`. */
export interface Board {
  readonly eventId: string;
  /** Null until it is there; an event without numbered seats has a plan of none. */
  readonly plan: ReadonlySignal<Plan | null>;
  /** In the order they were given; prices and counts are of the newest version. */
  readonly tiers: ReadonlySignal<readonly Tier[]>;
  readonly counts: ReadonlySignal<Counts | null>;
  /** By `seatNo`; written in place: read it after a change was told of. */
  readonly statuses: Uint8Array;
  /** Of `statuses` and all counts; 0 before there are any. */
  readonly version: ReadonlySignal<number>;
  /** Since when, by this browser's clock, it has not heard of changes; null while it is live. */
  readonly behindSince: ReadonlySignal<number | null>;
  /** Why it will not come; null unless so. */
  readonly failed: ReadonlySignal<import('../api/failures').Failed | null>;
  /** Told after each change: the seats that changed, or 'all' of them. Answers how to stop. */
  onChange(listener: (changed: readonly number[] | 'all') => void): () => void;
  /** Told when what the catalogue says of the event may have changed: prices, times, its status. */
  onSaleChanged(listener: () => void): () => void;
  /** Ask again, after it failed. */
  retry(): void;
  close(): void;
}

/** What `SeatMap` (SeatMap.tsx) is given. */
export interface SeatMapProps {
  readonly board: Board;
  /** Seats that are chosen. */
  readonly selected: ReadonlySignal<ReadonlySet<number>>;
  /** Seats that the one who looks holds or has booked: not "taken" to them. */
  readonly mine: ReadonlySignal<ReadonlySet<number>>;
  /** A seat was clicked, tapped, or chosen by keyboard; asked of any seat, also of one that is taken. */
  onPick(seatNo: number): void;
  /** What the map is called, for screen readers. */
  readonly label: string;
  /** What choosing does, after the seat's name: "select" or "block". */
  readonly verb?: string;
}
