/** A number that is raised and lowered by one. */

export function Stepper({
  label,
  value,
  least,
  most,
  set,
}: {
  /** What is counted: it names the buttons, too. */
  label: string;
  value: number;
  least: number;
  most: number;
  set: (value: number) => void;
}) {
  const step = (by: number) => {
    const next = value + by;
    if (next >= least && next <= most) set(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand in a line with its buttons
    <div class="stepper" role="group" aria-label={label}>
      <button type="button" class="button" aria-label={`One fewer: ${label}`} aria-disabled={value <= least} onClick={() => step(-1)}>
        <span aria-hidden="true">−</span>
      </button>
      <output>{value}</output>
      <button type="button" class="button" aria-label={`One more: ${label}`} aria-disabled={value >= most} onClick={() => step(1)}>
        <span aria-hidden="true">+</span>
      </button>
    </div>
  );
}
