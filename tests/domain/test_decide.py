"""Deciding a batch: in order of arrival, each command against what the ones before it left; and from batch to batch."""

from datetime import timedelta

from domain.answers import AlreadyBooked, BookingCancelled, BookingConfirmed, BookingPending, DueExpired, PaymentBegun, PaymentTooLate
from domain.bookings import BookingStatus, TicketStatus, tickets_of
from domain.commands import Command
from domain.decide import decide_batch
from domain.inventory import Seat
from domain.places import Counts
from domain.refusals import (
    BookingExpired,
    BookingNotFound,
    EventSoldOut,
    IdempotencyKeyReused,
    PlacesUnavailable,
    SeatsUnavailable,
    TicketLimitReached,
    UnavailableSeat,
)
from tests.domain.builders import (
    BLOCKED,
    BOOKED,
    EVENT,
    FLOOR,
    HELD,
    HOLD_ENDS,
    MOMENT,
    ON_SALE,
    POLICY,
    SECOND,
    STALLS,
    a_booking,
    a_booking_id,
    a_key,
    an_inventory,
    begin,
    block,
    book,
    book_any,
    cancel,
    charged,
    declined,
    expire_due,
    extend,
    unblock,
)
from tests.domain.store import Store

ANNS, BENS = a_booking_id(1), a_booking_id(2)
LATER = ON_SALE + SECOND


# One batch


def test_two_users_in_one_batch_want_the_same_seat() -> None:
    inventory = an_inventory(seats=2)

    ann, ben = decide_batch(inventory, [book("ann", 0, id=ANNS), book("ben", 0, 1)], now=ON_SALE)

    assert ann == BookingPending(a_booking(ANNS))
    assert ben == SeatsUnavailable((UnavailableSeat(0, HELD),))


def test_a_refused_command_does_not_disturb_its_neighbours() -> None:
    with_it, without_it = an_inventory(seats=4, floor=2), an_inventory(seats=4, floor=2)
    first, refused, last = book("ann", 0), book("ben", 0, 1), book("cat", 1)

    one, _, two = decide_batch(with_it, [first, refused, last], now=ON_SALE)

    assert [one, two] == decide_batch(without_it, [first, last], now=ON_SALE)
    assert with_it == without_it


def test_the_last_places_go_to_whoever_asked_first() -> None:
    inventory = an_inventory(seats=1, floor=3)

    answers = decide_batch(inventory, [book_any(user, 2) for user in ("ann", "ben")] + [book_any("cat", 1)], now=ON_SALE)

    assert isinstance(answers[0], BookingPending)
    assert answers[1] == PlacesUnavailable(FLOOR, asked=2, available=1)
    assert isinstance(answers[2], BookingPending)
    assert inventory.tiers[FLOOR].counts == Counts(held=3)


def test_any_seats_do_not_overlap_with_named_ones_of_the_same_batch() -> None:
    inventory = an_inventory(seats=5)

    answers = decide_batch(inventory, [book_any("ann", 2, STALLS), book("ben", 2), book_any("cat", 2, STALLS)], now=ON_SALE)

    assert [answer.booking.seats for answer in answers if isinstance(answer, BookingPending)] == [(0, 1), (2,), (3, 4)]


def test_a_seat_given_back_is_free_to_the_next_command_of_the_same_batch() -> None:
    inventory = an_inventory(seats=1)

    *_, ben = decide_batch(inventory, [book("ann", 0, id=ANNS), cancel("ann", ANNS), book("ben", 0, id=BENS)], now=ON_SALE)

    assert ben == BookingPending(a_booking(BENS, user="ben"))
    assert inventory.seat(0) == Seat(HELD, BENS.number)


def test_a_seat_can_be_blocked_as_soon_as_it_is_given_back_and_booked_as_soon_as_it_is_unblocked() -> None:
    inventory = an_inventory(seats=1)
    held, blocked = SeatsUnavailable((UnavailableSeat(0, HELD),)), SeatsUnavailable((UnavailableSeat(0, BLOCKED),))

    answers = decide_batch(
        inventory,
        [book("ann", 0, id=ANNS), block(0), cancel("ann", ANNS), block(0), book("ben", 0), unblock(0), book("ben", 0)],
        now=ON_SALE,
    )

    assert (answers[1], answers[4]) == (held, blocked)
    assert isinstance(answers[6], BookingPending)
    assert inventory.tiers[STALLS].counts == Counts(held=1)


def test_the_same_request_twice_in_one_batch_is_one_booking() -> None:
    inventory = an_inventory(seats=2)
    first, again, other = book("ann", 0, key=a_key("K")), book("ann", 0, key=a_key("K")), book("ann", 1, key=a_key("K", "other"))

    booked, repeated, refused = decide_batch(inventory, [first, again, other], now=ON_SALE)

    assert isinstance(booked, BookingPending)
    assert repeated == AlreadyBooked(booked.booking)
    assert refused == IdempotencyKeyReused("K")


