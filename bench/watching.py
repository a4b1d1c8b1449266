"""Viewers by WebSocket: what a delivery costs, how late it is, what an idle viewer takes, and how many bookings all can follow."""

import asyncio
from array import array
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.contest import MERCURIUS, OURS, STRAWBERRY, Contest, Contestant, contest
from bench.ground import Ground
from bench.helper import helper
from bench.meter import UNKNOWN, Effort, Meter, Rounds, Sample, percentile
from bench.over_http import HOT_SEATS, costs, customers, settle_down
from bench.report import Curve, Part, Table, number

CROWD, CROWD_PACE = 1_000, 50
PACES = {OURS: 10.0, MERCURIUS: 10.0, STRAWBERRY: 2.0}
"""Bookings a second at which a delivery's cost is measured: few enough for each to keep up, and as many for ours as for Mercurius."""
GROWING = (10, 100, 500, 2_000)
FOLLOWERS, SEEN_MS = 500, 500.0
STEP, SLOWEST, STEPS_MOST = 1.3, 20.0, 9
FLOOR = "bare socket"
USUAL_BYTES = 230
KEPT_UP = 0.95


@dataclass(frozen=True)
class Watching:
    """So many viewers of one event at somebody's, in which so many bookings a second are made."""

    name: str
    viewers: int
    pace: float

    def __str__(self) -> str:
        return f"{self.name}, {self.viewers:,} viewers, {self.pace:.0f} bookings/s"


async def measure(ground: Ground, effort: Effort) -> Part:
    """Bookings at a steady pace by one process, and many viewers in another."""
    rounds = Rounds()
    seconds = 1.0 if effort.quick else 2.0
    crowd = 200 if effort.quick else CROWD
    async with contest(ground, "sockets", with_peers=effort.peers) as found:
        for one in found.contestants.values():
            await watch(ground, one, 10, 10.0, 0.5)  # what is made at first use is made
        await settle_down(ground, found)
        size = USUAL_BYTES
        for round_no in effort.turns(2):
            for one in found.in_turn(round_no):
                pace = PACES[one.name]
                longer = seconds * (1 if pace > 5 else 2)
                for viewers in (0, crowd):
                    rounds.add(Watching(one.name, viewers, pace), await watch(ground, one, viewers, pace, longer))
                if one is found.ours:
                    size = round(rounds.median(Watching(OURS, crowd, pace), "bytes") or USUAL_BYTES)
            rounds.add(Watching(FLOOR, crowd, PACES[OURS]), await broadcast(ground, crowd, PACES[OURS], seconds, size))
            rounds.add(Watching(OURS, crowd, CROWD_PACE), await watch(ground, found.ours, crowd, CROWD_PACE, seconds))
        if not effort.quick:
            for name in (OURS, MERCURIUS):
                if name in found.contestants:
                    for viewers in GROWING:
                        rounds.add(
                            Watching(name, viewers, PACES[name]),
                            await watch(ground, found.contestants[name], viewers, PACES[name], seconds),
                        )
            for viewers in GROWING:
                rounds.add(Watching(FLOOR, viewers, PACES[OURS]), await broadcast(ground, viewers, PACES[OURS], seconds, size))
        rates = {} if effort.quick else await fastest(ground, found, seconds)
    return told(rounds, found, crowd, rates)


