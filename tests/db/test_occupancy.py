"""What processes know of the seats they choose from: never more than was committed, and never the reason to sell a seat twice."""

import asyncio
import logging
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from db import box_office
from db.box_office import Limits
from db.identifiers import new_number
from db.occupancy import EVENTS_MOST, Occupancy
from domain.answers import AlreadyBooked, BookingPending
from domain.commands import BlockSeats, BookBest
from domain.ids import BookingId, EventId
from domain.ports import Outage
from domain.refusals import AdjacentSeatsUnavailable, EventSoldOut
from tests.db.events import AVAILABLE, House, TierSpec, a_house, a_layout, a_user, an_event, book, book_any, cancel
from tests.db.wire import Cut, Wire, a_wire

EVENT = EventId(7)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger=box_office.LOG.name)


@pytest.fixture
async def wire_and_cut(database_url: str) -> AsyncIterator[tuple[Wire, House]]:
    """A house of its own whose wire to the database can be cut."""
    async with a_wire(database_url) as (wire, url), a_house(url, connections=2) as cut:
        yield wire, cut


def best(event_id: EventId, quantity: int = 2) -> BookBest:
    """Somebody asks for the best neighbours there are."""
    return BookBest(BookingId(event_id, new_number()), a_user(), quantity)


async def chosen(house: House, command: BookBest) -> tuple[int, ...]:
    """The seats that somebody got."""
    answer = await house.office.submit(command)
    assert isinstance(answer, BookingPending | AlreadyBooked), answer
    return answer.booking.seats


def known_of(house: House, event_id: EventId) -> tuple[int, bytearray]:
    """What a process remembers, at which version; −1 for nothing."""
    return house.office._occupancy.known(event_id, 10)


async def must_be_right(house: House, event_id: EventId, *houses: House) -> None:
    """The rows are sound, and nobody remembers what was not so."""
    truth = await house.truth(event_id)
    truth.must_be_sound()
    truth.must_be_known_by(house, *houses, event_id=event_id)


def test_what_is_known_is_a_copy_that_may_be_changed_in_vain() -> None:
    occupancy = Occupancy()
    occupancy.keep(EVENT, 3, bytearray(b"\0\1"))

    _, statuses = occupancy.known(EVENT, 2)
    statuses[0] = 2

    assert occupancy.known(EVENT, 2) == (3, bytearray(b"\0\1"))


def test_older_knowledge_does_not_take_the_place_of_newer() -> None:
    occupancy = Occupancy()
    occupancy.keep(EVENT, 3, bytearray(b"\0\1"))
    occupancy.keep(EVENT, 2, bytearray(b"\0\0"))

    assert occupancy.known(EVENT, 2) == (3, bytearray(b"\0\1"))


def test_of_an_event_whose_house_has_another_size_by_now_nothing_is_known() -> None:
    occupancy = Occupancy()
    occupancy.keep(EVENT, 3, bytearray(b"\1\1"))

    assert occupancy.known(EVENT, 3) == (-1, bytearray(3))


def test_the_event_that_was_not_served_for_longest_is_forgotten_first() -> None:
    occupancy = Occupancy()
    for number in range(EVENTS_MOST):
        occupancy.keep(EventId(number), 1, bytearray(b"\1"))
    occupancy.keep(EventId(0), 2, bytearray(b"\1"))
    occupancy.keep(EventId(EVENTS_MOST), 1, bytearray(b"\1"))

    assert occupancy.known(EventId(0), 1) == (2, bytearray(b"\1"))
    assert occupancy.known(EventId(1), 1) == (-1, bytearray(1))
    assert occupancy.known(EventId(2), 1) == (1, bytearray(b"\1"))


async def test_what_another_process_did_is_known_before_the_next_choice(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 10)

    first = await chosen(house, best(event_id))
    there = await other_house.held(event_id, a_user(), 2, 3)
    second = await chosen(house, best(event_id))
    await house.office.submit(cancel(there))
    await other_house.office.submit(BlockSeats(event_id, (0, 1)))
    third, fourth = await chosen(other_house, best(event_id)), await chosen(house, best(event_id))

    assert (first, second) == ((4, 5), (6, 7))
    assert {third, fourth} == {(2, 3), (8, 9)}
    await must_be_right(house, event_id, other_house)
    assert await house.office.submit(best(event_id)) == EventSoldOut(event_id)


