"""Change sets: the last state of each thing one commit changed."""

from domain.answers import BookingPending
from domain.bookings import BookingStatus
from domain.changes import ChangeSet, change_set_of
from domain.decide import decide_batch
from domain.places import Counts
from tests.domain.builders import (
    AVAILABLE,
    BLOCKED,
    EVENT,
    FLOOR,
    HELD,
    ON_SALE,
    STALLS,
    a_booking_id,
    an_inventory,
    block,
    book,
    book_any,
    cancel,
    expire_due,
)

ANNS, BENS = a_booking_id(1), a_booking_id(2)


def test_a_change_set_tells_seats_counts_and_bookings_in_order() -> None:
    inventory = an_inventory(4, floor=3)

    decide_batch(inventory, [book_any("ben", 2, FLOOR, id=BENS), book("ann", 2, 0, id=ANNS), block(3)], now=ON_SALE)

    assert change_set_of(inventory, 2) == ChangeSet(
        EVENT,
        version=2,
        seats=((0, HELD), (2, HELD), (3, BLOCKED)),
        tiers=((STALLS, Counts(available=1, held=2, blocked=1)), (FLOOR, Counts(available=1, held=2))),
        bookings=((1, BookingStatus.PENDING), (2, BookingStatus.PENDING)),
    )


def test_only_the_last_state_is_told_never_the_steps() -> None:
    inventory = an_inventory(4)

    held, _ = decide_batch(inventory, [book("ann", 0, id=ANNS), cancel("ann", ANNS)], now=ON_SALE)

    assert isinstance(held, BookingPending)
    assert change_set_of(inventory, 2) == ChangeSet(
        EVENT, version=2, seats=((0, AVAILABLE),), tiers=((STALLS, Counts(available=4)),), bookings=((1, BookingStatus.CANCELLED),)
    )


def test_a_batch_that_changed_nothing_has_nothing_to_write_and_nothing_to_tell() -> None:
    inventory = an_inventory(4)

    decide_batch(inventory, [expire_due(), book("ann", 99), block()], now=ON_SALE)

    assert not inventory.changed
    assert change_set_of(inventory, 2) == ChangeSet(EVENT, version=2)


def test_a_batch_of_new_holds_is_told_from_all_others() -> None:
    only_holds, more, nothing = (an_inventory(4) for _ in range(3))

    decide_batch(only_holds, [book("ann", 0), block(1), book("ben", 0)], now=ON_SALE)
    decide_batch(more, [book("ann", 0, id=ANNS), cancel("ann", ANNS)], now=ON_SALE)
    decide_batch(nothing, [block(1)], now=ON_SALE)

    assert only_holds.changed.only_took_places
    assert not more.changed.only_took_places
    assert not nothing.changed.only_took_places
