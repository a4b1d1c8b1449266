/** Real ids for the examples' variables, as they are at the moment. */

import { request } from '../api/client';
import { graphql, type VariablesOf } from '../api/graphql';
import { user } from '../api/session';

const EventsOnSale = graphql(`
  query EventsOnSale {
    events(first: 50, filter: { phase: UPCOMING, onlyAvailable: true }) { edges { node { id onSaleAt tiers { kind } } } }
  }
`);

const NewestBooking = graphql(`
  query NewestBooking($status: BookingStatus!) {
    me { bookings(first: 1, filter: { status: $status }) { edges { node { id } } } }
  }
`);

type BookingStatus = VariablesOf<typeof NewestBooking>['status'];

/** The next event with numbered seats on sale; words in its place where there is none. */
export async function anEvent(): Promise<string> {
  const { events } = await request(EventsOnSale, {}, { method: 'GET' });
  const onSale = events.edges.map((edge) => edge.node).filter((event) => Date.parse(event.onSaleAt) <= Date.now());
  const seated = onSale.find((event) => event.tiers.some((tier) => tier.kind === 'SEATED'));
  return seated?.id ?? '(the id of an event: none with numbered seats is on sale)';
}

/** The caller's newest booking with this status; words in its place where there is none. */
export async function myBooking(status: BookingStatus): Promise<string> {
  if (user.value === null) return '(the id of a booking of yours: log in first)';
  const { me } = await request(NewestBooking, { status });
  return me?.bookings.edges[0]?.node.id ?? `(the id of a booking of yours that is ${status}: there is none)`;
}
