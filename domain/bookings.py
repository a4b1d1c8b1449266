"""Bookings: the places one user has taken together, and how their state moves.

PENDING (places held until `expires_at`) → CONFIRMED, FAILED, EXPIRED, CANCELLED.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from domain.cancellation import CancellationPolicy
from domain.ids import BookingId, PaymentId, RefundId, TicketId, UserId
from domain.money import Money


class BookingStatus(IntEnum):
    """The states of a booking. The numbers are what the database stores."""

    PENDING = 0
    CONFIRMED = 1
    FAILED = 2
    EXPIRED = 3
    CANCELLED = 4


HOLDING = (BookingStatus.PENDING, BookingStatus.CONFIRMED)
"""The states in which a booking has its places."""


@dataclass(frozen=True, slots=True)
class Line:
    """The places of a booking in one tier, at the price they were taken at; `seats` is empty where places are not numbered."""

    tier_no: int
    quantity: int
    price_minor: int
    seats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's own name for a request, and a fingerprint of what it asked (64 bits of a hash of operation and input)."""

    key: str
    fingerprint: int


@dataclass(frozen=True, slots=True)
class Booking:
    """Places taken together by one user of one event; `lines` are those it has, or had at its end.

    `cancellation` is the policy it was bought under; None stands for the house's. `cancelled_at` is when it, or last a part of it, was
    given back.
    """

    id: BookingId
    user_id: UserId
    status: BookingStatus
    lines: tuple[Line, ...]
    currency: str
    created_at: datetime
    expires_at: datetime
    extended: bool = False
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    idempotency: IdempotencyKey | None = None
    cancellation: CancellationPolicy | None = None

    @property
    def quantity(self) -> int:
        """How many places it counts."""
        return sum(line.quantity for line in self.lines)

    @property
    def seats(self) -> tuple[int, ...]:
        """Its numbered seats."""
        return tuple(seat_no for line in self.lines for seat_no in line.seats)

    @property
    def total(self) -> Money:
        """What it costs."""
        return Money(sum(line.quantity * line.price_minor for line in self.lines), self.currency)


class TicketStatus(IntEnum):
    """Whether a ticket still opens the door. The numbers are what the database stores."""

    VALID = 0
    CANCELLED = 1
    CHECKED_IN = 2


@dataclass(frozen=True, slots=True)
class Ticket:
    """One place's right of entry, made when its booking is confirmed; `seat_no` is None where places are not numbered.

    `holder_id` is who it was handed on to, None as long as it is the buyer's. `issue` rises with each hand-over.
    """

    id: TicketId
    tier_no: int
    seat_no: int | None
    price_minor: int
    status: TicketStatus = TicketStatus.VALID
    holder_id: UserId | None = None
    issue: int = 1
    checked_in_at: datetime | None = None


class PaymentStatus(IntEnum):
    """How far a charge has come. The numbers are what the database stores."""

    PENDING = 0
    SUCCEEDED = 1
    FAILED = 2


class RefundStatus(IntEnum):
    """How far money has come back. The numbers are what the database stores."""

    PENDING = 0
    SUCCEEDED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Payment:
    """One charge for one booking. `method` is the gateway's own token for how to pay; never a card number."""

    id: PaymentId
    booking_id: BookingId
    user_id: UserId
    amount: Money
    gateway: str
    method: str
    status: PaymentStatus
    created_at: datetime
    fails_booking: bool = False
    """Whether a declined charge ends the booking (book and pay in one) or leaves its places held for another try."""
    processed_at: datetime | None = None
    provider_reference: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back for one payment."""

    id: RefundId
    payment_id: PaymentId
    booking_id: BookingId
    amount: Money
    status: RefundStatus
    created_at: datetime
    processed_at: datetime | None = None
    provider_reference: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a command other than booking was carried out under a key, so that the same key is answered and not done again.

    `made` is the number of the payment, refund or ticket it made or changed, or 0.
    """

    user_id: UserId
    idempotency: IdempotencyKey
    booking_id: BookingId
    made: int = 0


def tickets_of(booking: Booking) -> tuple[Ticket, ...]:
    """A ticket for each place of a booking, numbered from 1 in the order of its lines."""
    places = [(line.tier_no, seat_no, line.price_minor) for line in booking.lines for seat_no in (line.seats or (None,) * line.quantity)]
    return tuple(Ticket(TicketId.of(booking.id, n), *place) for n, place in enumerate(places, start=1))


def numbered_lines(seats: Iterable[tuple[int, int, int]]) -> tuple[Line, ...]:
    """Lines for named seats, given as (seat_no, tier_no, price_minor): one line a tier, seats in order."""
    by_tier: dict[tuple[int, int], list[int]] = {}
    for seat_no, tier_no, price_minor in seats:
        by_tier.setdefault((tier_no, price_minor), []).append(seat_no)
    return tuple(Line(tier_no, len(found), price_minor, tuple(sorted(found))) for (tier_no, price_minor), found in sorted(by_tier.items()))