async def test_only_what_changed_since_is_read(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 10)
    await chosen(house, best(event_id))
    version, _ = known_of(house, event_id)
    await other_house.held(event_id, a_user(), 0)

    # A lie about a seat that nobody moves since: it is believed, for it is not read again.
    statuses = known_of(house, event_id)[1]
    statuses[9] = 3
    house.office._occupancy.keep(event_id, version, statuses)
    await house.office.submit(best(event_id))

    assert known_of(house, event_id)[1][9] == 3
    assert known_of(house, event_id)[1][0] == 1
    assert known_of(house, event_id)[0] == 3


@pytest.mark.parametrize("avoids_orphans", [False, True])
async def test_a_crowd_at_two_processes_gets_every_pair_there_is_and_no_seat_twice(
    house: House, other_house: House, avoids_orphans: bool
) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(25), TierSpec(15)], avoids_orphans=avoids_orphans)
    offices = [house.office, other_house.office] * 30

    answers = await asyncio.gather(*(office.submit(best(event_id)) for office in offices))

    pairs = [answer.booking.seats for answer in answers if isinstance(answer, BookingPending)]
    refused = [answer for answer in answers if isinstance(answer, AdjacentSeatsUnavailable)]
    assert len(pairs) + len(refused) == 60
    sold = sorted(seat_no for pair in pairs for seat_no in pair)
    assert len(set(sold)) == len(sold) == 2 * len(pairs)
    assert all(second == first + 1 for first, second in pairs)
    free = sorted(set(range(40)) - set(sold))
    assert all(after > before + 1 for before, after in pairwise(free)), "a pair was free, and somebody was refused"
    await must_be_right(house, event_id, other_house)

    commands = [book_any(event_id, a_user(), 1, tier_no=tier_no) for tier_no in (1, 2) * 20]
    rest = await asyncio.gather(*(office.submit(command) for office, command in zip(offices, commands, strict=False)))

    assert sum(isinstance(answer, BookingPending) for answer in rest) == len(free)
    truth = await house.truth(event_id)
    assert len(truth.seats) == 40
    await must_be_right(house, event_id, other_house)


async def test_the_last_pair_goes_to_one_of_many_who_ask_at_once(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 6)
    for each in (house, other_house):  # both know the house, and that it is nearly sold
        await chosen(each, best(event_id))

    answers = await asyncio.gather(*(office.submit(best(event_id)) for office in [house.office, other_house.office] * 10))

    pairs = [answer.booking.seats for answer in answers if isinstance(answer, BookingPending)]
    free = [seat_no for seat_no in range(6) if (await house.truth(event_id)).seats.get(seat_no, AVAILABLE) is AVAILABLE]
    assert len(pairs) == (2 - len(free)) // 2
    assert all(not isinstance(answer, AlreadyBooked) for answer in answers)
    assert all(after > before + 1 for before, after in pairwise(free))
    await must_be_right(house, event_id, other_house)


async def test_a_commit_between_loading_and_writing_is_seen_by_the_next_try(house: House, wire_and_cut: tuple[Wire, House]) -> None:
    wire, here = wire_and_cut
    event_id = await an_event(house.pool, 10)
    taken = [(4, 5), (6, 7)]

    async def others_are_first() -> None:
        if taken:
            await house.held(event_id, a_user(), *taken.pop(0))

    wire.before_write = others_are_first
    got = await chosen(here, best(event_id))

    assert got == (2, 3)
    assert here.office.served.lost_turns == 2
    await must_be_right(house, event_id, here)


async def test_who_takes_the_events_turn_first_knows_what_moved_before_it(house: House, wire_and_cut: tuple[Wire, House]) -> None:
    wire, here = wire_and_cut
    event_id = await an_event(house.pool, 10)
    here.office.limits = Limits(losses_before_lock=1)
    taken = [(4, 5)]

    async def another_is_first() -> None:
        if taken:
            await house.held(event_id, a_user(), *taken.pop(0))

    wire.before_write = another_is_first
    got = await asyncio.gather(*(chosen(here, best(event_id)) for _ in range(3)))

    assert sorted(got) == [(2, 3), (6, 7), (8, 9)] or sorted(got) == [(0, 1), (2, 3), (6, 7)]
    assert known_of(here, event_id)[0] == 2
    await must_be_right(house, event_id, here)


