"""The readers: a process of its own that asks the same over HTTP, each connection again as soon as it is answered.

    python -m bench.readers '{"port": …}'

It says `ready` once every connection was answered once, begins when a line comes on stdin, says how it went, and ends with one more line.
"""

import asyncio
import json
import sys
import time
from array import array
from dataclasses import asdict, dataclass

import uvloop

from bench.meter import percentile
from bench.wire import HttpClient


@dataclass(frozen=True)
class Job:
    """What to ask and where, with how many connections, for how long."""

    port: int
    token: str
    body: str
    clients: int
    seconds: float
    path: str = "/graphql"


@dataclass(frozen=True)
class Went:
    """How it went: answers, the time they took in all, what each took, and how long the last one was."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    bytes: int


async def ask(job: Job, clients: list[HttpClient]) -> Went:
    """Ask until the time is over; what was begun is waited for."""
    clock, body, took, last = time.perf_counter, job.body.encode(), array("d"), b""
    began = clock()
    until = began + job.seconds

    async def read(client: HttpClient) -> None:
        nonlocal last
        while (asked := clock()) < until:
            last = await client.post(body)
            took.append(clock() - asked)

    await asyncio.gather(*map(read, clients))
    if b'"errors"' in last:
        raise AssertionError(f"an answer had errors: {last[:500].decode()}")
    return Went(len(took), clock() - began, 1e3 * percentile(took, 0.5), 1e3 * percentile(took, 0.99), len(last))


async def main(job: Job) -> None:
    """Connect, ask once, wait for the word, and begin."""
    clients = [await HttpClient.open(job.port, job.token, job.path) for _ in range(job.clients)]
    await asyncio.gather(*(client.post(job.body.encode()) for client in clients))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(asdict(await ask(job, clients))), flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # a meter reads us once more
    for client in clients:
        client.close()


if __name__ == "__main__":
    uvloop.run(main(Job(**json.loads(sys.argv[1]))))
