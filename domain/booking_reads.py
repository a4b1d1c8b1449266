"""What can be read of bookings: the port between resolvers and the database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.bookings import Booking, BookingStatus, Payment, Refund, Ticket
from domain.catalogue import InvalidArgument
from domain.ids import CODE_DIGITS, CODE_SHIFT, BookingId, EventId, PaymentId, UserId, decode
from domain.money import Money


@dataclass(frozen=True, slots=True)
class UserStats:
    """What a profile tells of a user's confirmed bookings; `spent` has an amount a currency."""

    bookings: int
    upcoming_events: int
    spent: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class BookingSelection:
    """Which bookings; None does not narrow them. From `created_from`, itself included, up to `created_before`, which is not.

    `numbers` are those that the wanted code may stand for.
    """

    event_id: EventId | None = None
    user_id: UserId | None = None
    status: BookingStatus | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    numbers: range | None = None

    def of_event(self, event_id: EventId) -> "BookingSelection":
        """Only an event's; raises InvalidArgument where another event is asked for."""
        if self.event_id not in (None, event_id):
            raise InvalidArgument("`filter.eventId` names another event.")
        return replace(self, event_id=event_id)

    def of_user(self, user_id: UserId) -> "BookingSelection":
        """Only a user's; raises InvalidArgument where another user is asked for."""
        if self.user_id not in (None, user_id):
            raise InvalidArgument("`filter.userId` names another user.")
        return replace(self, user_id=user_id)


def numbers_of(code: str) -> range:
    """The numbers of bookings that have a code; raises InvalidArgument for what is no code. Its spelling is exact, as that of ids is."""
    try:
        if len(code) != 3 + CODE_DIGITS or not code.startswith("EVT"):
            raise KeyError(code)
        first = decode(code[3:]) << CODE_SHIFT
    except KeyError:
        raise InvalidArgument("`filter.bookingCode` is not a booking's code: EVT and ten characters.") from None
    return range(first, first + (1 << CODE_SHIFT))


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

    async def bookings(self, selection: BookingSelection, *, most: int, after: tuple[datetime, int] | None = None) -> list[Booking]:
        """At most so many bookings, newest first, after a booking's (created_at, number)."""
        ...

    async def count(self, selection: BookingSelection) -> int:
        """How many bookings there are."""
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
