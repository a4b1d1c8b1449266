"""The bench measures what it says: its figures, its pages, and that both ways of booking leave the same tables."""

from pathlib import Path

import asyncpg
import pytest

from bench import pgbench
from bench.__main__ import main
from bench.events import put_on_sale
from bench.ground import CannotMeasure, Ground, refuse_far
from bench.load import box_office, sample_clients
from bench.meter import Figure, Meter, Rounds, percentile
from bench.report import Part, Table, as_markdown, as_text, at_most, number, spread
from bench.wire import frame
from db.pool import open_pool
from runtime.backing import Addresses

COUNTS = """SELECT (SELECT count(*) FROM claim WHERE event_id = $1 AND status = 1), (SELECT sum(quantity) FROM booking WHERE event_id = $1),
    (SELECT sum(held) FROM tier WHERE event_id = $1)"""


async def test_the_box_office_and_pgbench_both_hold_two_seats_a_booking(database_url: str, tmp_path: Path) -> None:
    ground = Ground(database_url, "", tmp_path, None, None, {})
    pool = await open_pool(database_url, 2, for_writing=True)
    async with pool.acquire() as connection:
        ours, theirs, in_steps = [await put_on_sale(connection, 2000) for _ in range(3)]

    sampled = await sample_clients(ground, box_office(pool), ours, clients=4, seconds=0.2)
    for script, sale in (("hold", theirs), ("hold_steps", in_steps)):
        await pgbench.run(ground, script, sale, 4, ["-t", "2"], round_no=0)
        await pgbench.check(ground, sale, 8)

    async with pool.acquire() as connection:
        rows = [await connection.fetchrow(COUNTS, int(sale.first)) for sale in (ours, theirs, in_steps)]
    await pool.close()
    assert [tuple(row or ()) for row in rows] == [(2 * ours.sold,) * 3, (16,) * 3, (16,) * 3]
    assert sampled["per_s"] > 0


async def test_a_nearly_sold_out_house_sells_what_is_left(database_url: str) -> None:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database_url)
    sale = await put_on_sale(connection, 100, 2, sold_part=0.9)
    left = await connection.fetchval("SELECT sum(available) FROM tier WHERE event_id BETWEEN $1 AND $1 + 1", int(sale.first))
    sold = await connection.fetch("SELECT event_id, seat_no FROM claim WHERE event_id BETWEEN $1 AND $1 + 1", int(sale.first))
    await connection.close()

    offered = {(int(hold.booking_id.event_id), seat_no) for hold in sale.holds() for seat_no in hold.seats}

    assert len(offered) == left == 2 * sale.pairs
    assert offered.isdisjoint(tuple(row) for row in sold)
    with pytest.raises(LookupError):
        sale.hold()


def test_figures_are_medians_with_their_spread() -> None:
    rounds = Rounds()
    for value in (90.0, 100.0, 120.0):
        rounds.add("a", {"per_s": value, "strangers": value / 100})

    assert rounds.figure("a", "per_s") == Figure(100.0, 90.0, 120.0)
    assert spread(rounds.figure("a", "per_s")) == "100 ±15 %"
    assert rounds.strangers() == 1.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert [number(value) for value in (1234.5, 12.34, 1.234, float("nan"))] == ["1,234", "12.3", "1.23", "–"]


def test_the_meter_counts_this_process() -> None:
    with Meter(nobody=None) as meter:
        sum(range(300_000))

    assert 0 < meter.own_seconds < meter.seconds + 0.1
    assert meter.used["nobody"] != meter.used["nobody"], "what cannot be seen is unknown, not nothing"


def test_a_part_reads_the_same_on_a_terminal_and_on_a_page() -> None:
    part = Part("p", "part", [Table("A table.", ("case", "µs"), [("one", "1.0")])], [at_most("small", 2.0, 1.0)], ["a note"])

    for text in (as_text(part), as_markdown([part, Part("q", "other", skipped="no server")], {"date": "today"})):
        assert "A table." in text
        assert "NOT reached: small – 2.00" in text
        assert "a note" in text


def test_load_is_never_put_on_other_machines() -> None:
    here = "postgresql://u@127.0.0.1:5432/d"

    refuse_far(Addresses(here, here, "redis://localhost:6379"))
    refuse_far(Addresses("postgresql://u@/d?host=%2Frun%2Fpg", here, "unix:///run/valkey.sock"))
    for database, redis in (("postgresql://u@db.example/d", "redis://localhost"), (here, "redis://cache.example:6379")):
        with pytest.raises(CannotMeasure):
            refuse_far(Addresses(database, database, redis))


def test_a_page_is_only_written_from_a_whole_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--write", "--quick"])

    assert "--write wants the whole bench" in capsys.readouterr().err


def test_a_frame_carries_its_payload_unchanged() -> None:
    assert frame(1, b"hi") == b"\x81\x82\0\0\0\0hi"
    assert frame(1, b"x" * 300) == b"\x81\xfe\x01\x2c\0\0\0\0" + b"x" * 300