def test_booking_paying_and_cancelling_may_all_happen_in_one_batch() -> None:
    inventory = an_inventory(seats=1)
    begun = begin("ann", ANNS)

    *_, cancelled = decide_batch(inventory, [book("ann", 0, id=ANNS), begun, charged(begun, 0), cancel("ann", ANNS)], now=ON_SALE)

    assert isinstance(cancelled, BookingCancelled)
    assert cancelled.refund is not None
    assert inventory.seat(0) == Seat()
    assert inventory.changed.new_bookings == {ANNS.number}
    assert [ticket.status for ticket in inventory.tickets_of(ANNS.number)] == [TicketStatus.CANCELLED]


def test_an_empty_batch_changes_nothing() -> None:
    inventory = an_inventory(seats=1)

    assert decide_batch(inventory, [], now=ON_SALE) == []
    assert inventory == an_inventory(seats=1)


# Holds that end


def test_a_hold_past_its_expiry_is_free_to_the_first_command_that_asks_though_nobody_swept() -> None:
    store = Store(an_inventory(seats=1))
    store.commit([book("ann", 0, id=ANNS)], ON_SALE)

    (ben,) = store.commit([book("ben", 0, id=BENS)], HOLD_ENDS)

    assert ben == BookingPending(a_booking(BENS, user="ben", created_at=HOLD_ENDS))
    assert store.bookings[ANNS.number] == a_booking(ANNS, status=BookingStatus.EXPIRED)
    assert store.claims == {0: Seat(HELD, BENS.number)}


def test_a_hold_is_kept_until_its_last_moment() -> None:
    store = Store(an_inventory(seats=1))
    store.commit([book("ann", 0)], ON_SALE)

    assert store.commit([book("ben", 0)], HOLD_ENDS - MOMENT) == [SeatsUnavailable((UnavailableSeat(0, HELD),))]


def test_an_extended_hold_is_kept_longer_and_then_ends() -> None:
    store = Store(an_inventory(seats=1))
    store.commit([book("ann", 0, id=ANNS), extend("ann", ANNS)], ON_SALE)

    (before,) = store.commit([book("ben", 0)], HOLD_ENDS + POLICY.extension - MOMENT)
    (after,) = store.commit([book("ben", 0)], HOLD_ENDS + POLICY.extension)

    assert isinstance(before, SeatsUnavailable)
    assert isinstance(after, BookingPending)


def test_extending_comes_too_late_for_a_hold_that_has_ended() -> None:
    store = Store(an_inventory(seats=1))
    store.commit([book("ann", 0, id=ANNS)], ON_SALE)

    assert store.commit([extend("ann", ANNS)], HOLD_ENDS) == [BookingExpired(ANNS, HOLD_ENDS)]


def test_the_sweeper_gives_back_every_hold_that_has_ended_and_no_other() -> None:
    store = Store(an_inventory(seats=2, floor=4))
    store.commit([book("ann", 0, id=ANNS), book_any("ann", 2)], ON_SALE)
    store.commit([book("ben", 1, id=BENS)], LATER)

    assert store.commit([expire_due()], HOLD_ENDS) == [DueExpired()]

    assert store.tiers[STALLS].counts == Counts(available=1, held=1)
    assert store.tiers[FLOOR].counts == Counts(available=4)
    assert [store.bookings[number].status for number in (ANNS.number, BENS.number)] == [BookingStatus.EXPIRED, BookingStatus.PENDING]


def test_the_sweeper_who_comes_twice_changes_nothing_the_second_time() -> None:
    store = Store(an_inventory(seats=1))
    store.commit([book("ann", 0)], ON_SALE)
    store.commit([expire_due()], HOLD_ENDS)
    version = store.version

    store.commit([expire_due()], HOLD_ENDS)

    assert store.version == version


def test_a_confirmed_booking_never_ends_by_itself() -> None:
    store = Store(an_inventory(seats=1))
    begun = begin("ann", ANNS)
    store.commit([book("ann", 0, id=ANNS), begun, charged(begun, 0)], ON_SALE)

    store.commit([expire_due()], ON_SALE + timedelta(days=365))

    assert store.claims == {0: Seat(BOOKED, ANNS.number)}


# From batch to batch


def test_the_ticket_limit_counts_held_and_booked_places_of_all_batches_and_of_this_one() -> None:
    store = Store(an_inventory(seats=4, floor=9, ticket_limit=4))
    begun = begin("ann", ANNS)
    store.commit([book("ann", 0, id=ANNS), begun, charged(begun, 0)], ON_SALE)
    store.commit([book("ann", 1)], ON_SALE)

    inside, beyond, bens = store.commit([book_any("ann", 1), book_any("ann", 2), book_any("ben", 4)], ON_SALE)

    assert isinstance(inside, BookingPending)
    assert beyond == TicketLimitReached(limit=4, taken=3)
    assert isinstance(bens, BookingPending)


