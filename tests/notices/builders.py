"""Rows that these tests need: users, events, and notifications as the box office writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson

from db.identifiers import new_number
from db.pool import Connection, Pool
from domain.delivery import Channel, DeliveryStatus
from domain.ids import BookingId, EventId, NotificationId, UserId
from domain.notifications import NotificationKind

Database: TypeAlias = "Pool | Connection"
STARTS = datetime(2031, 5, 1, 19, 30, tzinfo=UTC)
CONFIRMED = {"quantity": 2, "total_minor": 15000, "currency": "GBP"}


async def a_user(
    database: Database,
    name: str = "Ann Example",
    *,
    email: str | None = None,
    phone: str | None = None,
    by_email: bool = True,
    by_sms: bool = False,
    muted: tuple[NotificationKind, ...] = (),
) -> UserId:
    """A registered user."""
    user_id = UserId(new_number())
    address = email if email is not None else f"{user_id:x}@people.test"
    await database.execute(
        "INSERT INTO account (user_id, email, email_key, name, phone, role, password_hash, created_at, notify_email, notify_sms, "
        "muted_kinds) VALUES ($1, $2, $3, $4, $5, 0, '!', now(), $6, $7, $8)",
        user_id,
        address,
        f"{user_id:x} {address}",
        name,
        phone,
        by_email,
        by_sms,
        list(muted),
    )
    return user_id


async def an_event(database: Database, name: str = "Gala") -> EventId:
    """An event in no venue."""
    event_id = EventId(new_number())
    await database.execute(
        "INSERT INTO event (event_id, name, description, status, starts_at, ends_at, on_sale_at, off_sale_at, timezone, currency, "
        "min_price_minor, max_price_minor, capacity, created_at) "
        "VALUES ($1, $2, '', 1, $3, $4, $3, $3, 'Europe/London', 'GBP', 0, 0, 10, now())",
        event_id,
        name,
        STARTS,
        STARTS + timedelta(hours=2),
    )
    return event_id


async def notify(
    database: Database,
    event_id: EventId,
    user_id: UserId,
    kind: NotificationKind = NotificationKind.BOOKING_CONFIRMED,
    *,
    booking_no: int | None = None,
    ago: timedelta = timedelta(),
    **about: Any,
) -> NotificationId:
    """A notification that is due, as a commit of the box office would write it."""
    written = NotificationId(event_id, new_number())
    await database.execute(
        "INSERT INTO notification (event_id, notification_id, user_id, kind, booking_id, about, created_at, status, channels, attempts, "
        "due_at) VALUES ($1, $2, $3, $4, $5, $6, now() - $7::interval, 0, 0, 0, now() - $7::interval)",
        event_id,
        written.number,
        user_id,
        kind,
        booking_no,
        orjson.dumps(about or CONFIRMED).decode(),
        ago,
    )
    return written


async def state_of(database: Database, notification_id: NotificationId) -> tuple[DeliveryStatus, Channel, int]:
    """How far a notification has come: its state, the ways it went, and how many attempts that took."""
    row = await database.fetchrow(
        "SELECT status, channels, attempts FROM notification WHERE event_id = $1 AND notification_id = $2",
        notification_id.event_id,
        notification_id.number,
    )
    assert row is not None
    return DeliveryStatus(row["status"]), Channel(row["channels"]), row["attempts"]


async def failure_of(database: Database, notification_id: NotificationId) -> str | None:
    """What is written about why it did not go out."""
    found: str | None = await database.fetchval(
        "SELECT failure FROM notification WHERE event_id = $1 AND notification_id = $2", notification_id.event_id, notification_id.number
    )
    return found


def a_booking(event_id: EventId) -> BookingId:
    """The id of some booking."""
    return BookingId(event_id, new_number())
