/** Joining an event's waitlist. */

import { useId, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { withReturn } from '../account/returning';
import { newKey, request } from '../api/client';
import { user } from '../api/session';
import type { Tier } from '../map/types';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { useAct } from '../parts/useAct';
import type { Entry } from './queries';
import { Stepper } from './Stepper';
import { JoinWaitlist } from './waiting';

export function JoinForm({
  eventId,
  tiers,
  most,
  joined,
  reload,
}: {
  eventId: string;
  tiers: readonly Tier[];
  most: number;
  joined: (entry: Entry) => void;
  reload: () => void;
}) {
  const { route, url } = useLocation();
  const [wish, setWish] = useState({ quantity: 2, tierId: '', together: true, notifyEmail: true, notifySms: false });
  const { act, problem } = useAct();
  const attempt = useRef({ wish, key: newKey() });
  const id = useId();
  const change = (part: Partial<typeof wish>) => setWish({ ...wish, ...part });

  const join = async () => {
    if (user.value === null) return route(withReturn('/login', url));
    if (attempt.current.wish !== wish) attempt.current = { wish, key: newKey() };
    const input = { eventId, ...wish, tierId: wish.tierId || null, idempotencyKey: attempt.current.key };
    await act(async () => {
      const { joinWaitlist } = await request(JoinWaitlist, { input });
      attempt.current = { wish, key: newKey() };
      if (joinWaitlist.__typename === 'AlreadyWaiting' || joinWaitlist.__typename === 'WaitlistEntry') reload();
      if (joinWaitlist.__typename !== 'WaitlistEntry') return joinWaitlist;
      announce('You are in the waitlist.');
      joined(joinWaitlist);
      return null;
    });
  };
  return (
    <>
      <p>Places that are given back are offered to those who wait, first come first served.</p>
      <div class="row apart">
        <span>Places</span>
        <Stepper label="Places to wait for" value={wish.quantity} least={1} most={most} set={(quantity) => change({ quantity })} />
      </div>
      <div class="field">
        <label for={`${id}-tier`}>Tier to wait for</label>
        <select id={`${id}-tier`} value={wish.tierId} onChange={(event) => change({ tierId: event.currentTarget.value })}>
          <option value="">Any</option>
          {tiers.map((tier) => (
            <option key={tier.id} value={tier.id}>
              {tier.name}
            </option>
          ))}
        </select>
      </div>
      <fieldset>
        <legend class="unseen">How</legend>
        <Check label="Side by side" value={wish.together} set={(together) => change({ together })} />
        <Check label="Tell me by e-mail" value={wish.notifyEmail} set={(notifyEmail) => change({ notifyEmail })} />
        <Check label="Tell me by SMS" value={wish.notifySms} set={(notifySms) => change({ notifySms })} />
      </fieldset>
      {problem}
      <Action act={join} busy="Joining …">
        Join the waitlist
      </Action>
    </>
  );
}

function Check({ label, value, set }: { label: string; value: boolean; set: (value: boolean) => void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={value} onChange={(event) => set(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
