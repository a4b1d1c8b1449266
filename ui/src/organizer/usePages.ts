/** Lists that are asked for page by page. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import type { Document } from '../api/graphql';

/** A page, as every connection of the API has it. */
export interface Connection<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}

export interface Pages<Node> {
  /** Null until the first page is there. */
  readonly nodes: readonly Node[] | null;
  readonly totalCount: number;
  readonly hasMore: boolean;
  readonly failed: Failed | null;
  /** Add the next page. */
  more(): Promise<void>;
  /** Ask for the first page again: what is new stands in front, what was shown already is as it is now. */
  refresh(): Promise<void>;
}

interface Held<Node> {
  readonly nodes: readonly Node[] | null;
  readonly totalCount: number;
  readonly cursor: string | null;
  readonly failed: Failed | null;
}

const NOTHING = { nodes: null, totalCount: 0, cursor: null, failed: null };

/** Begins anew whenever the variables are others. `keyOf` says which nodes are the same. */
export function usePages<Result, Variables extends { after?: string | null | undefined }, Node>(
  document: Document<Result, Variables>,
  variables: Omit<Variables, 'after'>,
  pick: (result: Result) => Connection<Node> | null | undefined,
  keyOf: (node: Node) => string,
): Pages<Node> {
  const [held, setHeld] = useState<Held<Node>>(NOTHING);
  const asked = JSON.stringify(variables);
  const current = useRef(asked);
  current.current = asked;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the variables are compared by what they say
  const load = useCallback(
    async (after: string | null, join: (was: Held<Node>, page: Connection<Node>) => Held<Node>) => {
      try {
        const page = pick(await request(document, { ...variables, after } as Variables));
        if (current.current !== asked) return; // nobody waits for it any more
        setHeld((was) => (page ? join(was, page) : { ...NOTHING, nodes: [] }));
      } catch (error) {
        if (current.current === asked) setHeld((was) => ({ ...was, failed: asFailed(error) }));
      }
    },
    [document, asked],
  );

  const refresh = useCallback(
    () =>
      load(null, (was, page) => {
        const fresh = nodesOf(page);
        const keys = new Set(fresh.map(keyOf));
        const older = (was.nodes ?? []).filter((node) => !keys.has(keyOf(node)));
        const isFirst = was.nodes === null || was.nodes.length <= fresh.length;
        return isFirst ? firstOf(page) : { nodes: [...fresh, ...older], totalCount: page.totalCount, cursor: was.cursor, failed: null };
      }),
    [load, keyOf],
  );

  useEffect(() => {
    setHeld(NOTHING);
    void load(null, (_, page) => firstOf(page));
  }, [load]);

  return {
    nodes: held.nodes,
    totalCount: held.totalCount,
    hasMore: held.cursor !== null,
    failed: held.failed,
    more: () => load(held.cursor, (was, page) => ({ ...firstOf(page), nodes: [...(was.nodes ?? []), ...nodesOf(page)] })),
    refresh,
  };
}

function nodesOf<Node>(page: Connection<Node>): Node[] {
  return page.edges.map(({ node }) => node);
}

function firstOf<Node>(page: Connection<Node>): Held<Node> {
  const { hasNextPage, endCursor } = page.pageInfo;
  return { nodes: nodesOf(page), totalCount: page.totalCount, cursor: hasNextPage ? endCursor : null, failed: null };
}
