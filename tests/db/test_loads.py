"""What is loaded for batches that only take places: a part of all there is to know, or nothing that anything is decided on."""

from asyncio import gather
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.batches import Loaded, MoreToKnow, load, load_all, load_places, write
from db.identifiers import new_number
from db.occupancy import Occupancy
from db.statements import statements
from domain.answers import BookingCancelled, BookingPending, WaitlistJoined, WaitlistLeft
from domain.commands import BookBest, Command
from domain.decide import decide_batch
from domain.ids import BookingId, EntryId, EventId
from domain.places import SeatingPlan
from domain.refusals import EventSoldOut, SeatsUnavailable
from domain.touched import touched_by
from domain.waitlist import EntryStatus
from domain.waitlist_commands import JoinWaitlist, LeaveWaitlist
from tests.db.events import House, TierSpec, a_caller, a_user, an_event, book, book_any, cancel, key, standing
from tests.db.play import USERS, Play, steps

NAMES = {text: name for name, text in statements("box_office").items()}
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


async def plan_of(house: House, event_id: EventId) -> SeatingPlan | None:
    """The event's seats as they are now."""
    async with house.pool.acquire() as connection:
        found = await house.office.plans.fetch(event_id, connection)
    assert found is not None
    return found[1]


async def loaded(house: House, event_id: EventId, commands: Sequence[Command], how: Any = load, occupancy: Occupancy | None = None) -> Any:
    """What one of the loads brings for some commands, by a process that knows nothing of the seats, unless it has an `occupancy`."""
    plan = await plan_of(house, event_id)
    async with house.pool.acquire() as connection:
        return await how(connection, event_id, touched_by(commands), plan, house.office.policy, occupancy or Occupancy())


async def asked(house: House, event_id: EventId, commands: Sequence[Command], occupancy: Occupancy) -> list[str]:
    """The names of the statements by which some commands' facts are loaded."""
    plan, found = await plan_of(house, event_id), []
    async with house.pool.acquire() as connection:
        with connection.query_logger(lambda query: found.append(NAMES[query.query])):
            await load(connection, event_id, touched_by(commands), plan, house.office.policy, occupancy)
    return found


def joins(event_id: EventId, quantity: int = 1) -> JoinWaitlist:
    return JoinWaitlist(EntryId(event_id, new_number()), a_user(), None, quantity, together=False)


@settings(quiet, max_examples=20)
@given(
    played=st.lists(steps, min_size=5, max_size=20),
    ticket_limit=st.sampled_from([None, 4]),
    is_seated=st.booleans(),
)
async def test_whatever_has_happened_the_part_decides_as_the_whole_does_or_nothing(
    house: House, played: list[tuple[str, Any]], ticket_limit: int | None, is_seated: bool
) -> None:
    tiers = [TierSpec(5), TierSpec(3), standing(4)] if is_seated else [standing(8), standing(3), standing(4)]
    event_id = await an_event(house.pool, tiers=tiers, ticket_limit=ticket_limit)
    play = Play(event_id, house.pool, [a_user() for _ in range(USERS)])
    if not is_seated:
        await house.pool.execute("UPDATE event SET layout_id = NULL WHERE event_id = $1", event_id)

    for what, facts in played:
        if what != "ask":
            await play.happens(what, facts, (house, house))
            continue
        commands: list[Any] = [await play.command(wish, about, play.users[user]) for (wish, about), user, _ in facts]
        if touched_by(commands).only_places:
            part, whole = await loaded(house, event_id, commands, load_places), await loaded(house, event_id, commands, load_all)
            if isinstance(part, MoreToKnow):
                inventory = whole.inventory
                avoids_orphans = inventory.plan is not None and inventory.sale.avoids_orphans
                assert inventory.bookings or inventory.receipts or inventory.waiting or avoids_orphans, "nothing was missing"
            else:
                assert part.inventory == whole.inventory
                assert decide_batch(part.inventory, commands, whole.now) == decide_batch(whole.inventory, commands, whole.now)
                assert part.inventory == whole.inventory
        for answer in await gather(*(house.office.submit(command) for command in commands)):
            play.learn(answer)
    (await house.truth(event_id)).must_be_sound()


async def test_a_hold_that_has_ended_is_given_back_by_whoever_asks_for_its_seat(house: House) -> None:
    event_id = await an_event(house.pool, 4)
    held = await house.held(event_id, a_user(), 0, 1)
    await house.end_hold(held)

    part = await loaded(house, event_id, [book(event_id, a_user(), 0)], load_places)
    answer = await house.office.submit(book(event_id, a_user(), 0))

    assert part == MoreToKnow()
    assert isinstance(answer, BookingPending)


