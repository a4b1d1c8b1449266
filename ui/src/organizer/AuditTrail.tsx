/** Who changed what about an event, the newest first. */

import { useEffect } from 'preact/hooks';
import { graphql, type ResultOf } from '../api/graphql';
import { moment } from '../parts/times';
import type { Managed } from './queries';
import { ShowMore } from './ShowMore';
import { usePages } from './usePages';

const Audit = graphql(`
  query EventAudit($id: ID!, $after: String) {
    event(id: $id) {
      audit(first: 20, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { node { at action subject facts user { name } } }
      }
    }
  }
`);

type Entry = NonNullable<ResultOf<typeof Audit>['event']>['audit']['edges'][number]['node'];

/** What a mutation did, as one tells it of somebody: `Olga … published it`. */
const DEEDS: Record<string, string> = {
  createEvent: 'drafted it',
  updateEvent: 'changed',
  publishEvent: 'published it',
  cancelEvent: 'cancelled it',
  repriceTier: 'changed the price of a tier',
  updateTier: 'changed a tier',
  blockSeats: 'kept seats off sale',
  unblockSeats: 'put seats back on sale',
  checkIn: 'checked a ticket in',
  checkInByCode: 'checked a ticket in',
};

/** Deeds that say all there is to say. */
const PLAIN = new Set(['createEvent', 'publishEvent']);
/** Facts that are told by how many there are. */
const COUNTED = new Set(['seats']);

const keyOf = (entry: Entry) => `${entry.at} ${entry.action} ${entry.subject}`;

/** Asks again whenever the event was changed. */
export function AuditTrail({ event }: { event: Managed }) {
  const pages = usePages(Audit, { id: event.id }, (result) => result.event?.audit, keyOf);
  const { refresh } = pages;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the event is another object whenever it was asked for again
  useEffect(() => void refresh(), [event, refresh]);
  return (
    <section class="card stack" aria-labelledby="audit-heading">
      <h3 id="audit-heading">Who changed what</h3>
      {pages.nodes?.length === 0 && <p class="quiet">Nothing was changed yet.</p>}
      <ol class="ranking" data-testid="audit">
        {pages.nodes?.map((entry) => (
          <li key={keyOf(entry)} class="row apart">
            <span>
              <strong>
                <bdi>{entry.user.name ?? 'Somebody whose account is gone'}</bdi>
              </strong>{' '}
              {DEEDS[entry.action] ?? entry.action} <span class="quiet small">{factsOf(entry)}</span>
            </span>
            <span class="quiet small">{moment(entry.at)}</span>
          </li>
        ))}
      </ol>
      <ShowMore pages={pages} what="changes" />
    </section>
  );
}

/** `ticketLimit: 4 → 6; 38 seats`. What a deed says by itself is left out. */
function factsOf({ action, facts }: Entry): string {
  if (typeof facts !== 'object' || facts === null || PLAIN.has(action)) return '';
  return Object.entries(facts)
    .map(([name, value]) => (COUNTED.has(name) && Array.isArray(value) ? `${value.length} ${name}` : `${name}: ${changeOf(value)}`))
    .join('; ');
}

/** What was before, and what is after; only what is, where there was nothing. */
function changeOf(value: unknown): string {
  if (!Array.isArray(value) || value.length !== 2) return said(value);
  const [before, after] = value;
  return before === null ? said(after) : `${said(before)} → ${said(after)}`;
}

function said(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '–';
  return INSTANT.test(value) ? moment(value) : value;
}

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;
