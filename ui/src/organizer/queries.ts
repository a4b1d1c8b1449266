/** What the organizer's pages ask for in more than one place. */

import { graphql, type ResultOf } from '../api/graphql';

export const CreateEvent = graphql(`
  mutation CreateEvent($input: CreateEventInput!) {
    createEvent(input: $input) {
      __typename
      ... on Event { id }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

export const UpdateEvent = graphql(`
  mutation UpdateEvent($input: UpdateEventInput!) {
    updateEvent(input: $input) {
      __typename
      ... on Event { id }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

export const Categories = graphql(`query Categories { categories { id name } }`);

export const Venues = graphql(`
  query Venues { venues(first: 100) { edges { node { id name city timezone } } } }
`);

export const VenuePlan = graphql(`
  query VenuePlan($id: ID!, $isChosen: Boolean!) {
    venue(id: $id) @include(if: $isChosen) {
      id timezone
      layout { seatCount sections { name rows { label seatCount xs ys } } }
    }
  }
`);

export const EventParts = graphql(`
  fragment EventParts on Event {
    id name description status phase
    startsAt endsAt onSaleAt offSaleAt timezone
    ticketLimit capacity avoidsOrphanSeats createdAt
    cancelledAt cancelReason
    cancellation { bookingsLeft refundsLeft done }
    category { id }
    organization { id name }
    venue { id name }
    tiers { id name kind price { amount currency } }
    cancellationPolicy { steps { minutesBefore refundPercent } }
    bookingsExportUrl
  }
`);

export const ManagedEvent = graphql(`query ManagedEvent($id: ID!) { event(id: $id) { ...EventParts } }`, [EventParts]);

/** An event as those who run it see it. */
export type Managed = ResultOf<typeof EventParts>;
