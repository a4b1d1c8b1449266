/** Whether an event can be booked now, and if not, why. */

import { serverNow } from '../booking/clock';
import type { Event } from './queries';

export type Sale = 'draft' | 'cancelled' | 'over' | 'ended' | 'soon' | 'open';

export function saleOf(event: Pick<Event, 'status' | 'phase' | 'onSaleAt' | 'offSaleAt'>): Sale {
  if (event.status === 'DRAFT') return 'draft';
  if (event.status === 'CANCELLED') return 'cancelled';
  if (event.phase === 'COMPLETED') return 'over';
  const now = serverNow();
  if (now < Date.parse(event.onSaleAt)) return 'soon';
  return now < Date.parse(event.offSaleAt) ? 'open' : 'ended';
}
