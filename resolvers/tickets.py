"""Handing tickets on, and letting their holders in."""

import strawberry
from strawberry import ID

from domain.answers import TicketCheckedIn, TicketHandedOn
from domain.bookings import IdempotencyKey
from domain.entry_codes import EntryCodeInvalid, ShownTicket, for_event, is_printed, printed_number, the_only
from domain.ids import EventId, TicketId
from domain.refusals import EventNotFound
from domain.ticket_commands import CheckIn as CheckInTicket
from domain.ticket_commands import HandOnTicket
from domain.ticket_refusals import AlreadyCheckedIn, TicketNotFound, TicketNotValid
from domain.users import RecipientNotFound
from domain.validation import InvalidInput
from resolvers import permissions
from resolvers.bookings import acting
from resolvers.context import Info
from resolvers.idempotency import idempotency_of, key_or_new
from schema.booking_refusals import refused
from schema.refusals import ValidationFailed
from schema.ticket_inputs import CheckInByCodeInput, CheckInByCodeResult, CheckInResult, TransferTicketInput, TransferTicketResult
from schema.ticket_refusals import ticket_refused
from schema.tickets import CheckIn


@strawberry.type
class TicketMutations:
    """What holders do with their tickets, and those who run an event at its door."""

    @strawberry.mutation(
        description="Give a ticket to somebody else who is registered. Its entry codes of before open nothing any more, and only the new "
        "holder gets the next; the money stays between the buyer and the house."
    )
    async def transfer_ticket(self, info: Info, input: TransferTicketInput) -> TransferTicketResult:
        """Its present holder, or an admin."""
        caller = acting(info)
        ticket_id = TicketId.parse(input.ticket_id)
        key = idempotency_of(info, input.idempotency_key, "transferTicket", ticket_id, input.to_email)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        recipient = await info.context.services.accounts.user_by_email(input.to_email)
        if recipient is None:
            return ticket_refused(RecipientNotFound(input.to_email))
        command = HandOnTicket(ticket_id, recipient.user_id, caller, key_or_new(info, key))
        match await info.context.services.box_office.submit(command):
            case TicketHandedOn(ticket, booking):
                return await info.context.ticket_loaders.told(ticket, booking)
            case TicketNotFound() | TicketNotValid() as refusal:
                return ticket_refused(refusal)
            case refusal:
                return refused(refusal, ticket_id.event_id)

    @strawberry.mutation(description="Let a ticket's holder in, once. For those who run the event, and admins.")
    async def check_in(self, info: Info, ticket_id: ID, idempotency_key: str | None = None) -> CheckInResult:
        """Whoever runs it."""
        acting(info)
        parsed = TicketId.parse(ticket_id)
        key = idempotency_of(info, idempotency_key, "checkIn", parsed)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        if not await permissions.managed(info, parsed.event_id):
            return ticket_refused(TicketNotFound(parsed))
        return await let_in(info, ShownTicket(parsed, None), key)

    @strawberry.mutation(
        description="Let in whoever shows an entry code, or a ticket's printed number, once. For those who run the event, and admins."
    )
    async def check_in_by_code(self, info: Info, input: CheckInByCodeInput) -> CheckInByCodeResult:
        """Whoever runs it."""
        acting(info)
        event_id = EventId.parse(input.event_id)
        key = idempotency_of(info, input.idempotency_key, "checkInByCode", event_id, input.code)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        if not await permissions.managed(info, event_id):
            return refused(EventNotFound(event_id), event_id)
        shown = await shown_at(info, event_id, input.code)
        if isinstance(shown, EntryCodeInvalid):
            return ticket_refused(shown)
        return await let_in(info, shown, key)


async def shown_at(info: Info, event_id: EventId, code: str) -> ShownTicket | EntryCodeInvalid:
    """The ticket that was shown at an event's door, by its entry code or its printed number."""
    services = info.context.services
    if not is_printed(code):
        return for_event(services.entry_codes.read(code), event_id)
    number = printed_number(code)
    if isinstance(number, EntryCodeInvalid):
        return number
    return the_only(await services.tickets.numbered(event_id, number.bookings, number.ticket_no))


async def let_in(info: Info, shown: ShownTicket, key: IdempotencyKey | None) -> CheckInResult:
    """Let a ticket's holder in; who may do so was asked before."""
    command = CheckInTicket(shown.ticket_id, permissions.user(info), key_or_new(info, key), shown.issue)
    match await info.context.services.box_office.submit(command):
        case TicketCheckedIn(ticket, booking):
            assert ticket.checked_in_at is not None, "whoever is let in, is let in at some time"
            told = await info.context.ticket_loaders.told(ticket, booking)
            return CheckIn(ticket=told, checked_in_at=ticket.checked_in_at)
        case AlreadyCheckedIn() | TicketNotValid() | TicketNotFound() as refusal:
            return ticket_refused(refusal)
        case refusal:
            return refused(refusal, shown.ticket_id.event_id)
