/** What somebody is called, and where they can be reached. */

import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { graphql, type ResultOf } from '../api/graphql';
import { problemOf } from '../api/refusals';
import { rename } from '../api/session';
import { Field } from '../parts/Field';
import { FormEnd } from './FormEnd';
import { useForm } from './useForm';

export const ProfileParts = graphql(`fragment ProfileParts on User { id email username name phone }`);

const UpdateProfile = graphql(
  `mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) {
      __typename
      ... on User { ...ProfileParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [ProfileParts],
);

export function ProfileForm({ profile }: { profile: ResultOf<typeof ProfileParts> }) {
  const [name, setName] = useState(profile.name);
  const [phone, setPhone] = useState(profile.phone ?? '');
  const form = useForm(async () => {
    const { updateProfile: answer } = await request(UpdateProfile, { input: { name, phone: phone.trim() || null } });
    if (answer.__typename !== 'User') return answer;
    setName(answer.name);
    setPhone(answer.phone ?? '');
    rename(answer.name);
    return null;
  });
  return (
    <section class="card stack" aria-labelledby="profile">
      <h2 id="profile">Profile</h2>
      <p class="quiet">
        You log in as <bdi>{profile.email}</bdi>
        {profile.username && (
          <>
            {' '}
            or <bdi>{profile.username}</bdi>
          </>
        )}
        .
      </p>
      <form class="stack" ref={form.frame} noValidate onSubmit={form.submit}>
        <Field
          label="Name"
          autocomplete="name"
          required
          problem={problemOf(form.refusal, 'name')}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <Field
          label="Phone"
          type="tel"
          autocomplete="tel"
          hint="With the country code, for notifications by SMS."
          problem={problemOf(form.refusal, 'phone')}
          value={phone}
          onInput={(event) => setPhone(event.currentTarget.value)}
        />
        <FormEnd form={form} button="Save the profile" done="Saved." />
      </form>
    </section>
  );
}
