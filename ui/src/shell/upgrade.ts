/** A tab that is older than the server: its parts that were not loaded yet are gone. */

import { asFailed, Failed } from '../api/failures';

/** What an error that no page caught means. */
export function brokenBy(error: unknown): Failed {
  if (isOfMissingPart(error)) {
    return navigator.onLine
      ? new Failed('GRAPHQL_VALIDATION_FAILED', 'A newer version of this page is out. Reload it to go on.')
      : new Failed('OFFLINE', 'You are offline. This part of the page was not loaded yet.');
  }
  return asFailed(error);
}

/** As browsers say it: none of them has a type for it. */
function isOfMissingPart(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|Importing a module|error loading/i.test(error.message);
}
