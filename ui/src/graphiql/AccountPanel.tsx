/** @jsxImportSource react */
/** The panel "Account": log in once, and every tab asks as that user. The session is that of the pages. */

import type { GraphiQLPlugin } from '@graphiql/react';
import { type SubmitEvent, useState } from 'react';
import { request } from '../api/client';
import { asFailed, Failed } from '../api/failures';
import { graphql } from '../api/graphql';
import { logInHere, logOut, SessionParts, token } from '../api/session';
import { useCaller } from './useCaller';

const LogIn = graphql(
  `mutation LogIn($input: LogInInput!) {
    logIn(input: $input) {
      __typename
      ... on Session { ...SessionParts }
      ... on Refusal { code message }
    }
  }`,
  [SessionParts],
);

const DEMO = { people: ['user', 'organizer', 'admin'], host: 'boxoffice.test', password: 'Box-0ffice!' };

function AccountPanel() {
  const caller = useCaller();
  return (
    <section className="panel" aria-labelledby="account-title">
      <h2 id="account-title">Account</h2>
      {caller === null ? <LogInForm /> : <Caller name={caller.name} role={caller.role} />}
    </section>
  );
}

function Caller({ name, role }: { name: string; role: string }) {
  const [said, setSaid] = useState('');

  async function copyHeader(): Promise<void> {
    try {
      await navigator.clipboard.writeText(JSON.stringify({ authorization: `Bearer ${await token()}` }));
      setSaid('Copied. It ends by itself after a while.');
    } catch (error) {
      setSaid(error instanceof Failed ? error.message : 'The browser does not let us copy.'); // nor do pages that came by plain HTTP
    }
  }

  return (
    <>
      <p>
        Every tab asks as <bdi>{name}</bdi> ({role}), subscriptions too. Another <code>authorization</code> in a tab’s Headers goes first.
      </p>
      <p className="panel-row">
        <button type="button" className="panel-button" onClick={() => void copyHeader()}>
          Copy the header
        </button>
        <button type="button" className="panel-button" onClick={() => void logOut()}>
          Log out
        </button>
      </p>
      <p role="status">{said}</p>
    </>
  );
}

function LogInForm() {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');

  async function logIn(email: string, password: string): Promise<void> {
    setBusy(true);
    setProblem('');
    try {
      const { logIn } = await request(LogIn, { input: { email, password } });
      if (logIn.__typename === 'Session') logInHere(logIn);
      else setProblem(logIn.message);
    } catch (error) {
      setProblem(asFailed(error).message);
    } finally {
      setBusy(false);
    }
  }

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void logIn(String(form.get('email')), String(form.get('password')));
  }

  return (
    <>
      <form onSubmit={submit}>
        <label>
          E-mail
          <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="panel-button" disabled={isBusy}>
          Log in
        </button>
      </form>
      <p role="alert">{problem}</p>
      <h3>Demo accounts</h3>
      <p>Where the server has its demo data:</p>
      <ul>
        {DEMO.people.map((person) => (
          <li key={person}>
            <button
              type="button"
              className="panel-choice"
              disabled={isBusy}
              onClick={() => void logIn(`${person}@${DEMO.host}`, DEMO.password)}
            >
              {person}@{DEMO.host}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function AccountIcon() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="8" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M4 21a8 8 0 0 1 16 0" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

export const ACCOUNT_PLUGIN: GraphiQLPlugin = { title: 'Account', icon: AccountIcon, content: AccountPanel };
