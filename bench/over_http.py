"""Bookings over HTTP: the whole server as a client meets it, with its database and Redis behind, and its peers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import events
from bench.contest import MERCURIUS, OURS, Contest, Contestant, contest
from bench.events import Sale
from bench.ground import Ground
from bench.helper import helper
from bench.meter import UNKNOWN, Effort, Meter, Rounds, Sample
from bench.peers import rows
from bench.report import Part, Table, number, spread

HOT_SEATS, SPREAD_SEATS, SPREAD_EVENTS = 60_000, 400, 198


@dataclass(frozen=True)
class Buying:
    """So many connections that book in so many events."""

    events: int
    clients: int

    def __str__(self) -> str:
        return f"{'one event' if self.events == 1 else f'{self.events} events'}, {self.clients} connections"

    @property
    def seats(self) -> int:
        """Of each event."""
        return HOT_SEATS if self.events == 1 else SPREAD_SEATS


HOT, MANY = Buying(1, 32), Buying(SPREAD_EVENTS, 32)
CROWDED = Buying(1, 128)
"""Of Box Office alone: what more clients on one event do to it."""


async def measure(ground: Ground, effort: Effort) -> Part:
    """Holds of two seats from another process, durable when they are answered."""
    rounds = Rounds()
    seconds = 1.0 if effort.quick else 2.0
    buys = [HOT, MANY] if effort.quick else [HOT, CROWDED, MANY]
    async with contest(ground, "http", with_peers=effort.peers) as found:
        for one in found.contestants.values():
            await buy(ground, one, HOT, 0.5)  # what is made at first use is made
        await settle_down(ground, found)
        for round_no in effort.turns(2):
            for buying in buys:
                for one in found.in_turn(round_no):
                    if buying != CROWDED or one.name == OURS:
                        rounds.add((buying, one.name), await buy(ground, one, buying, seconds))
    return told(rounds, found, buys)


async def settle_down(ground: Ground, found: Contest) -> None:
    """Everybody's tables."""
    await events.settle_down(ground.database_url)
    for one in found.contestants.values():
        if one.name != OURS:
            await rows.settle_down(one.connection)


async def buy(ground: Ground, one: Contestant, buying: Buying, seconds: float) -> Sample:
    """One round of booking as fast as the server answers."""
    sale = await one.put_on_sale(buying.seats, buying.events)
    async with helper("bench.customers", customers(ground, one, sale, buying.clients, seconds, pace=0)) as buyers:
        await buyers.line()
        with Meter(server=one.server.process, database=ground.postgres, redis=ground.redis, buyers=buyers.seen) as meter:
            buyers.tell("go")
            went = await buyers.answer()
        buyers.tell("enough")
    return costs(meter, went) | {"per_s": went["bookings"] / went["seconds"], "p50_ms": went["p50_ms"], "p99_ms": went["p99_ms"]}


def customers(
    ground: Ground, one: Contestant, sale: Sale, clients: int, seconds: float, pace: float, file: Path | None = None
) -> dict[str, Any]:
    """The job of a process that books."""
    where = {"speaks": one.speaks, "port": one.server.port, "tokens": one.server.tokens}
    what = {"first": int(sale.first), "events": sale.count, "seats": sale.seats}
    how = {"clients": clients, "seconds": seconds, "pace": pace, "file": str(file or ground.folder / "sold")}
    return where | what | how


def costs(meter: Meter, went: dict[str, Any]) -> dict[str, float]:
    """Processor time for each booking; clients, which run on the same cores, are not counted."""
    server, database, redis = (1e6 * meter.used[name] / max(1, went["bookings"]) for name in ("server", "database", "redis"))
    return {"server_us": server, "database_us": database, "redis_us": redis, "total_us": server + database, "strangers": meter.strangers}


def told(rounds: Rounds, found: Contest, buys: Sequence[Buying]) -> Part:
    """The figures; the targets are judged by all parts together."""
    part = Part("http", "bookings over HTTP: the whole server, with its clients on the same cores", strangers=rounds.strangers())
    names = ("server_us", "database_us", "redis_us", "total_us", "p50_ms", "p99_ms")
    headings = ("", "bookings/s", "server µs", "database µs", "Redis µs", "server + database µs", "p50 ms", "p99 ms", "× Mercurius")
    for buying in buys:
        here = [(buying, name) for name in found.contestants if rounds.has((buying, name))]
        other = (buying, MERCURIUS)
        table = []
        for case in here:
            share = rounds.median(case, "total_us") / rounds.median(other, "total_us") if other in here else UNKNOWN
            cells = [number(rounds.median(case, name)) for name in names]
            table.append([case[1], spread(rounds.figure(case, "per_s")), *cells, number(share)])
            work = f"hold {'one' if buying.events == 1 else 'many'} {buying.clients}"
            for what, suffix in (("total_us", ""), ("server_us", "/server"), ("database_us", "/database"), ("per_s", "/rate")):
                part.figures[f"{work}/{case[1]}{suffix}"] = rounds.median(case, what)
        part.tables.append(Table(f"Holds of two seats in {buying}, durable commits.", headings, table))
    part.notes = found.notes()
    return part
