"""Those who watch their place in a queue: told of every change in the end, by one reading for all of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import EntryId, EventId, UserId
from domain.ports import Outage
from domain.waitlist import EntryStatus, Pace, Standing, WaitlistEntry
from live.boards import Boards
from live.waitlists import LiveWaitlists
from tests.live.truth import HandFeed, Truth, a_plan, an_event_id, eventually

NEVER = timedelta(hours=1)
REST_S = 0.05
PACE = Pace(1, timedelta(hours=1), timedelta(days=1))


class Queue:
    """A queue in memory, and how often it was read."""

    def __init__(self, truth: Truth, event_id: EventId, length: int) -> None:
        self.truth = truth
        self.event_id = event_id
        self.entries = [an_entry(EntryId(event_id, number)) for number in range(length)]
        self.ended: dict[EntryId, EntryStatus] = {}
        self.readings: list[int] = []
        self.is_out = False

    def serve(self, status: EntryStatus = EntryStatus.ACCEPTED) -> None:
        """The first of the queue goes: a commit that nobody is told of yet."""
        first = next(entry for entry in self.entries if entry.id not in self.ended)
        self.ended[first.id] = status

    async def standings_many(self, ids: Sequence[EntryId]) -> list[Standing | None]:
        self.readings.append(len(ids))
        await asyncio.sleep(0)
        if self.is_out:
            raise Outage("the queue is out")
        waiting = [entry.id for entry in self.entries if entry.id not in self.ended]
        known = {entry.id: entry for entry in self.entries}
        return [self.standing(known[entry_id], waiting) if entry_id in known else None for entry_id in ids]

    def standing(self, entry: WaitlistEntry, waiting: list[EntryId]) -> Standing:
        if entry.id in self.ended:
            return Standing(replace(entry, status=self.ended[entry.id]), None, None, PACE)
        return Standing(entry, waiting.index(entry.id), waiting.index(entry.id), PACE)


def an_entry(entry_id: EntryId) -> WaitlistEntry:
    joined_at = datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=entry_id.number)
    return WaitlistEntry(entry_id, UserId(entry_id.number + 1), None, 1, True, EntryStatus.WAITING, joined_at)


class World:
    """A process that watches a queue."""

    def __init__(self, length: int) -> None:
        self.truth, self.feed = Truth(), HandFeed()
        self.event_id = self.truth.add(a_plan())
        self.queue = Queue(self.truth, self.event_id, length)

    def serve(self, *, told: bool = True, waitlist_changed: bool = True) -> None:
        """The first of the queue is served, in a commit that others are told of or not."""
        self.queue.serve()
        change_set = replace(self.truth.commit(self.event_id), waitlist_changed=waitlist_changed)
        if told:
            self.feed.tell(change_set)

    @asynccontextmanager
    async def process(self, check_every: timedelta = NEVER) -> AsyncIterator[LiveWaitlists]:
        boards = Boards(self.truth, self.feed, check_every=check_every)
        await boards.start()
        waitlists = LiveWaitlists(self.queue, boards, rest_s=REST_S)
        try:
            yield waitlists
        finally:
            async with asyncio.timeout(5):
                await waitlists.close()
                await boards.close()


class Told:
    """All that one watcher was told."""

    def __init__(self, waitlists: LiveWaitlists, entry_id: EntryId) -> None:
        self.positions: list[int | None] = []
        self.task = asyncio.create_task(self.listen(waitlists, entry_id))

    async def listen(self, waitlists: LiveWaitlists, entry_id: EntryId) -> None:
        async with aclosing(waitlists.watch(entry_id)) as standings:
            async for standing in standings:
                self.positions.append(standing.position)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


async def test_one_is_told_ones_place_and_every_new_one_until_the_entry_has_ended() -> None:
    world = World(3)
    async with world.process() as waitlists:
        third = Told(waitlists, EntryId(world.event_id, 2))
        await eventually(lambda: third.positions == [3])

        for served in (2, 1):
            world.serve()
            await eventually(lambda served=served: third.positions[-1] == served)  # type: ignore[misc]
        world.serve()
        await asyncio.wait_for(third.task, 5)

        assert third.positions == [3, 2, 1, None]
        assert waitlists.watcher_count == 0


async def test_a_thousand_watchers_and_a_hundred_changes_cost_a_few_readings() -> None:
    world = World(1_000)
    async with world.process() as waitlists:
        watchers = [Told(waitlists, entry.id) for entry in world.queue.entries]
        await eventually(lambda: all(watcher.positions for watcher in watchers))
        assert len(world.queue.readings) <= 2, "those who come together are answered together"
        world.queue.readings.clear()

        for _ in range(100):
            world.serve()
            await asyncio.sleep(0.001)
        await eventually(lambda: all(watcher.positions[-1] == n - 99 for n, watcher in enumerate(watchers) if n >= 100))

        assert len(world.queue.readings) <= 10
        for watcher in watchers:
            await watcher.leave()


async def test_what_does_not_touch_the_queue_reads_nothing() -> None:
    world = World(2)
    async with world.process() as waitlists:
        second = Told(waitlists, EntryId(world.event_id, 1))
        await eventually(lambda: second.positions == [2])

        for _ in range(5):
            world.feed.tell(world.truth.commit(world.event_id))
        world.serve()
        await eventually(lambda: second.positions == [2, 1])

        assert len(world.queue.readings) == 2
        await second.leave()


async def test_a_change_that_was_never_told_is_found_by_comparing() -> None:
    world = World(2)
    async with world.process(timedelta(milliseconds=50)) as waitlists:
        second = Told(waitlists, EntryId(world.event_id, 1))
        await eventually(lambda: second.positions == [2])

        world.serve(told=False)

        await eventually(lambda: second.positions == [2, 1])
        await second.leave()


async def test_an_outage_is_waited_out_and_nobody_is_turned_away() -> None:
    world = World(2)
    async with world.process() as waitlists:
        second = Told(waitlists, EntryId(world.event_id, 1))
        await eventually(lambda: second.positions == [2])
        world.queue.is_out = True
        world.serve()
        await eventually(lambda: len(world.queue.readings) >= 3)

        world.queue.is_out = False

        await eventually(lambda: second.positions == [2, 1])
        await second.leave()


async def test_an_event_that_is_not_there_cannot_be_watched_and_one_that_cannot_be_read_neither() -> None:
    world = World(1)
    async with world.process() as waitlists:
        with pytest.raises(LookupError):
            await anext(waitlists.watch(EntryId(an_event_id(), 1)))
        world.truth.is_out = True
        with pytest.raises(Outage):
            await anext(waitlists.watch(EntryId(world.event_id, 0)))
        world.truth.is_out = False
        async with aclosing(waitlists.watch(EntryId(world.event_id, 0))) as again:
            assert (await anext(again)).position == 1


async def test_an_entry_that_is_gone_ends_and_so_does_all_when_the_process_stops() -> None:
    world = World(1)
    async with world.process() as waitlists:
        gone, here = Told(waitlists, EntryId(world.event_id, 77)), Told(waitlists, EntryId(world.event_id, 0))
        await asyncio.wait_for(gone.task, 5)
        await eventually(lambda: here.positions == [1])

    await asyncio.wait_for(here.task, 5)
    assert (gone.positions, here.positions) == ([], [1])


async def test_whoever_comes_after_the_last_has_left_is_served_anew() -> None:
    world = World(2)
    async with world.process() as waitlists:
        for _ in range(3):
            told = Told(waitlists, EntryId(world.event_id, 1))
            await eventually(lambda told=told: told.positions == [2])  # type: ignore[misc]
            await told.leave()
            assert waitlists.watcher_count == 0
