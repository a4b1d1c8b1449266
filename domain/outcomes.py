"""Outcomes: what each answer changes in the inventory, and whom it has told. A repeated answer, and any refusal, changes nothing."""

from dataclasses import replace
from datetime import datetime

from domain.answers import (
    Answer,
    BookingCancelled,
    BookingConfirmed,
    BookingExtended,
    BookingLapsed,
    BookingPending,
    ErrandAdvanced,
    OfferAccepted,
    OfferMade,
    PaymentBegun,
    PaymentDeclined,
    PaymentTooLate,
    RefundCompleted,
    RefundFailed,
    SeatsBlocked,
    SeatsUnblocked,
    TicketCheckedIn,
    TicketHandedOn,
    WaitlistJoined,
    WaitlistLeft,
)
from domain.audit import AuditFact
from domain.bookings import Booking, BookingStatus, tickets_of
from domain.ids import SeatId, UserId
from domain.inventory import Inventory
from domain.notifications import Notice, NotificationKind
from domain.places import PlaceStatus
from domain.refusals import Refusal
from domain.waitlist import EntryStatus

AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus


def settle(inventory: Inventory, outcome: Answer | Refusal, now: datetime) -> None:
    """Carry out an answer in the inventory, at the moment it was decided."""
    match outcome:
        case BookingPending(booking):
            inventory.move_booking(booking, AVAILABLE, HELD)
            inventory.put_booking(booking)
        case BookingLapsed(booking):
            inventory.move_booking(booking, HELD, AVAILABLE)
            inventory.put_booking(booking)
            if entry_follows(inventory, booking, EntryStatus.EXPIRED, now):
                tell(inventory, booking, NotificationKind.WAITLIST_OFFER_EXPIRED)
            else:
                tell(inventory, booking, NotificationKind.BOOKING_EXPIRED)
        case BookingExtended(booking, receipt) if receipt is not None:
            inventory.put_booking(booking)
            inventory.put_receipt(receipt)
            entry_follows(inventory, booking, EntryStatus.ACCEPTED, now)
        case PaymentBegun(booking, payment, receipt) if receipt is not None:
            inventory.put_booking(booking)
            inventory.put_payment(payment)
            inventory.put_receipt(receipt)
            entry_follows(inventory, booking, EntryStatus.ACCEPTED, now)
        case BookingConfirmed(booking, payment, receipt, before) if before is not None:
            inventory.move_booking(booking, HELD if before.status is BookingStatus.PENDING else AVAILABLE, BOOKED)
            inventory.put_booking(booking)
            inventory.put_tickets(tickets_of(booking))
            if payment is not None:
                inventory.put_payment(payment)
            if receipt is not None:
                inventory.put_receipt(receipt)
            entry_follows(inventory, booking, EntryStatus.ACCEPTED, now)
            tell(inventory, booking, NotificationKind.BOOKING_CONFIRMED, total_minor=booking.total.minor, currency=booking.currency)
        case PaymentTooLate(booking, payment, refund) if refund.id.number not in inventory.refunds:
            inventory.put_payment(payment)
            inventory.put_refund(refund)
            tell(inventory, booking, NotificationKind.PAYMENT_FAILED, reason="too_late")
        case PaymentDeclined(booking, payment, released) if inventory.payments[payment.id.number] != payment:
            inventory.put_payment(payment)
            if released:
                inventory.move_booking(booking, HELD, AVAILABLE)
                inventory.put_booking(booking)
            tell(inventory, booking, NotificationKind.PAYMENT_FAILED, reason=payment.failure)
        case BookingCancelled():
            settle_cancellation(inventory, outcome, now)
        case RefundCompleted(refund) | RefundFailed(refund) if inventory.refunds[refund.id.number] != refund:
            inventory.put_refund(refund)
        case TicketHandedOn(ticket, booking, receipt) if receipt is not None:
            inventory.put_tickets((ticket,))
            inventory.put_receipt(receipt)
            about = {"ticket": str(ticket.id), "from_user": str(receipt.user_id)}
            to = ticket.holder_id if ticket.holder_id is not None else booking.user_id
            inventory.tell(Notice(to, NotificationKind.TICKET_RECEIVED, booking.id.number, about))
        case TicketCheckedIn(ticket, _, receipt) if receipt is not None:
            inventory.put_tickets((ticket,))
            inventory.put_receipt(receipt)
            inventory.note(AuditFact(receipt.user_id, "checkIn", str(ticket.id)))
        case WaitlistJoined(entry, new, receipt) if new:
            inventory.put_entry(entry)
            if receipt is not None:
                inventory.put_receipt(receipt)
        case WaitlistLeft(entry, offer) if inventory.entries[entry.id.number] != entry:
            inventory.put_entry(entry)
            if offer is not None:
                inventory.move_booking(offer, HELD, AVAILABLE)
                inventory.put_booking(offer)
        case OfferMade():
            settle_offer(inventory, outcome)
        case OfferAccepted(entry, booking, before) if before is not None:
            inventory.put_entry(entry)
            inventory.put_booking(booking)
        case ErrandAdvanced(errand, cancelled, notices, left, is_new) if is_new and errand is not None:
            inventory.put_errand(errand)
            for part in cancelled:
                give_back(inventory, part, now)
            for entry in left:
                inventory.put_entry(entry)
            inventory.tell(*notices)
        case SeatsBlocked(seats, by):
            for seat_no in seats:
                inventory.move_seat(seat_no, BLOCKED, None)
            inventory.note(seats_changed(inventory, by, "blockSeats", seats))
        case SeatsUnblocked(seats, by):
            for seat_no in seats:
                inventory.move_seat(seat_no, AVAILABLE, None)
            inventory.note(seats_changed(inventory, by, "unblockSeats", seats))
        case _:
            pass