async def test_a_key_that_was_used_is_found_whatever_it_was_used_for(house: House) -> None:
    event_id, ann = await an_event(house.pool, 4), a_user()
    first, cancelling = key(), key()
    pending = await house.office.submit(book(event_id, ann, 0, idempotency=first))
    assert isinstance(pending, BookingPending)
    assert isinstance(await house.office.submit(cancel(pending.booking, cancelling)), BookingCancelled)

    for used in (first, cancelling):
        assert await loaded(house, event_id, [book(event_id, ann, 1, idempotency=used)], load_places) == MoreToKnow()
    for unused in (book(event_id, ann, 1, idempotency=key()), book(event_id, a_user(), 1, idempotency=first)):
        assert isinstance(await loaded(house, event_id, [unused], load_places), Loaded)


async def test_who_joins_the_waitlist_between_load_and_write_keeps_what_was_decided_from_being_so(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 4)
    first = await house.held(event_id, a_user(), 0, 1, 2)
    taking: list[Command] = [book(event_id, a_user(), 3)]

    found = await loaded(house, event_id, taking, load_places)
    assert isinstance(await other_house.office.submit(joins(event_id, 3)), WaitlistJoined)
    decide_batch(found.inventory, taking, found.now)
    async with house.pool.acquire() as connection:
        version = await write(connection, found.inventory, found.now)

    assert version is None
    assert await loaded(house, event_id, taking, load_places) == MoreToKnow()
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert set(truth.seats) == set(first.seats)
    assert truth.waiting == 1


async def test_all_is_loaded_at_once_as_long_as_somebody_waits_and_little_again_afterwards(house: House, other_house: House) -> None:
    for tier in (TierSpec(2), standing(2)):
        event_id, occupancy = await an_event(house.pool, tiers=[tier]), Occupancy()
        taking: list[Command] = [book_any(event_id, a_user(), 1)]
        before = await asked(house, event_id, taking, occupancy)
        assert isinstance(await other_house.office.submit(book_any(event_id, a_user(), 2)), BookingPending)
        joined = await other_house.office.submit(joins(event_id))
        assert isinstance(joined, WaitlistJoined)

        surprised, waited_for = [await asked(house, event_id, taking, occupancy) for _ in range(2)]
        left = await other_house.office.submit(LeaveWaitlist(joined.entry.id, a_caller(joined.entry.user_id)))
        relieved, after = [await asked(house, event_id, taking, occupancy) for _ in range(2)]

        assert isinstance(left, WaitlistLeft)
        assert (before, surprised, waited_for) == (["load_places"], ["load_places", "load"], ["load"])
        assert (relieved, after) == (["load"], ["load_places"])


async def test_places_freed_while_somebody_waits_are_theirs_though_the_process_did_not_know_of_them(
    house: House, other_house: House
) -> None:
    event_id = await an_event(house.pool, 2)
    booking = await house.held(event_id, a_user(), 0, 1)
    assert await house.office.submit(book_any(event_id, a_user(), 1)) == EventSoldOut(event_id)
    joined = await other_house.office.submit(joins(event_id, 2))
    assert isinstance(joined, WaitlistJoined)

    _, taken = await gather(other_house.office.submit(cancel(booking)), house.office.submit(book(event_id, a_user(), 0)))

    assert isinstance(taken, SeatsUnavailable)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert [entry["status"] for entry in truth.entries] == [EntryStatus.OFFERED]


async def test_one_batch_takes_places_gives_some_back_and_lets_somebody_wait(house: House) -> None:
    event_id, ann = await an_event(house.pool, 4), a_user()
    booking = await house.held(event_id, ann, 0, 1)
    served = house.office.served.batches

    taken, cancelled, best, joined = await gather(
        house.office.submit(book(event_id, a_user(), 2)),
        house.office.submit(cancel(booking)),
        house.office.submit(BookBest(BookingId(event_id, new_number()), a_user(), 2)),
        house.office.submit(joins(event_id, 2)),
    )

    assert house.office.served.batches == served + 1
    assert isinstance(taken, BookingPending)
    assert isinstance(cancelled, BookingCancelled)
    assert isinstance(best, BookingPending)
    assert best.booking.seats == (0, 1)
    assert isinstance(joined, WaitlistJoined)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.waiting == 1
