/** Tickets that others handed on. */

import { dateAndTime } from '../parts/times';
import type { ReceivedTicket } from './bookings';

export function ReceivedTickets({ tickets }: { tickets: readonly ReceivedTicket[] }) {
  if (tickets.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="received">
      <h2 id="received">Tickets from others</h2>
      <ul class="stack">
        {tickets.map(({ id, ticketNumber, status, place, event }) => (
          <li key={id} class="card booking" data-testid="received-ticket">
            <div class="booking-facts">
              <h3 dir="auto">{event ? <a href={`/events/${event.id}`}>{event.name}</a> : 'An event that is gone'}</h3>
              {event && <p>{dateAndTime(event.startsAt, event.timezone)}</p>}
              <p class="quiet small">
                <bdi>{placeWords(place)}</bdi> · <span class="code">{ticketNumber}</span>
              </p>
            </div>
            <span class={`badge ${status === 'VALID' ? 'badge-good' : ''}`}>
              {status === 'VALID' ? 'Good for entry' : status === 'CHECKED_IN' ? 'Used' : 'Cancelled'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function placeWords({ section, row, number, tier }: ReceivedTicket['place']): string {
  return section ? `${section}, row ${row}, seat ${number}` : tier.name;
}
