/** Operations that are ready to run. */

import { newKey } from '../api/client';
import { type Document, graphql, textOf } from '../api/graphql';
import { anEvent, myBooking } from './ids';

/** One operation: what it shows, and how its variables are found when it is opened. */
export interface Example {
  readonly title: string;
  readonly about: string;
  readonly text: string;
  readonly variables: () => Promise<unknown>;
  /** Whether it is answered only to somebody who is logged in. */
  readonly isPrivate: boolean;
}

interface Group {
  readonly title: string;
  readonly examples: readonly Example[];
}

function example<Result, Variables>(
  title: string,
  about: string,
  document: Document<Result, Variables>,
  variables: () => Promise<Variables>,
  isPrivate = false,
): Example {
  return { title, about, text: textOf(document), variables, isPrivate };
}

const ListEvents = graphql(`
query ListEvents {
  events(first: 10, filter: { phase: UPCOMING }) {
    totalCount
    edges {
      node {
        id
        name
        startsAt
        venue { name city }
        minPrice { amount currency }
        availableSeats
        capacity
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`);

const SeatMap = graphql(`
# A whole house in few bytes. The layout is
# the same until its etag changes; statuses
# has one letter for each seat.
query SeatMap($id: ID!) {
  event(id: $id) {
    name
    tiers { id name kind price { amount currency } available }
    seatMap {
      version
      summary { total available held booked blocked }
      layout {
        etag
        seatCount
        seatIdPrefix
        tierRuns { tierId firstSeatNo count }
        sections { name rows { label firstSeatNo seatCount } }
      }
      statuses
    }
  }
}
`);

const LogIn = graphql(`
# Put the accessToken into Headers:
# { "authorization": "Bearer …" }
# Or log in once in the panel "Account":
# that is for all tabs.
mutation LogIn($input: LogInInput!) {
  logIn(input: $input) {
    __typename
    ... on Session { accessToken expiresIn user { name role } }
    ... on Refusal { code message }
  }
}
`);

const HoldTwoSeats = graphql(`
mutation HoldTwoSeats($input: CreateBookingInput!) {
  createBooking(input: $input) {
    __typename
    ... on Booking {
      id
      status
      expiresAt
      totalAmount { amount currency }
      seats { section row number }
    }
    ... on Refusal { code message }
    ... on AdjacentSeatsUnavailable { mostTogether available }
  }
}
`);

const ConfirmBooking = graphql(`
# Other cards of the sandbox:
# pm_card_chargeDeclined is declined,
# pm_sandbox_slow takes its time.
mutation ConfirmBooking($input: ConfirmBookingInput!) {
  confirmBooking(input: $input) {
    __typename
    ... on Booking {
      bookingCode
      status
      payment { status amount { amount currency } }
      tickets { ticketNumber entryCode }
    }
    ... on Refusal { code message }
    ... on PaymentFailed { failure heldUntil }
  }
}
`);

const CancelBooking = graphql(`
mutation CancelBooking($input: CancelBookingInput!) {
  cancelBooking(input: $input) {
    __typename
    ... on Cancellation {
      refundAmount { amount currency }
      refundStatus
      booking { status }
    }
    ... on Refusal { code message }
  }
}
`);

const MyBookings = graphql(`
query MyBookings {
  me {
    name
    unreadNotifications
    bookings(first: 5) {
      totalCount
      edges {
        node {
          bookingCode
          status
          quantity
          totalAmount { amount currency }
          event { name startsAt }
          seats { section row number }
        }
      }
    }
  }
}
`);

const WatchSeatMap = graphql(`
# The whole house, then each change as it
# is committed. Run it, and hold seats in
# another window.
subscription WatchSeatMap($eventId: ID!) {
  seatMap(eventId: $eventId) {
    previousVersion
    version
    summary { available held booked blocked }
    statuses
    changes { seatNo status }
  }
}
`);

const WatchAvailability = graphql(`
# How much is left, of many events at once.
subscription WatchAvailability($eventIds: [ID!]!) {
  availability(eventIds: $eventIds) {
    eventId
    version
    summary { total available held booked }
  }
}
`);

const WatchNotifications = graphql(`
# Private: your authorization opens the
# connection. Run it, and book or cancel
# in another window.
subscription WatchNotifications {
  notificationReceived { type subject sentAt }
}
`);

export const GROUPS: readonly Group[] = [
  {
    title: 'Look',
    examples: [
      example('List events', 'What is on, what it costs and how much is left.', ListEvents, async () => ({})),
      example('One event’s seat map', 'The compact form that the pages draw from.', SeatMap, async () => ({ id: await anEvent() })),
    ],
  },
  {
    title: 'Book',
    examples: [
      example('Log in', 'For a token, or a refusal in words.', LogIn, async () => ({
        input: { email: 'user@boxoffice.test', password: 'Box-0ffice!' },
      })),
      example(
        'Hold two best seats',
        'Side by side, yours for a few minutes.',
        HoldTwoSeats,
        async () => ({ input: { eventId: await anEvent(), places: { bestAvailable: { quantity: 2 } }, idempotencyKey: newKey() } }),
        true,
      ),
      example(
        'Confirm with a card',
        'Pays with the sandbox’s pm_card_visa.',
        ConfirmBooking,
        async () => ({
          input: { bookingId: await myBooking('PENDING'), payment: { token: 'pm_card_visa' }, idempotencyKey: newKey() },
        }),
        true,
      ),
      example(
        'Cancel',
        'Gives a booking back, with the refund that its policy promises.',
        CancelBooking,
        async () => ({ input: { bookingId: await myBooking('CONFIRMED'), idempotencyKey: newKey() } }),
        true,
      ),
      example('My bookings', 'The newest five, whatever became of them.', MyBookings, async () => ({}), true),
    ],
  },
  {
    title: 'Watch',
    examples: [
      example('A seat map, live', 'Every change of every seat.', WatchSeatMap, async () => ({ eventId: await anEvent() })),
      example('Availability, live', 'Only the counts, of many events.', WatchAvailability, async () => ({ eventIds: [await anEvent()] })),
      example('My notifications, live', 'Over a connection of your own.', WatchNotifications, async () => ({}), true),
    ],
  },
];

/** What a first visit begins with. */
export const FIRST = { query: textOf(ListEvents) };
