"""Writes to the catalogue: rare, each one transaction; tables that every node has whole come first in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import asyncpg

from db.catalogue import event_of, organization_of, venue_of
from db.identifiers import new_number
from db.layouts import Layouts, write_layout
from db.pool import Connection, Pool, writing
from db.statements import statements
from domain.changes import ChangeSet
from domain.events import Event, EventChange, EventForm, EventNotEditable, NewEvent, check_change, check_event, phase_of
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, UserId, VenueId
from domain.inventory import EventStatus
from domain.layouts import Layout
from domain.ports import Publisher
from domain.refusals import EventNotFound
from domain.validation import InvalidInput, Problem
from domain.venues import (
    Category,
    CategoryNotFound,
    MemberNotFound,
    NewVenue,
    Organization,
    OrganizationNotFound,
    Venue,
    VenueChange,
    VenueForm,
    VenueNotFound,
    check_category,
    check_organization,
    check_venue,
)

SQL = statements("catalogue")


class PostgresCatalogueWriter:
    """The `CatalogueWriter` of a process."""

    def __init__(self, pool: Pool, layouts: Layouts, publisher: Publisher) -> None:
        self.pool = pool
        self.layouts = layouts
        self.publisher = publisher

    async def create_venue(self, form: VenueForm) -> Venue | InvalidInput:
        """Add a venue, with its layout where one is described."""
        match check_venue(form):
            case InvalidInput() as invalid:
                return invalid
            case NewVenue() as new:
                venue_id, layout_id = VenueId(new_number()), new_layout_id(new)
                async with writing(self.pool) as connection:
                    created_at = await connection.fetchval(SQL["add_venue"], *venue_columns(venue_id, new, layout_id))
                    await add_layout(connection, venue_id, layout_id, new.layout)
                return stored_venue(venue_id, new, layout_id, created_at)

    async def update_venue(self, venue_id: VenueId, change: VenueChange) -> Venue | VenueNotFound | InvalidInput:
        """Change what is not KEEP. A new layout is for events to come: those there are keep theirs."""
        async with writing(self.pool) as connection:
            row = await connection.fetchrow(SQL["lock_venue"], venue_id)
            if row is None:
                return VenueNotFound(venue_id)
            venue = venue_of(row)
            keeps_seats = change.sections is not None and venue.layout_id is not None
            seats_already = await connection.fetchval(SQL["count_seats"], venue.layout_id) if keeps_seats else 0
            match check_venue(change.applied(venue), seats_already):
                case InvalidInput() as invalid:
                    return invalid
                case NewVenue() as new:
                    layout_id = new_layout_id(new) or (venue.layout_id if keeps_seats else None)
                    await connection.execute(SQL["change_venue"], *venue_columns(venue_id, new, layout_id))
                    await add_layout(connection, venue_id, layout_id, new.layout)
                    return stored_venue(venue_id, new, layout_id, venue.created_at)

    async def create_category(self, slug: str, name: str) -> Category | InvalidInput:
        """Add a category; no two have the same slug."""
        checked = check_category(slug, name)
        if isinstance(checked, InvalidInput):
            return checked
        category = Category(CategoryId(new_number()), *checked)
        try:
            async with writing(self.pool) as connection:
                await connection.execute(SQL["add_category"], category.category_id, category.slug, category.name)
        except asyncpg.UniqueViolationError as violation:
            if violation.constraint_name != "category_slug_key":
                raise
            return InvalidInput((Problem("slug", "is another category's"),))
        return category

    async def create_organization(self, name: str) -> Organization | InvalidInput:
        """Add an organization."""
        checked = check_organization(name)
        if isinstance(checked, InvalidInput):
            return checked
        organization_id = OrganizationId(new_number())
        async with writing(self.pool) as connection:
            created_at = await connection.fetchval(SQL["add_organization"], organization_id, checked)
        return Organization(organization_id, checked, created_at)

    async def add_member(self, organization_id: OrganizationId, user_id: UserId) -> Organization | OrganizationNotFound | MemberNotFound:
        """Make a user a member, and an organizer where they were no more than a user; a member stays one."""
        async with writing(self.pool) as connection:
            found = await connection.fetchrow(SQL["organizations_many"], [organization_id])
            if found is None:
                return OrganizationNotFound(organization_id)
            if not await connection.fetchval(SQL["has_account"], user_id):
                return MemberNotFound(user_id)
            await connection.execute(SQL["add_membership"], organization_id, user_id)
            await connection.execute(SQL["make_organizer"], user_id)
        return organization_of(found)

    async def create_event(self, form: EventForm) -> Event | VenueNotFound | CategoryNotFound | OrganizationNotFound | InvalidInput:
        """Add a draft with its tiers and inventory: a few rows, however many seats."""
        event_id = EventId(new_number())
        async with writing(self.pool) as connection:
            venue, layout = None, None
            if form.venue_id is not None:
                row = await connection.fetchrow(SQL["venues_many"], [form.venue_id])
                if row is None:
                    return VenueNotFound(form.venue_id)
                venue = venue_of(row)
                layout = await self.layouts.load(venue.layout_id, connection) if venue.layout_id is not None else None
            facts = await connection.fetchrow(SQL["event_facts"], form.category_id, form.organization_id)
            assert facts is not None
            if form.category_id is not None and not facts["has_category"]:
                return CategoryNotFound(form.category_id)
            if form.organization_id is not None and not facts["has_organization"]:
                return OrganizationNotFound(form.organization_id)
            match check_event(form, venue, layout, facts["now"]):
                case InvalidInput() as invalid:
                    return invalid
                case NewEvent() as new:
                    event = new.as_draft(event_id, form, venue, facts["now"])
                    await add_event(connection, event, new)
                    return event

    async def update_event(
        self, event_id: EventId, change: EventChange
    ) -> Event | EventNotFound | EventNotEditable | CategoryNotFound | InvalidInput:
        """Change what is not KEEP, of an event that is not cancelled, and tell who watches."""
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            match check_change(event_of(row), change):
                case EventNotEditable() | InvalidInput() as refusal:
                    return refusal
                case Event() as event:
                    facts = await connection.fetchrow(SQL["event_facts"], event.category_id, None)
                    assert facts is not None
                    if event.category_id is not None and not facts["has_category"]:
                        return CategoryNotFound(event.category_id)
                    told.append(ChangeSet(event_id, await change_event(connection, event), sale_changed=True))
                    return replace(event, phase=phase_of(event.starts_at, event.ends_at, row["now"]))

    async def publish_event(self, event_id: EventId) -> Event | EventNotFound | EventNotEditable:
        """Put a draft on sale, from its `on_sale_at` on, and tell who watches; a published event stays as it is."""
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            event = event_of(row)
            if event.status is EventStatus.PUBLISHED:
                return event
            if event.status is not EventStatus.DRAFT:
                return EventNotEditable(event_id, event.status)
            event = replace(event, status=EventStatus.PUBLISHED)
            told.append(ChangeSet(event_id, await change_event(connection, event), sale_changed=True))
            return event

    async def delete_event(self, event_id: EventId) -> Event | EventNotFound | EventNotEditable:
        """Forget a draft that never sold anything; answers it as it was."""
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            event = event_of(row)
            if event.status is not EventStatus.DRAFT or await connection.fetchval(SQL["is_booked"], event_id):
                return EventNotEditable(event_id, event.status)
            await connection.execute(SQL["forget_event"], event_id)
            await connection.execute(SQL["forget_claims"], event_id)
            version = await connection.fetchval(SQL["forget_inventory"], event_id)
            told.append(ChangeSet(event_id, version + 1, sale_changed=True))
            return event

    @asynccontextmanager
    async def _telling(self) -> AsyncIterator[tuple[Connection, list[ChangeSet]]]:
        """A transaction, and a list for what is to be published once it is committed."""
        told: list[ChangeSet] = []
        async with writing(self.pool) as connection:
            yield connection, told
        for change_set in told:
            self.publisher.publish(change_set)


def new_layout_id(new: NewVenue) -> LayoutId | None:
    """An id for the layout that a venue comes with."""
    return LayoutId(new_number()) if new.layout is not None else None


async def add_layout(connection: Connection, venue_id: VenueId, layout_id: LayoutId | None, layout: Layout | None) -> None:
    """Keep a new layout, where there is one."""
    if layout is not None:
        await connection.execute(SQL["add_layout"], layout_id, venue_id, layout.seat_count, write_layout(layout))


def venue_columns(venue_id: VenueId, new: NewVenue, layout_id: LayoutId | None) -> tuple[object, ...]:
    """A venue's facts as `add_venue` and `change_venue` take them."""
    place = (new.address, new.city, new.state, new.country, new.postal_code, new.timezone)
    return venue_id, new.name, *place, new.capacity, layout_id


