"""The refusals of handing a ticket on and coming in with it, with their facts."""

from dataclasses import dataclass
from datetime import datetime

from domain.bookings import TicketStatus
from domain.ids import TicketId


@dataclass(frozen=True, slots=True)
class TicketNotFound:
    """There is no such ticket, or it is somebody else's."""

    ticket_id: TicketId


@dataclass(frozen=True, slots=True)
class TicketNotValid:
    """The ticket does not open the door: it was given back, or used, or, where `is_superseded`, its code is of before it was handed on."""

    ticket_id: TicketId
    status: TicketStatus
    is_superseded: bool = False


@dataclass(frozen=True, slots=True)
class AlreadyCheckedIn:
    """Somebody came in with this ticket before."""

    ticket_id: TicketId
    checked_in_at: datetime
