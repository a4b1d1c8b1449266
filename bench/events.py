"""Events to sell, made in the database at once, and the commands that sell them, one pair of seats after another."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from db.identifiers import new_number
from db.layouts import Layouts, write_layout
from db.plans import SeatingPlans
from db.pool import Connection
from domain.changes import ChangeSet
from domain.commands import BookSeats
from domain.ids import BookingId, EventId, UserId
from domain.layouts import InvalidLayout, Layout, RowDraft, SectionDraft, parse_layout

ROW_SEATS = 50
PRICE_MINOR = 7500
HALL, CITY, SECTION = "Bench Hall", "London", "Stalls"

MAKE_VENUE = """INSERT INTO venue (venue_id, name, address, city, country, timezone, capacity, created_at)
    VALUES ($1, $4, '1 Bench Street', $5, 'GB', 'Europe/London', $2, $3)"""
MAKE_LAYOUT = "INSERT INTO layout (layout_id, venue_id, seat_count, plan, created_at) VALUES ($1, $2, $3, $4, $5)"
MAKE_EVENTS = """INSERT INTO event (event_id, name, description, venue_id, layout_id, status, starts_at, ends_at, on_sale_at, off_sale_at,
        timezone, ticket_limit, currency, min_price_minor, max_price_minor, capacity, created_at)
    SELECT $1::bigint + n, 'Bench ' || n, '', $3, $4, 1, $5, $6, $7, $5, 'Europe/London', NULL, 'GBP', $9, $9, $8, $7
    FROM generate_series(0, $2::int - 1) AS n"""
MAKE_INVENTORIES = """INSERT INTO inventory (event_id, version, plan_version, tier_starts, tier_nos)
    SELECT $1::bigint + n, 0, 1, ARRAY[0, $3::int], ARRAY[1, 2]::smallint[] FROM generate_series(0, $2::int - 1) AS n"""
MAKE_TIERS = """INSERT INTO tier (event_id, tier_no, name, kind, price_minor, capacity, available, held, booked, blocked)
    SELECT $1::bigint + n, tier_no, 'Tier ' || tier_no, 0, $4::bigint, $3::int, $3::int, 0, 0, 0
    FROM generate_series(0, $2::int - 1) AS n, generate_series(1, 2) AS tier_no"""
SELL_CLAIMS = """INSERT INTO claim (event_id, seat_no, status, booking_id, version)
    SELECT $1::bigint + n, tier * $3::int + seat, 2, 1 + (tier * $3::int + seat) / 2, 1
    FROM generate_series(0, $2::int - 1) AS n, generate_series(0, 1) AS tier, generate_series(0, $4::int - 1) AS seat"""
SELL_BOOKINGS = """INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at,
        expires_at, extended, confirmed_at)
    SELECT $1::bigint + n, 1 + (tier * $3::int + seat) / 2, 1 + (tier * $3::int + seat) / 2, 1, 2,
        jsonb_build_array(jsonb_build_array(tier + 1, 2, $5::bigint, jsonb_build_array(tier * $3::int + seat, tier * $3::int + seat + 1))),
        2 * $5::bigint, 'GBP', $6, $6, false, $6
    FROM generate_series(0, $2::int - 1) AS n, generate_series(0, 1) AS tier, generate_series(0, $4::int - 2, 2) AS seat"""
SELL_TIERS = """UPDATE tier SET available = available - $3::int, booked = booked + $3::int
    WHERE event_id BETWEEN $1::bigint AND $1::bigint + $2::int - 1"""


@dataclass
class Sale:
    """Some events of the same size with numbers in a row, and how many of their pairs of seats were sold.

    Pair number k is in event k mod `count`; within an event pairs come alternately from the first and the second of its two tiers.
    pgbench's scripts count the same way.
    """

    first: EventId
    count: int
    seats: int
    skipped: int = 0
    """Seats at the beginning of each tier that were sold before."""
    sold: int = 0

    @property
    def pairs(self) -> int:
        """How many pairs there are in all."""
        return self.count * (self.seats // 2 - self.skipped)

    @property
    def events(self) -> list[EventId]:
        """All the events."""
        return [EventId(self.first + n) for n in range(self.count)]

    def hold(self) -> BookSeats:
        """The next free pair, for a new user. Raises LookupError where all are sold."""
        if self.sold >= self.pairs:
            raise LookupError("the bench has sold all its seats: make its events larger")
        event_id, turn = EventId(self.first + self.sold % self.count), self.sold // self.count
        seat_no = turn % 2 * (self.seats // 2) + self.skipped + turn // 2 * 2
        self.sold += 1
        return BookSeats(BookingId(event_id, new_number()), UserId(new_number()), (seat_no, seat_no + 1))

    def holds(self) -> Iterator[BookSeats]:
        """All pairs that are left."""
        while self.sold < self.pairs:
            yield self.hold()


async def put_on_sale(connection: Connection, seats: int, count: int = 1, sold_part: float = 0.0) -> Sale:
    """Make `count` events of `seats` numbered seats in two tiers, of which a part is sold to other people already."""
    half, now = seats // 2, datetime.now(UTC)
    skipped = round(half * sold_part) // 2 * 2
    first, venue_id, layout_id = secrets.randbelow(2**61) + 1, new_number(), new_number()
    starts_at, plan = now + timedelta(days=30), write_layout(layout_of(seats))
    async with connection.transaction():
        await connection.execute(MAKE_VENUE, venue_id, seats, now, HALL, CITY)
        await connection.execute(MAKE_LAYOUT, layout_id, venue_id, seats, plan, now)
        times = starts_at, starts_at + timedelta(hours=2), now - timedelta(days=1)
        await connection.execute(MAKE_EVENTS, first, count, venue_id, layout_id, *times, seats, PRICE_MINOR)
        await connection.execute(MAKE_INVENTORIES, first, count, half)
        await connection.execute(MAKE_TIERS, first, count, half, PRICE_MINOR)
        if skipped:
            await connection.execute(SELL_CLAIMS, first, count, half, skipped)
            await connection.execute(SELL_BOOKINGS, first, count, half, skipped, PRICE_MINOR, now)
            await connection.execute(SELL_TIERS, first, count, skipped)
    return Sale(EventId(first), count, seats, skipped)


async def settle_down(url: str) -> None:
    """Let the database do now what it would do in its own time: new statistics and visibility, and a checkpoint."""
    connection = await asyncpg.connect(url)
    try:
        for table in ("claim", "booking", "tier", "inventory", "event"):
            await connection.execute(f"VACUUM ANALYZE {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def layout_of(seats: int) -> Layout:
    """One section of rows of 50."""
    layout = parse_layout([SectionDraft(SECTION, [RowDraft(str(row + 1), ROW_SEATS) for row in range(seats // ROW_SEATS)])])
    assert not isinstance(layout, InvalidLayout), layout
    return layout


def seating_plans() -> SeatingPlans:
    """The plans of the bench's events."""
    return SeatingPlans(Layouts().load)


class Silence:
    """Publishes to nobody."""

    def publish(self, change_set: ChangeSet) -> None:
        """Tell nobody."""
