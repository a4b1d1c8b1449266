/** The places are booked: a reason to be glad. */

import { useEffect, useId, useRef } from 'preact/hooks';
import { announce } from '../parts/announce';
import { type Booking, placesInWords } from './parts';
import { Tickets } from './Tickets';
import './booking.css';

const SPARKS = [...Array(14).keys()];

/** With `more`, it stands on another page than the booking's own, from which one can go on choosing. */
export default function Confirmation({ booking, told, more }: { booking: Booking; told: (newer: Booking) => void; more?: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const headingId = useId();
  const news = `Booked: ${placesInWords(booking.quantity)}, booking ${booking.bookingCode}.`;
  useEffect(() => {
    heading.current?.focus();
    announce(news);
  }, [news]);
  return (
    <section class="stack" aria-labelledby={headingId} data-testid="confirmation">
      <div class="card stack confirmation">
        <div class="sparks" aria-hidden="true">
          {SPARKS.map((spark) => (
            <span key={spark} style={{ '--turn': `${(spark * 360) / SPARKS.length}deg`, '--far': `${4.5 + (spark % 3) * 1.6}rem` }} />
          ))}
          <svg viewBox="0 0 24 24" width="34" height="34" aria-hidden="true">
            <path
              d="M5 12.5l4.5 4.5L19 7.5"
              fill="none"
              stroke="currentColor"
              stroke-width="3"
              stroke-linecap="round"
              stroke-linejoin="round"
            />
          </svg>
        </div>
        <h2 ref={heading} id={headingId} tabIndex={-1}>
          See you there!
        </h2>
        <p>
          {placesInWords(booking.quantity)} booked. Your booking is <strong class="code">{booking.bookingCode}</strong>.
        </p>
        {more && (
          <div class="row confirmation-next">
            <a class="button" href={`/bookings/${booking.id}`}>
              Look at the booking
            </a>
            <button type="button" class="button button-plain" onClick={more}>
              Book more
            </button>
          </div>
        )}
      </div>
      <Tickets booking={booking} told={told} level="h3" />
    </section>
  );
}
