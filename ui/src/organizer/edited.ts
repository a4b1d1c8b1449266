/** An event's details as a form has them, and what of them is to be changed. */

import type { VariablesOf } from '../api/graphql';
import { type StepDraft, stepsOf } from './draft';
import { instantOf, isTimeZone, wallTimeOf } from './localTimes';
import type { Managed, UpdateEvent } from './queries';
import type { Rules } from './RuleFields';
import type { Times } from './WhenFields';

export interface Edited extends Times, Rules {
  readonly name: string;
  readonly description: string;
  readonly categoryId: string;
  readonly timezone: string;
}

const TIMES = ['startsAt', 'endsAt', 'onSaleAt', 'offSaleAt'] as const;

/** The event as it is. Whether its policy is the house's cannot be told: what it comes to is shown as steps. */
export function editedOf(event: Managed): Edited {
  const { steps } = event.cancellationPolicy;
  const [startsAt, endsAt, onSaleAt, offSaleAt] = TIMES.map((name) => wallTimeOf(event[name], event.timezone)) as [
    string,
    string,
    string,
    string,
  ];
  return {
    name: event.name,
    description: event.description,
    categoryId: event.category?.id ?? '',
    timezone: event.timezone,
    startsAt,
    endsAt,
    onSaleAt,
    offSaleAt,
    ticketLimit: event.ticketLimit === null ? '' : String(event.ticketLimit),
    avoidOrphanSeats: event.avoidsOrphanSeats,
    refunds: steps.length ? 'steps' : 'never',
    steps: steps.map(stepOf),
  };
}

function stepOf({ minutesBefore, refundPercent }: { minutesBefore: number; refundPercent: number }): StepDraft {
  return { hoursBefore: String(minutesBefore / 60), refundPercent: String(refundPercent) };
}

type Changes = Omit<VariablesOf<typeof UpdateEvent>['input'], 'eventId'>;

/** Only what is another than it was. In another time zone, the same time on its clocks is another instant. */
export function changesOf(was: Edited, now: Edited): Changes {
  const changes: Changes = {};
  if (now.name !== was.name) changes.name = now.name;
  if (now.description !== was.description) changes.description = now.description;
  if (now.categoryId !== was.categoryId) changes.categoryId = now.categoryId || null;
  if (now.timezone !== was.timezone) changes.timezone = now.timezone;
  if (now.ticketLimit !== was.ticketLimit) changes.ticketLimit = now.ticketLimit ? Number(now.ticketLimit) : null;
  if (now.avoidOrphanSeats !== was.avoidOrphanSeats) changes.avoidOrphanSeats = now.avoidOrphanSeats;
  if (now.refunds !== was.refunds || now.steps !== was.steps) changes.cancellationPolicy = stepsOf(now);
  if (isTimeZone(now.timezone)) {
    for (const name of TIMES) {
      if (now[name] && (now[name] !== was[name] || now.timezone !== was.timezone)) changes[name] = instantOf(now[name], now.timezone);
    }
  }
  return changes;
}
