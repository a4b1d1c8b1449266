"""The targets: each row of the table in DESIGN §10, judged by what all parts of a run measured, with what bounds it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.contest import CACHED, MERCURIUS, OURS
from bench.meter import UNKNOWN
from bench.report import Part, Verdict, at_most, number
from bench.watching import CROWD_PACE, FALLBACK_RATE, FOLLOWERS, SEEN_MS

BEFORE = {
    "list": 640.0 + 400,
    "event": 230.0 + 220,
    "map 2,000": 4_000.0 + 1_500,
    "map 20,000": 55_000.0 + 7_500,
    "hold one 32": 640.0 + 1_100,
    "hold many 32": 640.0 + 1_100,
    "delivery": 39.0,
}
"""What Mercurius costs in server and database, in µs, for where it was not measured. Source: DESIGN §10; taken before, on another day."""
FLAT, GATHERED_MOST, FREE, HEARD_MS, MEMORY_KIB, TIMES_SOCKET = 1.25, 8.0, 1.15, 100.0, 30.0, 1.5


@dataclass(frozen=True)
class Found:
    """The figures of all parts, by name; what was not measured is UNKNOWN."""

    figures: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.figures.get(name, UNKNOWN)

    def mercurius(self, work: str) -> tuple[float, str]:
        """What it costs there, and how we know."""
        measured = self[f"{work}/{MERCURIUS}"]
        return (
            (measured, f"{number(measured)} µs in this run")
            if measured == measured
            else (BEFORE[work], f"{number(BEFORE[work])} µs before")
        )

    def bound(self, work: str, name: str = OURS) -> str:
        """What most of our cost is."""
        server, database, floor = self[f"{work}/{name}/server"], self[f"{work}/{name}/database"], self[f"{work}/bare ASGI"]
        words = [f"Python {number(server)}", f"database {number(database)}"]
        if floor == floor:
            words.append(f"bare ASGI {number(floor)} for the same bytes")
        return ", ".join(words)


def judge(figures: Mapping[str, float], *, whole: bool) -> Part:
    """A verdict for each row; where not the whole was measured, only for the rows that were."""
    found = Found(figures)
    rows = [row for row in (*reads(found), *bookings(found), *viewers(found), *growth(found)) if whole or row.reached is not None]
    part = Part("targets", "targets: what Box Office must reach, against Mercurius in the same run", verdicts=rows)
    reached, judged = (sum(1 for row in rows if row.reached in kinds) for kinds in ({True}, {True, False}))
    part.notes = [
        f"Reached: {reached} of {judged} that were measured, of {len(rows)} in all. In brackets: what bounds it, in µs of processor time."
    ]
    if any(" before" in row.got for row in rows):
        part.notes.append("Where it says `before`, Mercurius was not measured in this run: the figure is DESIGN's, from another day.")
    return part


def share(found: Found, work: str, limit: float, words: str, name: str = OURS, against: str | None = None, digits: int = 2) -> Verdict:
    """Our cost as a part of Mercurius'."""
    cost = found[f"{work}/{name}"]
    theirs, known = found.mercurius(against or work)
    ratio = cost / theirs
    got = f"{ratio:.{digits}f} ×: {number(cost)} against {known} ({found.bound(work, name)})"
    return at_most(f"{words} ≤ {limit:g} × Mercurius", ratio, limit, got if ratio == ratio else "not measured")


def reads(found: Found) -> list[Verdict]:
    """Lists, events and maps."""
    return [
        share(found, "list", 0.5, "list of 20 events, uncached: server + database"),
        share(found, "list", 0.1, "list of 20 events from the micro-cache: server + database", CACHED, digits=3),
        share(found, "event", 0.7, "one event in detail, uncached: server + database"),
        share(found, "event", 0.2, "one event in detail from the micro-cache: server + database", CACHED, digits=3),
        share(found, "map 2,000", 0.3, "typed map of 2,000 seats: server + database"),
        share(found, "map 20,000", 0.2, "typed map of 20,000 seats: server + database"),
        share(found, "live", 0.005, "live state of 20,000 seats, compact: server + database", against="map 20,000", digits=4),
    ]


