/** Tiers without seats: how many of which. */

import type { Board } from '../map/types';
import { money } from '../parts/money';
import type { Choosing } from './Choosing';
import { Stepper } from './Stepper';

export function Standing({ board, choosing }: { board: Board; choosing: Choosing }) {
  const tiers = board.tiers.value.filter((tier) => tier.kind === 'STANDING');
  if (tiers.length === 0) return null;
  const choice = choosing.choice.value;
  return (
    <section class="stack standing" aria-labelledby="standing">
      <h3 id="standing">Standing</h3>
      <ul>
        {tiers.map((tier) => (
          <li class="row apart" key={tier.id}>
            <p>
              <strong>
                <bdi>{tier.name}</bdi>
              </strong>{' '}
              {money(tier.price)}
              <br />
              <span class="small quiet" data-testid="standing-left">
                {tier.available === 0 ? 'Sold out' : `${tier.available.toLocaleString()} left`}
              </span>
            </p>
            <Stepper
              label={tier.name}
              value={choice.of === 'standing' && choice.tierId === tier.id ? choice.quantity : 0}
              least={0}
              most={Math.min(choosing.most.value, tier.available)}
              set={(quantity) => choosing.stand(tier.id, quantity)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
