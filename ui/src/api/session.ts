/** Who is logged in, in all tabs of this browser together, and the tokens that say so. */

import { computed, signal } from '@preact/signals';
import { send } from './client';
import { Failed } from './failures';
import { graphql, type ResultOf } from './graphql';

const KEPT_UNDER = 'box-office.session';
const LOCK = 'box-office.session';
/** How long before its end a token is renewed at most, for requests that take their time. */
const AHEAD_MS = 30_000;

export const SessionParts = graphql(`
  fragment SessionParts on Session { accessToken refreshToken expiresIn user { id name email role } }
`);

const RefreshSession = graphql(
  `mutation RefreshSession($refreshToken: String!) {
    refreshSession(refreshToken: $refreshToken) {
      __typename
      ... on Session { ...SessionParts }
      ... on Refusal { code message }
    }
  }`,
  [SessionParts],
);

const LogOut = graphql(`mutation LogOut($refreshToken: String!) { logOut(refreshToken: $refreshToken) }`);

export type NewSession = ResultOf<typeof SessionParts>;
export type User = NewSession['user'];

interface Session {
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token is renewed, by this browser's clock, in milliseconds. */
  readonly renewAt: number;
}

const session = signal<Session | null>(kept());
addEventListener('storage', (event) => {
  if (event.key === KEPT_UNDER || event.key === null) session.value = kept();
});

/** Whoever is logged in; null for nobody. */
export const user = computed<User | null>(() => session.value?.user ?? null);

/** Why nobody is logged in any more, until somebody is. */
export const farewell = signal<string | null>(null);

/** Be whoever has just registered or logged in. */
export function logInHere(found: NewSession): void {
  const { user, accessToken, refreshToken, expiresIn } = found;
  farewell.value = null;
  const lifeMs = expiresIn * 1000;
  keep({ user, accessToken, refreshToken, renewAt: Date.now() + lifeMs - Math.min(AHEAD_MS, lifeMs / 4) });
}

/** Show another name from now on: the profile was changed. */
export function rename(name: string): void {
  if (session.value) keep({ ...session.value, user: { ...session.value.user, name } });
}

/** Be nobody in this browser. */
export function logOutHere(why: string | null = null): void {
  farewell.value = why;
  keep(null);
}

/** Be nobody, here and for the server. */
export async function logOut(): Promise<void> {
  const was = session.value;
  logOutHere();
  if (was) await send(LogOut, { refreshToken: was.refreshToken }, {}, null).catch(() => undefined); // it ends by itself as well
}

/** A token that will do for a while; null where nobody is logged in. Raises Failed where it cannot be renewed just now. */
export async function token(): Promise<string | null> {
  const now = session.value;
  if (now === null) return null;
  return now.renewAt > Date.now() ? now.accessToken : renewedToken(now.accessToken);
}

/** Another token than this one. Tabs take turns: a refresh token that is used twice ends the session. */
export async function renewedToken(old: string): Promise<string | null> {
  return inTurn(async () => {
    session.value = kept();
    const now = session.value;
    if (now === null || now.accessToken !== old) return now?.accessToken ?? null; // another tab was first
    const { refreshSession } = await send(RefreshSession, { refreshToken: now.refreshToken }, {}, null);
    if (refreshSession.__typename === 'Session') {
      logInHere(refreshSession);
      return refreshSession.accessToken;
    }
    logOutHere('Your session has ended. Log in again to go on.');
    throw new Failed('UNAUTHENTICATED', refreshSession.message);
  });
}

let turn: Promise<unknown> = Promise.resolve();

/** One after the other, in all tabs; or in this one alone, where the page came by plain HTTP and has no locks. */
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if ('locks' in navigator) return navigator.locks.request(LOCK, work);
  const mine = turn.then(work, work);
  turn = mine;
  return mine;
}

function kept(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT_UNDER) ?? 'null') as Session | null;
  } catch {
    return null; // storage that is closed to us, or holds something else: nobody is logged in
  }
}

function keep(now: Session | null): void {
  session.value = now;
  try {
    if (now) localStorage.setItem(KEPT_UNDER, JSON.stringify(now));
    else localStorage.removeItem(KEPT_UNDER);
  } catch {
    // The session lasts as long as the page then.
  }
}
