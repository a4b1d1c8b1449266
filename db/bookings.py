"""Reads of bookings, and of what belongs to them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import asyncpg
import orjson

from db.narrowing import Narrowed
from db.pool import Pool, reading
from db.rows import lines_of, policy_of
from db.statements import statements
from domain.booking_reads import BookingSelection, UserStats
from domain.bookings import Booking, BookingStatus, Payment, PaymentStatus, Refund, RefundStatus, Ticket, TicketStatus
from domain.ids import BookingId, EventId, PaymentId, RefundId, TicketId, UserId
from domain.money import Money

SQL = statements("bookings")
Row = asyncpg.Record
T = TypeVar("T")

# What a list of bookings is narrowed by: {} stands for the number of a parameter.
EVENT = "booking.event_id = {}::bigint"
USER = "booking.user_id = {}::bigint"
STATUS = "{}::smallint = CASE WHEN booking.status = 0 AND booking.expires_at <= now() THEN 3 ELSE booking.status END"
CREATED_FROM = "booking.created_at >= {}::timestamptz"
CREATED_BEFORE = "booking.created_at < {}::timestamptz"
NUMBERS = "booking.booking_id BETWEEN {}::bigint AND {}::bigint"
BEHIND = "(booking.created_at, booking.booking_id) < ({}::timestamptz, {}::bigint)"
NEWEST = "ORDER BY booking.created_at DESC, booking.booking_id DESC LIMIT {}::int"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC), 0
"""A place before everything that is listed by time and number."""


class Bookings:
    """Reads bookings as `domain/booking_reads.py` promises."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def _rows(self, name: str, *arguments: Any) -> list[Row]:
        return await self._asked(SQL[name], *arguments)

    async def _asked(self, text: str, *arguments: Any) -> list[Row]:
        found: list[Row] = await reading(self.pool, lambda connection: connection.fetch(text, *arguments))
        return found

    async def now(self) -> datetime:
        """The clock that holds are measured by."""
        moment: datetime = (await self._rows("now"))[0][0]
        return moment

    async def find_many(self, ids: Sequence[BookingId]) -> list[Booking | None]:
        """Bookings by id; None for one that does not exist."""
        found = {booking.id: booking for booking in map(booking_of, await self._rows("find", *keys_of(ids)))}
        return [found.get(booking_id) for booking_id in ids]

    async def bookings(self, selection: BookingSelection, *, most: int, after: tuple[datetime, int] | None = None) -> list[Booking]:
        """At most so many bookings, newest first, after a booking's (created_at, number)."""
        asked = narrowed(SQL["bookings"], selection)
        if after is not None:
            asked.where(BEHIND, *after)
        asked.ending(NEWEST, most)
        return [booking_of(row) for row in await self._asked(asked.text, *asked.arguments)]

    async def count(self, selection: BookingSelection) -> int:
        """How many bookings there are."""
        asked = narrowed(SQL["count_bookings"], selection)
        count: int = (await self._asked(asked.text, *asked.arguments))[0][0]
        return count

    async def stats_of_user(self, user_id: UserId) -> UserStats:
        """What a profile tells."""
        rows = await self._rows("stats_of_user", user_id)
        return UserStats(
            bookings=sum(row["bookings"] for row in rows),
            upcoming_events=sum(row["upcoming"] for row in rows),
            spent=tuple(Money(row["spent_minor"], row["currency"]) for row in rows),
        )

    async def tickets_many(self, ids: Sequence[BookingId]) -> list[list[Ticket]]:
        """Tickets in order, of some bookings."""
        return by_booking(ids, await self._rows("tickets", *keys_of(ids)), ticket_of)

    async def payments_many(self, ids: Sequence[BookingId]) -> list[list[Payment]]:
        """Payments, oldest first, of some bookings."""
        return by_booking(ids, await self._rows("payments", *keys_of(ids)), payment_of)

    async def refunds_many(self, ids: Sequence[BookingId]) -> list[list[Refund]]:
        """Refunds, oldest first, of some bookings."""
        return by_booking(ids, await self._rows("refunds", *keys_of(ids)), refund_of)

    async def payment(self, payment_id: PaymentId) -> Payment | None:
        """A payment by id."""
        rows = await self._rows("payment", payment_id.event_id, payment_id.number)
        return payment_of(rows[0]) if rows else None

    async def open_payments(
        self, older_than_seconds: float, most: int, after: tuple[datetime, int] | None = None
    ) -> list[tuple[Payment, Booking]]:
        """Payments begun so long ago and neither succeeded nor failed, with their bookings; oldest first, after a (created_at, number)."""
        payments = [payment_of(row) for row in await self._rows("open_payments", older_than_seconds, most, *(after or BEGINNING))]
        bookings = await self.find_many([payment.booking_id for payment in payments])
        return [(payment, booking) for payment, booking in zip(payments, bookings, strict=True) if booking is not None]

    async def open_refunds(
        self, older_than_seconds: float, most: int, after: tuple[datetime, int] | None = None
    ) -> list[tuple[Refund, Payment]]:
        """Refunds owed for so long, with the payments they give back; oldest first, after a (created_at, number)."""
        rows = await self._rows("open_refunds", older_than_seconds, most, *(after or BEGINNING))
        return [(refund_of(row), paid_by(row)) for row in rows]


