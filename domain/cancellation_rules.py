"""The rules of giving a booking's places back: whole or in part, what goes back for them, and what it would be beforehand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.answers import BookingCancelled, CancellationQuoted
from domain.booking_rules import receipt_of
from domain.bookings import Booking, BookingStatus, Line, Payment, Receipt, Refund, RefundStatus, Ticket, TicketStatus
from domain.cancellation import share
from domain.commands import CancelBooking, CannotCancel, QuoteCancellation
from domain.ids import RefundId
from domain.inventory import Inventory
from domain.money import Money
from domain.refusals import (
    BookingNotCancellable,
    BookingNotFound,
    CancellationWindowExpired,
    IdempotencyKeyReused,
    KeptPlace,
    KeptReason,
    PlacesNotCancellable,
)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What a cancellation would do to a booking, whatever is asked for it first: to do it, or only to know."""

    lines: tuple[Line, ...]
    left: tuple[Line, ...]
    tickets: tuple[Ticket, ...]
    payment: Payment | None
    refund_minor: int
    per_cent: int
    valid_until: datetime | None


def cancel_booking(inventory: Inventory, command: CancelBooking, now: datetime) -> BookingCancelled | IdempotencyKeyReused | CannotCancel:
    """Give a booking's places back, all or those named, with the refund its policy promises.

    A pending booking can be given back at any time, a confirmed one as long as the policy it was bought under says. A ticket that was used,
    or is somebody else's by now, stays; an admin may give back what was handed on.
    """
    booking = inventory.bookings.get(command.booking_id.number)
    if booking is None or not command.by.owns(booking.user_id):
        return BookingNotFound(command.booking_id)
    if receipt := receipt_of(inventory, command.by.user_id, command.idempotency):
        return receipt if isinstance(receipt, IdempotencyKeyReused) else cancelled_before(inventory, booking, receipt)
    given = given_back(inventory, booking, command, now)
    if not isinstance(given, GivenBack):
        return given
    refund = owed_refund(command.refund_id, booking, given.payment, given.refund_minor, now)
    return BookingCancelled(
        after_giving_back(booking, given, now),
        refund,
        given.payment if refund else None,
        Receipt(command.by.user_id, command.idempotency, booking.id, made=refund.id.number if refund else 0),
        before=booking,
        lines=given.lines,
        tickets=tuple(replace(ticket, status=TicketStatus.CANCELLED) for ticket in given.tickets),
        by_other=None if command.by.user_id == booking.user_id else command.by.user_id,
    )


def quote_cancellation(inventory: Inventory, command: QuoteCancellation, now: datetime) -> CancellationQuoted | CannotCancel:
    """What cancelling would bring: found by the very rule that cancels."""
    booking = inventory.bookings.get(command.booking_id.number)
    if booking is None or not command.by.owns(booking.user_id):
        return BookingNotFound(command.booking_id)
    given = given_back(inventory, booking, command, now)
    if not isinstance(given, GivenBack):
        return given
    places = sum(line.quantity for line in given.lines)
    return CancellationQuoted(booking, places, Money(given.refund_minor, booking.currency), given.per_cent, given.valid_until)


def cancelled_before(inventory: Inventory, booking: Booking, receipt: Receipt) -> BookingCancelled:
    """What a cancellation was answered the first time, with its refund as it is now."""
    refund = inventory.refunds.get(receipt.made)
    return BookingCancelled(booking, refund, inventory.payments.get(refund.payment_id.number) if refund else None)


def given_back(
    inventory: Inventory, booking: Booking, command: CancelBooking | QuoteCancellation, now: datetime
) -> GivenBack | BookingNotCancellable | CancellationWindowExpired | PlacesNotCancellable:
    """What giving back the places that a command names, or all, comes to."""
    if booking.status not in (BookingStatus.PENDING, BookingStatus.CONFIRMED):
        return BookingNotCancellable(booking.id, booking.status)
    tickets = {ticket.id.ticket_no: ticket for ticket in inventory.tickets_of(booking.id.number)}
    chosen = chosen_places(booking, tickets, command)
    if isinstance(chosen, PlacesNotCancellable):
        return chosen
    lines, leaving = chosen
    if booking.status is BookingStatus.PENDING:
        return GivenBack(lines, without(booking.lines, lines), (), None, 0, 0, None)
    policy = booking.cancellation or inventory.policy.cancellation
    step = policy.step_at(inventory.sale.starts_at, now)
    if step is None:
        return CancellationWindowExpired(booking.id, policy.ends_at(inventory.sale.starts_at))
    payment = inventory.paid(booking.id.number)
    price = sum(line.quantity * line.price_minor for line in lines)
    refund_minor = min(share(price, step.per_cent), inventory.kept(payment)) if payment else 0
    return GivenBack(
        lines, without(booking.lines, lines), leaving, payment, refund_minor, step.per_cent, step.until(inventory.sale.starts_at)
    )


