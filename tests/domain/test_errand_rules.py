"""Errands: what is done with the bookings of an event that was cancelled or changed, and that nothing is done twice."""

from dataclasses import replace
from datetime import timedelta

from domain.answers import BookingPending, ErrandAdvanced
from domain.bookings import BookingStatus, RefundStatus, TicketStatus
from domain.cancellation import CancellationPolicy
from domain.commands import RunErrand
from domain.decide import decide_batch
from domain.errands import Errand, ErrandKind
from domain.ids import BookingId, EntryId
from domain.inventory import Changed, EventStatus, Inventory
from domain.notifications import NotificationKind
from domain.places import Counts
from domain.waitlist import EntryStatus, WaitlistEntry
from tests.domain.builders import (
    EVENT,
    FLOOR,
    ON_SALE,
    SECOND,
    STALLS,
    STALLS_MINOR,
    a_booking_id,
    a_refund_id,
    a_sale,
    a_user,
    an_inventory,
    begin,
    book,
    book_any,
    cancel,
    charged,
    expire_due,
)

NEVER = CancellationPolicy(())
LATER = ON_SALE + SECOND
REASON = {"reason": "The singer is ill."}


def sold(inventory: Inventory, user: str, *seats: int, floor: int = 0) -> BookingId:
    """A booking that is paid for."""
    asked = book(user, *seats) if seats else book_any(user, floor)
    begun = begin(user, asked.booking_id)
    decide_batch(inventory, [asked, begun, charged(begun, *seats, user=user)], ON_SALE)
    assert inventory.bookings[asked.booking_id.number].status is BookingStatus.CONFIRMED
    return asked.booking_id


def cancelled(inventory: Inventory, kind: ErrandKind = ErrandKind.CANCEL_BOOKINGS) -> Errand:
    """An errand that is yet to begin; the event is cancelled where it is to end its bookings."""
    if kind is ErrandKind.CANCEL_BOOKINGS:
        inventory.sale = replace(inventory.sale, status=EventStatus.CANCELLED)
    errand = Errand(1, kind, REASON, after_booking=-1)
    inventory.errands[1] = errand
    inventory.changed = Changed()
    return errand


def run(inventory: Inventory, *bookings: BookingId, after: int = -1) -> ErrandAdvanced:
    """Do one batch."""
    numbers = sorted(booking.number for booking in bookings)
    command = RunErrand(EVENT, 1, after, tuple((number, a_refund_id(1_000_000 + number)) for number in numbers))
    (answer,) = decide_batch(inventory, [command], LATER)
    assert isinstance(answer, ErrandAdvanced)
    return answer


def told(inventory: Inventory) -> list[tuple[int, NotificationKind, object]]:
    """Who was told what, and what goes back to them."""
    return [(notice.user_id, notice.kind, notice.about.get("refund_minor")) for notice in inventory.changed.notices]


def test_a_cancelled_event_gives_everybody_what_they_paid_whatever_they_were_promised() -> None:
    inventory = an_inventory(seats=4, sale=replace(a_sale(), cancellation=NEVER))
    anns = sold(inventory, "ann", 0, 1)
    cancelled(inventory)

    answer = run(inventory, anns)

    assert answer.errand is not None
    assert (answer.is_new, answer.errand.after_booking, answer.errand.done_at) == (True, anns.number, None)
    assert inventory.bookings[anns.number].status is BookingStatus.CANCELLED
    assert [(refund.amount.minor, refund.status) for refund in inventory.refunds.values()] == [(2 * STALLS_MINOR, RefundStatus.PENDING)]
    assert {ticket.status for ticket in inventory.tickets_of(anns.number)} == {TicketStatus.CANCELLED}
    assert inventory.tiers[STALLS].counts == Counts(4)
    assert told(inventory) == [(a_user("ann"), NotificationKind.EVENT_CANCELLED, 2 * STALLS_MINOR)]
    assert inventory.changed.notices[0].about == {**REASON, "refund_minor": 2 * STALLS_MINOR, "currency": "GBP"}


def test_what_was_given_back_before_is_not_given_back_again() -> None:
    inventory = an_inventory(seats=4)
    anns = sold(inventory, "ann", 0, 1)
    part = replace(cancel("ann", anns), seats=(0,))
    decide_batch(inventory, [part], ON_SALE)
    cancelled(inventory)

    run(inventory, anns)

    assert [refund.amount.minor for refund in inventory.refunds.values()] == [STALLS_MINOR, STALLS_MINOR]
    assert told(inventory) == [(a_user("ann"), NotificationKind.EVENT_CANCELLED, STALLS_MINOR)]


def test_who_was_handed_a_ticket_on_is_told_too_and_gets_no_money() -> None:
    inventory = an_inventory(seats=4)
    anns = sold(inventory, "ann", 0, 1)
    first, second = inventory.tickets_of(anns.number)
    inventory.put_tickets((replace(first, holder_id=a_user("ben")), replace(second, holder_id=a_user("ben"))))
    cancelled(inventory)

    run(inventory, anns)

    assert told(inventory) == [
        (a_user("ann"), NotificationKind.EVENT_CANCELLED, 2 * STALLS_MINOR),
        (a_user("ben"), NotificationKind.EVENT_CANCELLED, None),
    ]


