/** What is said of a seat. */

import { money } from '../parts/money';
import { ACCESSIBLE, AVAILABLE, BLOCKED, BOOKED, COMPANION, HELD, type Plan, RESTRICTED, type Status, type Tier } from './types';

export const STATUS_WORDS: Record<Status, string> = { [AVAILABLE]: 'available', [HELD]: 'held', [BOOKED]: 'booked', [BLOCKED]: 'blocked' };

/** A seat as it is now, for whoever looks. */
export interface SeatNow {
  readonly seatNo: number;
  readonly tier: Tier | undefined;
  readonly status: Status;
  readonly isChosen: boolean;
  readonly isMine: boolean;
}

/** `Row C, seat 12, Stalls, Premium, £95, available, wheelchair place`. */
export function wordsOf(plan: Plan, seat: SeatNow): string {
  const { section, row } = namesOf(plan, seat.seatNo);
  const { tier } = seat;
  const parts = [`Row ${row}`, `seat ${plan.numberOf(seat.seatNo)}`];
  if (section !== tier?.name) parts.push(section);
  if (tier) parts.push(tier.name, money(tier.price));
  return [...parts, statusOf(seat), ...notesOf(plan, seat.seatNo)].join(', ');
}

export function namesOf(plan: Plan, seatNo: number): { section: string; row: string } {
  const row = plan.rows[plan.rowOf[seatNo]!];
  return { section: row ? plan.sections[row.section]!.name : '', row: row?.label ?? '' };
}

/** `available`, `yours`, or `available, selected`. */
export function statusOf({ status, isChosen, isMine }: SeatNow): string {
  if (isMine) return 'yours';
  return isChosen ? `${STATUS_WORDS[status]}, selected` : STATUS_WORDS[status];
}

export function notesOf(plan: Plan, seatNo: number): string[] {
  const flags = plan.flags[seatNo]!;
  const notes = [];
  if (flags & ACCESSIBLE) notes.push('wheelchair place');
  if (flags & COMPANION) notes.push('companion seat');
  if (flags & RESTRICTED) notes.push('restricted view');
  return notes;
}
