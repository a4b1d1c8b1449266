/** The door: letting people in by the codes on their tickets. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { newKey, request } from '../api/client';
import { asFailed, type Failed } from '../api/failures';
import { graphql, type ResultOf } from '../api/graphql';
import { announce } from '../parts/announce';
import { Failure, Refused } from '../parts/Notice';
import { moment, timeOfDay } from '../parts/times';
import { Camera } from './Camera';
import type { Managed } from './queries';

const Came = graphql(`
  fragment Came on CheckIn {
    checkedInAt
    ticket { id ticketNumber holder { name } place { section row number tier { name } } }
  }
`);

const CheckInByCode = graphql(
  `mutation CheckInByCode($input: CheckInByCodeInput!) {
    answer: checkInByCode(input: $input) {
      __typename
      ...Came
      ... on Refusal { code message }
      ... on AlreadyCheckedIn { checkedInAt }
      ... on TicketNotValid { status superseded }
      ... on EntryCodeInvalid { problem }
    }
  }`,
  [Came],
);

const CheckInTicket = graphql(
  `mutation CheckInTicket($ticketId: ID!, $key: String!) {
    answer: checkIn(ticketId: $ticketId, idempotencyKey: $key) {
      __typename
      ...Came
      ... on Refusal { code message }
      ... on AlreadyCheckedIn { checkedInAt }
      ... on TicketNotValid { status superseded }
    }
  }`,
  [Came],
);

type Answer = ResultOf<typeof CheckInByCode>['answer'] | ResultOf<typeof CheckInTicket>['answer'];

/** One thing that was shown at the door; its key lets it be sent again without letting anybody in twice. */
interface Scan {
  readonly key: string;
  readonly code: string;
  readonly at: string;
  readonly outcome: Answer | Failed | null;
}

const SCANS_MOST = 200;

