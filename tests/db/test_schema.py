"""The tables as SQLModel tells them, the database that migrations make, and the statements that traffic runs: one and the same."""

import asyncio
import re
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from db.migrate import MIGRATIONS, migrate, newest
from db.pool import open_pool
from db.statements import FOLDER, all_statements, statements
from db.tables import METADATA
from tests.conftest import a_database

SHARED = {"account", "category", "event", "layout", "membership", "organization", "refresh_token", "venue"}
"""Tables of which every node has a copy, or that live elsewhere: not spread by event."""
PER_EVENT = {name for name, table in METADATA.tables.items() if "event_id" in table.columns} - SHARED
REASONS = {
    f"{path.stem}.{name}": body
    for path in FOLDER.glob("*.sql")
    for name, body in re.findall(r"-- name: (\w+)\n((?:--.*\n)*)", path.read_text())
}
SCATTERS = {name for name, reason in REASONS.items() if "scatter" in reason}
"""Statements that ask all events at once, as each says of itself; none is in a booking's way."""


async def test_the_migrated_database_has_the_tables_that_sqlmodel_defines(database_url: str) -> None:
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"))
    async with engine.connect() as connection:
        differences = await connection.run_sync(differences_of)
    await engine.dispose()

    assert differences == []


def differences_of(connection: Connection) -> list[object]:
    """What a new migration would have to do."""
    options = {"compare_server_default": True, "compare_type": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


async def test_checks_and_storage_are_as_sqlmodel_defines_them(database_url: str, fresh_database_url: str) -> None:
    engine = create_async_engine(make_url(fresh_database_url).set(drivername="postgresql+asyncpg"))
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.drop_all)
        await connection.run_sync(METADATA.create_all)
    await engine.dispose()

    assert await facts_of(database_url) == await facts_of(fresh_database_url)


