"""Loaders of tickets: whose they are, what opens the door with them, and how many have come."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain import bookings
from domain.callers import Caller
from domain.entry_codes import GOOD_AFTER_END, EntryPass, holder_of, may_show
from domain.events import Event as EventRecord
from domain.events import manages
from domain.ids import EventId, TicketId, UserId
from domain.ticket_reads import Attendance as AttendanceRecord
from domain.ticket_reads import behind
from resolvers.booking_loaders import BookingLoaders
from resolvers.loaders import CatalogueLoaders
from resolvers.pages import page_info, place_of
from schema.tickets import Attendance, Ticket, TicketConnection, TicketEdge, TicketHolder

if TYPE_CHECKING:
    from resolvers.context import Services

ORDER = "received tickets by latest event"
"""What a cursor of a list of received tickets remembers of its order."""


class TicketLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services", catalogue: CatalogueLoaders, of_bookings: BookingLoaders) -> None:
        self._reads = services.tickets
        self._codes = services.entry_codes
        self._events = catalogue.events
        self._tiers = catalogue.tiers
        self._of_bookings = of_bookings
        self._attendance: DataLoader[EventId, AttendanceRecord] = DataLoader(services.tickets.attendance_many)

    def forget(self) -> None:
        """Forget all that was loaded: it may have changed since."""
        self._of_bookings.forget()
        self._attendance.clear_all()

    async def ticket(self, caller: Caller | None, ticket_id: TicketId) -> Ticket | None:
        """A ticket as clients see it; None where there is none that the caller may see: its holder, and whoever may see its booking."""
        booking = await self._of_bookings.bookings.load(ticket_id.booking_id)
        found = [ticket for ticket in await self._of_bookings.tickets.load(ticket_id.booking_id) if ticket.id == ticket_id]
        if booking is None or not found:
            return None
        is_holder = caller is not None and caller.user_id == holder_of(found[0], booking)
        if not is_holder and not await self._of_bookings.may_read(caller, ticket_id.event_id, booking.user_id):
            return None
        return await self.told(found[0], booking)

    async def told(self, ticket: bookings.Ticket, booking: bookings.Booking) -> Ticket:
        """A ticket as clients see it, whoever asks."""
        return Ticket.of(ticket, await self._of_bookings.place_of(booking, ticket))

    async def tickets_of(self, booking: bookings.Booking) -> list[Ticket]:
        """A booking's tickets, each with its place."""
        return [await self.told(ticket, booking) for ticket in await self._of_bookings.tickets.load(booking.id)]

    async def holder_of(self, ticket: bookings.Ticket) -> TicketHolder | None:
        """Who may come in with a ticket; None where the account is gone."""
        booking = await self._of_bookings.bookings.load(ticket.id.booking_id)
        user = await self._of_bookings.users.load(holder_of(ticket, booking)) if booking is not None else None
        return TicketHolder(user_id=ID(str(user.user_id)), name=user.name) if user is not None else None

    async def entry_code_of(self, caller: Caller | None, ticket: Ticket) -> str | None:
        """A ticket's entry code; None for everybody but its holder, and where it opens no door."""
        record = ticket.record
        booking, event = await self._of_bookings.bookings.load(record.id.booking_id), await self._events.load(record.id.event_id)
        if booking is None or event is None or not may_show(caller, record, booking, event.status):
            return None
        tiers = await self._tiers.load(event.event_id)
        return self._codes.code_of(
            EntryPass(
                ticket_id=record.id,
                issue=record.issue,
                tier=next(tier.name for tier in tiers if tier.tier_no == record.tier_no),
                good_until=event.ends_at + GOOD_AFTER_END,
                section=ticket.place.section,
                row=ticket.place.row,
                seat=ticket.place.number,
            )
        )

    async def page_received(self, user_id: UserId, first: int, after: str | None) -> TicketConnection:
        """A page of the tickets that others gave a user. Raises InvalidArgument for a page that cannot be."""
        place = place_of(first, after, ORDER)
        found = await self._reads.received(user_id, most=first + 1, after=behind(place) if place is not None else None)
        nodes = await asyncio.gather(*(self._told_received(received.ticket) for received in found[:first]))
        edges = [TicketEdge(node=node, cursor=received.place.cursor(ORDER)) for received, node in zip(found, nodes, strict=False)]
        count = partial(self._reads.count_received, user_id)
        return TicketConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))

    async def _told_received(self, ticket: bookings.Ticket) -> Ticket:
        booking = await self._of_bookings.bookings.load(ticket.id.booking_id)
        assert booking is not None, "a ticket's booking stays"
        return await self.told(ticket, booking)

    async def attendance_of(self, caller: Caller | None, event: EventRecord) -> Attendance | None:
        """How many have come; None for everybody but those who run the event."""
        if not manages(caller, event):
            return None
        found = await self._attendance.load(event.event_id)
        return Attendance(sold=found.sold, checked_in=found.checked_in)
