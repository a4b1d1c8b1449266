/** The server's words for what is wrong with a form. */

import { problemOf, type Refusal } from '../api/refusals';

/** What fields of the API are called on these pages. */
const NAMES: Record<string, string> = {
  startsAt: 'the start',
  endsAt: 'the end',
  onSaleAt: 'the beginning of sales',
  offSaleAt: 'the end of sales',
};

/** What is wrong with exactly this field, as a sentence: `tiers.0.name`; null where nothing is. */
export function problemAt(refusal: Refusal | null, path: string, subject = 'This'): string | null {
  const found = problemOf(refusal, path);
  return found && `${subject} ${found.replace(/\b\w+At\b/g, (name) => NAMES[name] ?? name)}.`;
}
