"""Commands about tickets: handing one on, and letting its holder in."""

from dataclasses import dataclass

from domain.answers import TicketCheckedIn, TicketHandedOn
from domain.asks import Asks, NotNow
from domain.bookings import IdempotencyKey
from domain.callers import Caller
from domain.ids import TicketId, UserId
from domain.refusals import IdempotencyKeyReused
from domain.ticket_refusals import AlreadyCheckedIn, TicketNotFound, TicketNotValid


@dataclass(frozen=True, slots=True)
class HandOnTicket(Asks[TicketHandedOn | TicketNotFound | IdempotencyKeyReused | TicketNotValid | NotNow]):
    """Give a ticket to another user, who then holds it; the buyer may get it back in the same way."""

    ticket_id: TicketId
    to: UserId
    by: Caller
    idempotency: IdempotencyKey


@dataclass(frozen=True, slots=True)
class CheckIn(Asks[TicketCheckedIn | TicketNotFound | IdempotencyKeyReused | AlreadyCheckedIn | TicketNotValid | NotNow]):
    """Let a ticket's holder in, once. `issue`, where an entry code was read, says which copy of the ticket it is."""

    ticket_id: TicketId
    by: Caller
    idempotency: IdempotencyKey
    issue: int | None = None


TicketCommand = HandOnTicket | CheckIn
