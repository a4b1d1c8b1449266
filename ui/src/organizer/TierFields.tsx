/** The price levels of an event to be, and which seats each has. */

import type { Refusal } from '../api/refusals';
import { Field, Select } from '../parts/Field';
import { type EventDraft, type Layout, seatCounts, seatedTiers, type TierDraft, type TierKind, write } from './draft';
import { LayoutPreview } from './LayoutPreview';
import { problemAt } from './problems';
import { SectionTiers } from './SectionTiers';

const TIERS_MOST = 100;

export function TierFields({ of, layout, refusal }: { of: EventDraft; layout: Layout | null; refusal: Refusal | null }) {
  const { tiers } = of;
  const counts = seatCounts(of, layout);
  const seated = seatedTiers(of, layout);
  const all = problemAt(refusal, 'tiers', 'The tiers');
  const add = () => {
    const no = Math.max(0, ...tiers.map((tier) => tier.no)) + 1;
    write({ tiers: [...tiers, { no, name: '', kind: 'SEATED', price: '', capacity: '' }] });
  };
  return (
    <section class="card stack" aria-labelledby="tiers-heading">
      <h2 id="tiers-heading">Tiers and prices</h2>
      <div class="organizer-choice">
        <Field
          label="Currency"
          hint="Its three letters: GBP, EUR, USD …"
          required
          pattern="[A-Za-z]{3}"
          maxLength={3}
          value={of.currency}
          problem={problemAt(refusal, 'currency', 'The currency')}
          onInput={(event) => write({ currency: event.currentTarget.value.toUpperCase() })}
        />
      </div>
      {tiers.map((tier, at) => (
        <TierRow
          key={tier.no}
          tier={tier}
          at={at}
          isOnly={tiers.length === 1}
          hasLayout={layout !== null}
          seats={seated.includes(tier) ? (counts.get(tier.no) ?? 0) : null}
          change={(change) => write({ tiers: tiers.map((other) => (other === tier ? { ...tier, ...change } : other)) })}
          remove={() => write({ tiers: tiers.filter((other) => other !== tier) })}
          refusal={refusal}
        />
      ))}
      {all && <p class="problem">{all}</p>}
      {tiers.length < TIERS_MOST && (
        <div>
          <button type="button" class="button" onClick={add}>
            Add a tier
          </button>
        </div>
      )}
      {layout && seated.length > 1 && <SectionTiers of={of} layout={layout} seated={seated} />}
      {layout && seated.length > 0 && <LayoutPreview of={of} layout={layout} seated={seated} />}
      {layout && seated.length === 0 && <p class="quiet">No tier is seated: the venue's numbered seats are not used.</p>}
    </section>
  );
}

/** `seats` is how many numbered ones it has; null where its places are counted. */
function TierRow({
  tier,
  at,
  isOnly,
  hasLayout,
  seats,
  change,
  remove,
  refusal,
}: {
  tier: TierDraft;
  at: number;
  isOnly: boolean;
  hasLayout: boolean;
  seats: number | null;
  change: (change: Partial<TierDraft>) => void;
  remove: () => void;
  refusal: Refusal | null;
}) {
  const name = `Tier ${at + 1}`;
  return (
    <fieldset class="stack tier">
      <legend class="row">
        {name}
        {seats !== null && (
          <span class={seats ? 'badge' : 'badge badge-warn'}>
            {seats.toLocaleString()} {seats === 1 ? 'seat' : 'seats'}
          </span>
        )}
      </legend>
      <div class="fields fields-closing">
        <Field
          label="Name"
          required
          maxLength={50}
          dir="auto"
          value={tier.name}
          problem={problemAt(refusal, `tiers.${at}.name`, 'The name') ?? problemAt(refusal, `tiers.${at}.sections`, 'It')}
          onInput={(event) => change({ name: event.currentTarget.value })}
        />
        <Field
          label="Price"
          required
          inputMode="decimal"
          pattern="[0-9]+([.,][0-9]{1,4})?"
          title="An amount such as 75 or 75.00"
          value={tier.price}
          problem={problemAt(refusal, `tiers.${at}.price`, 'The price')}
          onInput={(event) => change({ price: event.currentTarget.value })}
        />
        {hasLayout && (
          <Select label="Places" value={tier.kind} onChange={(event) => change({ kind: event.currentTarget.value as TierKind })}>
            <option value="SEATED">Numbered seats</option>
            <option value="STANDING">Standing</option>
          </Select>
        )}
        {seats === null && (
          <Field
            label="How many places"
            type="number"
            required
            min={1}
            max={1_000_000}
            value={tier.capacity}
            problem={problemAt(refusal, `tiers.${at}.capacity`, 'How many there are')}
            onInput={(event) => change({ capacity: event.currentTarget.value })}
          />
        )}
        {!isOnly && (
          <button type="button" class="button" aria-label={`Remove ${name.toLowerCase()}`} onClick={remove}>
            Remove
          </button>
        )}
      </div>
    </fieldset>
  );
}
