"""The database goes away, at any moment: every booking that was acknowledged exists, none is doubled, and selling goes on by itself."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from db import box_office, pool, sweeper
from db.bookings import Bookings
from db.box_office import Limits
from db.migrate import migrate
from db.pool import is_passing, open_pool
from db.sweeper import Sweeper
from domain.answers import AlreadyBooked, BookingCancelled, BookingConfirmed, BookingExtended, BookingPending, PaymentBegun
from domain.asks import Asks
from domain.bookings import Booking, BookingStatus
from domain.commands import BookQuantity, BookSeats
from domain.ids import BookingId, EventId
from domain.places import Counts
from domain.ports import Outage
from runtime.postgres import EmbeddedPostgres
from tests.db.events import (
    House,
    TierSpec,
    a_house,
    a_user,
    an_event,
    begin,
    book,
    book_any,
    cancel,
    complete,
    eventually,
    extend,
    key,
    standing,
)
from tests.db.wire import Cut, Wire, a_wire

CLIENTS = 32


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    for log in (box_office.LOG, sweeper.LOG):
        caplog.set_level(logging.CRITICAL, logger=log.name)


@pytest.fixture(scope="module")
async def own_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL that these tests may restart and kill."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("outages"))
    await migrate(server.start())
    yield server
    server.stop()


@pytest.fixture(scope="module")
async def own_house(own_server: EmbeddedPostgres) -> AsyncIterator[House]:
    async with a_house(own_server.url, limits=Limits(patience_seconds=30.0)) as house:  # one kill after another is waited out longer
        yield house


@dataclass
class Crowd:
    """Clients that book, pay and cancel without end, and remember what they were told."""

    house: House
    event_id: EventId
    chance: random.Random
    seats: int
    acknowledged: dict[BookingId, BookingStatus] = field(default_factory=dict)
    unknown: set[BookingId] = field(default_factory=set)
    """Bookings of which an Outage left open how far they came."""
    outages: int = 0
    answers: int = 0
    stopped: bool = False

    async def client(self) -> None:
        while not self.stopped:
            command: BookSeats | BookQuantity
            if self.chance.random() < 0.2:
                command = book_any(self.event_id, a_user(), self.chance.randint(1, 3), tier_no=2)
            else:
                command = book(self.event_id, a_user(), *{self.chance.randrange(self.seats) for _ in range(2)})
            answer = await self.ask(command.booking_id, command)
            if isinstance(answer, BookingPending | AlreadyBooked):
                await self.go_on(answer.booking)

    async def go_on(self, booking: Booking) -> None:
        self.acknowledged[booking.id] = BookingStatus.PENDING
        if self.chance.random() < 0.3:
            paying = begin(booking)
            if await self.ask(booking.id, paying) is None:
                return
            if isinstance(await self.ask(booking.id, complete(paying.payment_id, booking)), BookingConfirmed):
                self.acknowledged[booking.id] = BookingStatus.CONFIRMED
        elif isinstance(await self.ask(booking.id, cancel(booking)), BookingCancelled):
            self.acknowledged[booking.id] = BookingStatus.CANCELLED

    async def ask(self, booking_id: BookingId, command: Asks[Any]) -> Any:
        """The answer, or None where there was an Outage."""
        try:
            answer = await self.house.office.submit(command)
        except Outage:
            self.outages += 1
            self.unknown.add(booking_id)
            return None
        self.answers += 1
        return answer

    async def runs_through(self, trouble: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> int:
        """Let them all go on while there is trouble, and for a while; answers how many were answered after it."""
        clients = [asyncio.create_task(self.client()) for _ in range(CLIENTS)]
        await asyncio.sleep(0.3)
        await trouble()
        before = self.answers
        await eventually(lambda: self.answers > before + 200, 20)
        await asyncio.sleep(seconds)
        self.stopped = True
        await asyncio.wait_for(asyncio.gather(*clients), 20)
        return self.answers - before

    async def must_agree(self) -> None:
        """Every row is as clients were told."""
        truth = await self.house.truth(self.event_id)
        truth.must_be_sound()
        found = {BookingId(self.event_id, row["booking_id"]): row["status"] for row in truth.bookings}
        for booking_id, status in self.acknowledged.items():
            assert booking_id in found, "an acknowledged booking is lost"
            assert found[booking_id] == status or booking_id in self.unknown
        assert found.keys() <= self.acknowledged.keys() | self.unknown


async def a_crowd(house: House) -> Crowd:
    event_id = await an_event(house.pool, tiers=[TierSpec(300), standing(300)])
    return Crowd(house, event_id, random.Random(3), 300)


async def test_selling_goes_on_by_itself_when_the_database_is_restarted(own_server: EmbeddedPostgres, own_house: House) -> None:
    crowd = await a_crowd(own_house)

    await crowd.runs_through(lambda: asyncio.to_thread(own_server.restart), 0.5)

    await crowd.must_agree()
    assert own_house.office.served.retries > 0
    assert crowd.outages == 0


async def test_selling_goes_on_by_itself_when_the_database_is_killed(own_server: EmbeddedPostgres, own_house: House) -> None:
    crowd = await a_crowd(own_house)

    async def killed() -> None:
        pid = own_server.pid
        own_server.kill()
        await eventually(lambda: is_back(own_server, own_house, pid), 30)

    await crowd.runs_through(killed, 0.5)

    await crowd.must_agree()


async def test_bookings_survive_a_kill_that_comes_right_after_their_answer(own_server: EmbeddedPostgres, own_house: House) -> None:
    event_id = await an_event(own_house.pool)

    pid = own_server.pid
    booking = await own_house.held(event_id, a_user(), 0)
    own_server.kill()
    again = await own_house.office.submit(book(event_id, a_user(), 1))
    await eventually(lambda: is_back(own_server, own_house, pid), 30)

    assert isinstance(again, BookingPending | AlreadyBooked)
    (await own_house.truth(event_id)).must_be_sound()
    assert await own_house.bookings.find_many([booking.id, again.booking.id]) == [booking, again.booking]


async def is_back(server: EmbeddedPostgres, house: House, old_pid: int | None) -> bool:
    """Whether a server that was killed has come back. Its last connections may have lived a moment longer than itself."""
    if server.pid in (old_pid, None):
        return False
    try:
        await house.bookings.now()
    except Outage:
        return False
    return True


async def test_callers_are_told_in_time_when_the_database_does_not_come_back(own_server: EmbeddedPostgres) -> None:
    async with a_house(own_server.url, limits=Limits(batch_most=2, patience_seconds=0.6)) as house:
        event_id = await an_event(house.pool)
        reads = house.bookings
        own_server.stop()
        start = asyncio.get_running_loop().time()

        answers = await asyncio.gather(*(house.office.submit(book(event_id, a_user(), n)) for n in range(8)), return_exceptions=True)
        with pytest.raises(Outage):
            await reads.now()
        took = asyncio.get_running_loop().time() - start
        own_server.start()
        afterwards = await house.office.submit(book(event_id, a_user(), 9))

        assert {type(answer) for answer in answers} == {Outage}
        assert took < 4
        assert isinstance(afterwards, BookingPending)
        assert {row["booking_id"] for row in (await house.truth(event_id)).bookings} == {afterwards.booking.id.number}


async def test_a_pool_cannot_be_opened_where_there_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Outage):
        _ = await open_pool(f"postgresql://boxoffice@/nowhere?host={tmp_path}")


async def test_sweeping_survives_an_outage(own_server: EmbeddedPostgres, own_house: House) -> None:
    event_id = await an_event(own_house.pool)
    booking = await own_house.held(event_id, a_user(), 0)
    sweeping = asyncio.create_task(Sweeper(own_house.pool, own_house.office).run())
    await asyncio.sleep(0.05)

    pid = own_server.pid
    await asyncio.to_thread(own_server.restart)
    await eventually(lambda: is_back(own_server, own_house, pid))
    await own_house.end_hold(booking)

    await eventually(lambda: is_expired(own_house, booking))
    sweeping.cancel()


async def is_expired(house: House, booking: Booking) -> bool:
    """Whether a hold's places have been given back."""
    return await house.status_of(booking) is BookingStatus.EXPIRED


