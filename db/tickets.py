"""Reads of tickets apart from their bookings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from db.bookings import ticket_of
from db.pool import Pool, reading
from db.statements import statements
from domain.bookings import Ticket
from domain.ids import EventId, TicketId, UserId
from domain.ticket_reads import Attendance, ReceivedTicket

SQL = statements("tickets")


class Tickets:
    """Reads tickets as `domain/ticket_reads.py` promises."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _rows(self, name: str, *arguments: Any) -> list[asyncpg.Record]:
        found: list[asyncpg.Record] = await reading(self._pool, lambda connection: connection.fetch(SQL[name], *arguments))
        return found

    async def received(self, user_id: UserId, *, most: int, after: tuple[datetime, TicketId] | None = None) -> list[ReceivedTicket]:
        """At most so many tickets that were handed on to a user, those for the latest event first, after a (start, ticket)."""
        starts_at, last = after or (None, None)
        behind = (last.event_id, last.booking_id.number, last.ticket_no) if last is not None else (None, None, None)
        rows = await self._rows("received", user_id, most, starts_at, *behind)
        return [ReceivedTicket(ticket_of(row), row["starts_at"]) for row in rows]

    async def count_received(self, user_id: UserId) -> int:
        """How many tickets were handed on to a user and are theirs."""
        count: int = (await self._rows("count_received", user_id))[0][0]
        return count

    async def numbered(self, event_id: EventId, bookings: range, ticket_no: int) -> list[Ticket]:
        """The n-th tickets of an event's bookings whose numbers are in a range: of more than one, two."""
        rows = await self._rows("numbered", event_id, bookings[0], bookings[-1], ticket_no)
        return [ticket_of(row) for row in rows]

    async def attendance_many(self, event_ids: Sequence[EventId]) -> list[Attendance]:
        """Who has come, of those who may, in the order of some events' ids."""
        found = {row["event_id"]: Attendance(row["sold"], row["checked_in"]) for row in await self._rows("attendance", event_ids)}
        return [found.get(event_id, Attendance(0, 0)) for event_id in event_ids]
