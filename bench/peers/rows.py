"""The peers' rows: the same events, venues, tiers and seats that Box Office has, in tables of their own."""

from pathlib import Path

import asyncpg

from bench.events import CITY, HALL, PRICE_MINOR, ROW_SEATS, SECTION, Sale
from db.pool import Connection
from domain.ids import EventId

TABLES = Path(__file__).parent / "tables.sql"
SEATS_MOST = 100_000
"""A seat's id is its event's, times this, plus its place in the event: both sides of the wire can tell it."""

MAKE_VENUE = """INSERT INTO venue SELECT coalesce(max(venue_id), 0) + 1, $1, $2 FROM venue RETURNING venue_id"""
MAKE_EVENTS = """INSERT INTO event SELECT $1 + n, $3, 'Bench ' || n, now() + interval '30 days' FROM generate_series(0, $2::int - 1) AS n"""
MAKE_TIERS = """INSERT INTO tier SELECT 2 * event_id + tier, event_id, 'Tier ' || 1 + tier, $3, 0
    FROM event, generate_series(0, 1) AS tier WHERE event_id BETWEEN $1 AND $1 + $2 - 1"""
MAKE_SEATS = """INSERT INTO seat (seat_id, event_id, tier_id, section, row_label, number, price)
    SELECT event_id * $4 + n, event_id, 2 * event_id + 2 * n / $3, $7, 1 + n / $5, 1 + n % $5, $6
    FROM event, generate_series(0, $3::int - 1) AS n WHERE event_id BETWEEN $1 AND $1 + $2 - 1 ORDER BY event_id, n"""
COUNT_TIERS = """UPDATE tier SET available = seats FROM (SELECT tier_id, count(*) AS seats FROM seat GROUP BY tier_id) AS counted
    WHERE tier.tier_id = counted.tier_id AND event_id BETWEEN $1 AND $1 + $2 - 1"""
NAME_EVENTS = "UPDATE event SET name = $2, starts_at = $3 WHERE event_id = $1"
OURS = """SELECT name, starts_at, capacity FROM event WHERE event_id = ANY($1::bigint[]) ORDER BY starts_at, event_id"""


async def make_tables(url: str) -> None:
    """In an empty database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(TABLES.read_text())
    finally:
        await connection.close()


async def put_on_sale(connection: Connection, seats: int, count: int = 1) -> Sale:
    """What `bench.events.put_on_sale` makes, in a peer's tables: one venue with `count` events of `seats` numbered seats in two tiers."""
    async with connection.transaction():
        first = await connection.fetchval("SELECT coalesce(max(event_id), 0) + 1 FROM event")
        venue_id = await connection.fetchval(MAKE_VENUE, HALL, CITY)
        await connection.execute(MAKE_EVENTS, first, count, venue_id)
        await connection.execute(MAKE_TIERS, first, count, PRICE_MINOR)
        await connection.execute(MAKE_SEATS, first, count, seats, SEATS_MOST, ROW_SEATS, PRICE_MINOR, SECTION)
        await connection.execute(COUNT_TIERS, first, count)
    return Sale(EventId(first), count, seats)


async def name_alike(ours: Connection, our_sale: Sale, theirs: Connection, their_sale: Sale) -> None:
    """Let a peer's events be called, and start, as ours do."""
    rows = await ours.fetch(OURS, [int(event_id) for event_id in our_sale.events])
    for event_id, row in zip(their_sale.events, rows, strict=True):
        await theirs.execute(NAME_EVENTS, int(event_id), row["name"], row["starts_at"])


async def settle_down(connection: Connection) -> None:
    """As `bench.events.settle_down`."""
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
