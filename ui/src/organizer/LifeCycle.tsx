/** Publishing an event, cancelling it, and deleting a draft. */

import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { request } from '../api/client';
import { graphql } from '../api/graphql';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Dialog } from '../parts/Dialog';
import { TextArea } from '../parts/Field';
import { Notice } from '../parts/Notice';
import { dateAndTime } from '../parts/times';
import { useAct } from '../parts/useAct';
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

interface LifeCycleProps {
  event: Managed;
  reload: () => void;
}

export function LifeCycle({ event, reload }: LifeCycleProps) {
  const [asking, setAsking] = useState<'cancel' | 'delete' | null>(null);
  const { act, problem } = useAct();
  const close = () => setAsking(null);
  useProgress(event, reload);
  const publish = () =>
    act(async () => {
      const { publishEvent } = await request(PublishEvent, { eventId: event.id });
      if (publishEvent.__typename !== 'Event') return publishEvent;
      announce('The event is published.');
      reload();
      return null;
    });

  return (
    <div class="card stack" data-testid="life-cycle">
      <Standing event={event} />
      <div class="row">
        {event.status === 'DRAFT' && (
          <>
            <Action act={publish} busy="Publishing …">
              Publish
            </Action>
            <Action look="danger" act={() => setAsking('delete')}>
              Delete the draft …
            </Action>
          </>
        )}
        {event.status === 'PUBLISHED' && event.phase !== 'COMPLETED' && (
          <Action look="danger" act={() => setAsking('cancel')}>
            Cancel the event …
          </Action>
        )}
      </div>
      {problem}
      {asking === 'cancel' && <Cancelling event={event} reload={reload} close={close} />}
      {asking === 'delete' && <Deleting event={event} close={close} />}
    </div>
  );
}

function Cancelling({ event, reload, close }: LifeCycleProps & { close: () => void }) {
  const [reason, setReason] = useState('');
  const { act, problem } = useAct();
  const cancel = () =>
    act(async () => {
      const { cancelEvent } = await request(CancelEvent, { input: { eventId: event.id, reason: reason.trim() || null } });
      if (cancelEvent.__typename !== 'Event') return cancelEvent;
      announce('The event is cancelled.');
      close();
      reload();
      return null;
    });
  return (
    <Dialog title="Cancel the event?" close={close}>
      <p>
        It goes off sale for good. Every booking ends, all that was paid goes back, and everybody who booked or waits is told. This cannot
        be undone.
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
      {problem}
      <div class="row">
        <Action look="danger" act={cancel} busy="Cancelling …">
          Cancel the event
        </Action>
        <Action look="usual" act={close}>
          Keep it
        </Action>
      </div>
    </Dialog>
  );
}

function Deleting({ event, close }: { event: Managed; close: () => void }) {
  const { route } = useLocation();
  const { act, problem } = useAct();
  const remove = () =>
    act(async () => {
      const { deleteEvent } = await request(DeleteEvent, { eventId: event.id });
      if (deleteEvent.__typename !== 'EventDeleted') return deleteEvent;
      announce('The draft is deleted.');
      close();
      route('/organizer');
      return null;
    });
  return (
    <Dialog title="Delete the draft?" close={close}>
      <p>
        <bdi>{event.name}</bdi> is gone then, with its tiers. This cannot be undone.
      </p>
      {problem}
      <div class="row">
        <Action look="danger" act={remove} busy="Deleting …">
          Delete it
        </Action>
        <Action look="usual" act={close}>
          Keep it
        </Action>
      </div>
    </Dialog>
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
