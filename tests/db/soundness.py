"""What must be true of the rows of any event after every commit, as `tests/domain/soundness.py` has it for the rules alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.bookings import HOLDING, BookingStatus, PaymentStatus, TicketStatus
from domain.notifications import NotificationKind
from domain.places import TierKind
from domain.waitlist import ACTIVE, EntryStatus

if TYPE_CHECKING:
    from tests.db.events import Truth


def seats_in(booking: dict[str, Any]) -> Iterator[int]:
    """The numbered seats of a booking's row."""
    return (seat_no for line in booking["lines"] for seat_no in line[3])


def bookings_must_be_sound(truth: "Truth") -> None:
    """A booking counts and costs what its lines say, and a line of a numbered tier names each of its seats once."""
    for booking in truth.bookings:
        assert booking["lines"], "a booking keeps those places that it had last"
        assert booking["quantity"] == sum(quantity for _, quantity, _, _ in booking["lines"])
        assert booking["total_minor"] == sum(quantity * price_minor for _, quantity, price_minor, _ in booking["lines"])
        for tier_no, quantity, _, seats in booking["lines"]:
            is_numbered = truth.tiers[tier_no][0] is TierKind.SEATED and bool(truth.tier_starts)
            assert len(set(seats)) == len(seats) == (quantity if is_numbered else 0)


def tickets_must_be_sound(truth: "Truth") -> None:
    """Each place of a confirmed booking has its one good ticket; all other tickets are void. Who was let in has the moment, nobody else."""
    found: dict[int, list[dict[str, Any]]] = {}
    for ticket in truth.tickets:
        found.setdefault(ticket["booking_id"], []).append(ticket)
        assert (ticket["status"] == TicketStatus.CHECKED_IN) == (ticket["checked_in_at"] is not None)
    for booking in truth.bookings:
        tickets = found.pop(booking["booking_id"], [])
        assert [t["ticket_no"] for t in tickets] == list(range(1, len(tickets) + 1))
        good = Counter((t["tier_no"], t["seat_no"], t["price_minor"]) for t in tickets if t["status"] != TicketStatus.CANCELLED)
        if booking["status"] == BookingStatus.CONFIRMED:
            assert good == Counter(
                (tier_no, seat_no, price_minor)
                for tier_no, quantity, price_minor, seats in booking["lines"]
                for seat_no in (seats or [None] * quantity)
            )
        else:
            assert not tickets or booking["status"] == BookingStatus.CANCELLED
            assert not good, "a ticket opens the door for a booking that is no more"
    assert not found, "tickets of no booking"


def money_must_be_sound(truth: "Truth") -> None:
    """A confirmed booking is paid once; money goes back only where it came, and never more of it. One that failed is owed all the same.

    What one keeps of a booking that was given back is a policy's share: nothing where the policy it was bought under gives all.
    """
    kept: dict[int, list[int]] = {}
    payments = {payment["payment_id"]: payment for payment in truth.payments}
    for refund in truth.refunds:
        payment = payments[refund["payment_id"]]
        assert payment["status"] == PaymentStatus.SUCCEEDED, "money goes back that never came"
        assert payment["booking_id"] == refund["booking_id"]
        assert refund["amount_minor"] > 0
    for payment in truth.payments:
        back = sum(refund["amount_minor"] for refund in truth.refunds if refund["payment_id"] == payment["payment_id"])
        assert back <= payment["amount_minor"], "more goes back than came"
        if payment["status"] == PaymentStatus.SUCCEEDED and payment["amount_minor"] > back:
            kept.setdefault(payment["booking_id"], []).append(payment["amount_minor"] - back)
    under_way = Counter(payment["booking_id"] for payment in truth.payments if payment["status"] == PaymentStatus.PENDING)
    assert max(under_way.values(), default=1) == 1, "one charge at a time"
    for booking in truth.bookings:
        of_booking = kept.get(booking["booking_id"], [])
        owed = booking["total_minor"] if booking["status"] == BookingStatus.CONFIRMED else 0
        gives_all = all(per_cent == 100 for _, per_cent in booking["refund_steps"] or [])
        assert len(of_booking) <= 1, "a booking is paid twice"
        assert sum(of_booking) == owed or (sum(of_booking) > owed and not gives_all), "money dangles"


def waitlist_must_be_sound(truth: "Truth") -> None:
    """A user has one active entry, all of them are counted, and an open offer is a pending booking of the same number and time."""
    active = [entry for entry in truth.entries if entry["status"] in ACTIVE]
    assert truth.waiting == len(active), "the waitlist miscounts"
    assert len({entry["user_id"] for entry in active}) == len(active), "a user waits twice"
    bookings = {booking["booking_id"]: booking for booking in truth.bookings}
    for entry in truth.entries:
        offer = bookings.get(entry["entry_id"])
        assert (offer is not None) == (entry["offered_at"] is not None)
        assert (entry["ended_at"] is None) == (entry["status"] in ACTIVE)
        if entry["status"] == EntryStatus.OFFERED:
            assert offer is not None
            assert offer["status"] == BookingStatus.PENDING
            assert (offer["user_id"], offer["quantity"]) == (entry["user_id"], entry["quantity"])
            assert instant(offer["expires_at"]) == instant(entry["offer_expires_at"])
        elif entry["status"] == EntryStatus.ACCEPTED:
            assert offer is not None
        else:
            # An offer that ended may be paid for too late, and its very places still be free.
            assert offer is None or offer["status"] not in HOLDING or (entry["status"] == EntryStatus.EXPIRED and offer["confirmed_at"])


def everybody_must_be_told(truth: "Truth") -> None:
    """Who bought, whose hold ended and who was offered something has a notification of it, once."""
    told = Counter((n["booking_id"], n["user_id"], n["kind"]) for n in truth.notifications)
    for booking in truth.bookings:
        of_owner = {kind: told[booking["booking_id"], booking["user_id"], kind] for kind in NotificationKind}
        assert of_owner[NotificationKind.BOOKING_CONFIRMED] == (booking["confirmed_at"] is not None), "a booking was confirmed in silence"
        ended = of_owner[NotificationKind.BOOKING_EXPIRED] + of_owner[NotificationKind.WAITLIST_OFFER_EXPIRED]
        assert ended == 1 if booking["status"] == BookingStatus.EXPIRED else ended <= 1
    for entry in truth.entries:
        offers = told[entry["entry_id"], entry["user_id"], NotificationKind.WAITLIST_OFFER]
        assert offers == (entry["offered_at"] is not None)


def instant(text: str) -> datetime:
    """A moment as the rows have it."""
    return datetime.fromisoformat(text)
