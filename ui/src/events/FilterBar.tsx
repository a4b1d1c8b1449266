/** Where one says what one looks for. */

import { Field } from '../parts/Field';
import { useTyped } from '../parts/useTyped';
import type { Change, Filters } from './filters';
import type { Choices } from './listing';
import { type Option, Pick } from './Pick';

export function FilterBar({
  filters,
  choices,
  change,
}: {
  filters: Filters;
  choices: Choices;
  /** `isTyping`: one more letter is no step that one goes back by. */
  change: (to: Change, isTyping?: boolean) => void;
}) {
  const { category, city, venue, from, until, least, most, available, order } = filters;
  const currency = filters.currency || choices.currencies[0] || '';
  const price = (to: Change) => change({ currency, ...to }, true);
  return (
    <search>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <SearchField sought={filters.search} change={(search) => change({ search }, true)} />
        <Pick
          label="Category"
          value={category}
          options={[{ value: '', label: 'All' }, ...choices.categories.map(({ id, name }) => ({ value: id, label: name }))]}
          pick={(value) => change({ category: value })}
        />
        <Pick
          label="Where"
          value={venue ? `venue ${venue}` : city && `city ${city}`}
          options={placesOf(choices, city)}
          pick={(value) => {
            const [kind, ...rest] = value.split(' ');
            change({ city: '', venue: '', ...(kind && { [kind]: rest.join(' ') }) });
          }}
        />
        <Pick
          label="Order by"
          value={order}
          options={[
            { value: '', label: 'Date' },
            { value: 'name', label: 'Name' },
            { value: 'price', label: 'Price' },
          ]}
          pick={(value) => change({ order: value })}
        />
        <details class="more-filters">
          <summary class="button button-plain">Dates and prices</summary>
          <div class="filters-more">
            <Field label="From" type="date" value={from} onChange={(event) => change({ from: event.currentTarget.value }, true)} />
            <Field
              label="Until"
              type="date"
              value={until}
              min={from}
              onChange={(event) => change({ until: event.currentTarget.value }, true)}
            />
            <Pick
              label="Currency"
              value={filters.currency}
              options={[{ value: '', label: 'Any' }, ...choices.currencies.map((each) => ({ value: each, label: each }))]}
              pick={(value) => change(value ? { currency: value } : { currency: '', least: '', most: '' })}
            />
            <Amount label={`At least${currency && `, ${currency}`}`} value={least} change={(value) => price({ least: value })} />
            <Amount label={`At most${currency && `, ${currency}`}`} value={most} change={(value) => price({ most: value })} />
          </div>
        </details>
        <label class="choice">
          <input
            type="checkbox"
            checked={available !== ''}
            onChange={(event) => change({ available: event.currentTarget.checked ? 'yes' : '' })}
          />
          Only with places left
        </label>
      </form>
    </search>
  );
}

function SearchField({ sought, change }: { sought: string; change: (search: string) => void }) {
  return (
    <Field
      label="Search"
      type="search"
      name="search"
      autocomplete="off"
      enterkeyhint="search"
      maxLength={200}
      placeholder="A name, or what it is about"
      {...useTyped(sought, change)}
    />
  );
}

function Amount({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  return <Field label={label} type="number" inputMode="decimal" min="0" step="any" {...useTyped(value, change)} />;
}

/** Cities, and their venues. A city that an address names counts as well, though nothing is there. */
function placesOf({ venues }: Choices, asked: string): Option[] {
  const cities = new Set(venues.map(({ city }) => city));
  if (asked) cities.add(asked);
  return [
    { value: '', label: 'Anywhere' },
    ...[...cities].sort().map((city) => ({ value: `city ${city}`, label: city, group: 'Cities' })),
    ...venues.map(({ id, name }) => ({ value: `venue ${id}`, label: name, group: 'Venues' })),
  ];
}
