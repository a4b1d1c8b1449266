/** All that somebody has to do with events: bookings, tickets from others, turns in waitlists. */

import { graphql, type ResultOf } from '../api/graphql';

const BookingLine = graphql(`
  fragment BookingLine on Booking {
    id bookingCode status quantity createdAt expiresAt serverTime
    totalAmount { amount currency }
    event { id name startsAt timezone status venue { name city } }
  }
`);

export const WaitlistLine = graphql(`
  fragment WaitlistLine on WaitlistEntry {
    id status quantity position estimatedWaitMinutes offerExpiresAt
    tier { name }
    event { id name startsAt timezone }
    offer { id }
  }
`);

const BookingsPart = graphql(
  `fragment BookingsPart on BookingConnection {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { node { ...BookingLine } }
  }`,
  [BookingLine],
);

const TicketLine = graphql(`
  fragment TicketLine on Ticket {
    id ticketNumber status
    place { section row number tier { name } }
    event { id name startsAt timezone }
  }
`);

export const MyBookings = graphql(
  `query MyBookings($filter: BookingFilter!) {
    me {
      bookings(first: 20, filter: $filter) { ...BookingsPart }
      receivedTickets(first: 50) { edges { node { ...TicketLine } } }
      waitlistEntries(first: 50) { edges { node { ...WaitlistLine } } }
    }
  }`,
  [BookingsPart, TicketLine, WaitlistLine],
);

export const MoreBookings = graphql(
  `query MoreBookings($after: String!, $filter: BookingFilter!) {
    me { bookings(first: 20, after: $after, filter: $filter) { ...BookingsPart } }
  }`,
  [BookingsPart],
);

export const WaitlistMoved = graphql(
  `subscription WaitlistMoved($eventId: ID!) { waitlistPosition(eventId: $eventId) { ...WaitlistLine } }`,
  [WaitlistLine],
);

export type Booking = ResultOf<typeof BookingLine>;
export type BookingsPage = ResultOf<typeof BookingsPart>;
export type BookingStatus = Booking['status'];
export type WaitlistEntry = ResultOf<typeof WaitlistLine>;
export type ReceivedTicket = ResultOf<typeof TicketLine>;
