/** Where an event takes place, and by which clocks. */

import type { Refusal } from '../api/refusals';
import { Field, Select } from '../parts/Field';
import { type EventDraft, type Layout, write } from './draft';
import { problemAt } from './problems';

export interface Venue {
  readonly id: string;
  readonly name: string;
  readonly city: string;
  readonly timezone: string;
}

export function WhereFields({
  of,
  venues,
  layout,
  timezone,
  refusal,
}: {
  of: EventDraft;
  venues: readonly Venue[];
  layout: Layout | null;
  timezone: string;
  refusal: Refusal | null;
}) {
  return (
    <section class="card stack" aria-labelledby="where-heading">
      <h2 id="where-heading">Where</h2>
      <div class="fields">
        <Select
          label="Venue"
          hint={of.venueId ? inWords(layout) : 'Without one, its places are counted, not numbered.'}
          value={of.venueId}
          onChange={(event) => write({ venueId: event.currentTarget.value, timezone: '', sectionTiers: {}, rowTiers: {} })}
        >
          <option value="">None</option>
          {venues.map(({ id, name, city }) => (
            <option key={id} value={id}>
              {name}, {city}
            </option>
          ))}
        </Select>
        <TimeZoneField timezone={timezone} write={write} refusal={refusal} />
      </div>
    </section>
  );
}

export function TimeZoneField({
  timezone,
  write,
  refusal,
}: {
  timezone: string;
  write: (change: { timezone: string }) => void;
  refusal: Refusal | null;
}) {
  return (
    <>
      <Field
        label="Time zone"
        hint="All times here are by its clocks."
        list="time-zones"
        required
        value={timezone}
        problem={problemAt(refusal, 'timezone', 'The time zone')}
        onChange={(event) => write({ timezone: event.currentTarget.value.trim() })}
      />
      <datalist id="time-zones">
        {Intl.supportedValuesOf('timeZone').map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}

/** `1,170 seats in 3 sections: Stalls, Circle and Balcony.` Of many sections the first few. */
function inWords(layout: Layout | null): string {
  if (!layout) return 'It has no numbered seats: places are counted.';
  const { seatCount, sections } = layout;
  const names = sections.slice(0, 5).map(({ name }) => name);
  if (sections.length > names.length) names.push(`${sections.length - names.length} more`);
  const count = `${sections.length} ${sections.length === 1 ? 'section' : 'sections'}`;
  return `${seatCount.toLocaleString()} seats in ${count}: ${LIST.format(names)}.`;
}

const LIST = new Intl.ListFormat('en-GB');
