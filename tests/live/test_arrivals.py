"""Those who wait for notifications: woken by a feed over a real Valkey, told from the database, whatever is lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from db.notifications import PostgresNotifications
from db.pool import Pool, open_pool
from domain.changes import ChangeSet
from domain.ids import EventId, NotificationId, UserId
from domain.notifications import Notification
from domain.ports import Outage
from live.arrivals import TOGETHER_MOST, LiveArrivals
from live.feed import ChangeFeed, channel_of_user
from runtime.valkey import EmbeddedValkey
from tests.live.truth import eventually
from tests.notices.builders import a_user, an_event, notify

SECONDS = 5
NEVER_S = 3600.0


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, 6)
    yield pool
    await pool.close()


class Source(PostgresNotifications):
    """A database that counts what it is asked, and can be out."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.looks = self.comparisons = 0
        self.is_out = False

    async def arrived(self, user_ids: Sequence[UserId], within_seconds: float) -> list[tuple[UserId, NotificationId]]:
        self.comparisons += 1
        if self.is_out:
            raise Outage("the database is out")
        return await super().arrived(user_ids, within_seconds)

    async def arrived_at(
        self,
        user_id: UserId,
        within_seconds: float,
        told: Sequence[NotificationId],
        most: int,
    ) -> list[Notification]:
        self.looks += 1
        if self.is_out:
            raise Outage("the database is out")
        return await super().arrived_at(user_id, within_seconds, told, most)


@asynccontextmanager
async def a_process(source: Source, redis_url: str, check_every_s: float = NEVER_S) -> AsyncIterator[tuple[ChangeFeed, LiveArrivals]]:
    feed = ChangeFeed(redis_url)
    arrivals = LiveArrivals(source, feed, check_every_s=check_every_s)
    await feed.start()
    await arrivals.start()
    try:
        yield feed, arrivals
    finally:
        async with asyncio.timeout(10):
            await arrivals.close()
            await feed.close()


@asynccontextmanager
async def waiting(arrivals: LiveArrivals, source: Source, user_id: UserId) -> AsyncIterator[list[NotificationId]]:
    """What a user is told, as a list that grows."""
    told: list[NotificationId] = []

    async def listen() -> None:
        async with aclosing(arrivals.watch(user_id)) as coming:
            async for notification in coming:
                assert notification.user_id == user_id
                told.append(notification.id)

    looks = source.looks
    task = asyncio.create_task(listen())
    await eventually(lambda: source.looks > looks)
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.wait({task})


async def heard(redis_url: str, user_id: UserId) -> None:
    """Wait until somebody listens for a user."""
    async with Redis.from_url(redis_url) as redis, asyncio.timeout(SECONDS):
        while not all(n for _, n in await redis.pubsub_shardnumsub(channel_of_user(user_id))):  # noqa: ASYNC110 - Redis does not tell
            await asyncio.sleep(0.005)


def a_commit(event_id: EventId, *user_ids: UserId) -> ChangeSet:
    return ChangeSet(event_id, 1, notified=user_ids)


async def test_who_waits_is_told_of_each_once_here_and_in_another_process(pool: Pool, redis_url: str) -> None:
    event_id, ann, ben = await an_event(pool), await a_user(pool), await a_user(pool)
    source = Source(pool)
    before = await notify(pool, event_id, ann)
    async with (
        a_process(source, redis_url) as (here, arrivals),
        a_process(source, redis_url) as (_, elsewhere),
        waiting(arrivals, source, ann) as told,
        waiting(arrivals, source, ann) as again,
        waiting(elsewhere, source, ann) as far_away,
        waiting(elsewhere, source, ben) as others,
    ):
        await heard(redis_url, ann)
        written = []
        for _ in range(5):
            written.append(await notify(pool, event_id, ann))
            here.publish(a_commit(event_id, ann))
        await eventually(lambda: len(told) == len(again) == len(far_away) == 5)
        here.publish(a_commit(event_id, ann, ben))
        await eventually(lambda: source.looks > 12)

        assert told == again == far_away == written
        assert before not in told
        assert others == []


async def test_a_commit_that_becomes_visible_late_is_told_all_the_same(pool: Pool, redis_url: str) -> None:
    event_id, ann = await an_event(pool), await a_user(pool)
    source = Source(pool)
    async with a_process(source, redis_url) as (feed, arrivals), waiting(arrivals, source, ann) as told:
        newer = await notify(pool, event_id, ann)
        feed.publish(a_commit(event_id, ann))
        await eventually(lambda: told == [newer])
        older = await notify(pool, event_id, ann, ago=timedelta(seconds=20))
        feed.publish(a_commit(event_id, ann))

        await eventually(lambda: told == [newer, older])


