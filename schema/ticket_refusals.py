"""The refusals of handing tickets on and of the door, in people's words."""

from datetime import datetime
from enum import Enum
from typing import overload

import strawberry
from strawberry import ID

from domain import entry_codes, ticket_refusals, users
from domain.bookings import TicketStatus as Status
from schema.refusals import ErrorCode, Refusal
from schema.scalars import say_instant
from schema.tickets import TicketStatus


@strawberry.enum(description="What is wrong with what was shown at the door.")
class EntryCodeProblem(Enum):
    MALFORMED = strawberry.enum_value("MALFORMED", description="It is neither an entry code nor a ticket's number.")
    FORGED = strawberry.enum_value("FORGED", description="Nobody here signed it, or it was changed since.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="The event is long over.")
    OTHER_EVENT = strawberry.enum_value("OTHER_EVENT", description="It is for another event.")
    UNKNOWN_NUMBER = strawberry.enum_value("UNKNOWN_NUMBER", description="The event has no ticket of this number.")


PROBLEMS = {
    EntryCodeProblem.MALFORMED: "This is neither an entry code nor a ticket's number.",
    EntryCodeProblem.FORGED: "This entry code is not ours, or was changed.",
    EntryCodeProblem.EXPIRED: "This entry code is of an event that is over.",
    EntryCodeProblem.OTHER_EVENT: "This entry code is for another event.",
    EntryCodeProblem.UNKNOWN_NUMBER: "The event has no ticket of this number.",
}


@strawberry.type(description="There is no such ticket, or it is somebody else's.")
class TicketNotFound(Refusal):
    ticket_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The ticket opens no door, and cannot be handed on: it was given back, used, or is an older copy of itself.")
class TicketNotValid(Refusal):
    ticket_id: ID = strawberry.field(description="The ticket.")
    status: TicketStatus = strawberry.field(description="The state it is in.")
    superseded: bool = strawberry.field(description="Whether the code is of before it was handed on: the new holder has the good one.")


@strawberry.type(description="Somebody came in with this ticket before.")
class AlreadyCheckedIn(Refusal):
    ticket_id: ID = strawberry.field(description="The ticket.")
    checked_in_at: datetime = strawberry.field(description="When they came in.")


@strawberry.type(description="What was shown at the door is no ticket for this event.")
class EntryCodeInvalid(Refusal):
    problem: EntryCodeProblem = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="Nobody has registered with the e-mail address that the ticket was to go to.")
class RecipientNotFound(Refusal):
    to_email: str = strawberry.field(description="The address.")


TicketRefusal = (
    ticket_refusals.TicketNotFound
    | ticket_refusals.TicketNotValid
    | ticket_refusals.AlreadyCheckedIn
    | entry_codes.EntryCodeInvalid
    | users.RecipientNotFound
)


# One overload a refusal, as in `booking_refusals.refused`.
@overload
def ticket_refused(refusal: ticket_refusals.TicketNotFound) -> TicketNotFound: ...
@overload
def ticket_refused(refusal: ticket_refusals.TicketNotValid) -> TicketNotValid: ...
@overload
def ticket_refused(refusal: ticket_refusals.AlreadyCheckedIn) -> AlreadyCheckedIn: ...
@overload
def ticket_refused(refusal: entry_codes.EntryCodeInvalid) -> EntryCodeInvalid: ...
@overload
def ticket_refused(refusal: users.RecipientNotFound) -> RecipientNotFound: ...
def ticket_refused(refusal: TicketRefusal) -> TicketNotFound | TicketNotValid | AlreadyCheckedIn | EntryCodeInvalid | RecipientNotFound:
    """Why nobody comes in, or a ticket stays whose it was, as clients see it."""
    match refusal:
        case ticket_refusals.TicketNotFound(ticket_id):
            return TicketNotFound(code=ErrorCode.TICKET_NOT_FOUND, message="You have no such ticket.", ticket_id=ID(str(ticket_id)))
        case ticket_refusals.TicketNotValid(ticket_id, status, is_superseded):
            return TicketNotValid(
                code=ErrorCode.TICKET_NOT_VALID,
                message=why_not_valid(status, is_superseded=is_superseded),
                ticket_id=ID(str(ticket_id)),
                status=TicketStatus[status.name],
                superseded=is_superseded,
            )
        case ticket_refusals.AlreadyCheckedIn(ticket_id, checked_in_at):
            message = f"Somebody came in with this ticket on {say_instant(checked_in_at)}."
            code = ErrorCode.TICKET_ALREADY_USED
            return AlreadyCheckedIn(code=code, message=message, ticket_id=ID(str(ticket_id)), checked_in_at=checked_in_at)
        case entry_codes.EntryCodeInvalid(problem):
            told = EntryCodeProblem[problem.name]
            return EntryCodeInvalid(code=ErrorCode.ENTRY_CODE_INVALID, message=PROBLEMS[told], problem=told)
        case users.RecipientNotFound(email):
            message = "Nobody has registered with this e-mail address."
            return RecipientNotFound(code=ErrorCode.RECIPIENT_NOT_FOUND, message=message, to_email=email)


def why_not_valid(status: Status, *, is_superseded: bool) -> str:
    """Why a ticket opens no door, for people."""
    if is_superseded:
        return "The ticket was handed on since: only its new holder's code is good."
    return {
        Status.VALID: "The event does not take place.",
        Status.CANCELLED: "The ticket was given back.",
        Status.CHECKED_IN: "The ticket was used already.",
    }[status]
