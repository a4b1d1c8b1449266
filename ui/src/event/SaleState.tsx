/** Why an event cannot be booked now, and what one can do. */

import { useEffect } from 'preact/hooks';
import { useSecondsLeft } from '../booking/clock';
import { announce } from '../parts/announce';
import { Notice } from '../parts/Notice';
import { dateAndTime, minutesLeft } from '../parts/times';
import type { Event } from './queries';
import type { Sale } from './sale';

/** Below so many seconds, they are counted down. */
const NEAR = 3600;

/** `opened` is called when sales begin while one looks. */
export function SaleState({ event, sale, opened }: { event: Event; sale: Sale; opened: () => void }) {
  switch (sale) {
    case 'draft':
      return <Notice look="plain">This is a draft: only those who run it see it.</Notice>;
    case 'cancelled':
      return (
        <Notice>
          <p>
            <strong>This event is cancelled.</strong> {event.cancelReason && <bdi>{event.cancelReason}</bdi>}
          </p>
          <p>Whoever had booked gets the whole price back by itself.</p>
        </Notice>
      );
    case 'over':
      return <Notice look="plain">This event is over.</Notice>;
    case 'ended':
      return <Notice look="plain">Sales ended on {dateAndTime(event.offSaleAt, event.timezone)}.</Notice>;
    case 'soon':
      return <UntilSale event={event} opened={opened} />;
    case 'open':
      return null;
  }
}

function UntilSale({ event, opened }: { event: Event; opened: () => void }) {
  const left = useSecondsLeft(event.onSaleAt);
  useEffect(() => {
    if (left > 0) return;
    announce('Sales have begun.');
    opened();
  }, [left, opened]);
  return (
    <Notice look="plain">
      <p>
        <strong>On sale from {dateAndTime(event.onSaleAt, event.timezone)}.</strong>
      </p>
      {left <= NEAR && (
        <p>
          That is in{' '}
          <strong role="timer" aria-live="off" class="on-sale-in">
            {minutesLeft(left * 1000)}
          </strong>
          . This page opens by itself.
        </p>
      )}
    </Notice>
  );
}
