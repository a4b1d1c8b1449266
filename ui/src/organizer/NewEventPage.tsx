/** Writing a new event. */

import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Gate } from '../account/Gate';
import { request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import type { Refusal } from '../api/refusals';
import { user } from '../api/session';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Failure, Refused } from '../parts/Notice';
import { Page } from '../parts/Page';
import { useQuery } from '../parts/useQuery';
import { AboutFields } from './AboutFields';
import { ClearForm } from './ClearForm';
import { draft, type EventDraft, forget, inputOf, write } from './draft';
import { readersTimeZone } from './localTimes';
import { Categories, CreateEvent, VenuePlan, Venues } from './queries';
import { RuleFields } from './RuleFields';
import { type Organization, useOrganizations } from './scope';
import { TierFields } from './TierFields';
import { WhenFields } from './WhenFields';
import { type Venue, WhereFields } from './WhereFields';
import './organizer.css';

export default function NewEventPage() {
  return (
    <Page title="New event">
      <Gate why="Log in to create an event." needs="ORGANIZER">
        <Prepared />
      </Gate>
    </Page>
  );
}

/** The form, once what it offers to choose from is there. */
function Prepared() {
  const organizations = useOrganizations();
  const venues = useQuery(Venues, {}, { method: 'GET' });
  const categories = useQuery(Categories, {}, { method: 'GET' });
  const all = [organizations, venues, categories];
  if (organizations.data && venues.data && categories.data) {
    return (
      <EventForm
        organizations={organizations.data}
        venues={venues.data.venues.edges.map(({ node }) => node)}
        categories={categories.data.categories}
      />
    );
  }
  const failed = all.find((each) => each.failed)?.failed;
  const retry = () => {
    for (const each of all) each.reload();
  };
  return failed ? <Failure failed={failed} retry={retry} /> : <div class="skeleton organizer-waiting" />;
}

interface Choices {
  organizations: readonly Organization[];
  venues: readonly Venue[];
  categories: readonly { readonly id: string; readonly name: string }[];
}

function EventForm({ organizations, venues, categories }: Choices) {
  const { route } = useLocation();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [failed, setFailed] = useState<Failed | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const typed = withDefaults(draft.value, organizations);
  const venue = venues.find(({ id }) => id === typed.venueId) ?? null;
  const plan = useQuery(VenuePlan, { id: typed.venueId, isChosen: venue !== null }, { method: 'GET' });
  const isPlanned = venue === null || plan.data?.venue?.id === venue.id;
  const layout = (venue && isPlanned && plan.data?.venue?.layout) || null;
  const timezone = typed.timezone || venue?.timezone || readersTimeZone();

  const send = async () => {
    setRefusal(null);
    setFailed(null);
    try {
      const { createEvent } = await request(CreateEvent, { input: inputOf(typed, layout, timezone) });
      if (createEvent.__typename === 'Event') {
        forget();
        announce('The event is a draft now.');
        return route(`/organizer/events/${createEvent.id}?tab=details`);
      }
      setRefusal(createEvent);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
    } catch (error) {
      setFailed(asFailed(error));
    }
  };

  return (
    <form ref={form} class="stack" onSubmit={(event) => event.preventDefault()} aria-label="New event">
      <p class="quiet">It is a draft until you publish it. What you type is kept in this tab.</p>
      <AboutFields of={typed} organizations={organizations} categories={categories} refusal={refusal} />
      <WhereFields of={typed} venues={venues} layout={layout} timezone={timezone} refusal={refusal} />
      <section class="card stack" aria-labelledby="when-heading">
        <h2 id="when-heading">When</h2>
        <WhenFields of={typed} write={write} timezone={timezone} refusal={refusal} />
      </section>
      {plan.failed && !isPlanned && <Failure failed={plan.failed} retry={plan.reload} />}
      {isPlanned ? <TierFields of={typed} layout={layout} refusal={refusal} /> : <div class="skeleton organizer-waiting" />}
      <section class="card stack" aria-labelledby="rules-heading">
        <h2 id="rules-heading">Rules</h2>
        <RuleFields of={typed} write={write} isSeated={layout !== null} refusal={refusal} />
      </section>
      {refusal && <Refused refusal={refusal} />}
      {failed && <Failure failed={failed} retry={() => void send()} />}
      <div class="row">
        <Action act={() => (form.current?.reportValidity() ? send() : undefined)} disabled={!isPlanned} busy="Creating …">
          Create the draft
        </Action>
        <ClearForm />
      </div>
    </form>
  );
}

/** An organizer's event belongs to one of their organizations; an admin's need not. */
function withDefaults(typed: EventDraft, organizations: readonly Organization[]): EventDraft {
  const isMine = organizations.some(({ id }) => id === typed.organizationId);
  const usual = user.value?.role === 'ADMIN' ? '' : (organizations[0]?.id ?? '');
  return isMine ? typed : { ...typed, organizationId: usual };
}
