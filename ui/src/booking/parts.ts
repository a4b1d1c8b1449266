/** A booking and its tickets, as the pages show them. */

import { graphql, type ResultOf } from '../api/graphql';

export const TicketParts = graphql(`
  fragment TicketParts on Ticket {
    id ticketNumber status transferred issue checkedInAt entryCode
    place { seatId section row number price { amount currency } tier { id name } }
    holder { userId name }
  }
`);

export const BookingParts = graphql(
  `fragment BookingParts on Booking {
    id bookingCode status quantity createdAt expiresAt extended confirmedAt cancelledAt serverTime
    totalAmount { amount currency }
    event { id name startsAt timezone venue { name city } }
    places { seatId section row number price { amount currency } tier { id name } }
    tickets { ...TicketParts }
    payments { id status failure createdAt amount { amount currency } }
    refunds { id status createdAt amount { amount currency } }
    cancellationPolicy { endsAt steps { until refundPercent } }
  }`,
  [TicketParts],
);

export const BookingUpdated = graphql(`subscription BookingUpdated($id: ID!) { bookingUpdated(id: $id) { ...BookingParts } }`, [
  BookingParts,
]);

export type Booking = ResultOf<typeof BookingParts>;
export type Ticket = ResultOf<typeof TicketParts>;
export type Place = Booking['places'][number];

/** `Stalls, row C, seat 12`; of a place without a number, its tier's name. */
export function nameOfPlace({ section, row, number, tier }: Place): string {
  return number === null ? tier.name : `${section}, row ${row}, seat ${number}`;
}

/** `1 place`, `2 places`. */
export function placesInWords(count: number): string {
  return count === 1 ? '1 place' : `${count} places`;
}
