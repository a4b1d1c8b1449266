/** Which events are looked for: kept in the page's address, so that it can be shared, reloaded and gone back to. */

import type { graphql } from '../api/graphql';

const KEYS = ['search', 'category', 'city', 'venue', 'from', 'until', 'currency', 'least', 'most', 'available', 'order'] as const;
type Key = (typeof KEYS)[number];

/** Each as it stands in the address; empty where nothing is asked for. */
export type Filters = Readonly<Record<Key, string>>;
export type Change = Partial<Filters>;

export const NO_FILTERS = Object.fromEntries(KEYS.map((key) => [key, ''])) as Filters;

const ORDERS = { '': 'START', name: 'NAME', price: 'PRICE' } as const;

/** What an address may say; anything else in it is as good as nothing. */
const READABLE: Partial<Record<Key, (value: string) => boolean>> = {
  from: isDay,
  until: isDay,
  currency: (value) => /^[A-Z]{3}$/.test(value),
  least: isAmount,
  most: isAmount,
  available: (value) => value === 'yes',
  order: (value) => value in ORDERS,
};

/** What an address asks for. */
export function filtersOf(query: Readonly<Record<string, string>>): Filters {
  const readable = (key: Key) => {
    const value = query[key]?.trim() ?? '';
    return (READABLE[key]?.(value) ?? true) ? value : '';
  };
  return Object.fromEntries(KEYS.map((key) => [key, readable(key)])) as Filters;
}

/** The address that asks for this. */
export function addressOf(filters: Filters): string {
  const asked = KEYS.filter((key) => filters[key] !== '').map((key) => [key, filters[key]]);
  return asked.length ? `/?${new URLSearchParams(asked)}` : '/';
}

/** As the API has it. Days are the reader's own, and the last one counts in full. */
export function variablesOf(filters: Filters) {
  const { search, category, city, venue, from, until, currency, available, order } = filters;
  return {
    filter: {
      status: 'PUBLISHED',
      phase: 'UPCOMING',
      search: search || null,
      categoryId: category || null,
      city: city || null,
      venueId: venue || null,
      startsFrom: from ? startOfDay(from, 0) : null,
      startsBefore: until ? startOfDay(until, 1) : null,
      prices: currency ? { currency, leastMinor: minor(filters.least, currency), mostMinor: minor(filters.most, currency) } : null,
      onlyAvailable: available !== '',
    } satisfies ReturnType<typeof graphql.scalar<'EventFilter'>>,
    order: { by: ORDERS[order as keyof typeof ORDERS], direction: 'ASC' } satisfies ReturnType<typeof graphql.scalar<'EventOrder'>>,
  };
}

function isDay(value: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isAmount(value: string): boolean {
  return /^\d{1,9}(\.\d{1,3})?$/.test(value);
}

function startOfDay(day: string, later: number): string {
  const start = new Date(`${day}T00:00`);
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

/** `7500` for 75 pounds: each currency has its own number of decimals. */
function minor(amount: string, currency: string): number | null {
  if (amount === '') return null;
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return Math.round(Number(amount) * 10 ** maximumFractionDigits);
}
