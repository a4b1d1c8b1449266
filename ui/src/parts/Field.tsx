/** Labelled controls, each with a hint and what is wrong with it. */

import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface Labels {
  label: string;
  hint?: string;
  problem?: string | null | undefined;
}

export function Field({ label, hint, problem, ...input }: JSX.IntrinsicElements['input'] & Labels) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(ids) => <input {...ids} {...input} />}
    </Labelled>
  );
}

export function Select({ label, hint, problem, children, ...select }: JSX.IntrinsicElements['select'] & Labels) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(ids) => (
        <select {...ids} {...select}>
          {children}
        </select>
      )}
    </Labelled>
  );
}

export function TextArea({ label, hint, problem, ...textarea }: JSX.IntrinsicElements['textarea'] & Labels) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(ids) => <textarea {...ids} {...textarea} />}
    </Labelled>
  );
}

export function Checkbox({ label, isOn, set }: { label: ComponentChildren; isOn: boolean; set: (isOn: boolean) => void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={isOn} onChange={(event) => set(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

interface Ids {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
}

function Labelled({
  label,
  hint,
  problem,
  children,
}: {
  label: string;
  hint: string | undefined;
  problem: string | null | undefined;
  children: (ids: Ids) => ComponentChildren;
}) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-invalid': problem ? true : undefined, 'aria-describedby': described || undefined })}
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
