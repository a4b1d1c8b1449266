/** Letting the box office choose: the best seats side by side that are free at this moment. */

import { useId, useState } from 'preact/hooks';
import type { Board } from '../map/types';
import { Action } from '../parts/Action';
import { money } from '../parts/money';
import type { Places } from './choice';
import { Stepper } from './Stepper';

export function BestAvailable({ board, most, hold }: { board: Board; most: number; hold: (places: Places) => Promise<void> }) {
  const [quantity, setQuantity] = useState(2);
  const [tierId, setTierId] = useState('');
  const [section, setSection] = useState('');
  const id = useId();
  const sections = board.plan.value?.sections ?? [];
  const tiers = board.tiers.value.filter((tier) => tier.kind === 'SEATED');
  if (sections.length === 0) return null;
  const asked = Math.min(quantity, most);
  return (
    <section class="stack best" aria-labelledby={id}>
      <h3 id={id}>Best available</h3>
      <div class="row apart">
        <span>Seats side by side</span>
        <Stepper label="Seats side by side" value={asked} least={1} most={most} set={setQuantity} />
      </div>
      <div class="best-where">
        <div class="field">
          <label for={`${id}-tier`}>Tier</label>
          <select id={`${id}-tier`} value={tierId} onChange={(event) => setTierId(event.currentTarget.value)}>
            <option value="">Any</option>
            {tiers.map((tier) => (
              <option key={tier.id} value={tier.id} disabled={tier.available === 0}>
                {tier.name} ({tier.available === 0 ? 'sold out' : money(tier.price)})
              </option>
            ))}
          </select>
        </div>
        {sections.length > 1 && (
          <div class="field">
            <label for={`${id}-section`}>Section</label>
            <select id={`${id}-section`} value={section} onChange={(event) => setSection(event.currentTarget.value)}>
              <option value="">Any</option>
              {sections.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </div>
        )}
      </div>
      <Action
        look="usual"
        busy="Looking …"
        act={() => hold({ bestAvailable: { quantity: asked, tierId: tierId || null, section: section || null } })}
      >
        Hold the best available
      </Action>
    </section>
  );
}
