/** Paying for places while they are held. */

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { newKey, request } from '../api/client';
import type { Refusal } from '../api/refusals';
import { Action } from '../parts/Action';
import { money } from '../parts/money';
import { Notice } from '../parts/Notice';
import { useAct } from '../parts/useAct';
import { Countdown } from './Countdown';
import { CARDS, type Card, RARE_CARDS } from './cards';
import { PlaceList } from './PlaceList';
import { type Booking, placesInWords } from './parts';
import { CancelBooking, ConfirmBooking, ExtendBooking } from './queries';
import './booking.css';

/** Of a PENDING booking. `told` hears how the booking is after each answer; what it becomes is for whoever shows it. */
export default function Checkout({ booking, told, takesFocus }: { booking: Booking; told: (newer: Booking) => void; takesFocus: boolean }) {
  const [token, setToken] = useState(CARDS[0]!.token);
  const { act, refusal, problem } = useAct();
  const [isOver, setOver] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const headingId = useId();
  const pay = usePaying(booking, token, told);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);

  const payment = booking.payments.at(-1);
  const isSettling = payment?.status === 'PENDING';
  return (
    <section class="card stack checkout" aria-labelledby={headingId} data-testid="checkout">
      <h2 ref={heading} id={headingId} tabIndex={-1}>
        {isSettling ? 'Waiting for your bank' : `Pay for ${placesInWords(booking.quantity)}`}
      </h2>
      <Countdown from={booking.createdAt} until={booking.expiresAt} over={() => setOver(true)} />
      <PlaceList booking={booking} />
      {isOver && !isSettling && <Notice look="warn">Your time is over. The places go back on sale.</Notice>}
      {isSettling ? (
        <Notice look="plain">
          <p>The bank has not answered yet. This page shows what becomes of it: you need not do anything, and you pay once at most.</p>
        </Notice>
      ) : (
        <>
          <Cards token={token} choose={setToken} />
          {problem}
          {!refusal && payment?.status === 'FAILED' && (
            <Notice>Your last card was declined ({payment.failure?.replaceAll('_', ' ') ?? 'no reason given'}). Try another one.</Notice>
          )}
          <div class="stack checkout-actions">
            <Action act={() => act(pay)} busy="Paying …" disabled={isOver}>
              Pay {money(booking.totalAmount)}
            </Action>
            <div class="row apart">
              {!booking.extended && (
                <Action look="usual" act={() => act(() => extended(booking, told))} disabled={isOver}>
                  I need more time
                </Action>
              )}
              <Action look="plain" act={() => act(() => givenBack(booking, told))} busy="Giving back …">
                Give the places back
              </Action>
            </div>
          </div>
        </>
      )}
    </section>
  );
}

function Cards({ token, choose }: { token: string; choose: (token: string) => void }) {
  const name = useId();
  const choice = (card: Card) => (
    <label class="card-choice" key={card.token}>
      <input type="radio" name={name} value={card.token} checked={card.token === token} onChange={() => choose(card.token)} />
      <span>
        <strong>{card.name}</strong> <span class="quiet small">{card.outcome}</span>
      </span>
    </label>
  );
  return (
    <fieldset class="cards">
      <legend>Card</legend>
      <p class="small quiet">This is a sandbox: no card is charged. Choose what shall become of the payment.</p>
      {CARDS.map(choice)}
      <details>
        <summary class="small">Cards for which something goes wrong</summary>
        <div class="cards">{RARE_CARDS.map(choice)}</div>
      </details>
    </fieldset>
  );
}

/** Pays once however often it is pressed: the same try is sent again until it is answered; another card is another try. */
function usePaying(booking: Booking, token: string, told: (newer: Booking) => void): () => Promise<Refusal | null> {
  const attempt = useRef({ token, key: newKey() });
  return async () => {
    if (attempt.current.token !== token) attempt.current = { token, key: newKey() };
    const input = { bookingId: booking.id, payment: { token }, idempotencyKey: attempt.current.key };
    const { confirmBooking } = await request(ConfirmBooking, { input });
    attempt.current = { token, key: newKey() };
    if (confirmBooking.__typename !== 'Booking') return confirmBooking;
    told(confirmBooking);
    return null;
  };
}

async function extended(booking: Booking, told: (newer: Booking) => void): Promise<Refusal | null> {
  const { extendBooking } = await request(ExtendBooking, { bookingId: booking.id, idempotencyKey: `extend-${booking.id}` });
  if (extendBooking.__typename !== 'Booking') return extendBooking;
  told(extendBooking);
  return null;
}

async function givenBack(booking: Booking, told: (newer: Booking) => void): Promise<Refusal | null> {
  const { cancelBooking } = await request(CancelBooking, { input: { bookingId: booking.id, idempotencyKey: `give-back-${booking.id}` } });
  if (cancelBooking.__typename !== 'Cancellation') return cancelBooking;
  told(cancelBooking.booking);
  return null;
}
