/** Publishing an event, cancelling it, and deleting a draft. */

import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import { graphql } from '../api/graphql';
import type { Refusal } from '../api/refusals';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Dialog } from '../parts/Dialog';
import { TextArea } from '../parts/Field';
import { Failure, Notice, Refused } from '../parts/Notice';
import { dateAndTime } from '../parts/times';
import type { Managed } from './queries';

const PublishEvent = graphql(`
  mutation PublishEvent($eventId: ID!) {
    publishEvent(eventId: $eventId) { __typename ... on Event { id } ... on Refusal { code message } }
  }
`);

const CancelEvent = graphql(`
  mutation CancelEvent($input: CancelEventInput!) {
    cancelEvent(input: $input) {
      __typename
      ... on Event { id }
      ... on Refusal { code message }
      ... on ValidationFailed { fields { field message } }
    }
  }
`);

const DeleteEvent = graphql(`
  mutation DeleteEvent($eventId: ID!) {
    deleteEvent(eventId: $eventId) { __typename ... on EventDeleted { eventId } ... on Refusal { code message } }
  }
`);

/** What was done, or why not; null while nothing was tried. */
type Outcome = { readonly refusal: Refusal } | { readonly failed: Failed } | null;
type Asking = 'cancel' | 'delete' | null;

export function LifeCycle({ event, reload }: { event: Managed; reload: () => void }) {
  const { route } = useLocation();
  const [asking, setAsking] = useState<Asking>(null);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [reason, setReason] = useState('');
  const close = () => setAsking(null);
  useProgress(event, reload);

  /** `ask` answers null where it was done. */
  const act = async (ask: () => Promise<Refusal | null>, done: string, then: () => void) => {
    setOutcome(null);
    try {
      const refusal = await ask();
      if (refusal) return setOutcome({ refusal });
      announce(done);
      close();
      then();
    } catch (error) {
      setOutcome({ failed: asFailed(error) });
    }
  };
  const publish = () => act(() => publishing(event.id), 'The event is published.', reload);
  const cancel = () => act(() => cancelling(event.id, reason), 'The event is cancelled.', reload);
  const remove = () =>
    act(
      () => deleting(event.id),
      'The draft is deleted.',
      () => route('/organizer'),
    );
  const ask = (about: Asking) => {
    setOutcome(null);
    setAsking(about);
  };

  return (
    <div class="card stack" data-testid="life-cycle">
      <Standing event={event} />
      <div class="row">
        {event.status === 'DRAFT' && (
          <>
            <Action act={publish} busy="Publishing …">
              Publish
            </Action>
            <Action look="danger" act={() => ask('delete')}>
              Delete the draft …
            </Action>
          </>
        )}
        {event.status === 'PUBLISHED' && event.phase !== 'COMPLETED' && (
          <Action look="danger" act={() => ask('cancel')}>
            Cancel the event …
          </Action>
        )}
      </div>
      {!asking && <Told outcome={outcome} />}
      {asking === 'cancel' && (
        <Dialog title="Cancel the event?" close={close}>
          <p>
            It goes off sale for good. Every booking ends, all that was paid goes back, and everybody who booked or waits is told. This
            cannot be undone.
          </p>
          <TextArea
            label="Reason"
            hint="They are told this. It may be left empty."
            rows={3}
            maxLength={500}
            dir="auto"
            value={reason}
            onInput={(typed) => setReason(typed.currentTarget.value)}
          />
          <Told outcome={outcome} />
          <div class="row">
            <Action look="danger" act={cancel} busy="Cancelling …">
              Cancel the event
            </Action>
            <Action look="usual" act={close}>
              Keep it
            </Action>
          </div>
        </Dialog>
      )}
      {asking === 'delete' && (
        <Dialog title="Delete the draft?" close={close}>
          <p>
            <bdi>{event.name}</bdi> is gone then, with its tiers. This cannot be undone.
          </p>
          <Told outcome={outcome} />
          <div class="row">
            <Action look="danger" act={remove} busy="Deleting …">
              Delete it
            </Action>
            <Action look="usual" act={close}>
              Keep it
            </Action>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** Where it stands, in sentences. */
function Standing({ event }: { event: Managed }) {
  const { status, phase, timezone, cancellation, cancelReason } = event;
  if (status === 'DRAFT') return <p>It is a draft: only those who run it see it. Published, it goes on sale {onSale(event)}.</p>;
  if (status === 'PUBLISHED') {
    return <p>{phase === 'COMPLETED' ? 'It is over.' : `It is published, and on sale until ${dateAndTime(event.offSaleAt, timezone)}.`}</p>;
  }
  return (
    <Notice look="warn">
      <p>
        It was cancelled{event.cancelledAt && ` on ${dateAndTime(event.cancelledAt, timezone)}`}.{' '}
        {cancelReason && (
          <>
            Everybody was told: “<bdi>{cancelReason}</bdi>”
          </>
        )}
      </p>
      {cancellation && (
        <p>
          {cancellation.done
            ? 'All bookings are ended, and all refunds are made.'
            : `Under way. Bookings to end: ${cancellation.bookingsLeft.toLocaleString()}; refunds to make: ${cancellation.refundsLeft.toLocaleString()}.`}
        </p>
      )}
    </Notice>
  );
}

/** Asks again and again while bookings are still being ended and refunds made. */
function useProgress(event: Managed, reload: () => void): void {
  useEffect(() => {
    if (!event.cancellation || event.cancellation.done) return;
    const soon = setTimeout(reload, PROGRESS_MS);
    return () => clearTimeout(soon);
  }, [event, reload]);
}

const PROGRESS_MS = 3_000;

function onSale({ onSaleAt, timezone }: Managed): string {
  return Date.parse(onSaleAt) <= Date.now() ? 'at once' : `on ${dateAndTime(onSaleAt, timezone)}`;
}

function Told({ outcome }: { outcome: Outcome }) {
  if (!outcome) return null;
  return 'refusal' in outcome ? <Refused refusal={outcome.refusal} /> : <Failure failed={outcome.failed} />;
}

async function publishing(eventId: string): Promise<Refusal | null> {
  const { publishEvent } = await request(PublishEvent, { eventId });
  return publishEvent.__typename === 'Event' ? null : publishEvent;
}

async function cancelling(eventId: string, reason: string): Promise<Refusal | null> {
  const { cancelEvent } = await request(CancelEvent, { input: { eventId, reason: reason.trim() || null } });
  return cancelEvent.__typename === 'Event' ? null : cancelEvent;
}

async function deleting(eventId: string): Promise<Refusal | null> {
  const { deleteEvent } = await request(DeleteEvent, { eventId });
  return deleteEvent.__typename === 'EventDeleted' ? null : deleteEvent;
}
