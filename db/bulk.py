"""Invented data on its way into the tables: by COPY, an event at a time."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson

from db.layouts import write_layout
from db.pool import Connection, Pool, writing
from db.rows import lines_json
from db.statements import statements
from domain.callers import Role
from domain.ids import CategoryId, UserId
from domain.seeds import AlreadyThere, SeededEvent, SeededHouse
from domain.users import User, username_key
from domain.venues import Category, Organization

SQL = statements("bulk")
PATIENCE_SECONDS = 600.0
"""How long one COPY may take."""

COLUMNS = {
    "account": "user_id email email_key username username_key name phone role password_hash created_at",
    "organization": "organization_id name created_at",
    "membership": "organization_id user_id",
    "venue": "venue_id name address city state country postal_code timezone capacity layout_id created_at",
    "layout": "layout_id venue_id seat_count plan created_at",
    "event": "event_id name description category_id organization_id venue_id layout_id status starts_at ends_at on_sale_at off_sale_at "
    "timezone ticket_limit currency min_price_minor max_price_minor capacity created_at cancelled_at cancel_reason",
    "inventory": "event_id version plan_version tier_starts tier_nos",
    "tier": "event_id tier_no name kind price_minor capacity available held booked blocked",
    "claim": "event_id seat_no status booking_id version",
    "booking": "event_id booking_id user_id status quantity lines total_minor currency created_at expires_at extended confirmed_at "
    "cancelled_at",
    "ticket": "event_id booking_id ticket_no tier_no seat_no price_minor status",
    "payment": "event_id payment_id booking_id user_id amount_minor currency gateway method status fails_booking created_at processed_at "
    "provider_reference failure",
    "refund": "event_id refund_id payment_id booking_id amount_minor currency status created_at processed_at provider_reference",
}
"""What is written of each table, in the order in which the functions below give it; the rest is the database's own default."""


class BulkStore:
    """The `SeedStore` on PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def flush(self) -> dict[str, int]:
        """Remove everything but admins and their sessions; answers how many rows of what were removed."""
        async with writing(self._pool) as connection:
            counted = await connection.fetchrow(SQL["counted"], Role.ADMIN, timeout=PATIENCE_SECONDS)
            await connection.execute(SQL["empty"], timeout=PATIENCE_SECONDS)
            await connection.execute(SQL["forget_tokens"], Role.ADMIN, timeout=PATIENCE_SECONDS)
            await connection.execute(SQL["forget_accounts"], Role.ADMIN, timeout=PATIENCE_SECONDS)
        assert counted is not None
        return dict(counted.items())

    async def count_users(self) -> int:
        """How many accounts there are."""
        async with writing(self._pool) as connection:
            count: int = await connection.fetchval(SQL["count_accounts"])
        return count

    async def add_users(self, users: Sequence[User], password_hash: str) -> None:
        """Add accounts that share a password."""
        async with adding(self._pool) as connection:
            await copy(connection, "account", (account_row(user, password_hash) for user in users))

    async def add_organizations(self, organizations: Sequence[tuple[Organization, Sequence[UserId]]]) -> None:
        """Add organizations with their members."""
        async with adding(self._pool) as connection:
            rows = ((organization.organization_id, organization.name, organization.created_at) for organization, _ in organizations)
            await copy(connection, "organization", rows)
            members = ((organization.organization_id, user_id) for organization, found in organizations for user_id in found)
            await copy(connection, "membership", members)

    async def add_houses(self, houses: Sequence[SeededHouse]) -> None:
        """Add venues with their layouts."""
        async with adding(self._pool) as connection:
            await copy(connection, "venue", map(venue_row, houses))
            await copy(connection, "layout", (layout_row(house) for house in houses if house.layout is not None))

    async def add_categories(self, categories: Sequence[Category]) -> list[CategoryId]:
        """Add categories, each unless its slug is taken; answers the ids of those that then have the slugs."""
        slugs = [category.slug for category in categories]
        async with adding(self._pool) as connection:
            ids, names = [category.category_id for category in categories], [category.name for category in categories]
            await connection.execute(SQL["add_categories"], ids, slugs, names)
            found = {row["slug"]: CategoryId(row["category_id"]) for row in await connection.fetch(SQL["categories_by_slug"], slugs)}
        return [found[slug] for slug in slugs]

    async def add_event(self, event: SeededEvent) -> None:
        """Add an event with all that belongs to it, in one transaction: what every node has a copy of comes first."""
        async with adding(self._pool) as connection:
            await copy(connection, "event", [event_row(event)])
            await copy(connection, "inventory", [inventory_row(event)])
            await copy(connection, "tier", tier_rows(event))
            await copy(connection, "claim", claim_rows(event))
            await copy(connection, "booking", booking_rows(event))
            await copy(connection, "ticket", ticket_rows(event))
            await copy(connection, "payment", payment_rows(event))
            await copy(connection, "refund", refund_rows(event))

    async def analyze(self) -> None:
        """Let the planner learn what the tables now hold."""
        async with writing(self._pool) as connection:
            await connection.execute(SQL["analyze"], timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def adding(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction that raises AlreadyThere where an id or a name is taken."""
    try:
        async with writing(pool) as connection:
            yield connection
    except asyncpg.UniqueViolationError as violation:
        raise AlreadyThere(violation.constraint_name) from violation


