/** An event's seats, some of which can be kept off sale; and what its tiers cost. */

import type { Board } from '../map/types';
import { Failure, Notice } from '../parts/Notice';
import { Blocking } from './Blocking';
import { Prices } from './Prices';
import type { Managed } from './queries';

export function Seats({ event, board, reload }: { event: Managed; board: Board | null; reload: () => void }) {
  const plan = board?.plan.value ?? null;
  const failed = board?.failed.value;
  return (
    <section class="stack" aria-labelledby="seats-heading">
      <h2 id="seats-heading">Seats and prices</h2>
      {event.status === 'DRAFT' && (
        <Notice look="plain">Seats can be kept off sale once the event is published. Prices can be changed now.</Notice>
      )}
      {event.status === 'CANCELLED' && <Notice look="plain">The event is cancelled: nothing here can be changed any more.</Notice>}
      {failed && <Failure failed={failed} retry={() => board.retry()} />}
      {board && !plan && !failed && <div class="skeleton organizer-waiting" />}
      {board && plan && plan.seatCount > 0 && <Blocking event={event} board={board} plan={plan} />}
      {plan?.seatCount === 0 && <p class="quiet">Its places are counted, not numbered: there are no seats to keep off sale.</p>}
      {event.status !== 'CANCELLED' && <Prices event={event} reload={reload} />}
    </section>
  );
}
