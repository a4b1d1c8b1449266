/** Why places were not held: the box office's words, with the seats it speaks of by name, and a way on. */

import type { Plan } from '../map/types';
import { Refused } from '../parts/Notice';
import type { NoBooking } from './queries';

const REASON = { HELD: 'held by somebody', BOOKED: 'booked', BLOCKED: 'not on sale', UNKNOWN: 'not a seat of this event' } as const;

export function WhyNot({
  refusal,
  plan,
  take,
  holdTogether,
}: {
  refusal: NoBooking;
  plan: Plan | null;
  /** Choose these seats as well. */
  take: (seats: readonly number[]) => void;
  /** Ask for so many side by side instead. */
  holdTogether: (quantity: number) => void;
}) {
  const nameOf = (seatNo: number) => plan?.nameOf(seatNo) ?? `Seat ${seatNo}`;
  switch (refusal.__typename) {
    case 'SeatsUnavailable':
      return (
        <Refused refusal={refusal}>
          <ul class="small">
            {refusal.seats.map(({ seatNo, reason }) => (
              <li key={seatNo}>
                <bdi>{nameOf(seatNo)}</bdi>: {REASON[reason]}
              </li>
            ))}
          </ul>
        </Refused>
      );
    case 'LeavesOrphanSeats': {
      const alone = refusal.seats.map(({ seatNo }) => seatNo);
      return (
        <Refused refusal={refusal}>
          <p class="small">
            Left alone: <bdi>{alone.map(nameOf).join('; ')}</bdi>
          </p>
          <button type="button" class="button" onClick={() => take(alone)}>
            Take {alone.length === 1 ? 'it' : 'them'} as well
          </button>
        </Refused>
      );
    }
    case 'AdjacentSeatsUnavailable': {
      const { mostTogether } = refusal;
      return (
        <Refused refusal={refusal}>
          {mostTogether > 0 && (
            <button type="button" class="button" onClick={() => holdTogether(mostTogether)}>
              Hold {mostTogether} instead
            </button>
          )}
        </Refused>
      );
    }
    default:
      return <Refused refusal={refusal} />;
  }
}
