/** The time, as often as a page needs it. */

import { useEffect, useState } from 'preact/hooks';

/** Milliseconds by this browser's clock, anew after each such while. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
