/** Changing what an event says of itself. Its venue, its currency and its tiers stay. */

import { useRef, useState } from 'preact/hooks';
import { request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import type { Refusal } from '../api/refusals';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Failure, Notice, Refused } from '../parts/Notice';
import { useQuery } from '../parts/useQuery';
import { changesOf, type Edited, editedOf } from './edited';
import { Categories, type Managed, UpdateEvent } from './queries';
import { RuleFields } from './RuleFields';
import { CategoryField, WhatFields } from './WhatFields';
import { WhenFields } from './WhenFields';
import { TimeZoneField } from './WhereFields';

export function EditEvent({ event, reload }: { event: Managed; reload: () => void }) {
  const { data } = useQuery(Categories, {}, { method: 'GET' });
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState<Partial<Edited>>({});
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [failed, setFailed] = useState<Failed | null>(null);
  const [isSaved, setSaved] = useState(false);
  const was = editedOf(event);
  const now = { ...was, ...typed };
  const changes = changesOf(was, now);
  const isChanged = Object.keys(changes).length > 0;
  const write = (change: Partial<Edited>) => {
    setSaved(false);
    setTyped((before) => ({ ...before, ...change }));
  };

  const save = async () => {
    setRefusal(null);
    setFailed(null);
    try {
      const { updateEvent } = await request(UpdateEvent, { input: { eventId: event.id, ...changes } });
      if (updateEvent.__typename === 'Event') {
        announce('The changes are saved.');
        setSaved(true);
        setTyped({});
        return reload();
      }
      setRefusal(updateEvent);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
    } catch (error) {
      setFailed(asFailed(error));
    }
  };

  return (
    <form ref={form} class="card stack" onSubmit={(submitted) => submitted.preventDefault()} aria-labelledby="edit-heading">
      <h3 id="edit-heading">Edit</h3>
      <WhatFields of={now} write={write} refusal={refusal} />
      <div class="fields">
        <CategoryField of={now} write={write} categories={data?.categories ?? []} />
        <TimeZoneField timezone={now.timezone} write={write} refusal={refusal} />
      </div>
      <WhenFields of={now} write={write} timezone={now.timezone} refusal={refusal} />
      <RuleFields of={now} write={write} isSeated={event.tiers.some(({ kind }) => kind === 'SEATED')} refusal={refusal} />
      {event.status === 'PUBLISHED' && (
        <p class="small quiet">When its start, its end or its time zone changes, all who booked are told.</p>
      )}
      {refusal && <Refused refusal={refusal} />}
      {failed && <Failure failed={failed} retry={() => void save()} />}
      {isSaved && !isChanged && <Notice look="good">The changes are saved.</Notice>}
      <div class="row">
        <Action act={() => (form.current?.reportValidity() ? save() : undefined)} disabled={!isChanged} busy="Saving …">
          Save the changes
        </Action>
        {isChanged && (
          <Action look="plain" act={() => setTyped({})}>
            Undo them
          </Action>
        )}
      </div>
    </form>
  );
}
