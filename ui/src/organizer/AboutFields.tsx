/** What an event is, and who runs it. */

import type { Refusal } from '../api/refusals';
import { user } from '../api/session';
import { Field, Select, TextArea } from '../parts/Field';
import { type EventDraft, write } from './draft';
import { problemAt } from './problems';
import type { Organization } from './scope';

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
      <Field
        label="Name"
        required
        maxLength={200}
        dir="auto"
        value={of.name}
        problem={problemAt(refusal, 'name', 'The name')}
        onInput={(event) => write({ name: event.currentTarget.value })}
      />
      <TextArea
        label="Description"
        rows={4}
        maxLength={10_000}
        dir="auto"
        value={of.description}
        problem={problemAt(refusal, 'description', 'The description')}
        onInput={(event) => write({ description: event.currentTarget.value })}
      />
      <div class="fields">
        <Select label="Category" value={of.categoryId} onChange={(event) => write({ categoryId: event.currentTarget.value })}>
          <option value="">None</option>
          {categories.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
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
