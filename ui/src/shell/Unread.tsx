/** How many notifications there are to read. */

import { useEffect } from 'preact/hooks';
import { follow, unread } from '../account/notifications';
import { user } from '../api/session';

export function Unread({ isHere }: { isHere: boolean }) {
  const whose = user.value?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another user is told other things
  useEffect(follow, [whose]);
  const count = unread.value ?? 0;
  return (
    <a
      class="button button-plain bell"
      href="/notifications"
      aria-current={isHere ? 'page' : undefined}
      aria-label={count > 0 ? `Notifications, ${count} unread` : 'Notifications'}
    >
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <path
          d="M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6zM9.5 20a2.5 2.5 0 0 0 5 0"
          fill="none"
          stroke="currentColor"
          stroke-width="2"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      {count > 0 && (
        <span class="count" data-testid="unread">
          {count > 99 ? '99+' : count}
        </span>
      )}
    </a>
  );
}
