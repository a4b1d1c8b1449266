"""Reads of waitlists, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from db.pool import Pool, reading
from db.statements import statements
from domain.ids import EntryId, EventId, UserId
from domain.waitlist import PACE_WINDOW, EntryStatus, Pace, SkipReason, Standing, WaitlistEntry

SQL = statements("waitlist")
Row = asyncpg.Record


class PostgresWaitlist:
    """The `WaitlistReads` of a process, and what its `live/waitlists.py` reads."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _rows(self, name: str, *arguments: Any) -> list[Row]:
        found: list[Row] = await reading(self._pool, lambda connection: connection.fetch(SQL[name], *arguments))
        return found

    async def find_many(self, ids: Sequence[EntryId]) -> list[WaitlistEntry | None]:
        """Entries by id; None for one that does not exist."""
        found = {entry.id: entry for entry in map(entry_of, await self._rows("find", *keys_of(ids)))}
        return [found.get(entry_id) for entry_id in ids]

    async def standings_many(self, ids: Sequence[EntryId]) -> list[Standing | None]:
        """Entries by id with where they stand; None for one that does not exist."""
        rows = await self._rows("standings", *keys_of(ids), int(PACE_WINDOW.total_seconds()))
        found = {standing.entry.id: standing for standing in map(standing_of, rows)}
        return [found.get(entry_id) for entry_id in ids]

    async def active_many(self, asked: Sequence[tuple[UserId, EventId]]) -> list[WaitlistEntry | None]:
        """The one entry with which each user waits, or has an open offer, in an event; None where there is none."""
        users, events = sorted({user_id for user_id, _ in asked}), sorted({event_id for _, event_id in asked})
        found = {(entry.user_id, entry.id.event_id): entry for entry in map(entry_of, await self._rows("active", events, users))}
        return [found.get(pair) for pair in asked]

    async def lengths_many(self, event_ids: Sequence[EventId]) -> list[int]:
        """How many entries of each event wait or have an open offer."""
        counts: dict[int, int] = {row["event_id"]: row["waiting"] for row in await self._rows("lengths", event_ids)}
        return [counts.get(event_id, 0) for event_id in event_ids]

    async def of_user(self, user_id: UserId, *, most: int, after: tuple[datetime, int] | None = None) -> list[WaitlistEntry]:
        """A user's entries, newest first, behind one's (joined_at, number)."""
        return [entry_of(row) for row in await self._rows("of_user", user_id, *(after or (None, None)), most)]

    async def count_of_user(self, user_id: UserId) -> int:
        """How many entries a user has, of all events and states."""
        count: int = (await self._rows("count_of_user", user_id))[0][0]
        return count

    async def of_event(self, event_id: EventId, *, most: int, after: tuple[datetime, int] | None = None) -> list[WaitlistEntry]:
        """The entries of an event that wait or have an open offer, first come first, behind one's (joined_at, number)."""
        return [entry_of(row) for row in await self._rows("of_event", event_id, *(after or (None, None)), most)]


def keys_of(ids: Sequence[EntryId]) -> tuple[list[int], list[int]]:
    """The events and the numbers of some entries, as statements take them."""
    return sorted({entry_id.event_id for entry_id in ids}), [entry_id.number for entry_id in ids]


def entry_of(row: Row) -> WaitlistEntry:
    """An entry as these statements bring it."""
    return WaitlistEntry(
        id=EntryId(EventId(row["event_id"]), row["entry_id"]),
        user_id=UserId(row["user_id"]),
        tier_no=row["tier_no"],
        quantity=row["quantity"],
        together=row["together"],
        status=EntryStatus(row["status"]),
        joined_at=row["joined_at"],
        notify_email=row["notify_email"],
        notify_sms=row["notify_sms"],
        offered_at=row["offered_at"],
        offer_expires_at=row["offer_expires_at"],
        ended_at=row["ended_at"],
        skips=row["skips"],
        skip_reason=SkipReason(row["skip_reason"]) if row["skip_reason"] is not None else None,
    )


def standing_of(row: Row) -> Standing:
    """Where an entry stands, as `standings` brings it."""
    pace = Pace(row["moved_places"], row["moved_over"], row["sales_left"])
    return Standing(entry_of(row), row["ahead"], row["places_ahead"], pace)
