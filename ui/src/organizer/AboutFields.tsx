/** What an event is, and who runs it. */

import type { Refusal } from '../api/refusals';
import { user } from '../api/session';
import { Select } from '../parts/Field';
import { type EventDraft, write } from './draft';
import type { Organization } from './scope';
import { CategoryField, WhatFields } from './WhatFields';

export function AboutFields({
  of,
  organizations,
  categories,
  refusal,
}: {
  of: EventDraft;
  organizations: readonly Organization[];
  categories: readonly { readonly id: string; readonly name: string }[];
  refusal: Refusal | null;
}) {
  return (
    <section class="card stack" aria-labelledby="about-heading">
      <h2 id="about-heading">What</h2>
      <WhatFields of={of} write={write} refusal={refusal} />
      <div class="fields">
        <CategoryField of={of} write={write} categories={categories} />
        <Select label="Organization" value={of.organizationId} onChange={(event) => write({ organizationId: event.currentTarget.value })}>
          {user.value?.role === 'ADMIN' && <option value="">None</option>}
          {organizations.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </div>
    </section>
  );
}
