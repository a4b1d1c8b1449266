/** By which ways somebody is told, and of what. */

import { useState } from 'preact/hooks';
import { request } from '../api/client';
import { graphql, type ResultOf } from '../api/graphql';
import { FormEnd } from './FormEnd';
import { KINDS, type NotificationType } from './kinds';
import { useForm } from './useForm';

export const PreferencesParts = graphql(`fragment PreferencesParts on NotificationPreferences { email sms mutedTypes }`);

const UpdatePreferences = graphql(
  `mutation UpdatePreferences($input: UpdateNotificationPreferencesInput!) {
    updateNotificationPreferences(input: $input) {
      __typename
      ... on NotificationPreferences { ...PreferencesParts }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }`,
  [PreferencesParts],
);

export function PreferencesForm({ preferences, hasPhone }: { preferences: ResultOf<typeof PreferencesParts>; hasPhone: boolean }) {
  const [wanted, setWanted] = useState(preferences);
  const form = useForm(async () => {
    const { email, sms, mutedTypes } = wanted;
    const { updateNotificationPreferences: answer } = await request(UpdatePreferences, { input: { email, sms, mutedTypes } });
    if (answer.__typename !== 'NotificationPreferences') return answer;
    setWanted(answer);
    return null;
  });
  const mute = (type: NotificationType, isMuted: boolean) => {
    const others = wanted.mutedTypes.filter((each) => each !== type);
    setWanted({ ...wanted, mutedTypes: isMuted ? [...others, type] : others });
  };
  return (
    <section class="card stack" aria-labelledby="preferences">
      <h2 id="preferences">Notifications</h2>
      <p class="quiet">All of them are listed here in any case.</p>
      <form class="stack" ref={form.frame} onSubmit={form.submit}>
        <fieldset>
          <legend>Send them by</legend>
          <Choice label="E-mail" isChosen={wanted.email} choose={(email) => setWanted({ ...wanted, email })} />
          <Choice
            label={hasPhone ? 'SMS' : 'SMS, once there is a phone number in your profile'}
            isChosen={wanted.sms}
            choose={(sms) => setWanted({ ...wanted, sms })}
          />
        </fieldset>
        <fieldset>
          <legend>Of what</legend>
          {KINDS.map(({ type, told, canBeMuted }) => (
            <Choice
              key={type}
              label={canBeMuted ? told : `${told}: always sent`}
              isChosen={!wanted.mutedTypes.includes(type)}
              isFixed={!canBeMuted}
              choose={(isChosen) => mute(type, !isChosen)}
            />
          ))}
        </fieldset>
        <FormEnd form={form} button="Save the choice" done="Saved." />
      </form>
    </section>
  );
}

function Choice({
  label,
  isChosen,
  isFixed = false,
  choose,
}: {
  label: string;
  isChosen: boolean;
  isFixed?: boolean;
  choose: (isChosen: boolean) => void;
}) {
  return (
    <label class="choice">
      <input type="checkbox" checked={isChosen} disabled={isFixed} onChange={(event) => choose(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
