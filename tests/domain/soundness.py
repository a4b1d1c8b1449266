"""What must hold after each commit, whatever was asked."""

from collections import Counter
from datetime import datetime

from domain.bookings import HOLDING, BookingStatus, PaymentStatus, TicketStatus, tickets_of
from domain.inventory import Seat
from domain.places import Counts, PlaceStatus
from domain.waitlist import ACTIVE, EntryStatus, SkipReason
from domain.waitlist_rules import exceeds_limit, places_for
from tests.domain.builders import AVAILABLE, BLOCKED, BOOKED, FLOOR, HELD, POLICY
from tests.domain.store import Store

STANDING = 3
STATUS_OF = {BookingStatus.PENDING: HELD, BookingStatus.CONFIRMED: BOOKED}


def assert_sound(store: Store) -> None:
    assert_one_owner(store)
    assert_counts(store)
    assert_limit(store)
    assert_money(store)
    assert_tickets(store)
    assert_waitlist(store)


def assert_one_owner(store: Store) -> None:
    """A booking has its seats exactly while it is pending or confirmed, and nobody else has them."""
    owned = [
        (seat_no, Seat(STATUS_OF[booking.status], booking.id.number))
        for booking in store.bookings.values()
        if booking.status in STATUS_OF
        for seat_no in booking.seats
    ]
    assert len(owned) == len(dict(owned)), "a seat has two owners"
    assert dict(owned) == {seat_no: seat for seat_no, seat in store.claims.items() if seat.status in (HELD, BOOKED)}
    assert {seat.booking_no for seat in store.claims.values() if seat.status in (AVAILABLE, BLOCKED)} <= {None}


def assert_counts(store: Store) -> None:
    """Each tier counts what its seats say, or, where none are numbered, its bookings."""
    assert store.plan is not None
    for tier_no, ranges in store.plan.ranges.items():
        states = Counter(store.claims.get(seat_no, Seat()).status for seat_nos in ranges for seat_no in seat_nos)
        assert store.tiers[tier_no].counts == Counts(*(states[status] for status in PlaceStatus))
    standing: Counter[PlaceStatus] = Counter()
    for booking in store.bookings.values():
        if booking.status in STATUS_OF:
            standing[STATUS_OF[booking.status]] += sum(line.quantity for line in booking.lines if line.tier_no == FLOOR)
    assert 0 <= standing.total() <= STANDING
    assert store.tiers[FLOOR].counts == Counts(STANDING - standing.total(), standing[HELD], standing[BOOKED])
    assert all(line.quantity == len(line.seats) for b in store.bookings.values() for line in b.lines if line.tier_no != FLOOR)


def assert_limit(store: Store) -> None:
    """Nobody has more places than one user may have, and no booking more than one may count."""
    assert all(1 <= booking.quantity <= POLICY.places_most for booking in store.bookings.values())
    if store.sale.ticket_limit is not None:
        assert all(places <= store.sale.ticket_limit for places in store.taken().values())


def assert_money(store: Store) -> None:
    """A confirmed booking is paid once, or free; all other money that came goes back, once."""
    kept: Counter[int] = Counter()
    for payment in store.payments.values():
        refunds = [refund for refund in store.refunds.values() if refund.payment_id == payment.id]
        came = payment.status is PaymentStatus.SUCCEEDED
        assert came or not refunds, "money goes back only where it came"
        assert all(refund.booking_id == payment.booking_id and refund.amount.minor > 0 for refund in refunds)
        kept[payment.booking_id.number] += came * payment.amount.minor - sum(refund.amount.minor for refund in refunds)
    for number, booking in store.bookings.items():
        assert kept[number] == (booking.total.minor if booking.status is BookingStatus.CONFIRMED else 0)
    under_way = Counter(p.booking_id for p in store.payments.values() if p.status is PaymentStatus.PENDING)
    assert all(count == 1 for count in under_way.values()), "one charge at a time"


def assert_tickets(store: Store) -> None:
    """Each place of a confirmed booking has its ticket, and no other ticket opens the door."""
    for number, booking in store.bookings.items():
        tickets = [ticket for ticket in store.tickets.values() if ticket.id.booking_id.number == number]
        good = Counter((t.tier_no, t.seat_no, t.price_minor) for t in tickets if t.status is not TicketStatus.CANCELLED)
        confirmed = tickets_of(booking) if booking.status is BookingStatus.CONFIRMED else ()
        assert good == Counter((t.tier_no, t.seat_no, t.price_minor) for t in confirmed)
        assert all((t.status is TicketStatus.CHECKED_IN) == (t.checked_in_at is not None) for t in tickets)


def assert_waitlist(store: Store) -> None:
    """An open offer is a pending booking of the same number, a user has one place in the queue, and nobody waits for what is free."""
    active = [entry for entry in store.entries.values() if entry.status in ACTIVE]
    assert store.waiting == len(active) == len({entry.user_id for entry in active})
    for entry in store.entries.values():
        booking = store.bookings.get(entry.id.number)
        if entry.status is EntryStatus.OFFERED:
            assert booking is not None
            assert booking.status is BookingStatus.PENDING
            assert (booking.user_id, booking.quantity, booking.expires_at) == (entry.user_id, entry.quantity, entry.offer_expires_at)
        if entry.status in (EntryStatus.DECLINED, EntryStatus.EXPIRED) and booking is not None:
            assert booking.status not in HOLDING


def nobody_waits_for_what_is_free(store: Store, now: datetime) -> bool:
    """Whether everybody who waits wants something that is not there; for an event that was on sale all along."""
    inventory = store.load_all()
    waiting = (entry for entry in inventory.queue() if not exceeds_limit(inventory, entry))
    return all(isinstance(places_for(inventory, entry), SkipReason) for entry in waiting)
