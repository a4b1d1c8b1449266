/** Giving a ticket to somebody else. */

import { useRef, useState } from 'preact/hooks';
import { newKey, request } from '../api/client';
import { problemOf } from '../api/refusals';
import { Action } from '../parts/Action';
import { Dialog } from '../parts/Dialog';
import { Field } from '../parts/Field';
import { useAct } from '../parts/useAct';
import { nameOfPlace, type Ticket } from './parts';
import { TransferTicket } from './queries';

export function TransferDialog({ ticket, close, done }: { ticket: Ticket; close: () => void; done: (newer: Ticket) => void }) {
  const [toEmail, setToEmail] = useState('');
  const { act, refusal, problem } = useAct();
  const attempt = useRef({ toEmail, key: newKey() });

  const handOn = () => {
    if (attempt.current.toEmail !== toEmail) attempt.current = { toEmail, key: newKey() };
    const input = { ticketId: ticket.id, toEmail: toEmail.trim(), idempotencyKey: attempt.current.key };
    return act(async () => {
      const { transferTicket } = await request(TransferTicket, { input });
      attempt.current = { toEmail, key: newKey() };
      if (transferTicket.__typename !== 'Ticket') return transferTicket;
      done(transferTicket);
      return null;
    });
  };
  const wrong = problemOf(refusal, 'toEmail');
  return (
    <Dialog title="Hand on a ticket" close={close}>
      <p>
        <bdi>{nameOfPlace(ticket.place)}</bdi>, ticket <span class="code">{ticket.ticketNumber}</span>. Its code on your screen opens
        nothing any more afterwards: they get one of their own.
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void handOn();
        }}
      >
        <Field
          label="Their e-mail address"
          hint="They have to be registered here."
          type="email"
          autoComplete="off"
          required
          value={toEmail}
          problem={wrong}
          onInput={(event) => setToEmail(event.currentTarget.value)}
        />
        {!wrong && problem}
        <div class="row">
          <Action type="submit">Hand it on</Action>
          <Action look="usual" act={close}>
            Keep it
          </Action>
        </div>
      </form>
    </Dialog>
  );
}
