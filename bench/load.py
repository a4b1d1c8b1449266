"""Load on the box office within this process: clients who book again as soon as they are answered, and batches of a given size."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator

from bench.events import Sale, Silence, seating_plans
from bench.ground import Ground
from bench.meter import Meter, Sample, percentile
from db.box_office import BoxOffice
from db.pool import Pool
from domain.answers import BookingPending
from domain.commands import BookSeats
from domain.ports import Publisher

WARM_CONNECTIONS = 10


def box_office(pool: Pool, publisher: Publisher | None = None) -> BoxOffice:
    """A box office that knows the bench's events."""
    return BoxOffice(pool, seating_plans(), publisher or Silence())


async def warm_up(office: BoxOffice, sale: Sale) -> None:
    """Book once in many events at a time, so that every connection has met every statement."""
    for _ in range(3):
        await asyncio.gather(*(office.submit(sale.hold()) for _ in range(WARM_CONNECTIONS)))


async def hold(office: BoxOffice, command: BookSeats) -> None:
    """Book, and accept nothing but a yes."""
    answer = await office.submit(command)
    if not isinstance(answer, BookingPending):
        raise AssertionError(f"a free pair of seats was not held: {answer}")


async def closed_loop(office: BoxOffice, commands: Iterator[BookSeats], clients: int, seconds: float) -> list[float]:
    """How long each booking took, in seconds, with so many clients at once for so long."""
    took: list[float] = []
    clock = time.perf_counter
    until = clock() + seconds

    async def client() -> None:
        while (began := clock()) < until and (command := next(commands, None)) is not None:
            await hold(office, command)
            took.append(clock() - began)

    await asyncio.gather(*(client() for _ in range(clients)))
    return took


async def sample_clients(ground: Ground, office: BoxOffice, sale: Sale, clients: int, seconds: float) -> Sample:
    """What a booking costs, and how many there are in a second. Python's part is all of this process: box office and clients."""
    before = office.served.batches
    gc.collect()  # what others left behind is not paid for here
    with Meter(database=ground.postgres) as meter:
        took = await closed_loop(office, sale.holds(), clients, seconds)
    return {
        **per_booking(meter, len(took)),
        "batch": len(took) / (office.served.batches - before),
        "p50_ms": 1e3 * percentile(took, 0.5),
        "p99_ms": 1e3 * percentile(took, 0.99),
    }


def per_booking(meter: Meter, count: int) -> dict[str, float]:
    """Processor time of each booking, and how many were made in a second."""
    return {
        "per_s": count / meter.seconds,
        "python_us": 1e6 * meter.own_seconds / count,
        "database_us": 1e6 * meter.used["database"] / count,
        "total_us": 1e6 * (meter.own_seconds + meter.used["database"]) / count,
        "strangers": meter.strangers,
    }


async def sample_batches(ground: Ground, office: BoxOffice, next_hold: Callable[[], BookSeats], size: int, count: int) -> Sample:
    """What a batch of `size` bookings costs: they are asked for at the same moment, so that they are committed together."""
    took: list[float] = []
    served = office.served.batches
    gc.collect()
    with Meter(database=ground.postgres) as meter:
        for _ in range(count):
            commands = [next_hold() for _ in range(size)]
            began = time.perf_counter()
            await asyncio.gather(*(hold(office, command) for command in commands))
            took.append(time.perf_counter() - began)
    batches = office.served.batches - served
    if batches != count:
        raise AssertionError(f"{count} batches of {size} became {batches}")
    return {
        "python_us": 1e6 * meter.own_seconds / count,
        "database_us": 1e6 * meter.used["database"] / count,
        "total_us": 1e6 * (meter.own_seconds + meter.used["database"]) / count,
        "p50_ms": 1e3 * percentile(took, 0.5),
        "strangers": meter.strangers,
    }
