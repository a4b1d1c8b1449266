/** Which tier each section of a venue is in; or each of its rows, where they differ. Every seat is in exactly one, whatever one does here. */

import { Select } from '../parts/Field';
import { type EventDraft, type Layout, type TierDraft, tierOfRow, write } from './draft';

type Section = Layout['sections'][number];

const BY_ROW = 'rows';

export function SectionTiers({ of, layout, seated }: { of: EventDraft; layout: Layout; seated: readonly TierDraft[] }) {
  const putAll = (no: number) => write({ sectionTiers: Object.fromEntries(layout.sections.map(({ name }) => [name, no])), rowTiers: {} });
  return (
    <div class="stack">
      <h3>Which seats are in which tier</h3>
      {layout.sections.length > 4 && (
        <div class="organizer-choice">
          <Select
            label="Put all sections into"
            value=""
            onChange={(event) => event.currentTarget.value && putAll(Number(event.currentTarget.value))}
          >
            <option value="">Choose a tier …</option>
            <TierOptions seated={seated} />
          </Select>
        </div>
      )}
      <div class="fields">
        {layout.sections.map((section) => (
          <SectionTier key={section.name} of={of} layout={layout} section={section} seated={seated} />
        ))}
      </div>
    </div>
  );
}

function SectionTier({ of, layout, section, seated }: { of: EventDraft; layout: Layout; section: Section; seated: readonly TierDraft[] }) {
  const { name, rows } = section;
  const differs = of.rowTiers[name] !== undefined;
  const put = (chosen: string) => {
    const { [name]: was = {}, ...others } = of.rowTiers;
    if (chosen === BY_ROW) write({ rowTiers: { ...others, [name]: was } });
    else write({ rowTiers: others, sectionTiers: { ...of.sectionTiers, [name]: Number(chosen) } });
  };
  const putRow = (row: string, no: number) => write({ rowTiers: { ...of.rowTiers, [name]: { ...of.rowTiers[name], [row]: no } } });
  const seats = rows.reduce((sum, row) => sum + row.seatCount, 0);
  const first = rows[0];
  return (
    <div class={differs ? 'stack rows-differ' : 'stack'}>
      <Select
        label={name}
        hint={`${seats.toLocaleString()} seats in ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`}
        value={differs || !first ? BY_ROW : String(wholeTier(of, layout, section, seated))}
        onChange={(event) => put(event.currentTarget.value)}
      >
        <TierOptions seated={seated} />
        <option value={BY_ROW}>Its rows differ …</option>
      </Select>
      {differs && (
        <fieldset class="row-tiers choices">
          <legend class="small">Rows of {name}</legend>
          {rows.map(({ label }) => (
            <Select
              key={label}
              label={`Row ${label}`}
              value={String(tierOfRow(of, layout, name, label)?.no)}
              onChange={(event) => putRow(label, Number(event.currentTarget.value))}
            >
              <TierOptions seated={seated} />
            </Select>
          ))}
        </fieldset>
      )}
    </div>
  );
}

function wholeTier(of: EventDraft, layout: Layout, section: Section, seated: readonly TierDraft[]): number | undefined {
  return (section.rows[0] && tierOfRow(of, layout, section.name, section.rows[0].label)?.no) ?? seated[0]?.no;
}

function TierOptions({ seated }: { seated: readonly TierDraft[] }) {
  return (
    <>
      {seated.map((tier, at) => (
        <option key={tier.no} value={tier.no}>
          {tier.name || `Tier ${at + 1}`}
        </option>
      ))}
    </>
  );
}
