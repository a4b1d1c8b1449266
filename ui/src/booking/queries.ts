/** What is done with a booking: each answer is the booking, or a refusal with what helps. */

import { graphql } from '../api/graphql';
import { BookingParts, TicketParts } from './parts';

export const BookingById = graphql(`query Booking($id: ID!) { booking(id: $id) { ...BookingParts user { id name } } }`, [BookingParts]);

export const ConfirmBooking = graphql(
  `mutation ConfirmBooking($input: ConfirmBookingInput!) {
    confirmBooking(input: $input) {
      __typename
      ... on Booking { ...BookingParts }
      ... on Refusal { code message }
      ... on PaymentInProgress { paymentId }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [BookingParts],
);

export const ExtendBooking = graphql(
  `mutation ExtendBooking($bookingId: ID!, $idempotencyKey: String!) {
    extendBooking(bookingId: $bookingId, idempotencyKey: $idempotencyKey) {
      __typename
      ... on Booking { ...BookingParts }
      ... on Refusal { code message }
    }
  }`,
  [BookingParts],
);

export const CancellationQuote = graphql(`
  query CancellationQuote($input: CancellationQuoteInput!) {
    cancellationQuote(input: $input) {
      __typename
      ... on CancellationQuote { quantity refundPercent validUntil refundAmount { amount currency } }
      ... on Refusal { code message }
      ... on PlacesNotCancellable { places { ticketId reason } }
      ... on CancellationWindowExpired { until }
    }
  }
`);

export const CancelBooking = graphql(
  `mutation CancelBooking($input: CancelBookingInput!) {
    cancelBooking(input: $input) {
      __typename
      ... on Cancellation { refundAmount { amount currency } booking { ...BookingParts } }
      ... on Refusal { code message }
      ... on PlacesNotCancellable { places { ticketId reason } }
      ... on CancellationWindowExpired { until }
    }
  }`,
  [BookingParts],
);

export const TransferTicket = graphql(
  `mutation TransferTicket($input: TransferTicketInput!) {
    transferTicket(input: $input) {
      __typename
      ... on Ticket { ...TicketParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [TicketParts],
);
