"""The rules of paying. Every interleaving of paying, expiring and cancelling ends confirmed and charged once, or not confirmed and not
charged or refunded."""

from dataclasses import replace
from datetime import datetime

from domain.answers import BookingConfirmed, PaymentBegun, PaymentDeclined, PaymentTooLate, RefundCompleted, RefundFailed
from domain.booking_rules import extended, not_pending, receipt_of
from domain.bookings import Booking, BookingStatus, Payment, PaymentStatus, Receipt, Refund, RefundStatus
from domain.commands import BeginPayment, CompletePayment, CompleteRefund, FailPayment, FailRefund
from domain.inventory import EventStatus, Inventory
from domain.places import PlaceStatus
from domain.refusals import (
    BookingExpired,
    BookingNotFound,
    BookingNotPending,
    EventNotOnSale,
    IdempotencyKeyReused,
    NotOnSaleReason,
    PaymentFailed,
    PaymentInProgress,
    PaymentNotFound,
    PaymentRequired,
)

CannotPay = (
    BookingNotFound | IdempotencyKeyReused | BookingExpired | BookingNotPending | EventNotOnSale | PaymentInProgress | PaymentRequired
)


def begin_payment(
    inventory: Inventory, command: BeginPayment, now: datetime
) -> PaymentBegun | BookingConfirmed | PaymentTooLate | PaymentFailed | CannotPay:
    """Write a charge down before it is made, and give the booking its one extension if it still has it.

    A booking that costs nothing is confirmed at once. A repeat is answered with what became of the first.
    """
    booking = inventory.bookings.get(command.booking_id.number)
    if booking is None or not command.by.owns(booking.user_id):
        return BookingNotFound(command.booking_id)
    if receipt := receipt_of(inventory, command.by.user_id, command.idempotency):
        return receipt if isinstance(receipt, IdempotencyKeyReused) else repeated_payment(inventory, booking, receipt)
    if refusal := not_pending(booking):
        return refusal
    if inventory.sale.status is EventStatus.CANCELLED:
        return EventNotOnSale(NotOnSaleReason.CANCELLED, inventory.sale.on_sale_at, inventory.sale.off_sale_at)
    if under_way := [p for p in inventory.payments_of(booking.id.number) if p.status is PaymentStatus.PENDING]:
        return PaymentInProgress(booking.id, under_way[0].id)
    if booking.total.minor == 0:
        receipt = Receipt(command.by.user_id, command.idempotency, booking.id)
        return BookingConfirmed(confirmed(booking, now), None, receipt, before=booking)
    if command.method is None:
        return PaymentRequired(booking.id, booking.total)
    payment = Payment(
        id=command.payment_id,
        booking_id=booking.id,
        user_id=booking.user_id,
        amount=booking.total,
        gateway=command.gateway,
        method=command.method,
        status=PaymentStatus.PENDING,
        created_at=now,
        fails_booking=command.fails_booking,
    )
    receipt = Receipt(command.by.user_id, command.idempotency, booking.id, made=payment.id.number)
    return PaymentBegun(booking if booking.extended else extended(inventory, booking), payment, receipt)


def repeated_payment(
    inventory: Inventory, booking: Booking, receipt: Receipt
) -> PaymentBegun | BookingConfirmed | PaymentTooLate | PaymentFailed:
    """What became of a payment that was begun before."""
    payment = inventory.payments.get(receipt.made)
    if payment is None:
        return BookingConfirmed(booking, None)
    if payment.status is PaymentStatus.SUCCEEDED:
        return charged_before(inventory, booking, payment)
    if payment.status is PaymentStatus.FAILED:
        expires_at = booking.expires_at if booking.status is BookingStatus.PENDING else None
        return PaymentFailed(booking.id, payment.failure or "", expires_at)
    return PaymentBegun(booking, payment, None)


def charged_before(inventory: Inventory, booking: Booking, payment: Payment) -> BookingConfirmed | PaymentTooLate:
    """What became of a charge that succeeded: it confirmed its booking, whatever happened later, or its money goes back."""
    refund = inventory.owed(payment)
    return BookingConfirmed(booking, payment) if refund is None or booking.confirmed_at else PaymentTooLate(booking, payment, refund)


def payment_for(inventory: Inventory, command: CompletePayment | FailPayment) -> tuple[Payment, Booking] | None:
    """The charge a gateway tells of, with its booking; None where there is no such charge for that booking."""
    payment = inventory.payments.get(command.payment_id.number)
    booking = inventory.bookings.get(command.booking_id.number)
    return (payment, booking) if payment and booking and payment.booking_id == booking.id else None


