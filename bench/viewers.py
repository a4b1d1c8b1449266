"""Viewers: how soon and how dearly they learn of a commit in another process, and what they cost the one who writes."""

import asyncio
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

import psutil

from bench.events import Sale, put_on_sale, settle_down
from bench.ground import Ground
from bench.helper import helper
from bench.load import box_office, hold, warm_up
from bench.meter import Effort, Meter, Rounds, Sample, percentile
from bench.report import Curve, Part, Table, number, spread
from db.box_office import BoxOffice
from db.pool import open_pool
from domain.changes import ChangeSet
from live.feed import ChangeFeed

VIEWERS = (0, 1, 100, 1000, 2000)
JUDGED = 1000
QUICK_VIEWERS = (0, 1000)
COMMITS_PER_S = 50
SEATS = 20_000


class TimedFeed:
    """The change feed, and the moment at which each commit was handed to it: just after it was durable."""

    def __init__(self, feed: ChangeFeed) -> None:
        self.feed = feed
        self.moments: dict[int, int] = {}

    def publish(self, change_set: ChangeSet) -> None:
        """Note the moment and pass on."""
        self.moments[change_set.version] = time.perf_counter_ns()
        self.feed.publish(change_set)


async def measure(ground: Ground, effort: Effort) -> Part:
    """The box office commits 50 times a second; all viewers of the event sit in another process and hear of it through Redis."""
    rounds = Rounds()
    seconds = 2.0 if effort.quick else 4.0
    listed = QUICK_VIEWERS if effort.quick else VIEWERS
    pool = await open_pool(ground.database_url, 10, for_writing=True)
    feed = ChangeFeed(ground.redis_url)
    await feed.start()
    timed = TimedFeed(feed)
    try:
        office = box_office(pool, timed)
        async with pool.acquire() as connection:
            await warm_up(office, await put_on_sale(connection, 2000, 20))
        await settle_down(ground.database_url)
        for round_no in effort.turns(2):
            for viewers in listed if round_no % 2 == 0 else reversed(listed):
                async with pool.acquire() as connection:
                    sale = await put_on_sale(connection, SEATS)
                rounds.add(viewers, await sample(ground, office, timed, sale, viewers, seconds))
    finally:
        await feed.close()
        await pool.close()
    return told(rounds, listed)


async def sample(ground: Ground, office: BoxOffice, timed: TimedFeed, sale: Sale, viewers: int, seconds: float) -> Sample:
    """One round with so many viewers; with none there is no second process either."""
    await hold(office, sale.hold())
    timed.moments.clear()
    if not viewers:
        return await commits(ground, office, sale, seconds, None)
    file = ground.folder / "seen"
    job = {
        "database_url": ground.database_url,
        "redis_url": ground.redis_url,
        "event_id": int(sale.first),
        "viewers": viewers,
        "file": str(file),
    }
    async with helper("bench.audience", job) as audience:
        await audience.line()
        paid = await commits(ground, office, sale, seconds, audience.seen)
        await asyncio.sleep(0.5)  # what is still on its way arrives
        audience.tell("enough")
        cost = (await audience.answer())["cpu_seconds"]
    late, updates = latencies_ms(file, timed.moments)
    expected = len(timed.moments) * viewers
    if len(late) != expected:
        raise AssertionError(f"{expected} changes were to be seen, {len(late)} were")
    return {
        **paid,
        "p50_ms": percentile(late, 0.5),
        "p99_ms": percentile(late, 0.99),
        "worst_ms": late[-1],
        "updates": updates / expected,
        "delivery_us": 1e6 * cost / updates,
    }


async def commits(ground: Ground, office: BoxOffice, sale: Sale, seconds: float, audience: psutil.Process | None) -> dict[str, float]:
    """Book at a steady pace, each booking a commit of its own; what that costs the writer, Redis and the database."""
    count = int(seconds * COMMITS_PER_S)
    with Meter(database=ground.postgres, redis=ground.redis, audience=audience) as meter:
        began = time.perf_counter()
        bookings = []
        for n in range(count):
            await asyncio.sleep(max(0.0, began + n / COMMITS_PER_S - time.perf_counter()))
            bookings.append(asyncio.create_task(hold(office, sale.hold())))
        await asyncio.gather(*bookings)
    return {
        "python_us": 1e6 * meter.own_seconds / count,
        "database_us": 1e6 * meter.used["database"] / count,
        "redis_us": 1e6 * meter.used["redis"] / count,
        "strangers": meter.strangers,
    }


def latencies_ms(file: Path, moments: dict[int, int]) -> tuple[list[float], int]:
    """How long after each commit each viewer had it, in order of length; and in how many updates.

    An update that merges several commits is late for each of them by another time.
    """
    seen = array("q")
    seen.frombytes(file.read_bytes())
    late = []
    for previous, version, moment in zip(seen[::3], seen[1::3], seen[2::3], strict=True):
        late += [(moment - moments[commit]) / 1e6 for commit in range(previous + 1, version + 1) if commit in moments]
    return sorted(late), len(seen) // 3


def told(rounds: Rounds, listed: Sequence[int]) -> Part:
    """The figures; the targets are judged by all parts together."""
    part = Part("viewers", "viewers: boards in another process, fed through Redis", strangers=rounds.strangers())
    headings = (
        "viewers",
        "p50 ms",
        "p99 ms",
        "worst ms",
        "updates / commit",
        "viewers' CPU µs / delivery",
        "writer µs",
        "database µs",
        "Redis µs",
    )
    names = ("p50_ms", "p99_ms", "worst_ms", "updates", "delivery_us")
    rows = [
        [
            f"{viewers:,}",
            *(number(rounds.median(viewers, name)) if viewers else "–" for name in names),
            spread(rounds.figure(viewers, "python_us")),
            *(number(rounds.median(viewers, name)) for name in ("database_us", "redis_us")),
        ]
        for viewers in listed
    ]
    title = f"{COMMITS_PER_S} commits a second to one event of {SEATS:,} seats; time from commit to viewer, CPU of one commit."
    part.tables.append(Table(title, headings, rows))
    part.figures = {"viewers/p99_ms": rounds.median(JUDGED, "p99_ms"), "viewers/writer": rounds.ratio(JUDGED, 0, "python_us")}
    told_of = [viewers for viewers in listed if viewers]
    points = {
        "writer": [(viewers, rounds.median(viewers, "python_us") + rounds.median(viewers, "database_us")) for viewers in told_of],
        "each viewer": [(viewers, rounds.median(viewers, "delivery_us")) for viewers in told_of],
    }
    part.curves = [Curve("A commit, told in another process", "viewers", "µs", points)]
    part.notes = [
        "A viewer here is a cursor that reads its changes: sockets and GraphQL are in part http.",
        "The writer's process publishes to Redis whether anybody listens or not. The viewers' process asks for versions once a second.",
    ]
    return part
