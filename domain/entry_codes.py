"""Entry codes: what a ticket's holder shows at the door, good by itself wherever the keys are known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from domain.booking_reads import numbers_of
from domain.bookings import Booking, BookingStatus, Ticket, TicketStatus
from domain.callers import Caller
from domain.ids import CODE_DIGITS, DIGITS, EventId, TicketId, UserId
from domain.inventory import EventStatus

GOOD_AFTER_END = timedelta(days=1)
"""How much longer than its event an entry code is good: events run late, and doors' clocks are wrong."""


@dataclass(frozen=True, slots=True)
class EntryPass:
    """What an entry code says: which ticket it is, in which copy, where it leads, and until when it is good.

    `section`, `row` and `seat` are None where places are not numbered.
    """

    ticket_id: TicketId
    issue: int
    tier: str
    good_until: datetime
    section: str | None = None
    row: str | None = None
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """The ticket that a code names; `issue` is None where its printed number was typed, which does not tell the copy."""

    ticket_id: TicketId
    issue: int | None


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """What is printed on a ticket: the bookings whose code it may be, and which of the booking's tickets it is."""

    bookings: range
    ticket_no: int


class CodeProblem(Enum):
    """What is wrong with what was shown at the door."""

    MALFORMED = "MALFORMED"
    FORGED = "FORGED"
    EXPIRED = "EXPIRED"
    OTHER_EVENT = "OTHER_EVENT"
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER"


@dataclass(frozen=True, slots=True)
class EntryCodeInvalid:
    """What was shown at the door is no ticket for this event."""

    problem: CodeProblem


class EntryCodes(Protocol):
    """Who writes entry codes, and reads them."""

    def code_of(self, entry: EntryPass) -> str:
        """The code that says so; the same for the same pass as long as it is remembered."""
        ...

    def read(self, code: str) -> ShownTicket | EntryCodeInvalid:
        """The ticket that a code names, if we wrote it and it is good still; whether the ticket is, the box office knows."""
        ...


def holder_of(ticket: Ticket, booking: Booking) -> UserId:
    """Who may come in with a ticket: whom it was handed on to, or else the buyer."""
    return ticket.holder_id if ticket.holder_id is not None else booking.user_id


def may_show(caller: Caller | None, ticket: Ticket, booking: Booking, event_status: EventStatus) -> bool:
    """Whether a caller is given a ticket's entry code: its holder alone, for a ticket that opens the door.

    Not the buyer who handed it on, nor an admin: whoever has the code can come in.
    """
    if caller is None or caller.user_id != holder_of(ticket, booking):
        return False
    opens = ticket.status is TicketStatus.VALID and booking.status is BookingStatus.CONFIRMED
    return opens and event_status is not EventStatus.CANCELLED


def is_printed(code: str) -> bool:
    """Whether a text looks like a ticket's printed number: `EVT…-01`."""
    return code.strip().startswith("EVT") and "." not in code


def printed_number(code: str) -> PrintedNumber | EntryCodeInvalid:
    """What a ticket's printed number says. Blanks around it are forgiven; else its spelling is exact, as that of ids is."""
    booking_code, dash, ticket_no = code.strip().rpartition("-")
    digits = booking_code.removeprefix("EVT")
    if not dash or len(digits) != CODE_DIGITS or not set(digits) <= set(DIGITS) or not is_two_digits(ticket_no):
        return EntryCodeInvalid(CodeProblem.MALFORMED)
    return PrintedNumber(numbers_of(booking_code), int(ticket_no))


def is_two_digits(text: str) -> bool:
    """Whether a text is a number of two digits, as printed."""
    return len(text) == 2 and text.isascii() and text.isdigit()


def for_event(shown: ShownTicket | EntryCodeInvalid, event_id: EventId) -> ShownTicket | EntryCodeInvalid:
    """What was shown, at the door of one event."""
    if isinstance(shown, ShownTicket) and shown.ticket_id.event_id != event_id:
        return EntryCodeInvalid(CodeProblem.OTHER_EVENT)
    return shown


def the_only(tickets: list[Ticket]) -> ShownTicket | EntryCodeInvalid:
    """The ticket that a printed number names, where there is just one."""
    return ShownTicket(tickets[0].id, None) if len(tickets) == 1 else EntryCodeInvalid(CodeProblem.UNKNOWN_NUMBER)
