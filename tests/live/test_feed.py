"""The feed over a real Valkey, between two processes' worth of boards."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from domain.changes import ChangeSet
from domain.places import PlaceStatus
from live.boards import Boards
from live.feed import ChangeFeed, channel_of
from runtime.valkey import EmbeddedValkey
from tests.live.truth import Folding, Truth, a_plan, an_event_id, eventually

AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus
NEVER = timedelta(hours=1)


@asynccontextmanager
async def a_process(truth: Truth, redis_url: str, check_every: timedelta = NEVER) -> AsyncIterator[tuple[ChangeFeed, Boards]]:
    feed = ChangeFeed(redis_url)
    boards = Boards(truth, feed, check_every=check_every)
    await feed.start()
    await boards.start()
    try:
        yield feed, boards
    finally:
        async with asyncio.timeout(10):
            await boards.close()
            await feed.close()


@asynccontextmanager
async def viewing(truth: Truth, boards: Boards, *folding: Folding) -> AsyncIterator[None]:
    async def view(one: Folding) -> None:
        async for update in boards.watch(next(event_id for event_id, show in truth.shows.items() if show is one.show)):
            one.take(update)

    tasks = [asyncio.create_task(view(one)) for one in folding]
    await eventually(lambda: all(one.version is not None for one in folding))
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path)
    server.start()
    yield server
    server.stop()


async def heard_by_redis(redis_url: str, *channels: str) -> None:
    """Wait until somebody listens to each channel."""
    async with Redis.from_url(redis_url) as redis, asyncio.timeout(10):
        while not all(n for _, n in await redis.pubsub_shardnumsub(*channels)):  # noqa: ASYNC110 - Redis does not tell by itself
            await asyncio.sleep(0.005)


async def test_a_commit_in_one_process_reaches_the_viewers_of_another(redis_url: str) -> None:
    truth = Truth()
    event_id = truth.add(a_plan())
    viewer = Folding(truth.shows[event_id])
    async with a_process(truth, redis_url) as (box_office, _), a_process(truth, redis_url) as (_, boards), viewing(truth, boards, viewer):
        await heard_by_redis(redis_url, channel_of(event_id))
        repairs = truth.asked["changes_since"]
        for seat_no in range(12):
            box_office.publish(truth.commit(event_id, {seat_no: HELD}))
            await asyncio.sleep(0.002 * (seat_no % 3))

        await eventually(lambda: viewer.version == 12)
        assert truth.asked["changes_since"] == repairs


async def test_two_processes_that_sell_the_same_event_hear_each_other(redis_url: str) -> None:
    truth = Truth()
    event_id = truth.add(a_plan(100))
    ann, ben = Folding(truth.shows[event_id]), Folding(truth.shows[event_id])
    async with (
        a_process(truth, redis_url) as (one, at_one),
        a_process(truth, redis_url) as (other, at_other),
        viewing(truth, at_one, ann),
        viewing(truth, at_other, ben),
    ):
        await eventually(lambda: one.is_connected and other.is_connected)
        for seat_no in range(100):
            (one, other)[seat_no % 2].publish(truth.commit(event_id, {seat_no: HELD}))
            if seat_no % 7 == 0:
                await asyncio.sleep(0.001)

        await eventually(lambda: ann.version == ben.version == 100)


async def test_this_process_needs_no_redis_to_hear_itself(tmp_path: Path) -> None:
    truth = Truth()
    event_id = truth.add(a_plan())
    viewer = Folding(truth.shows[event_id])
    async with a_process(truth, f"unix://{tmp_path}/nobody.sock") as (feed, boards), viewing(truth, boards, viewer):
        feed.publish(truth.commit(event_id, {1: HELD}))

        await eventually(lambda: viewer.version == 1)
        assert truth.asked["changes_since"] == 0


async def test_without_a_redis_the_other_process_is_told_by_the_watchdog(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    truth = Truth()
    event_id = truth.add(a_plan())
    viewer = Folding(truth.shows[event_id])
    nobody = f"unix://{tmp_path}/nobody.sock"
    with caplog.at_level(logging.WARNING):
        async with (
            a_process(truth, nobody) as (box_office, _),
            a_process(truth, nobody, timedelta(seconds=1)) as (_, boards),
            viewing(truth, boards, viewer),
        ):
            for seat_no in range(3):
                box_office.publish(truth.commit(event_id, {seat_no: HELD}))

            await eventually(lambda: viewer.version == 3)

    told_once = ["Redis cannot be heard", "Redis cannot be heard", "Redis cannot be told"]
    assert sorted(record.message.split(";")[0] for record in caplog.records) == told_once


async def test_viewers_live_through_the_death_of_valkey(own_valkey: EmbeddedValkey) -> None:
    truth = Truth()
    events = [truth.add(a_plan(40)) for _ in range(5)]
    viewers = [Folding(truth.shows[event_id]) for event_id in events for _ in range(3)]
    async with (
        a_process(truth, own_valkey.url) as (box_office, _),
        a_process(truth, own_valkey.url) as (_, boards),
        viewing(truth, boards, *viewers),
    ):
        await heard_by_redis(own_valkey.url, *map(channel_of, events))

        for seat_no in range(40):
            for event_id in events:
                box_office.publish(truth.commit(event_id, {seat_no: HELD}))
            if seat_no == 10:
                own_valkey.kill()
            await asyncio.sleep(0.02)

        await eventually(lambda: all(viewer.version == 40 for viewer in viewers))
        await heard_by_redis(own_valkey.url, *map(channel_of, events))
        box_office.publish(truth.commit(events[0], {0: BOOKED}))
        await eventually(lambda: viewers[0].version == 41)


async def test_what_was_told_while_valkey_was_away_is_found_when_it_is_back(own_valkey: EmbeddedValkey) -> None:
    truth = Truth()
    event_id = truth.add(a_plan())
    viewer = Folding(truth.shows[event_id])
    async with a_process(truth, own_valkey.url) as (_, boards), viewing(truth, boards, viewer):
        await heard_by_redis(own_valkey.url, channel_of(event_id))
        await asyncio.to_thread(own_valkey.stop)
        truth.commit(event_id, {1: HELD})
        later = truth.add(a_plan())
        await boards.read(later)
        await asyncio.to_thread(own_valkey.start)

        await eventually(lambda: viewer.version == 1)
        await heard_by_redis(own_valkey.url, channel_of(event_id), channel_of(later))


async def test_channels_asked_for_all_at_once_are_all_heard(redis_url: str) -> None:
    events = [an_event_id() for _ in range(300)]
    heard: set[int] = set()
    speaker, listener = ChangeFeed(redis_url), ChangeFeed(redis_url)
    await speaker.start()
    await listener.start()

    for number, event_id in enumerate(events):
        listener.follow(event_id, lambda told, event_id=event_id: heard.add(event_id) if told else None)  # type: ignore[misc]
        if number % 50 == 0:
            await asyncio.sleep(0.001)
    await heard_by_redis(redis_url, *map(channel_of, events))
    for event_id in events:
        speaker.publish(ChangeSet(event_id, 1))

    await eventually(lambda: len(heard) == 300)
    await listener.close()
    await speaker.close()


async def test_an_event_left_and_followed_again_is_heard(redis_url: str) -> None:
    event_id = an_event_id()
    heard: list[ChangeSet | None] = []
    speaker, listener = ChangeFeed(redis_url), ChangeFeed(redis_url)
    await speaker.start()
    await listener.start()

    for _ in range(20):
        listener.follow(event_id, lambda _: None)
        await asyncio.sleep(0)
        listener.unfollow(event_id)
    listener.follow(event_id, heard.append)
    await heard_by_redis(redis_url, channel_of(event_id))
    await eventually(lambda: None in heard)
    speaker.publish(ChangeSet(event_id, 1))

    await eventually(lambda: ChangeSet(event_id, 1) in heard)
    await listener.close()
    await speaker.close()


async def test_a_message_that_cannot_be_read_may_be_a_loss_and_ends_nothing(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    truth = Truth()
    event_id = truth.add(a_plan())
    viewer = Folding(truth.shows[event_id])
    async with a_process(truth, redis_url) as (_, boards), viewing(truth, boards, viewer), Redis.from_url(redis_url) as redis:
        await heard_by_redis(redis_url, channel_of(event_id))
        for seat_no, nonsense in enumerate((b"nonsense", b"\xff\xfe", b"[" * 5000, b'[1,"me",5,1,[[],[],[],[]],[],[],false]')):
            truth.commit(event_id, {seat_no: HELD})
            await redis.spublish(channel_of(event_id), nonsense)

            await eventually(lambda version=seat_no + 1: viewer.version == version)  # type: ignore[misc]

    assert len(caplog.records) == 4


async def test_publishing_never_waits_and_what_waits_is_bounded(tmp_path: Path) -> None:
    feed = ChangeFeed(f"unix://{tmp_path}/nobody.sock")
    await feed.start()
    event_id = an_event_id()

    for version in range(20_000):
        feed.publish(ChangeSet(event_id, version))

    assert feed._backend._sender.waiting_count == 10_000
    await feed.close()
