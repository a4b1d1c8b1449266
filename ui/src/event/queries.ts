/** What the page of an event asks for, and asks of the box office. */

import { graphql, type ResultOf } from '../api/graphql';
import { BookingParts } from '../booking/parts';

export const EntryParts = graphql(
  `fragment EntryParts on WaitlistEntry {
    id quantity together status joinedAt notifyEmail notifySms skips skipReason position estimatedWaitMinutes offerExpiresAt
    tier { id name }
    offer { ...BookingParts }
  }`,
  [BookingParts],
);

/** All but the map, in one request: with `known`, also what the caller has to do with it. */
export const EventById = graphql(
  `query EventPage($id: ID!, $known: Boolean!) {
    event(id: $id) {
      id name description startsAt endsAt timezone onSaleAt offSaleAt status phase ticketLimit cancelReason waitlistLength
      category { name }
      organization { name }
      venue { name address city country }
      cancellationPolicy { endsAt steps { until refundPercent } }
      myWaitlistEntry @include(if: $known) { ...EntryParts }
    }
    me @include(if: $known) {
      pending: bookings(first: 1, filter: { eventId: $id, status: PENDING }) { edges { node { ...BookingParts } } }
      confirmed: bookings(first: 20, filter: { eventId: $id, status: CONFIRMED }) {
        edges { node { id bookingCode quantity places { seatId } } }
      }
    }
  }`,
  [BookingParts, EntryParts],
);

export const CreateBooking = graphql(
  `mutation CreateBooking($input: CreateBookingInput!) {
    createBooking(input: $input) {
      __typename
      ... on Booking { ...BookingParts }
      ... on Refusal { code message }
      ... on SeatsUnavailable { seats { seatNo reason } }
      ... on LeavesOrphanSeats { seats { seatNo } }
      ... on AdjacentSeatsUnavailable { mostTogether }
      ... on PlacesUnavailable { tierId available }
      ... on TicketLimitReached { limit taken }
      ... on EventNotOnSale { onSaleAt offSaleAt reason }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [BookingParts],
);

export type Answer = ResultOf<typeof EventById>;
export type Event = NonNullable<Answer['event']>;
export type Entry = ResultOf<typeof EntryParts>;
export type NoBooking = Exclude<ResultOf<typeof CreateBooking>['createBooking'], { __typename: 'Booking' }>;
