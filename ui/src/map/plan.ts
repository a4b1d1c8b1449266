/** A plan from a layout: where each seat is, what it is called, and what it costs. */

import { houseOf } from './house';
import { stand } from './places';
import type { Layout, LayoutRow } from './queries';
import { ACCESSIBLE, COMPANION, type Plan, type PlanRow, type PlanSection, RESTRICTED } from './types';

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const DIGIT_COUNT = 4;
/** Where `tierOf` has none: a seat that is not for sale. */
export const NO_TIER = 255;

/** `tierIds` are in the order that `tierOf` counts in. */
export function planOf(layout: Layout, tierIds: readonly string[]): Plan {
  const { seatCount, seatIdPrefix } = layout;
  const sections: PlanSection[] = [];
  const rows: PlanRow[] = [];
  const drafts: LayoutRow[] = [];
  const rowOf = new Uint32Array(seatCount);
  const flags = new Uint8Array(seatCount);
  for (const { name, rows: own } of layout.sections) {
    const first = own[0]?.firstSeatNo ?? 0;
    const count = own.reduce((sum, row) => sum + row.seatCount, 0);
    for (const row of own) {
      rowOf.fill(rows.length, row.firstSeatNo, row.firstSeatNo + row.seatCount);
      mark(flags, row);
      rows.push({ label: row.label, section: sections.length, firstSeatNo: row.firstSeatNo, seatCount: row.seatCount });
      drafts.push(row);
    }
    sections.push({ name, firstRow: rows.length - own.length, rowCount: own.length, firstSeatNo: first, seatCount: count });
  }
  const { x, y } = stand(layout.sections, seatCount);

  function numberOf(seatNo: number): string {
    const row = drafts[rowOf[seatNo]!];
    return row ? numberIn(row, seatNo - row.firstSeatNo) : '';
  }

  return {
    seatCount,
    x,
    y,
    house: houseOf(x, y),
    sections,
    rows,
    rowOf,
    tierOf: tiersOf(layout, tierIds),
    flags,
    numberOf,
    nameOf(seatNo) {
      const row = rows[rowOf[seatNo]!];
      return row ? `${sections[row.section]!.name}, row ${row.label}, seat ${numberOf(seatNo)}` : '';
    },
    idOf: (seatNo) => seatIdPrefix + spelt(seatNo),
    seatNoOf(seatId) {
      if (!seatId.startsWith(seatIdPrefix)) return null;
      const seatNo = read(seatId.slice(seatIdPrefix.length));
      return seatNo !== null && seatNo < seatCount ? seatNo : null;
    },
  };
}

function mark(flags: Uint8Array, row: LayoutRow): void {
  for (const position of row.accessible) flags[row.firstSeatNo + position]! |= ACCESSIBLE;
  for (const position of row.companion) flags[row.firstSeatNo + position]! |= COMPANION;
  for (const position of row.restrictedView) flags[row.firstSeatNo + position]! |= RESTRICTED;
}

function tiersOf(layout: Layout, tierIds: readonly string[]): Uint8Array {
  const tierOf = new Uint8Array(layout.seatCount).fill(NO_TIER);
  for (const { tierId, firstSeatNo, count } of layout.tierRuns) {
    const tier = tierIds.indexOf(tierId);
    if (tier >= 0) tierOf.fill(Math.min(tier, NO_TIER - 1), firstSeatNo, firstSeatNo + count);
  }
  return tierOf;
}

function numberIn(row: LayoutRow, position: number): string {
  if (row.labels.length > 0) return row.labels[position] ?? '';
  let rest = position;
  for (const { first, count, step } of row.runs) {
    if (rest < count) return String(first + rest * step);
    rest -= count;
  }
  return '';
}

/** A seat's number as it stands in ids: four digits of 32. */
function spelt(seatNo: number): string {
  let text = '';
  for (let rest = seatNo, n = 0; n < DIGIT_COUNT; n++, rest >>= 5) text = DIGITS[rest & 31] + text;
  return text;
}

function read(text: string): number | null {
  if (text.length !== DIGIT_COUNT) return null;
  let seatNo = 0;
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return null;
    seatNo = seatNo * 32 + value;
  }
  return seatNo;
}
