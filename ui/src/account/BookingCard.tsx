/** A booking in the list. */

import { useEffect } from 'preact/hooks';
import { money } from '../parts/money';
import { dateAndTime, minutesLeft } from '../parts/times';
import { useNow } from '../parts/useNow';
import type { Booking, BookingStatus } from './bookings';

const WORDS: Record<BookingStatus, { words: string; look: string }> = {
  PENDING: { words: 'To pay', look: 'badge-warn' },
  CONFIRMED: { words: 'Confirmed', look: 'badge-good' },
  CANCELLED: { words: 'Cancelled', look: '' },
  EXPIRED: { words: 'Expired', look: '' },
  FAILED: { words: 'Payment failed', look: 'badge-bad' },
};

/** `receivedAt`: when it was answered, by this browser's clock; `over`: the time to pay has run out. */
export function BookingCard({ booking, receivedAt, over }: { booking: Booking; receivedAt: number; over: () => void }) {
  const { id, event, status, quantity, totalAmount, bookingCode } = booking;
  const isPending = status === 'PENDING';
  return (
    <li class="card booking" data-testid="booking">
      <div class="booking-facts">
        <h2 dir="auto">
          <a href={`/bookings/${id}`}>{event?.name ?? 'An event that is gone'}</a>
        </h2>
        {event && (
          <p>
            {dateAndTime(event.startsAt, event.timezone)}
            {event.venue && (
              <span class="quiet">
                {' · '}
                <bdi>{event.venue.name}</bdi>, <bdi>{event.venue.city}</bdi>
              </span>
            )}
          </p>
        )}
        <p class="quiet small">
          {quantity} {quantity === 1 ? 'place' : 'places'} · {money(totalAmount)} · <span class="code">{bookingCode}</span>
        </p>
      </div>
      <div class="booking-state">
        <span class={`badge ${WORDS[status].look}`}>{WORDS[status].words}</span>
        {isPending && <TimeLeft booking={booking} receivedAt={receivedAt} over={over} />}
        {isPending && (
          <a class="button button-main" href={`/bookings/${id}`} aria-label={`Pay now for ${event?.name ?? bookingCode}`}>
            Pay now
          </a>
        )}
      </div>
    </li>
  );
}

function TimeLeft({ booking, receivedAt, over }: { booking: Booking; receivedAt: number; over: () => void }) {
  const now = useNow(1000);
  const left = Date.parse(booking.expiresAt) - Date.parse(booking.serverTime) - (now - receivedAt);
  const isOver = left <= 0;
  useEffect(() => {
    if (!isOver) return;
    const soon = setTimeout(over, 1500); // the server ends it in its own time
    return () => clearTimeout(soon);
  }, [isOver, over]);
  return <span class="booking-left">{isOver ? 'Time is over' : `${minutesLeft(left)} left`}</span>;
}
