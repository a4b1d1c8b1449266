/** What is asked for, each with a way to drop it. */

import { money } from '../parts/money';
import { dayOf } from './days';
import { type Change, type Filters, NO_FILTERS } from './filters';
import type { Choices } from './listing';

export function Chips({ filters, choices, change }: { filters: Filters; choices: Choices; change: (to: Change) => void }) {
  const chips = chipsOf(filters, choices);
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters in use">
      {chips.map(({ words, without }) => (
        <li key={words}>
          <button type="button" class="chip" onClick={() => change(without)}>
            <span class="unseen">Drop the filter: </span>
            <bdi>{words}</bdi>
            <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
              <path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
            </svg>
          </button>
        </li>
      ))}
      <li>
        <button type="button" class="button button-plain" onClick={() => change({ ...NO_FILTERS, order: filters.order })}>
          Drop all
        </button>
      </li>
    </ul>
  );
}

interface Chip {
  readonly words: string;
  readonly without: Change;
}

function chipsOf(filters: Filters, { categories, venues }: Choices): readonly Chip[] {
  const { search, category, city, venue, from, until, available } = filters;
  const chips: Chip[] = [];
  if (search) chips.push({ words: `“${search}”`, without: { search: '' } });
  if (category) chips.push({ words: nameOf(categories, category), without: { category: '' } });
  if (city) chips.push({ words: city, without: { city: '' } });
  if (venue) chips.push({ words: nameOf(venues, venue), without: { venue: '' } });
  if (from) chips.push({ words: `from ${dayOf(from)}`, without: { from: '' } });
  if (until) chips.push({ words: `until ${dayOf(until)}`, without: { until: '' } });
  if (filters.currency) chips.push({ words: priceWords(filters), without: { currency: '', least: '', most: '' } });
  if (available) chips.push({ words: 'with places left', without: { available: '' } });
  return chips;
}

function nameOf(all: readonly { readonly id: string; readonly name: string }[], id: string): string {
  return all.find((each) => each.id === id)?.name ?? '…';
}

function priceWords({ currency, least, most }: Filters): string {
  const amount = (value: string) => money({ amount: value, currency });
  if (least && most) return `${amount(least)} – ${amount(most)}`;
  if (least) return `${amount(least)} or more`;
  return most ? `${amount(most)} or less` : `in ${currency}`;
}
