"""Writes to the catalogue: rare, each one transaction; tables that every node has whole come first in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from db.audit import note, note_change
from db.catalogue import category_of, organization_of, venue_of
from db.event_writes import PostgresEventWriter
from db.identifiers import new_number
from db.layouts import Layouts, write_layout
from db.pool import Connection, Pool, writing
from db.statements import statements
from domain.audit import AuditFact
from domain.ids import CategoryId, LayoutId, OrganizationId, UserId, VenueId
from domain.layouts import Layout
from domain.ports import Publisher
from domain.users import ORGANIZATIONS_MOST
from domain.validation import InvalidInput, Problem
from domain.venues import (
    Category,
    CategoryChange,
    CategoryInUse,
    CategoryNotFound,
    MemberNotFound,
    NewVenue,
    Organization,
    OrganizationNotFound,
    TooManyOrganizations,
    Venue,
    VenueChange,
    VenueForm,
    VenueNotFound,
    check_category,
    check_category_change,
    check_organization,
    check_venue,
)

SQL = statements("catalogue")


class PostgresCatalogueWriter(PostgresEventWriter):
    """The `CatalogueWriter` of a process. `forget` is called when something has changed that readers may remember."""

    def __init__(self, pool: Pool, layouts: Layouts, publisher: Publisher, forget: Callable[[], None] = lambda: None) -> None:
        super().__init__(pool, layouts, publisher)
        self._forget = forget

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Connection]:
        try:
            async with writing(self.pool) as connection:
                yield connection
        finally:  # whatever has come of it
            self._forget()

    async def create_venue(self, form: VenueForm, actor: UserId | None = None) -> Venue | InvalidInput:
        """Add a venue, with its layout where one is described."""
        match check_venue(form):
            case InvalidInput() as invalid:
                return invalid
            case NewVenue() as new:
                venue_id, layout_id = VenueId(new_number()), new_layout_id(new)
                async with writing(self.pool) as connection:
                    created_at = await connection.fetchval(SQL["add_venue"], *venue_columns(venue_id, new, layout_id))
                    await add_layout(connection, venue_id, layout_id, new.layout)
                    venue = stored_venue(venue_id, new, layout_id, created_at)
                    await note_change(connection, actor, "createVenue", venue_id, None, venue)
                return venue

    async def update_venue(
        self, venue_id: VenueId, change: VenueChange, actor: UserId | None = None
    ) -> Venue | VenueNotFound | InvalidInput:
        """Change what is not KEEP. A new layout is for events to come: those there are keep theirs."""
        async with self._changing() as connection:
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
                    changed = stored_venue(venue_id, new, layout_id, venue.created_at)
                    await note_change(connection, actor, "updateVenue", venue_id, venue, changed)
                    return changed

    async def create_category(self, slug: str, name: str, actor: UserId | None = None) -> Category | InvalidInput:
        """Add a category; no two have the same slug."""
        checked = check_category(slug, name)
        if isinstance(checked, InvalidInput):
            return checked
        category = Category(CategoryId(new_number()), *checked)
        try:
            async with writing(self.pool) as connection:
                await connection.execute(SQL["add_category"], category.category_id, category.slug, category.name)
                await note_change(connection, actor, "createCategory", category.category_id, None, category)
        except asyncpg.UniqueViolationError as violation:
            return slug_taken(violation)
        return category

    async def update_category(
        self, category_id: CategoryId, change: CategoryChange, actor: UserId | None = None
    ) -> Category | CategoryNotFound | InvalidInput:
        """Change what is not KEEP."""
        try:
            async with self._changing() as connection:
                row = await connection.fetchrow(SQL["lock_category"], category_id)
                if row is None:
                    return CategoryNotFound(category_id)
                before = category_of(row)
                checked = check_category_change(before, change)
                if isinstance(checked, Category):
                    await connection.execute(SQL["change_category"], category_id, checked.slug, checked.name)
                    await note_change(connection, actor, "updateCategory", category_id, before, checked)
                return checked
        except asyncpg.UniqueViolationError as violation:
            return slug_taken(violation)

    async def delete_category(self, category_id: CategoryId, actor: UserId | None = None) -> Category | CategoryNotFound | CategoryInUse:
        """Forget a category that no event is of; answers it as it was."""
        async with self._changing() as connection:
            row = await connection.fetchrow(SQL["lock_category"], category_id)
            if row is None:
                return CategoryNotFound(category_id)
            if events := await connection.fetchval(SQL["count_events_of_category"], category_id):
                return CategoryInUse(category_id, events)
            await connection.execute(SQL["forget_category"], category_id)
            await note_change(connection, actor, "deleteCategory", category_id, category_of(row), None)
            return category_of(row)

    async def create_organization(self, name: str, actor: UserId | None = None) -> Organization | InvalidInput:
        """Add an organization."""
        checked = check_organization(name)
        if isinstance(checked, InvalidInput):
            return checked
        organization_id = OrganizationId(new_number())
        async with writing(self.pool) as connection:
            created_at = await connection.fetchval(SQL["add_organization"], organization_id, checked)
            organization = Organization(organization_id, checked, created_at)
            await note_change(connection, actor, "createOrganization", organization_id, None, organization)
        return organization

    async def add_member(
        self, organization_id: OrganizationId, user_id: UserId, actor: UserId | None = None
    ) -> Organization | OrganizationNotFound | MemberNotFound | TooManyOrganizations:
        """Make a user a member, and an organizer where they were no more than a user; a member stays one."""
        async with writing(self.pool) as connection:
            found = await connection.fetchrow(SQL["organizations_many"], [organization_id])
            if found is None:
                return OrganizationNotFound(organization_id)
            if not await connection.fetchval(SQL["lock_member"], user_id):
                return MemberNotFound(user_id)
            if await connection.fetchval(SQL["count_other_memberships"], organization_id, user_id) >= ORGANIZATIONS_MOST:
                return TooManyOrganizations(user_id, ORGANIZATIONS_MOST)
            added = await connection.execute(SQL["add_membership"], organization_id, user_id) == "INSERT 0 1"
            await connection.execute(SQL["make_organizer"], user_id)
            if added and actor is not None:
                await note(connection, AuditFact(actor, "addMember", str(organization_id), {"userId": [None, str(user_id)]}))
        return organization_of(found)

    async def remove_member(
        self, organization_id: OrganizationId, user_id: UserId, actor: UserId | None = None
    ) -> Organization | OrganizationNotFound | MemberNotFound:
        """Make a user a member no longer, and an organizer who is a member of nothing else a mere user; who is no member stays none."""
        async with writing(self.pool) as connection:
            found = await connection.fetchrow(SQL["organizations_many"], [organization_id])
            if found is None:
                return OrganizationNotFound(organization_id)
            if not await connection.fetchval(SQL["lock_member"], user_id):
                return MemberNotFound(user_id)
            removed = await connection.execute(SQL["remove_membership"], organization_id, user_id) == "DELETE 1"
            await connection.execute(SQL["make_user"], user_id)
            if removed and actor is not None:
                await note(connection, AuditFact(actor, "removeMember", str(organization_id), {"userId": [str(user_id), None]}))
        return organization_of(found)


def slug_taken(violation: asyncpg.UniqueViolationError) -> InvalidInput:
    """What to answer where a category was to have another's slug; raises any other violation again."""
    if violation.constraint_name != "category_slug_key":
        raise violation
    return InvalidInput((Problem("slug", "is another category's"),))


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
