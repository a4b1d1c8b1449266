/** Where an event's sale stands, in a few words. */

import { moment } from '../parts/times';
import type { Counts } from './availability';
import type { EventOnCard } from './listing';

/** From how few places on each counts. */
const LAST = 20;

export interface Sale {
  readonly state: 'soon' | 'open' | 'last' | 'held' | 'gone' | 'over';
  readonly words: string;
  /** Which part of all places is left, from 0 to 1. */
  readonly left: number;
}

/** What one can expect who goes there now. `counts` are the newest; null where the event itself is all one knows. */
export function saleOf(event: EventOnCard, counts: Counts | null, now: number): Sale {
  const { total, available, held } = counts ?? { total: event.capacity, available: event.availableSeats, held: 0 };
  const left = total > 0 ? available / total : 0;
  if (now < Date.parse(event.onSaleAt)) return { state: 'soon', words: `Not on sale until ${moment(event.onSaleAt)}`, left };
  if (now >= Date.parse(event.offSaleAt)) return { state: 'over', words: 'Sales have ended', left };
  if (available > LAST) return { state: 'open', words: `${available.toLocaleString()} of ${total.toLocaleString()} left`, left };
  if (available > 0) return { state: 'last', words: available === 1 ? 'Last place' : `Last ${available} places`, left };
  if (held > 0) return { state: 'held', words: 'All held for now', left };
  return { state: 'gone', words: 'Sold out', left };
}
