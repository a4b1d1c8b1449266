/** What somebody is told while a page is open: one subscription, whatever looks at it. */

import { computed, signal } from '@preact/signals';
import { request } from '../api/client';
import type { Failed } from '../api/failures';
import { graphql, type ResultOf } from '../api/graphql';
import { isConnected, watch } from '../api/live';
import type { Refusal } from '../api/refusals';
import { announce } from '../parts/announce';

export const NotificationParts = graphql(`
  fragment NotificationParts on Notification {
    id type sentAt readAt subject body
    booking { id }
    event { id name }
  }
`);

const NotificationCame = graphql(`subscription NotificationCame { notificationReceived { ...NotificationParts } }`, [NotificationParts]);

const CountUnread = graphql(`query CountUnread { me { unreadNotifications } }`);

const MarkRead = graphql(`
  mutation MarkRead($ids: [ID!]!) {
    markNotificationsRead(ids: $ids) {
      __typename
      ... on NotificationsRead { unreadNotifications }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

export type Notification = ResultOf<typeof NotificationParts>;

/** How many there are to read; null before that is known. */
export const unread = signal<number | null>(null);

/** Those that came by themselves since the page was loaded, newest first. */
export const arrivals = signal<readonly Notification[]>([]);

/** The newest of them; null before there is one. */
export const newest = computed(() => arrivals.value[0] ?? null);

const readHere = signal<ReadonlySet<string>>(new Set());

export function isRead({ id, readAt }: Notification): boolean {
  return readAt !== null || readHere.value.has(id);
}

/** Follow what the caller is told, until the answer is called. */
export function follow(): () => void {
  unread.value = null;
  arrivals.value = [];
  readHere.value = new Set();
  const stop = watch(
    NotificationCame,
    () => ({}),
    {
      next: ({ notificationReceived: told }) => {
        arrivals.value = [told, ...arrivals.value];
        if (unread.value !== null) unread.value += 1;
        announce(`New notification: ${told.subject}`);
      },
    },
    'caller',
  );
  const stopCounting = isConnected.subscribe((connected) => connected && void count()); // also after a while of hearing nothing
  const seen = () => document.visibilityState === 'visible' && void count(); // another tab may have read some
  addEventListener('visibilitychange', seen);
  return () => {
    stop();
    stopCounting();
    removeEventListener('visibilitychange', seen);
  };
}

/** Mark them as read, at most 100. Answers what was refused, or null. Raises Failed. */
export async function markRead(ids: readonly string[]): Promise<Refusal | null> {
  const { markNotificationsRead: answer } = await request(MarkRead, { ids: [...ids] });
  if (answer.__typename !== 'NotificationsRead') return answer;
  readHere.value = new Set([...readHere.value, ...ids]);
  unread.value = answer.unreadNotifications;
  return null;
}

/** The number stays as it was where it cannot be had: the page itself says that nothing reaches the server. */
async function count(): Promise<void> {
  const answer = await request(CountUnread, {}).catch((_: Failed) => null);
  if (answer?.me) unread.value = answer.me.unreadNotifications;
}