def bookings(found: Found) -> list[Verdict]:
    """Holds of two seats."""
    ours, best = found[f"hold one 32/{OURS}/rate"], found["pgbench/one"]
    rate = f"{number(ours)} against {number(best)} ({found.bound('hold one 32')}; clients share the cores)"
    more = Verdict(
        "one hot event, 32 clients over HTTP: more per second than pgbench doing one booking per transaction", rate, more_than(ours, best)
    )
    return [
        share(found, "hold one 32", 0.35, "one hot event, 32 clients: server + database"),
        more,
        share(found, "hold many 32", 0.75, "198 events, 32 clients: server + database"),
    ]


def more_than(ours: float, other: float) -> bool | None:
    """None where either is unknown."""
    return None if ours != ours or other != other else ours > other


def viewers(found: Found) -> list[Verdict]:
    """Deliveries, memory, and how soon everybody knows."""
    ours, floor = found[f"delivery/{OURS}"], found["delivery/bare socket"]
    theirs, known = found.mercurius("delivery")
    crowd, memory, p99 = number(found["crowd/viewers"]), found[f"idle_kib/{OURS}"], found["crowd/p99_ms"]
    return [
        at_most(
            f"one delivery to one of {crowd} viewers ≤ 0.3 × Mercurius",
            ours / theirs,
            0.3,
            f"{ours / theirs:.2f} ×: {number(ours)} against {known} (a bare socket write {number(floor)})",
        ),
        at_most(
            f"one delivery ≤ {TIMES_SOCKET} × a bare socket write of the same bytes",
            ours / floor,
            TIMES_SOCKET,
            f"{ours / floor:.2f} ×: {number(ours)} against {number(floor)} µs",
        ),
        followed(found),
        at_most(
            f"memory per idle viewer ≤ {MEMORY_KIB:.0f} KiB",
            memory,
            MEMORY_KIB,
            f"{number(memory)} KiB (Mercurius {number(found[f'idle_kib/{MERCURIUS}'])})",
        ),
        at_most(
            f"p99 from a booking being due to each of {crowd} viewers, {CROWD_PACE} commits/s ≤ {HEARD_MS:.0f} ms",
            p99,
            HEARD_MS,
            f"{number(p99)} ms over sockets; {number(found['viewers/p99_ms'])} ms from the commit, in process",
        ),
    ]


def followed(found: Found) -> Verdict:
    """The highest rate of bookings that everybody sees in time, against ten times Mercurius'."""
    theirs, asked, rate, p99 = (found[f"rate/{name}"] for name in ("Mercurius", "asked", "Box Office", "p99_ms"))
    base = f"{number(theirs)}/s in this run" if theirs == theirs else f"{FALLBACK_RATE:.0f}/s before"
    server = number(found["rate/server"])
    got = f"{number(rate)}/s of {number(asked)} with p99 {number(p99)} ms (Mercurius {base}; server {server} µs a booking)"
    reached = None if rate != rate else bool(found["rate/followed"])
    if reached is None:
        got = "not measured"
    return Verdict(f"bookings that {FOLLOWERS} viewers see with p99 < {SEEN_MS:.0f} ms: 10 × Mercurius", got, reached)


def growth(found: Found) -> list[Verdict]:
    """What may not grow."""
    large, batch, writer = found["sizes/large"], found["sizes/batch of 64"], found["viewers/writer"]
    return [
        at_most(
            f"an event of 100,000 seats books as cheaply as one of 1,000 (≤ {FLAT} ×)", large, FLAT, f"{number(large)} ×, the worst of four"
        ),
        at_most(f"a batch of 64 costs < {GATHERED_MOST:.0f} × a batch of 1", batch, GATHERED_MOST, f"{number(batch)} ×"),
        at_most(f"viewers cost nothing to writers (≤ {FREE} ×)", writer, FREE, f"{number(writer)} × a commit without, with 1,000 viewers"),
    ]
