"""Exports, read with a cursor: a part at a time, all of one moment."""

from collections import defaultdict
from collections.abc import AsyncGenerator

import asyncpg

from db.bookings import booking_of
from db.layouts import Layouts
from db.pool import READ_WAIT_SECONDS, Connection, Pool, outages
from db.statements import statements
from domain.bookings import Ticket, TicketStatus
from domain.exports import Buyer, ExportedBooking, ExportedPlace, ExportHead, places_of
from domain.ids import BookingId, EventId, LayoutId, TicketId

SQL = statements("exports")
Row = asyncpg.Record
BOOKINGS_AT_ONCE = 100
"""So many are in memory, with at most 31 places each; their rows are made in a few milliseconds, which is how long others wait for them."""


class PostgresExports:
    """The `BookingExports` of a process. An export keeps a connection of the pool to itself until it ends."""

    def __init__(self, pool: Pool, layouts: Layouts) -> None:
        self.pool = pool
        self.layouts = layouts

    async def bookings(self, event_id: EventId) -> AsyncGenerator[list[ExportedPlace], None]:
        """Every place of every booking of an event, oldest booking first, in parts of bounded size, all of one moment."""
        async with (
            outages(),
            self.pool.acquire(timeout=READ_WAIT_SECONDS) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            head = await self._head(connection, event_id)
            cursor = await connection.cursor(SQL["bookings"], event_id)
            while rows := await cursor.fetch(BOOKINGS_AT_ONCE):
                exported = await self._with_tickets(connection, event_id, rows)
                yield [place for one in exported for place in places_of(head, one)]

    async def _head(self, connection: Connection, event_id: EventId) -> ExportHead:
        layout_id = await connection.fetchval(SQL["head"], event_id)
        tiers = await connection.fetch(SQL["tiers"], event_id)
        layout = await self.layouts.load(LayoutId(layout_id), connection) if layout_id is not None else None
        return ExportHead({row["tier_no"]: row["name"] for row in tiers}, layout)

    async def _with_tickets(self, connection: Connection, event_id: EventId, rows: list[Row]) -> list[ExportedBooking]:
        tickets: dict[int, list[Ticket]] = defaultdict(list)
        for row in await connection.fetch(SQL["tickets"], event_id, [row["booking_id"] for row in rows]):
            tickets[row["booking_id"]].append(ticket_of(row))
        found = await connection.fetch(SQL["buyers"], sorted({row["user_id"] for row in rows}))
        buyers = {row["user_id"]: Buyer(row["name"], row["email"]) for row in found}
        return [ExportedBooking(booking_of(row), tickets[row["booking_id"]], buyers.get(row["user_id"])) for row in rows]


def ticket_of(row: Row) -> Ticket:
    """A ticket as `tickets` brings it."""
    ticket_id = TicketId.of(BookingId(EventId(row["event_id"]), row["booking_id"]), row["ticket_no"])
    status, checked_in_at = TicketStatus(row["status"]), row["checked_in_at"]
    return Ticket(ticket_id, row["tier_no"], row["seat_no"], row["price_minor"], status, checked_in_at=checked_in_at)
