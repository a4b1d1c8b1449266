/** The events that are listed: all that the page shows comes with one query, and each further page of them with one more. */

import { request } from '../api/client';
import { graphql, type ResultOf } from '../api/graphql';
import { useFurther } from '../parts/useFurther';
import { useQuery } from '../parts/useQuery';
import { type Filters, variablesOf } from './filters';

const PAGE_SIZE = 24;

export const CardParts = graphql(`
  fragment CardParts on Event {
    id name startsAt timezone onSaleAt offSaleAt capacity availableSeats
    minPrice { amount currency }
    maxPrice { amount currency }
    category { name slug }
    venue { name city }
  }
`);

const PageParts = graphql(
  `fragment PageParts on EventConnection {
    pageInfo { hasNextPage endCursor }
    edges { node { ...CardParts } }
  }`,
  [CardParts],
);

const WhatIsOn = graphql(
  `query WhatIsOn($first: Int!, $filter: EventFilter!, $order: EventOrder!) {
    events(first: $first, filter: $filter, order: $order) { totalCount ...PageParts }
    categories { id name }
    venues(first: 100) { edges { node { id name city } } }
  }`,
  [PageParts],
);

const MoreEvents = graphql(
  `query MoreEvents($first: Int!, $after: String!, $filter: EventFilter!, $order: EventOrder!) {
    events(first: $first, after: $after, filter: $filter, order: $order) { ...PageParts }
  }`,
  [PageParts],
);

export type EventOnCard = ResultOf<typeof CardParts>;
type PageOfEvents = ResultOf<typeof PageParts>;

/** What can be chosen from. */
export interface Choices {
  readonly categories: ResultOf<typeof WhatIsOn>['categories'];
  readonly venues: readonly { readonly id: string; readonly name: string; readonly city: string }[];
  readonly currencies: readonly string[];
}

/** The events that fit, page by page. */
export function useListing(filters: Filters) {
  const asked = { first: PAGE_SIZE, ...variablesOf(filters) };
  const { data, failed, isLoading, reload } = useQuery(WhatIsOn, asked, { method: 'GET' });
  const first: PageOfEvents | null = data?.events ?? null;
  const list = useFurther(first, async (after) => (await request(MoreEvents, { ...asked, after }, { method: 'GET' })).events);
  return {
    pages: list.pages.map(({ edges }) => edges.map(({ node }) => node)),
    total: data?.events.totalCount ?? null,
    choices: choicesOf(data, filters),
    failed: failed ?? list.failed,
    isLoading,
    hasMore: list.hasMore,
    showMore: list.showMore,
    reload,
    retry: failed ? reload : () => void list.showMore(),
  };
}

function choicesOf(data: ResultOf<typeof WhatIsOn> | null, { currency }: Filters): Choices {
  const priced = data?.events.edges.flatMap(({ node }) => node.minPrice?.currency ?? []) ?? [];
  return {
    categories: data?.categories ?? [],
    venues: data?.venues.edges.map(({ node }) => node) ?? [],
    currencies: [...new Set(currency ? [currency, ...priced] : priced)],
  };
}
