import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { problemOf, type Refusal } from '../api/refusals';
import { Field } from '../parts/Field';
import { Page } from '../parts/Page';
import { register, useWayOn } from './entering';
import { FormEnd } from './FormEnd';
import { PasswordField } from './PasswordField';
import { returnFrom, withReturn } from './returning';
import { useForm } from './useForm';
import './account.css';

const EMPTY = { name: '', email: '', username: '', phone: '', password: '' };

export default function RegisterPage() {
  const { query } = useLocation();
  const [typed, setTyped] = useState(EMPTY);
  const { name, email, username, phone, password } = typed;
  const form = useForm(() =>
    register({ name, email: email.trim(), password, username: username.trim() || null, phone: phone.trim() || null }),
  );
  useWayOn();
  const type = (field: keyof typeof EMPTY) => (event: { currentTarget: HTMLInputElement }) =>
    setTyped({ ...typed, [field]: event.currentTarget.value });
  const logIn = withReturn('/login', returnFrom(query.then));

  return (
    <Page title="Register" width="narrow">
      <form class="card stack" ref={form.frame} noValidate onSubmit={form.submit}>
        <Field label="Name" autocomplete="name" required problem={problemOf(form.refusal, 'name')} value={name} onInput={type('name')} />
        <Field
          label="E-mail"
          type="email"
          autocomplete="email"
          required
          problem={problemOf(form.refusal, 'email') ?? takenAs(form.refusal, 'EMAIL_ALREADY_EXISTS')}
          value={email}
          onInput={type('email')}
        />
        <PasswordField
          isNew
          value={password}
          change={(changed) => setTyped({ ...typed, password: changed })}
          problem={problemOf(form.refusal, 'password')}
        />
        <Field
          label="Username (if you like)"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          hint="Another name to log in with."
          problem={problemOf(form.refusal, 'username') ?? takenAs(form.refusal, 'USERNAME_ALREADY_EXISTS')}
          value={username}
          onInput={type('username')}
        />
        <Field
          label="Phone (if you like)"
          type="tel"
          autocomplete="tel"
          hint="With the country code, for notifications by SMS."
          problem={problemOf(form.refusal, 'phone')}
          value={phone}
          onInput={type('phone')}
        />
        <FormEnd form={form} button="Register">
          {form.refusal?.code === 'EMAIL_ALREADY_EXISTS' && (
            <a class="button" href={logIn}>
              Log in
            </a>
          )}
        </FormEnd>
      </form>
      <p>
        You were here before? <a href={logIn}>Log in</a>.
      </p>
    </Page>
  );
}

/** A refusal of the one field that it is about. */
function takenAs(refusal: Refusal | null, code: Refusal['code']): string | null {
  return refusal?.code === code ? refusal.message : null;
}
