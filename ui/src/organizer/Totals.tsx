/** What was sold in some days, in figures and day by day. */

import { useState } from 'preact/hooks';
import { graphql, type ResultOf } from '../api/graphql';
import { Field, Select } from '../parts/Field';
import { money } from '../parts/money';
import { Failure } from '../parts/Notice';
import { dateAndTime } from '../parts/times';
import { useQuery } from '../parts/useQuery';
import { BarChart } from './BarChart';
import { Figure } from './Figure';
import { dayFromToday, readersTimeZone } from './localTimes';

const Sold = graphql(`
  query Totals($from: Date!, $to: Date!, $organizationId: ID, $timezone: String!) {
    analytics(from: $from, to: $to, organizationId: $organizationId, timezone: $timezone) {
      events bookings tickets cancelledTickets averageUtilization
      revenue { amount currency }
      refunds { amount currency }
      net { amount currency }
      daily { date bookings revenue { amount currency } }
      topEvents(first: 5) { revenue { amount currency } bookings utilization event { id name startsAt timezone } }
    }
  }
`);

type Analytics = ResultOf<typeof Sold>['analytics'];
type Amount = Analytics['revenue'][number];

const SPANS = [7, 30, 90];

export function Totals({ organizationId }: { organizationId: string | null }) {
  const [days, setDays] = useState({ from: dayFromToday(-29), to: dayFromToday(0) });
  const { data, failed, isLoading, reload } = useQuery(Sold, { ...days, organizationId, timezone: readersTimeZone() });
  return (
    <section class="card stack" aria-labelledby="totals-heading">
      <h2 id="totals-heading">Sales</h2>
      <div class="organizer-range">
        <Field
          label="From"
          type="date"
          required
          value={days.from}
          max={days.to}
          onChange={(event) => event.currentTarget.value && setDays({ ...days, from: event.currentTarget.value })}
        />
        <Field
          label="To"
          type="date"
          required
          value={days.to}
          min={days.from}
          onChange={(event) => event.currentTarget.value && setDays({ ...days, to: event.currentTarget.value })}
        />
        <fieldset class="row">
          <legend class="unseen">The last days</legend>
          {SPANS.map((span) => {
            const isShown = days.from === dayFromToday(1 - span) && days.to === dayFromToday(0);
            const show = () => setDays({ from: dayFromToday(1 - span), to: dayFromToday(0) });
            return (
              <button key={span} type="button" class="button" aria-pressed={isShown} onClick={show}>
                {span} days
              </button>
            );
          })}
        </fieldset>
      </div>
      {failed && <Failure failed={failed} retry={reload} />}
      {!data && isLoading && <div class="skeleton organizer-waiting" />}
      {data && (
        <div class="stack" aria-busy={isLoading}>
          <Figures of={data.analytics} />
          <DailyChart of={data.analytics} />
          <TopEvents of={data.analytics} />
        </div>
      )}
    </section>
  );
}

function Figures({ of }: { of: Analytics }) {
  return (
    <dl class="figures">
      <Figure name="Revenue" value={<Amounts of={of.revenue} />} />
      <Figure name="Given back" value={<Amounts of={of.refunds} />} />
      <Figure name="Left of it" value={<Amounts of={of.net} />} />
      <Figure name="Bookings" value={of.bookings.toLocaleString()} />
      <Figure
        name="Tickets"
        value={of.tickets.toLocaleString()}
        hint={of.cancelledTickets ? `${of.cancelledTickets.toLocaleString()} of them given back` : undefined}
      />
      <Figure
        name="Sold of events in these days"
        value={of.averageUtilization === null ? '–' : `${of.averageUtilization.toLocaleString()}%`}
        hint={`${of.events.toLocaleString()} ${of.events === 1 ? 'event' : 'events'}`}
      />
    </dl>
  );
}

/** An amount for each currency, one below the other: they are never added up. */
function Amounts({ of }: { of: readonly Amount[] }) {
  if (!of.length) return <>–</>;
  return (
    <>
      {of.map((amount) => (
        <span key={amount.currency} class="figure-line">
          {money(amount)}
        </span>
      ))}
    </>
  );
}

/** Bookings, or what came in in one currency. */
function DailyChart({ of }: { of: Analytics }) {
  const [chosen, setChosen] = useState('');
  const currency = of.revenue.some((amount) => amount.currency === chosen) ? chosen : null;
  const measure = currency ? `Revenue in ${currency}` : 'Bookings';
  const say = (value: number) => (currency ? money({ amount: String(value), currency }) : value.toLocaleString());
  const bars = of.daily.map((day) => {
    const value = currency ? Number(day.revenue.find((amount) => amount.currency === currency)?.amount ?? 0) : day.bookings;
    return { label: dayOf(day.date), value, text: say(value) };
  });
  return (
    <>
      {of.revenue.length > 0 && (
        <div class="organizer-choice">
          <Select label="Day by day" value={currency ?? ''} onChange={(event) => setChosen(event.currentTarget.value)}>
            <option value="">Bookings</option>
            {of.revenue.map((amount) => (
              <option key={amount.currency} value={amount.currency}>
                Revenue in {amount.currency}
              </option>
            ))}
          </Select>
        </div>
      )}
      <BarChart key={bars.length} title={`${measure} by day`} measure={measure} bars={bars} say={say} />
    </>
  );
}

function TopEvents({ of }: { of: Analytics }) {
  if (!of.topEvents.length) return null;
  return (
    <div class="stack">
      <h3>What earned most</h3>
      <ol class="ranking">
        {of.topEvents.map(({ event, revenue, bookings, utilization }) => (
          <li key={`${event?.id} ${revenue.currency}`} class="row apart">
            <span>
              {event ? (
                <>
                  <a href={`/organizer/events/${event.id}`}>
                    <bdi>{event.name}</bdi>
                  </a>{' '}
                  <span class="quiet small">{dateAndTime(event.startsAt, event.timezone)}</span>
                </>
              ) : (
                'An event that is gone'
              )}
            </span>
            <span class="quiet">
              <strong>{money(revenue)}</strong> · {bookings.toLocaleString()} {bookings === 1 ? 'booking' : 'bookings'}
              {utilization !== null && ` · ${utilization.toLocaleString()}% sold`}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** `Sat, 21 Nov 2026` of `2026-11-21`, in the reader's language. */
function dayOf(date: string): string {
  return DAY.format(new Date(`${date}T00:00Z`));
}

const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
