"""Rows as the box office's statements write them: the entities that a batch changed."""

from typing import Any

import orjson

from db.identifiers import new_number
from db.rows import lines_json
from domain.audit import AuditFact
from domain.bookings import Booking, Payment, Receipt, Refund, Ticket
from domain.errands import Errand
from domain.notifications import IN_APP_ONLY, Notice
from domain.waitlist import WaitlistEntry


def hold_columns(bookings: list[Booking]) -> tuple[list[Any], ...]:
    """New pending bookings, column by column, as `write_holds` takes them."""
    return (
        [booking.id.number for booking in bookings],
        [booking.user_id for booking in bookings],
        [booking.quantity for booking in bookings],
        [orjson.dumps(lines_json(booking)).decode() for booking in bookings],
        [booking.total.minor for booking in bookings],
        [booking.expires_at for booking in bookings],
        [booking.idempotency.key if booking.idempotency else None for booking in bookings],
        [booking.idempotency.fingerprint if booking.idempotency else None for booking in bookings],
    )


def booking_row(booking: Booking) -> dict[str, Any]:
    """What can change in a booking."""
    return {
        "booking_id": booking.id.number,
        "status": booking.status,
        "quantity": booking.quantity,
        "lines": lines_json(booking),
        "total_minor": booking.total.minor,
        "expires_at": booking.expires_at,
        "extended": booking.extended,
        "confirmed_at": booking.confirmed_at,
        "cancelled_at": booking.cancelled_at,
    }


def new_booking_row(booking: Booking) -> dict[str, Any]:
    """All of a booking that is written for the first time."""
    return booking_row(booking) | {
        "user_id": booking.user_id,
        "idempotency_key": booking.idempotency.key if booking.idempotency else None,
        "fingerprint": booking.idempotency.fingerprint if booking.idempotency else None,
        "refund_steps": booking.cancellation.stored() if booking.cancellation else None,
    }


def payment_row(payment: Payment) -> dict[str, Any]:
    """All of a payment."""
    return {
        "payment_id": payment.id.number,
        "booking_id": payment.booking_id.number,
        "user_id": payment.user_id,
        "amount_minor": payment.amount.minor,
        "gateway": payment.gateway,
        "method": payment.method,
        "status": payment.status,
        "fails_booking": payment.fails_booking,
        "created_at": payment.created_at,
        "processed_at": payment.processed_at,
        "provider_reference": payment.provider_reference,
        "failure": payment.failure,
    }


def refund_row(refund: Refund) -> dict[str, Any]:
    """All of a refund."""
    return {
        "refund_id": refund.id.number,
        "payment_id": refund.payment_id.number,
        "booking_id": refund.booking_id.number,
        "amount_minor": refund.amount.minor,
        "status": refund.status,
        "created_at": refund.created_at,
        "processed_at": refund.processed_at,
        "provider_reference": refund.provider_reference,
        "failure": refund.failure,
    }


def receipt_row(receipt: Receipt) -> dict[str, Any]:
    """All of a receipt."""
    return {
        "user_id": receipt.user_id,
        "idempotency_key": receipt.idempotency.key,
        "fingerprint": receipt.idempotency.fingerprint,
        "booking_id": receipt.booking_id.number,
        "made": receipt.made,
    }


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """All of a ticket."""
    return {
        "booking_id": ticket.id.booking_id.number,
        "ticket_no": ticket.id.ticket_no,
        "tier_no": ticket.tier_no,
        "seat_no": ticket.seat_no,
        "price_minor": ticket.price_minor,
        "status": ticket.status,
        "holder_id": ticket.holder_id,
        "issue": ticket.issue,
        "checked_in_at": ticket.checked_in_at,
    }


def entry_row(entry: WaitlistEntry) -> dict[str, Any]:
    """All of an entry of the waitlist."""
    return {
        "entry_id": entry.id.number,
        "user_id": entry.user_id,
        "tier_no": entry.tier_no,
        "quantity": entry.quantity,
        "together": entry.together,
        "notify_email": entry.notify_email,
        "notify_sms": entry.notify_sms,
        "status": entry.status,
        "joined_at": entry.joined_at,
        "offered_at": entry.offered_at,
        "offer_expires_at": entry.offer_expires_at,
        "ended_at": entry.ended_at,
        "skips": entry.skips,
        "skip_reason": entry.skip_reason,
    }


def notice_row(notice: Notice) -> dict[str, Any]:
    """A notification that is due, or done where it is only shown in the app. Its number is drawn here: nothing asks for it again."""
    return {
        "notification_id": new_number(),
        "user_id": notice.user_id,
        "kind": notice.kind,
        "booking_id": notice.booking_no,
        "about": dict(notice.about),
        "status": 1 if notice.kind in IN_APP_ONLY else 0,
    }


def audit_row(fact: AuditFact) -> dict[str, Any]:
    """All of a fact of the audit trail."""
    return {
        "audit_id": new_number(),
        "user_id": fact.user_id,
        "action": fact.action,
        "subject": fact.subject,
        "facts": dict(fact.facts),
    }


def errand_row(errand: Errand) -> dict[str, Any]:
    """How far an errand has come."""
    return {"errand_id": errand.errand_no, "after_booking": errand.after_booking, "done_at": errand.done_at}
