/** What those who book may do: how many places, which seats, and how they give them back. */

import type { Refusal } from '../api/refusals';
import { Checkbox, Field, Select } from '../parts/Field';
import type { EventDraft, Refunds, StepDraft } from './draft';
import { problemAt } from './problems';

export type Rules = Pick<EventDraft, 'ticketLimit' | 'avoidOrphanSeats' | 'refunds' | 'steps'>;

const STEPS_MOST = 10;

export function RuleFields({
  of,
  write,
  isSeated,
  refusal,
}: {
  of: Rules;
  write: (change: Partial<Rules>) => void;
  isSeated: boolean;
  refusal: Refusal | null;
}) {
  return (
    <>
      <div class="fields">
        <Field
          label="Places for one person"
          hint="Left empty: as many as they like."
          type="number"
          min={1}
          max={1_000_000}
          value={of.ticketLimit}
          problem={problemAt(refusal, 'ticketLimit', 'This')}
          onInput={(event) => write({ ticketLimit: event.currentTarget.value })}
        />
        <Select
          label="Giving back"
          value={of.refunds}
          problem={problemAt(refusal, 'cancellationPolicy', 'This')}
          onChange={(event) => write({ refunds: event.currentTarget.value as Refunds })}
        >
          <option value="house">As the house does</option>
          <option value="steps">By steps of its own</option>
          <option value="never">Never</option>
        </Select>
      </div>
      {of.refunds === 'steps' && <Steps steps={of.steps} write={(steps) => write({ steps })} refusal={refusal} />}
      {isSeated && (
        <Checkbox
          label="Refuse a choice that would leave a single seat alone, where it can be avoided"
          isOn={of.avoidOrphanSeats}
          set={(avoidOrphanSeats) => write({ avoidOrphanSeats })}
        />
      )}
    </>
  );
}

/** From the longest time before the start to the shortest, or in any order: the server sorts them. */
function Steps({
  steps,
  write,
  refusal,
}: {
  steps: readonly StepDraft[];
  write: (steps: readonly StepDraft[]) => void;
  refusal: Refusal | null;
}) {
  const change = (at: number, with_: Partial<StepDraft>) =>
    write(steps.map((step, index) => (index === at ? { ...step, ...with_ } : step)));
  return (
    <fieldset class="stack choices">
      <legend>What goes back, and until when</legend>
      {steps.map((step, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by where it stands
        <div key={at} class="fields fields-closing">
          <Field
            label={`Step ${at + 1}: hours before the start`}
            type="number"
            min={0}
            max={8760}
            step="any"
            required
            value={step.hoursBefore}
            problem={problemAt(refusal, `cancellationPolicy.${at}.minutesBefore`)}
            onInput={(event) => change(at, { hoursBefore: event.currentTarget.value })}
          />
          <Field
            label={`Step ${at + 1}: per cent of the price`}
            type="number"
            min={0}
            max={100}
            required
            value={step.refundPercent}
            problem={problemAt(refusal, `cancellationPolicy.${at}.refundPercent`)}
            onInput={(event) => change(at, { refundPercent: event.currentTarget.value })}
          />
          {steps.length > 1 && (
            <button
              type="button"
              class="button"
              aria-label={`Remove step ${at + 1}`}
              onClick={() => write(steps.filter((_, index) => index !== at))}
            >
              Remove
            </button>
          )}
        </div>
      ))}
      {steps.length < STEPS_MOST && (
        <div>
          <button type="button" class="button" onClick={() => write([...steps, { hoursBefore: '2', refundPercent: '50' }])}>
            Add a step
          </button>
        </div>
      )}
    </fieldset>
  );
}
