/** The server's clock, which says when a hold ends, whatever this browser's says. */

import { useEffect, useState } from 'preact/hooks';

const TICK_MS = 250;

let aheadMs: number | null = null;

/** Learn how far the server's clock is ahead, from an answer that has just come. Once: a clock that is set again and again jumps. */
export function learnTime(serverTime: string): void {
  aheadMs ??= Date.parse(serverTime) - Date.now();
}

export function serverNow(): number {
  return Date.now() + (aheadMs ?? 0);
}

/** Whole seconds until then, counted down as they pass; 0 from then on. */
export function useSecondsLeft(until: string): number {
  const secondsLeft = () => Math.max(0, Math.ceil((Date.parse(until) - serverNow()) / 1000));
  const [left, setLeft] = useState(secondsLeft);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the clock is read, not waited for
  useEffect(() => {
    setLeft(secondsLeft());
    const ticking = setInterval(() => setLeft(secondsLeft()), TICK_MS);
    return () => clearInterval(ticking);
  }, [until]);
  return left;
}