async def test_a_crowd_whose_connections_are_cut_all_the_time_is_answered_all_the_same(
    own_server: EmbeddedPostgres, own_house: House
) -> None:
    crowd = await a_crowd(own_house)
    executioner = await asyncpg.connect(own_server.url)

    async def cutting() -> None:
        for _ in range(40):
            await executioner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'box-office' "
                "AND state = 'active' AND (query LIKE '%UPDATE inventory%' OR random() < 0.1)"
            )
            await asyncio.sleep(0.03)

    await crowd.runs_through(cutting, 0.2)
    await executioner.close()

    await crowd.must_agree()
    assert crowd.outages == 0


@dataclass
class Wired:
    """A house whose wire to the database can be cut, and one whose wire is whole."""

    wire: Wire
    house: House
    elsewhere: House


@pytest.fixture
async def wired(database_url: str, house: House) -> AsyncIterator[Wired]:
    async with a_wire(database_url) as (wire, url), a_house(url, connections=2) as cut:
        yield Wired(wire, cut, house)


cuts = pytest.mark.parametrize(
    "cut", [[Cut.BEFORE], [Cut.AFTER], [Cut.BEFORE, Cut.BEFORE, Cut.AFTER]], ids=lambda cut: " ".join(each.name for each in cut)
)


@cuts
@pytest.mark.parametrize("keyed", [True, False])
async def test_a_booking_whose_write_is_cut_is_made_exactly_once(wired: Wired, cut: list[Cut], keyed: bool) -> None:
    event_id = await an_event(wired.elsewhere.pool, tiers=[TierSpec(5), standing(5)])
    wired.wire.cuts = list(cut)
    commands: list[Asks[Any]] = [
        book(event_id, a_user(), 0, 1, idempotency=key() if keyed else None),
        book_any(event_id, a_user(), 2, tier_no=2, idempotency=key() if keyed else None),
        book_any(event_id, a_user(), 2, tier_no=1, idempotency=key() if keyed else None),
    ]

    answers = await asyncio.gather(*(wired.house.office.submit(command) for command in commands))

    assert [answer.booking.quantity for answer in answers] == [2, 2, 2]
    assert wired.wire.cuts == []
    truth = await wired.elsewhere.truth(event_id)
    truth.must_be_sound()
    assert truth.version == 1
    assert truth.counts == {1: Counts(available=1, held=4), 2: Counts(available=3, held=2)}
    assert [answer.booking.seats for answer in answers] == [(0, 1), (), (2, 3)]


