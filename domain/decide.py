"""Deciding: each command of a batch in order of arrival, against the inventory as the ones before it have left it."""

from collections.abc import Sequence
from datetime import datetime

from domain.answers import (
    AlreadyBooked,
    Answer,
    BookingCancelled,
    BookingConfirmed,
    BookingExtended,
    BookingLapsed,
    BookingPending,
    DueExpired,
    PaymentBegun,
    PaymentDeclined,
    PaymentTooLate,
    RefundCompleted,
    SeatsBlocked,
    SeatsUnblocked,
)
from domain.booking_rules import block_seats, book_quantity, book_seats, cancel_booking, extend_booking, lapse, unblock_seats
from domain.bookings import BookingStatus, tickets_of
from domain.commands import (
    BeginPayment,
    BlockSeats,
    BookQuantity,
    BookSeats,
    CancelBooking,
    Command,
    CompletePayment,
    CompleteRefund,
    ExpireDue,
    ExtendBooking,
    FailPayment,
    UnblockSeats,
)
from domain.inventory import Inventory
from domain.payment_rules import begin_payment, complete_payment, complete_refund, fail_payment
from domain.places import PlaceStatus
from domain.refusals import Refusal

AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus


def decide_batch(inventory: Inventory, commands: Sequence[Command], now: datetime) -> list[Answer | Refusal]:
    """Decide commands in order, each seeing what the ones before it changed; a refused one changes nothing.

    Holds that have ended are given back first, so that their places are free to the first command that asks.
    """
    expire_due(inventory, now)
    outcomes: list[Answer | Refusal] = []
    for command in commands:
        outcome = decide(inventory, command, now)
        settle(inventory, outcome)
        outcomes.append(outcome)
    return outcomes


def expire_due(inventory: Inventory, now: datetime) -> None:
    """Give back the places of every loaded hold whose time is over at `now`."""
    for booking in list(inventory.bookings.values()):
        if booking.status is BookingStatus.PENDING and booking.expires_at <= now:
            settle(inventory, lapse(booking))


def decide(inventory: Inventory, command: Command, now: datetime) -> Answer | Refusal:
    """What one command is answered. Reads the inventory and changes nothing."""
    match command:
        case BookSeats():
            return book_seats(inventory, command, now)
        case BookQuantity():
            return book_quantity(inventory, command, now)
        case ExtendBooking():
            return extend_booking(inventory, command, now)
        case BeginPayment():
            return begin_payment(inventory, command, now)
        case CompletePayment():
            return complete_payment(inventory, command, now)
        case FailPayment():
            return fail_payment(inventory, command, now)
        case CompleteRefund():
            return complete_refund(inventory, command, now)
        case CancelBooking():
            return cancel_booking(inventory, command, now)
        case BlockSeats():
            return block_seats(inventory, command)
        case UnblockSeats():
            return unblock_seats(inventory, command)
        case ExpireDue():
            return DueExpired()


def settle(inventory: Inventory, outcome: Answer | Refusal) -> None:
    """Carry out an answer in the inventory. A repeated answer, and any refusal, changes nothing."""
    match outcome:
        case BookingPending(booking):
            inventory.move_booking(booking, AVAILABLE, HELD)
            inventory.put_booking(booking)
        case BookingLapsed(booking):
            inventory.move_booking(booking, HELD, AVAILABLE)
            inventory.put_booking(booking)
        case BookingExtended(booking, receipt) if receipt is not None:
            inventory.put_booking(booking)
            inventory.put_receipt(receipt)
        case PaymentBegun(booking, payment, receipt) if receipt is not None:
            inventory.put_booking(booking)
            inventory.put_payment(payment)
            inventory.put_receipt(receipt)
        case BookingConfirmed(booking, payment, receipt, before) if before is not None:
            inventory.move_booking(booking, HELD if before.status is BookingStatus.PENDING else AVAILABLE, BOOKED)
            inventory.put_booking(booking)
            inventory.put_tickets(tickets_of(booking))
            if payment is not None:
                inventory.put_payment(payment)
            if receipt is not None:
                inventory.put_receipt(receipt)
        case PaymentTooLate(_, payment, refund) if refund.id.number not in inventory.refunds:
            inventory.put_payment(payment)
            inventory.put_refund(refund)
        case PaymentDeclined(booking, payment, released) if inventory.payments[payment.id.number] != payment:
            inventory.put_payment(payment)
            if released:
                inventory.move_booking(booking, HELD, AVAILABLE)
                inventory.put_booking(booking)
        case BookingCancelled(booking, refund, _, receipt, before) if before is not None:
            inventory.move_booking(booking, HELD if before.status is BookingStatus.PENDING else BOOKED, AVAILABLE)
            inventory.put_booking(booking)
            inventory.changed.voided.add(booking.id.number)
            if refund is not None:
                inventory.put_refund(refund)
            if receipt is not None:
                inventory.put_receipt(receipt)
        case RefundCompleted(refund) if inventory.refunds[refund.id.number] != refund:
            inventory.put_refund(refund)
        case SeatsBlocked(seats):
            for seat_no in seats:
                inventory.move_seat(seat_no, BLOCKED, None)
        case SeatsUnblocked(seats):
            for seat_no in seats:
                inventory.move_seat(seat_no, AVAILABLE, None)
        case AlreadyBooked() | DueExpired() | _:
            pass
