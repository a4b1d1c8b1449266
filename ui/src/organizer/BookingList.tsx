/** An event's bookings, the newest first. */

import { useEffect, useState } from 'preact/hooks';
import { graphql, type ResultOf } from '../api/graphql';
import { money } from '../parts/money';
import { moment } from '../parts/times';
import type { Managed } from './queries';
import { ShowMore } from './ShowMore';
import { usePages } from './usePages';

const Bookings = graphql(`
  query EventBookings($id: ID!, $after: String, $code: String) {
    event(id: $id) {
      bookings(first: 20, after: $after, filter: { bookingCode: $code }) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { node {
          id bookingCode status quantity createdAt
          totalAmount { amount currency }
          user { name }
          places { section row number tier { name } }
        } }
      }
    }
  }
`);

type Booking = NonNullable<ResultOf<typeof Bookings>['event']>['bookings']['edges'][number]['node'];

const LOOKS: Record<Booking['status'], [look: string, says: string]> = {
  PENDING: ['badge-warn', 'Held'],
  CONFIRMED: ['badge-good', 'Paid'],
  FAILED: ['badge-bad', 'Declined'],
  EXPIRED: ['', 'Expired'],
  CANCELLED: ['', 'Given back'],
};
const NAMED_MOST = 4;
const idOf = (booking: Booking) => booking.id;

/** Asks for the newest again on each `turn`. */
export function BookingList({ event, turn }: { event: Managed; turn: number }) {
  const [code, setCode] = useState('');
  const pages = usePages(Bookings, { id: event.id, code: code || null }, (result) => result.event?.bookings, idOf);
  const { refresh } = pages;
  useEffect(() => {
    if (turn > 0) void refresh();
  }, [turn, refresh]);
  return (
    <section class="stack" aria-labelledby="bookings-heading">
      <h3 id="bookings-heading">Bookings</h3>
      <CodeSearch find={setCode} />
      {pages.nodes?.length === 0 && <p class="quiet">{code ? `There is no booking ${code} of this event.` : 'Nobody has booked yet.'}</p>}
      {pages.nodes && pages.nodes.length > 0 && (
        <table class="listed" data-testid="event-bookings">
          <caption class="unseen">Bookings, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Who</th>
              <th scope="col">Places</th>
              <th scope="col">Status</th>
              <th scope="col">Price</th>
              <th scope="col">Made</th>
            </tr>
          </thead>
          <tbody>
            {pages.nodes.map((booking) => (
              <BookingRow key={booking.id} booking={booking} />
            ))}
          </tbody>
        </table>
      )}
      <ShowMore pages={pages} what="bookings" />
    </section>
  );
}

function BookingRow({ booking }: { booking: Booking }) {
  const [look, says] = LOOKS[booking.status];
  return (
    <tr>
      <th scope="row">
        <a class="code" href={`/bookings/${booking.id}`}>
          {booking.bookingCode}
        </a>
      </th>
      <td>{booking.user ? <bdi>{booking.user.name}</bdi> : <span class="quiet">Account gone</span>}</td>
      <td>{placesOf(booking)}</td>
      <td>
        <span class={`badge ${look}`}>{says}</span>
      </td>
      <td>{money(booking.totalAmount)}</td>
      <td>{moment(booking.createdAt)}</td>
    </tr>
  );
}

/** `Stalls N 31, Stalls N 32`, or `2 × Standing`. */
function placesOf({ places, quantity }: Booking): string {
  const [first] = places;
  if (!first?.section) return `${quantity} × ${first?.tier.name ?? 'places'}`;
  const named = places.slice(0, NAMED_MOST).map(({ section, row, number }) => `${section} ${row} ${number}`);
  const more = places.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function CodeSearch({ find }: { find: (code: string) => void }) {
  return (
    <search>
      <form
        class="organizer-find"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = String(new FormData(event.currentTarget).get('code') ?? '');
          find(typed.trim().toUpperCase().replace(/-.*/, ''));
        }}
      >
        <div class="field">
          <label for="booking-code">Booking code</label>
          <input
            id="booking-code"
            name="code"
            type="search"
            placeholder="EVT…"
            pattern="\s*[Ee][Vv][Tt][0-9A-Za-z]{10}(-[0-9]+)?\s*"
            title="EVT and ten characters; a ticket's number does as well"
            maxLength={40}
            autocomplete="off"
            onInput={(event) => event.currentTarget.value || find('')}
          />
        </div>
        <button type="submit" class="button">
          Find
        </button>
      </form>
    </search>
  );
}
