"""The onlookers: a process of its own with many WebSocket subscriptions to one event's seats.

    python -m bench.onlookers '{"port": …}'

It says `ready` once every viewer has its snapshot, and watches until a line on stdin tells how many bookings there were and every viewer
has seen them, or 10 s more. Then it says how it went and leaves (seat, moment) in `file` for each change seen of an even seat, as 64-bit
integers; moments are nanoseconds of `perf_counter_ns`. It ends with one more line.
"""

import asyncio
import json
import re
import sys
import time
from array import array
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench.wire import SocketClient
from domain.ids import EventId

DOCUMENT = """subscription Watch($eventId: ID!) {
  seatMap(eventId: $eventId) { version previousVersion changes { seatNo status } summary { available held booked } }
}"""
SNAPSHOT = b'"previousVersion":null'
SEAT = re.compile(rb'"seatNo":(\d+)')
AT_ONCE = 50
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Job:
    """Where, what, and by how many."""

    port: int
    event_id: int
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

    def __init__(self) -> None:
        self.seated = self.messages = self.bytes_received = 0
        self.seen = array("q")
        self._wanted: int | None = None
        self._enough = asyncio.Event()

    def hear(self, message: bytes) -> None:
        """One message to one viewer."""
        now = time.perf_counter_ns()
        if SNAPSHOT in message:
            self.seated += 1
            return
        self.messages += 1
        self.bytes_received += len(message)
        for seat in SEAT.findall(message):
            if seat[-1] % 2 == 0:  # ASCII's even digits are even: one seat of each pair
                self.seen.extend((int(seat), now))
        self._count()

    async def until(self, pairs: int) -> None:
        """Wait until so many pairs of seats were seen to change, by all viewers together."""
        self._wanted = pairs
        self._count()
        await self._enough.wait()

    def _count(self) -> None:
        if self._wanted is not None and len(self.seen) >= 2 * self._wanted:
            self._enough.set()


async def main(job: Job) -> None:
    """Connect all, a few at a time, and watch until told to stop."""
    onlookers = Onlookers()
    clients: list[SocketClient] = []
    loop = asyncio.get_running_loop()
    variables: dict[str, object] = {"eventId": str(EventId(job.event_id))}

    def viewer() -> SocketClient:
        return SocketClient(job.port, DOCUMENT, variables, onlookers.hear)

    while onlookers.seated < job.viewers:
        if len(clients) < min(job.viewers, onlookers.seated + AT_ONCE):
            clients.append((await loop.create_connection(viewer, "127.0.0.1", job.port))[1])
        else:
            await asyncio.sleep(0.005)
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
