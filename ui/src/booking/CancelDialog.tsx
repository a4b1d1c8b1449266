/** Giving places of a booking back, with what that brings. */

import { useRef, useState } from 'preact/hooks';
import { newKey, request } from '../api/client';
import type { ResultOf } from '../api/graphql';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Dialog } from '../parts/Dialog';
import { money } from '../parts/money';
import { Failure, Refused } from '../parts/Notice';
import { moment } from '../parts/times';
import { useAct } from '../parts/useAct';
import { useQuery } from '../parts/useQuery';
import { type Booking, nameOfPlace, placesInWords, type Ticket } from './parts';
import { CancelBooking, CancellationQuote } from './queries';

type Quote = ResultOf<typeof CancellationQuote>['cancellationQuote'];

/** What of a booking can still be given back by its buyer. */
export function givable(booking: Booking): Ticket[] {
  return booking.tickets.filter((ticket) => ticket.status === 'VALID' && !ticket.transferred);
}

export function CancelDialog({ booking, close, done }: { booking: Booking; close: () => void; done: (newer: Booking) => void }) {
  const tickets = givable(booking);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(tickets.map((ticket) => ticket.id)));
  const isWhole = chosen.size === booking.tickets.length;
  const input = { bookingId: booking.id, tickets: isWhole ? null : [...chosen] };
  return (
    <Dialog title="Give places back" close={close}>
      <Choice tickets={tickets} chosen={chosen} choose={setChosen} />
      {chosen.size === 0 ? <p>Choose at least one place.</p> : <Quoted key={[...chosen].join()} input={input} done={done} />}
      <Action look="usual" act={close}>
        Keep them all
      </Action>
    </Dialog>
  );
}

function Choice({
  tickets,
  chosen,
  choose,
}: {
  tickets: readonly Ticket[];
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
}) {
  return (
    <fieldset class="give-back">
      <legend>Which places?</legend>
      {tickets.map((ticket) => (
        <label class="choice" key={ticket.id}>
          <input
            type="checkbox"
            checked={chosen.has(ticket.id)}
            onChange={(event) => {
              const next = new Set(chosen);
              if (event.currentTarget.checked) next.add(ticket.id);
              else next.delete(ticket.id);
              choose(next);
            }}
          />
          <span>
            <bdi>{nameOfPlace(ticket.place)}</bdi> <span class="quiet">{money(ticket.place.price)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** What comes back for these places, and the button that gives them back. */
function Quoted({ input, done }: { input: { bookingId: string; tickets: string[] | null }; done: (newer: Booking) => void }) {
  const { data, failed, reload } = useQuery(CancellationQuote, { input });
  const { act, problem } = useAct();
  const key = useRef(newKey());
  const giveBack = () =>
    act(async () => {
      const { cancelBooking } = await request(CancelBooking, { input: { ...input, idempotencyKey: key.current } });
      if (cancelBooking.__typename !== 'Cancellation') return cancelBooking;
      announce(`Given back. ${money(cancelBooking.refundAmount)} goes back to you.`);
      done(cancelBooking.booking);
      return null;
    });
  const quote = data?.cancellationQuote;
  if (failed) return <Failure failed={failed} retry={reload} />;
  if (!quote) return <div class="skeleton quote" />;
  if (quote.__typename !== 'CancellationQuote') return <Refused refusal={quote} />;
  return (
    <div class="stack" aria-live="polite">
      <Sentence quote={quote} />
      {problem}
      <Action look="danger" act={giveBack} busy="Giving back …">
        Give {placesInWords(quote.quantity)} back
      </Action>
    </div>
  );
}

function Sentence({ quote }: { quote: Extract<Quote, { __typename: 'CancellationQuote' }> }) {
  return (
    <p class="quote" data-testid="quote">
      <strong>{money(quote.refundAmount)}</strong>
      <span>
        {quote.refundPercent === 0 ? 'Nothing of the price goes back' : `${quote.refundPercent} % of the price goes back to your card`}
        {quote.validUntil && ` until ${moment(quote.validUntil)}`}.
      </span>
    </p>
  );
}
