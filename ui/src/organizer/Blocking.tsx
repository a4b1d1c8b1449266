/** Choosing seats, on the map or by their rows, to keep them off sale or to put them back. */

import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import { graphql, type ResultOf } from '../api/graphql';
import { SeatMap } from '../map/SeatMap';
import { AVAILABLE, BLOCKED, type Board, type Plan, type Status } from '../map/types';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Failure, Notice, Refused } from '../parts/Notice';
import type { Managed } from './queries';
import { SeatGroups } from './SeatGroups';

const BlockSeats = graphql(`
  mutation BlockSeats($eventId: ID!, $seats: [ID!]!) {
    changed: blockSeats(eventId: $eventId, seats: $seats) {
      __typename
      ... on SeatSummary { available blocked }
      ... on Refusal { code message }
      ... on SeatsUnavailable { seats { seatNo reason } }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

const UnblockSeats = graphql(`
  mutation UnblockSeats($eventId: ID!, $seats: [ID!]!) {
    changed: unblockSeats(eventId: $eventId, seats: $seats) {
      __typename
      ... on SeatSummary { available blocked }
      ... on Refusal { code message }
      ... on SeatsUnavailable { seats { seatNo reason } }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

type Refusing = Exclude<ResultOf<typeof BlockSeats>['changed'], { __typename: 'SeatSummary' }>;
type Outcome = { readonly done: string } | { readonly refusal: Refusing } | { readonly failed: Failed; readonly again: () => void };

/** The server changes so many at a time. */
const SEATS_MOST = 1000;
const NAMED_MOST = 8;

export function Blocking({ event, board, plan }: { event: Managed; board: Board; plan: Plan }) {
  const selected = useSignal<ReadonlySet<number>>(new Set());
  const mine = useSignal<ReadonlySet<number>>(new Set());
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  useRedraw(board);
  const chosen = [...selected.value];
  const are = (status: Status) => chosen.filter((seatNo) => board.statuses[seatNo] === status);
  const [toBlock, toUnblock] = [are(AVAILABLE), are(BLOCKED)];

  const change = async (seats: readonly number[], block: boolean) => {
    setOutcome(null);
    try {
      for (let at = 0; at < seats.length; at += SEATS_MOST) {
        const some = seats.slice(at, at + SEATS_MOST);
        const document = block ? BlockSeats : UnblockSeats;
        const { changed } = await request(document, { eventId: event.id, seats: some.map((seatNo) => plan.idOf(seatNo)) });
        if (changed.__typename !== 'SeatSummary') return setOutcome({ refusal: changed });
        forget(selected, some);
      }
      const done = `${countOf(seats.length)} ${seats.length === 1 ? 'is' : 'are'} ${block ? 'off sale now' : 'on sale again'}.`;
      announce(done);
      setOutcome({ done });
    } catch (error) {
      setOutcome({ failed: asFailed(error), again: () => void change(seats, block) });
    }
  };

  return (
    <div class="blocking">
      <SeatMap
        board={board}
        selected={selected}
        mine={mine}
        onPick={(seatNo) => toggle(selected, [seatNo])}
        label={`Seats of ${event.name}`}
        verb="choose"
      />
      <div class="stack blocking-panel card">
        <h3>Chosen seats</h3>
        <p data-testid="chosen-seats">
          {chosen.length ? namesOf(chosen, plan) : 'None yet. Choose them on the map, or by their rows below.'}
        </p>
        {event.status === 'PUBLISHED' && (
          <div class="row">
            <Action act={() => change(toBlock, true)} disabled={!toBlock.length}>
              {toBlock.length ? `Keep ${countOf(toBlock.length)} off sale` : 'Keep off sale'}
            </Action>
            <Action look="usual" act={() => change(toUnblock, false)} disabled={!toUnblock.length}>
              {toUnblock.length ? `Put ${countOf(toUnblock.length)} back on sale` : 'Put back on sale'}
            </Action>
            {chosen.length > 0 && (
              <button type="button" class="button button-plain" onClick={() => forget(selected, chosen)}>
                Choose none
              </button>
            )}
          </div>
        )}
        {chosen.length > toBlock.length + toUnblock.length && (
          <p class="small quiet">
            {countOf(chosen.length - toBlock.length - toUnblock.length)} of these cannot be changed: held or booked.
          </p>
        )}
        {outcome && <Told outcome={outcome} plan={plan} />}
        <SeatGroups plan={plan} choose={(seats) => choose(selected, seats)} />
      </div>
    </div>
  );
}

function Told({ outcome, plan }: { outcome: Outcome; plan: Plan }) {
  if ('done' in outcome) return <Notice look="good">{outcome.done}</Notice>;
  if ('failed' in outcome) return <Failure failed={outcome.failed} retry={outcome.again} />;
  const { refusal } = outcome;
  return (
    <Refused refusal={refusal}>
      {refusal.__typename === 'SeatsUnavailable' && (
        <ul class="small">
          {refusal.seats.slice(0, NAMED_MOST).map(({ seatNo, reason }) => (
            <li key={seatNo}>
              {plan.nameOf(seatNo)}: {reason.toLowerCase()}
            </li>
          ))}
        </ul>
      )}
    </Refused>
  );
}

/** Renders again when a seat that is shown here may be another: at most a few times a second. */
function useRedraw(board: Board): void {
  const [, setTurn] = useState(0);
  useEffect(() => {
    let soon: ReturnType<typeof setTimeout> | undefined;
    const stop = board.onChange(() => {
      soon ??= setTimeout(() => {
        soon = undefined;
        setTurn((last) => last + 1);
      }, 250);
    });
    return () => {
      stop();
      clearTimeout(soon);
    };
  }, [board]);
}

type Chosen = Signal<ReadonlySet<number>>;

function choose(selected: Chosen, seats: readonly number[]): void {
  selected.value = new Set([...selected.value, ...seats]);
}

function forget(selected: Chosen, seats: readonly number[]): void {
  const left = new Set(selected.value);
  for (const seat of seats) left.delete(seat);
  selected.value = left;
}

function toggle(selected: Chosen, seats: readonly number[]): void {
  if (seats.every((seat) => selected.value.has(seat))) forget(selected, seats);
  else choose(selected, seats);
}

function countOf(seats: number): string {
  return `${seats.toLocaleString()} ${seats === 1 ? 'seat' : 'seats'}`;
}

/** `3 seats: Stalls, row C, seat 12; …` Of many the first few. */
function namesOf(seats: readonly number[], plan: Plan): string {
  const named = seats.slice(0, NAMED_MOST).map((seatNo) => plan.nameOf(seatNo));
  const more = seats.length - named.length;
  return `${countOf(seats.length)}: ${named.join('; ')}${more > 0 ? `; and ${more.toLocaleString()} more` : ''}.`;
}
