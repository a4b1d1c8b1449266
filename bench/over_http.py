"""Over HTTP and WebSocket: the whole server as a client meets it, with its database and Redis behind."""

import asyncio
from array import array
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.events import Sale, put_on_sale, settle_down
from bench.ground import Ground
from bench.helper import helper
from bench.meter import UNKNOWN, Effort, Meter, Rounds, Sample, percentile
from bench.report import Part, Table, Verdict, at_most, number, spread
from bench.server import Serving, serving
from db.pool import Pool, open_pool

HOT_SEATS, SPREAD_SEATS, SPREAD_EVENTS = 60_000, 400, 198
MERCURIUS_US, MERCURIUS_DELIVERY_US, MERCURIUS_RATE = 640 + 1100, 39, 53
"""A hold and a delivery in Mercurius, and the most bookings a second that 500 viewers see in time. Source: DESIGN §10; taken before."""
HEARD_MS, SEEN_MS, MEMORY_KIB = 100.0, 500.0, 30.0


@dataclass(frozen=True)
class Buying:
    """So many connections that book in so many events."""

    events: int
    clients: int

    def __str__(self) -> str:
        return f"{'one event' if self.events == 1 else f'{self.events} events'}, {self.clients} clients"


@dataclass(frozen=True)
class Watching:
    """So many viewers of one event, in which so many bookings a second are made."""

    viewers: int
    pace: int

    def __str__(self) -> str:
        return f"{self.viewers:,} viewers, {self.pace} bookings/s"


BUYING = [Buying(1, 32), Buying(1, 128), Buying(SPREAD_EVENTS, 32)]
CROWD, FAST = Watching(1000, 50), Watching(500, 10 * MERCURIUS_RATE)
SMALL_CROWD = Watching(200, CROWD.pace)
"""For a quick run: 1,000 viewers need some seconds to come."""
WATCHING = [Watching(0, CROWD.pace), CROWD, Watching(0, FAST.pace), FAST]


async def measure(ground: Ground, effort: Effort) -> Part:
    """Bookings by HTTP from another process; then viewers by WebSocket from a third one."""
    rounds = Rounds()
    seconds = 1.0 if effort.quick else 2.0
    buys = [buying for buying in BUYING if buying.clients == 32] if effort.quick else BUYING
    watches = [Watching(0, CROWD.pace), SMALL_CROWD] if effort.quick else WATCHING
    pool = await open_pool(ground.database_url, 2, for_writing=True)
    try:
        async with serving(ground) as server:
            await buy(ground, pool, server, Buying(1, 32), 0.5)  # what is made at first use is made
            await settle_down(ground.database_url)
            for round_no in range(min(effort.rounds, 2)):
                for buying in buys if round_no % 2 == 0 else reversed(buys):
                    rounds.add(buying, await buy(ground, pool, server, buying, seconds))
            for watching in watches * min(effort.rounds, 2):
                rounds.add(watching, await watch(ground, pool, server, watching, seconds))
    finally:
        await pool.close()
    return told(rounds, buys, watches)


async def buy(ground: Ground, pool: Pool, server: Serving, buying: Buying, seconds: float) -> Sample:
    """One round of booking as fast as the server answers."""
    async with pool.acquire() as connection:
        sale = await put_on_sale(connection, HOT_SEATS if buying.events == 1 else SPREAD_SEATS, buying.events)
    async with helper("bench.customers", customers(ground, server, sale, buying.clients, seconds, pace=0)) as buyers:
        await buyers.line()
        with Meter(server=server.process, database=ground.postgres, buyers=buyers.seen) as meter:
            buyers.tell("go")
            went = await buyers.answer()
        buyers.tell("enough")
    return costs(meter, went) | {"per_s": went["bookings"] / went["seconds"], "p50_ms": went["p50_ms"], "p99_ms": went["p99_ms"]}


async def watch(ground: Ground, pool: Pool, server: Serving, watching: Watching, seconds: float) -> Sample:
    """One round with viewers. A delivery costs what the server uses more than without viewers: `told` takes the difference."""
    async with pool.acquire() as connection:
        sale = await put_on_sale(connection, HOT_SEATS)
    heard, sold = ground.folder / "heard", ground.folder / "sold"
    before = server.resident_bytes
    job = {"port": server.port, "event_id": int(sale.first), "viewers": watching.viewers, "file": str(heard)}
    async with AsyncExitStack() as stack:
        buyers = await stack.enter_async_context(
            helper("bench.customers", customers(ground, server, sale, 32, seconds, watching.pace, sold))
        )
        await buyers.line()
        onlookers = await stack.enter_async_context(helper("bench.onlookers", job))
        await onlookers.line()
        await asyncio.sleep(0.3)
        idle_bytes = server.resident_bytes - before
        with Meter(server=server.process, database=ground.postgres, buyers=buyers.seen, onlookers=onlookers.seen) as meter:
            buyers.tell("go")
            went = await buyers.answer()
            onlookers.tell(str(went["bookings"]))
            seen = await onlookers.answer()
        buyers.tell("enough")
        onlookers.tell("enough")
    late = late_ms(heard, sold, watching.viewers)
    return costs(meter, went) | {
        "per_s": went["bookings"] / went["seconds"],
        "p50_ms": percentile(late, 0.5),
        "p99_ms": percentile(late, 0.99),
        "messages": seen["messages"] / went["bookings"],
        "bytes": seen["bytes_received"] / max(1, seen["messages"]),
        "lost": seen["lost"],
        "idle_kib": idle_bytes / 1024 / watching.viewers if watching.viewers else UNKNOWN,
    }


