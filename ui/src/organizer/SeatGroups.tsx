/** Whole sections and rows, for whoever chooses more than a few seats or sees no map. */

import { useState } from 'preact/hooks';
import type { Plan } from '../map/types';
import { Select } from '../parts/Field';

export function SeatGroups({ plan, choose }: { plan: Plan; choose: (seats: readonly number[]) => void }) {
  const [sectionNo, setSection] = useState(0);
  const [rowNo, setRow] = useState<number | null>(null);
  const section = plan.sections[sectionNo];
  if (!section) return null;
  const rows = plan.rows.slice(section.firstRow, section.firstRow + section.rowCount);
  const row = rowNo === null ? null : rows[rowNo];
  const { firstSeatNo, seatCount } = row ?? section;
  return (
    <fieldset class="stack choices">
      <legend>Whole rows and sections</legend>
      <div class="fields">
        <Select
          label="Section"
          value={sectionNo}
          onChange={(event) => {
            setSection(Number(event.currentTarget.value));
            setRow(null);
          }}
        >
          {plan.sections.map(({ name }, at) => (
            <option key={name} value={at}>
              {name}
            </option>
          ))}
        </Select>
        <Select
          label="Row"
          value={rowNo ?? ''}
          onChange={(event) => setRow(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
        >
          <option value="">All rows</option>
          {rows.map(({ label }, at) => (
            <option key={label} value={at}>
              {label}
            </option>
          ))}
        </Select>
      </div>
      <div>
        <button
          type="button"
          class="button"
          onClick={() => choose(Array.from({ length: seatCount }, (_, position) => firstSeatNo + position))}
        >
          Choose {seatCount.toLocaleString()} {seatCount === 1 ? 'seat' : 'seats'}
        </button>
      </div>
    </fieldset>
  );
}
