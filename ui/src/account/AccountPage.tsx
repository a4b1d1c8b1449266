import { graphql } from '../api/graphql';
import { logOut } from '../api/session';
import { Action } from '../parts/Action';
import { money } from '../parts/money';
import { Failure } from '../parts/Notice';
import { Page } from '../parts/Page';
import { useQuery } from '../parts/useQuery';
import { Gate } from './Gate';
import { PasswordForm } from './PasswordForm';
import { PreferencesForm, PreferencesParts } from './PreferencesForm';
import { ProfileForm, ProfileParts } from './ProfileForm';
import './account.css';

const MyAccount = graphql(
  `query MyAccount {
    me {
      role
      stats { totalBookings upcomingEvents totalSpent { amount currency } }
      notificationPreferences { ...PreferencesParts }
      ...ProfileParts
    }
  }`,
  [ProfileParts, PreferencesParts],
);

export default function AccountPage() {
  return (
    <Page title="Account">
      <Gate why="Log in to see and change your account.">
        <Account />
      </Gate>
    </Page>
  );
}

function Account() {
  const { data, failed, reload } = useQuery(MyAccount, {});
  const me = data?.me;
  return (
    <>
      {failed && <Failure failed={failed} retry={reload} />}
      {me ? <Stats {...me.stats} /> : <div class="stats skeleton" />}
      {me && (
        <div class="account">
          <ProfileForm profile={me} />
          <PreferencesForm preferences={me.notificationPreferences} hasPhone={me.phone !== null} />
          <PasswordForm email={me.email} />
          <section class="card stack" aria-labelledby="leaving">
            <h2 id="leaving">Log out</h2>
            <p class="quiet">Of this browser. Changing your password logs you out everywhere else.</p>
            <div class="row">
              <Action look="usual" act={logOut}>
                Log out
              </Action>
            </div>
          </section>
        </div>
      )}
    </>
  );
}

interface Numbers {
  readonly totalBookings: number;
  readonly upcomingEvents: number;
  readonly totalSpent: readonly { readonly amount: string; readonly currency: string }[];
}

function Stats({ totalBookings, upcomingEvents, totalSpent }: Numbers) {
  return (
    <dl class="stats" data-testid="stats">
      <div>
        <dt>Bookings</dt>
        <dd>{totalBookings.toLocaleString()}</dd>
      </div>
      <div>
        <dt>Events to come</dt>
        <dd>{upcomingEvents.toLocaleString()}</dd>
      </div>
      <div>
        <dt>Spent in all</dt>
        <dd>{totalSpent.length ? totalSpent.map(money).join(' + ') : '–'}</dd>
      </div>
    </dl>
  );
}
