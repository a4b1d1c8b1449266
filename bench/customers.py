"""The customers: a process of its own that books over HTTP, as fast as it is answered or at a steady pace.

    python -m bench.customers '{"port": …}'

It says `ready` once each client and each event has met a first booking, begins when a line comes on stdin, says how it went, and ends with
one more line. With a pace it leaves (seat, sent, answered) in `file` for each booking, as 64-bit integers: the pair's first seat, and
nanoseconds of `perf_counter_ns`.
"""

import asyncio
import json
import sys
import time
from array import array
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench.events import Sale
from bench.meter import percentile
from bench.wire import HttpClient
from bench.words import WORDS, Words
from domain.commands import BookSeats
from domain.ids import EventId

LATE_S = 1.0


@dataclass(frozen=True)
class Job:
    """What to book in which words, with how many connections; for so long, or `pace` times a second."""

    speaks: str
    port: int
    tokens: list[str]
    first: int
    events: int
    seats: int
    clients: int
    seconds: float
    pace: float
    file: str


@dataclass(frozen=True)
class Went:
    """How it went: bookings, the time they took in all, and what each waited."""

    bookings: int
    seconds: float
    p50_ms: float
    p99_ms: float


async def book(client: HttpClient, words: Words, command: BookSeats) -> None:
    """Book, and accept nothing but a yes."""
    answer = await client.post(words.booking(command))
    if words.accepted.search(answer) is None:
        raise AssertionError(f"a free pair of seats was not held: {answer.decode()}")


async def as_fast_as_answered(job: Job, clients: list[HttpClient], sale: Sale) -> Went:
    """Each client books again as soon as it is answered."""
    words, clock, took = WORDS[job.speaks], time.perf_counter, array("d")
    began = clock()
    until = began + job.seconds

    async def buy(client: HttpClient) -> None:
        while (asked := clock()) < until and sale.sold < sale.pairs:
            await book(client, words, sale.hold())
            took.append(clock() - asked)

    await asyncio.gather(*map(buy, clients))
    return Went(len(took), clock() - began, 1e3 * percentile(took, 0.5), 1e3 * percentile(took, 0.99))


async def at_a_pace(job: Job, clients: list[HttpClient], sale: Sale) -> Went:
    """A booking every 1 / pace seconds, whether the ones before are answered or not; what cannot be sent soon after the end never is."""
    words, clock, seen = WORDS[job.speaks], time.perf_counter_ns, array("q")
    idle: asyncio.Queue[HttpClient] = asyncio.Queue()
    for client in clients:
        idle.put_nowait(client)
    began = clock()
    until = began + int(1e9 * (job.seconds + LATE_S))

    async def buy() -> None:
        command, asked = sale.hold(), clock()
        client = await idle.get()
        if clock() < until:
            await book(client, words, command)
            seen.extend((command.seats[0], asked, clock()))
        idle.put_nowait(client)

    tasks = []
    for n in range(int(job.pace * job.seconds)):
        await asyncio.sleep(max(0.0, n / job.pace - (clock() - began) / 1e9))
        tasks.append(asyncio.create_task(buy()))
    await asyncio.gather(*tasks)
    took_ms = [(answered - asked) / 1e6 for asked, answered in zip(seen[1::3], seen[2::3], strict=True)]
    await asyncio.to_thread(Path(job.file).write_bytes, seen.tobytes())
    return Went(len(took_ms), (clock() - began) / 1e9, percentile(took_ms, 0.5), percentile(took_ms, 0.99))


async def main(job: Job) -> None:
    """Connect, book once in each event, wait for the word, and begin."""
    clients = [await HttpClient.open(job.port, job.tokens[n % len(job.tokens)]) for n in range(job.clients)]
    sale = Sale(EventId(job.first), job.events, job.seats)

    async def begin(client: HttpClient) -> None:
        for _ in range(-(-job.events // job.clients)):
            await book(client, WORDS[job.speaks], sale.hold())

    await asyncio.gather(*map(begin, clients))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    went = await (at_a_pace if job.pace else as_fast_as_answered)(job, clients, sale)
    print(json.dumps(asdict(went)), flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # a meter reads us once more
    for client in clients:
        client.close()


if __name__ == "__main__":
    uvloop.run(main(Job(**json.loads(sys.argv[1]))))
