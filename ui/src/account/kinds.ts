/** What notifications tell of, in words. */

import type { graphql } from '../api/graphql';

export type NotificationType = ReturnType<typeof graphql.scalar<'NotificationType'>>;

interface Kind {
  readonly type: NotificationType;
  /** As a thing that one can be told of. */
  readonly told: string;
  readonly canBeMuted: boolean;
}

export const KINDS: readonly Kind[] = [
  { type: 'BOOKING_CONFIRMED', told: 'A booking is paid', canBeMuted: true },
  { type: 'BOOKING_CANCELLED', told: 'A booking is cancelled', canBeMuted: true },
  { type: 'BOOKING_EXPIRED', told: 'A hold has ended', canBeMuted: true },
  { type: 'PAYMENT_FAILED', told: 'A payment is declined', canBeMuted: true },
  { type: 'WAITLIST_OFFER', told: 'Places are held for me from the waitlist', canBeMuted: true },
  { type: 'WAITLIST_OFFER_EXPIRED', told: 'An offer has ended', canBeMuted: true },
  { type: 'TICKET_RECEIVED', told: 'Somebody hands me a ticket', canBeMuted: true },
  { type: 'EVENT_CHANGED', told: 'An event is changed', canBeMuted: true },
  { type: 'EVENT_CANCELLED', told: 'An event is cancelled', canBeMuted: false },
];
