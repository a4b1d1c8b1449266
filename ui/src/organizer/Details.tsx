/** What an event says of itself, and its life: a draft, published, cancelled. */

import { AuditTrail } from './AuditTrail';
import { EditEvent } from './EditEvent';
import { ExportBookings } from './ExportBookings';
import { LifeCycle } from './LifeCycle';
import type { Managed } from './queries';

export function Details({ event, reload }: { event: Managed; reload: () => void }) {
  return (
    <section class="stack" aria-labelledby="details-heading">
      <h2 id="details-heading">Details</h2>
      <LifeCycle event={event} reload={reload} />
      {event.status !== 'CANCELLED' && <EditEvent key={event.id} event={event} reload={reload} />}
      {event.status !== 'DRAFT' && <ExportBookings event={event} />}
      <AuditTrail event={event} />
    </section>
  );
}
