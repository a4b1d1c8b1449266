/** Queries and mutations over HTTP. */

import { Failed, failedBy, type GraphQLProblem, offline } from './failures';
import { type Document, textOf } from './graphql';
import { logOutHere, renewedToken, token } from './session';

const ENDPOINT = '/graphql';
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
const PATIENCE_MS = 20_000;

interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly GraphQLProblem[];
}

/** How a request is to be made. */
export interface Asking {
  /** GET is for what is public, and lets the browser keep it: it asks only whether that is still so. */
  readonly method?: 'GET' | 'POST';
  readonly signal?: AbortSignal;
}

/**
 * The data of an answer, asked for as whoever is logged in. Raises Failed; an answer with both data and errors is a failure.
 *
 * A token that has expired is renewed, and the request sent again: nobody sees it.
 */
export async function request<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  asking: Asking = {},
): Promise<Result> {
  const bearer = asking.method === 'GET' ? null : await token();
  try {
    return await send(document, variables, asking, bearer);
  } catch (error) {
    if (!(error instanceof Failed) || bearer === null) throw error;
    if (error.code === 'UNAUTHENTICATED') logOutHere('Your session has ended. Log in again to go on.');
    if (error.code !== 'AUTH_TOKEN_EXPIRED') throw error;
    return send(document, variables, asking, await renewedToken(bearer));
  }
}

/** A name for something a person does once, so that it is done once however often it is sent. Pages that came by plain HTTP have no `randomUUID`. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** One attempt. Also what the session itself is renewed with, which is why it can be done as nobody. */
export async function send<Result, Variables>(
  document: Document<Result, Variables>,
  variables: Variables,
  { method = 'POST', signal }: Asking,
  bearer: string | null,
): Promise<Result> {
  const headers: Record<string, string> = { accept: ACCEPT };
  if (bearer !== null) headers.authorization = `Bearer ${bearer}`;
  const query = textOf(document);
  let address = ENDPOINT;
  const init: RequestInit = { method, headers, signal: whileUseful(signal) };
  if (method === 'GET') {
    address += `?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
  } else {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify({ query, variables });
  }
  const answer = await exchange<Result>(address, init, signal);
  if (answer.errors?.length) throw failedBy(answer.errors);
  if (answer.data == null) throw new Failed('GARBLED', 'The answer could not be read. Try again.');
  return answer.data;
}

async function exchange<Result>(address: string, init: RequestInit, signal?: AbortSignal): Promise<Answer<Result>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, init);
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw offline();
  }
  try {
    return JSON.parse(text) as Answer<Result>;
  } catch {
    throw new Failed(response.status >= 500 ? 'SERVICE_UNAVAILABLE' : 'GARBLED', 'The answer could not be read. Try again.');
  }
}

/** Until it is aborted, and never for longer than somebody would wait. */
function whileUseful(signal?: AbortSignal): AbortSignal {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  return signal ? AbortSignal.any([signal, patience]) : patience;
}
