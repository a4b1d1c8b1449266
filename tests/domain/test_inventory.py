"""Inventory: what a user has follows their bookings, and the house's numbers."""

import pytest

from domain.bookings import BookingStatus
from domain.ids import TICKETS_MOST
from domain.inventory import BookingPolicy
from tests.domain.builders import (
    a_booking,
    an_inventory,
)


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