def settle_cancellation(inventory: Inventory, done: BookingCancelled, now: datetime) -> None:
    """Carry out a cancellation that was asked for: what was paid is told of, and what another than the owner did is written down."""
    before = done.before
    if before is None:
        return
    give_back(inventory, done, now)
    if done.receipt is not None:
        inventory.put_receipt(done.receipt)
    quantity = sum(line.quantity for line in done.lines)
    if before.status is BookingStatus.CONFIRMED:
        about = {
            "quantity": quantity,
            "refund_minor": done.refund.amount.minor if done.refund else 0,
            "currency": before.currency,
            "partial": done.booking.status is BookingStatus.CONFIRMED,
        }
        holders = {ticket.holder_id for ticket in done.tickets if ticket.holder_id is not None} - {before.user_id}
        users = [before.user_id, *sorted(holders)]
        inventory.tell(*(Notice(user, NotificationKind.BOOKING_CANCELLED, before.id.number, about) for user in users))
    if done.by_other is not None:
        inventory.note(AuditFact(done.by_other, "cancelBooking", str(before.id), {"places": quantity}))


def give_back(inventory: Inventory, done: BookingCancelled, now: datetime) -> None:
    """Free the places of a cancellation, void its tickets and owe its refund."""
    assert done.before is not None, "a repeat changes nothing"
    held = HELD if done.before.status is BookingStatus.PENDING else BOOKED
    inventory.move_lines(done.booking.id.number, done.lines, held, AVAILABLE)
    inventory.put_booking(done.booking)
    inventory.put_tickets(done.tickets)
    if done.refund is not None:
        inventory.put_refund(done.refund)
    ended = done.booking.status is BookingStatus.CANCELLED
    entry_follows(inventory, done.booking, EntryStatus.DECLINED if ended else EntryStatus.ACCEPTED, now)


def settle_offer(inventory: Inventory, offer: OfferMade) -> None:
    """Hold an offer's places, tell its user, and remember who was skipped and why."""
    inventory.move_booking(offer.booking, AVAILABLE, HELD)
    inventory.put_booking(offer.booking)
    inventory.put_entry(offer.entry)
    for entry, reason in offer.skipped:
        inventory.put_entry(replace(entry, skips=entry.skips + 1, skip_reason=reason))
    about = {
        "quantity": offer.entry.quantity,
        "expires_at": offer.booking.expires_at.isoformat(),
        "by_email": offer.entry.notify_email,
        "by_sms": offer.entry.notify_sms,
    }
    inventory.tell(Notice(offer.entry.user_id, NotificationKind.WAITLIST_OFFER, offer.booking.id.number, about))


def entry_follows(inventory: Inventory, booking: Booking, status: EntryStatus, now: datetime) -> bool:
    """Let the entry whose open offer a booking is follow it; False where it is no offer, or none any more."""
    entry = inventory.entries.get(booking.id.number)
    if entry is None or entry.status is not EntryStatus.OFFERED:
        return False
    inventory.put_entry(replace(entry, status=status, ended_at=now))
    return True


def tell(inventory: Inventory, booking: Booking, kind: NotificationKind, **about: str | int | None) -> None:
    """Have a booking's owner told."""
    inventory.tell(Notice(booking.user_id, kind, booking.id.number, {"quantity": booking.quantity, **about}))


def seats_changed(inventory: Inventory, by: UserId | None, action: str, seats: tuple[int, ...]) -> AuditFact | None:
    """That somebody put seats off sale or on sale again; None where all were so already, or the house did it itself."""
    named = [str(SeatId(inventory.event_id, seat_no)) for seat_no in seats]
    return AuditFact(by, action, str(inventory.event_id), {"seats": named}) if named and by is not None else None
