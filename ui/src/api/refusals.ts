/** Refusals: a "no" that is part of the answer, in the server's words, with what to do next in ours. */

import type { graphql } from './graphql';

export type ErrorCode = ReturnType<typeof graphql.scalar<'ErrorCode'>>;

/** What all refusals share. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Of a ValidationFailed: each field with what is wrong with it. */
  readonly fields?: readonly { readonly field: string; readonly message: string }[];
}

/** What to do after a refusal, by its code; nothing where its own words say it. */
const NEXT: Partial<Record<ErrorCode, string>> = {
  AUTH_INVALID_CREDENTIALS: 'Check both, or register if you are new here.',
  EMAIL_ALREADY_EXISTS: 'Log in instead, or use another address.',
  USERNAME_ALREADY_EXISTS: 'Choose another one, or leave it empty.',
  EVENT_NOT_FOUND: 'It may have been taken down. Look for another event.',
  EVENT_SOLD_OUT: 'Join the waitlist: places that are given back go to those who wait.',
  EVENT_NOT_ON_SALE: 'Look at its dates above, or for another event.',
  BOOKING_SEATS_UNAVAILABLE: 'They are marked on the map. Choose others: the rest of your choice is kept.',
  BOOKING_PLACES_UNAVAILABLE: 'Ask for fewer, choose another tier, or join the waitlist.',
  ADJACENT_SEATS_UNAVAILABLE: 'Ask for fewer, or choose seats apart on the map.',
  ORPHAN_SEATS: 'Move your choice by one seat, or take that one as well.',
  INVALID_SEAT_COUNT: 'Change how many you want.',
  TICKET_LIMIT_REACHED: 'Choose fewer places.',
  BOOKING_EXPIRED: 'Your places went back on sale. Choose again.',
  BOOKING_NOT_PENDING: 'Look at it under My bookings.',
  BOOKING_ALREADY_EXTENDED: 'Pay before the time is over.',
  BOOKING_NOT_FOUND: 'Look under My bookings.',
  BOOKING_NOT_CANCELLABLE: 'Look at it under My bookings.',
  CANCELLATION_WINDOW_EXPIRED: 'You can still hand your tickets on to somebody else.',
  PAYMENT_FAILED: 'You were not charged. Try another card.',
  PAYMENT_IN_PROGRESS: 'Wait a moment: this page shows what becomes of it.',
  PAYMENT_REQUIRED: 'Choose a card.',
  TIER_NOT_FOUND: 'Reload the page to see what there is.',
  SECTION_NOT_FOUND: 'Reload the page to see what there is.',
  ALREADY_WAITING: 'Your place in it is shown on this page.',
  PLACES_AVAILABLE: 'Book them now.',
  OFFER_NOT_OPEN: 'Join again to wait for the next.',
  IDEMPOTENCY_KEY_REUSED: 'Reload the page and try again.',
  BUSY: 'Try again in a moment: nothing was done.',
  RECIPIENT_NOT_FOUND: 'They have to register first.',
};

/** A sentence, or null where the refusal's own words are enough. */
export function nextStep(refusal: Refusal): string | null {
  return NEXT[refusal.code] ?? null;
}

/** What is wrong with one field of an input, by its name there: `email`, or `tiers.0.price`. */
export function problemOf(refusal: Refusal | null | undefined, field: string): string | null {
  return refusal?.fields?.find((problem) => problem.field === field)?.message ?? null;
}
