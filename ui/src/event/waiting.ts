/** What is asked of a waitlist. */

import { graphql } from '../api/graphql';
import { BookingParts } from '../booking/parts';
import { EntryParts } from './queries';

export const WaitlistPosition = graphql(
  `subscription WaitlistPosition($eventId: ID!) { waitlistPosition(eventId: $eventId) { ...EntryParts } }`,
  [EntryParts],
);

export const JoinWaitlist = graphql(
  `mutation JoinWaitlist($input: JoinWaitlistInput!) {
    joinWaitlist(input: $input) {
      __typename
      ... on WaitlistEntry { ...EntryParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [EntryParts],
);

export const LeaveWaitlist = graphql(
  `mutation LeaveWaitlist($entryId: ID!) {
    leaveWaitlist(entryId: $entryId) { __typename ... on WaitlistEntry { ...EntryParts } ... on Refusal { code message } }
  }`,
  [EntryParts],
);

export const AcceptOffer = graphql(
  `mutation AcceptOffer($entryId: ID!) {
    acceptOffer(entryId: $entryId) { __typename ... on Booking { ...BookingParts } ... on Refusal { code message } }
  }`,
  [BookingParts],
);

export const DeclineOffer = graphql(
  `mutation DeclineOffer($entryId: ID!) {
    declineOffer(entryId: $entryId) { __typename ... on WaitlistEntry { ...EntryParts } ... on Refusal { code message } }
  }`,
  [EntryParts],
);