def test_places_given_back_no_longer_count_towards_the_ticket_limit() -> None:
    store = Store(an_inventory(seats=4, ticket_limit=1))
    store.commit([book("ann", 0, id=ANNS)], ON_SALE)

    refused, _, booked = store.commit([book("ann", 1), cancel("ann", ANNS), book("ann", 1)], ON_SALE)
    (after_its_end,) = store.commit([book("ann", 2)], HOLD_ENDS)

    assert refused == TicketLimitReached(limit=1, taken=1)
    assert isinstance(booked, BookingPending)
    assert isinstance(after_its_end, BookingPending)


def test_a_booking_is_found_again_by_its_id_after_an_outcome_that_was_not_known() -> None:
    store = Store(an_inventory(seats=1))
    command = book("ann", 0, id=ANNS)
    store.commit([command], ON_SALE)

    assert store.commit([command], LATER, again=True) == [AlreadyBooked(a_booking(ANNS))]


def test_a_booking_is_found_again_by_its_key_in_a_later_batch() -> None:
    store = Store(an_inventory(seats=1))
    store.commit([book("ann", 0, id=ANNS, key=a_key("K"))], ON_SALE)

    assert store.commit([book("ann", 0, key=a_key("K"))], LATER) == [AlreadyBooked(a_booking(ANNS, key=a_key("K")))]


def test_a_late_charge_gets_its_seats_again_or_its_money_back_whoever_was_first_in_the_batch() -> None:
    begun = begin("ann", ANNS)
    late = HOLD_ENDS + POLICY.extension
    bens: Command = book("ben", 0, id=BENS)
    charge: Command = charged(begun, 0)
    ann_first, ben_first = Store(an_inventory(seats=1)), Store(an_inventory(seats=1))
    for store in (ann_first, ben_first):
        store.commit([book("ann", 0, id=ANNS), begun], ON_SALE)

    confirmed, refused = ann_first.commit([charge, bens], late)
    pending, too_late = ben_first.commit([bens, charge], late)

    assert isinstance(confirmed, BookingConfirmed)
    assert refused == SeatsUnavailable((UnavailableSeat(0, BOOKED),))
    assert isinstance(pending, BookingPending)
    assert isinstance(too_late, PaymentTooLate)
    assert list(ben_first.refunds.values()) == [too_late.refund]


def test_seats_of_a_declined_book_and_pay_go_to_the_next_who_asks() -> None:
    store = Store(an_inventory(seats=1))
    begun = begin("ann", ANNS, fails_booking=True)
    store.commit([book("ann", 0, id=ANNS), begun], ON_SALE)

    _, ben = store.commit([declined(begun), book("ben", 0)], LATER)

    assert isinstance(ben, BookingPending)
    assert store.bookings[ANNS.number].status is BookingStatus.FAILED


def test_tickets_of_a_cancelled_booking_no_longer_open_the_door() -> None:
    store = Store(an_inventory(seats=2))
    begun = begin("ann", ANNS)
    store.commit([book("ann", 0, 1, id=ANNS), begun, charged(begun, 0, 1)], ON_SALE)
    assert list(store.tickets.values()) == list(tickets_of(store.bookings[ANNS.number]))

    store.commit([cancel("ann", ANNS)], LATER)

    assert [ticket.status for ticket in store.tickets.values()] == [TicketStatus.CANCELLED] * 2


def test_a_payment_is_begun_and_completed_in_batches_of_their_own() -> None:
    store = Store(an_inventory(seats=1))
    begun = begin("ann", ANNS)

    (early,) = store.commit([begun], ON_SALE)
    store.commit([book("ann", 0, id=ANNS)], ON_SALE)
    (first,) = store.commit([begun], LATER)
    (second,) = store.commit([charged(begun, 0)], LATER)

    assert early == BookingNotFound(ANNS)
    assert isinstance(first, PaymentBegun)
    assert isinstance(second, BookingConfirmed)
    assert store.tiers[STALLS].counts == Counts(booked=1)


def test_an_event_is_sold_out_until_somebody_gives_back() -> None:
    store = Store(an_inventory(floor=2))
    store.commit([book_any("ann", 2, id=ANNS)], ON_SALE)

    sold_out, _, booked = store.commit([book_any("ben", 1), cancel("ann", ANNS), book_any("ben", 1)], LATER)

    assert sold_out == EventSoldOut(EVENT)
    assert isinstance(booked, BookingPending)
