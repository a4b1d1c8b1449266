/** A field that is typed into: what is typed is told once there is a pause, and nothing that happens meanwhile takes it away. */

import { useEffect, useRef, useState } from 'preact/hooks';

const PAUSE_MS = 300;

/** What an input of it is given. `value` is what counts by now; where that changes by itself, as when one goes back, it is shown. */
export function useTyped(value: string, change: (typed: string) => void) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return; // it is what was typed here
    told.current = value;
    setText(value);
  }, [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing sets it off
  useEffect(() => {
    const timer = setTimeout(() => {
      if (text.trim() === told.current) return;
      told.current = text.trim();
      change(told.current);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return { value: text, onInput: (event: { currentTarget: HTMLInputElement }) => setText(event.currentTarget.value) };
}
