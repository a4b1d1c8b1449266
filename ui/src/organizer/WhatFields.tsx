/** What an event is called, what is said of it, and of what kind it is. */

import type { Refusal } from '../api/refusals';
import { Field, Select, TextArea } from '../parts/Field';
import { problemAt } from './problems';

export interface What {
  readonly name: string;
  readonly description: string;
  readonly categoryId: string;
}

interface WhatProps {
  of: What;
  write: (change: Partial<What>) => void;
}

export function WhatFields({ of, write, refusal }: WhatProps & { refusal: Refusal | null }) {
  return (
    <>
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
    </>
  );
}

export function CategoryField({
  of,
  write,
  categories,
}: WhatProps & { categories: readonly { readonly id: string; readonly name: string }[] }) {
  return (
    <Select label="Category" value={of.categoryId} onChange={(event) => write({ categoryId: event.currentTarget.value })}>
      <option value="">None</option>
      {categories.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  );
}
