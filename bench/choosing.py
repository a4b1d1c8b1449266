"""Choosing: how long the best neighbouring seats take to be found and held, in large houses, empty or nearly sold out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.events import Sale, put_on_sale, settle_down
from bench.ground import Ground
from bench.load import box_office, per_booking, warm_up
from bench.meter import Effort, Meter, Rounds, Sample, percentile
from bench.report import Part, Table, Verdict, at_most, number
from db.box_office import BoxOffice
from db.identifiers import new_number
from db.pool import open_pool
from domain.answers import BookingPending
from domain.commands import BookBest
from domain.ids import BookingId, UserId

SEATS = (20_000, 100_000)
SOLD = (0.0, 0.9)
QUANTITIES = (1, 2, 4, 6)
"""How many are asked for, in turn."""
P95_MOST_MS = 50.0
AVOID_ORPHANS = "UPDATE event SET avoids_orphans = true WHERE event_id = $1"


@dataclass(frozen=True)
class House:
    """An event of so many seats, of which a part is sold; and whether it leaves no single seat alone."""

    seats: int
    sold_part: float
    avoids_orphans: bool = False

    def __str__(self) -> str:
        words = f"{self.seats:,} seats, {'90 % sold' if self.sold_part else 'empty'}"
        return f"{words}, no single seats" if self.avoids_orphans else words


HOUSES = [House(seats, sold_part, avoids) for seats in SEATS for sold_part in SOLD for avoids in (False, True)]


async def measure(ground: Ground, effort: Effort) -> Part:
    """The best seats of a whole house, one booking after another, durable when they are answered."""
    count = 20 if effort.quick else 100
    houses = [house for house in HOUSES if house.seats == SEATS[0]] if effort.quick else HOUSES
    rounds = Rounds()
    pool = await open_pool(ground.database_url, 10, for_writing=True)
    try:
        async with pool.acquire() as connection:
            warm = await put_on_sale(connection, 2000, 20)
            sales = {house: await put_on_sale(connection, house.seats, 1, house.sold_part) for house in houses}
            for house, sale in sales.items():
                if house.avoids_orphans:
                    await connection.execute(AVOID_ORPHANS, sale.first)
        await settle_down(ground.database_url)
        for round_no in effort.turns():
            office = box_office(pool)  # a new one knows no house yet, as after a start
            await warm_up(office, warm)
            for house in houses if round_no % 2 == 0 else reversed(houses):
                rounds.add(house, await sample(ground, office, sales[house], count))
    finally:
        await pool.close()
    return told(rounds, houses)


async def sample(ground: Ground, office: BoxOffice, sale: Sale, count: int) -> Sample:
    """What so many bookings cost, one after another; the first of them apart, which reads the whole house."""
    first = await seconds_of(office, sale, 2)
    took: list[float] = []
    with Meter(database=ground.postgres) as meter:
        for turn in range(count):
            took.append(await seconds_of(office, sale, QUANTITIES[turn % len(QUANTITIES)]))
    return {
        **per_booking(meter, count),
        "first_ms": 1e3 * first,
        "p50_ms": 1e3 * percentile(took, 0.5),
        "p95_ms": 1e3 * percentile(took, 0.95),
    }


async def seconds_of(office: BoxOffice, sale: Sale, quantity: int) -> float:
    """How long one booking takes, which is accepted with a yes alone."""
    command = BookBest(BookingId(sale.first, new_number()), UserId(new_number()), quantity)
    began = time.perf_counter()
    answer = await office.submit(command)
    took = time.perf_counter() - began
    if not isinstance(answer, BookingPending):
        raise AssertionError(f"{quantity} neighbours were not found: {answer}")
    return took


def told(rounds: Rounds, houses: Sequence[House]) -> Part:
    """The figures, and whether they are good enough."""
    part = Part("choosing", "choosing: the best neighbouring seats, durable commits, without HTTP", strangers=rounds.strangers())
    names = ("python_us", "database_us", "p50_ms", "p95_ms", "first_ms")
    headings = ("", "Python µs", "database µs", "p50 ms", "p95 ms", "first ms")
    rows = [[str(house), *(number(rounds.median(house, name)) for name in names)] for house in houses]
    part.tables.append(Table("One to six seats of a whole house, one booking after another.", headings, rows))
    part.verdicts = [fast_enough(rounds, house) for house in houses if house.seats == SEATS[0]]
    part.notes = ["`first` is the first booking that a process makes in a house, for which it reads the state of every seat."]
    return part


def fast_enough(rounds: Rounds, house: House) -> Verdict:
    """Whether 95 of 100 are answered in time."""
    p95 = rounds.median(house, "p95_ms")
    return at_most(f"{house}: p95 of the best seats ≤ {P95_MOST_MS:.0f} ms", p95, P95_MOST_MS, f"{number(p95)} ms")
