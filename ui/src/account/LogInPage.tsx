import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { problemOf } from '../api/refusals';
import { farewell } from '../api/session';
import { Field } from '../parts/Field';
import { Notice } from '../parts/Notice';
import { Page } from '../parts/Page';
import { logIn, useWayOn } from './entering';
import { FormEnd } from './FormEnd';
import { PasswordField } from './PasswordField';
import { returnFrom, withReturn } from './returning';
import { useForm } from './useForm';
import './account.css';

/** Who is there where the demo data was loaded. */
const DEMO_PASSWORD = 'Box-0ffice!';
const DEMO_PEOPLE = [
  { email: 'user@boxoffice.test', does: 'Book as a user' },
  { email: 'organizer@boxoffice.test', does: 'Run events as an organizer' },
  { email: 'admin@boxoffice.test', does: 'See all as an admin' },
] as const;

export default function LogInPage() {
  const { query } = useLocation();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm(() => logIn(name, password));
  useWayOn();
  const fillIn = (email: string) => {
    setName(email);
    setPassword(DEMO_PASSWORD);
    form.frame.current?.querySelector<HTMLButtonElement>('[type=submit]')?.focus();
  };
  const problem = problemOf(form.refusal, 'email') ?? problemOf(form.refusal, 'username');

  return (
    <Page title="Log in" width="narrow">
      {farewell.value && (
        <Notice look="plain">
          <p>{farewell.value}</p>
        </Notice>
      )}
      <form class="card stack" ref={form.frame} noValidate onSubmit={form.submit}>
        <Field
          label="E-mail or username"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          problem={problem}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <PasswordField value={password} change={setPassword} problem={problemOf(form.refusal, 'password')} />
        <FormEnd form={form} button="Log in" />
      </form>
      <p>
        New here? <a href={withReturn('/register', returnFrom(query.then))}>Register</a>: it takes half a minute.
      </p>
      <section class="card stack demo" aria-labelledby="demo">
        <h2 id="demo">Just looking?</h2>
        <p class="quiet">Where the demo data is loaded, these three are there to be used. A button fills the form in.</p>
        <ul class="stack">
          {DEMO_PEOPLE.map(({ email, does }) => (
            <li key={email}>
              <button type="button" class="button demo-person" onClick={() => fillIn(email)}>
                <span>{does}</span>
                <span class="quiet small">{email}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </Page>
  );
}
