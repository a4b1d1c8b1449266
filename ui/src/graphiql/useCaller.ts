/** Whoever is logged in in this browser, for React. */

import { useSyncExternalStore } from 'react';
import { type User, user } from '../api/session';

/** The user, as it changes here and in other tabs; null for nobody. */
export function useCaller(): User | null {
  return useSyncExternalStore(
    (changed) => user.subscribe(changed),
    () => user.value,
  );
}
