"""Rows as the box office's statements bring them, and the entities they stand for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from domain.bookings import (
    Booking,
    BookingStatus,
    IdempotencyKey,
    Line,
    Payment,
    PaymentStatus,
    Receipt,
    Refund,
    RefundStatus,
    Ticket,
    TicketStatus,
)
from domain.cancellation import CancellationPolicy
from domain.errands import Errand, ErrandKind
from domain.ids import BookingId, EntryId, EventId, PaymentId, RefundId, TicketId, UserId
from domain.inventory import Seat
from domain.money import Money
from domain.places import Counts, PlaceStatus, Tier, TierKind
from domain.waitlist import EntryStatus, SkipReason, WaitlistEntry


def listed(json: str | None) -> list[Any]:
    """The rows of a JSON list; none where the database had none to list."""
    return orjson.loads(json) if json is not None else []


def instant(text: str | None) -> datetime | None:
    """An instant as PostgreSQL writes it in JSON."""
    return datetime.fromisoformat(text) if text is not None else None


def sure(text: str) -> datetime:
    """An instant that is always there."""
    return datetime.fromisoformat(text)


def tier_of(row: Sequence[Any]) -> Tier:
    """A tier from (tier_no, name, kind, price_minor, available, held, booked, blocked)."""
    tier_no, name, kind, price_minor, *counts = row
    return Tier(tier_no, name, TierKind(kind), price_minor, Counts(*counts))


def seats_of(rows: Iterable[Sequence[Any]]) -> dict[int, Seat]:
    """Seats from (seat_no, status, booking_id)."""
    return {seat_no: Seat(PlaceStatus(status), booking_no) for seat_no, status, booking_no in rows}


def policy_of(steps: str | None) -> CancellationPolicy | None:
    """A cancellation policy from the JSON of its steps; None where it is the house's."""
    return CancellationPolicy.of(orjson.loads(steps)) if steps is not None else None


def lines_of(rows: Iterable[Sequence[Any]]) -> tuple[Line, ...]:
    """A booking's lines from [tier_no, quantity, price_minor, [seat_no, …]]."""
    return tuple(Line(tier_no, quantity, price_minor, tuple(seats)) for tier_no, quantity, price_minor, seats in rows)


def lines_json(booking: Booking) -> list[Any]:
    """A booking's lines as they are stored."""
    return [[line.tier_no, line.quantity, line.price_minor, line.seats] for line in booking.lines]


def booking_of(event_id: EventId, row: Sequence[Any]) -> Booking:
    """A booking from the columns that `load` lists."""
    (number, user, status, lines, currency, created, expires, extended, confirmed, cancelled, key, fingerprint, refund_steps) = row
    return Booking(
        id=BookingId(event_id, number),
        user_id=UserId(user),
        status=BookingStatus(status),
        lines=lines_of(lines),
        currency=currency,
        created_at=sure(created),
        expires_at=sure(expires),
        extended=extended,
        confirmed_at=instant(confirmed),
        cancelled_at=instant(cancelled),
        idempotency=IdempotencyKey(key, fingerprint) if key is not None else None,
        cancellation=CancellationPolicy.of(refund_steps) if refund_steps is not None else None,
    )


def payment_of(event_id: EventId, row: Sequence[Any]) -> Payment:
    """A payment from the columns that `load` lists."""
    (number, booking, user, minor, currency, gateway, method, status, created, fails, processed, provider_reference, failure) = row
    return Payment(
        id=PaymentId(event_id, number),
        booking_id=BookingId(event_id, booking),
        user_id=UserId(user),
        amount=Money(minor, currency),
        gateway=gateway,
        method=method,
        status=PaymentStatus(status),
        created_at=sure(created),
        fails_booking=fails,
        processed_at=instant(processed),
        provider_reference=provider_reference,
        failure=failure,
    )


def refund_of(event_id: EventId, row: Sequence[Any]) -> Refund:
    """A refund from the columns that `load` lists."""
    number, payment, booking, minor, currency, status, created, processed, provider_reference, failure = row
    return Refund(
        id=RefundId(event_id, number),
        payment_id=PaymentId(event_id, payment),
        booking_id=BookingId(event_id, booking),
        amount=Money(minor, currency),
        status=RefundStatus(status),
        created_at=sure(created),
        processed_at=instant(processed),
        provider_reference=provider_reference,
        failure=failure,
    )


def ticket_of(event_id: EventId, row: Sequence[Any]) -> Ticket:
    """A ticket from the columns that `load` lists."""
    booking, ticket_no, tier_no, seat_no, price_minor, status, holder, issue, checked_in = row
    return Ticket(
        id=TicketId.of(BookingId(event_id, booking), ticket_no),
        tier_no=tier_no,
        seat_no=seat_no,
        price_minor=price_minor,
        status=TicketStatus(status),
        holder_id=UserId(holder) if holder is not None else None,
        issue=issue,
        checked_in_at=instant(checked_in),
    )


def entry_of(event_id: EventId, row: Sequence[Any]) -> WaitlistEntry:
    """An entry of the waitlist from the columns that `load` lists."""
    (number, user, tier_no, quantity, together, status, joined, email, sms, offered, expires, ended, skips, reason) = row
    return WaitlistEntry(
        id=EntryId(event_id, number),
        user_id=UserId(user),
        tier_no=tier_no,
        quantity=quantity,
        together=together,
        status=EntryStatus(status),
        joined_at=sure(joined),
        notify_email=email,
        notify_sms=sms,
        offered_at=instant(offered),
        offer_expires_at=instant(expires),
        ended_at=instant(ended),
        skips=skips,
        skip_reason=SkipReason(reason) if reason is not None else None,
    )


def errand_of(row: Sequence[Any]) -> Errand:
    """An errand from (errand_id, kind, about, after_booking, done_at)."""
    number, kind, about, after_booking, done = row
    return Errand(number, ErrandKind(kind), about, after_booking, instant(done))


def receipt_of(event_id: EventId, row: Sequence[Any]) -> Receipt:
    """A receipt from (user_id, key, fingerprint, booking_id, made)."""
    user, key, fingerprint, booking, made = row
    return Receipt(UserId(user), IdempotencyKey(key, fingerprint), BookingId(event_id, booking), made)
