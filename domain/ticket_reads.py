"""What can be read of tickets apart from their bookings: the port between resolvers and the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.bookings import Ticket
from domain.catalogue import Place
from domain.ids import LARGEST, TICKETS_MOST, EventId, TicketId, UserId

TICKET_BITS = (LARGEST << 5 | TICKETS_MOST).bit_length()


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many tickets of an event open the door, or did, and with how many of them somebody came in."""

    sold: int
    checked_in: int


@dataclass(frozen=True, slots=True)
class ReceivedTicket:
    """A ticket that was handed on, and when its event starts, which lists are ordered by."""

    ticket: Ticket
    starts_at: datetime

    @property
    def place(self) -> Place:
        """Where it stands in its holder's list."""
        return Place(self.starts_at, self.ticket.id.event_id << TICKET_BITS | self.ticket.id.number)


def behind(place: Place) -> tuple[datetime, TicketId] | None:
    """The start and the ticket that a place in a list stands for."""
    if not isinstance(place.key, datetime):
        return None
    event_id, number = divmod(place.number, 1 << TICKET_BITS)
    return place.key, TicketId(EventId(event_id), number)


class TicketReads(Protocol):
    """Reads of tickets. Each raises Outage where the database is out."""

    async def received(self, user_id: UserId, *, most: int, after: tuple[datetime, TicketId] | None = None) -> list[ReceivedTicket]:
        """At most so many tickets that were handed on to a user, those for the latest event first, after a (start, ticket)."""
        ...

    async def count_received(self, user_id: UserId) -> int:
        """How many tickets were handed on to a user and are theirs."""
        ...

    async def numbered(self, event_id: EventId, bookings: range, ticket_no: int) -> list[Ticket]:
        """The n-th tickets of an event's bookings whose numbers are in a range: of more than one, two."""
        ...

    async def attendance_many(self, event_ids: Sequence[EventId]) -> list[Attendance]:
        """Who has come, of those who may, in the order of some events' ids."""
        ...
