/** What an event is: when and where, whose, and on what terms. */

import { dateAndTime, timeOfDay } from '../parts/times';
import type { Event } from './queries';

export function Details({ event }: { event: Event }) {
  const { venue, category } = event;
  const zone = foreignZone(event.timezone);
  return (
    <div class="event-details">
      <p class="event-when">
        <span>
          <time dateTime={event.startsAt}>{dateAndTime(event.startsAt, event.timezone)}</time> until{' '}
          {timeOfDay(event.endsAt, event.timezone)}
          {zone && ` (${zone} time)`}
        </span>
        {venue && (
          <span>
            <bdi>{venue.name}</bdi>, <bdi>{venue.address}</bdi>, <bdi>{venue.city}</bdi>
          </span>
        )}
        {category && (
          <span class="badge">
            <bdi>{category.name}</bdi>
          </span>
        )}
      </p>
      {event.description && (
        <p class="event-description" dir="auto">
          {event.description}
        </p>
      )}
    </div>
  );
}

/** Whose it is, how many one may have, and how they can be given back. */
export function Terms({ event }: { event: Event }) {
  const { organization, ticketLimit, cancellationPolicy: policy } = event;
  return (
    <section class="stack small event-terms" aria-labelledby="terms">
      <h2 id="terms">Good to know</h2>
      {organization && (
        <p>
          Run by <bdi>{organization.name}</bdi>.{ticketLimit !== null && ` One person may have ${ticketLimit} places.`}
        </p>
      )}
      {policy.steps.length === 0 ? (
        <p>Places cannot be given back for money.</p>
      ) : (
        <ul>
          {policy.steps.map((step) => (
            <li key={step.until}>
              Given back until {dateAndTime(step.until, event.timezone)}: {step.refundPercent} % of the price
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** `London`, where the event's clocks may show another time than the reader's. */
function foreignZone(timezone: string): string | null {
  if (Intl.DateTimeFormat().resolvedOptions().timeZone === timezone) return null;
  return timezone.split('/').at(-1)!.replaceAll('_', ' ');
}
