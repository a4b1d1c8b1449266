"""Watchers of a busy event: they leave, come back, and lose Redis, and each ends with what the database holds."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from gql.transport.exceptions import TransportError

from db.box_office import BoxOffice
from db.layouts import Layouts
from db.plans import SeatingPlans
from db.pool import open_pool
from domain.answers import BookingPending
from domain.bookings import Booking
from domain.ids import EventId
from live.feed import ChangeFeed
from runtime.valkey import EmbeddedValkey
from tests.conftest import a_database
from tests.db.events import Truth, a_user, an_event, book, cancel, read_truth
from tests.system.conftest import House
from tests.system.running import NO_TLS, asking, beside, eventually, serving, settings
from tests.system.viewers import WATCH, Viewer, viewing

SEATS = 600
CHANGES = 2000
VIEWERS = 6
CONVERGES_SECONDS = 6.0
"""The watchdog compares each second; the rest is for a slow machine."""


@dataclass
class OtherProcess:
    """Another process that sells the same events, as a second worker does: this test's own."""

    office: BoxOffice
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    sold: list[Booking] = field(default_factory=list)

    async def change(self, event_id: EventId, seats: int) -> int:
        """Take or give back some seats; answers how many changed."""
        if self.sold and self.chance.random() < 0.5:
            booking = self.sold.pop(self.chance.randrange(len(self.sold)))
            await self.office.submit(cancel(booking))
            return len(booking.seats)
        wanted = self.chance.sample(range(seats), self.chance.randint(4, 10))
        answer = await self.office.submit(book(event_id, a_user(), *wanted))
        if isinstance(answer, BookingPending):
            self.sold.append(answer.booking)
            return len(wanted)
        return 0

    async def sell(self, event_id: EventId, seats: int, changes: int, *, at_once: int = 8) -> int:
        """So many changes of seats, by a few sellers; answers how many it were."""
        numbers = count()
        made = 0

        async def seller() -> None:
            nonlocal made
            while made < changes and next(numbers) < 20 * changes:
                made += await self.change(event_id, seats)

        await asyncio.gather(*(seller() for _ in range(at_once)))
        return made


@asynccontextmanager
async def another_process(database_url: str, redis_url: str) -> AsyncIterator[OtherProcess]:
    """It tells of its commits through Redis, as long as the `async with` lasts."""
    pool = await open_pool(database_url, 4, for_writing=True)
    feed = ChangeFeed(redis_url)
    await feed.start()
    office = BoxOffice(pool, SeatingPlans(Layouts().load), feed)
    try:
        yield OtherProcess(office)
    finally:
        await office.close()
        await feed.close()
        await pool.close()


