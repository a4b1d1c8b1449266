/** Says that nothing reaches the server. */

import { computed, signal } from '@preact/signals';
import { isConnected } from '../api/live';

const isOnline = signal(navigator.onLine);
addEventListener('online', () => {
  isOnline.value = true;
});
addEventListener('offline', () => {
  isOnline.value = false;
});
const words = computed(() => {
  if (!isOnline.value) return 'You are offline. What you see may be out of date.';
  return isConnected.value ? null : 'The connection was lost. Trying again …';
});

export function Away() {
  return (
    <div role="status" data-testid="away">
      {words.value && <p class="away">{words.value}</p>}
    </div>
  );
}