async def watch(ground: Ground, one: Contestant, viewers: int, pace: float, seconds: float) -> Sample:
    """One round. A delivery costs what the server uses more than without viewers: `delivery_us` takes the difference."""
    sale = await one.put_on_sale(HOT_SEATS if pace * seconds > 100 else 2_000)
    heard, sold = ground.folder / "heard", ground.folder / "sold"
    before = one.server.resident_bytes
    where = {"speaks": one.speaks, "port": one.server.port, "token": one.server.tokens[-1]}
    what = {"event_id": int(sale.first), "seats": sale.seats, "viewers": viewers, "file": str(heard)}
    async with AsyncExitStack() as stack:
        buyers = await stack.enter_async_context(helper("bench.customers", customers(ground, one, sale, 32, seconds, pace, sold)))
        await buyers.line()
        onlookers = await stack.enter_async_context(helper("bench.onlookers", where | what))
        await onlookers.line()
        await asyncio.sleep(0.3)
        idle_bytes = one.server.resident_bytes - before
        seen = {"buyers": buyers.seen, "onlookers": onlookers.seen}
        with Meter(server=one.server.process, database=ground.postgres, redis=ground.redis, **seen) as meter:
            buyers.tell("go")
            went = await buyers.answer()
            onlookers.tell(str(went["bookings"]))
            told = await onlookers.answer()
        buyers.tell("enough")
        onlookers.tell("enough")
    late, missed = late_ms(heard, sold, viewers)
    return costs(meter, went) | {
        "per_s": went["bookings"] / went["seconds"],
        "p50_ms": percentile(late, 0.5),
        "p99_ms": percentile(late, 0.99),
        "missed": missed,
        "messages": told["messages"] / max(1, went["bookings"]),
        "bytes": told["bytes_received"] / max(1, told["messages"]),
        "lost": told["lost"],
        "idle_kib": idle_bytes / 1024 / viewers if viewers else UNKNOWN,
    }


async def broadcast(ground: Ground, viewers: int, pace: float, seconds: float, size: int) -> Sample:
    """One round of a process that writes ready frames and does nothing else: all it uses is for deliveries."""
    count = int(pace * seconds)
    async with helper("bench.floors", {"size": size, "pace": pace}) as writer:
        where = {"speaks": "ours", "port": int(await writer.line()), "token": "", "event_id": 1, "seats": 2}
        async with helper("bench.onlookers", where | {"viewers": viewers, "file": str(ground.folder / "heard")}) as onlookers:
            await onlookers.line()
            with Meter(server=writer.seen, onlookers=onlookers.seen) as meter:
                writer.tell(str(count))
                await writer.answer()
                onlookers.tell(str(count))
                told = await onlookers.answer()
            onlookers.tell("enough")
        writer.tell("enough")
    messages = max(1, told["messages"])
    used = {"server_us": 1e6 * meter.used["server"] / count, "strangers": meter.strangers}
    return used | {"messages": told["messages"] / count, "bytes": told["bytes_received"] / messages, "per_s": pace}


def late_ms(heard: Path, sold: Path, viewers: int) -> tuple[list[float], int]:
    """How long after a booking was due each viewer heard of it, and how many never did. Raises AssertionError where one heard it twice."""
    told, asked = array("q"), array("q")
    told.frombytes(heard.read_bytes())
    asked.frombytes(sold.read_bytes())
    sent = dict(zip(asked[::3], asked[1::3], strict=True))
    times = Counter(told[::2])
    if twice := {seat: times[seat] for seat in sent if times[seat] > viewers}:
        raise AssertionError(f"{viewers} viewers heard more than once of {len(twice)} bookings: {dict(list(twice.items())[:5])}")
    late = [(moment - sent[seat]) / 1e6 for seat, moment in zip(told[::2], told[1::2], strict=True) if seat in sent]
    return late, len(sent) * viewers - len(late)


def followed(sample: Sample, pace: float) -> bool:
    """Whether all viewers heard of as many bookings as were asked for, in time."""
    return not sample["missed"] and not sample["lost"] and sample["p99_ms"] < SEEN_MS and sample["per_s"] > KEPT_UP * pace


