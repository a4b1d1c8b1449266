/** Tickets, to be shown at the door. */

import { useState } from 'preact/hooks';
import { user } from '../api/session';
import { announce } from '../parts/announce';
import { dateAndTime, moment } from '../parts/times';
import { type Booking, nameOfPlace, type Ticket } from './parts';
import { QrCode } from './QrCode';
import { TransferDialog } from './TransferDialog';
import './tickets.css';

const STATUS: Record<Ticket['status'], { words: string; look: string }> = {
  VALID: { words: 'Valid', look: 'good' },
  CHECKED_IN: { words: 'Used at the door', look: 'warn' },
  CANCELLED: { words: 'Given back', look: 'bad' },
};

export function Tickets({ booking, told, level: Heading }: { booking: Booking; told: (newer: Booking) => void; level: 'h2' | 'h3' }) {
  const [handingOn, setHandingOn] = useState<Ticket | null>(null);
  if (booking.tickets.length === 0) return null;
  const handedOn = (newer: Ticket) => {
    setHandingOn(null);
    announce(`Ticket ${newer.ticketNumber} is ${newer.holder?.name ?? 'somebody else'}’s now.`);
    told({ ...booking, tickets: booking.tickets.map((ticket) => (ticket.id === newer.id ? newer : ticket)) });
  };
  return (
    <section class="stack tickets" aria-label="Tickets">
      <div class="row apart">
        <Heading>Tickets</Heading>
        <button type="button" class="button button-plain unprinted" onClick={() => print()}>
          Print
        </button>
      </div>
      <ul class="stack">
        {booking.tickets.map((ticket) => (
          <li key={ticket.id}>
            <TicketCard ticket={ticket} event={booking.event} handOn={() => setHandingOn(ticket)} />
          </li>
        ))}
      </ul>
      {handingOn && <TransferDialog ticket={handingOn} close={() => setHandingOn(null)} done={handedOn} />}
    </section>
  );
}

function TicketCard({ ticket, event, handOn }: { ticket: Ticket; event: Booking['event']; handOn: () => void }) {
  const { words, look } = STATUS[ticket.status];
  const isMine = ticket.holder?.userId === user.value?.id;
  return (
    <article class="ticket" aria-label={`Ticket ${ticket.ticketNumber}`} data-testid="ticket">
      <div class="ticket-words">
        {event && (
          <p class="small">
            <strong>
              <bdi>{event.name}</bdi>
            </strong>
            <br />
            <span class="quiet">{dateAndTime(event.startsAt, event.timezone)}</span>
            {event.venue && (
              <span class="quiet">
                {' · '}
                <bdi>{event.venue.name}</bdi>
              </span>
            )}
          </p>
        )}
        <p class="ticket-place">
          <bdi>{nameOfPlace(ticket.place)}</bdi>
        </p>
        <p class="small">
          <bdi>{ticket.place.tier.name}</bdi>
          {ticket.holder && (
            <>
              {' · '}
              <bdi>{ticket.holder.name}</bdi>
            </>
          )}
        </p>
        <p class="row">
          <span class={`badge badge-${look}`}>{words}</span>
          {ticket.transferred && <span class="badge">Handed on</span>}
          <span class="code small quiet">{ticket.ticketNumber}</span>
        </p>
        {ticket.checkedInAt && <p class="small quiet">Came in on {moment(ticket.checkedInAt)}</p>}
        {ticket.status === 'VALID' && isMine && (
          <button type="button" class="button unprinted" onClick={handOn} aria-label={`Hand on ticket ${ticket.ticketNumber}`}>
            Hand on …
          </button>
        )}
      </div>
      {ticket.entryCode && <QrCode text={ticket.entryCode} label={`Entry code of ticket ${ticket.ticketNumber}`} />}
    </article>
  );
}
