/** How long places are still held. */

import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../parts/announce';
import { minutesLeft } from '../parts/times';
import { useSecondsLeft } from './clock';

/** When it is said aloud, in seconds before the end. */
const SAID: ReadonlyMap<number, string> = new Map([
  [120, '2 minutes'],
  [60, '1 minute'],
  [30, '30 seconds'],
]);
const SOON = 60;

/** The time that is left, as digits and as a bar; `over` is called once, at its end. */
export function Countdown({ from, until, over }: { from: string; until: string; over?: () => void }) {
  const left = useSecondsLeft(until);
  const ended = useRef<string | null>(null);
  const latest = useRef(over);
  latest.current = over;
  useEffect(() => {
    const words = SAID.get(left);
    if (words) announce(`${words} left to pay for your places.`, left <= SOON);
    if (left === 0 && ended.current !== until) {
      ended.current = until;
      latest.current?.();
    }
  }, [left, until]);
  const whole = (Date.parse(until) - Date.parse(from)) / 1000;
  return (
    <div class={`countdown ${left <= SOON ? 'countdown-soon' : ''}`}>
      <p>
        <span>Held for you for </span>
        <strong role="timer" aria-live="off" aria-label="Time left" data-testid="countdown">
          {minutesLeft(left * 1000)}
        </strong>
      </p>
      <div class="countdown-bar" aria-hidden="true">
        <div style={{ inlineSize: `${Math.min(100, (100 * left) / whole)}%` }} />
      </div>
    </div>
  );
}
