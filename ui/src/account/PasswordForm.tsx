/** Another password. */

import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { graphql } from '../api/graphql';
import { problemOf } from '../api/refusals';
import { logInHere, SessionParts } from '../api/session';
import { FormEnd } from './FormEnd';
import { PasswordField } from './PasswordField';
import { useForm } from './useForm';

const ChangePassword = graphql(
  `mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on Session { ...SessionParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [SessionParts],
);

export function PasswordForm({ email }: { email: string }) {
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const form = useForm(async () => {
    const { changePassword: answer } = await request(ChangePassword, { input: { currentPassword, newPassword } });
    if (answer.__typename !== 'Session') return answer;
    logInHere(answer); // every session was ended, this one too
    setCurrent('');
    setNew('');
    return null;
  });
  const wrong = form.refusal?.code === 'AUTH_INVALID_CREDENTIALS' ? form.refusal.message : null;
  return (
    <section class="card stack" aria-labelledby="password">
      <h2 id="password">Password</h2>
      <form class="stack" ref={form.frame} noValidate onSubmit={form.submit}>
        {/* Password managers need to know whose it is. */}
        <input hidden type="text" autocomplete="username" value={email} readOnly />
        <PasswordField
          label="Current password"
          value={currentPassword}
          change={setCurrent}
          problem={problemOf(form.refusal, 'currentPassword') ?? wrong}
        />
        <PasswordField isNew label="New password" value={newPassword} change={setNew} problem={problemOf(form.refusal, 'newPassword')} />
        <FormEnd form={form} button="Change the password" done="Changed. You are logged out everywhere else." />
      </form>
    </section>
  );
}
