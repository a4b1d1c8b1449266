/** Waiting for places that cannot be had now: joining, one's turn, and the offer when it has come. */

import { useEffect, useId, useState } from 'preact/hooks';
import { request } from '../api/client';
import { watch } from '../api/live';
import { Countdown } from '../booking/Countdown';
import { PlaceList } from '../booking/PlaceList';
import { type Booking, placesInWords } from '../booking/parts';
import type { Tier } from '../map/types';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Notice } from '../parts/Notice';
import { useAct } from '../parts/useAct';
import { JoinForm } from './JoinForm';
import type { Entry } from './queries';
import { AcceptOffer, DeclineOffer, LeaveWaitlist, WaitlistPosition } from './waiting';
import '../booking/booking.css';

export interface WaitlistProps {
  eventId: string;
  /** The caller's, as it was found. */
  found: Entry | null;
  isSoldOut: boolean;
  tiers: readonly Tier[];
  most: number;
  /** An offer was taken up. */
  accepted: (booking: Booking) => void;
  /** The caller waits now, or took the offer up elsewhere: look again. */
  reload: () => void;
}

const SKIPPED: Record<NonNullable<Entry['skipReason']>, string> = {
  NOT_ENOUGH_PLACES: 'fewer places had become free than you want',
  NOT_TOGETHER: 'those that had become free were not side by side',
  TICKET_LIMIT: 'you would have had more places than one person may',
};

const TITLE: Partial<Record<Entry['status'], string>> = { WAITING: 'You are in the waitlist', OFFERED: 'Places for you!' };

const ENDED: Partial<Record<Entry['status'], string>> = {
  DECLINED: 'You passed the offer on. You can join again.',
  EXPIRED: 'Your offer was not taken in time, and went on to the next. You can join again.',
  LEFT: 'You left the waitlist.',
};

export default function Waitlist({ eventId, found, isSoldOut, tiers, most, accepted, reload }: WaitlistProps) {
  const [entry, setEntry] = useFollowedEntry(eventId, found);
  const id = useId();
  const status = entry?.status;
  const ended = status && ENDED[status];
  useEffect(() => {
    if (status === 'ACCEPTED') reload();
  }, [status, reload]);
  return (
    <section class="card stack waitlist" aria-labelledby={id} id="waitlist" data-testid="waitlist">
      <h2 id={id}>{(status && TITLE[status]) ?? (isSoldOut ? 'Sold out' : 'Waitlist')}</h2>
      {entry?.status === 'WAITING' && <Waiting entry={entry} told={setEntry} />}
      {entry?.status === 'OFFERED' && <Offer entry={entry} told={setEntry} accepted={accepted} />}
      {entry?.status === 'ACCEPTED' && <p>You took your offer up.</p>}
      {ended && <Notice look="plain">{ended}</Notice>}
      {(entry === null || ended) && <JoinForm eventId={eventId} tiers={tiers} most={most} joined={setEntry} reload={reload} />}
    </section>
  );
}

/** An entry, and what becomes of it; its turn is announced. */
function useFollowedEntry(eventId: string, found: Entry | null): [Entry | null, (newer: Entry) => void] {
  const [entry, setEntry] = useState(found);
  useEffect(() => {
    if (found) setEntry(found);
  }, [found]);
  const isActive = entry?.status === 'WAITING' || entry?.status === 'OFFERED';
  useEffect(() => {
    if (!isActive) return;
    return watch(WaitlistPosition, () => ({ eventId }), { next: ({ waitlistPosition }) => setEntry(waitlistPosition) }, 'caller');
  }, [eventId, isActive]);
  const status = entry?.status;
  useEffect(() => {
    if (status === 'OFFERED') announce('Your turn has come: places are held for you. Accept or decline the offer.', true);
  }, [status]);
  return [entry, setEntry];
}

function Waiting({ entry, told }: { entry: Entry; told: (newer: Entry) => void }) {
  const { act, problem } = useAct();
  const leave = () =>
    act(async () => {
      const { leaveWaitlist } = await request(LeaveWaitlist, { entryId: entry.id });
      if (leaveWaitlist.__typename !== 'WaitlistEntry') return leaveWaitlist;
      told(leaveWaitlist);
      return null;
    });
  return (
    <>
      <p class="waitlist-turn" data-testid="waitlist-position">
        {entry.position === 1 ? 'You are next' : `You are number ${entry.position}`}
      </p>
      <p>
        You wait for {placesInWords(entry.quantity)}
        {entry.tier && (
          <>
            {' of '}
            <bdi>{entry.tier.name}</bdi>
          </>
        )}
        {entry.together && entry.quantity > 1 && ', side by side'}. {waitInWords(entry.estimatedWaitMinutes)}
      </p>
      {entry.skipReason && <p class="small quiet">Somebody behind you was served first: {SKIPPED[entry.skipReason]}.</p>}
      <p class="small quiet">
        {entry.notifyEmail || entry.notifySms
          ? `You are told by ${[entry.notifyEmail && 'e-mail', entry.notifySms && 'SMS'].filter(Boolean).join(' and ')} when your turn has come.`
          : 'You are not told of your turn but on this page.'}
      </p>
      {problem}
      <Action look="usual" act={leave} busy="Leaving …">
        Leave the waitlist
      </Action>
    </>
  );
}

function Offer({ entry, told, accepted }: { entry: Entry; told: (newer: Entry) => void; accepted: (booking: Booking) => void }) {
  const { act, problem } = useAct();
  const accept = () =>
    act(async () => {
      const { acceptOffer } = await request(AcceptOffer, { entryId: entry.id });
      if (acceptOffer.__typename !== 'Booking') return acceptOffer;
      accepted(acceptOffer);
      return null;
    });
  const decline = () =>
    act(async () => {
      const { declineOffer } = await request(DeclineOffer, { entryId: entry.id });
      if (declineOffer.__typename !== 'WaitlistEntry') return declineOffer;
      told(declineOffer);
      return null;
    });
  return (
    <>
      <p>Your turn has come. Accept to pay for them in peace, or pass them on to the next.</p>
      {entry.offer && <PlaceList booking={entry.offer} />}
      {entry.offer && entry.offerExpiresAt && <Countdown from={entry.offer.createdAt} until={entry.offerExpiresAt} />}
      {problem}
      <div class="row">
        <Action act={accept} busy="Accepting …">
          Accept the offer
        </Action>
        <Action look="usual" act={decline} busy="Passing on …">
          Decline
        </Action>
      </div>
    </>
  );
}

function waitInWords(minutes: number | null): string {
  if (minutes === null) return 'How long that takes, nobody can say yet.';
  if (minutes < 60) return `That may take about ${Math.max(1, minutes)} min.`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `That may take about ${hours} h.` : `That may take about ${Math.round(hours / 24)} days.`;
}
