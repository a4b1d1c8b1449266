/** What screen readers are told of what happens by itself. */

import { signal } from '@preact/signals';

const polite = signal('');
const urgent = signal('');

/** Say a sentence once whatever is being read has ended; or at once, where it cannot wait. */
export function announce(sentence: string, isUrgent = false): void {
  const region = isUrgent ? urgent : polite;
  region.value = region.value === sentence ? `${sentence}\u00a0` : sentence; // the same again is news as well
}

/** Where these sentences stand; once on every page, from its beginning. */
export function Announcer() {
  return (
    <>
      <div class="unseen" role="status" data-testid="announcer">
        {polite}
      </div>
      <div class="unseen" role="alert">
        {urgent}
      </div>
    </>
  );
}
