/** How many places are left, as it changes. */

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { graphql, type ResultOf } from '../api/graphql';
import { watch } from '../api/live';

const PlacesLeft = graphql(`
  subscription PlacesLeft($eventIds: [ID!]!) {
    availability(eventIds: $eventIds) { eventId summary { total available held } }
  }
`);

export type Counts = ResultOf<typeof PlacesLeft>['availability']['summary'];

/** Of each of these events, at most 100: null until it is told. One that changes is rendered alone. */
export function useAvailability(eventIds: readonly string[]): ReadonlyMap<string, ReadonlySignal<Counts | null>> {
  const asked = eventIds.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ids are compared by what they say
  const counts = useMemo(() => new Map(eventIds.map((id): [string, Signal<Counts | null>] => [id, signal(null)])), [asked]);
  useEffect(() => {
    if (counts.size === 0) return;
    return watch(PlacesLeft, () => ({ eventIds: [...counts.keys()] }), {
      next: ({ availability: { eventId, summary } }) => {
        const known = counts.get(eventId);
        if (known) known.value = summary;
      },
    });
  }, [counts]);
  return counts;
}
