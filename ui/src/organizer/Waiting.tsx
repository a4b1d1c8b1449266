/** Who waits for an event's places. */

import { useEffect } from 'preact/hooks';
import { graphql, type ResultOf } from '../api/graphql';
import { moment } from '../parts/times';
import type { Managed } from './queries';
import { ShowMore } from './ShowMore';
import { usePages } from './usePages';

const Waitlist = graphql(`
  query EventWaitlist($id: ID!, $after: String) {
    event(id: $id) {
      waitlist(first: 20, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { node { id quantity together status joinedAt offerExpiresAt position user { name } tier { name } } }
      }
    }
  }
`);

type Entry = NonNullable<ResultOf<typeof Waitlist>['event']>['waitlist']['edges'][number]['node'];

const idOf = (entry: Entry) => entry.id;

/** Nothing at all while nobody waits: `length` says how many do. Asks again on each `turn`. */
export function Waiting({ event, turn, length }: { event: Managed; turn: number; length: number }) {
  const pages = usePages(Waitlist, { id: event.id }, (result) => result.event?.waitlist, idOf);
  const { refresh } = pages;
  useEffect(() => {
    if (turn > 0) void refresh();
  }, [turn, refresh]);
  return (
    <section class="stack" aria-labelledby="waitlist-heading">
      <h3 id="waitlist-heading">Waitlist</h3>
      {!length || !pages.nodes?.length ? (
        <p class="quiet">Nobody waits.</p>
      ) : (
        <table class="listed" data-testid="event-waitlist">
          <caption class="unseen">Who waits, first come first</caption>
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">Wants</th>
              <th scope="col">Stands</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {pages.nodes.map((entry) => (
              <tr key={entry.id}>
                <th scope="row">
                  <bdi>{entry.user?.name ?? 'Account gone'}</bdi>
                </th>
                <td>{wanted(entry)}</td>
                <td>{standing(entry)}</td>
                <td>{moment(entry.joinedAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ShowMore pages={pages} what="of those who wait" />
    </section>
  );
}

/** `2 places together of Stalls`. */
function wanted({ quantity, together, tier }: Entry): string {
  const places = `${quantity} ${quantity === 1 ? 'place' : 'places'}`;
  return `${places}${together && quantity > 1 ? ' together' : ''}${tier ? ` of ${tier.name}` : ''}`;
}

function standing({ status, position, offerExpiresAt }: Entry): string {
  if (status === 'OFFERED') return offerExpiresAt ? `Has an offer until ${moment(offerExpiresAt)}` : 'Has an offer';
  return position === null ? 'Waits' : `Waits as number ${position}`;
}