@pytest.mark.parametrize(
    ("losses_before_lock", "mark"), [(3, "UPDATE inventory SET version"), (0, "UPDATE inventory SET version"), (0, "COMMIT")]
)
async def test_what_is_known_is_dropped_after_a_failure(
    house: House, wire_and_cut: tuple[Wire, House], losses_before_lock: int, mark: str
) -> None:
    wire, here = wire_and_cut
    event_id, neighbour = await an_event(house.pool, 10), await an_event(house.pool, 10)
    for each in (event_id, neighbour):
        await chosen(here, best(each))
    here.office.limits = Limits(losses_before_lock=losses_before_lock, patience_seconds=0.3)
    wire.mark, wire.cuts = mark.encode(), [Cut.BEFORE] * 50

    with pytest.raises(Outage):
        await here.office.submit(best(event_id))

    assert known_of(here, event_id)[0] == -1
    assert known_of(here, neighbour)[0] == -1, "what was known of any event may be of a database that is no more"
    await must_be_right(house, event_id, here)
    wire.cuts = []
    assert await chosen(here, best(event_id)) == (2, 3)
    await must_be_right(house, event_id, here)


@pytest.mark.parametrize("cut", [[Cut.BEFORE], [Cut.AFTER]])
@pytest.mark.parametrize("losses_before_lock", [0, 3])
async def test_a_choice_whose_write_is_cut_is_made_exactly_once(
    house: House, wire_and_cut: tuple[Wire, House], cut: list[Cut], losses_before_lock: int
) -> None:
    wire, here = wire_and_cut
    event_id = await an_event(house.pool, 10)
    here.office.limits = Limits(losses_before_lock=losses_before_lock)
    await chosen(here, best(event_id))
    wire.mark, wire.cuts = b"UPDATE inventory SET version" if losses_before_lock else b"COMMIT", list(cut)

    got = await asyncio.gather(*(chosen(here, best(event_id)) for _ in range(3)))

    assert len({seat_no for pair in got for seat_no in pair}) == 6
    truth = await house.truth(event_id)
    assert len(truth.bookings) == 4
    assert truth.version == 2
    await must_be_right(house, event_id, here)


async def test_an_event_that_its_neighbours_push_out_is_read_again(house: House, database_url: str) -> None:
    async with a_house(database_url) as here:
        here.office._occupancy = Occupancy(events_most=1)
        events = [await an_event(house.pool, 10) for _ in range(2)]

        got = [await chosen(here, best(event_id)) for _ in range(3) for event_id in events]

        assert known_of(here, events[0])[0] == -1
        assert known_of(here, events[1])[0] == 3
        assert got[0::2] == got[1::2]
        assert len(set(got)) == 3
        await must_be_right(house, events[0], here)


async def test_an_event_whose_house_has_grown_is_read_again(house: House, database_url: str) -> None:
    event_id = await an_event(house.pool, 4)
    async with a_house(database_url) as here:
        await chosen(here, best(event_id))
        venue_id = await house.pool.fetchval("SELECT venue_id FROM event WHERE event_id = $1", event_id)
        layout_id = await a_layout(house.pool, venue_id, 8)
        await house.pool.execute("UPDATE event SET layout_id = $2 WHERE event_id = $1", event_id, layout_id)
        await house.pool.execute("UPDATE tier SET capacity = capacity + 4, available = available + 4 WHERE event_id = $1", event_id)
        await house.pool.execute("UPDATE inventory SET version = version + 1, plan_version = 2 WHERE event_id = $1", event_id)
        await house.held(event_id, a_user(), 6, 7)

        got = await chosen(here, best(event_id))

    assert got == (3, 4)
    (await house.truth(event_id)).must_be_sound()


async def test_a_database_that_knows_less_than_the_process_is_believed(house: House, database_url: str) -> None:
    event_id = await an_event(house.pool, 10)
    async with a_house(database_url) as here:
        await chosen(here, best(event_id))
        # A standby took over that had not heard of the last commits: here nobody has any of the seats, and then somebody has others.
        await house.pool.execute("DELETE FROM claim WHERE event_id = $1", event_id)
        await house.pool.execute("DELETE FROM booking WHERE event_id = $1", event_id)
        await house.pool.execute("UPDATE tier SET available = capacity, held = 0 WHERE event_id = $1", event_id)
        await house.pool.execute("UPDATE inventory SET version = 0 WHERE event_id = $1", event_id)

        got = await chosen(here, best(event_id))

    assert got == (4, 5)
    (await house.truth(event_id)).must_be_sound()


async def test_named_seats_are_chosen_by_what_all_processes_did_where_neighbours_count(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 6, avoids_orphans=True)
    await house.held(event_id, a_user(), 0, 1)
    await other_house.held(event_id, a_user(), 4, 5)

    refused = await house.office.submit(book(event_id, a_user(), 1))
    pair = await house.held(event_id, a_user(), 2, 3)

    assert not isinstance(refused, BookingPending)
    assert pair.seats == (2, 3)
    await must_be_right(house, event_id, other_house)
