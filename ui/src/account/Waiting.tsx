/** Turns in waitlists that are still to come, as they move on. */

import { useEffect, useState } from 'preact/hooks';
import { watch } from '../api/live';
import { dateAndTime, moment } from '../parts/times';
import { type WaitlistEntry, WaitlistMoved } from './bookings';

export function Waiting({ entries, changed }: { entries: readonly WaitlistEntry[]; changed: () => void }) {
  const open = entries.filter(({ status }) => status === 'WAITING' || status === 'OFFERED');
  if (open.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="waiting">
      <h2 id="waiting">Waitlists</h2>
      <ul class="stack">
        {open.map((entry) => (
          <Turn key={`${entry.id} ${entry.status}`} entry={entry} changed={changed} />
        ))}
      </ul>
    </section>
  );
}

function Turn({ entry, changed }: { entry: WaitlistEntry; changed: () => void }) {
  const { event, quantity, tier, status, position, estimatedWaitMinutes, offer, offerExpiresAt } = useAsItMoves(entry, changed);
  const places = `${quantity} ${quantity === 1 ? 'place' : 'places'}${tier ? ` in ${tier.name}` : ''}`;
  return (
    <li class="card booking" data-testid="waitlist-entry">
      <div class="booking-facts">
        <h3 dir="auto">{event ? <a href={`/events/${event.id}`}>{event.name}</a> : 'An event that is gone'}</h3>
        {event && <p>{dateAndTime(event.startsAt, event.timezone)}</p>}
        <p class="quiet small">
          <bdi>{places}</bdi>
        </p>
      </div>
      <div class="booking-state">
        {status === 'OFFERED' ? (
          <>
            <span class="badge badge-good">Held for you{offerExpiresAt && ` until ${moment(offerExpiresAt)}`}</span>
            <a class="button button-main" href={offer ? `/bookings/${offer.id}` : `/events/${event?.id}`}>
              Take them
            </a>
          </>
        ) : (
          <>
            <span class="badge">{position === null ? 'Waiting' : `Number ${position.toLocaleString()} in the queue`}</span>
            {estimatedWaitMinutes !== null && <span class="quiet small">about {waitWords(estimatedWaitMinutes)}</span>}
          </>
        )}
      </div>
    </li>
  );
}

/** The entry as it is now; another status concerns the rest of the page as well. */
function useAsItMoves(entry: WaitlistEntry, changed: () => void): WaitlistEntry {
  const [now, setNow] = useState(entry);
  const eventId = entry.event?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: one watch for each entry
  useEffect(() => {
    if (!eventId) return;
    return watch(
      WaitlistMoved,
      () => ({ eventId }),
      {
        next: ({ waitlistPosition: moved }) => {
          setNow(moved);
          if (moved.status !== entry.status) changed();
        },
        end: changed,
      },
      'caller',
    );
  }, [entry.id, eventId]);
  return now;
}

function waitWords(minutes: number): string {
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
