/** One of some, by name. */

import { useId } from 'preact/hooks';

export interface Option {
  readonly value: string;
  readonly label: string;
  /** Under which heading it stands. */
  readonly group?: string;
}

export function Pick({
  label,
  value,
  options,
  pick,
}: {
  label: string;
  value: string;
  options: readonly Option[];
  pick: (value: string) => void;
}) {
  const id = useId();
  const groups = [...new Set(options.map(({ group }) => group))];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => pick(event.currentTarget.value)}>
        {groups.map((group) => {
          const members = options
            .filter((option) => option.group === group)
            .map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ));
          return group ? (
            <optgroup key={group} label={group}>
              {members}
            </optgroup>
          ) : (
            members
          );
        })}
      </select>
    </div>
  );
}