async def test_without_redis_the_database_is_compared_with(pool: Pool, tmp_path: Path) -> None:
    nobody = f"unix://{tmp_path}/nobody.sock"
    event_id, ann = await an_event(pool), await a_user(pool)
    source = Source(pool)
    async with (
        a_process(source, nobody) as (elsewhere, _),
        a_process(source, nobody, 0.05) as (_, arrivals),
        waiting(arrivals, source, ann) as told,
    ):
        written = await notify(pool, event_id, ann)
        elsewhere.publish(a_commit(event_id, ann))
        await eventually(lambda: told == [written])
        looks, comparisons = source.looks, source.comparisons
        await eventually(lambda: source.comparisons > comparisons + 3)

        assert source.looks <= looks + 1, "who knows all is not woken"


async def test_what_came_while_valkey_was_dead_is_told_once_it_is_back(pool: Pool, tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    event_id, ann = await an_event(pool), await a_user(pool)
    source = Source(pool)
    try:
        async with a_process(source, server.url) as (feed, arrivals), waiting(arrivals, source, ann) as told:
            await eventually(lambda: feed.is_connected)
            server.stop()
            await eventually(lambda: not feed.is_connected)
            written = await notify(pool, event_id, ann)
            await asyncio.to_thread(server.start)

            await eventually(lambda: told == [written])
    finally:
        server.stop()


async def test_an_outage_of_the_database_loses_nothing(pool: Pool, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.arrivals.AGAIN_S", (0.01, 0.02))
    event_id, ann = await an_event(pool), await a_user(pool)
    source = Source(pool)
    async with a_process(source, redis_url) as (feed, arrivals), waiting(arrivals, source, ann) as told:
        source.is_out = True
        looks = source.looks
        written = await notify(pool, event_id, ann)
        feed.publish(a_commit(event_id, ann))
        await eventually(lambda: source.looks > looks + 3)
        source.is_out = False

        await eventually(lambda: told == [written])


async def test_who_cannot_begin_is_told_so(pool: Pool, redis_url: str) -> None:
    source, ann = Source(pool), await a_user(pool)
    async with a_process(source, redis_url) as (_, arrivals):
        source.is_out = True

        with pytest.raises(Outage):
            await anext(arrivals.watch(ann))
        assert arrivals.waiting_count == 0


async def test_a_slow_listener_is_kept_no_queue_and_misses_nothing(pool: Pool, redis_url: str) -> None:
    event_id, ann = await an_event(pool), await a_user(pool)
    source = Source(pool)
    async with a_process(source, redis_url) as (feed, arrivals), aclosing(arrivals.watch(ann)) as coming:
        first = asyncio.create_task(anext(coming))
        await eventually(lambda: source.looks > 0)
        count = 2 * TOGETHER_MOST + 1
        written = [await notify(pool, event_id, ann) for _ in range(count)]
        for _ in range(count):
            feed.publish(a_commit(event_id, ann))
        told = [(await first).id]
        looks = source.looks
        await asyncio.sleep(0.05)
        assert source.looks == looks, "nothing is read ahead for who does not take it"
        while len(told) < count:
            told.append((await asyncio.wait_for(anext(coming), SECONDS)).id)

        assert sorted(told) == sorted(written)
        assert source.looks < 10


async def test_nobody_is_followed_once_the_last_has_left(pool: Pool, redis_url: str) -> None:
    source, ann = Source(pool), await a_user(pool)
    async with a_process(source, redis_url) as (_, arrivals):
        for _ in range(3):  # at once again, while the channel is still being left
            async with waiting(arrivals, source, ann):
                pass
        async with waiting(arrivals, source, ann):
            await heard(redis_url, ann)
        assert arrivals.waiting_count == 0
        async with Redis.from_url(redis_url) as redis, asyncio.timeout(SECONDS):
            while any(n for _, n in await redis.pubsub_shardnumsub(channel_of_user(ann))):  # noqa: ASYNC110 - Redis does not tell
                await asyncio.sleep(0.005)


async def test_closing_ends_all_who_wait(pool: Pool, redis_url: str) -> None:
    source, ann = Source(pool), await a_user(pool)
    async with a_process(source, redis_url) as (_, arrivals):
        next_one = asyncio.create_task(anext(arrivals.watch(ann)))
        await eventually(lambda: source.looks > 0)
        await arrivals.close()

        with pytest.raises(StopAsyncIteration):
            await next_one