def customers(
    ground: Ground, server: Serving, sale: Sale, clients: int, seconds: float, pace: int, file: Path | None = None
) -> dict[str, Any]:
    """The job of a process that books."""
    what = {"first": int(sale.first), "events": sale.count, "seats": sale.seats}
    how = {"clients": clients, "seconds": seconds, "pace": pace, "file": str(file or ground.folder / "sold")}
    return {"port": server.port, "tokens": server.tokens} | what | how


def costs(meter: Meter, went: dict[str, Any]) -> dict[str, float]:
    """Processor time for each booking; clients, which run on the same cores, are not counted."""
    server, database = (1e6 * meter.used[name] / went["bookings"] for name in ("server", "database"))
    return {"server_us": server, "database_us": database, "total_us": server + database, "strangers": meter.strangers}


def late_ms(heard: Path, sold: Path, viewers: int) -> list[float]:
    """How long after a booking was asked for each viewer heard of it. Raises AssertionError where one did not, or heard it twice."""
    told, asked = array("q"), array("q")
    told.frombytes(heard.read_bytes())
    asked.frombytes(sold.read_bytes())
    sent = dict(zip(asked[::3], asked[1::3], strict=True))
    times = Counter(told[::2])
    if wrong := {seat: times[seat] for seat in sent if times[seat] != viewers}:
        raise AssertionError(f"of {viewers} viewers not all heard once of each of {len(wrong)} bookings: {dict(list(wrong.items())[:5])}")
    return [(moment - sent[seat]) / 1e6 for seat, moment in zip(told[::2], told[1::2], strict=True) if seat in sent]


def told(rounds: Rounds, buys: Sequence[Buying], watches: Sequence[Watching]) -> Part:
    """The figures, and what they mean for DESIGN §10."""
    part = Part("http", "over HTTP and WebSocket: the whole server, with its clients on the same cores", strangers=rounds.strangers())
    names = ("server_us", "database_us", "total_us", "p50_ms", "p99_ms")
    headings = ("bookings of two seats", "bookings/s", "server µs", "database µs", "together µs", "p50 ms", "p99 ms")
    rows = [[str(case), spread(rounds.figure(case, "per_s")), *(number(rounds.median(case, name)) for name in names)] for case in buys]
    part.tables.append(Table("Bookings over keep-alive connections from another process, durable commits.", headings, rows))
    watched = (
        "viewers by WebSocket",
        "bookings/s",
        "p50 ms",
        "p99 ms",
        "messages / booking",
        "bytes",
        "server µs / delivery",
        "KiB / idle viewer",
    )
    rows = [
        [
            str(case),
            *(number(rounds.median(case, name)) for name in ("per_s", "p50_ms", "p99_ms", "messages", "bytes")),
            number(delivery_us(rounds, case)),
            number(rounds.figure(case, "idle_kib").most) if case != FAST else "–",
        ]
        for case in watches
        if case.viewers
    ]
    part.tables.append(
        Table("From the moment a booking is due to be sent to each viewer's message; the commit lies between.", watched, rows)
    )
    hot, many = (rounds.median(case, "total_us") / MERCURIUS_US for case in (Buying(1, 32), Buying(SPREAD_EVENTS, 32)))
    crowd = SMALL_CROWD if SMALL_CROWD in watches else CROWD
    p99 = rounds.median(crowd, "p99_ms")
    delivery, memory = delivery_us(rounds, crowd), rounds.figure(crowd, "idle_kib").most
    part.verdicts = [
        at_most("one hot event, 32 clients: server + database ≤ 0.35 × Mercurius", hot, 0.35, f"{hot:.2f} ×"),
        at_most(f"{SPREAD_EVENTS} events, 32 clients: server + database ≤ 0.75 × Mercurius", many, 0.75, f"{many:.2f} ×"),
        at_most(f"p99 to each of {crowd.viewers:,} viewers, 50 commits/s ≤ {HEARD_MS:.0f} ms", p99, HEARD_MS, f"{number(p99)} ms"),
        at_most(
            f"one delivery to one of {crowd.viewers:,} viewers ≤ 0.3 × Mercurius",
            delivery / MERCURIUS_DELIVERY_US,
            0.3,
            f"{number(delivery)} µs",
        ),
        at_most(f"memory per idle viewer ≤ {MEMORY_KIB:.0f} KiB", memory, MEMORY_KIB, f"{number(memory)} KiB"),
    ]
    if FAST in watches:
        part.verdicts.append(kept_up(rounds))
    part.notes = [
        f"Mercurius, measured before and elsewhere (DESIGN §10): {MERCURIUS_US:,} µs a hold, {MERCURIUS_DELIVERY_US} µs a delivery.",
        "Memory: by how much the server grew while the viewers came, at most.",
        "A delivery's cost: what the server uses more per booking than with no viewer at the same pace, by messages.",
    ]
    return part


def delivery_us(rounds: Rounds, case: Watching) -> float:
    """What the server pays for one message to one viewer."""
    messages = rounds.median(case, "messages")
    alone = rounds.median(Watching(0, case.pace), "server_us")
    return (rounds.median(case, "server_us") - alone) / messages if messages else UNKNOWN


def kept_up(rounds: Rounds) -> Verdict:
    """Whether all viewers hear in time of as many bookings as are asked for."""
    rate, p99 = rounds.median(FAST, "per_s"), rounds.median(FAST, "p99_ms")
    target = f"{FAST.viewers} viewers see {FAST.pace} bookings/s (10 × Mercurius) with p99 < {SEEN_MS:.0f} ms"
    return Verdict(target, f"{number(rate)}/s with p99 {number(p99)} ms", rate > 0.95 * FAST.pace and p99 < SEEN_MS)
