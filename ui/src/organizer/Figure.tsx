/** One figure of several, in a `<dl class="figures">`. */

import type { ComponentChildren } from 'preact';

export function Figure({
  name,
  value,
  hint,
  testId,
}: {
  name: string;
  value: ComponentChildren;
  hint?: ComponentChildren;
  testId?: string;
}) {
  return (
    <div class="figure" data-testid={testId}>
      <dt>{name}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        {hint && <span class="small quiet">{hint}</span>}
      </dd>
    </div>
  );
}