def chosen_places(
    booking: Booking, tickets: dict[int, Ticket], command: CancelBooking | QuoteCancellation
) -> tuple[tuple[Line, ...], tuple[Ticket, ...]] | PlacesNotCancellable:
    """The places that a command names, with their tickets where there are any; all that are left where it names none."""
    kept: list[KeptPlace] = []
    by_seat = {ticket.seat_no: ticket for ticket in tickets.values() if ticket.seat_no is not None}
    seats, numbers = set(command.seats), set(command.ticket_nos)
    if not seats and not numbers:
        numbers = {number for number, ticket in tickets.items() if ticket.status is not TicketStatus.CANCELLED}
        if not tickets:
            return booking.lines, ()
    kept += (KeptPlace(KeptReason.NOT_IN_BOOKING, ticket_no=number) for number in sorted(numbers - tickets.keys()))
    known = set(booking.seats) if not tickets else by_seat.keys()
    kept += (KeptPlace(KeptReason.NOT_IN_BOOKING, seat_no=seat_no) for seat_no in sorted(seats - known))
    named = {tickets[number].id.ticket_no: tickets[number] for number in sorted(numbers & tickets.keys())}
    named |= {by_seat[seat_no].id.ticket_no: by_seat[seat_no] for seat_no in sorted(seats & by_seat.keys())}
    for ticket in named.values():
        if reason := why_kept(ticket, admin=command.by.is_admin):
            kept.append(KeptPlace(reason, ticket.seat_no, ticket.id.ticket_no))
    if kept:
        return PlacesNotCancellable(booking.id, tuple(kept))
    if not tickets:
        return of_seats(booking.lines, seats), ()
    return of_tickets(named.values()), tuple(named.values())


def why_kept(ticket: Ticket, *, admin: bool) -> KeptReason | None:
    """Why a ticket cannot be given back; None where it can."""
    if ticket.status is TicketStatus.CANCELLED:
        return KeptReason.GIVEN_BACK
    if ticket.status is TicketStatus.CHECKED_IN:
        return KeptReason.CHECKED_IN
    return KeptReason.HANDED_ON if ticket.holder_id is not None and not admin else None


def of_seats(lines: tuple[Line, ...], seats: set[int]) -> tuple[Line, ...]:
    """The part of some lines that is in some seats."""
    parts = ((line, tuple(seat_no for seat_no in line.seats if seat_no in seats)) for line in lines)
    return tuple(replace(line, quantity=len(part), seats=part) for line, part in parts if part)


def of_tickets(tickets: Iterable[Ticket]) -> tuple[Line, ...]:
    """The places of some tickets, as lines."""
    found: dict[tuple[int, int, bool], list[Ticket]] = {}
    for ticket in tickets:
        found.setdefault((ticket.tier_no, ticket.price_minor, ticket.seat_no is not None), []).append(ticket)
    return tuple(
        Line(tier_no, len(same), price_minor, tuple(sorted(ticket.seat_no for ticket in same if ticket.seat_no is not None)))
        for (tier_no, price_minor, _), same in sorted(found.items())
    )


def without(lines: tuple[Line, ...], gone: tuple[Line, ...]) -> tuple[Line, ...]:
    """What is left of some lines."""
    left: list[Line] = []
    for line in lines:
        same = [
            other
            for other in gone
            if (other.tier_no, other.price_minor, bool(other.seats)) == (line.tier_no, line.price_minor, bool(line.seats))
        ]
        seats = {seat_no for other in same for seat_no in other.seats}
        kept = tuple(seat_no for seat_no in line.seats if seat_no not in seats)
        quantity = len(kept) if line.seats else line.quantity - sum(other.quantity for other in same)
        if quantity > 0:
            left.append(replace(line, quantity=quantity, seats=kept))
    return tuple(left)


def after_giving_back(booking: Booking, given: GivenBack, now: datetime) -> Booking:
    """The booking with the places it has left; one that has none keeps those it had, for its history."""
    if given.left:
        return replace(booking, lines=given.left, cancelled_at=now)
    return replace(booking, status=BookingStatus.CANCELLED, cancelled_at=now)


def owed_refund(refund_id: RefundId, booking: Booking, payment: Payment | None, minor: int, now: datetime) -> Refund | None:
    """The money that goes back; None where that is nothing."""
    if payment is None or minor == 0:
        return None
    return Refund(refund_id, payment.id, booking.id, Money(minor, payment.amount.currency), RefundStatus.PENDING, created_at=now)


def cancel_for_event(inventory: Inventory, booking: Booking, refund_id: RefundId, now: datetime) -> BookingCancelled:
    """End a booking because its event does not take place: all that was paid and not given back yet goes back, whatever its policy."""
    payment = inventory.paid(booking.id.number)
    refund = owed_refund(refund_id, booking, payment, inventory.kept(payment) if payment else 0, now)
    valid = (ticket for ticket in inventory.tickets_of(booking.id.number) if ticket.status is not TicketStatus.CANCELLED)
    return BookingCancelled(
        replace(booking, status=BookingStatus.CANCELLED, cancelled_at=now),
        refund,
        payment if refund else None,
        before=booking,
        lines=booking.lines,
        tickets=tuple(replace(ticket, status=TicketStatus.CANCELLED, checked_in_at=None) for ticket in valid),
    )
