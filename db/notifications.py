"""Users' notifications and how they want to be told, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from db.pool import Pool, reading, writing
from db.statements import statements
from domain.ids import BookingId, EventId, NotificationId, UserId
from domain.notifications import Notification, NotificationKind, Preferences, PreferencesChange, changed_preferences
from domain.users import UserNotFound
from domain.validation import InvalidInput

SQL = statements("notifications")
Row = asyncpg.Record


class PostgresNotifications:
    """The `Notifications` of a process, and what its `live/arrivals.py` reads."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def _rows(self, name: str, *arguments: Any) -> list[Row]:
        found: list[Row] = await reading(self._pool, lambda connection: connection.fetch(SQL[name], *arguments))
        return found

    async def of_user(self, user_id: UserId, *, most: int, after: tuple[datetime, int] | None = None) -> list[Notification]:
        """A user's notifications, newest first, behind one's (created_at, number)."""
        moment, number = after or (None, None)
        return [notification_of(row) for row in await self._rows("of_user", user_id, moment, number, most)]

    async def count_of_user(self, user_id: UserId) -> int:
        """How many notifications a user has."""
        count: int = (await self._rows("count_of_user", user_id))[0][0]
        return count

    async def find_many(self, ids: Sequence[NotificationId]) -> list[Notification | None]:
        """Notifications by id; None for one that does not exist."""
        found = {found.id: found for found in map(notification_of, await self._rows("find", *keys_of(ids)))}
        return [found.get(notification_id) for notification_id in ids]

    async def unread_many(self, user_ids: Sequence[UserId]) -> list[int]:
        """How many notifications each user has not read."""
        counts: dict[int, int] = {row["user_id"]: row["unread"] for row in await self._rows("unread", user_ids)}
        return [counts.get(user_id, 0) for user_id in user_ids]

    async def mark_read(self, user_id: UserId, ids: Sequence[NotificationId]) -> list[Notification]:
        """Mark those that are the user's as read, and answer them, newest first; one that was read stays read since then."""
        async with writing(self._pool) as connection:
            rows = await connection.fetch(SQL["mark_read"], user_id, *keys_of(ids))
        asked = set(ids)
        marked = [notification for row in rows if (notification := notification_of(row)).id in asked]
        return sorted(marked, key=lambda notification: (notification.created_at, notification.id.number), reverse=True)

    async def preferences_many(self, user_ids: Sequence[UserId]) -> list[Preferences]:
        """How each user wants to be told; as everybody at first, where there is none."""
        found = {row["user_id"]: preferences_of(row) for row in await self._rows("preferences", user_ids)}
        return [found.get(user_id, Preferences()) for user_id in user_ids]

    async def change_preferences(self, user_id: UserId, change: PreferencesChange) -> Preferences | InvalidInput | UserNotFound:
        """Change what is not KEEP, as `changed_preferences` allows."""
        async with writing(self._pool) as connection:
            row = await connection.fetchrow(SQL["lock_preferences"], user_id)
            if row is None:
                return UserNotFound(user_id)
            changed = changed_preferences(preferences_of(row), change, row["phone"])
            if isinstance(changed, Preferences):
                muted = sorted(int(kind) for kind in changed.muted)
                await connection.execute(SQL["write_preferences"], user_id, changed.email, changed.sms, muted)
        return changed

    async def arrived(self, user_ids: Sequence[UserId], within_seconds: float) -> list[tuple[UserId, NotificationId]]:
        """Which notifications some users have got within so long."""
        rows = await self._rows("arrived", user_ids, milliseconds(within_seconds))
        return [(UserId(row["user_id"]), id_of(row)) for row in rows]

    async def arrived_at(self, user_id: UserId, within_seconds: float, told: Sequence[NotificationId], most: int) -> list[Notification]:
        """What a user has got within so long and was not told yet, oldest first."""
        numbers = [known.number for known in told]
        return [notification_of(row) for row in await self._rows("arrived_at", user_id, milliseconds(within_seconds), numbers, most)]


def keys_of(ids: Sequence[NotificationId]) -> tuple[list[int], list[int]]:
    """The events and the numbers of some notifications, as statements take them."""
    return sorted({notification_id.event_id for notification_id in ids}), [notification_id.number for notification_id in ids]


def milliseconds(seconds: float) -> int:
    """A time as statements take it."""
    return int(seconds * 1000)


def id_of(row: Row) -> NotificationId:
    """A notification's id."""
    return NotificationId(EventId(row["event_id"]), row["notification_id"])


def notification_of(row: Row) -> Notification:
    """A notification as these statements bring it."""
    event_id, booking_no = EventId(row["event_id"]), row["booking_id"]
    return Notification(
        id=id_of(row),
        user_id=UserId(row["user_id"]),
        kind=NotificationKind(row["kind"]),
        booking_id=BookingId(event_id, booking_no) if booking_no is not None else None,
        about=orjson.loads(row["about"]),
        created_at=row["created_at"],
        read_at=row["read_at"],
    )


def preferences_of(row: Row) -> Preferences:
    """How a user wants to be told; a kind that this version does not know stays out."""
    known = {int(kind) for kind in NotificationKind}
    muted = frozenset(NotificationKind(number) for number in row["muted_kinds"] if number in known)
    return Preferences(row["notify_email"], row["notify_sms"], muted)
