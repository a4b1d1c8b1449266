"""pgbench on the box office's own tables: what PostgreSQL does when every booking is a transaction of its own."""

import asyncio
import re
from pathlib import Path

import asyncpg

from bench.events import Sale
from bench.ground import CannotMeasure, Ground, pgbench_program
from bench.meter import Meter, Sample, percentile

SCRIPTS = Path(__file__).parent / "sql"
DONE = re.compile(r"actually processed: (\d+)")
TRIES = 3
TPS = re.compile(r"tps = ([\d.]+)")


async def sample(ground: Ground, script: str, sale: Sale, clients: int, seconds: int) -> Sample:
    """What a booking costs with so many clients; all of `sale` must still be free.

    Opening connections and preparing statements is measured first and taken off. Every booking is looked for afterwards.
    """
    opening, _ = await run(ground, script, sale, clients, ["-t", "1"], round_no=0)
    for _ in range(TRIES):  # on a machine whose disk stands still, a second may pass without one commit
        meter, output = await run(ground, script, sale, clients, ["-T", str(seconds)], round_no=1)
        found, told = DONE.search(output), TPS.search(output)
        if found is not None and told is not None and int(found[1]):
            break
    else:
        raise CannotMeasure(f"pgbench booked nothing in {TRIES} × {seconds} s.")
    count, per_s = int(found[1]), float(told[1])
    await check(ground, sale, count + clients)
    took = [int(line.split()[2]) for log in ground.folder.glob("pgbench.*") for line in log.read_text().splitlines()]
    return {
        "per_s": per_s,
        "database_us": 1e6 * (meter.used["database"] - opening.used["database"]) / count,
        "total_us": 1e6 * (meter.used["database"] - opening.used["database"]) / count,
        "p50_ms": percentile(took, 0.5) / 1e3,
        "p99_ms": percentile(took, 0.99) / 1e3,
        "strangers": meter.strangers,
    }


async def run(ground: Ground, script: str, sale: Sale, clients: int, how_long: list[str], round_no: int) -> tuple[Meter, str]:
    """One run of pgbench: what it used, and what it said."""
    for log in ground.folder.glob("pgbench.*"):
        log.unlink()
    facts = {"first": int(sale.first), "events": sale.count, "half": sale.seats // 2, "clients": clients, "n": round_no - 1}
    command = [str(pgbench_program()), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", *how_long, "-l"]
    command += ["--log-prefix", str(ground.folder / "pgbench"), "-f", str(SCRIPTS / f"{script}.sql")]
    command += [word for name, value in facts.items() for word in ("-D", f"{name}={value}")]
    with Meter(database=ground.postgres) as meter:
        process = await asyncio.create_subprocess_exec(
            *command, ground.database_url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output = (await process.communicate())[0].decode()
    if process.returncode != 0:
        raise CannotMeasure(f"pgbench failed: {output[-2000:]}")
    return meter, output


async def check(ground: Ground, sale: Sale, bookings: int) -> None:
    """Raises AssertionError unless exactly so many bookings hold two seats each, in claims, bookings and counters."""
    connection = await asyncpg.connect(ground.database_url)
    try:
        last = sale.first + sale.count - 1
        held = await connection.fetchrow(
            """SELECT (SELECT count(*) FROM booking WHERE event_id BETWEEN $1 AND $2),
                (SELECT count(*) / 2 FROM claim WHERE event_id BETWEEN $1 AND $2 AND status = 1),
                (SELECT sum(held) / 2 FROM tier WHERE event_id BETWEEN $1 AND $2),
                (SELECT sum(version) FROM inventory WHERE event_id BETWEEN $1 AND $2)""",
            int(sale.first),
            last,
        )
    finally:
        await connection.close()
    assert held is not None
    if {int(value) for value in held} != {bookings}:
        raise AssertionError(f"pgbench made {bookings} bookings, but the tables hold {tuple(held)}")
