/** What is chosen, what it costs, and the button that holds it. */

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { placesInWords } from '../booking/parts';
import type { Board, Plan, Tier } from '../map/types';
import { Action } from '../parts/Action';
import { money } from '../parts/money';
import { Notice } from '../parts/Notice';
import type { Choosing } from './Choosing';
import { type Choice, placesOf, sizeOf, totalOf } from './choice';
import type { Holding } from './useHolding';

/** `2 places`, or `2 seats` where they are. */
function inWords(choice: Choice): string {
  const size = sizeOf(choice);
  return choice.of === 'seats' ? `${size} ${size === 1 ? 'seat' : 'seats'}` : placesInWords(size);
}

interface ChoiceProps {
  board: Board;
  plan: Plan;
  choosing: Choosing;
  holding: Holding;
}

/** Its children are what was refused: they stand where one looks after asking. */
export function ChoicePanel({ board, plan, choosing, holding, children }: ChoiceProps & { children: ComponentChildren }) {
  const id = useId();
  const choice = choosing.choice.value;
  const tiers = board.tiers.value;
  const total = totalOf(choice, plan, tiers);
  return (
    <section class="stack chosen" aria-labelledby={id} data-testid="choice">
      <h2 id={id}>Your choice</h2>
      {choosing.note.value && <Notice look="warn">{choosing.note.value}</Notice>}
      {children}
      {total === null ? (
        <p class="quiet">{plan.seatCount > 0 ? 'Choose seats on the map, or let us find the best.' : 'Choose how many places you want.'}</p>
      ) : (
        <>
          <ul aria-label="Chosen places">
            {choice.of === 'seats'
              ? choice.seats.map((seatNo) => (
                  <Chosen key={seatNo} name={plan.nameOf(seatNo)} tier={tiers[plan.tierOf[seatNo]!]} remove={() => choosing.pick(seatNo)} />
                ))
              : tiers
                  .filter((tier) => tier.id === choice.tierId)
                  .map((tier) => (
                    <Chosen key={tier.id} name={tier.name} count={choice.quantity} tier={tier} remove={() => choosing.clear()} />
                  ))}
          </ul>
          <p class="row apart chosen-total">
            <span>Total for {inWords(choice)}</span>
            <strong class="number" data-testid="total">
              {money(total)}
            </strong>
          </p>
          <Action act={() => holding.hold(placesOf(choice, plan))} busy="Holding …">
            Hold {inWords(choice)}
          </Action>
          <p class="row apart small quiet">
            <span>They are kept for you while you pay.</span>
            {sizeOf(choice) > 1 && (
              <button type="button" class="button button-plain" onClick={() => choosing.clear()}>
                Clear all
              </button>
            )}
          </p>
        </>
      )}
    </section>
  );
}

function Chosen({ name, count = 1, tier, remove }: { name: string; count?: number; tier: Tier | undefined; remove: () => void }) {
  return (
    <li class="row apart">
      <span>
        <bdi>{name}</bdi>
        {tier && tier.name !== name && (
          <span class="quiet small">
            {' '}
            <bdi>{tier.name}</bdi>
          </span>
        )}
      </span>
      <span class="chosen-price">
        {count > 1 && <span class="quiet">{count} ×&nbsp;</span>}
        {tier && money(tier.price)}
        <button type="button" class="button button-plain" aria-label={`Remove ${name}`} onClick={remove}>
          <span aria-hidden="true">✕</span>
        </button>
      </span>
    </li>
  );
}

/** On narrow screens: what is chosen stays in sight while one looks at the map. */
export function ChoiceBar({ board, plan, choosing, holding }: ChoiceProps) {
  const choice = choosing.choice.value;
  const total = totalOf(choice, plan, board.tiers.value);
  const note = choosing.note.value;
  if (total === null && note === null) return null;
  return (
    <section class="choice-bar" aria-label="Your choice in short">
      {note && <p class="small">{note}</p>}
      {total && (
        <>
          <p>
            {inWords(choice)} · <strong>{money(total)}</strong>
          </p>
          <Action act={() => holding.hold(placesOf(choice, plan))} busy="Holding …">
            Continue
          </Action>
        </>
      )}
    </section>
  );
}
