/** Why nothing was answered: what the server says in `errors[]`, or that it could not be reached. */

/** One entry of `errors[]`. */
export interface GraphQLProblem {
  readonly message: string;
  readonly extensions?: { readonly code?: string; readonly requestId?: string; readonly retryAfter?: number };
}

/** A request that was not answered. The words are for people; `code` is the server's, or OFFLINE, or GARBLED. */
export class Failed extends Error {
  readonly code: string;
  /** Seconds after which the same may work; null where it will not by itself. */
  readonly retryAfter: number | null;
  /** What to tell those who run the server; null where it never saw the request. */
  readonly requestId: string | null;

  constructor(code: string, message: string, more: { retryAfter?: number | null; requestId?: string | null } = {}) {
    super(message);
    this.name = 'Failed';
    this.code = code;
    this.retryAfter = more.retryAfter ?? null;
    this.requestId = more.requestId ?? null;
  }

  /** Whether the same request may work a little later. */
  get isPassing(): boolean {
    return PASSING.has(this.code);
  }

  /** Whether the server speaks of fields this page does not know, or the other way round: the page is older than the server. */
  get isOutOfDate(): boolean {
    return this.code === 'GRAPHQL_VALIDATION_FAILED' || this.code === 'GRAPHQL_PARSE_FAILED';
  }
}

const PASSING = new Set(['OFFLINE', 'GARBLED', 'SERVICE_UNAVAILABLE', 'RATE_LIMIT_EXCEEDED', 'SERVER_BUSY']);

/** What to say instead of the server's words, where those are for programs. */
const WORDS: Record<string, string> = {
  SERVER_ERROR: 'Something went wrong on our side. Nothing was lost: try again.',
  SERVICE_UNAVAILABLE: 'We are out of order for a moment. Nothing was lost: try again.',
  GRAPHQL_VALIDATION_FAILED: 'A newer version of this page is out. Reload it to go on.',
  GRAPHQL_PARSE_FAILED: 'A newer version of this page is out. Reload it to go on.',
};

/** The first of the server's errors. */
export function failedBy(problems: readonly GraphQLProblem[]): Failed {
  const [first] = problems;
  const { code = 'SERVER_ERROR', requestId = null, retryAfter = null } = first?.extensions ?? {};
  return new Failed(code, WORDS[code] ?? first?.message ?? 'Something went wrong.', { requestId, retryAfter });
}

/** What was thrown, as a Failed. */
export function asFailed(thrown: unknown): Failed {
  if (thrown instanceof Failed) return thrown;
  if (Array.isArray(thrown)) return failedBy(thrown as GraphQLProblem[]);
  console.error(thrown);
  return new Failed('GARBLED', 'Something went wrong in this page. Reload it to go on.');
}

/** Where the network, or the server, could not be reached. */
export function offline(): Failed {
  const why = navigator.onLine ? 'The server cannot be reached.' : 'You are offline.';
  return new Failed('OFFLINE', `${why} Nothing was lost: try again once you are connected.`);
}
