/** After a while in which nothing reached the server, what a page shows is out of date. */

import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { isConnected } from '../api/live';

/** Calls `reload` each time that the server can be reached again. */
export function useReconnected(reload: () => void): void {
  const was = useRef(isConnected.peek());
  useSignalEffect(() => {
    if (isConnected.value && !was.current) reload();
    was.current = isConnected.value;
  });
  useEffect(() => {
    addEventListener('online', reload);
    return () => removeEventListener('online', reload);
  }, [reload]);
}
