/** What a board asks the server. */

import { graphql, type ResultOf } from '../api/graphql';

const Summary = graphql(`
  fragment Summary on SeatSummary {
    total
    available
    held
    booked
    blocked
    byTier {
      tierId
      total
      available
      held
      booked
      blocked
    }
  }
`);

const Price = graphql(`
  fragment Price on Tier {
    id
    name
    kind
    price {
      amount
      minor
      currency
    }
  }
`);

/** All that changes, in few bytes and at one version. */
export const EventBoard = graphql(
  `
    query EventBoard($id: ID!) {
      event(id: $id) {
        tiers {
          ...Price
        }
        seatMap {
          version
          statuses
          summary {
            ...Summary
          }
        }
      }
    }
  `,
  [Price, Summary],
);

export const EventTiers = graphql(
  `
    query EventTiers($id: ID!) {
      event(id: $id) {
        tiers {
          ...Price
        }
      }
    }
  `,
  [Price],
);

/** All that stays. It has a request of its own, so that the browser can keep it. */
export const EventLayout = graphql(`
  query EventLayout($id: ID!) {
    event(id: $id) {
      seatMap {
        layout {
          seatCount
          seatIdPrefix
          sections {
            name
            rows {
              label
              firstSeatNo
              seatCount
              runs {
                first
                count
                step
              }
              labels
              xs
              ys
              accessible
              companion
              restrictedView
            }
          }
          tierRuns {
            tierId
            firstSeatNo
            count
          }
        }
      }
    }
  }
`);

export const EventSeats = graphql(
  `
    subscription EventSeats($id: ID!, $after: Int) {
      seatMap(eventId: $id, after: $after) {
        version
        previousVersion
        saleChanged
        statuses
        changes {
          seatNo
          status
        }
        summary {
          ...Summary
        }
      }
    }
  `,
  [Summary],
);

export type Summary = ResultOf<typeof Summary>;
export type Price = ResultOf<typeof Price>;
export type Layout = NonNullable<ResultOf<typeof EventLayout>['event']>['seatMap']['layout'];
export type LayoutSection = Layout['sections'][number];
export type LayoutRow = LayoutSection['rows'][number];
export type Update = ResultOf<typeof EventSeats>['seatMap'];
