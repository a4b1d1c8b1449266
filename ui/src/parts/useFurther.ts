/** A list that is shown page by page. */

import { useState } from 'preact/hooks';
import { asFailed, type Failed } from '../api/failures';

interface PageOfSome {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * The first page, and those that were asked for after it. They are dropped when the first comes anew: they followed another list.
 *
 * `ask` answers the page behind a cursor.
 */
export function useFurther<Page extends PageOfSome>(first: Page | null, ask: (after: string) => Promise<Page>) {
  const [state, setState] = useState<{ first: Page | null; pages: readonly Page[]; failed: Failed | null }>();
  const further = state?.first === first ? state : undefined;
  const pages = first ? [first, ...(further?.pages ?? [])] : [];
  const { hasNextPage = false, endCursor = null } = pages.at(-1)?.pageInfo ?? {};

  const showMore = async () => {
    if (!endCursor) return;
    const known = pages.slice(1);
    try {
      const page = await ask(endCursor);
      setState({ first, pages: [...known, page], failed: null });
    } catch (error) {
      setState({ first, pages: known, failed: asFailed(error) });
    }
  };

  return { pages, hasMore: hasNextPage, showMore, failed: further?.failed ?? null };
}