def test_a_payment_under_way_is_given_back_once_it_comes() -> None:
    inventory = an_inventory(seats=4)
    asked = book("ann", 0)
    begun = begin("ann", asked.booking_id)
    decide_batch(inventory, [asked, begun], ON_SALE)
    cancelled(inventory)

    run(inventory, asked.booking_id)
    assert inventory.refunds == {}
    decide_batch(inventory, [charged(begun, 0)], LATER)

    assert inventory.bookings[asked.booking_id.number].status is BookingStatus.CANCELLED
    assert [refund.amount.minor for refund in inventory.refunds.values()] == [STALLS_MINOR]


def test_money_that_came_before_the_errand_did_goes_back_once() -> None:
    inventory = an_inventory(seats=4)
    asked = book("ann", 0)
    begun = begin("ann", asked.booking_id)
    decide_batch(inventory, [asked, begun], ON_SALE)
    cancelled(inventory)
    decide_batch(inventory, [charged(begun, 0)], LATER)

    run(inventory, asked.booking_id)

    assert inventory.bookings[asked.booking_id.number].status is BookingStatus.CANCELLED
    assert [refund.amount.minor for refund in inventory.refunds.values()] == [STALLS_MINOR]


def test_a_batch_that_was_done_is_not_done_again() -> None:
    inventory = an_inventory(seats=4)
    anns = sold(inventory, "ann", 0)
    cancelled(inventory)
    run(inventory, anns)
    inventory.changed = Changed()

    again = run(inventory, anns)

    assert not again.is_new
    assert not inventory.changed


def test_an_errand_ends_with_an_empty_batch_and_does_nothing_after_it() -> None:
    inventory = an_inventory(seats=4)
    cancelled(inventory)

    done = run(inventory)
    again = run(inventory)

    assert done.errand is not None
    assert (done.is_new, done.errand.done_at) == (True, LATER)
    assert not again.is_new


def test_the_waitlist_ends_with_the_event_as_many_at_a_time_as_are_loaded() -> None:
    inventory = an_inventory(floor=2)
    entries = [waiting(number, f"user{number}") for number in (1, 2)]
    inventory.entries = {entry.id.number: entry for entry in entries}
    inventory.waiting = 3
    cancelled(inventory)

    first = run(inventory)
    inventory.entries = {3: waiting(3, "user3")}
    second = run(inventory)

    assert first.errand is not None
    assert first.errand.done_at is None
    assert {entry.status for entry in first.left} == {EntryStatus.EXPIRED}
    assert second.errand is not None
    assert second.errand.done_at == LATER
    assert inventory.waiting == 0
    assert [user for user, _, _ in told(inventory)] == [a_user(f"user{number}") for number in (1, 2, 3)]


def test_a_miscounted_waitlist_does_not_keep_an_errand_going_for_ever() -> None:
    inventory = an_inventory(floor=2)
    inventory.waiting = 5
    cancelled(inventory)

    assert run(inventory).errand == Errand(1, ErrandKind.CANCEL_BOOKINGS, REASON, -1, done_at=LATER)


def test_who_has_booked_is_told_of_a_change_and_nothing_else_happens() -> None:
    inventory = an_inventory(seats=4, floor=4)
    anns, bens = sold(inventory, "ann", 0), sold(inventory, "ben", floor=2)
    pending = book("cat", 1)
    decide_batch(inventory, [pending], ON_SALE)
    before = dict(inventory.bookings)
    cancelled(inventory, ErrandKind.TELL_OF_CHANGE)

    run(inventory, anns, bens, pending.booking_id)

    assert {(user, kind) for user, kind, _ in told(inventory)} == {
        (a_user("ann"), NotificationKind.EVENT_CHANGED),
        (a_user("ben"), NotificationKind.EVENT_CHANGED),
    }
    assert all(notice.about == REASON for notice in inventory.changed.notices)
    assert inventory.bookings == before
    assert inventory.tiers[FLOOR].counts == Counts(2, booked=2)


def test_nobody_is_told_that_a_cancelled_event_begins_later() -> None:
    inventory = an_inventory(seats=4)
    anns = sold(inventory, "ann", 0)
    cancelled(inventory, ErrandKind.TELL_OF_CHANGE)
    inventory.sale = replace(inventory.sale, status=EventStatus.CANCELLED)

    answer = run(inventory, anns)

    assert answer.errand is not None
    assert answer.errand.done_at == LATER
    assert told(inventory) == []


def test_places_that_were_added_go_to_who_waits_when_the_sweeper_comes() -> None:
    inventory = an_inventory(floor=2)
    decide_batch(inventory, [book_any("ann", 2)], ON_SALE)
    inventory.put_entry(waiting(5, "ben"))
    floor = inventory.tiers[FLOOR]
    inventory.tiers[FLOOR] = replace(floor, counts=replace(floor.counts, available=1))

    _, late = decide_batch(inventory, [expire_due(), book_any("cat", 1)], LATER)

    assert not isinstance(late, BookingPending)
    assert inventory.entries[5].status is EntryStatus.OFFERED
    assert inventory.bookings[5].user_id == a_user("ben")
    assert inventory.bookings[5].expires_at == LATER + timedelta(minutes=15)


def waiting(number: int, user: str) -> WaitlistEntry:
    """Somebody's turn in the queue, for one place."""
    return WaitlistEntry(EntryId(EVENT, number), a_user(user), None, 1, together=True, status=EntryStatus.WAITING, joined_at=ON_SALE)


def test_ids_of_other_bookings_do_no_harm() -> None:
    inventory = an_inventory(seats=4)
    cancelled(inventory)

    answer = run(inventory, a_booking_id(99))

    assert answer.errand is not None
    assert (answer.cancelled, answer.errand.after_booking) == ((), 99)
