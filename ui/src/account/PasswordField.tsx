/** A password, which can be looked at while it is typed. */

import { useState } from 'preact/hooks';
import { Field } from '../parts/Field';

const SHOWN = { type: 'text' } as const;
const HIDDEN = { type: 'password' } as const;

export function PasswordField({
  label = 'Password',
  value,
  change,
  isNew = false,
  problem,
}: {
  label?: string;
  value: string;
  change: (value: string) => void;
  /** Whether it is being chosen: then it says what it must have. */
  isNew?: boolean;
  problem?: string | null;
}) {
  const [isShown, setShown] = useState(false);
  return (
    <div class="password">
      <Field
        label={label}
        {...(isShown ? SHOWN : HIDDEN)}
        autocomplete={isNew ? 'new-password' : 'current-password'}
        autocapitalize="none"
        spellcheck={false}
        maxLength={256}
        required
        hint={isNew ? '8 characters or more, with an upper-case letter and a digit.' : undefined}
        problem={problem}
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
      <button type="button" class="password-show" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        Show<span class="unseen"> {label.toLowerCase()}</span>
      </button>
    </div>
  );
}
