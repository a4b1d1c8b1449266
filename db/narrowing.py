"""Narrowing: what a list of events is filtered and ordered by, and what of it a caller may see."""

from typing import Any

from domain.callers import Caller
from domain.catalogue import SEARCH_MOST, EventFilter, EventOrderBy
from domain.events import EventPhase
from domain.inventory import EventStatus

# What a list of events is narrowed and ordered by: a word of SQL each, in which {} stands for the number of a parameter. What people type
# is never in them.
VISIBLE_TO_ALL = "event.status = ANY ({}::smallint[])"
VISIBLE_TO_MEMBERS = "(event.status = ANY ({}::smallint[]) OR event.organization_id = ANY ({}::bigint[]))"
STATUS = "event.status = {}::smallint"
VENUE = "event.venue_id = {}::bigint"
CATEGORY = "event.category_id = {}::bigint"
ORGANIZATION = "event.organization_id = {}::bigint"
STARTS_FROM = "event.starts_at >= {}::timestamptz"
STARTS_BEFORE = "event.starts_at < {}::timestamptz"
CITY = "event.venue_id IN (SELECT venue_id FROM venue WHERE lower(city) = lower({}::text))"
SEARCH = "event.search @@ websearch_to_tsquery('simple', {}::text)"
CURRENCY = "event.currency = {}::text"
PRICE_LEAST = "event.max_price_minor >= {}::bigint"
PRICE_MOST = "event.min_price_minor <= {}::bigint"
AVAILABLE = "event.event_id IN (SELECT tier.event_id FROM tier WHERE tier.available > 0)"
PHASES = {
    EventPhase.UPCOMING: "event.starts_at > now()",
    EventPhase.ONGOING: "event.starts_at <= now() AND event.ends_at > now()",
    EventPhase.COMPLETED: "event.ends_at <= now()",
}
BEHIND = {
    (EventOrderBy.START, False): "(event.starts_at, event.event_id) > ({}::timestamptz, {}::bigint)",
    (EventOrderBy.START, True): "(event.starts_at, event.event_id) < ({}::timestamptz, {}::bigint)",
    (EventOrderBy.NAME, False): "(lower(event.name), event.event_id) > ({}::text, {}::bigint)",
    (EventOrderBy.NAME, True): "(lower(event.name), event.event_id) < ({}::text, {}::bigint)",
    (EventOrderBy.PRICE, False): "(event.min_price_minor, event.event_id) > ({}::bigint, {}::bigint)",
    (EventOrderBy.PRICE, True): "(event.min_price_minor, event.event_id) < ({}::bigint, {}::bigint)",
}
ORDERS = {
    (EventOrderBy.START, False): "ORDER BY event.starts_at, event.event_id LIMIT {}::int",
    (EventOrderBy.START, True): "ORDER BY event.starts_at DESC, event.event_id DESC LIMIT {}::int",
    (EventOrderBy.NAME, False): "ORDER BY lower(event.name), event.event_id LIMIT {}::int",
    (EventOrderBy.NAME, True): "ORDER BY lower(event.name) DESC, event.event_id DESC LIMIT {}::int",
    (EventOrderBy.PRICE, False): "ORDER BY event.min_price_minor, event.event_id LIMIT {}::int",
    (EventOrderBy.PRICE, True): "ORDER BY event.min_price_minor DESC, event.event_id DESC LIMIT {}::int",
}
SORT_COLUMNS = {EventOrderBy.START: "starts_at", EventOrderBy.NAME: "name_key", EventOrderBy.PRICE: "min_price_minor"}


class Narrowed:
    """A statement with the conditions it is narrowed by, and their arguments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.arguments: list[Any] = []
        self._joint = "WHERE"

    def where(self, condition: str, *arguments: Any) -> None:
        """Narrow it by one of the conditions above."""
        self._add(self._joint, condition, arguments)
        self._joint = "AND"

    def ending(self, end: str, *arguments: Any) -> None:
        """End it with one of the orders above."""
        self._add("", end, arguments)

    def _add(self, joint: str, words: str, arguments: tuple[Any, ...]) -> None:
        first = len(self.arguments) + 1
        numbers = (f"${number}" for number in range(first, first + len(arguments)))
        self.text = f"{self.text} {joint} {words.format(*numbers)}"
        self.arguments.extend(arguments)


def narrowed(text: str, caller: Caller | None, filter: EventFilter) -> Narrowed:
    """A statement about events, narrowed to what a caller may see and asks for."""
    asked = Narrowed(text)
    see(asked, caller, filter.status)
    plain = (
        (STATUS, filter.status),
        (VENUE, filter.venue_id),
        (CATEGORY, filter.category_id),
        (ORGANIZATION, filter.organization_id),
        (STARTS_FROM, filter.starts_from),
        (STARTS_BEFORE, filter.starts_before),
        (CITY, sayable(filter.city)),
        (SEARCH, searched(filter.search)),
        (CURRENCY, filter.prices and sayable(filter.prices.currency)),
        (PRICE_LEAST, filter.prices and filter.prices.least_minor),
        (PRICE_MOST, filter.prices and filter.prices.most_minor),
    )
    for condition, value in plain:
        if value is not None:
            asked.where(condition, value)
    if filter.phase is not None:
        asked.where(PHASES[filter.phase])
    if filter.only_available:
        asked.where(AVAILABLE)
    return asked


def see(asked: Narrowed, caller: Caller | None, status: EventStatus | None) -> None:
    """Narrow to what is public, and what the caller runs; cancelled events are public to those who ask for them."""
    if caller is not None and caller.is_admin:
        return
    public = [EventStatus.PUBLISHED] if status is None else [EventStatus.PUBLISHED, EventStatus.CANCELLED]
    if caller is not None and caller.organizations:
        asked.where(VISIBLE_TO_MEMBERS, public, sorted(caller.organizations))
    else:
        asked.where(VISIBLE_TO_ALL, public)


def sayable(text: str | None) -> str | None:
    """A text as the database can hold one: what nobody can have stored is replaced, so that it finds nothing."""
    return text and text.replace("\0", "\ufffd").encode(errors="replace").decode()


def searched(text: str | None) -> str | None:
    """What to search for; None for a blank text, which does not narrow."""
    return sayable((text or "")[:SEARCH_MOST].strip()) or None
