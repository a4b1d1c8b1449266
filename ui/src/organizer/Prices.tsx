/** What the tiers of an event cost, for places that nobody has taken yet. */

import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import { graphql } from '../api/graphql';
import type { Refusal } from '../api/refusals';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Field } from '../parts/Field';
import { money } from '../parts/money';
import { Failure, Notice, Refused } from '../parts/Notice';
import { problemAt } from './problems';
import type { Managed } from './queries';

const RepriceTier = graphql(`
  mutation RepriceTier($input: RepriceTierInput!) {
    repriceTier(input: $input) {
      __typename
      ... on Tier { id price { amount currency } }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

type Tier = Managed['tiers'][number];

export function Prices({ event, reload }: { event: Managed; reload: () => void }) {
  return (
    <section class="card stack" aria-labelledby="prices-heading">
      <h3 id="prices-heading">Prices</h3>
      <p class="quiet">A new price holds for places that nobody has taken yet. Whoever watches sees it at once.</p>
      {event.tiers.map((tier) => (
        <Price key={tier.id} tier={tier} reload={reload} />
      ))}
    </section>
  );
}

function Price({ tier, reload }: { tier: Tier; reload: () => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [failed, setFailed] = useState<Failed | null>(null);
  const price = typed ?? tier.price.amount;

  const send = async () => {
    setDone(null);
    setRefusal(null);
    setFailed(null);
    try {
      const { repriceTier } = await request(RepriceTier, { input: { tierId: tier.id, price: price.trim().replace(',', '.') } });
      if (repriceTier.__typename !== 'Tier') return setRefusal(repriceTier);
      const said = `${tier.name} costs ${money(repriceTier.price)} from now on.`;
      announce(said);
      setDone(said);
      setTyped(null);
      reload();
    } catch (error) {
      setFailed(asFailed(error));
    }
  };

  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div class="fields fields-closing">
        <Field
          label={`${tier.name}, in ${tier.price.currency}`}
          inputMode="decimal"
          required
          value={price}
          problem={problemAt(refusal, 'price', 'The price')}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <Action look="usual" act={send} disabled={price === tier.price.amount} aria-label={`Change the price of ${tier.name}`}>
          Change the price
        </Action>
      </div>
      {done && <Notice look="good">{done}</Notice>}
      {refusal && <Refused refusal={refusal} />}
      {failed && <Failure failed={failed} retry={() => void send()} />}
    </form>
  );
}
