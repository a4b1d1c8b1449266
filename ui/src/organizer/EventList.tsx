/** The events that somebody runs, drafts too, with how they sell just now. */

import { useState } from 'preact/hooks';
import { graphql, type ResultOf, type VariablesOf } from '../api/graphql';
import { Select } from '../parts/Field';
import { dateAndTime } from '../parts/times';
import { useLiveCounts } from './liveCounts';
import { Meter, percent, type Shares } from './Meter';
import { ShowMore } from './ShowMore';
import { StatusBadge } from './StatusBadge';
import { usePages } from './usePages';

const ManagedEvents = graphql(`
  query ManagedEvents($after: String, $filter: EventFilter, $order: EventOrder) {
    events(first: 20, after: $after, filter: $filter, order: $order) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { node {
        id name status phase startsAt timezone
        venue { id name }
        seatMap { summary { total available held booked blocked } }
      } }
    }
  }
`);

type ManagedEvent = ResultOf<typeof ManagedEvents>['events']['edges'][number]['node'];
type Filter = NonNullable<VariablesOf<typeof ManagedEvents>['filter']>;

/** What one looks for, in the words of the page. What is over or off is told from the newest on. */
const SHOWN: Record<string, { says: string; filter: Filter; newestFirst?: boolean }> = {
  upcoming: { says: 'Upcoming, with drafts', filter: { phase: 'UPCOMING' } },
  drafts: { says: 'Drafts', filter: { status: 'DRAFT' } },
  published: { says: 'Published', filter: { status: 'PUBLISHED' } },
  ongoing: { says: 'On now', filter: { phase: 'ONGOING' } },
  past: { says: 'Past', filter: { phase: 'COMPLETED' }, newestFirst: true },
  cancelled: { says: 'Cancelled', filter: { status: 'CANCELLED' }, newestFirst: true },
  all: { says: 'All', filter: {}, newestFirst: true },
};

const idOf = (event: ManagedEvent) => event.id;

export function EventList({ organizationId }: { organizationId: string | null }) {
  const [shown, setShown] = useState('upcoming');
  const [search, setSearch] = useState('');
  const { filter, newestFirst } = SHOWN[shown] ?? { filter: {} };
  const pages = usePages(
    ManagedEvents,
    {
      filter: { ...filter, organizationId, search: search.trim() || null },
      order: { by: 'START', direction: newestFirst ? 'DESC' : 'ASC' },
    },
    ({ events }) => events,
    idOf,
  );
  const live = useLiveCounts((pages.nodes ?? []).filter((event) => event.status === 'PUBLISHED').map(idOf));
  return (
    <section class="stack" aria-labelledby="events-heading">
      <h2 id="events-heading">Events</h2>
      <search class="organizer-filters">
        <Select label="Show" value={shown} onChange={(event) => setShown(event.currentTarget.value)}>
          {Object.entries(SHOWN).map(([key, { says }]) => (
            <option key={key} value={key}>
              {says}
            </option>
          ))}
        </Select>
        <SearchField find={setSearch} />
      </search>
      {pages.nodes === null && !pages.failed && <div class="skeleton organizer-waiting" />}
      {pages.nodes?.length === 0 && <p class="quiet">There are no such events.</p>}
      {pages.nodes && pages.nodes.length > 0 && (
        <table class="listed" data-testid="managed-events">
          <thead>
            <tr>
              <th scope="col">Event</th>
              <th scope="col">When</th>
              <th scope="col">Venue</th>
              <th scope="col">Status</th>
              <th scope="col">Sold</th>
            </tr>
          </thead>
          <tbody>
            {pages.nodes.map((event) => (
              <EventRow key={event.id} event={event} counts={live.get(event.id) ?? event.seatMap.summary} />
            ))}
          </tbody>
        </table>
      )}
      <ShowMore pages={pages} what="events" />
    </section>
  );
}

function EventRow({ event, counts }: { event: ManagedEvent; counts: Shares }) {
  return (
    <tr>
      <th scope="row">
        <a class="organizer-event" href={`/organizer/events/${event.id}`}>
          <bdi>{event.name}</bdi>
        </a>
      </th>
      <td>{dateAndTime(event.startsAt, event.timezone)}</td>
      <td>{event.venue ? <bdi>{event.venue.name}</bdi> : <span class="quiet">No venue</span>}</td>
      <td>
        <StatusBadge status={event.status} phase={event.phase} />
      </td>
      <td class="organizer-sold">
        <span>
          {counts.booked.toLocaleString()} of {counts.total.toLocaleString()}{' '}
          <span class="quiet">({percent(counts.booked, counts.total)})</span>
        </span>
        <Meter of={counts} />
      </td>
    </tr>
  );
}

/** Looks once Enter is pressed, or the field is left: not at each letter. */
function SearchField({ find }: { find: (words: string) => void }) {
  const [words, setWords] = useState('');
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault();
        find(words);
      }}
    >
      <label for="event-search">Search</label>
      <input
        id="event-search"
        type="search"
        maxLength={200}
        placeholder="Words in name or description"
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          if (!event.currentTarget.value) find('');
        }}
        onBlur={() => find(words)}
      />
    </form>
  );
}