export function CheckIn({ event }: { event: Managed }) {
  const [scans, setScans] = useState<readonly Scan[]>([]);
  const field = useRef<HTMLInputElement>(null);
  const [latest, ...earlier] = scans;
  useEffect(() => keepReady(field.current), []);

  const settle = (key: string, outcome: Scan['outcome']) =>
    setScans((was) => was.map((scan) => (scan.key === key ? { ...scan, outcome } : scan)));

  const ask = async ({ key, code }: Pick<Scan, 'key' | 'code'>) => {
    settle(key, null);
    try {
      const answer = await answerTo(event.id, code, key);
      settle(key, answer);
      if (answer.__typename === 'CheckIn') announce(`Come in: ${inWords(answer)}.`, true);
    } catch (error) {
      settle(key, asFailed(error));
    }
  };

  /** The field is free at once for the next: scanners do not wait. */
  const scan = (typed: string) => {
    const code = typed.trim();
    if (!code) return;
    const next = { key: newKey(), code, at: new Date().toISOString(), outcome: null };
    setScans((was) => [next, ...was].slice(0, SCANS_MOST));
    void ask(next);
  };

  return (
    <section class="stack" aria-labelledby="check-in-heading">
      <h2 id="check-in-heading">Check in</h2>
      <form
        class="organizer-find"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          scan(field.current?.value ?? '');
          submitted.currentTarget.reset();
          field.current?.focus();
        }}
      >
        <div class="field">
          <label for="entry-code">Entry code or ticket number</label>
          <input
            ref={field}
            id="entry-code"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            enterkeyhint="send"
            aria-describedby="entry-code-hint"
          />
          <span class="hint" id="entry-code-hint">
            Scan the ticket, or type its number and press Enter.
          </span>
        </div>
        <button type="submit" class="button button-main">
          Check in
        </button>
      </form>
      <Camera found={scan} />
      {latest && <Result key={latest.key} scan={latest} event={event} again={() => void ask(latest)} />}
      {earlier.length > 0 && (
        <section class="stack" aria-labelledby="history-heading">
          <h3 id="history-heading">Before that</h3>
          <ol class="ranking" data-testid="check-in-history">
            {earlier.map((scan) => (
              <li key={scan.key} class="row apart">
                <span>
                  <Verdict outcome={scan.outcome} /> {shortly(scan)}
                </span>
                <span class="quiet small">{moment(scan.at)}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </section>
  );
}

/** Scanners type wherever the focus is: the field has it from the beginning, and again for whatever is typed into nothing. */
function keepReady(field: HTMLInputElement | null): () => void {
  field?.focus();
  const catchIt = ({ key, ctrlKey, altKey, metaKey }: KeyboardEvent) => {
    const isText = key.length === 1 && key !== ' ' && !ctrlKey && !altKey && !metaKey;
    if (isText && document.activeElement === document.body) field?.focus();
  };
  addEventListener('keydown', catchIt);
  return () => removeEventListener('keydown', catchIt);
}

/** What became of the last one, to be seen from a step away. */
function Result({ scan, event, again }: { scan: Scan; event: Managed; again: () => void }) {
  const { outcome } = scan;
  if (!outcome) return <p class="card door">Looking …</p>;
  if (outcome instanceof Error) return <Failure failed={outcome} retry={again} />;
  if (outcome.__typename === 'CheckIn') {
    const { holder, ticketNumber } = outcome.ticket;
    return (
      <div class="card door door-open" data-testid="check-in-result">
        <p class="door-verdict">✓ Come in</p>
        <p class="door-who">
          <bdi>{holder?.name ?? 'Holder unknown'}</bdi>
        </p>
        <p>{placeOf(outcome)}</p>
        <p class="quiet code">{ticketNumber}</p>
      </div>
    );
  }
  return (
    <div class="card door door-shut stack" data-testid="check-in-result">
      <p class="door-verdict">✕ {verdictOn(outcome)}</p>
      <Refused refusal={outcome} />
      {outcome.__typename === 'AlreadyCheckedIn' && <p>That was at {timeOfDay(outcome.checkedInAt, event.timezone)} here.</p>}
    </div>
  );
}

function Verdict({ outcome }: { outcome: Scan['outcome'] }) {
  if (!outcome) return <span class="badge">Looking …</span>;
  if (outcome instanceof Error) return <span class="badge badge-warn">No answer</span>;
  return outcome.__typename === 'CheckIn' ? (
    <span class="badge badge-good">✓ Came in</span>
  ) : (
    <span class="badge badge-bad">✕ {verdictOn(outcome)}</span>
  );
}

type Refusing = Exclude<Answer, { __typename: 'CheckIn' }>;

/** The reason in as few words as a door has time for. */
function verdictOn(outcome: Refusing): string {
  switch (outcome.__typename) {
    case 'AlreadyCheckedIn':
      return 'Already used';
    case 'TicketNotValid':
      return outcome.superseded ? 'Handed on' : 'Not valid';
    case 'TicketNotFound':
      return 'No such ticket';
    case 'EntryCodeInvalid':
      return {
        MALFORMED: 'No ticket',
        FORGED: 'Forged',
        EXPIRED: 'Too late',
        OTHER_EVENT: 'Other event',
        UNKNOWN_NUMBER: 'No such ticket',
      }[outcome.problem];
    default:
      return 'Not let in';
  }
}

/** By id where that is what was shown, else by code or number. */
async function answerTo(eventId: string, code: string, key: string): Promise<Answer> {
  if (code.startsWith('tkt_')) return (await request(CheckInTicket, { ticketId: code, key })).answer;
  return (await request(CheckInByCode, { input: { eventId, code, idempotencyKey: key } })).answer;
}

type CameIn = Extract<Answer, { __typename: 'CheckIn' }>;

function placeOf({ ticket: { place } }: CameIn): string {
  const { section, row, number, tier } = place;
  return section ? `${section}, row ${row}, seat ${number} · ${tier.name}` : tier.name;
}

function inWords(came: CameIn): string {
  return `${came.ticket.holder?.name ?? 'holder unknown'}, ${placeOf(came)}`;
}

/** Who it was, or else what was shown. */
function shortly({ code, outcome }: Scan): string {
  if (outcome && '__typename' in outcome && outcome.__typename === 'CheckIn') return inWords(outcome);
  return code.length > 24 ? `${code.slice(0, 24)}…` : code;
}