async def copy(connection: Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows into a table by COPY."""
    await connection.copy_records_to_table(table, columns=COLUMNS[table].split(), records=rows, timeout=PATIENCE_SECONDS)


def account_row(user: User, password_hash: str) -> tuple[Any, ...]:
    """An account; addresses of invented users are plain, so that the key is the address in lower case."""
    name_key = user.username and username_key(user.username)
    names = (user.email, user.email.lower(), user.username, name_key, user.name)
    return user.user_id, *names, user.phone, user.role, password_hash, user.created_at


def venue_row(house: SeededHouse) -> tuple[Any, ...]:
    """A venue."""
    venue = house.venue
    place = (venue.address, venue.city, venue.state, venue.country, venue.postal_code, venue.timezone)
    return venue.venue_id, venue.name, *place, venue.capacity, venue.layout_id, venue.created_at


def layout_row(house: SeededHouse) -> tuple[Any, ...]:
    """A venue's layout, which must be there."""
    assert house.layout is not None
    venue = house.venue
    return venue.layout_id, venue.venue_id, house.layout.seat_count, write_layout(house.layout), venue.created_at


def event_row(seeded: SeededEvent) -> tuple[Any, ...]:
    """What the catalogue says about an event."""
    event = seeded.event
    belongs = (event.category_id, event.organization_id, event.venue_id, event.layout_id)
    times = (event.starts_at, event.ends_at, event.on_sale_at, event.off_sale_at, event.timezone)
    prices = (event.currency, event.min_price_minor, event.max_price_minor)
    facts = (*belongs, event.status, *times, event.ticket_limit, *prices, event.capacity, event.created_at)
    return event.event_id, event.name, event.description, *facts, seeded.cancelled_at, seeded.cancel_reason


def inventory_row(seeded: SeededEvent) -> tuple[Any, ...]:
    """The head of an event's inventory."""
    starts, tier_nos = (seeded.plan.starts, seeded.plan.tier_nos) if seeded.plan is not None else (None, None)
    return seeded.event.event_id, seeded.version, 1, starts, tier_nos


def tier_rows(seeded: SeededEvent) -> Iterable[tuple[Any, ...]]:
    """An event's tiers with their counts."""
    for tier in seeded.tiers:
        counts = tier.counts
        facts = (tier.tier_no, tier.name, tier.kind, tier.price_minor, counts.total)
        yield seeded.event.event_id, *facts, counts.available, counts.held, counts.booked, counts.blocked


def claim_rows(seeded: SeededEvent) -> Iterable[tuple[Any, ...]]:
    """Who has, or had, which seat."""
    event_id = seeded.event.event_id
    return ((event_id, seat_no, seat.status, seat.booking_no, version) for seat_no, (seat, version) in seeded.seats.items())


def booking_rows(seeded: SeededEvent) -> Iterable[tuple[Any, ...]]:
    """An event's bookings."""
    for booking in seeded.bookings:
        lines, total = orjson.dumps(lines_json(booking)).decode(), booking.total
        facts = (booking.user_id, booking.status, booking.quantity, lines, total.minor, total.currency)
        times = (booking.created_at, booking.expires_at, booking.extended, booking.confirmed_at, booking.cancelled_at)
        yield booking.id.event_id, booking.id.number, *facts, *times


def ticket_rows(seeded: SeededEvent) -> Iterable[tuple[Any, ...]]:
    """The tickets of an event's bookings."""
    for ticket in seeded.tickets:
        owner = ticket.id.booking_id.number
        place = (ticket.tier_no, ticket.seat_no, ticket.price_minor, ticket.status)
        yield ticket.id.event_id, owner, ticket.id.ticket_no, *place


def payment_rows(seeded: SeededEvent) -> Iterable[tuple[Any, ...]]:
    """The charges for an event's bookings."""
    for payment in seeded.payments:
        whose = (payment.booking_id.number, payment.user_id, payment.amount.minor, payment.amount.currency)
        how = (payment.gateway, payment.method, payment.status, payment.fails_booking)
        outcome = (payment.created_at, payment.processed_at, payment.provider_reference, payment.failure)
        yield payment.id.event_id, payment.id.number, *whose, *how, *outcome


def refund_rows(seeded: SeededEvent) -> Iterable[tuple[Any, ...]]:
    """What goes back of them."""
    for refund in seeded.refunds:
        whose = (refund.payment_id.number, refund.booking_id.number, refund.amount.minor, refund.amount.currency)
        outcome = (refund.status, refund.created_at, refund.processed_at, refund.provider_reference)
        yield refund.id.event_id, refund.id.number, *whose, *outcome
