/** Asking the box office for places. */

import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { withReturn } from '../account/returning';
import { newKey, request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import { user } from '../api/session';
import type { Booking } from '../booking/parts';
import type { Choosing } from './Choosing';
import type { Places } from './choice';
import { CreateBooking, type NoBooking } from './queries';

export interface Holding {
  /** Whoever is not logged in is sent to do so, and finds their choice again. */
  hold(places: Places): Promise<void>;
  /** Ask for the same once more, after it was not answered. */
  retry(): Promise<void>;
  /** What was refused last, and to which question. */
  readonly refused: { readonly refusal: NoBooking; readonly places: Places } | null;
  readonly failed: Failed | null;
  /** Show what was refused no more. */
  clear(): void;
}

export function useHolding(eventId: string, choosing: Choosing, held: (booking: Booking) => void): Holding {
  const { route, url } = useLocation();
  const [refused, setRefused] = useState<Holding['refused']>(null);
  const [failed, setFailed] = useState<Failed | null>(null);
  const attempt = useRef<{ places: Places; key: string } | null>(null);

  const clear = () => {
    setRefused(null);
    setFailed(null);
  };
  const ask = async ({ places, key }: { places: Places; key: string }) => {
    try {
      const { createBooking } = await request(CreateBooking, { input: { eventId, places, idempotencyKey: key } });
      attempt.current = null;
      if (createBooking.__typename === 'Booking') {
        choosing.clear();
        return held(createBooking);
      }
      if (createBooking.__typename === 'SeatsUnavailable') choosing.drop(createBooking.seats.map((seat) => seat.seatNo));
      setRefused({ refusal: createBooking, places });
    } catch (error) {
      setFailed(asFailed(error));
    }
  };
  const hold = async (places: Places) => {
    if (user.value === null) return route(withReturn('/login', url));
    clear();
    const isSame = JSON.stringify(attempt.current?.places) === JSON.stringify(places);
    const asked = isSame && attempt.current ? attempt.current : { places, key: newKey() };
    attempt.current = asked;
    await choosing.whileAsking(() => ask(asked));
  };
  const retry = async () => {
    if (attempt.current) await hold(attempt.current.places);
  };
  return { hold, retry, refused, failed, clear };
}