async def facts_of(database_url: str) -> list[tuple[object, ...]]:
    """What Alembic does not compare: the text of every constraint and index, and how tables are stored."""
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("""
        SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
        UNION ALL SELECT tablename::text, indexname::text, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        UNION ALL SELECT relname::text, 'stored', reloptions::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        ORDER BY 1, 2, 3
    """)
    await connection.close()
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("name", sorted(all_statements()))
async def test_every_named_statement_prepares(name: str, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.prepare(all_statements()[name])
    finally:
        await connection.close()


def test_every_statement_has_its_reason() -> None:
    assert REASONS.keys() == all_statements().keys()
    assert [name for name, reason in REASONS.items() if not reason] == []


def test_the_box_offices_own_statements_are_no_scatters() -> None:
    assert {name for name in SCATTERS if name.startswith("box_office.")} == {"box_office.due"}


@pytest.mark.parametrize("name", sorted(all_statements().keys() - SCATTERS))
def test_every_per_event_table_of_a_statement_is_given_its_event(name: str) -> None:
    assert tables_without_event(all_statements()[name]) == []


def test_a_table_without_its_event_is_found() -> None:
    statement = """
        WITH freed AS (UPDATE tier SET held = 0 FROM turn WHERE tier.event_id = turn.event_id AND turn.event_id = $1)
        SELECT (SELECT count(*) FROM claim WHERE claim.event_id = inventory.event_id) FROM inventory WHERE event_id = $1
    """

    assert tables_without_event(statement) == ["tier", "claim"]


def tables_without_event(statement: str) -> list[str]:
    """The per-event tables that some part of a statement reads or writes without `event_id = $n` for that very table."""
    return [table for part in parts_of(statement) for table in tables_in(part) if not has_event(part, table)]


def has_event(part: str, table: str) -> bool:
    fed = "turn.event_id = $1" in part or re.search(r"(?:VALUES \(|SELECT\s+)\$1\b", part)
    inserted = bool(fed) and f"INSERT INTO {table} (event_id," in part
    written = r"event_id = (?:\$\d|ANY \(\$\d)"
    only = len(re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s", part)) == 1
    return inserted or bool(re.search(rf"\b{table}\.{written}", part)) or (only and bool(re.search(rf"[^.]\b{written}", part)))


def tables_in(part: str) -> list[str]:
    """The per-event tables that a part of a statement reads or writes, in order."""
    found = re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)|,\s+(\w+)\b", part)
    return list(dict.fromkeys(name for names in found for name in names if name in PER_EVENT))


def parts_of(statement: str) -> list[str]:
    """A statement's sub-selects and common table expressions, and what is left of it: each alone, since each needs its own condition."""
    parts: list[str] = []
    opened = [""]
    for character in statement:
        if character == "(":
            opened.append("")
        elif character == ")":
            inner = opened.pop()
            if re.match(r"\s*(?:SELECT|UPDATE|INSERT|DELETE)\b", inner):
                parts.append(inner)
            else:
                opened[-1] += f"({inner})"
        else:
            opened[-1] += character
    return [*parts, *opened]


def test_every_key_of_a_per_event_table_begins_with_its_event() -> None:
    assert {"inventory", "tier", "claim", "booking", "ticket", "payment", "refund", "receipt"} <= PER_EVENT
    for name in PER_EVENT:
        table = METADATA.tables[name]
        assert next(iter(table.primary_key.columns)).name == "event_id", name
        for constraint in table.constraints:
            columns = [column.name for column in getattr(constraint, "columns", ())]
            is_check = isinstance(constraint, CheckConstraint)
            assert is_check or columns[:1] == ["event_id"], f"{constraint.name} does not begin with event_id"
        assert all(index.columns[0].name == "event_id" for index in table.indexes if index.unique)


async def test_every_constraint_and_index_has_a_name_of_our_own(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    found = await connection.fetch("""
        SELECT conname::text AS name FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid::regclass::text <> 'alembic_version'
        UNION SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """)
    await connection.close()

    ours = {named.name for table in METADATA.tables.values() for named in table.constraints | table.indexes}
    assert None not in ours
    assert {row["name"] for row in found} == ours


async def test_nothing_stands_in_the_way_of_spreading_events_over_machines(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    sequences, triggers, enums = await connection.fetchrow("""
        SELECT (SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace),
            (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
            (SELECT count(*) FROM pg_type WHERE typtype = 'e')
    """) or (None, None, None)
    await connection.close()

    assert (sequences, triggers, enums) == (0, 0, 0)


async def test_migrating_twice_changes_nothing_the_second_time(fresh_database_url: str) -> None:
    before = await facts_of(fresh_database_url)

    await migrate(fresh_database_url)

    assert await facts_of(fresh_database_url) == before


def test_the_newest_step_is_the_one_that_alembic_leads_to() -> None:
    steps = ScriptDirectory(str(MIGRATIONS))

    assert steps.get_heads() == [newest()]


async def test_what_moves_tables_is_loaded_only_where_there_is_something_to_move(fresh_database_url: str) -> None:
    loads_nothing = await python("-c", f"{MIGRATES}; assert 'alembic' not in sys.modules", fresh_database_url)

    assert await loads_nothing.wait() == 0


MIGRATES = "import asyncio, sys; from db.migrate import migrate; asyncio.run(migrate(sys.argv[1]))"


async def test_two_processes_that_migrate_an_empty_database_at_once_both_succeed(database_server: str, database_url: str) -> None:
    async with a_database(database_server) as empty:
        first, second = [await python("-c", MIGRATES, empty) for _ in range(2)]

        assert [await first.wait(), await second.wait()] == [0, 0]
        assert await facts_of(empty) == await facts_of(database_url)


async def python(*arguments: str) -> asyncio.subprocess.Process:
    """Another Python, from the project's folder."""
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("name", ["load", "load_places", "take_turn", "write_holds", "write_batch"])
async def test_the_box_office_finds_every_row_by_its_key_even_in_empty_tables(database_url: str, name: str) -> None:
    statement = statements("box_office")[name]

    async with await open_pool(database_url, size=1, for_writing=True) as pool, pool.acquire() as connection:
        count = len((await connection.prepare(statement)).get_parameters())
        await connection.execute(f"PREPARE asked AS {statement}")
        lines = await connection.fetch(f"EXPLAIN EXECUTE asked ({', '.join(['NULL'] * count)})")

    plan = "\n".join(line[0] for line in lines)
    assert "Index" in plan
    assert not re.search("Seq Scan|Hash Join|Merge Join", plan), plan