@cuts
async def test_an_extension_whose_write_is_cut_is_made_exactly_once(wired: Wired, cut: list[Cut]) -> None:
    booking = await wired.house.held(await an_event(wired.elsewhere.pool), a_user(), 0)
    wired.wire.cuts = list(cut)

    extended = await wired.house.office.submit(extend(booking))

    assert isinstance(extended, BookingExtended)
    assert extended.booking.expires_at == booking.expires_at + wired.house.office.policy.extension
    assert await wired.elsewhere.bookings.find_many([booking.id]) == [extended.booking]


@cuts
async def test_a_payment_and_a_cancellation_whose_writes_are_cut_are_made_exactly_once(wired: Wired, cut: list[Cut]) -> None:
    event_id = await an_event(wired.elsewhere.pool)
    booking = await wired.house.held(event_id, a_user(), 0)
    paying, cancelling = begin(booking), cancel(booking)

    wired.wire.cuts = list(cut)
    begun = await wired.house.office.submit(paying)
    wired.wire.cuts = list(cut)
    confirmed = await wired.house.office.submit(complete(paying.payment_id, booking))
    wired.wire.cuts = list(cut)
    cancelled = await wired.house.office.submit(cancelling)

    assert isinstance(begun, PaymentBegun)
    assert begun.payment.id == paying.payment_id
    assert isinstance(confirmed, BookingConfirmed)
    assert confirmed.booking.status is BookingStatus.CONFIRMED
    assert isinstance(cancelled, BookingCancelled)
    assert cancelled.refund is not None
    assert cancelled.refund.id == cancelling.refund_id
    truth = await wired.elsewhere.truth(event_id)
    truth.must_be_sound()
    assert truth.version == 4
    assert [len(rows) for rows in (truth.bookings, truth.tickets, truth.payments, truth.refunds, truth.receipts)] == [1, 1, 1, 1, 2]


