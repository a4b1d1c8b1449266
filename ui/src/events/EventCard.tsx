/** An event in the list: the whole card leads to it, by one link that is called by its name and day. */

import type { ReadonlySignal } from '@preact/signals';
import { moneyRange } from '../parts/money';
import { dateAndTime } from '../parts/times';
import { useNow } from '../parts/useNow';
import { type Counts, useAvailability } from './availability';
import type { EventOnCard } from './listing';
import { Poster } from './Poster';
import { saleOf } from './sale';

/** A page of cards, which follows what is left of its own events. */
export function Cards({ events }: { events: readonly EventOnCard[] }) {
  const counts = useAvailability(events.map(({ id }) => id));
  const now = useNow(15_000);
  return (
    <>
      {events.map((event) => (
        <Card key={event.id} event={event} counts={counts.get(event.id)} now={now} />
      ))}
    </>
  );
}

function Card({ event, counts, now }: { event: EventOnCard; counts: ReadonlySignal<Counts | null> | undefined; now: number }) {
  const { id, name, venue } = event;
  return (
    <li class="event" data-testid="event-card">
      <Poster event={event}>
        <h3 class="poster-name" dir="auto">
          <a class="event-link" href={`/events/${id}`} id={`${id}-name`} aria-labelledby={`${id}-name ${id}-when`}>
            {name}
          </a>
        </h3>
      </Poster>
      <div class="event-facts">
        <p class="event-when" id={`${id}-when`}>
          <time dateTime={event.startsAt}>{dateAndTime(event.startsAt, event.timezone)}</time>
        </p>
        <p class="event-where quiet">
          {venue && (
            <>
              <bdi>{venue.name}</bdi>, <bdi>{venue.city}</bdi>
            </>
          )}
        </p>
        <PlacesLeft event={event} counts={counts} now={now} />
      </div>
    </li>
  );
}

function PlacesLeft({ event, counts, now }: { event: EventOnCard; counts: ReadonlySignal<Counts | null> | undefined; now: number }) {
  const { state, words, left } = saleOf(event, counts?.value ?? null, now);
  return (
    <div class={`sale sale-${state}`}>
      <p class="sale-line">
        <strong class="sale-price">{moneyRange(event.minPrice, event.maxPrice)}</strong>
        <span class="sale-words" data-testid="places-left">
          {words}
        </span>
      </p>
      <div class="sale-meter" aria-hidden="true">
        <div style={{ inlineSize: `${left * 100}%` }} />
      </div>
    </div>
  );
}

/** As large as the cards that are to come, so that nothing moves when they do. */
export function CardsToCome({ count = 8 }: { count?: number }) {
  return (
    <>
      {[...Array(count).keys()].map((card) => (
        <li key={card} class="event" aria-hidden="true">
          <div class="poster skeleton" />
          <div class="event-facts">
            <p class="event-when skeleton">&nbsp;</p>
            <p class="event-where skeleton">&nbsp;</p>
            <div class="sale">
              <p class="sale-line skeleton">&nbsp;</p>
              <div class="sale-meter" />
            </div>
          </div>
        </li>
      ))}
    </>
  );
}
