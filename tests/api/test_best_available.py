"""Seats that the server chooses: neighbours nearest the front; and choices that would leave a single seat alone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.callers import Caller
from domain.ids import EventId
from tests.api.house import BACK, BOOK, FLOOR, FRONT, House, a_key, seat, tier
from tests.api.served import Served, a_server
from tests.api.stage import ADMIN, CREATE_VENUE, a_venue


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[Served]:
    async with a_server(database_url, redis_url) as house:
        yield house


async def best(house: House, caller: Caller, event_id: str, quantity: int, key: str | None = None, **more: object) -> Any:
    """What comes of asking for the best seats."""
    places = {"bestAvailable": {"quantity": quantity, **more}}
    return await house.ask(BOOK, caller, input={"eventId": event_id, "places": places, "idempotencyKey": key})


def seat_ids(booking: Any) -> list[str]:
    return [place["seatId"] for place in booking["seats"]]


async def test_neighbours_in_the_middle_of_the_front_row_come_first(house: Served) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await best(house, user, event_id, 2)

    assert (booking["status"], booking["quantity"]) == ("PENDING", 2)
    assert seat_ids(booking) == [seat(event_id, 2), seat(event_id, 3)]
    assert booking["totalAmount"]["amount"] == "150.00"


async def test_they_are_chosen_from_one_tier_where_that_is_asked_for(house: Served) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await best(house, user, event_id, 3, tierId=tier(event_id, BACK))

    assert {place["row"] for place in booking["seats"]} == {"B"}


async def test_they_are_chosen_from_one_section_where_that_is_asked_for(house: Served) -> None:
    sections = [{"bulk": {"name": name, "rows": ["A"], "seatsPerRow": 6}} for name in ("Stalls", "Circle")]
    venue = await house.ask(CREATE_VENUE, ADMIN, input=a_venue(sections=sections))
    user, event_id = await house.user(), await house.event(venueId=venue["id"], tiers=[{"name": "All", "price": "10.00"}])

    booking = await best(house, user, event_id, 2, section="Circle")
    nowhere = await best(house, user, event_id, 2, section="Gods")

    assert {place["section"] for place in booking["seats"]} == {"Circle"}
    assert nowhere.pop("message")
    assert nowhere == {"__typename": "SectionNotFound", "code": "SECTION_NOT_FOUND", "section": "Gods"}


async def test_of_room_to_stand_any_is_as_good(house: Served) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await best(house, user, event_id, 4, tierId=tier(event_id, FLOOR))

    assert (booking["quantity"], booking["seats"], booking["totalAmount"]["amount"]) == (4, [], "80.00")


async def test_where_so_many_are_nowhere_together_it_is_said_how_many_are(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    await house.book(await house.user(), event_id, 3)

    refused = await best(house, user, event_id, 4, tierId=tier(event_id, FRONT))

    assert "3 at most" in refused.pop("message")
    code = "ADJACENT_SEATS_UNAVAILABLE"
    assert refused == {"__typename": "AdjacentSeatsUnavailable", "code": code, "asked": 4, "mostTogether": 3, "available": 5}
    assert (await house.counts(event_id))["held"] == 1


async def test_a_request_that_is_sent_again_has_the_same_seats(house: Served) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()

    first = await best(house, user, event_id, 2, key)
    again = await best(house, user, event_id, 2, key)
    other = await best(house, user, event_id, 3, key)

    assert again["id"] == first["id"]
    assert seat_ids(again) == seat_ids(first)
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (await house.counts(event_id))["held"] == 2


async def test_many_at_once_get_seats_that_nobody_else_has(house: Served) -> None:
    users, event_id = [await house.user() for _ in range(8)], await house.event()

    answers = await asyncio.gather(*(best(house, user, event_id, 2) for user in users))

    bookings = [answer for answer in answers if answer["__typename"] == "Booking"]
    taken = [seat_id for booking in bookings for seat_id in seat_ids(booking)]
    assert len(bookings) == 6, "two rows of three pairs"
    assert len(set(taken)) == len(taken) == 12
    assert {answer["__typename"] for answer in answers} == {"Booking", "AdjacentSeatsUnavailable"}


async def test_what_cannot_be_is_refused(house: Served) -> None:
    user, event_id, other = await house.user(), await house.event(), await house.event()

    too_many = await best(house, user, event_id, 11)
    none = await best(house, user, event_id, 0)
    elsewhere = await best(house, user, event_id, 2, tierId=tier(other, FRONT))
    unknown = await best(house, user, event_id, 2, tierId=tier(event_id, 9))

    assert (too_many["code"], too_many["asked"], too_many["most"]) == ("INVALID_SEAT_COUNT", 11, 10)
    assert (none["code"], none["asked"]) == ("INVALID_SEAT_COUNT", 0)
    assert elsewhere["fields"] == [{"field": "places.bestAvailable.tierId", "message": "is of another event"}]
    assert unknown["code"] == "TIER_NOT_FOUND"


# Single seats


async def avoiding_orphans(house: Served) -> str:
    """An event that refuses to leave a single seat alone where it can be avoided."""
    event_id = await house.event()
    await house.pool.execute("UPDATE event SET avoids_orphans = true WHERE event_id = $1", EventId.parse(event_id))
    return event_id


async def test_a_choice_that_leaves_a_single_seat_alone_is_refused(house: Served) -> None:
    user, event_id = await house.user(), await avoiding_orphans(house)

    refused = await house.book(user, event_id, 1, 2)
    taken = await house.book(user, event_id, 0, 1)

    assert refused.pop("message").endswith(".")
    alone = [{"seatId": seat(event_id, 0), "seatNo": 0}]
    assert refused == {"__typename": "LeavesOrphanSeats", "code": "ORPHAN_SEATS", "seats": alone}
    assert taken["status"] == "PENDING"


async def test_an_event_that_does_not_mind_sells_it(house: Served) -> None:
    user, event_id = await house.user(), await house.event()

    assert (await house.book(user, event_id, 1, 2))["status"] == "PENDING"


async def test_what_the_server_chooses_leaves_no_single_seat_alone(house: Served) -> None:
    user, event_id = await house.user(), await avoiding_orphans(house)

    booking = await best(house, user, event_id, 3, tierId=tier(event_id, FRONT))

    first = min(place["number"] for place in booking["seats"])
    assert first in ("1", "3", "4"), "of six neighbours, three that leave none, two or three of them together"
