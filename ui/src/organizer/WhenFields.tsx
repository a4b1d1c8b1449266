/** When an event takes place, and when it is sold. */

import type { Refusal } from '../api/refusals';
import { Field } from '../parts/Field';
import { dateAndTime } from '../parts/times';
import { instantOf, isTimeZone, readersTimeZone } from './localTimes';
import { problemAt } from './problems';

export interface Times {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly onSaleAt: string;
  readonly offSaleAt: string;
}

const FIELDS: readonly { key: keyof Times; label: string; subject: string; hint?: string }[] = [
  { key: 'startsAt', label: 'Starts', subject: 'The start' },
  { key: 'endsAt', label: 'Ends', subject: 'The end' },
  { key: 'onSaleAt', label: 'On sale from', subject: 'The beginning of sales', hint: 'Left empty: as soon as it is published.' },
  { key: 'offSaleAt', label: 'On sale until', subject: 'The end of sales', hint: 'Left empty: until it starts.' },
];

/** As clocks in the event's time zone show them; told by the reader's as well, where theirs differ. */
export function WhenFields({
  of,
  write,
  timezone,
  refusal,
}: {
  of: Times;
  write: (change: Partial<Times>) => void;
  timezone: string;
  refusal: Refusal | null;
}) {
  return (
    <div class="fields">
      {FIELDS.map(({ key, label, subject, hint }) => {
        const says = [hint && !of[key] ? hint : null, elsewhere(of[key], timezone)].filter(Boolean).join(' ');
        return (
          <Field
            key={key}
            label={label}
            type="datetime-local"
            required={key === 'startsAt' || key === 'endsAt'}
            min={key === 'endsAt' ? of.startsAt : undefined}
            max="2999-12-31T23:59"
            value={of[key]}
            {...(says && { hint: says })}
            problem={problemAt(refusal, key, subject)}
            onChange={(event) => write({ [key]: event.currentTarget.value })}
          />
        );
      })}
    </div>
  );
}

/** `Sat 29 Nov 2026, 20:30 by your clock.` */
function elsewhere(wallTime: string, timezone: string): string | null {
  const own = readersTimeZone();
  if (timezone === own || !isTimeZone(timezone)) return null;
  const instant = instantOf(wallTime, timezone);
  if (!instant) return null;
  const [there, here] = [dateAndTime(instant, timezone), dateAndTime(instant, own)];
  return there === here ? null : `${here} by your clock.`;
}
