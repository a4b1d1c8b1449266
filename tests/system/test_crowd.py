"""An on-sale: two hundred buyers want the same fifty seats at once."""

import asyncio
import random
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from domain.bookings import BookingStatus
from domain.callers import Role
from domain.places import Counts
from tests.db.events import an_event, read_truth, standing
from tests.db.soundness import seats_in
from tests.system.conftest import House
from tests.system.people import BOOK, Buyer, Person, a_person, buying, people
from tests.system.running import ask
from tests.system.viewers import viewing

BUYERS = 200
SEATS = 50
TRIES = 3
CREATE_VENUE = "mutation ($input: CreateVenueInput!) { createVenue(input: $input) { __typename ... on Venue { id } } }"
UPDATE_VENUE = "mutation ($input: UpdateVenueInput!) { updateVenue(input: $input) { __typename ... on Venue { id } } }"
REFUSALS = {"SeatsUnavailable", "EventSoldOut", "PlacesUnavailable"}


@dataclass
class Told:
    """What buyers were answered."""

    status: dict[str, str] = field(default_factory=dict)
    """By booking."""
    seats: dict[str, set[int]] = field(default_factory=dict)
    quantity: dict[str, int] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)

    def take(self, answer: Any, seats: Set[int] = frozenset()) -> Any:
        """Note an answer: a booking, or a typed refusal."""
        if answer["__typename"] == "Booking":
            self.status[answer["id"]], self.quantity[answer["id"]] = answer["status"], answer["quantity"]
            self.seats.setdefault(answer["id"], set(seats))
            return answer
        assert answer["__typename"] in REFUSALS, answer
        self.refusals.append(answer["__typename"])
        return None


async def test_two_hundred_buyers_of_fifty_seats_share_them_without_a_quarrel(house: House) -> None:
    event_id = await an_event(house.pool, SEATS)
    buyers = await people(house.pool, BUYERS)
    told, begin = Told(), asyncio.Event()

    async def wants_seats(person: Person, chance: random.Random) -> None:
        async with buying(house.running, person.token) as buyer:
            await begin.wait()
            for _ in range(TRIES):
                seats = set(chance.sample(range(SEATS), chance.randint(1, 3)))
                booked = told.take(await buyer.book(event_id, *seats), seats)
                if booked is None:
                    continue
                if chance.random() < 0.6:
                    told.take(await buyer.pay(booked["id"]))
                elif chance.random() < 0.3:
                    cancelled = await buyer.cancel(booked["id"])
                    assert cancelled["booking"]["status"] == "CANCELLED", cancelled
                    told.status[booked["id"]] = "CANCELLED"
                return

    async with viewing(house.running, event_id) as viewer, asyncio.TaskGroup() as crowd:
        for number, person in enumerate(buyers):
            crowd.create_task(wants_seats(person, random.Random(number)))
        begin.set()
    truth = await read_truth(house.pool, event_id)

    truth.must_be_sound()
    held = [seat_no for booking_id, status in told.status.items() if status != "CANCELLED" for seat_no in told.seats[booking_id]]
    assert len(set(held)) == len(held), "a seat was promised twice"
    assert sorted(held) == sorted(truth.seats)
    booked = sum(len(told.seats[booking_id]) for booking_id, status in told.status.items() if status == "CONFIRMED")
    pending = sum(len(told.seats[booking_id]) for booking_id, status in told.status.items() if status == "PENDING")
    assert truth.counts == {1: Counts(SEATS - booked - pending, pending, booked, 0)}
    assert len(truth.bookings) == len(told.status)
    assert told.refusals
    assert viewer.version is not None


async def test_a_crowd_on_the_floor_gets_every_place_and_not_one_more(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[standing(60)])
    buyers = await people(house.pool, 100)
    tier_id = str(event_id).replace("evt_", "tier_") + "0001"
    told = Told()

    async def wants_places(person: Person) -> None:
        async with buying(house.running, person.token) as buyer:
            told.take(await book_any(buyer, str(event_id), tier_id, 1))

    await asyncio.gather(*map(wants_places, buyers))
    truth = await read_truth(house.pool, event_id)

    truth.must_be_sound()
    assert truth.counts == {1: Counts(0, 60, 0, 0)}
    assert sum(told.quantity.values()) == sum(b["quantity"] for b in truth.of_status(BookingStatus.PENDING)) == 60
    assert len(told.refusals) == 40
    assert not any(list(seats_in(booking)) for booking in truth.bookings)


async def book_any(buyer: Buyer, event_id: str, tier_id: str, quantity: int) -> Any:
    """Hold places of a tier."""
    places = {"quantity": {"tierId": tier_id, "quantity": quantity}}
    return await ask(buyer.session, BOOK, input={"eventId": event_id, "places": places})


async def test_admins_who_change_one_venue_at_the_same_time_wait_for_each_other(house: House) -> None:
    admin = await a_person(house.pool, Role.ADMIN)
    venue = {"name": "Hall", "address": "1 Street", "city": "London", "country": "GB", "timezone": "Europe/London"}
    seats = [[{"bulk": {"name": "Stalls", "rows": ["A"], "seatsPerRow": count}}] for count in range(1, 9)]
    made = await house.running.ask(CREATE_VENUE, {"input": {**venue, "sections": seats[0]}}, admin.token)

    async with house.running.client(admin.token) as session:
        changes: list[dict[str, Any]] = [{"sections": sections} for sections in seats] + [{"city": f"London {n}"} for n in range(8)]
        answers = await asyncio.gather(*(ask(session, UPDATE_VENUE, input={"venueId": made["id"], **change}) for change in changes))

    assert {answer["__typename"] for answer in answers} == {"Venue"}
