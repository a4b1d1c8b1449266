/** Subscriptions over WebSocket: they come back by themselves, and say when they are behind. */

import { signal } from '@preact/signals';
import { type Client, createClient } from 'graphql-ws';
import { asFailed, Failed } from './failures';
import { type Document, textOf } from './graphql';
import { renewedToken, token } from './session';

/** How long a silent server is believed to be there. */
const PING_MS = 10_000;
const PONG_MS = 5_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5_000;

/** Whom a subscription speaks for. What is public is watched as anybody: no token of it can expire. */
export type As = 'anybody' | 'caller';

/** What a subscription tells. */
export interface Listener<Result> {
  next(data: Result): void;
  /** It is behind from now on, or up to date again. */
  behind?(behind: boolean): void;
  /** It will not come back: the server says why. */
  fail?(failed: Failed): void;
  /** It came to its end. */
  end?(): void;
}

/** Whether this page hears of changes at all: false while nothing reaches the server. */
export const isConnected = signal(true);

const clients: Record<As, Client> = { anybody: client(async () => ({})), caller: client(credentials) };
addEventListener('offline', () => {
  for (const each of Object.values(clients)) each.terminate();
});

/**
 * Watch until the answer is called. `variables` are asked for anew each time it comes back, so that it can go on from what it knows.
 */
export function watch<Result, Variables>(
  document: Document<Result, Variables>,
  variables: () => Variables,
  listener: Listener<Result>,
  as: As = 'anybody',
): () => void {
  let stop: () => void = () => undefined;
  let stopped = false;
  const stopping = new Promise<void>((resolve) => {
    stop = () => {
      stopped = true;
      resolve();
    };
  });
  void follow();
  return () => stop();

  async function follow(): Promise<void> {
    for (let tries = 0; !stopped; tries++) {
      const failed = await once(() => {
        tries = 0;
      });
      if (stopped) return;
      if (failed === null) return listener.end?.();
      if (!failed.isPassing) return listener.fail?.(failed);
      listener.behind?.(true);
      await Promise.race([stopping, pause(waitMs(tries, failed))]);
    }
  }

  /** Until it ends: null where the server ended it. */
  async function once(heard: () => void): Promise<Failed | null> {
    const stream = clients[as].iterate<Result>({ query: textOf(document), variables: variables() as Record<string, unknown> });
    void stopping.then(() => stream.return?.());
    try {
      for await (const { data, errors } of stream) {
        if (stopped) return null;
        if (errors?.length) throw errors;
        heard();
        listener.behind?.(false);
        if (data) listener.next(data);
      }
      return null;
    } catch (thrown) {
      return afterwards(thrown);
    }
  }
}

/** What a stream that broke off means. A token that expired on the way is renewed. */
async function afterwards(thrown: unknown): Promise<Failed> {
  const closed = closing(thrown);
  if (closed?.code === 4403 && !closed.reason.includes('AUTH_TOKEN_EXPIRED'))
    return new Failed('UNAUTHENTICATED', 'Log in again to go on.');
  const failed = closed || thrown instanceof Event ? new Failed('OFFLINE', 'The connection was lost.') : asFailed(thrown);
  if (closed?.code !== 4403 && failed.code !== 'AUTH_TOKEN_EXPIRED') return failed;
  clients.caller.terminate();
  try {
    if (shown !== null) await renewedToken(shown);
    return new Failed('OFFLINE', 'The connection is being renewed.', { retryAfter: 0 });
  } catch (error) {
    return asFailed(error);
  }
}

/** Why a connection was closed, by the other side or by us; null for anything else that was thrown. */
function closing(thrown: unknown): { code: number; reason: string } | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown) || !('reason' in thrown)) return null;
  return typeof thrown.code === 'number' ? { code: thrown.code, reason: String(thrown.reason) } : null;
}

/** The token that the caller's connection was opened with. */
let shown: string | null = null;

async function credentials(): Promise<Record<string, unknown>> {
  shown = await token();
  return shown === null ? {} : { authorization: `Bearer ${shown}` };
}

/** A connection for as long as somebody watches. It is not opened again by itself: `watch` does, with what it knows by then. */
function client(connectionParams: () => Promise<Record<string, unknown>>): Client {
  let silence: ReturnType<typeof setTimeout> | undefined;
  const made = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    connectionParams,
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      connected: () => {
        isConnected.value = true;
      },
      closed: () => {
        clearTimeout(silence);
      },
      ping: (received) => {
        if (!received) silence = setTimeout(() => made.terminate(), PONG_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(silence);
      },
    },
  });
  return made;
}

/** Longer each time, and never the same for all who lost the connection together. */
function waitMs(tries: number, failed: Failed): number {
  if (failed.retryAfter !== null) return failed.retryAfter * 1000;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.5 + Math.random());
}

/** So long, or until the browser says that it is online again. */
function pause(milliseconds: number): Promise<void> {
  isConnected.value = false;
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener('online', over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    addEventListener('online', over);
  });
}
