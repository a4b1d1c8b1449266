/** The places of a booking with what each costs, and their sum. */

import { money } from '../parts/money';
import { type Booking, nameOfPlace, type Place } from './parts';

export function PlaceList({ booking }: { booking: Pick<Booking, 'places' | 'totalAmount'> }) {
  return (
    <div class="booked-places">
      <ul aria-label="Places">
        {together(booking.places).map(({ name, tier, count, price }) => (
          <li class="row apart" key={`${name} ${tier} ${price.amount}`}>
            <span>
              <bdi>{name}</bdi>
              {tier && (
                <span class="quiet small">
                  {' '}
                  <bdi>{tier}</bdi>
                </span>
              )}
            </span>
            <span class="number">
              {count > 1 && <span class="quiet">{count} × </span>}
              {money(price)}
            </span>
          </li>
        ))}
      </ul>
      <p class="row apart booked-total">
        <span>Total</span>
        <strong class="number">{money(booking.totalAmount)}</strong>
      </p>
    </div>
  );
}

interface Line {
  readonly name: string;
  /** Null where it is the name. */
  readonly tier: string | null;
  readonly count: number;
  readonly price: Place['price'];
}

/** Places of one row, tier and price are told in one line. */
function together(places: readonly Place[]): Line[] {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const key = [place.section, place.row, place.tier.id, place.price.amount].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()].map((group) => {
    const { section, row, number, tier, price } = group[0]!;
    const count = group.length;
    if (number === null) return { name: tier.name, tier: null, count, price };
    const name = count === 1 ? nameOfPlace(group[0]!) : `${section}, row ${row}, seats ${numbersOf(group)}`;
    return { name, tier: tier.name, count, price };
  });
}

/** `4–7` where they follow one another, else `4, 7, 9`. */
function numbersOf(places: readonly Place[]): string {
  const numbers = places.map((place) => place.number);
  const [first] = numbers;
  const isRun = places.length > 2 && numbers.every((number, n) => number === String(Number(first) + n));
  return isRun ? `${first}–${numbers.at(-1)}` : numbers.join(', ');
}
