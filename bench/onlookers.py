"""The onlookers: a process of its own with many WebSocket subscriptions to one event's seats.

    python -m bench.onlookers '{"port": …}'

It says `ready` once every viewer has heard something, and watches until a line on stdin tells how many bookings there were and every viewer
has seen them, or 10 s more. Then it says how it went and leaves (seat, moment) in `file` for each change seen of an even seat, as 64-bit
integers; moments are nanoseconds of `perf_counter_ns`. It ends with one more line.
"""

import asyncio
import json
import sys
import time
from array import array
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench.customers import book
from bench.events import Sale
from bench.wire import HttpClient, SocketClient
from bench.words import WORDS, Words
from domain.ids import EventId

AT_ONCE = 50
PATIENCE_S = 10.0
ROUSE_EVERY_S, ROUSED_MOST = 0.5, 20
FIRST_ALONE_S = 0.4
"""Until a server that says nothing to its first viewer has surely subscribed at Redis."""


@dataclass(frozen=True)
class Job:
    """Where, what, in which words, and by how many; with a token, for where nothing is heard before something changes."""

    speaks: str
    port: int
    token: str
    event_id: int
    seats: int
    viewers: int
    file: str


@dataclass(frozen=True)
class Went:
    """How it went: messages of all viewers together, their bytes, and how many sockets were lost."""

    messages: int
    bytes_received: int
    lost: int


class Onlookers:
    """What all viewers of an event hear."""

    def __init__(self, words: Words) -> None:
        self.seated = self.messages = self.bytes_received = 0
        self.seen = array("q")
        self._words = words
        self._wanted: int | None = None
        self._enough = asyncio.Event()

    def viewer(self, port: int, event_id: EventId) -> SocketClient:
        """One more."""
        is_seated = False

        def hear(message: bytes) -> None:
            nonlocal is_seated
            now = time.perf_counter_ns()
            if not is_seated:
                is_seated = True
                self.seated += 1
            self.hear(message, now)

        return SocketClient(port, *self._words.watching(event_id), hear)

    def hear(self, message: bytes, now: int) -> None:
        """One message to one viewer."""
        if self._words.snapshot is not None and self._words.snapshot in message:
            return
        self.messages += 1
        self.bytes_received += len(message)
        for seat in self._words.seat.findall(message):
            if seat[-1] % 2 == 0:  # ASCII's even digits are even: one seat of each pair
                self.seen.extend((self._words.seat_no(seat), now))
        self._count()

    def forget(self) -> None:
        """What was heard so far was only to see that everybody hears."""
        self.messages = self.bytes_received = 0
        del self.seen[:]

    async def until(self, pairs: int) -> None:
        """Wait until so many pairs of seats were seen to change, by all viewers together."""
        self._wanted = pairs
        self._count()
        await self._enough.wait()

    def _count(self) -> None:
        if self._wanted is not None and len(self.seen) >= 2 * self._wanted:
            self._enough.set()


async def take_seats(job: Job, onlookers: Onlookers) -> list[SocketClient]:
    """Connect all, the first alone and then a few at a time, and wait until each has heard something."""
    loop, clients = asyncio.get_running_loop(), list[SocketClient]()
    says_something = WORDS[job.speaks].snapshot is not None
    while len(clients) < job.viewers:
        seated = onlookers.seated if says_something else sum(client.subscribed for client in clients)
        if len(clients) < min(job.viewers, max(1, seated and seated + AT_ONCE)):
            client = (await loop.create_connection(lambda: onlookers.viewer(job.port, EventId(job.event_id)), "127.0.0.1", job.port))[1]
            clients.append(client)
            if len(clients) == 1 and not says_something:
                await asyncio.sleep(FIRST_ALONE_S)
        else:
            await asyncio.sleep(0.005)
    if not says_something and clients:
        await rouse(job, onlookers)
    while onlookers.seated < job.viewers:  # noqa: ASYNC110 - they sit down one by one
        await asyncio.sleep(0.005)
    return clients


async def rouse(job: Job, onlookers: Onlookers) -> None:
    """Book pairs from the end of the sale until everybody has heard of one."""
    sale = Sale(EventId(job.event_id), 1, job.seats)
    sale.sold = sale.pairs - ROUSED_MOST
    client = await HttpClient.open(job.port, job.token)
    while onlookers.seated < job.viewers:
        await book(client, WORDS[job.speaks], sale.hold())
        await asyncio.sleep(ROUSE_EVERY_S)
    client.close()


async def main(job: Job) -> None:
    """Watch until told to stop."""
    onlookers = Onlookers(WORDS[job.speaks])
    clients = await take_seats(job, onlookers)
    await asyncio.sleep(0.2)
    onlookers.forget()
    print("ready", flush=True)
    bookings = int(await asyncio.to_thread(sys.stdin.readline))
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            await onlookers.until(bookings * job.viewers)
    await asyncio.to_thread(Path(job.file).write_bytes, onlookers.seen.tobytes())
    went = Went(onlookers.messages, onlookers.bytes_received, sum(client.lost for client in clients))
    print(json.dumps(asdict(went)), flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # a meter reads us once more
    for client in clients:
        client.transport.abort()


if __name__ == "__main__":
    uvloop.run(main(Job(**json.loads(sys.argv[1]))))
