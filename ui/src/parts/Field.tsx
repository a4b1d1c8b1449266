/** A labelled input with a hint and what is wrong with it. */

import { type InputHTMLAttributes, useId } from './dom';

export function Field({
  label,
  hint,
  problem,
  ...input
}: InputHTMLAttributes & { label: string; hint?: string; problem?: string | null | undefined }) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} aria-invalid={problem ? true : undefined} aria-describedby={described || undefined} {...input} />
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {problem && (
        <span class="problem" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}
