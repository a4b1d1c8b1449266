"""Notifications that wait to go out, in PostgreSQL: taken on for a while, and what came of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg

from db.notifications import SQL, id_of, milliseconds, notification_of, preferences_of
from db.pool import READ_WAIT_SECONDS, Pool, outages, reading
from domain.delivery import WAITLIST_KINDS, Channel, Due, Outcome, Recipient
from domain.ids import EventId, UserId
from domain.notifications import Notification, Occasion

Row = asyncpg.Record
Wishes = dict[tuple[int, int], tuple[bool, bool]]
"""Whether by e-mail and by SMS, by entry and user of an event's waitlist."""


class PostgresDueNotifications:
    """The `DueNotifications` of a process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _rows(self, name: str, *arguments: Any) -> list[Row]:
        found: list[Row] = await reading(self._pool, lambda connection: connection.fetch(SQL[name], *arguments))
        return found

    async def due_events(self, most: int) -> list[EventId]:
        """Events with notifications that are due."""
        return [EventId(row["event_id"]) for row in await self._rows("due_events", most)]

    async def claim(self, event_id: EventId, most: int, lease: timedelta) -> list[Due]:
        """Take on some of an event's, with all that is needed to write them."""
        async with (
            outages(),
            self._pool.acquire(timeout=READ_WAIT_SECONDS) as connection,
        ):  # not tried again: an attempt would be counted twice
            rows = await connection.fetch(SQL["claim"], event_id, most, milliseconds(lease.total_seconds()))
        if not rows:
            return []
        claimed = {id_of(row): (notification_of(row), row["attempts"], Channel(row["channels"])) for row in rows}
        taken = [notification for notification, _, _ in claimed.values()]
        people = await self._people(taken)
        occasion, wishes = await self._occasion(event_id), await self._wishes(event_id, taken)
        return [
            Due(notification, attempt, sent, recipient_of(notification, people, wishes), occasion, giver_of(notification, people))
            for notification, attempt, sent in claimed.values()
        ]

    async def record(self, event_id: EventId, outcomes: Sequence[Outcome]) -> None:
        """Write down what came of some, in one commit. Safe to repeat."""
        await self._rows(
            "record",
            event_id,
            [outcome.id.number for outcome in outcomes],
            [outcome.attempt for outcome in outcomes],
            [int(outcome.status) for outcome in outcomes],
            [int(outcome.sent) for outcome in outcomes],
            [outcome.attempt if outcome.counts else outcome.attempt - 1 for outcome in outcomes],
            [milliseconds(outcome.again_in.total_seconds()) for outcome in outcomes],
            [outcome.failure for outcome in outcomes],
        )

    async def _people(self, taken: Sequence[Notification]) -> dict[UserId, Recipient]:
        asked = {found.user_id for found in taken} | {found.giver for found in taken if found.giver is not None}
        rows = await self._rows("recipients", sorted(asked))
        return {UserId(row["user_id"]): Recipient(row["name"], row["email"], row["phone"], preferences_of(row)) for row in rows}

    async def _occasion(self, event_id: EventId) -> Occasion | None:
        rows = await self._rows("occasion", event_id)
        return Occasion(rows[0]["name"], rows[0]["starts_at"], rows[0]["timezone"]) if rows else None

    async def _wishes(self, event_id: EventId, taken: Sequence[Notification]) -> Wishes:
        entries = [found.booking_id.number for found in taken if found.kind in WAITLIST_KINDS and found.booking_id is not None]
        rows = await self._rows("wishes", event_id, entries) if entries else []
        return {(row["entry_id"], row["user_id"]): (row["notify_email"], row["notify_sms"]) for row in rows}


def recipient_of(notification: Notification, people: dict[UserId, Recipient], wishes: Wishes) -> Recipient | None:
    """Whom a notification is for. What tells of a waitlist goes the ways they wished for when they joined it."""
    recipient = people.get(notification.user_id)
    if recipient is None or notification.booking_id is None or notification.kind not in WAITLIST_KINDS:
        return recipient
    wished = wishes.get((notification.booking_id.number, notification.user_id))
    if wished is None:
        return recipient
    email, sms = wished
    return replace(recipient, preferences=replace(recipient.preferences, email=email, sms=sms))


def giver_of(notification: Notification, people: dict[UserId, Recipient]) -> str | None:
    """The name of who handed a ticket on."""
    giver = people.get(notification.giver) if notification.giver is not None else None
    return giver.name if giver is not None else None