def narrowed(text: str, selection: BookingSelection) -> Narrowed:
    """A statement about bookings, narrowed to what is asked for."""
    asked = Narrowed(text)
    conditions: tuple[tuple[str, Any], ...] = (
        (EVENT, selection.event_id),
        (USER, selection.user_id),
        (STATUS, selection.status),
        (CREATED_FROM, selection.created_from),
        (CREATED_BEFORE, selection.created_before),
    )
    for condition, value in conditions:
        if value is not None:
            asked.where(condition, value)
    if selection.numbers is not None:
        asked.where(NUMBERS, selection.numbers[0], selection.numbers[-1])
    return asked


def keys_of(ids: Sequence[BookingId]) -> tuple[list[int], list[int]]:
    """The events and the numbers of some bookings, as statements take them."""
    return sorted({booking_id.event_id for booking_id in ids}), [booking_id.number for booking_id in ids]


def by_booking(ids: Sequence[BookingId], rows: list[Row], make: Callable[[Row], T]) -> list[list[T]]:
    """What rows stand for, a list a booking, in the order asked."""
    found: dict[BookingId, list[T]] = defaultdict(list)
    for row in rows:
        found[BookingId(EventId(row["event_id"]), row["booking_id"])].append(make(row))
    return [found[booking_id] for booking_id in ids]


def booking_of(row: Row) -> Booking:
    """A booking as `find` and `bookings` bring it."""
    return Booking(
        id=BookingId(EventId(row["event_id"]), row["booking_id"]),
        user_id=UserId(row["user_id"]),
        status=BookingStatus(row["status"]),
        lines=lines_of(orjson.loads(row["lines"])),
        currency=row["currency"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        extended=row["extended"],
        confirmed_at=row["confirmed_at"],
        cancelled_at=row["cancelled_at"],
        cancellation=policy_of(row["refund_steps"]),
    )


def ticket_of(row: Row) -> Ticket:
    """A ticket as `tickets` brings it."""
    booking_id = BookingId(EventId(row["event_id"]), row["booking_id"])
    ticket_id = TicketId.of(booking_id, row["ticket_no"])
    return Ticket(
        ticket_id,
        row["tier_no"],
        row["seat_no"],
        row["price_minor"],
        TicketStatus(row["status"]),
        holder_id=UserId(row["holder_id"]) if row["holder_id"] is not None else None,
        issue=row["issue"],
        checked_in_at=row["checked_in_at"],
    )


def payment_of(row: Row) -> Payment:
    """A payment as `payments` brings it."""
    event_id = EventId(row["event_id"])
    return Payment(
        id=PaymentId(event_id, row["payment_id"]),
        booking_id=BookingId(event_id, row["booking_id"]),
        user_id=UserId(row["user_id"]),
        amount=Money(row["amount_minor"], row["currency"]),
        gateway=row["gateway"],
        method=row["method"],
        status=PaymentStatus(row["status"]),
        created_at=row["created_at"],
        fails_booking=row["fails_booking"],
        processed_at=row["processed_at"],
        provider_reference=row["provider_reference"],
        failure=row["failure"],
    )


def paid_by(row: Row) -> Payment:
    """The payment that an open refund gives back, as `open_refunds` brings it."""
    event_id = EventId(row["event_id"])
    return Payment(
        id=PaymentId(event_id, row["payment_id"]),
        booking_id=BookingId(event_id, row["booking_id"]),
        user_id=UserId(row["user_id"]),
        amount=Money(row["paid_minor"], row["currency"]),
        gateway=row["gateway"],
        method=row["method"],
        status=PaymentStatus.SUCCEEDED,
        created_at=row["paid_at"],
        provider_reference=row["paid_reference"],
    )


def refund_of(row: Row) -> Refund:
    """A refund as `refunds` brings it."""
    event_id = EventId(row["event_id"])
    return Refund(
        id=RefundId(event_id, row["refund_id"]),
        payment_id=PaymentId(event_id, row["payment_id"]),
        booking_id=BookingId(event_id, row["booking_id"]),
        amount=Money(row["amount_minor"], row["currency"]),
        status=RefundStatus(row["status"]),
        created_at=row["created_at"],
        processed_at=row["processed_at"],
        provider_reference=row["provider_reference"],
        failure=row["failure"],
    )
