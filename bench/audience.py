"""The audience: a process of its own with many viewers of one event, as a second server process would have them.

    python -m bench.audience '{"database_url": …}'

It says `ready` once every viewer has its snapshot, watches until a line comes on stdin, then says what it cost and leaves what it saw in
`file`: (previous version, version, moment) as 64-bit integers for each update of each viewer. Moments are nanoseconds of
`perf_counter_ns`, which is one clock for all processes of a machine.
"""

import asyncio
import json
import sys
import time
from array import array
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench.events import seating_plans
from db.boards import BoardReads
from db.pool import open_pool
from domain.ids import EventId
from live.boards import Boards
from live.feed import ChangeFeed


@dataclass(frozen=True)
class Job:
    """Where to watch, what, and by how many."""

    database_url: str
    redis_url: str
    event_id: int
    viewers: int
    file: str


@dataclass(frozen=True)
class Cost:
    """What the audience's process used from its first word to its last, in seconds of processor time."""

    cpu_seconds: float


class Audience:
    """Viewers of one event, each with its own cursor."""

    def __init__(self, boards: Boards, event_id: EventId) -> None:
        self.boards = boards
        self.event_id = event_id
        self.seen = array("q")
        self.seated = 0

    async def view(self) -> None:
        """One viewer: reads what changed, and notes when it had it."""
        clock, seen = time.perf_counter_ns, self.seen
        async with aclosing(self.boards.watch(self.event_id)) as updates:
            async for update in updates:
                if update.previous_version is None:
                    self.seated += 1
                elif update.changes:  # they are made for the first who asks
                    seen.extend((update.previous_version, update.version, clock()))


async def main(job: Job) -> None:
    """Watch until told to stop."""
    pool = await open_pool(job.database_url, 2)
    feed = ChangeFeed(job.redis_url)
    await feed.start()
    boards = Boards(BoardReads(pool, seating_plans()), feed)
    await boards.start()
    audience = Audience(boards, EventId(job.event_id))
    views = [asyncio.create_task(audience.view()) for _ in range(job.viewers)]
    while audience.seated < job.viewers or not feed.is_connected:  # noqa: ASYNC110 - two things have to come true, and neither says so
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    before = time.process_time()
    await asyncio.to_thread(sys.stdin.readline)
    cost = Cost(time.process_time() - before)
    await asyncio.to_thread(Path(job.file).write_bytes, audience.seen.tobytes())
    print(json.dumps(asdict(cost)), flush=True)
    await boards.close()
    await asyncio.gather(*views)
    await feed.close()
    await pool.close()


if __name__ == "__main__":
    uvloop.run(main(Job(**json.loads(sys.argv[1]))))
