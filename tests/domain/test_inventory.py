"""Inventory: choosing free seats without looking at the same ones over and over, and the house's numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.answers import BookingPending
from domain.bookings import BookingStatus
from domain.decide import decide_batch
from domain.ids import TICKETS_MOST
from domain.inventory import BookingPolicy, Inventory, Seat
from domain.places import Counts, PlaceStatus, SeatingPlan, Tier, TierKind
from domain.refusals import EventSoldOut
from tests.domain.builders import (
    AVAILABLE,
    BOOKED,
    CIRCLE,
    EVENT,
    ON_SALE,
    STALLS,
    a_booking,
    a_layout,
    an_inventory,
    block,
    book_any,
    unblock,
)


class CountingSeats(dict[int, Seat]):
    """Seats that count how often one is looked at."""

    looks = 0

    def get(self, seat_no: int, default: Seat | None = None) -> Seat | None:  # type: ignore[override]
        self.looks += 1
        return super().get(seat_no, default)


def a_hall(capacity: int, free: set[int]) -> tuple[Inventory, CountingSeats]:
    """One tier of numbered seats of which only a few are free."""
    booked = Seat(BOOKED, 1)
    inventory = an_inventory(capacity)
    inventory.tiers[STALLS] = Tier(STALLS, "Stalls", TierKind.SEATED, 5000, Counts(available=len(free), booked=capacity - len(free)))
    inventory.seats = seats = CountingSeats({seat_no: booked for seat_no in range(capacity) if seat_no not in free})
    return inventory, seats


def test_the_first_free_seats_of_a_tier_are_chosen() -> None:
    inventory = an_inventory(6)
    decide_batch(inventory, [block(0, 2)], now=ON_SALE)

    assert inventory.free_seats(STALLS, 3) == (1, 3, 4)


def test_where_fewer_are_free_than_asked_all_of_them_are_found() -> None:
    inventory, _ = a_hall(6, free={2, 5})

    assert inventory.free_seats(STALLS, 3) == (2, 5)


def test_a_tier_in_several_parts_of_the_house_is_searched_from_the_front() -> None:
    inventory = an_inventory(2, circle=2)
    inventory.plan = SeatingPlan(a_layout(2, 2, 2), starts=(0, 2, 4), tier_nos=(CIRCLE, STALLS, CIRCLE))

    assert inventory.free_seats(CIRCLE, 3) == (0, 1, 4)
    assert inventory.free_seats(STALLS, 3) == (2, 3)


def test_a_batch_on_a_large_tier_that_is_nearly_full_looks_at_each_seat_a_few_times() -> None:
    capacity = 100_000
    free = set(range(99, capacity, 200))
    inventory, seats = a_hall(capacity, free)

    answers = decide_batch(inventory, [book_any(f"user {n}", 2, STALLS) for n in range(256)], now=ON_SALE)

    taken = [seat_no for answer in answers if isinstance(answer, BookingPending) for seat_no in answer.booking.seats]
    assert taken == sorted(free)
    assert answers[250:] == [EventSoldOut(EVENT)] * 6
    assert seats.looks < 3 * capacity


def test_a_seat_given_back_before_those_last_chosen_is_chosen_next() -> None:
    inventory = an_inventory(6, circle=1)

    decide_batch(inventory, [block(0, 1), book_any("ann", 2, STALLS), unblock(1)], now=ON_SALE)

    assert inventory.free_seats(STALLS, 2) == (1, 4)


def test_a_seat_given_back_in_another_tier_changes_nothing_here() -> None:
    inventory = an_inventory(3, circle=2)

    decide_batch(inventory, [block(4), book_any("ann", 2, STALLS), unblock(4)], now=ON_SALE)

    assert inventory.free_seats(STALLS, 1) == (2,)
    assert inventory.free_seats(CIRCLE, 2) == (3, 4)


changes = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(PlaceStatus)) | st.integers(1, 4), max_size=30)


@given(changes=changes)
def test_however_seats_change_between_the_first_free_ones_are_chosen(changes: list[tuple[int, PlaceStatus] | int]) -> None:
    inventory = an_inventory(6, circle=4)

    for change in changes:
        if isinstance(change, int):
            for tier_no, seat_nos in ((STALLS, range(6)), (CIRCLE, range(6, 10))):
                expected = tuple(seat_no for seat_no in seat_nos if inventory.seat(seat_no).status is AVAILABLE)[:change]
                assert inventory.free_seats(tier_no, change) == expected
        else:
            inventory.move_seat(*change, None)


def test_a_tier_whose_taken_seats_were_not_loaded_is_not_chosen_from() -> None:
    inventory = an_inventory(6)
    inventory.taken_in.clear()

    with pytest.raises(AssertionError, match="taken seats are loaded"):
        inventory.free_seats(STALLS, 1)


def test_what_a_user_has_follows_their_bookings() -> None:
    inventory = an_inventory(6)
    booking = a_booking(seats=(0, 1))

    inventory.put_booking(booking)
    assert inventory.taken_by == {booking.user_id: 2}

    for status, places in [(BookingStatus.CONFIRMED, 2), (BookingStatus.CANCELLED, 0), (BookingStatus.CONFIRMED, 2)]:
        inventory.put_booking(a_booking(booking.id, seats=(0, 1), status=status))
        assert inventory.taken_by == {booking.user_id: places}


@pytest.mark.parametrize("places_most", [-1, 0, TICKETS_MOST + 1])
def test_a_house_cannot_allow_more_places_than_tickets_can_be_numbered(places_most: int) -> None:
    with pytest.raises(ValueError, match="1 to 31 places"):
        BookingPolicy(places_most=places_most)
