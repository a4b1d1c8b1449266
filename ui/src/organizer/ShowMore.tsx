/** How much of a list is shown, and the way to more of it. */

import { Action } from '../parts/Action';
import { Failure } from '../parts/Notice';
import type { Pages } from './usePages';

/** `what` is what the list has: "bookings". Also says why nothing is there, where it could not be loaded. */
export function ShowMore<Node>({ pages, what }: { pages: Pages<Node>; what: string }) {
  const { nodes, totalCount, hasMore, failed, more, refresh } = pages;
  return (
    <>
      {failed && <Failure failed={failed} retry={() => void refresh()} />}
      {hasMore && nodes && (
        <div class="row">
          <Action look="usual" act={more} busy="Loading …">
            Show more {what}
          </Action>
          <span class="quiet small">
            {nodes.length} of {totalCount}
          </span>
        </div>
      )}
    </>
  );
}
