/** Where the arrow keys lead: along a row, to the row in front or behind, and from section to section. */

import type { Plan } from './types';

/** The seat that a key leads to from another; the same one at the end of the way; null for any other key. */
export function walk(plan: Plan, seatNo: number, key: string): number | null {
  const rowNo = plan.rowOf[seatNo]!;
  const row = plan.rows[rowNo];
  if (!row) return null;
  const last = row.firstSeatNo + row.seatCount - 1;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(row.firstSeatNo, seatNo - 1);
    case 'ArrowRight':
      return Math.min(last, seatNo + 1);
    case 'Home':
      return row.firstSeatNo;
    case 'End':
      return last;
    case 'ArrowUp':
      return nearestIn(plan, seatNo, rowNo, -1);
    case 'ArrowDown':
      return nearestIn(plan, seatNo, rowNo, 1);
    case 'PageUp':
      return inSection(plan, seatNo, row.section, -1);
    case 'PageDown':
      return inSection(plan, seatNo, row.section, 1);
    default:
      return null;
  }
}

/** The nearest seat of the next row that has any. */
function nearestIn(plan: Plan, seatNo: number, rowNo: number, step: 1 | -1): number {
  let next = rowNo + step;
  while (plan.rows[next]?.seatCount === 0) next += step;
  const row = plan.rows[next];
  if (!row) return seatNo;
  let [found, distance] = [seatNo, Infinity];
  for (let n = row.firstSeatNo; n < row.firstSeatNo + row.seatCount; n++) {
    const away = Math.hypot(plan.x[n]! - plan.x[seatNo]!, plan.y[n]! - plan.y[seatNo]!);
    if (away < distance) [found, distance] = [n, away];
  }
  return found;
}

/** The first seat of the next section that has any. */
function inSection(plan: Plan, seatNo: number, section: number, step: 1 | -1): number {
  let next = section + step;
  while (plan.sections[next]?.seatCount === 0) next += step;
  return plan.sections[next]?.firstSeatNo ?? seatNo;
}
