/** Data that a page shows as long as it is there. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Asking, request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import type { Document } from '../api/graphql';

export interface Loaded<Result> {
  /** What was answered last; it stays while it is asked for again, and where that fails. */
  readonly data: Result | null;
  readonly failed: Failed | null;
  readonly isLoading: boolean;
  /** Ask again. */
  reload(): void;
}

/** Asks when the page comes up, and again whenever the variables are others. An answer that nobody waits for any more is dropped. */
export function useQuery<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  asking: Asking = {},
): Loaded<Result> {
  const [state, setState] = useState<{ data: Result | null; failed: Failed | null; isLoading: boolean }>({
    data: null,
    failed: null,
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  const asked = JSON.stringify(variables);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the variables are compared by what they say
  useEffect(() => {
    const stop = new AbortController();
    setState((was) => ({ ...was, isLoading: true }));
    request(document, variables, { ...asking, signal: stop.signal })
      .then((data) => stop.signal.aborted || setState({ data, failed: null, isLoading: false }))
      .catch((error) => stop.signal.aborted || setState((was) => ({ ...was, failed: asFailed(error), isLoading: false })));
    return () => stop.abort();
  }, [document, asked, turn]);
  const reload = useCallback(() => setTurn((last) => last + 1), []);
  return { ...state, reload };
}
