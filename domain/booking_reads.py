"""What can be read of bookings: the port between resolvers and the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.bookings import Booking, BookingStatus, Payment, Refund, Ticket
from domain.ids import BookingId, PaymentId, UserId
from domain.money import Money


@dataclass(frozen=True, slots=True)
class UserStats:
    """What a profile tells of a user's confirmed bookings; `spent` has an amount a currency."""

    bookings: int
    upcoming_events: int
    spent: tuple[Money, ...]


class BookingReads(Protocol):
    """Reads of bookings and what belongs to them. A hold that has ended reads as EXPIRED. Each raises Outage where the database is out.

    The `many` reads take any number of bookings in one query, and answer one list a booking in the order asked.
    """

    async def now(self) -> datetime:
        """The clock that holds are measured by."""
        ...

    async def find_many(self, ids: Sequence[BookingId]) -> list[Booking | None]:
        """Bookings by id; None for one that does not exist."""
        ...

    async def of_user(
        self, user_id: UserId, *, most: int, status: BookingStatus | None = None, after: tuple[datetime, int] | None = None
    ) -> list[Booking]:
        """A user's bookings, newest first, after a booking's (created_at, number)."""
        ...

    async def count_of_user(self, user_id: UserId, status: BookingStatus | None = None) -> int:
        """How many bookings a user has."""
        ...

    async def stats_of_user(self, user_id: UserId) -> UserStats:
        """What a profile tells."""
        ...

    async def tickets_many(self, ids: Sequence[BookingId]) -> list[list[Ticket]]:
        """Tickets in order, of some bookings."""
        ...

    async def payments_many(self, ids: Sequence[BookingId]) -> list[list[Payment]]:
        """Payments, oldest first, of some bookings."""
        ...

    async def refunds_many(self, ids: Sequence[BookingId]) -> list[list[Refund]]:
        """Refunds, oldest first, of some bookings."""
        ...

    async def payment(self, payment_id: PaymentId) -> Payment | None:
        """A payment by id."""
        ...
