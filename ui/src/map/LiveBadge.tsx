/** Whether what is shown is as it is now. */

import type { Board } from './types';

/** To the second, by the reader's own clock: how old a map is matters to the second. */
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function LiveBadge({ board }: { board: Board }) {
  const since = board.behindSince.value;
  return (
    <p class={`map-live badge ${since === null ? 'badge-good' : 'badge-warn'}`}>
      <span class="map-dot" aria-hidden="true" />
      {since === null ? 'Live' : `Reconnecting … as of ${clock.format(since)}`}
    </p>
  );
}