def stored_venue(venue_id: VenueId, new: NewVenue, layout_id: LayoutId | None, created_at: datetime) -> Venue:
    """A venue as it has just been stored."""
    return Venue(
        venue_id=venue_id,
        name=new.name,
        address=new.address,
        city=new.city,
        state=new.state,
        country=new.country,
        postal_code=new.postal_code,
        timezone=new.timezone,
        capacity=new.capacity,
        layout_id=layout_id,
        created_at=created_at,
    )


async def add_event(connection: Connection, event: Event, new: NewEvent) -> None:
    """Keep a new event, its inventory and its tiers."""
    await connection.execute(
        SQL["add_event"],
        event.event_id,
        event.name,
        event.description,
        event.category_id,
        event.organization_id,
        event.venue_id,
        event.layout_id,
        event.starts_at,
        event.ends_at,
        event.on_sale_at,
        event.off_sale_at,
        event.timezone,
        event.ticket_limit,
        event.currency,
        event.min_price_minor,
        event.max_price_minor,
        event.capacity,
        event.created_at,
    )
    starts, tier_nos = (new.plan.starts, new.plan.tier_nos) if new.plan is not None else (None, None)
    await connection.execute(SQL["add_inventory"], event.event_id, starts, tier_nos)
    await connection.execute(
        SQL["add_tiers"],
        event.event_id,
        [tier.tier_no for tier in new.tiers],
        [tier.name for tier in new.tiers],
        [tier.kind for tier in new.tiers],
        [tier.price_minor for tier in new.tiers],
        [tier.counts.available for tier in new.tiers],
    )


async def change_event(connection: Connection, event: Event) -> int:
    """Keep an event's new facts; answers the version its inventory then has."""
    await connection.execute(
        SQL["change_event"],
        event.event_id,
        event.name,
        event.description,
        event.category_id,
        event.status,
        event.starts_at,
        event.ends_at,
        event.on_sale_at,
        event.off_sale_at,
        event.ticket_limit,
    )
    version: int = await connection.fetchval(SQL["raise_version"], event.event_id)
    return version
