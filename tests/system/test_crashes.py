"""Crashes under load: of the server, and of the database under it. What was acknowledged is there, once, and selling goes on by itself."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gql.transport.exceptions import TransportError, TransportQueryError, TransportServerError

from db.migrate import migrate
from db.pool import Pool, open_pool
from domain.bookings import BookingStatus
from domain.ids import BookingId, EventId
from runtime.postgres import EmbeddedPostgres
from tests.conftest import a_database
from tests.db.events import an_event, read_truth
from tests.system.people import Buyer, Person, buying, people
from tests.system.running import Running, beside, code_of, eventually, serving, settings
from tests.system.viewers import Viewer, viewing

BUYERS = 12
SEATS = 400
PATIENCE_SECONDS = 45.0
PASSING = {"SERVICE_UNAVAILABLE"}
BOOK_REFUSALS = {"SeatsUnavailable"}
PAY_REFUSALS = {"PaymentInProgress"}
OPEN_MONEY = """SELECT EXISTS (SELECT FROM payment WHERE event_id = $1 AND status = 0)
    OR EXISTS (SELECT FROM refund WHERE event_id = $1 AND status = 0)"""

Ask = Callable[[Buyer, str], Awaitable[Any]]


@dataclass
class Load:
    """Buyers who book, pay and cancel without end, repeat under the same key what was not answered, and remember what was."""

    running: Running
    event_id: EventId
    booked: dict[str, tuple[str, tuple[int, ...], Person]] = field(default_factory=dict)
    """Id, seats and owner by idempotency key."""
    status: dict[str, str] = field(default_factory=dict)
    """What was last acknowledged of each booking; none while something else was asked and not answered."""
    troubles: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    stopped: bool = False

    async def buyer(self, person: Person, chance: random.Random) -> None:
        """Buy until all is stopped; what was begun is brought to its end."""
        async with buying(self.running, person.token) as buyer:
            while not self.stopped:
                key, seats = f"{chance.random()}", tuple(sorted(chance.sample(range(SEATS), 2)))
                booked = await self.insist(buyer, key, lambda buyer, key, seats=seats: buyer.book(self.event_id, *seats, key=key))  # type: ignore[misc]
                if booked["__typename"] != "Booking":
                    assert booked["__typename"] in BOOK_REFUSALS, booked
                    continue
                self.booked[key] = booked["id"], seats, person
                self.status[booked["id"]] = "PENDING"
                await self.go_on(buyer, booked["id"], key, chance.random())

    async def go_on(self, buyer: Buyer, booking_id: str, key: str, chance: float) -> None:
        """Pay for a booking, or give it back, or leave it."""
        if chance < 0.3:
            paid = await self.insist(buyer, f"{key} pay", lambda buyer, key: buyer.pay(booking_id, key=key))
            assert paid["__typename"] in {"Booking", *PAY_REFUSALS}, paid
            self.status[booking_id] = paid.get("status", "PENDING")
        elif chance < 0.9:
            cancelled = await self.insist(buyer, f"{key} cancel", lambda buyer, key: buyer.cancel(booking_id, key=key))
            assert cancelled["__typename"] == "Cancellation", cancelled
            self.status[booking_id] = "CANCELLED"

    async def insist(self, buyer: Buyer, key: str, ask: Ask) -> Any:
        """Ask, under one key, until there is an answer."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                answer = await ask(buyer, key)
                self.answers += 1
                if answer["__typename"] != "Busy":
                    return answer
                self.troubles["BUSY"] += 1
            except TransportQueryError as refused:
                self.troubles[code_of(refused)] += 1
            except TransportServerError as failed:
                self.troubles[f"HTTP {failed.code}"] += 1
            except TransportError:
                self.troubles["no connection"] += 1
            assert asyncio.get_running_loop().time() < deadline, f"no answer: {self.troubles}"
            await asyncio.sleep(random.uniform(0.05, 0.2))

    async def goes_on(self, answers: int = 40) -> None:
        """Wait until there were so many answers more."""
        wanted = self.answers + answers
        await eventually(lambda: self.answers >= wanted, seconds=PATIENCE_SECONDS)

    async def must_have_kept_its_word(self, pool: Pool) -> None:
        """Every booking that was acknowledged is there, as it was last answered; and whoever asks again is answered the same."""
        truth = await read_truth(pool, self.event_id)
        truth.must_be_sound()
        rows = {row["booking_id"]: row for row in truth.bookings}
        for booking_id, status in self.status.items():
            assert BookingStatus(rows[BookingId.parse(booking_id).number]["status"]).name == status
        assert {str(BookingId(self.event_id, number)) for number in rows} == set(self.status), "a booking that nobody knows"
        for key, (booking_id, seats, person) in list(self.booked.items())[:: max(1, len(self.booked) // 40)]:
            async with buying(self.running, person.token) as buyer:
                assert (await buyer.book(self.event_id, *seats, key=key))["id"] == booking_id
        assert (await read_truth(pool, self.event_id)).bookings == truth.bookings


@asynccontextmanager
async def a_load(running: Running, pool: Pool, event_id: EventId) -> AsyncIterator[Load]:
    """Buyers at work as long as the `async with` lasts; then each ends what it began."""
    load = Load(running, event_id)
    persons = await people(pool, BUYERS)
    async with asyncio.TaskGroup() as buyers:
        for number, person in enumerate(persons):
            buyers.create_task(load.buyer(person, random.Random(number)))
        try:
            yield load
        finally:
            load.stopped = True


@pytest.mark.timeout(180)
async def test_a_server_that_is_killed_under_load_loses_no_booking_and_doubles_none(
    database_server: str, migrated_template: str, redis_url: str, tmp_path: Path
) -> None:
    async with a_database(database_server, migrated_template) as url:
        with serving(tmp_path / "server.log", settings(url, redis_url)) as running:
            pool = await open_pool(url, 2)
            event_id = await an_event(pool, SEATS)
            viewer = Viewer(str(event_id))
            async with beside(viewer.keep_watching(running)):
                async with a_load(running, pool, event_id) as load:
                    for _ in range(3):
                        await load.goes_on()
                        await asyncio.to_thread(running.kill)
                        await running.restart()
                    await load.goes_on()
                await settled(pool, event_id)
                truth = await read_truth(pool, event_id)
                await eventually(lambda: viewer.knows(truth))
            await load.must_have_kept_its_word(pool)
            await pool.close()

    assert set(load.troubles) <= {"no connection", *PASSING}


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that these tests may restart and kill."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("crashes"))
    server.start()
    yield server
    server.stop()


@pytest.mark.timeout(180)
async def test_selling_goes_on_by_itself_after_the_database_was_restarted_and_killed(
    own_postgres: EmbeddedPostgres, redis_url: str, tmp_path: Path
) -> None:
    await migrate(own_postgres.url)
    with serving(tmp_path / "server.log", settings(own_postgres.url, redis_url)) as running:
        pool = await open_pool(own_postgres.url, 2)
        event_id = await an_event(pool, SEATS)
        async with viewing(running, event_id) as viewer:
            async with a_load(running, pool, event_id) as load:
                await load.goes_on()
                for trouble in (own_postgres.restart, own_postgres.kill, own_postgres.kill):
                    await asyncio.to_thread(trouble)
                    await load.goes_on()
            await settled(pool, event_id)
            truth = await read_truth(pool, event_id)
            await eventually(lambda: viewer.knows(truth))
            await load.must_have_kept_its_word(pool)
        await pool.close()

    assert set(load.troubles) <= PASSING, load.troubles


async def test_a_hold_that_ends_gives_its_seats_back_and_can_no_longer_be_paid(
    database_server: str, migrated_template: str, redis_url: str, tmp_path: Path
) -> None:
    async with a_database(database_server, migrated_template) as url:
        with serving(tmp_path / "server.log", settings(url, redis_url, HOLD_SECONDS="2")) as running:
            pool = await open_pool(url, 2)
            event_id = await an_event(pool, 10)
            ann, ben = await people(pool, 2)
            async with viewing(running, event_id) as viewer, buying(running, ann.token) as anns, buying(running, ben.token) as bens:
                booked = await anns.book(event_id, 3, 4)
                await eventually(lambda: viewer.seats == {3: "HELD", 4: "HELD"})
                await eventually(lambda: viewer.seats == {})
                late = await anns.pay(booked["id"])
                again = await bens.book(event_id, 4, 5)
                await eventually(lambda: viewer.seats == {4: "HELD", 5: "HELD"})
            truth = await read_truth(pool, event_id)
            await pool.close()

    assert (late["__typename"], late["code"]) == ("BookingExpired", "BOOKING_EXPIRED")
    assert again["status"] == "PENDING"
    truth.must_be_sound()


async def settled(pool: Pool, event_id: EventId) -> None:
    """Wait until no money is on its way: what a crash cut short is brought to its end by itself."""
    for _ in range(450):
        if not await pool.fetchval(OPEN_MONEY, event_id):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("money is still on its way")