async def fastest(ground: Ground, found: Contest, seconds: float) -> dict[str, float]:
    """The most bookings a second that all followers see in time at Mercurius'; and whether ours see ten times as many."""
    rates: dict[str, float] = {}
    if (mercurius := found.contestants.get(MERCURIUS)) is not None:
        pace, best = SLOWEST, 0.0
        for _ in range(STEPS_MOST):
            kept = followed(await watch(ground, mercurius, FOLLOWERS, pace, seconds), pace)
            if not kept and best:
                break
            best = pace if kept else best
            if kept and pace < SLOWEST:
                break
            pace = pace * STEP if kept else pace / STEP
        rates["rate/Mercurius"] = best or UNKNOWN
    pace = 10 * rates.get("rate/Mercurius", FALLBACK_RATE)
    sample = await watch(ground, found.ours, FOLLOWERS, pace, seconds)
    return rates | {
        "rate/asked": pace,
        "rate/Box Office": sample["per_s"],
        "rate/p99_ms": sample["p99_ms"],
        "rate/messages": sample["messages"],
        "rate/followed": float(followed(sample, pace)),
        "rate/server": sample["server_us"],
    }


FALLBACK_RATE = 53.0
"""Mercurius' best, where it is absent. Source: DESIGN §10; taken before, on another day."""


def delivery_us(rounds: Rounds, case: Watching) -> float:
    """What the server pays for one message to one viewer."""
    messages = rounds.median(case, "messages")
    alone = Watching(case.name, 0, case.pace)
    without = rounds.median(alone, "server_us") if rounds.has(alone) else 0.0 if case.name == FLOOR else UNKNOWN
    return (rounds.median(case, "server_us") - without) / messages if messages else UNKNOWN


def told(rounds: Rounds, found: Contest, crowd: int, rates: dict[str, float]) -> Part:
    """The figures; the targets are judged by all parts together."""
    part = Part("sockets", "viewers by WebSocket: the whole server, with its viewers on the same cores", strangers=rounds.strangers())
    headings = ("", "viewers", "bookings/s", "p50 ms", "p99 ms", "messages / booking", "bytes", "server µs / delivery", "KiB / idle viewer")
    cases = [Watching(name, crowd, PACES[name]) for name in found.contestants] + [Watching(FLOOR, crowd, PACES[OURS])]
    table = []
    for case in [*cases, Watching(OURS, crowd, CROWD_PACE)]:
        cells = [number(rounds.median(case, name)) for name in ("per_s", "p50_ms", "p99_ms", "messages", "bytes")]
        idle = rounds.figure(case, "idle_kib").most
        table.append([case.name, f"{case.viewers:,}", *cells, number(delivery_us(rounds, case)), number(idle) if case in cases else "–"])
        if case in cases:
            part.figures[f"delivery/{case.name}"] = delivery_us(rounds, case)
            part.figures[f"idle_kib/{case.name}"] = idle
    title = "Bookings at a steady pace; from the moment one is due to each viewer's message, with the commit between."
    part.tables.append(Table(title, headings, table))
    part.figures["crowd/p99_ms"] = rounds.median(Watching(OURS, crowd, CROWD_PACE), "p99_ms")
    part.figures["crowd/viewers"] = crowd
    part.figures |= rates
    points = {
        name: [
            (viewers, delivery_us(rounds, Watching(name, viewers, PACES.get(name, PACES[OURS]))))
            for viewers in sorted({*GROWING, crowd})
            if rounds.has(Watching(name, viewers, PACES.get(name, PACES[OURS])))
        ]
        for name in (OURS, MERCURIUS, FLOOR)
    }
    part.curves = [
        Curve("One delivery by WebSocket", "viewers", "server µs", {name: found for name, found in points.items() if len(found) > 1})
    ]
    part.notes = [
        "A delivery's cost: what the server uses more per booking than with no viewer at the same pace, by messages.",
        f"{FLOOR}: a process that writes ready frames of as many bytes as ours have, and does nothing else.",
        "Memory: by how much the server grew while the viewers came, at most.",
        *(
            [f"{FOLLOWERS} viewers at Mercurius' follow {number(rates['rate/Mercurius'])} bookings a second."]
            if "rate/Mercurius" in rates
            else []
        ),
        *found.notes(),
    ]
    return part