@cuts
async def test_a_write_under_the_events_lock_that_is_cut_is_made_exactly_once(wired: Wired, cut: list[Cut]) -> None:
    event_id = await an_event(wired.elsewhere.pool)
    wired.house.office.limits = Limits(losses_before_lock=0)
    wired.wire.cuts = list(cut)

    answers = await asyncio.gather(*(wired.house.office.submit(book(event_id, a_user(), seat_no)) for seat_no in range(3)))

    assert [answer.booking.seats for answer in answers if isinstance(answer, BookingPending | AlreadyBooked)] == [(0,), (1,), (2,)]
    truth = await wired.elsewhere.truth(event_id)
    truth.must_be_sound()
    truth.must_be_told_by(wired.house, event_id=event_id)


async def test_viewers_are_told_of_nothing_that_did_not_commit(wired: Wired) -> None:
    event_id = await an_event(wired.elsewhere.pool)
    wired.house.office.limits = Limits(losses_before_lock=0, patience_seconds=0.3)
    wired.wire.mark = b"COMMIT"
    wired.wire.cuts = [Cut.BEFORE] * 20

    with pytest.raises(Outage) as outage:
        await wired.house.office.submit(book(event_id, a_user(), 0))

    assert outage.value.outcome_unknown
    assert wired.house.told_of(event_id) == []
    assert (await wired.elsewhere.truth(event_id)).version == 0


async def test_an_answer_that_never_comes_is_not_waited_for_without_end(
    database_url: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "STATEMENT_SECONDS", 0.3)
    async with a_wire(database_url) as (wire, url), a_house(url, connections=2) as cut:
        event_id = await an_event(house.pool)
        await cut.held(event_id, a_user(), 9)
        wire.cuts = [Cut.SILENT]

        answer = await asyncio.wait_for(cut.office.submit(book(event_id, a_user(), 0)), 8)

        assert isinstance(answer, AlreadyBooked)
        assert Counter(row["status"] for row in (await house.truth(event_id)).bookings) == {BookingStatus.PENDING: 2}


async def test_a_box_office_that_closes_while_the_database_is_silent_tells_its_callers_in_time(database_url: str, house: House) -> None:
    async with a_wire(database_url) as (wire, url), a_house(url, connections=2) as cut:
        event_id = await an_event(house.pool)
        await cut.held(event_id, a_user(), 9)
        wire.cuts = [Cut.SILENT]
        asked = asyncio.gather(*(cut.office.submit(book(event_id, a_user(), n)) for n in range(3)), return_exceptions=True)
        await eventually(lambda: is_at(house, event_id, version=2))

        await asyncio.wait_for(cut.office.close(within_seconds=0.2), 2)

        answers = await asked
        assert [(type(answer), getattr(answer, "outcome_unknown", None)) for answer in answers] == [(Outage, True)] * 3
        with pytest.raises(Outage):
            await cut.office.submit(book(event_id, a_user(), 5))


async def is_at(house: House, event_id: EventId, version: int) -> bool:
    """Whether an event has come to a version."""
    return (await house.truth(event_id)).version == version


async def test_a_pool_without_a_free_connection_is_an_outage_after_the_callers_patience(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "READ_WAIT_SECONDS", 0.2)
    async with a_house(database_url, connections=1, limits=Limits(batch_most=2, patience_seconds=0.4)) as house:
        event_id = await an_event(house.pool)
        loop = asyncio.get_running_loop()
        async with house.pool.acquire():
            start = loop.time()
            answers = await asyncio.gather(*(house.office.submit(book(event_id, a_user(), n)) for n in range(6)), return_exceptions=True)
            with pytest.raises(Outage):
                await Bookings(house.pool).now()
            took = loop.time() - start
        afterwards = await house.office.submit(book(event_id, a_user(), 0))

        assert [(type(answer), getattr(answer, "outcome_unknown", None)) for answer in answers] == [(Outage, False)] * 6
        assert took < 3
        assert isinstance(afterwards, BookingPending)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (asyncpg.ConnectionDoesNotExistError("gone"), True),
        (asyncpg.AdminShutdownError("restart"), True),
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.DeadlockDetectedError("deadlock"), True),
        (asyncpg.ReadOnlySQLTransactionError("an old primary"), True),
        (asyncpg.TooManyConnectionsError("full"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.CheckViolationError("a bug"), False),
        (asyncpg.UniqueViolationError("a bug"), False),
        (asyncpg.DataError("a number that no column holds"), False),
        (KeyError("a bug"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_passes_by_itself_is_told_from_bugs(error: Exception, passes: bool) -> None:
    assert is_passing(error) is passes
