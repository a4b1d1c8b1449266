"""Bookings: places taken together by one user, and pages of them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import bookings
from schema.cancellation import CancellationPolicy
from schema.declarations import FREE
from schema.nodes import Node, PageInfo
from schema.payments import Payment, Refund
from schema.scalars import Money
from schema.tickets import BookedPlace, BookedSeat, Ticket

if TYPE_CHECKING:
    from schema.events import Event
    from schema.users import User


@strawberry.enum(description="Where a booking stands.")
class BookingStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Its places are held until `expiresAt`.")
    CONFIRMED = strawberry.enum_value("CONFIRMED", description="Paid; it has tickets.")
    FAILED = strawberry.enum_value("FAILED", description="Booking and paying in one was declined; its places went back.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="It was not confirmed in time; its places went back.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Given back.")


@strawberry.type(description="Places taken together by one user.")
class Booking(Node):
    record: strawberry.Private[bookings.Booking]
    booking_code: str = strawberry.field(description='What people read out: `"EVT…"`.')
    status: BookingStatus = strawberry.field(description="Where it stands.")
    quantity: int = strawberry.field(description="How many places it counts.")
    total_amount: Money = strawberry.field(description="What it costs.")
    created_at: datetime = strawberry.field(description="When the places were taken.")
    expires_at: datetime = strawberry.field(description="Until when the places are, or were, held.")
    extended: bool = strawberry.field(description="Whether its one extension is used.")
    confirmed_at: datetime | None = strawberry.field(description="When it was confirmed.")
    cancelled_at: datetime | None = strawberry.field(description="When it, or last a part of it, was given back.")

    @strawberry.field(description="The server's clock, which `expiresAt` is measured by.")
    async def server_time(self, info: Info[Any, None]) -> datetime:
        """The database's clock: the only one that holds are measured by."""
        now: datetime = await info.context.booking_loaders.now()
        return now

    @strawberry.field(description="What it is for.")
    async def event(self, info: Info[Any, None]) -> Annotated["Event", strawberry.lazy("schema.events")] | None:
        """Through the loader: many bookings ask once."""
        found: Event | None = await info.context.booking_loaders.event(self.record.id.event_id)
        return found

    @strawberry.field(description="Whose it is.")
    async def user(self, info: Info[Any, None]) -> Annotated["User", strawberry.lazy("schema.users")] | None:
        """Through the loader: many bookings ask once."""
        found: User | None = await info.context.booking_loaders.user(self.record.user_id)
        return found

    @strawberry.field(description="Each place, in order.")
    async def places(self, info: Info[Any, None]) -> list[BookedPlace]:
        """A place for each seat, and one for each standing spot."""
        found: list[BookedPlace] = await info.context.booking_loaders.places_of(self.record)
        return found

    @strawberry.field(description="The numbered seats among its places.")
    async def seats(self, info: Info[Any, None]) -> list[BookedSeat]:
        """Only those with a seat. A type of its own, so that its `seatId` can be asked for beside that of a refusal's seats."""
        found: list[BookedPlace] = await info.context.booking_loaders.places_of(self.record)
        return [seat for place in found if (seat := BookedSeat.of(place))]

    @strawberry.field(description="Its tickets, once it is confirmed.")
    async def tickets(self, info: Info[Any, None]) -> list[Ticket]:
        """Through the loader: many bookings ask once."""
        found: list[Ticket] = await info.context.ticket_loaders.tickets_of(self.record)
        return found

    @strawberry.field(description="The payment that counts: the one that succeeded, or else the last.")
    async def payment(self, info: Info[Any, None]) -> Payment | None:
        """Through the loader: many bookings ask once."""
        found: list[bookings.Payment] = await info.context.booking_loaders.payments.load(self.record.id)
        succeeded = [payment for payment in found if payment.status is bookings.PaymentStatus.SUCCEEDED]
        return Payment.of((succeeded or found)[-1]) if found else None

    @strawberry.field(description="Every payment, oldest first, the declined ones too.")
    async def payments(self, info: Info[Any, None]) -> list[Payment]:
        """Through the loader: many bookings ask once."""
        return [Payment.of(payment) for payment in await info.context.booking_loaders.payments.load(self.record.id)]

    @strawberry.field(description="The money that last went back, where any did.")
    async def refund(self, info: Info[Any, None]) -> Refund | None:
        """Through the loader: many bookings ask once."""
        found: list[bookings.Refund] = await info.context.booking_loaders.refunds.load(self.record.id)
        return Refund.of(found[-1]) if found else None

    @strawberry.field(
        description="All the money that goes, or went, back, oldest first: one refund for each time that paid places were given back."
    )
    async def refunds(self, info: Info[Any, None]) -> list[Refund]:
        """Through the loader: many bookings ask once."""
        return [Refund.of(refund) for refund in await info.context.booking_loaders.refunds.load(self.record.id)]

    @strawberry.field(description="What giving places back brings, and until when: as it was when they were booked.")
    async def cancellation_policy(self, info: Info[Any, None]) -> CancellationPolicy:
        """Through the loader of events, whose start it counts from."""
        found: CancellationPolicy = await info.context.booking_loaders.cancellation_policy_of(self.record)
        return found

    @classmethod
    def of(cls, booking: bookings.Booking) -> Self:
        """A booking as clients see it."""
        return cls(
            id=ID(str(booking.id)),
            record=booking,
            booking_code=booking.id.code,
            status=BookingStatus[booking.status.name],
            quantity=booking.quantity,
            total_amount=Money.of(booking.total),
            created_at=booking.created_at,
            expires_at=booking.expires_at,
            extended=booking.extended,
            confirmed_at=booking.confirmed_at,
            cancelled_at=booking.cancelled_at,
        )


@strawberry.type(description="A booking in a list.", directives=[FREE])
class BookingEdge:
    node: Booking = strawberry.field(description="The booking.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="A page of bookings, newest first.")
class BookingConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[BookingEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.")
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()


@strawberry.type(description="What a user has booked, in numbers.")
class UserStats:
    total_bookings: int = strawberry.field(description="Confirmed bookings.")
    upcoming_events: int = strawberry.field(description="Events still to come that they have booked.")
    total_spent: list[Money] = strawberry.field(description="What confirmed bookings cost, an amount a currency.")
