"""The rules of tickets once they are sold: handing one on, and letting its holder in."""

from dataclasses import replace
from datetime import datetime

from domain.answers import TicketCheckedIn, TicketHandedOn
from domain.booking_rules import receipt_of
from domain.bookings import Booking, Receipt, Ticket, TicketStatus
from domain.callers import Caller
from domain.ids import TicketId
from domain.inventory import EventStatus, Inventory
from domain.refusals import IdempotencyKeyReused
from domain.ticket_commands import CheckIn, HandOnTicket
from domain.ticket_refusals import AlreadyCheckedIn, TicketNotFound, TicketNotValid


def hand_on_ticket(inventory: Inventory, command: HandOnTicket) -> TicketHandedOn | TicketNotFound | IdempotencyKeyReused | TicketNotValid:
    """Make a valid ticket another user's. Entry codes of before are of an older issue, and open nothing."""
    found = ticket_with_booking(inventory, command.ticket_id)
    receipt = receipt_of(inventory, command.by.user_id, command.idempotency)
    if found is None or (receipt is None and not holds(command.by, *found)):
        return TicketNotFound(command.ticket_id)
    ticket, booking = found
    if receipt is not None:
        return receipt if isinstance(receipt, IdempotencyKeyReused) else TicketHandedOn(ticket, booking)
    if ticket.status is not TicketStatus.VALID or inventory.sale.status is EventStatus.CANCELLED:
        return TicketNotValid(ticket.id, ticket.status)
    handed = replace(ticket, holder_id=None if command.to == booking.user_id else command.to, issue=ticket.issue + 1)
    return TicketHandedOn(handed, booking, Receipt(command.by.user_id, command.idempotency, booking.id, made=ticket.id.ticket_no))


def check_in(
    inventory: Inventory, command: CheckIn, now: datetime
) -> TicketCheckedIn | TicketNotFound | IdempotencyKeyReused | AlreadyCheckedIn | TicketNotValid:
    """Let a ticket's holder in, once. Who may do so is asked before: those who run the event."""
    found = ticket_with_booking(inventory, command.ticket_id)
    if found is None:
        return TicketNotFound(command.ticket_id)
    ticket, booking = found
    receipt = receipt_of(inventory, command.by.user_id, command.idempotency)
    if isinstance(receipt, IdempotencyKeyReused):
        return receipt
    if receipt is not None and ticket.checked_in_at is not None:  # else the event was cancelled since, and nobody is in
        return TicketCheckedIn(ticket, booking)
    if command.issue is not None and command.issue != ticket.issue:
        return TicketNotValid(ticket.id, ticket.status, is_superseded=True)
    if ticket.checked_in_at is not None:
        return AlreadyCheckedIn(ticket.id, ticket.checked_in_at)
    if ticket.status is not TicketStatus.VALID or inventory.sale.status is EventStatus.CANCELLED:
        return TicketNotValid(ticket.id, ticket.status)
    used = replace(ticket, status=TicketStatus.CHECKED_IN, checked_in_at=now)
    return TicketCheckedIn(used, booking, Receipt(command.by.user_id, command.idempotency, booking.id, made=ticket.id.ticket_no))


def ticket_with_booking(inventory: Inventory, ticket_id: TicketId) -> tuple[Ticket, Booking] | None:
    """A loaded ticket with its booking."""
    booking_no = ticket_id.booking_id.number
    ticket, booking = inventory.tickets.get((booking_no, ticket_id.ticket_no)), inventory.bookings.get(booking_no)
    return (ticket, booking) if ticket and booking else None


def holds(caller: Caller, ticket: Ticket, booking: Booking) -> bool:
    """Whether a ticket is a caller's to hand on: its holder's, or the buyer's as long as they kept it."""
    return caller.owns(ticket.holder_id if ticket.holder_id is not None else booking.user_id)