@pytest.fixture(scope="module")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A Valkey that these tests may stop and kill."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("watchers"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
async def own_house(
    database_server: str, migrated_template: str, own_valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A server on it."""
    log = tmp_path_factory.mktemp("own_house") / "server.log"
    async with a_database(database_server, migrated_template) as url:
        with serving(log, settings(url, own_valkey.url)) as running:
            pool = await open_pool(url, 2)
            yield House(running, url, own_valkey.url, pool)
            await pool.close()


@pytest.mark.timeout(120)
async def test_watchers_that_come_and_go_through_two_thousand_changes_end_with_what_is_true(house: House) -> None:
    event_id = await an_event(house.pool, SEATS)
    viewers = [Viewer(str(event_id)) for _ in range(VIEWERS)]
    comings = [Comings(viewer, random.Random(number)) for number, viewer in enumerate(viewers)]

    async with (
        beside(*(coming.come_and_go(house) for coming in comings)),
        another_process(house.database_url, house.redis_url) as other,
    ):
        await eventually(lambda: all(viewer.told for viewer in viewers), seconds=30)
        made = await other.sell(event_id, SEATS, CHANGES)
        truth = await read_truth(house.pool, event_id)
        await eventually(lambda: all(viewer.knows(truth) for viewer in viewers), seconds=30)

    truth.must_be_sound()
    assert made >= CHANGES
    assert sum(coming.visits for coming in comings) > 3 * VIEWERS


async def test_a_watcher_that_comes_back_is_told_only_what_was_missed(house: House) -> None:
    event_id = await an_event(house.pool, SEATS)

    async with another_process(house.database_url, house.redis_url) as other:
        await other.office.submit(book(event_id, a_user(), 1, 2, 3))
        async with viewing(house.running, event_id) as before:
            await eventually(lambda: bool(before.told))
        await other.office.submit(book(event_id, a_user(), 500, 599))
        after = Viewer(str(event_id), before.version, before.seats)
        async with beside(after.watch_events(house.running)):
            await eventually(lambda: after.version == 2)

    assert after.snapshots == 0
    assert [[change["seatNo"] for change in update["changes"]] for update in after.told if update["changes"]] == [[500, 599]]
    assert after.knows(await read_truth(house.pool, event_id))


async def test_watchers_converge_after_redis_was_killed_and_came_back(own_house: House, own_valkey: EmbeddedValkey) -> None:
    event_id = await an_event(own_house.pool, SEATS)

    async with (
        viewing(own_house.running, event_id) as viewer,
        another_process(own_house.database_url, own_house.redis_url) as other,
    ):
        for _ in range(3):
            own_valkey.kill()
            await other.sell(event_id, SEATS, 60)
            await must_converge(own_house, event_id, viewer)
        await asyncio.to_thread(own_valkey.restart)
        await other.sell(event_id, SEATS, 60)
        truth = await must_converge(own_house, event_id, viewer)

    truth.must_be_sound()


async def test_without_redis_watchers_are_told_by_the_watchdog_and_own_changes_at_once(
    own_house: House, own_valkey: EmbeddedValkey
) -> None:
    event_id = await an_event(own_house.pool, SEATS)

    async with (
        viewing(own_house.running, event_id) as viewer,
        another_process(own_house.database_url, own_house.redis_url) as other,
    ):
        await eventually(lambda: bool(viewer.told))
        await asyncio.to_thread(own_valkey.stop)
        try:
            for _ in range(2):
                await other.sell(event_id, SEATS, 40)
                await must_converge(own_house, event_id, viewer)
            ready = await status_of_ready(own_house)
        finally:
            await asyncio.to_thread(own_valkey.start)
        await other.sell(event_id, SEATS, 40)
        await must_converge(own_house, event_id, viewer)

    assert ready == 503
    await eventually_ready(own_house)


async def must_converge(house: House, event_id: EventId, viewer: Viewer) -> Truth:
    """Nothing changes any more: the viewer comes to know all of it."""
    truth = await read_truth(house.pool, event_id)
    await eventually(lambda: viewer.knows(truth), seconds=CONVERGES_SECONDS)
    return truth


@dataclass
class Comings:
    """One viewer's visits: each picks up where the last one ended, until a visit is long enough to see all."""

    viewer: Viewer
    chance: random.Random
    visits: int = 0

    async def come_and_go(self, house: House) -> None:
        """Watch for a few updates, go in good order or by a cut, and come back, some a little later."""
        while True:
            self.visits += 1
            updates = self.chance.randint(1, 40)
            with suppress(TransportError, OSError):
                async with house.running.watcher() as session:
                    watching = session.subscribe(asking(WATCH, {"eventId": self.viewer.event_id, "after": self.viewer.version}))
                    async for answer in watching:
                        self.viewer.take(answer["seatMap"])
                        updates -= 1
                        if not updates:
                            break
                    if self.chance.random() < 0.5:
                        cut(session)
            await asyncio.sleep(self.chance.choice((0.0, 0.0, 0.3)))


def cut(session: Any) -> None:
    """Let a connection break as if a cable were pulled."""
    session.transport.adapter.websocket.transport.abort()


async def status_of_ready(house: House) -> int:
    """What `/ready` answers."""
    async with httpx.AsyncClient(verify=NO_TLS) as client:
        return (await client.get(house.running.url.replace("/graphql", "/ready"))).status_code


async def eventually_ready(house: House) -> None:
    """Wait until `/ready` says so."""
    for _ in range(100):
        if await status_of_ready(house) == 200:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the server did not find Redis again")
