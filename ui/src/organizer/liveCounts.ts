/** How many places of several events are sold, as it changes. */

import { useEffect, useState } from 'preact/hooks';
import { graphql } from '../api/graphql';
import { watch } from '../api/live';
import type { Shares } from './Meter';

const Availability = graphql(`
  subscription OrganizersAvailability($ids: [ID!]!) {
    availability(eventIds: $ids) { eventId summary { total available held booked blocked } }
  }
`);

/** The server tells of so many at a time. */
const EVENTS_MOST = 100;

/** By event id, of the first hundred of these; an event is missing until the server has told of it. */
export function useLiveCounts(eventIds: readonly string[]): ReadonlyMap<string, Shares> {
  const [counts, setCounts] = useState<ReadonlyMap<string, Shares>>(new Map());
  const asked = eventIds.slice(0, EVENTS_MOST).join(' ');
  useEffect(() => {
    if (!asked) return;
    return watch(Availability, () => ({ ids: asked.split(' ') }), {
      next: ({ availability: { eventId, summary } }) => setCounts((was) => new Map(was).set(eventId, summary)),
    });
  }, [asked]);
  return counts;
}
