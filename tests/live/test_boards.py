"""Boards and their viewers, with messages carried by hand."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from domain.bookings import BookingStatus
from domain.places import Counts, PlaceStatus
from domain.ports import Outage
from live.boards import Boards, BookingsUpdate
from tests.live.truth import Folding, HandFeed, Truth, a_plan, an_event_id, eventually

AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus
NEVER = timedelta(hours=1)


@asynccontextmanager
async def a_process(truth: Truth, feed: HandFeed, check_every: timedelta = NEVER, **settings: Any) -> AsyncIterator[Boards]:
    boards = Boards(truth, feed, check_every=check_every, **settings)
    await boards.start()
    try:
        yield boards
    finally:
        async with asyncio.timeout(5):
            await boards.close()


async def test_a_viewer_gets_a_snapshot_and_then_each_change() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    truth.commit(event_id, {0: BOOKED})
    async with a_process(truth, feed) as boards:
        viewer = boards.watch(event_id)

        first = await anext(viewer)
        feed.tell(truth.commit(event_id, {1: HELD}))
        second = await anext(viewer)

        assert (first.version, first.previous_version, first.changes) == (1, None, ((0, BOOKED),))
        assert (second.version, second.previous_version, second.changes) == (2, 1, ((1, HELD),))
        assert second.counts == {1: Counts(4, 1, 1), 2: Counts(6)}
        await viewer.aclose()


async def test_a_viewer_that_comes_back_gets_what_it_missed() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        await boards.read(event_id)
        for seat_no in range(3):
            feed.tell(truth.commit(event_id, {seat_no: HELD}))

        first = await anext(boards.watch(event_id, after=1))
        current = await anext(boards.watch(event_id, after=3))
        from_elsewhere = await anext(boards.watch(event_id, after=99))

        assert (first.previous_version, first.version, first.changes) == (1, 3, ((1, HELD), (2, HELD)))
        assert (current.previous_version, current.version, current.changes) == (3, 3, ())
        assert from_elsewhere.previous_version is None


async def test_a_slow_viewer_gets_everything_merged() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)
        for status in (HELD, BOOKED, AVAILABLE, HELD):
            feed.tell(truth.commit(event_id, {4: status, 5: BOOKED}))

        update = await anext(viewer)

        assert (update.previous_version, update.version, update.changes) == (0, 4, ((4, HELD), (5, BOOKED)))
        await viewer.aclose()


async def test_changes_that_come_while_the_board_is_read_are_not_lost() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        truth.pause.clear()
        opening = asyncio.create_task(boards.read(event_id))
        await eventually(lambda: truth.asked["snapshot"] == 1)
        await asyncio.sleep(0.01)
        told = [truth.commit(event_id, {seat_no: HELD}) for seat_no in range(3)]
        for change_set in reversed(told):
            feed.tell(change_set)
        truth.pause.set()
        board = await opening

        assert board is not None
        assert (board.version, len(board.taken)) == (3, 3)
        assert truth.asked["changes_since"] == 0


async def test_many_who_ask_for_the_same_board_open_it_once() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        found = await asyncio.gather(*(boards.read(event_id) for _ in range(50)))

        assert len({id(board) for board in found}) == 1
        assert truth.asked["snapshot"] == 1


async def test_change_sets_out_of_order_need_no_repair() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        board = await boards.read(event_id)
        first, second, third = (truth.commit(event_id, {seat_no: HELD}) for seat_no in range(3))

        for change_set in (third, second, third, first, second):
            feed.tell(change_set)

        assert board is not None
        assert board.version == 3
        await asyncio.sleep(0.1)
        assert truth.asked["changes_since"] == 0


async def test_a_lost_change_set_is_read_from_the_database_once_for_all_viewers() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        viewers = [boards.watch(event_id) for _ in range(20)]
        for viewer in viewers:
            await anext(viewer)
        truth.commit(event_id, {1: HELD})
        feed.tell(truth.commit(event_id, {2: HELD}))

        updates = [await anext(viewer) for viewer in viewers]

        assert {(update.previous_version, update.version, update.changes) for update in updates} == {(0, 2, ((1, HELD), (2, HELD)))}
        assert truth.asked["changes_since"] == 1
        for viewer in viewers:
            await viewer.aclose()


async def test_what_no_message_told_of_is_found_by_the_watchdog() -> None:
    truth, feed = Truth(), HandFeed()
    one, other = truth.add(a_plan()), truth.add(a_plan())
    async with a_process(truth, feed, check_every=timedelta(milliseconds=20)) as boards:
        viewer = boards.watch(one)
        await anext(viewer)
        await boards.read(other)
        truth.commit(one, {1: HELD})

        update = await anext(viewer)

        assert update.changes == ((1, HELD),)
        assert truth.asked["changes_since"] == 1
        await viewer.aclose()


async def test_a_doubt_is_settled_at_once() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)
        truth.commit(event_id, {1: HELD})

        feed.doubt(event_id)

        assert (await anext(viewer)).version == 1
        await viewer.aclose()


async def test_a_doubt_while_the_board_is_read_is_settled_after() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        truth.pause.clear()
        viewer = boards.watch(event_id)
        first = asyncio.create_task(anext(viewer))
        await eventually(lambda: truth.asked["snapshot"] == 1)
        await asyncio.sleep(0.01)
        truth.commit(event_id, {1: HELD})
        feed.doubt(event_id)
        truth.pause.set()

        assert (await first).version == 0
        assert (await anext(viewer)).version == 1
        await viewer.aclose()


async def test_while_the_database_is_out_viewers_wait_and_then_go_on(caplog: pytest.LogCaptureFixture) -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    with caplog.at_level(logging.WARNING):
        async with a_process(truth, feed) as boards:
            viewer = boards.watch(event_id)
            await anext(viewer)
            truth.is_out = True
            truth.commit(event_id, {1: HELD})
            feed.tell(truth.commit(event_id, {2: HELD}))
            await eventually(lambda: truth.asked["changes_since"] > 1)
            truth.is_out = False

            update = await anext(viewer)

            assert (update.previous_version, update.version) == (0, 2)
            assert len(caplog.records) == 1
            await viewer.aclose()


async def test_a_board_that_cannot_be_opened_is_an_outage_and_the_next_try_is_a_new_one() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        truth.is_out = True
        with pytest.raises(Outage):
            await boards.read(event_id)
        with pytest.raises(Outage):
            await anext(boards.watch(event_id))
        truth.is_out = False

        assert await boards.read(event_id) is not None
        assert set(feed.hearing) == {event_id}


async def test_an_event_that_does_not_exist_is_said_to_be_none() -> None:
    truth, feed = Truth(), HandFeed()
    nobody = an_event_id()
    async with a_process(truth, feed) as boards:
        assert await boards.read(nobody) is None
        with pytest.raises(LookupError):
            await anext(boards.watch(nobody))
        with pytest.raises(LookupError):
            await anext(boards.watch_bookings(nobody))
        with pytest.raises(StopAsyncIteration):
            await anext(boards.watch_counts([nobody]))
        assert (boards.open_count, feed.hearing) == (0, {})


async def test_viewers_of_an_event_that_is_deleted_come_to_their_end() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed, check_every=timedelta(milliseconds=20)) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)

        del truth.shows[event_id]

        with pytest.raises(StopAsyncIteration):
            await anext(viewer)
        assert boards.open_count == 0


async def test_a_viewer_that_is_cancelled_leaves_nothing_behind() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed, check_every=timedelta(milliseconds=20), linger=timedelta(0)) as boards:

        async def view() -> None:
            async for _ in boards.watch(event_id):
                pass

        async def view_counts() -> None:
            async for _ in boards.watch_counts([event_id]):
                pass

        async def view_bookings() -> None:
            async for _ in boards.watch_bookings(event_id, 5):
                pass

        viewers = [asyncio.create_task(view()) for view in (view, view, view_counts, view_bookings)]
        await eventually(lambda: boards.viewer_count == 4)
        await asyncio.sleep(0.02)
        for viewer in viewers:
            viewer.cancel()
        await asyncio.wait(viewers)

        await eventually(lambda: boards.open_count == 0)
        assert (boards.viewer_count, feed.hearing) == (0, {})


async def test_the_first_viewer_may_leave_while_the_board_is_opened_for_another() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        truth.pause.clear()
        first, second = (asyncio.create_task(boards.read(event_id)) for _ in range(2))
        await eventually(lambda: truth.asked["snapshot"] == 1)

        first.cancel()
        await asyncio.wait({first})
        truth.pause.set()

        assert await second is not None
        assert truth.asked["snapshot"] == 1


async def test_a_board_lingers_and_stays_true_when_its_last_viewer_has_left() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)
        await viewer.aclose()
        feed.tell(truth.commit(event_id, {1: HELD}))

        board = await boards.read(event_id)

        assert board is not None
        assert board.taken == ((1, HELD),)
        assert truth.asked["snapshot"] == 1


async def test_no_more_boards_stay_open_than_may_and_the_longest_idle_goes_first() -> None:
    truth, feed = Truth(), HandFeed()
    events = [truth.add(a_plan()) for _ in range(4)]
    async with a_process(truth, feed, idle_most=2) as boards:
        watched = boards.watch(events[0])
        await anext(watched)
        for event_id in (events[1], events[2], events[1], events[3]):
            await boards.read(event_id)

        assert set(feed.hearing) == {events[0], events[1], events[3]}
        await watched.aclose()


async def test_closing_ends_all_viewers() -> None:
    truth, feed = Truth(), HandFeed()
    event_id, other = truth.add(a_plan()), truth.add(a_plan())
    boards = Boards(truth, feed)
    await boards.start()
    viewers = [boards.watch(event_id), boards.watch_counts([event_id]), boards.watch_bookings(event_id)]
    for viewer in viewers:
        await anext(viewer)
    truth.pause.clear()
    waiting = [asyncio.create_task(anext(viewer, None)) for viewer in (*viewers, boards.watch(other))]
    await eventually(lambda: boards.viewer_count == 4)

    async with asyncio.timeout(5):
        await boards.close()

    assert await asyncio.gather(*waiting) == [None] * 4
    assert feed.hearing == {}
    with pytest.raises(Outage):
        await boards.read(event_id)


async def test_a_changed_sale_reaches_viewers_with_the_new_plan() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)
        board = await boards.read(event_id)
        feed.tell(truth.commit(event_id, {1: HELD}))
        before = await anext(viewer)
        truth.shows[event_id].plan = a_plan(rows=4)

        feed.tell(truth.commit(event_id, sale_changed=True))
        feed.tell(truth.commit(event_id, {2: HELD}))
        after = await anext(viewer)

        assert (before.sale_changed, after.sale_changed) == (False, True)
        assert (after.previous_version, after.version, after.changes) == (1, 3, ((2, HELD),))
        assert board is await boards.read(event_id)
        assert board is not None
        assert (board.plan, board.tiers) == (a_plan(rows=4), truth.shows[event_id].tiers())
        await viewer.aclose()


async def test_a_house_of_another_size_is_told_as_a_snapshot() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)
        truth.shows[event_id].plan = a_plan(24)

        feed.tell(truth.commit(event_id, sale_changed=True))
        update = await anext(viewer)

        assert (update.previous_version, len(update.seats or b"")) == (None, 24)
        await viewer.aclose()


async def test_a_database_put_back_to_an_earlier_version_is_told_as_a_snapshot() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan(), version=5)
    async with a_process(truth, feed, check_every=timedelta(milliseconds=20)) as boards:
        viewer = boards.watch(event_id)
        await anext(viewer)
        feed.tell(truth.commit(event_id, {1: HELD}))
        await anext(viewer)

        truth.shows[event_id].seats.clear()
        truth.shows[event_id].version = 4
        update = await anext(viewer)

        assert (update.previous_version, update.version, update.changes) == (None, 4, ())
        await viewer.aclose()


async def test_a_message_about_a_version_that_never_was_is_forgotten() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    async with a_process(truth, feed) as boards:
        board = await boards.read(event_id)
        lie = Truth()
        lie.shows[event_id] = truth.shows[event_id]
        told = lie.commit(event_id, {1: BOOKED})
        feed.tell(type(told)(event_id, 2**60))
        await eventually(lambda: truth.asked["changes_since"] == 1)
        await asyncio.sleep(0.2)

        assert truth.asked["changes_since"] == 1
        assert board is not None
        assert board.version == 1


async def test_counts_of_several_events_are_told_first_and_then_when_they_change() -> None:
    truth, feed = Truth(), HandFeed()
    seated, standing, nobody = truth.add(a_plan()), truth.add(None, standing=100), an_event_id()
    async with a_process(truth, feed) as boards:
        watcher = boards.watch_counts([seated, standing, nobody, seated])

        first, second = await anext(watcher), await anext(watcher)
        feed.tell(truth.commit(seated, sale_changed=False))
        feed.tell(truth.commit(standing, standing=Counts(98, 2)))
        third = await anext(watcher)

        assert [(told.event_id, told.version, told.counts) for told in (first, second, third)] == [
            (seated, 0, {1: Counts(6), 2: Counts(6)}),
            (standing, 0, {3: Counts(100)}),
            (standing, 1, {3: Counts(98, 2)}),
        ]
        await watcher.aclose()


async def test_bookings_are_told_as_they_change_and_a_loss_says_so() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    pending, confirmed = BookingStatus.PENDING, BookingStatus.CONFIRMED
    async with a_process(truth, feed) as boards:
        watcher = boards.watch_bookings(event_id)

        told = [await anext(watcher)]
        feed.tell(truth.commit(event_id, {1: HELD}, {7: pending}))
        told.append(await anext(watcher))
        feed.tell(truth.commit(event_id, {1: BOOKED}, {7: confirmed}))
        feed.tell(truth.commit(event_id, {2: HELD}, {8: pending}))
        told.append(await anext(watcher))
        truth.commit(event_id, {3: HELD}, {9: pending})
        feed.doubt(event_id)
        told.append(await anext(watcher))

        assert told == [
            BookingsUpdate(event_id, 0, (), may_have_missed=True),
            BookingsUpdate(event_id, 1, ((7, pending),), may_have_missed=False),
            BookingsUpdate(event_id, 3, ((7, confirmed), (8, pending)), may_have_missed=False),
            BookingsUpdate(event_id, 4, (), may_have_missed=True),
        ]
        await watcher.aclose()


async def test_whoever_waits_for_one_booking_sleeps_through_all_others() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan())
    pending, cancelled = BookingStatus.PENDING, BookingStatus.CANCELLED
    async with a_process(truth, feed) as boards:
        watcher = boards.watch_bookings(event_id, 7)
        await anext(watcher)
        feed.tell(truth.commit(event_id, {1: HELD}, {8: pending}))
        feed.tell(truth.commit(event_id, {2: HELD}, {7: cancelled, 9: pending}))

        told = await anext(watcher)

        assert told == BookingsUpdate(event_id, 2, ((7, cancelled),), may_have_missed=False)
        await watcher.aclose()


async def test_a_thousand_viewers_cost_one_merge_per_change() -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan(100))
    viewers = [Folding(truth.shows[event_id]) for _ in range(1000)]
    async with a_process(truth, feed) as boards:

        async def view(viewer: Folding) -> None:
            async for update in boards.watch(event_id):
                viewer.take(update)

        tasks = [asyncio.create_task(view(viewer)) for viewer in viewers]
        await eventually(lambda: all(viewer.version == 0 for viewer in viewers))
        board = await boards.read(event_id)
        for seat_no in range(20):
            feed.tell(truth.commit(event_id, {seat_no: HELD}))
            await eventually(lambda version=seat_no + 1: all(viewer.version == version for viewer in viewers))  # type: ignore[misc]

        assert board is not None
        assert board.merges == 1 + 20
        assert {len(viewer.updates) for viewer in viewers} == {21}
    await asyncio.gather(*tasks)
