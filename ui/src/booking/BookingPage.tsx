/** One booking: what it is, what was paid, its tickets, and what can be done with it. */

import { useRef, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { Gate } from '../account/Gate';
import { user } from '../api/session';
import { Failure, Notice } from '../parts/Notice';
import { Page } from '../parts/Page';
import { dateAndTime, moment } from '../parts/times';
import { useQuery } from '../parts/useQuery';
import { CancelDialog, givable } from './CancelDialog';
import Checkout from './Checkout';
import Confirmation from './Confirmation';
import { Money } from './Money';
import { PlaceList } from './PlaceList';
import type { Booking } from './parts';
import { BookingById } from './queries';
import { Tickets } from './Tickets';
import { useBooking } from './useBooking';
import { useKeptFocus } from './useKeptFocus';
import './booking.css';

const STATUS: Record<Booking['status'], { words: string; look: string }> = {
  PENDING: { words: 'Held, not paid yet', look: 'warn' },
  CONFIRMED: { words: 'Confirmed', look: 'good' },
  FAILED: { words: 'Payment failed', look: 'bad' },
  EXPIRED: { words: 'Expired', look: 'bad' },
  CANCELLED: { words: 'Given back', look: 'bad' },
};

export default function BookingPage() {
  const { params } = useRoute();
  const id = params.id ?? '';
  if (user.value) return <Loaded key={`${id} ${user.value.id}`} id={id} />;
  return (
    <Page title="Booking" width="narrow">
      <Gate why="Log in to see this booking.">{null}</Gate>
    </Page>
  );
}

function Loaded({ id }: { id: string }) {
  const { data, failed, reload } = useQuery(BookingById, { id });
  const { booking, told } = useBooking(data?.booking ?? null);
  if (failed && failed.code !== 'VALIDATION_ERROR') {
    return (
      <Page title="Booking">
        <Failure failed={failed} retry={reload} />
      </Page>
    );
  }
  if (failed || data?.booking === null) return <NoSuchBooking />;
  if (!booking) {
    return (
      <Page title="Booking">
        <div class="skeleton booking-skeleton" aria-busy="true" />
      </Page>
    );
  }
  return <Shown booking={booking} isMine={data?.booking?.user?.id === user.value?.id} told={told} />;
}

function NoSuchBooking() {
  return (
    <Page title="No such booking" width="narrow">
      <p>You have no booking at this address. Perhaps it was made with another account.</p>
      <a class="button button-main" href="/bookings">
        My bookings
      </a>
    </Page>
  );
}

function Shown({ booking, isMine, told }: { booking: Booking; isMine: boolean; told: (newer: Booking) => void }) {
  const [wasPending] = useState(booking.status === 'PENDING');
  const isJustBooked = wasPending && booking.status === 'CONFIRMED';
  const { words, look } = STATUS[booking.status];
  const doings = useRef<HTMLDivElement>(null);
  useKeptFocus(doings);
  return (
    <Page title={`Booking ${booking.bookingCode}`}>
      <div class="row">
        <span class={`badge badge-${look}`} data-testid="booking-status">
          {words}
        </span>
        <span class="quiet small">since {moment(booking.cancelledAt ?? booking.confirmedAt ?? booking.createdAt)}</span>
      </div>
      <div class="booking-columns">
        <div class="stack booking-doings" ref={doings} tabIndex={-1}>
          {booking.status === 'PENDING' && isMine && <Checkout booking={booking} told={told} takesFocus={false} />}
          {isJustBooked ? <Confirmation booking={booking} told={told} /> : <Tickets booking={booking} told={told} level="h2" />}
          {booking.status === 'EXPIRED' && <Ended booking={booking}>Its time to pay was over, and the places went back on sale.</Ended>}
          {booking.status === 'FAILED' && <Ended booking={booking}>It could not be paid, and the places went back on sale.</Ended>}
        </div>
        <aside class="stack" aria-label="Summary">
          <Summary booking={booking} />
          <Money booking={booking} />
          {isMine && booking.status === 'CONFIRMED' && <GiveBack booking={booking} told={told} />}
        </aside>
      </div>
    </Page>
  );
}

function Ended({ booking, children }: { booking: Booking; children: string }) {
  return (
    <Notice look="warn">
      <p>{children}</p>
      {booking.event && (
        <a class="button" href={`/events/${booking.event.id}`}>
          Choose again
        </a>
      )}
    </Notice>
  );
}

function Summary({ booking }: { booking: Booking }) {
  const { event } = booking;
  return (
    <section class="card stack" aria-labelledby="what">
      <h2 id="what">{event ? <bdi>{event.name}</bdi> : 'Places'}</h2>
      {event && (
        <p class="quiet">
          {dateAndTime(event.startsAt, event.timezone)}
          {event.venue && (
            <>
              <br />
              <bdi>{event.venue.name}</bdi>, <bdi>{event.venue.city}</bdi>
            </>
          )}
        </p>
      )}
      <PlaceList booking={booking} />
      {event && <a href={`/events/${event.id}`}>To the event and its map</a>}
    </section>
  );
}

function GiveBack({ booking, told }: { booking: Booking; told: (newer: Booking) => void }) {
  const [isAsking, setAsking] = useState(false);
  const { steps, endsAt } = booking.cancellationPolicy;
  return (
    <section class="card stack" aria-labelledby="give-back">
      <h2 id="give-back">Giving places back</h2>
      {steps.length > 0 && (
        <ul class="small">
          {steps.map((step) => (
            <li key={step.until}>
              Until {moment(step.until)}: {step.refundPercent} % of the price
            </li>
          ))}
        </ul>
      )}
      {endsAt && <p class="small quiet">Places can be given back until {moment(endsAt)}.</p>}
      {givable(booking).length > 0 ? (
        <button type="button" class="button" onClick={() => setAsking(true)}>
          Give places back …
        </button>
      ) : (
        <p class="small quiet">There is nothing left to give back.</p>
      )}
      {isAsking && (
        <CancelDialog
          booking={booking}
          close={() => setAsking(false)}
          done={(newer) => {
            told(newer);
            setAsking(false);
          }}
        />
      )}
    </section>
  );
}
