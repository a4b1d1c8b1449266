"""What seat boards read is true at one version."""

from db.boards import BoardReads
from db.identifiers import new_number
from db.layouts import Layouts
from db.plans import SeatingPlans
from domain.changes import BoardState
from domain.commands import BlockSeats
from domain.ids import EventId
from domain.places import Counts
from tests.db.events import (
    AVAILABLE,
    BLOCKED,
    BOOKED,
    HELD,
    House,
    TierSpec,
    a_user,
    an_event,
    begin,
    cancel,
    complete,
    standing,
)


def boards_of(house: House) -> BoardReads:
    return BoardReads(house.pool, SeatingPlans(Layouts().load))


async def test_a_snapshot_has_every_seat_that_is_not_available(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(4), standing(3), TierSpec(2)])
    await house.held(event_id, a_user(), 3, 4)
    booking = await house.held(event_id, a_user(), 0)
    paying = begin(booking)
    await house.office.submit(paying)
    await house.office.submit(complete(paying.payment_id, booking))
    await house.office.submit(BlockSeats(event_id, (1,)))
    await house.office.submit(cancel(await house.held(event_id, a_user(), 2)))

    snapshot = await boards_of(house).snapshot(event_id)

    assert snapshot is not None
    assert snapshot.version == 7
    assert dict(snapshot.seats) == {0: BOOKED, 1: BLOCKED, 3: HELD, 4: HELD}
    assert dict(snapshot.tiers) == {1: Counts(1, 1, 1, 1), 2: Counts(3), 3: Counts(1, 1)}


async def test_what_changed_since_a_version_includes_seats_that_became_free(house: House) -> None:
    event_id, reads = await an_event(house.pool, 4), boards_of(house)
    await house.held(event_id, a_user(), 0)
    booking = await house.held(event_id, a_user(), 1)
    await house.office.submit(cancel(booking))
    await house.held(event_id, a_user(), 2)

    since_first, since_all = await reads.changes_since(event_id, 1), await reads.changes_since(event_id, 4)

    assert since_first is not None
    assert dict(since_first.seats) == {1: AVAILABLE, 2: HELD}
    assert since_first.version == 4
    assert since_all == BoardState(event_id, 4, (), ((1, Counts(available=2, held=2)),))


async def test_an_event_that_does_not_exist_has_no_board(house: House) -> None:
    unknown, reads = EventId(new_number()), boards_of(house)

    assert await reads.snapshot(unknown) is None
    assert await reads.changes_since(unknown, 0) is None
    assert await reads.plan(unknown) is None


async def test_versions_of_many_events_come_at_once(house: House) -> None:
    first, second, unknown = await an_event(house.pool), await an_event(house.pool), EventId(new_number())
    await house.held(first, a_user(), 0)

    assert await boards_of(house).versions([first, unknown, second]) == {first: 1, second: 0}


async def test_a_plan_tells_which_tier_a_seat_is_in(house: House) -> None:
    seated, crowd = await an_event(house.pool, tiers=[TierSpec(2), TierSpec(3)]), await an_event(house.pool, tiers=[standing(5)])
    reads = boards_of(house)

    plan = await reads.plan(seated)

    assert plan is not None
    assert [plan.tier_of(seat_no) for seat_no in range(plan.seat_count)] == [1, 1, 2, 2, 2]
    assert await reads.plan(crowd) is None


async def test_only_so_many_plans_are_remembered(house: House) -> None:
    plans = SeatingPlans(Layouts().load, most=2)
    events = [await an_event(house.pool) for _ in range(3)]
    async with house.pool.acquire() as connection:
        for event_id in events:
            await plans.fetch(event_id, connection)

    assert [plans.known(event_id) is not None for event_id in events] == [False, True, True]
