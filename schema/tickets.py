"""Places in people's words, the tickets that open the door to them, and who holds those."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import ID, Info

from domain import bookings
from domain.ids import EventId
from schema.declarations import FREE
from schema.nodes import Node, PageInfo
from schema.scalars import Money

if TYPE_CHECKING:
    from schema.events import Event, Tier


@strawberry.enum(description="Whether a ticket still opens the door.")
class TicketStatus(Enum):
    VALID = strawberry.enum_value("VALID", description="It does.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="It was given back.")
    CHECKED_IN = strawberry.enum_value("CHECKED_IN", description="Its holder came in with it.")


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


@strawberry.type(description="Who may come in with a ticket, as those who see the ticket may know them.")
class TicketHolder:
    user_id: ID = strawberry.field(description="The user.")
    name: str = strawberry.field(description="What they are called.")


@strawberry.type(description="One place's right of entry.")
class Ticket(Node):
    record: strawberry.Private[bookings.Ticket]
    ticket_number: str = strawberry.field(description='What is printed on it and read at the door: `"EVT…-01"`.')
    status: TicketStatus = strawberry.field(description="Whether it still opens the door.")
    place: BookedPlace = strawberry.field(description="Where it leads.")
    transferred: bool = strawberry.field(description="Whether it was handed on, and is not the buyer's any more.")
    issue: int = strawberry.field(description="Which copy of it is good, from 1: it rises each time the ticket is handed on.")
    checked_in_at: datetime | None = strawberry.field(description="When its holder came in; null as long as nobody has.")

    @strawberry.field(description="The event it is for.")
    async def event(self, info: Info[Any, None]) -> Annotated["Event", strawberry.lazy("schema.events")] | None:
        """Through the loader: many tickets ask once."""
        found: Event | None = await info.context.booking_loaders.event(self.record.id.event_id)
        return found

    @strawberry.field(description="Who may come in with it: the buyer, or whom it was handed on to. Null where the account is gone.")
    async def holder(self, info: Info[Any, None]) -> TicketHolder | None:
        """Through the loader: many tickets ask once."""
        found: TicketHolder | None = await info.context.ticket_loaders.holder_of(self.record)
        return found

    @strawberry.field(
        description="What its holder shows at the door, best as a QR code: a signed token (JWS, EdDSA) that can be verified without a "
        "network, with the keys at `/.well-known/jwks.json`. Null for everybody but the holder, and for a ticket that opens no door."
    )
    async def entry_code(self, info: Info[Any, None]) -> str | None:
        """Signed only where it is asked for. Whoever has it can come in: so nobody else sees it, not even who bought or sold the ticket."""
        code: str | None = await info.context.ticket_loaders.entry_code_of(info.context.caller, self)
        return code

    @classmethod
    def of(cls, ticket: bookings.Ticket, place: BookedPlace) -> "Ticket":
        """A ticket as clients see it."""
        return cls(
            id=ID(str(ticket.id)),
            record=ticket,
            ticket_number=ticket.id.code,
            status=TicketStatus[ticket.status.name],
            place=place,
            transferred=ticket.holder_id is not None,
            issue=ticket.issue,
            checked_in_at=ticket.checked_in_at,
        )


@strawberry.type(description="A ticket in a list.", directives=[FREE])
class TicketEdge:
    node: Ticket = strawberry.field(description="The ticket.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="A page of tickets, those for the latest event first.")
class TicketConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[TicketEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.")
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()


@strawberry.type(description="How many have come, of those who may.")
class Attendance:
    sold: int = strawberry.field(description="Tickets that open the door, or did.")
    checked_in: int = strawberry.field(description="Those of them that somebody came in with.")


@strawberry.type(description="That a ticket's holder may come in, this once.")
class CheckIn:
    ticket: Ticket = strawberry.field(description="The ticket, which is CHECKED_IN now.")
    checked_in_at: datetime = strawberry.field(description="When they came in.")
