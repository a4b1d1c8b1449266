/** What an organizer comes to: their events, and what they have sold. */

import { useState } from 'preact/hooks';
import { Gate } from '../account/Gate';
import { user } from '../api/session';
import { Select } from '../parts/Field';
import { Failure, Notice } from '../parts/Notice';
import { Page } from '../parts/Page';
import { EventList } from './EventList';
import { useOrganizations } from './scope';
import { Totals } from './Totals';
import './organizer.css';

export default function OrganizerPage() {
  return (
    <Page title="Organizer" width="wide">
      <Gate why="Log in to see the events that you run." needs="ORGANIZER">
        <Overview />
      </Gate>
    </Page>
  );
}

/** Of one organization at a time; of all together for admins. */
function Overview() {
  const { data: organizations, failed, reload } = useOrganizations();
  const [chosen, setChosen] = useState<string | null>(null);
  if (!organizations) return failed ? <Failure failed={failed} retry={reload} /> : <div class="skeleton organizer-waiting" />;
  const isAdmin = user.value?.role === 'ADMIN';
  const organizationId = chosen ?? (isAdmin ? null : (organizations[0]?.id ?? null));
  if (organizationId === null && !isAdmin) {
    return <Notice look="plain">You are in no organization yet. An admin can add you to one.</Notice>;
  }
  return (
    <>
      <div class="row apart">
        {organizations.length > 1 || isAdmin ? (
          <div class="organizer-choice">
            <Select label="Organization" value={organizationId ?? ''} onChange={(event) => setChosen(event.currentTarget.value || null)}>
              {isAdmin && <option value="">All together</option>}
              {organizations.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          </div>
        ) : (
          <p>
            <bdi>{organizations[0]?.name}</bdi>
          </p>
        )}
        <a class="button button-main" href="/organizer/new">
          New event
        </a>
      </div>
      <EventList organizationId={organizationId} />
      <Totals organizationId={organizationId} />
    </>
  );
}
