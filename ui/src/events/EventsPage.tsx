/** What is on: the first page that anybody sees. */

import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Action } from '../parts/Action';
import { announce } from '../parts/announce';
import { Failure } from '../parts/Notice';
import { Page } from '../parts/Page';
import { useReconnected } from '../parts/useReconnected';
import { Chips } from './Chips';
import { Cards, CardsToCome } from './EventCard';
import { FilterBar } from './FilterBar';
import { addressOf, type Change, type Filters, filtersOf, NO_FILTERS } from './filters';
import { House } from './House';
import { useListing } from './listing';
import './events.css';

export default function EventsPage() {
  const { query, route } = useLocation();
  const filters = filtersOf(query);
  const { pages, total, choices, failed, isLoading, hasMore, showMore, retry, reload } = useListing(filters);
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const change = (to: Change, isTyping = false) => route(addressOf({ ...filtersNow(), ...to }), isTyping);
  const drop = (to: Change) => {
    change(to);
    heading.current?.focus(); // the button that was pressed is gone
  };
  useResultsAnnounced(total, isLoading);
  useReconnected(reload);
  useFocusOnNew(list, pages.length);
  const isEmpty = total === 0 && !isLoading;

  return (
    <Page title="What is on" heading="Choose your seat on a live map." width="wide">
      <p class="hero-words">
        What others take, you see at once. What you choose is held for you while you pay, and your phone is the ticket.
      </p>
      <House />
      <section class="stack results" aria-labelledby="results">
        <FilterBar filters={filters} choices={choices} change={change} />
        <h2 id="results" ref={heading} tabIndex={-1}>
          {total === null ? 'What is on' : `${total.toLocaleString()} ${total === 1 ? 'event' : 'events'} to come`}
        </h2>
        <Chips filters={filters} choices={choices} change={drop} />
        {failed && <Failure failed={failed} retry={retry} />}
        {isEmpty && <Nothing isFiltered={addressOf({ ...filters, order: '' }) !== '/'} clear={() => drop(NO_FILTERS)} />}
        <ul class="events" ref={list} aria-busy={isLoading}>
          {pages.map((events) => (
            <Cards key={events[0]?.id} events={events} />
          ))}
          {total === null && !failed && <CardsToCome />}
        </ul>
        {hasMore && (
          <div class="row show-more">
            <Action look="usual" act={showMore} busy="Fetching more …">
              Show more
            </Action>
          </div>
        )}
      </section>
    </Page>
  );
}

/** By the address itself: two fields may be done with before the page is rendered again. */
function filtersNow(): Filters {
  return filtersOf(Object.fromEntries(new URLSearchParams(location.search)));
}

function Nothing({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  return (
    <div class="card stack nothing">
      <p>
        <strong>{isFiltered ? 'Nothing that is on fits all of this.' : 'Nothing is on yet.'}</strong>
      </p>
      {isFiltered ? (
        <div class="row">
          <button type="button" class="button" onClick={clear}>
            Show all events
          </button>
        </div>
      ) : (
        <p class="quiet">Come back soon: events appear here once they are published.</p>
      )}
    </div>
  );
}

/** Says how many there are whenever that was asked for again; not at first, where the page itself is read. */
function useResultsAnnounced(total: number | null, isLoading: boolean): void {
  const isFirst = useRef(true);
  useEffect(() => {
    if (isLoading || total === null) return;
    if (!isFirst.current) announce(total === 1 ? '1 event fits' : `${total} events fit`);
    isFirst.current = false;
  }, [total, isLoading]);
}

/** Puts whoever asked for more at the first card of it. */
function useFocusOnNew(list: preact.RefObject<HTMLUListElement | null>, pageCount: number): void {
  const before = useRef({ pages: 0, cards: 0 });
  useEffect(() => {
    const links = list.current?.querySelectorAll<HTMLAnchorElement>('.event-link') ?? [];
    if (pageCount > before.current.pages && before.current.pages > 0) links[before.current.cards]?.focus();
    before.current = { pages: pageCount, cards: links.length };
  });
}
