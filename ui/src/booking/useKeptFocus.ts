/** Focus that is not lost when the button that had it goes away: the part it stood in takes it. */

import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

export function useKeptFocus(part: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = part.current;
    if (!element) return;
    let last: EventTarget | null = null;
    const remember = (event: FocusEvent) => {
      last = event.target;
    };
    const changes = new MutationObserver(() => {
      if (last instanceof Node && !last.isConnected && document.activeElement === document.body) element.focus({ preventScroll: true });
    });
    element.addEventListener('focusin', remember);
    changes.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener('focusin', remember);
      changes.disconnect();
    };
  }, [part]);
}
