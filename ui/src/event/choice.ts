/** What somebody has chosen and not taken yet: seats, or places of one standing tier. One booking is of one kind. */

import type { VariablesOf } from '../api/graphql';
import type { Plan, Tier } from '../map/types';
import type { CreateBooking } from './queries';

export type Choice =
  | { readonly of: 'seats'; readonly seats: readonly number[] }
  | { readonly of: 'standing'; readonly tierId: string; readonly quantity: number };

export type Places = VariablesOf<typeof CreateBooking>['input']['places'];

export const NOTHING: Choice = { of: 'seats', seats: [] };
/** How many places one booking counts at most. */
export const MOST = 10;

export function sizeOf(choice: Choice): number {
  return choice.of === 'seats' ? choice.seats.length : choice.quantity;
}

export function seatsOf(choice: Choice): readonly number[] {
  return choice.of === 'seats' ? choice.seats : [];
}

/** With that seat, or without it where it was chosen; standing places go. */
export function toggled(choice: Choice, seatNo: number): Choice {
  const seats = seatsOf(choice);
  return { of: 'seats', seats: seats.includes(seatNo) ? seats.filter((seat) => seat !== seatNo) : [...seats, seatNo] };
}

export function without(choice: Choice, gone: readonly number[]): Choice {
  return choice.of === 'seats' ? { of: 'seats', seats: choice.seats.filter((seat) => !gone.includes(seat)) } : choice;
}

/** So many of a standing tier; seats go. */
export function standing(tierId: string, quantity: number): Choice {
  return quantity > 0 ? { of: 'standing', tierId, quantity } : NOTHING;
}

/** As the box office is asked for them. */
export function placesOf(choice: Choice, plan: Plan): Places {
  return choice.of === 'seats'
    ? { seats: choice.seats.map((seatNo) => plan.idOf(seatNo)) }
    : { quantity: { tierId: choice.tierId, quantity: choice.quantity } };
}

/** What it costs by today's prices; null where nothing is chosen, or its tier is gone. */
export function totalOf(choice: Choice, plan: Plan, tiers: readonly Tier[]): Tier['price'] | null {
  const prices =
    choice.of === 'seats'
      ? choice.seats.map((seatNo) => tiers[plan.tierOf[seatNo]!]?.price)
      : Array<Tier['price'] | undefined>(choice.quantity).fill(tiers.find((tier) => tier.id === choice.tierId)?.price);
  const [first] = prices;
  if (!first) return null;
  const minor = prices.reduce((sum, price) => sum + Number(price?.minor ?? 0), 0);
  const decimals = first.amount.split('.')[1]?.length ?? 0;
  return { amount: (minor / 10 ** decimals).toFixed(decimals), minor, currency: first.currency };
}
