/** A button for what takes a while. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** Not pressed twice while the first time is under way; it keeps the focus meanwhile, which a disabled button would lose. */
export function Action({
  act,
  look = 'main',
  busy = 'One moment …',
  disabled = false,
  type = 'button',
  children,
  ...rest
}: {
  act?: () => Promise<void> | void;
  look?: 'main' | 'usual' | 'plain' | 'danger';
  /** What it says meanwhile. */
  busy?: string;
  disabled?: boolean;
  type?: 'button' | 'submit';
  children: ComponentChildren;
  'aria-label'?: string;
  'aria-describedby'?: string;
  'data-testid'?: string;
}) {
  const [isActing, setActing] = useState(false);
  const press = async () => {
    if (isActing || disabled || !act) return;
    setActing(true);
    try {
      await act();
    } finally {
      setActing(false);
    }
  };
  return (
    <button
      type={type}
      class={`button button-${look}`}
      aria-disabled={isActing || disabled}
      onClick={type === 'button' ? press : undefined}
      {...rest}
    >
      {isActing ? busy : children}
    </button>
  );
}
