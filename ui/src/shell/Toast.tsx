/** The newest notification, as it comes. */

import { useEffect, useState } from 'preact/hooks';
import { type Notification, newest } from '../account/notifications';
import { user } from '../api/session';

/** How long it is shown by itself. It is not lost then: the number is in the header, and the list behind it. */
const SHOWN_MS = 30_000;

export function Toast() {
  return user.value && newest.value && <Shown key={newest.value.id} told={newest.value} />;
}

/** Until it is dismissed, or was there for long enough with nobody at it. */
function Shown({ told }: { told: Notification }) {
  const [isThere, setThere] = useState(true);
  const [isHeld, hold] = useState(false);
  const close = () => setThere(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => setThere(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld]);
  if (!isThere) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices that somebody is at it
    <div
      class="toast"
      data-testid="toast"
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocusIn={() => hold(true)}
      onFocusOut={() => hold(false)}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <a class="toast-subject" href={told.booking ? `/bookings/${told.booking.id}` : '/notifications'} dir="auto" onClick={close}>
        {told.subject}
      </a>
      <button type="button" class="button button-plain toast-close" aria-label="Dismiss" onClick={close}>
        <svg viewBox="0 0 12 12" width="14" height="14" aria-hidden="true">
          <path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
        </svg>
      </button>
    </div>
  );
}
