"""Bookings, their tickets, and the money that goes with them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import bookings, money
from domain.ids import EventId
from schema.nodes import Node, PageInfo
from schema.scalars import Money

if TYPE_CHECKING:
    from schema.accounts import User
    from schema.events import Event, Tier


@strawberry.enum(description="Where a booking stands.")
class BookingStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Its places are held until `expiresAt`.")
    CONFIRMED = strawberry.enum_value("CONFIRMED", description="Paid; it has tickets.")
    FAILED = strawberry.enum_value("FAILED", description="Booking and paying in one was declined; its places went back.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="It was not confirmed in time; its places went back.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Given back.")


@strawberry.enum(description="How far a charge has come.")
class PaymentStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="The gateway has not answered yet.")
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="Charged.")
    FAILED = strawberry.enum_value("FAILED", description="Declined: nothing was charged.")


@strawberry.enum(description="How far money has come back.")
class RefundStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Owed, and on its way.")
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="Given back.")
    FAILED = strawberry.enum_value("FAILED", description="The gateway will not: somebody looks into it.")


@strawberry.enum(description="Whether a ticket still opens the door.")
class TicketStatus(Enum):
    VALID = strawberry.enum_value("VALID", description="It does.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="It was given back.")


@strawberry.type(description="Money that goes back.")
class Refund:
    id: ID = strawberry.field(description="What we and the gateway name it by.")
    amount: Money = strawberry.field(description="How much.")
    status: RefundStatus = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="Since when it is owed.")
    processed_at: datetime | None = strawberry.field(description="When it was given back.")
    provider_reference: str | None = strawberry.field(description="The gateway's own name for it.")

    @classmethod
    def of(cls, refund: bookings.Refund) -> Self:
        """A refund as clients see it."""
        return cls(
            id=ID(str(refund.id)),
            amount=Money.of(refund.amount),
            status=RefundStatus[refund.status.name],
            created_at=refund.created_at,
            processed_at=refund.processed_at,
            provider_reference=refund.provider_reference,
        )


@strawberry.type(description="A charge for a booking.")
class Payment(Node):
    record: strawberry.Private[bookings.Payment]
    amount: Money = strawberry.field(description="How much.")
    status: PaymentStatus = strawberry.field(description="How far it has come.")
    gateway: str = strawberry.field(description='Who charges: `"sandbox"` charges nobody.')
    provider_transaction_id: str | None = strawberry.field(description="The gateway's own name for it, once it is charged.")
    failure: str | None = strawberry.field(description="Why it was declined, in the gateway's own word.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    processed_at: datetime | None = strawberry.field(description="When the gateway answered.")

    @strawberry.field(description="What it pays for.")
    async def booking(self, info: Info[Any, None]) -> Annotated["Booking", strawberry.lazy("schema.bookings")] | None:
        """Through the loader: many payments ask once."""
        found = await info.context.booking_loaders.bookings.load(self.record.booking_id)
        return Booking.of(found) if found is not None else None

    @strawberry.field(description="What of it went back.")
    async def refunds(self, info: Info[Any, None]) -> list[Refund]:
        """Through the loader: many payments ask once."""
        found = await info.context.booking_loaders.refunds.load(self.record.booking_id)
        return [Refund.of(refund) for refund in found if refund.payment_id == self.record.id]

    @classmethod
    def of(cls, payment: bookings.Payment) -> Self:
        """A payment as clients see it."""
        return cls(
            id=ID(str(payment.id)),
            record=payment,
            amount=Money.of(payment.amount),
            status=PaymentStatus[payment.status.name],
            gateway=payment.gateway,
            provider_transaction_id=payment.provider_reference,
            failure=payment.failure,
            created_at=payment.created_at,
            processed_at=payment.processed_at,
        )


@strawberry.type(description="A place of a booking, in people's words.")
class BookedPlace:
    event_id: strawberry.Private[EventId]
    tier_no: strawberry.Private[int]
    seat_id: ID | None = strawberry.field(description="The seat; null where places are not numbered.")
    section: str | None = strawberry.field(description="The seat's section.")
    row: str | None = strawberry.field(description="The seat's row.")
    number: str | None = strawberry.field(description="The seat's number.")
    price: Money = strawberry.field(description="What it costs in this booking.")

    @strawberry.field(description="Its price level.")
    async def tier(self, info: Info[Any, None]) -> Annotated["Tier", strawberry.lazy("schema.events")]:
        """Through the loader: many places ask once."""
        found: Tier = await info.context.booking_loaders.tier(self.event_id, self.tier_no)
        return found


@strawberry.type(description="A numbered seat of a booking, in people's words.")
class BookedSeat:
    booked: strawberry.Private[BookedPlace]
    seat_id: ID = strawberry.field(description="The seat.")
    section: str = strawberry.field(description="Its section.")
    row: str = strawberry.field(description="Its row.")
    number: str = strawberry.field(description="Its number in the row.")
    price: Money = strawberry.field(description="What it costs in this booking.")

    @strawberry.field(description="Its price level.")
    async def tier(self, info: Info[Any, None]) -> Annotated["Tier", strawberry.lazy("schema.events")]:
        """Through the loader: many seats ask once."""
        found: Tier = await info.context.booking_loaders.tier(self.booked.event_id, self.booked.tier_no)
        return found

    @classmethod
    def of(cls, place: BookedPlace) -> "BookedSeat | None":
        """A place as a seat; None for one without a number."""
        if place.seat_id is None or place.section is None or place.row is None or place.number is None:
            return None
        return cls(booked=place, seat_id=place.seat_id, section=place.section, row=place.row, number=place.number, price=place.price)


@strawberry.type(description="One place's right of entry.")
class Ticket(Node):
    ticket_number: str = strawberry.field(description='What is printed on it and read at the door: `"EVT…-01"`.')
    status: TicketStatus = strawberry.field(description="Whether it still opens the door.")
    place: BookedPlace = strawberry.field(description="Where it leads.")


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
    cancelled_at: datetime | None = strawberry.field(description="When it was given back.")

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
    async def user(self, info: Info[Any, None]) -> Annotated["User", strawberry.lazy("schema.accounts")] | None:
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
        found: list[Ticket] = await info.context.booking_loaders.tickets_of(self.record)
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

    @strawberry.field(description="The money that goes back, where any does.")
    async def refund(self, info: Info[Any, None]) -> Refund | None:
        """Through the loader: many bookings ask once."""
        found: list[bookings.Refund] = await info.context.booking_loaders.refunds.load(self.record.id)
        return Refund.of(found[-1]) if found else None

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


@strawberry.type(description="A booking in a list.")
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


@strawberry.type(description="A booking that was given back.")
class Cancellation:
    booking: Booking = strawberry.field(description="The booking, as it is now.")
    refund_amount: Money = strawberry.field(description="What goes back: zero where nothing was paid.")
    refund_status: RefundStatus | None = strawberry.field(description="How far the money has come back; null where nothing was paid.")
    cancelled_at: datetime = strawberry.field(description="When it was given back.")

    @classmethod
    def of(cls, booking: bookings.Booking, refund: bookings.Refund | None) -> Self:
        """A cancellation as clients see it."""
        assert booking.cancelled_at is not None, "a cancelled booking says when"
        return cls(
            booking=Booking.of(booking),
            refund_amount=Money.of(refund.amount if refund else money.Money(0, booking.currency)),
            refund_status=RefundStatus[refund.status.name] if refund else None,
            cancelled_at=booking.cancelled_at,
        )


def ticket_of(ticket: bookings.Ticket, place: BookedPlace) -> Ticket:
    """A ticket as clients see it."""
    return Ticket(id=ID(str(ticket.id)), ticket_number=ticket.id.code, status=TicketStatus[ticket.status.name], place=place)
