/** A booking that is followed while it changes, whoever changes it. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { watch } from '../api/live';
import { learnTime } from './clock';
import { type Booking, BookingUpdated } from './parts';

export interface Followed {
  readonly booking: Booking | null;
  /** Here is one, or how it is now. An answer that was overtaken by a newer one is dropped. */
  told(newer: Booking): void;
  /** Show it no more. */
  forget(): void;
}

export function useBooking(found: Booking | null): Followed {
  const [booking, setBooking] = useState<Booking | null>(null);
  const told = useCallback((newer: Booking) => {
    learnTime(newer.serverTime);
    setBooking((was) => (was?.id === newer.id && was.serverTime > newer.serverTime ? was : newer));
  }, []);
  const forget = useCallback(() => setBooking(null), []);
  useEffect(() => {
    if (found) told(found);
  }, [found, told]);
  const id = booking?.id;
  useEffect(() => {
    if (!id) return;
    return watch(BookingUpdated, () => ({ id }), { next: ({ bookingUpdated }) => told(bookingUpdated) }, 'caller');
  }, [id, told]);
  return { booking, told, forget };
}