def complete_payment(inventory: Inventory, command: CompletePayment, now: datetime) -> BookingConfirmed | PaymentTooLate | PaymentNotFound:
    """The money has come: confirm the booking, or, where its places are gone or its event is cancelled, owe the money back.

    A hold that ended meanwhile gets the same places again if all are free. Told twice, it changes nothing the second time. A booking of a
    cancelled event is left as it is: whoever cancels the event ends it.
    """
    found = payment_for(inventory, command)
    if found is None:
        return PaymentNotFound(command.payment_id)
    payment, booking = found
    if payment.status is PaymentStatus.SUCCEEDED:
        return charged_before(inventory, booking, payment)
    paid = replace(payment, status=PaymentStatus.SUCCEEDED, processed_at=now, provider_reference=command.provider_reference, failure=None)
    takes_place = booking.status is BookingStatus.PENDING and inventory.sale.status is not EventStatus.CANCELLED
    if takes_place or can_retake(inventory, booking, command, now):
        return BookingConfirmed(confirmed(booking, now), paid, before=booking)
    refund = Refund(command.refund_id, paid.id, booking.id, paid.amount, RefundStatus.PENDING, created_at=now)
    return PaymentTooLate(booking, paid, refund)


def can_retake(inventory: Inventory, booking: Booking, command: CompletePayment, now: datetime) -> bool:
    """Whether an expired booking's very places are all free again, for an event that still sells and a user who may still have them."""
    limit = inventory.sale.ticket_limit
    return (
        booking.status is BookingStatus.EXPIRED
        and inventory.sale.status is EventStatus.PUBLISHED
        and now < inventory.sale.off_sale_at
        and (limit is None or command.user_id == booking.user_id)
        and (limit is None or inventory.taken_by.get(booking.user_id, 0) + booking.quantity <= limit)
        and set(booking.seats) <= set(command.seats)
        and all(inventory.seat(seat_no).status is PlaceStatus.AVAILABLE for seat_no in booking.seats)
        and all(inventory.tiers[line.tier_no].counts.available >= line.quantity for line in booking.lines)
    )


def confirmed(booking: Booking, now: datetime) -> Booking:
    """A booking once it is paid."""
    return replace(booking, status=BookingStatus.CONFIRMED, confirmed_at=now)


def fail_payment(
    inventory: Inventory, command: FailPayment, now: datetime
) -> PaymentDeclined | BookingConfirmed | PaymentTooLate | PaymentNotFound:
    """The gateway has declined: keep the places for another try, or end a booking that was to be paid at once."""
    found = payment_for(inventory, command)
    if found is None:
        return PaymentNotFound(command.payment_id)
    payment, booking = found
    if payment.status is PaymentStatus.SUCCEEDED:
        return charged_before(inventory, booking, payment)
    if payment.status is PaymentStatus.FAILED:
        return PaymentDeclined(booking, payment)
    failed = replace(payment, status=PaymentStatus.FAILED, processed_at=now, failure=command.reason)
    if payment.fails_booking and booking.status is BookingStatus.PENDING:
        return PaymentDeclined(replace(booking, status=BookingStatus.FAILED), failed, released=True)
    return PaymentDeclined(booking, failed)


def complete_refund(inventory: Inventory, command: CompleteRefund, now: datetime) -> RefundCompleted | BookingNotFound:
    """The money is back. Told twice, it changes nothing the second time."""
    refund = inventory.refunds.get(command.refund_id.number)
    if refund is None or refund.booking_id != command.booking_id:
        return BookingNotFound(command.booking_id)
    if refund.status is RefundStatus.SUCCEEDED:
        return RefundCompleted(refund)
    done = replace(refund, status=RefundStatus.SUCCEEDED, processed_at=now, failure=None, provider_reference=command.provider_reference)
    return RefundCompleted(done)


def fail_refund(inventory: Inventory, command: FailRefund, now: datetime) -> RefundFailed | BookingNotFound:
    """The gateway will not give the money back, which it may also find out after it said that it had. Told twice, nothing changes."""
    refund = inventory.refunds.get(command.refund_id.number)
    if refund is None or refund.booking_id != command.booking_id:
        return BookingNotFound(command.booking_id)
    if refund.status is RefundStatus.FAILED:
        return RefundFailed(refund)
    return RefundFailed(replace(refund, status=RefundStatus.FAILED, processed_at=now, failure=command.reason))
