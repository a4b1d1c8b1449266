"""The rules of errands: what is done with each booking of an event that was cancelled or changed."""

from dataclasses import replace
from datetime import datetime

from domain.answers import ErrandAdvanced
from domain.bookings import Booking, BookingStatus
from domain.cancellation_rules import cancel_for_event
from domain.commands import RunErrand
from domain.errands import Errand, ErrandKind
from domain.inventory import EventStatus, Inventory
from domain.notifications import Notice, NotificationKind
from domain.waitlist import ACTIVE, EntryStatus


def run_errand(inventory: Inventory, command: RunErrand, now: datetime) -> ErrandAdvanced:
    """Do one batch of an errand's work, and say how far it has come. What another process has done already is not done again."""
    errand = inventory.errands.get(command.errand_no)
    if errand is None or errand.done_at is not None or errand.after_booking != command.after:
        return ErrandAdvanced(errand, is_new=False)
    if errand.kind is ErrandKind.CANCEL_BOOKINGS:
        return cancel_some(inventory, errand, command, now)
    if inventory.sale.status is EventStatus.CANCELLED:
        return ErrandAdvanced(replace(errand, done_at=now))  # whoever has booked is told that it does not take place, and no more
    found = [inventory.bookings[number] for number, _ in command.bookings if number in inventory.bookings]
    told = (booking for booking in found if booking.status is BookingStatus.CONFIRMED)
    notices = tuple(notice for booking in told for notice in notices_for(inventory, booking, NotificationKind.EVENT_CHANGED, errand))
    return ErrandAdvanced(advanced(errand, command, now), notices=notices)


def cancel_some(inventory: Inventory, errand: Errand, command: RunErrand, now: datetime) -> ErrandAdvanced:
    """Cancel a batch of bookings; where none is left, end the waitlist, as many entries at a time as are loaded."""
    refunds = dict(command.bookings)
    found = [inventory.bookings[number] for number in refunds if number in inventory.bookings]
    live = [booking for booking in found if booking.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)]
    cancelled = tuple(cancel_for_event(inventory, booking, refunds[booking.id.number], now) for booking in live)
    notices = []
    for part in cancelled:
        about = {
            "reason": errand.about.get("reason"),
            "refund_minor": part.refund.amount.minor if part.refund else 0,
            "currency": part.booking.currency,
        }
        owner, *holders = notices_for(inventory, part.booking, NotificationKind.EVENT_CANCELLED, errand)
        notices += [replace(owner, about=about), *holders]
    entries = [entry for entry in inventory.entries.values() if entry.status in ACTIVE]
    left = tuple(replace(entry, status=EntryStatus.EXPIRED, ended_at=now) for entry in entries) if not command.bookings else ()
    notices += [
        Notice(entry.user_id, NotificationKind.EVENT_CANCELLED, about={"reason": errand.about.get("reason"), "refund_minor": 0})
        for entry in left
    ]
    more = bool(left) and inventory.waiting > len(left)
    return ErrandAdvanced(advanced(errand, command, now, more=more), cancelled, tuple(notices), left)


def advanced(errand: Errand, command: RunErrand, now: datetime, *, more: bool = False) -> Errand:
    """An errand after one more batch; done where that was empty, and nothing else is left to do."""
    if command.bookings:
        return replace(errand, after_booking=command.bookings[-1][0])
    return errand if more else replace(errand, done_at=now)


def notices_for(inventory: Inventory, booking: Booking, kind: NotificationKind, errand: Errand) -> list[Notice]:
    """What a booking's owner is to be told, and after it everybody who was handed one of its tickets."""
    holders = dict.fromkeys(ticket.holder_id for ticket in inventory.tickets_of(booking.id.number) if ticket.holder_id is not None)
    users = [booking.user_id, *(holder for holder in holders if holder != booking.user_id)]
    return [Notice(user_id, kind, booking.id.number, dict(errand.about)) for user_id in users]
