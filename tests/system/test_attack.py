"""Attackers beside a client of good will: they are told what is wrong, it is told the truth, and the server is as it was."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from db.pool import Pool, open_pool
from domain.ids import EventId
from tests.conftest import a_database
from tests.db.events import an_event, read_truth
from tests.system import attackers
from tests.system.people import Person, buying, people
from tests.system.running import NO_TLS, Running, beside, eventually, serving, settings
from tests.system.viewers import viewing

SEATS = 200
MOST_MEBIBYTES = 96
"""How much the server may have grown after the attack: 32 for documents, the rest for what an allocator keeps."""
MOST_MORE_MEBIBYTES = 24
"""How much more after the same attack again: what is bounded is full by then."""
SOON_SECONDS, WORST_SECONDS = 1.0, 5.0
"""How long nine of ten answers may take, and each: attackers, server and databases share two cores here."""
EVENT = "query ($id: ID!) { event(id: $id) { id name } }"
NAME = "Gala"


@dataclass
class Bystander:
    """A client of good will, and what became of what it asked."""

    running: Running
    event_id: EventId
    booked: int = 0
    seconds: list[float] = field(default_factory=list)
    """How long each answer took."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Asks again and again, in a thread, so that the attackers' own work does not count as the server's."""
        leave = threading.Event()

        def read() -> None:
            with httpx.Client(verify=NO_TLS, timeout=30) as client:
                while not leave.wait(0.01):
                    begun = time.perf_counter()
                    answer = client.post(self.running.url, json={"query": EVENT, "variables": {"id": str(self.event_id)}})
                    self.seconds.append(time.perf_counter() - begun)
                    assert answer.json() == {"data": {"event": {"id": str(self.event_id), "name": NAME}}}

        with ThreadPoolExecutor(1) as threads:
            reader = threads.submit(read)
            try:
                yield
            finally:
                leave.set()
                reader.result()

    async def books(self, buyers: list[Person]) -> None:
        for seat_no, person in enumerate(buyers):
            async with buying(self.running, person.token) as buyer:
                booking = await buyer.book(self.event_id, seat_no)
            assert (booking["__typename"], booking["status"]) == ("Booking", "PENDING"), booking
            self.booked += 1
            await asyncio.sleep(0.1)


@dataclass(frozen=True)
class Place:
    """A server of its own, whose memory nobody else uses."""

    running: Running
    pool: Pool

    @property
    def mebibytes(self) -> float:
        """What the server's process takes."""
        return float(psutil.Process(self.running.pid).memory_info().rss / 2**20)

    @property
    def is_ready(self) -> bool:
        """Whether it says so."""
        return httpx.get(self.address("/ready"), verify=NO_TLS).status_code == 200

    @property
    def open_streams(self) -> float:
        """How many sockets and event streams it has open."""
        metrics = httpx.get(self.address("/metrics"), verify=NO_TLS).text.splitlines()
        (line,) = [line for line in metrics if line.startswith("boxoffice_open_streams{")]
        return float(line.rsplit(" ", 1)[1])

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.running.port}{path}"


@pytest.fixture
async def place(database_server: str, migrated_template: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with a_database(database_server, migrated_template) as url:
        with serving(tmp_path / "server.log", settings(url, redis_url)) as running:
            pool = await open_pool(url, 2)
            yield Place(running, pool)
            await pool.close()


async def attack(running: Running, name: str) -> None:
    """Everything at once; each answer must be the typed one."""
    async with (
        attackers.silent_sockets(running, 40),
        attackers.endless_bodies(running, 20),
        attackers.slow_readers(running, 1, 80),
    ):
        over_http, over_sockets, odd, pieces, many, flood = await asyncio.gather(
            attackers.over_http(running),
            attackers.over_sockets(running),
            attackers.with_odd_frames(running),
            attackers.in_pieces(running),
            attackers.many_on_one_socket(running, 2_000),
            attackers.flood(running, name, 1_000),
        )
    expected = {what: {code} for what, (_, code) in attackers.HOSTILE.items()}
    assert {what: codes for what, (_, codes) in over_http.items()} == {
        **expected,
        "a batch": {"BAD_REQUEST"},
        "a long body": {"BAD_REQUEST"},
    }
    assert {what: status for what, (status, _) in over_http.items() if status != 400} == {"a huge text": 200, "a long body": 413}
    assert over_sockets == {what: expected[what] for what in over_sockets}
    assert len(over_sockets) > 10
    assert odd == {
        **{"binary": 4400, "not masked": 1002, "reserved bits": 1002, "an unknown opcode": 1002, "a long ping": 1002, "no UTF-8": 1007},
        **{"over the limit": 1009, "over the limit before its end": 1009, "over the limit, before init": 1009},
        **{"over the limit in pieces": 1009, "a piece of nothing": 1002},
    }
    assert [message["type"] for message in pieces] == ["next", "complete"]
    assert set(many) <= {"", "RATE_LIMIT_EXCEEDED"}, many
    assert many[""] >= 100
    assert flood == Counter({"": 1_000})


@pytest.mark.timeout(120)
async def test_a_client_of_good_will_does_not_notice_that_others_are_of_ill_will(place: Place) -> None:
    running = place.running
    event_id = await an_event(place.pool, SEATS)
    bystander = Bystander(running, event_id)
    buyers = await people(place.pool, SEATS)

    async with viewing(running, event_id) as viewer, beside(bystander.books(buyers)):
        await eventually(lambda: bystander.booked > 0)
        await running.ask(attackers.INTROSPECTION)
        at_first = place.mebibytes
        with bystander.reading():
            await attack(running, "First")
            once = place.mebibytes
            await attack(running, "Second")
            twice = place.mebibytes
        booked = bystander.booked
        await eventually(lambda: bystander.booked > booked)
        await eventually(lambda: len(viewer.seats) > booked)
    truth = await read_truth(place.pool, event_id)

    truth.must_be_sound()
    assert len(truth.bookings) >= bystander.booked
    assert viewer.snapshots == 1, "it was never sent away"
    assert set(range(booked)) <= set(viewer.seats)
    assert len(bystander.seconds) > 20
    assert sorted(bystander.seconds)[len(bystander.seconds) * 9 // 10] < SOON_SECONDS
    assert max(bystander.seconds) < WORST_SECONDS
    assert once - at_first < MOST_MEBIBYTES
    assert twice - once < MOST_MORE_MEBIBYTES
    assert place.is_ready
    await eventually(lambda: place.open_streams == 0)
    log = running.log.read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log
