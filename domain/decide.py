"""Deciding: each command of a batch in order of arrival, against the inventory as the ones before it have left it."""

from collections.abc import Sequence
from datetime import datetime

from domain.answers import Answer, DueExpired
from domain.booking_rules import block_seats, book_best, book_quantity, book_seats, extend_booking, lapse, unblock_seats
from domain.bookings import BookingStatus
from domain.cancellation_rules import cancel_booking, quote_cancellation
from domain.commands import (
    BeginPayment,
    BlockSeats,
    BookBest,
    BookQuantity,
    BookSeats,
    CancelBooking,
    Command,
    CompletePayment,
    CompleteRefund,
    ExpireDue,
    ExtendBooking,
    FailPayment,
    FailRefund,
    QuoteCancellation,
    RunErrand,
    UnblockSeats,
)
from domain.errand_rules import run_errand
from domain.inventory import Inventory
from domain.outcomes import settle
from domain.payment_rules import begin_payment, complete_payment, complete_refund, fail_payment, fail_refund
from domain.refusals import Refusal
from domain.ticket_commands import CheckIn, HandOnTicket
from domain.ticket_rules import check_in, hand_on_ticket
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist
from domain.waitlist_rules import accept_offer, decline_offer, join_waitlist, leave_waitlist, next_offer


def decide_batch(inventory: Inventory, commands: Sequence[Command], now: datetime) -> list[Answer | Refusal]:
    """Decide commands in order, each seeing what the ones before it changed; a refused one changes nothing.

    Holds that have ended are given back first, so that their places are free to the first command that asks; but what becomes free goes to
    the waitlist before any other command sees it.
    """
    expire_due(inventory, now)
    outcomes: list[Answer | Refusal] = []
    for command in commands:
        outcome = decide(inventory, command, now)
        settle(inventory, outcome, now)
        offer_freed(inventory, now)
        outcomes.append(outcome)
    return outcomes


def expire_due(inventory: Inventory, now: datetime) -> None:
    """Give back the places of every loaded hold whose time is over at `now`, and offer what is available to those who wait.

    What is available is offered whether it became so here or not: the catalogue may have put the event back on sale, or added places.
    """
    for booking in list(inventory.bookings.values()):
        if booking.status is BookingStatus.PENDING and booking.expires_at <= now:
            settle(inventory, lapse(booking), now)
    inventory.freed = inventory.available > 0
    offer_freed(inventory, now)


def offer_freed(inventory: Inventory, now: datetime) -> None:
    """Keep places that have become available for those of the waitlist whom they satisfy."""
    while inventory.freed and inventory.waiting:
        offer = next_offer(inventory, now)
        if offer is None:
            break
        settle(inventory, offer, now)
    inventory.freed = False


def decide(inventory: Inventory, command: Command, now: datetime) -> Answer | Refusal:
    """What one command is answered. Reads the inventory and changes nothing."""
    match command:
        case BookSeats():
            return book_seats(inventory, command, now)
        case BookQuantity():
            return book_quantity(inventory, command, now)
        case BookBest():
            return book_best(inventory, command, now)
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
        case FailRefund():
            return fail_refund(inventory, command, now)
        case CancelBooking():
            return cancel_booking(inventory, command, now)
        case QuoteCancellation():
            return quote_cancellation(inventory, command, now)
        case HandOnTicket():
            return hand_on_ticket(inventory, command)
        case CheckIn():
            return check_in(inventory, command, now)
        case JoinWaitlist():
            return join_waitlist(inventory, command, now)
        case LeaveWaitlist():
            return leave_waitlist(inventory, command, now)
        case AcceptOffer():
            return accept_offer(inventory, command, now)
        case DeclineOffer():
            return decline_offer(inventory, command, now)
        case RunErrand():
            return run_errand(inventory, command, now)
        case BlockSeats():
            return block_seats(inventory, command)
        case UnblockSeats():
            return unblock_seats(inventory, command)
        case ExpireDue():
            return DueExpired()
