"""Sizes: whether a booking costs the same in a small house and a large one, empty or nearly sold out, and how cost grows with the batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.events import Sale, put_on_sale, settle_down
from bench.ground import Ground
from bench.load import box_office, sample_batches, warm_up
from bench.meter import Effort, Rounds
from bench.report import Curve, Part, Table, Verdict, at_most, number, spread
from db.box_office import BoxOffice
from db.pool import Pool, open_pool
from domain.commands import BookSeats

SEATS = (1_000, 10_000, 100_000)
SOLD = (0.0, 0.9)
GATHERED = 32
FLAT = 1.25
"""How much dearer than in the smallest house a booking may look before it is called dearer: two rounds of the same differ by that much."""
BATCHES = (1, 8, 64)
BATCH_SEATS = 40_000


@dataclass(frozen=True)
class House:
    """An event of so many seats of which a part is sold already."""

    seats: int
    sold_part: float

    def __str__(self) -> str:
        return f"{self.seats:,} seats, {'90 % sold' if self.sold_part else 'empty'}"


HOUSES = [House(seats, sold_part) for seats in SEATS for sold_part in SOLD]


async def measure(ground: Ground, effort: Effort) -> Part:
    """What a batch of holds costs, by the size of the event, by what is sold, and by the number of holds in it."""
    singles, gathered, slices = (8, 2, 2) if effort.quick else (20, 4, 5 * effort.rounds)
    listed = [house for house in HOUSES if house.seats != SEATS[1]] if effort.quick else HOUSES
    pool = await open_pool(ground.database_url, 10, for_writing=True)
    try:
        office = box_office(pool)
        async with pool.acquire() as connection:
            await warm_up(office, await put_on_sale(connection, 2000, 20))
            large = await put_on_sale(connection, BATCH_SEATS)
        houses = Rounds()
        batches = Rounds()
        turns = {house: await Turns.prepare(pool, office, house, singles * slices, gathered * slices) for house in listed}
        await settle_down(ground.database_url)
        for round_no in range(slices):
            for house in listed if round_no % 2 == 0 else reversed(listed):
                houses.add((house, 1), await sample_batches(ground, office, turns[house].single, 1, singles))
                houses.add((house, GATHERED), await sample_batches(ground, office, turns[house].together, GATHERED, gathered))
            for size in BATCHES:
                batches.add(size, await sample_batches(ground, office, large.hold, size, max(4, singles // size)))
    finally:
        await pool.close()
    return told(houses, batches, listed)


class Turns:
    """Free pairs for one house. A nearly sold-out house of 1,000 seats has too few of them: then there are several such houses."""

    def __init__(self, sales: list[Sale], singles_each: int, batches_each: int) -> None:
        self._single = self._of(sales, singles_each)
        self._together = self._of(sales, batches_each * GATHERED)

    @classmethod
    async def prepare(cls, pool: Pool, office: BoxOffice, house: House, singles: int, gathered: int) -> "Turns":
        """Enough houses for so many single bookings and so many batches; each has sold once, so that its plan is known."""
        async with pool.acquire() as connection:
            sales = [await put_on_sale(connection, house.seats, 1, house.sold_part)]
            while 1 + shared(singles, sales) + shared(gathered, sales) * GATHERED > sales[0].pairs:
                sales.append(await put_on_sale(connection, house.seats, 1, house.sold_part))
        for sale in sales:
            await office.submit(sale.hold())
        return cls(sales, shared(singles, sales), shared(gathered, sales))

    def single(self) -> BookSeats:
        """The next pair for a batch of one."""
        return next(self._single)

    def together(self) -> BookSeats:
        """The next pair for a batch of several: so many in a row are of the same event."""
        return next(self._together)

    @staticmethod
    def _of(sales: list[Sale], each: int) -> Iterator[BookSeats]:
        for sale in sales:
            for _ in range(each):
                yield sale.hold()


def shared(count: int, sales: list[Sale]) -> int:
    """How many of `count` each sale has to bear."""
    return -(-count // len(sales))


def told(houses: Rounds, batches: Rounds, listed: Sequence[House]) -> Part:
    """The figures, and whether costs are flat."""
    part = Part("sizes", "sizes: what a batch of holds costs", strangers=max(houses.strangers(), batches.strangers()))
    names = ("python_us", "database_us", "p50_ms")
    headings = ("CPU µs a batch", *(f"{name}, {size} at once" for size in (1, GATHERED) for name in ("Python", "database", "ms")))
    rows = [[str(house), *(number(houses.median((house, size), name)) for size in (1, GATHERED) for name in names)] for house in listed]
    part.tables.append(
        Table(f"One event, by its size and by what is sold; batches of 1 and of {GATHERED} bookings of two seats.", headings, rows)
    )
    headings = ("bookings in the batch", "Python µs", "database µs", "µs a booking", "ms a batch")
    rows = [
        [
            str(size),
            *(spread(batches.figure(size, name)) for name in names[:2]),
            number(batches.median(size, "total_us") / size),
            number(batches.median(size, "p50_ms")),
        ]
        for size in BATCHES
    ]
    part.tables.append(Table(f"One event of {BATCH_SEATS:,} seats, by the size of the batch.", headings, rows))
    part.verdicts = [flat(houses, size, sold_part) for size in (1, GATHERED) for sold_part in SOLD]
    part.figures = {
        "sizes/large": max(grown(houses, size, sold_part) for size in (1, GATHERED) for sold_part in SOLD),
        "sizes/batch of 64": batches.ratio(BATCHES[-1], 1, "total_us"),
    }
    by_seats = {
        f"{size} at once": [(house.seats, houses.median((house, size), "total_us") / size) for house in listed if not house.sold_part]
        for size in (1, GATHERED)
    }
    by_batch = {"box office": [(size, batches.median(size, "total_us") / size) for size in BATCHES]}
    part.curves = [
        Curve("A booking by the size of its event", "seats", "µs", by_seats),
        Curve("A booking by the size of its batch", "bookings in the batch", "µs", by_batch),
    ]
    part.notes = [
        f"Flat means: at most {FLAT} × the smallest house, since rounds of the same differ by about that much; the median over rounds.",
        f"A batch of 64 takes {batches.median(64, 'p50_ms') / batches.median(1, 'p50_ms'):.1f} × as long as one of 1, clients included.",
    ]
    return part


def grown(houses: Rounds, size: int, sold_part: float) -> float:
    """How many times the smallest house the largest costs."""
    small, large = ((House(seats, sold_part), size) for seats in (SEATS[0], SEATS[-1]))
    return houses.ratio(large, small, "total_us")


def flat(houses: Rounds, size: int, sold_part: float) -> Verdict:
    """Whether the largest house costs as little as the smallest."""
    ratio = grown(houses, size, sold_part)
    target = f"{SEATS[-1]:,} seats book as cheaply as {SEATS[0]:,} ({'90 % sold' if sold_part else 'empty'}, {size} at once)"
    return at_most(target, ratio, FLAT, f"{ratio:.2f} ×")
