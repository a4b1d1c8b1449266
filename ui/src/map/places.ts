/** Where seats stand: as their layout says, or else in rows one behind another. */

import type { LayoutSection } from './queries';

const ROW_DEPTH = 1.15;
const LEAST_ROOM = 0.4;
const CROWDED_PART = 0.02;
const SECTION_GAP = 4;
/** How gently rows without coordinates curve around the stage: the least radius, and in widths of the widest row. */
const LEAST_RADIUS = 60;
const RADIUS_PER_WIDTH = 1.6;

/** `x` to the right and `y` away from the stage, by seat number, in widths that a seat can be drawn with. Sections without coordinates come behind all others. */
export function stand(sections: readonly LayoutSection[], seatCount: number): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(seatCount);
  const y = new Float32Array(seatCount);
  let [left, right, back] = [Infinity, -Infinity, -Infinity];
  for (const section of sections.filter(isPlaced)) {
    for (const row of section.rows) {
      x.set(row.xs, row.firstSeatNo);
      y.set(row.ys, row.firstSeatNo);
      for (let n = 0; n < row.seatCount; n++) {
        left = Math.min(left, row.xs[n]!);
        right = Math.max(right, row.xs[n]!);
        back = Math.max(back, row.ys[n]!);
      }
    }
  }
  const others = sections.filter((section) => !isPlaced(section));
  const widest = Math.max(1, ...others.flatMap((section) => section.rows.map((row) => row.seatCount)));
  const radius = Math.max(LEAST_RADIUS, widest * RADIUS_PER_WIDTH);
  const middle = right > left ? (left + right) / 2 : 0;
  let front = back > -Infinity ? back + SECTION_GAP + (widest * widest) / (8 * radius) : 0;
  for (const section of others) {
    for (const row of section.rows) {
      for (let n = 0; n < row.seatCount; n++) {
        const aside = n - (row.seatCount - 1) / 2;
        x[row.firstSeatNo + n] = middle + aside;
        y[row.firstSeatNo + n] = front - (aside * aside) / (2 * radius);
      }
      front += ROW_DEPTH;
    }
    front += SECTION_GAP;
  }
  const room = roomOf(sections, x, y);
  return { x: x.map((value) => value / room), y: y.map((value) => value / room) };
}

/** How far apart neighbours stand where they stand closest, but for a few: a seat must not cover the next. */
function roomOf(sections: readonly LayoutSection[], x: Float32Array, y: Float32Array): number {
  const apart = [];
  for (const { rows } of sections) {
    for (const { firstSeatNo, seatCount } of rows) {
      for (let n = firstSeatNo + 1; n < firstSeatNo + seatCount; n++) apart.push(Math.hypot(x[n]! - x[n - 1]!, y[n]! - y[n - 1]!));
    }
  }
  const closest = apart.sort((one, other) => one - other)[Math.floor(apart.length * CROWDED_PART)] ?? 1;
  return Math.min(1, Math.max(LEAST_ROOM, closest));
}

/** Whether its layout says of all its seats where they stand. */
function isPlaced({ rows }: LayoutSection): boolean {
  return rows.every((row) => row.xs.length === row.seatCount && row.ys.length === row.seatCount);
}
