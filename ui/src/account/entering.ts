/** The two ways in. */

import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { request } from '../api/client';
import { graphql, type VariablesOf } from '../api/graphql';
import type { Refusal } from '../api/refusals';
import { logInHere, SessionParts, user } from '../api/session';
import { returnFrom } from './returning';

const LogIn = graphql(
  `mutation LogIn($input: LogInInput!) {
    logIn(input: $input) {
      __typename
      ... on Session { ...SessionParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [SessionParts],
);

const Register = graphql(
  `mutation Register($input: RegisterInput!) {
    register(input: $input) {
      __typename
      ... on Session { ...SessionParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [SessionParts],
);

/** Be somebody who is known. Answers what was refused, or null. `name` is an e-mail address or a username, which never has an `@`. */
export async function logIn(name: string, password: string): Promise<Refusal | null> {
  const who = name.includes('@') ? { email: name.trim() } : { username: name.trim() };
  const { logIn: answer } = await request(LogIn, { input: { ...who, password } });
  if (answer.__typename !== 'Session') return answer;
  logInHere(answer);
  return null;
}

/** Be somebody new. Answers what was refused, or null. */
export async function register(input: VariablesOf<typeof Register>['input']): Promise<Refusal | null> {
  const { register: answer } = await request(Register, { input });
  if (answer.__typename !== 'Session') return answer;
  logInHere(answer);
  return null;
}

/** Leaves for where one came from as soon as somebody is logged in, in this tab or in another. */
export function useWayOn(): void {
  const { query, route } = useLocation();
  const who = user.value?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: who it is alone sets it off
  useEffect(() => {
    if (who) route(returnFrom(query.then), true);
  }, [who]);
}
