"""Reads of the catalogue."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, TypeVar

import asyncpg

from db.gathered import Gathered
from db.layouts import Layouts
from db.narrowing import BEHIND, ORDERS, SORT_COLUMNS, narrowed, sayable
from db.pool import Pool, reading
from db.remembered import Remembered
from db.rows import policy_of
from db.statements import statements
from domain.callers import Caller
from domain.catalogue import EventFilter, EventOrder, Place
from domain.events import CancellationProgress, Event, phase_of
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, VenueId
from domain.inventory import EventStatus
from domain.layouts import Layout
from domain.places import Counts, Tier, TierKind
from domain.venues import Category, Organization, Venue

SQL = statements("catalogue")
Row = asyncpg.Record
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class PostgresCatalogue:
    """The `Catalogue` of a process."""

    def __init__(self, pool: Pool, layouts: Layouts) -> None:
        self.pool = pool
        self.layouts = layouts
        self._venues = Remembered(self._read_venues)
        self._categories = Remembered(self._read_categories)
        self._organizations = Remembered(self._read_organizations)
        self._events = Gathered(self._read_events)
        self._tiers = Gathered(self._read_tiers)
        self._pages: dict[Hashable, Gathered[None, list[tuple[Place, Event]]]] = {}
        """Those being read: who asks for one meanwhile shares its next reading with all who do."""

    def forget(self) -> None:
        """A venue, category or organization was changed here: none is remembered."""
        for remembered in (self._venues, self._categories, self._organizations):
            remembered.forget()

    async def events(
        self, caller: Caller | None, filter: EventFilter, order: EventOrder, *, most: int, after: Place | None = None
    ) -> list[tuple[Place, Event]]:
        """At most so many of the events a caller may see, in order, behind a place in it."""
        key = who(caller), filter, order, most, after
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = Gathered(partial(self._read_page, caller, filter, order, most, after))
        try:
            return (await page.many((None,)))[0]
        finally:
            if page.is_idle and self._pages.get(key) is page:
                del self._pages[key]

    async def count_events(self, caller: Caller | None, filter: EventFilter) -> int:
        """How many events a caller may see."""
        asked = narrowed(SQL["count_events"], caller, filter)
        count: int = (await self._rows(asked.text, *asked.arguments))[0][0]
        return count

    async def events_many(self, ids: Sequence[EventId]) -> list[Event | None]:
        """Events by id."""
        return list(await self._events.many(ids))

    async def cancellations_many(self, ids: Sequence[EventId]) -> list[CancellationProgress | None]:
        """How far the cancelling of some events has come; None for one that is not cancelled."""
        return by_id(ids, await self._rows(SQL["cancellations_many"], ids), "event_id", progress_of)

    async def tiers_many(self, ids: Sequence[EventId]) -> list[tuple[Tier, ...]]:
        """The tiers of some events, with their counts, by number."""
        return list(await self._tiers.many(ids))

    async def venues(self, city: str | None, country: str | None, *, most: int, after: Place | None = None) -> list[tuple[Place, Venue]]:
        """At most so many venues, by name without regard to case, behind a place in that order."""
        key, number = (after.key, after.number) if after is not None else (None, None)
        rows = await self._rows(SQL["venues"], sayable(city), sayable(country), key, number, most)
        return [(Place(row["name_key"], row["venue_id"]), venue_of(row)) for row in rows]

    async def count_venues(self, city: str | None, country: str | None) -> int:
        """How many venues there are."""
        count: int = (await self._rows(SQL["count_venues"], sayable(city), sayable(country)))[0][0]
        return count

    async def venues_many(self, ids: Sequence[VenueId]) -> list[Venue | None]:
        """Venues by id, which may be a second old."""
        return await self._venues.many(ids)

    def venues_at_hand(self, ids: Sequence[VenueId | None]) -> list[Venue | None] | None:
        """Venues by id where all of them are remembered."""
        return self._venues.at_once(ids)

    async def categories(self) -> list[Category]:
        """All categories, by name."""
        return [category_of(row) for row in await self._rows(SQL["categories"])]

    async def categories_many(self, ids: Sequence[CategoryId]) -> list[Category | None]:
        """Categories by id, which may be a second old."""
        return await self._categories.many(ids)

    async def organizations_many(self, ids: Sequence[OrganizationId]) -> list[Organization | None]:
        """Organizations by id, which may be a second old."""
        return await self._organizations.many(ids)

    async def layout(self, layout_id: LayoutId) -> Layout:
        """A layout, which must exist."""
        found: Layout = await reading(self.pool, lambda connection: self.layouts.load(layout_id, connection))
        return found

    async def _read_page(
        self, caller: Caller | None, filter: EventFilter, order: EventOrder, most: int, after: Place | None, _: Sequence[None]
    ) -> list[list[tuple[Place, Event]]]:
        asked = narrowed(SQL["events"], caller, filter)
        by = order.by, order.descending
        if after is not None:
            asked.where(BEHIND[by], after.key, after.number)
        asked.ending(ORDERS[by], most)
        column = SORT_COLUMNS[order.by]
        return [[(Place(row[column], row["event_id"]), event_of(row)) for row in await self._rows(asked.text, *asked.arguments)]]

    async def _read_events(self, ids: Sequence[EventId]) -> list[Event | None]:
        return by_id(ids, await self._rows(SQL["events_many"], ids), "event_id", event_of)

    async def _read_tiers(self, ids: Sequence[EventId]) -> list[tuple[Tier, ...]]:
        found: dict[int, list[Tier]] = {event_id: [] for event_id in ids}
        for row in await self._rows(SQL["tiers_many"], ids):
            found[row[0]].append(tier_of(row))
        return [tuple(found[event_id]) for event_id in ids]

    async def _read_venues(self, ids: Sequence[VenueId]) -> list[Venue | None]:
        return by_id(ids, await self._rows(SQL["venues_many"], ids), "venue_id", venue_of)

    async def _read_categories(self, ids: Sequence[CategoryId]) -> list[Category | None]:
        return by_id(ids, await self._rows(SQL["categories_many"], ids), "category_id", category_of)

    async def _read_organizations(self, ids: Sequence[OrganizationId]) -> list[Organization | None]:
        return by_id(ids, await self._rows(SQL["organizations_many"], ids), "organization_id", organization_of)

    async def _rows(self, text: str, *arguments: Any) -> list[Row]:
        found: list[Row] = await reading(self.pool, lambda connection: connection.fetch(text, *arguments))
        return found


def who(caller: Caller | None) -> Hashable:
    """What of a caller decides which events they see."""
    return caller and (caller.is_admin or caller.organizations)


def by_id(ids: Sequence[K], rows: list[Row], column: str, make: Callable[[Row], T]) -> list[T | None]:
    """What rows stand for, in the order of the ids asked for."""
    found = {row[column]: make(row) for row in rows}
    return [found.get(one) for one in ids]


KINDS = tuple(TierKind)
STATUSES = tuple(EventStatus)


def event_of(row: Row) -> Event:
    """An event from a row of `events`, `events_many` or `lock_event`."""
    category, organization, venue, layout = row["category_id"], row["organization_id"], row["venue_id"], row["layout_id"]
    return Event(
        event_id=EventId(row["event_id"]),
        name=row["name"],
        description=row["description"],
        category_id=category and CategoryId(category),
        organization_id=organization and OrganizationId(organization),
        venue_id=venue and VenueId(venue),
        layout_id=layout and LayoutId(layout),
        status=STATUSES[row["status"]],
        phase=phase_of(row["starts_at"], row["ends_at"], row["now"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        on_sale_at=row["on_sale_at"],
        off_sale_at=row["off_sale_at"],
        timezone=row["timezone"],
        ticket_limit=row["ticket_limit"],
        currency=row["currency"],
        min_price_minor=row["min_price_minor"],
        max_price_minor=row["max_price_minor"],
        capacity=row["capacity"],
        created_at=row["created_at"],
        cancellation=policy_of(row["refund_steps"]),
        avoids_orphans=row["avoids_orphans"],
        cancelled_at=row["cancelled_at"],
        cancel_reason=row["cancel_reason"],
    )


def tier_of(row: Row) -> Tier:
    """A tier from a row of `tiers_many`."""
    _, tier_no, name, kind, price_minor, *counts = row
    return Tier(tier_no, name, KINDS[kind], price_minor, Counts(*counts))


def progress_of(row: Row) -> CancellationProgress:
    """How far the cancelling of an event has come."""
    return CancellationProgress(row["bookings_left"], row["refunds_left"], is_done=row["done_at"] is not None and not row["refunds_left"])


def venue_of(row: Row) -> Venue:
    """A venue from a row that has its columns."""
    return Venue(
        venue_id=VenueId(row["venue_id"]),
        name=row["name"],
        address=row["address"],
        city=row["city"],
        state=row["state"],
        country=row["country"],
        postal_code=row["postal_code"],
        timezone=row["timezone"],
        capacity=row["capacity"],
        layout_id=LayoutId(row["layout_id"]) if row["layout_id"] is not None else None,
        created_at=row["created_at"],
    )


def category_of(row: Row) -> Category:
    """A category from its row."""
    return Category(CategoryId(row["category_id"]), row["slug"], row["name"])


def organization_of(row: Row) -> Organization:
    """An organization from its row."""
    return Organization(OrganizationId(row["organization_id"]), row["name"], row["created_at"])
