"""What one says to hand a ticket on, and at the door; and what each is answered."""

from typing import Annotated

import strawberry
from strawberry import ID

from schema.booking_inputs import KEY
from schema.booking_refusals import Busy, IdempotencyKeyReused
from schema.event_refusals import EventNotFound
from schema.refusals import ValidationFailed
from schema.ticket_refusals import AlreadyCheckedIn, EntryCodeInvalid, RecipientNotFound, TicketNotFound, TicketNotValid
from schema.tickets import CheckIn, Ticket


@strawberry.input(description="Whom to give a ticket to.")
class TransferTicketInput:
    ticket_id: ID = strawberry.field(description="The ticket.")
    to_email: str = strawberry.field(description="The e-mail address, in any letters, with which its next holder has registered.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What was shown at the door.")
class CheckInByCodeInput:
    event_id: ID = strawberry.field(description="The event whose door it is.")
    code: str = strawberry.field(description="The ticket's `entryCode`, or its `ticketNumber` as it is printed.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


TransferTicketResult = Annotated[
    Ticket | TicketNotFound | TicketNotValid | RecipientNotFound | EventNotFound | IdempotencyKeyReused | ValidationFailed | Busy,
    strawberry.union("TransferTicketResult", description="The ticket with its new holder, or why it stays whose it was."),
]
CheckInResult = Annotated[
    CheckIn | AlreadyCheckedIn | TicketNotValid | TicketNotFound | EventNotFound | IdempotencyKeyReused | ValidationFailed | Busy,
    strawberry.union("CheckInResult", description="That the ticket's holder may come in, or why not."),
]
CheckInByCodeResult = Annotated[
    CheckIn
    | AlreadyCheckedIn
    | TicketNotValid
    | TicketNotFound
    | EntryCodeInvalid
    | EventNotFound
    | IdempotencyKeyReused
    | ValidationFailed
    | Busy,
    strawberry.union("CheckInByCodeResult", description="That who showed the code may come in, or why not."),
]
