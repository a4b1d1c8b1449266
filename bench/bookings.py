"""Bookings: the box office, driven within this process, beside pgbench doing one booking per transaction on the same tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench import pgbench
from bench.events import put_on_sale, settle_down
from bench.ground import Ground
from bench.load import box_office, hold, sample_clients, warm_up
from bench.meter import Effort, Rounds, Sample
from bench.report import Part, Table, at_least, number, spread
from db.box_office import BoxOffice
from db.pool import Pool, open_pool

HOT_SEATS = 60_000
SPREAD_EVENTS = 198
SPREAD_SEATS = 400
OURS = "box office"


@dataclass(frozen=True)
class Case:
    """Who books, in how many events, with how many clients."""

    who: str
    events: int
    clients: int

    def __str__(self) -> str:
        return (
            f"{self.who}, {'one event' if self.events == 1 else f'{self.events} events'}, {self.clients} client{'s' * (self.clients > 1)}"
        )


CASES = [
    *(Case(OURS, 1, clients) for clients in (1, 8, 32, 128)),
    *(Case("pgbench hold", 1, clients) for clients in (1, 8, 32)),
    *(Case("pgbench hold_steps", 1, clients) for clients in (1, 32)),
    *(Case(who, SPREAD_EVENTS, 32) for who in (OURS, "pgbench hold", "pgbench hold_steps")),
]
QUICK_CASES = [case for case in CASES if (case.clients in (1, 32) or case.events > 1) and not case.who.endswith("steps")]
HEADINGS = ("", "bookings/s", "Python µs", "database µs", "p50 ms", "p99 ms", "mean batch")


async def measure(ground: Ground, effort: Effort) -> Part:
    """Holds of two seats, durable when they are answered."""
    rounds = Rounds()
    pool = await open_pool(ground.database_url, 10, for_writing=True)
    try:
        office = box_office(pool)
        async with pool.acquire() as connection:
            warm = await put_on_sale(connection, 2000, 20)
        await warm_up(office, warm)
        await settle_down(ground.database_url)
        cases = QUICK_CASES if effort.quick else CASES
        for round_no in effort.turns():
            for case in cases if round_no % 2 == 0 else reversed(cases):
                rounds.add(case, await sample(ground, pool, office, case, effort.seconds))
    finally:
        await pool.close()
    return told(rounds, cases)


async def sample(ground: Ground, pool: Pool, office: BoxOffice, case: Case, seconds: float) -> Sample:
    """One round of one case, on events of its own."""
    async with pool.acquire() as connection:
        seats = HOT_SEATS if case.events == 1 else SPREAD_SEATS
        sale = await put_on_sale(connection, seats, case.events)
    if case.who != OURS:
        return await pgbench.sample(ground, case.who.split()[1], sale, case.clients, max(1, round(seconds)))
    for first in [sale.hold() for _ in sale.events]:  # so that each event's plan is known
        await hold(office, first)
    return await sample_clients(ground, office, sale, case.clients, seconds)


def told(rounds: Rounds, cases: Sequence[Case]) -> Part:
    """The figures, and whether gathering pays."""
    rows = [[str(case), *cells(rounds, case)] for case in cases]
    part = Part("bookings", "bookings: holds of two seats, durable commits, without HTTP", strangers=rounds.strangers())
    part.tables.append(
        Table("Cost of a booking (CPU) and what clients see. pgbench: one booking per transaction, -M prepared.", HEADINGS, rows)
    )
    best = {
        events: max(rounds.median(case, "per_s") for case in cases if case.events == events and case.who != OURS)
        for events in (1, SPREAD_EVENTS)
    }
    hot, many = Case(OURS, 1, 32), Case(OURS, SPREAD_EVENTS, 32)
    rate = rounds.median(hot, "per_s")
    target = "one hot event, 32 clients: more per second than pgbench at its best"
    part.verdicts = [at_least(target, rate, best[1], f"{number(rate)} against {number(best[1])}: {rate / best[1]:.2f} ×")]
    part.figures["pgbench/one"] = best[1]
    first = next((c.clients for c in cases if c.who == OURS and c.events == 1 and rounds.median(c, "per_s") > best[1]), None)
    part.notes = [
        "`hold` is one statement, `hold_steps` seven, as servers usually do it. Python µs of the box office include its clients'.",
        f"On one event the box office passes pgbench's best ({number(best[1])}/s) "
        + (f"from {first} clients on." if first else "with no number of clients."),
        f"Spread over {SPREAD_EVENTS} events, one process does {rounds.median(many, 'per_s') / best[SPREAD_EVENTS]:.2f} × pgbench's best: "
        "nothing can be gathered there, each batch holds one booking.",
    ]
    return part


def cells(rounds: Rounds, case: Case) -> list[str]:
    """A case's row."""
    return [
        spread(rounds.figure(case, "per_s")),
        *(number(rounds.median(case, name)) for name in ("python_us", "database_us", "p50_ms", "p99_ms")),
        number(rounds.median(case, "batch")) if case.who == OURS else "1",
    ]
