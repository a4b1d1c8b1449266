"""A batch's two round trips: loading what its commands touch, and writing what they changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from db.pool import Connection
from db.rows import booking_of, lines_json, listed, payment_of, receipt_of, refund_of, seats_of, tier_of
from db.statements import statements
from domain.bookings import Booking, Payment, Refund, Ticket, TicketStatus
from domain.commands import Touched
from domain.ids import EventId, UserId
from domain.inventory import BookingPolicy, EventStatus, Inventory, Sale
from domain.places import SeatingPlan

SQL = statements("box_office")
DUE_MOST = 500
"""How many overdue holds one batch gives back; where there are more, a batch does only that."""


@dataclass(slots=True)
class Loaded:
    """An inventory as the database had it at `now`, its clock; `all_due` is false where more overdue holds wait than were loaded."""

    inventory: Inventory
    now: datetime
    plan_version: int
    all_due: bool


async def load(
    connection: Connection, event_id: EventId, touched: Touched, plan: SeatingPlan | None, policy: BookingPolicy
) -> Loaded | None:
    """Load all that some commands touch, at one version and one moment; None where there is no such event."""
    chosen = [tier_no for tier_no in touched.tiers if plan is not None and tier_no in plan.ranges]
    ranges = [seat_nos for tier_no in chosen if plan is not None for seat_nos in plan.ranges[tier_no]]
    keys = sorted(touched.keys)
    row = await connection.fetchrow(
        SQL["load"],
        event_id,
        list(touched.seats),
        [seat_nos.start for seat_nos in ranges],
        [seat_nos.stop - 1 for seat_nos in ranges],
        list(touched.bookings),
        list(touched.users),
        [user_id for user_id, _ in keys],
        [key for _, key in keys],
        DUE_MOST,
    )
    if row is None:
        return None
    due = [booking_of(event_id, b) for b in listed(row["due"])]
    wanted = [booking_of(event_id, b) for b in (*listed(row["bookings"]), *listed(row["keyed"]))]
    payments = (payment_of(event_id, p) for p in listed(row["payments"]))
    refunds = (refund_of(event_id, r) for r in listed(row["refunds"]))
    receipts = (receipt_of(event_id, r) for r in listed(row["receipts"]))
    inventory = Inventory(
        event_id=event_id,
        version=row["version"],
        sale=Sale(
            status=EventStatus(row["status"]),
            on_sale_at=row["on_sale_at"],
            off_sale_at=row["off_sale_at"],
            starts_at=row["starts_at"],
            currency=row["currency"],
            ticket_limit=row["ticket_limit"],
        ),
        policy=policy,
        tiers={tier[0]: tier_of(tier) for tier in listed(row["tiers"])},
        plan=plan,
        seats=seats_of((*listed(row["claims"]), *listed(row["taken"]))),
        taken_in=set(chosen),
        bookings={booking.id.number: booking for booking in (*due, *wanted)},
        payments={payment.id.number: payment for payment in payments},
        refunds={refund.id.number: refund for refund in refunds},
        receipts={(receipt.user_id, receipt.idempotency.key): receipt for receipt in receipts},
        keys={(b.user_id, b.idempotency.key): b.id.number for b in (*due, *wanted) if b.idempotency is not None},
        taken_by={UserId(user): places for user, places in listed(row["taken_by"])},
    )
    return Loaded(inventory, row["now"], row["plan_version"], all_due=len(due) < DUE_MOST)


async def write(connection: Connection, inventory: Inventory, now: datetime) -> int | None:
    """Commit what a batch changed and answer the new version; None, with nothing changed, where another process was first."""
    changed = inventory.changed
    seats = sorted(changed.seats)
    states = [inventory.seats[seat_no] for seat_no in seats]
    tier_nos = sorted(changed.tiers)
    counts = [inventory.tiers[tier_no].counts for tier_no in tier_nos]
    common = (
        inventory.event_id,
        inventory.version,
        seats,
        [int(seat.status) for seat in states],
        [seat.booking_no for seat in states],
        tier_nos,
        [count.available for count in counts],
        [count.held for count in counts],
        [count.booked for count in counts],
        [count.blocked for count in counts],
    )
    new = [inventory.bookings[number] for number in sorted(changed.new_bookings)]
    version: int | None
    if changed.only_took_places:
        version = await connection.fetchval(SQL["write_holds"], *common, *hold_columns(new), now, inventory.sale.currency)
        return version
    updated = [inventory.bookings[number] for number in sorted(changed.bookings - changed.new_bookings)]
    version = await connection.fetchval(
        SQL["write_batch"],
        *common,
        now,
        inventory.sale.currency,
        rows(new_booking_row(booking) for booking in new),
        rows(booking_row(booking) for booking in updated),
        rows(payment_row(inventory.payments[number]) for number in sorted(changed.payments)),
        rows(refund_row(inventory.refunds[number]) for number in sorted(changed.refunds)),
        rows(
            {
                "user_id": receipt.user_id,
                "idempotency_key": receipt.idempotency.key,
                "fingerprint": receipt.idempotency.fingerprint,
                "booking_id": receipt.booking_id.number,
                "made": receipt.made,
            }
            for receipt in changed.receipts
        ),
        rows(ticket_row(ticket, changed.voided) for ticket in changed.tickets),
        sorted(changed.voided),
    )
    return version


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


def rows(found: Any) -> str:
    """Rows as one JSON text."""
    return orjson.dumps(list(found)).decode()


def booking_row(booking: Booking) -> dict[str, Any]:
    """What can change in a booking."""
    return {
        "booking_id": booking.id.number,
        "status": booking.status,
        "expires_at": booking.expires_at,
        "extended": booking.extended,
        "confirmed_at": booking.confirmed_at,
        "cancelled_at": booking.cancelled_at,
    }


def new_booking_row(booking: Booking) -> dict[str, Any]:
    """All of a booking that is written for the first time."""
    return booking_row(booking) | {
        "user_id": booking.user_id,
        "quantity": booking.quantity,
        "lines": lines_json(booking),
        "total_minor": booking.total.minor,
        "idempotency_key": booking.idempotency.key if booking.idempotency else None,
        "fingerprint": booking.idempotency.fingerprint if booking.idempotency else None,
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
    }


def ticket_row(ticket: Ticket, voided: set[int]) -> dict[str, Any]:
    """All of a new ticket; void from the start where its booking was given back in the same batch."""
    booking_no = ticket.id.booking_id.number
    return {
        "booking_id": booking_no,
        "ticket_no": ticket.id.ticket_no,
        "tier_no": ticket.tier_no,
        "seat_no": ticket.seat_no,
        "price_minor": ticket.price_minor,
        "status": TicketStatus.CANCELLED if booking_no in voided else ticket.status,
    }
