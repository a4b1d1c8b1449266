"""Connections that go from batch to batch: in order of asking, never lost, and never kept from others for long."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.kept_connections import IDLE_SECONDS, LOANS_MOST, KeptConnections
from db.pool import Connection, Pool, close_pool, open_pool

LONG = 20.0


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool of one connection."""
    pool = await open_pool(database_url, 1, for_writing=True)
    yield pool
    await close_pool(pool)


async def backend(connection: Connection) -> int:
    """The server's process behind a connection."""
    number: int = await connection.fetchval("SELECT pg_backend_pid()")
    return number


async def turns() -> None:
    """Let all others run as far as they come by themselves."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_has_waited_longest_is_next_whoever_else_comes_by(pool: Pool) -> None:
    kept, served = KeptConnections(pool), list[str]()

    async def batches(name: str, count: int) -> None:
        for _ in range(count):
            async with kept.lend(LONG) as connection:
                served.append(name)
                await connection.execute("SELECT 1")

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(batches(name, 3))

    assert "".join(served) == "abcabcabc"


async def test_one_connection_serves_one_batch_after_the_other_and_is_given_back_once_nobody_asks(pool: Pool) -> None:
    kept = KeptConnections(pool)

    async with kept.lend(LONG) as connection:
        first = await backend(connection)
    idle_meanwhile = pool.get_idle_size()
    async with kept.lend(LONG) as connection:
        second = await backend(connection)
    await asyncio.sleep(3 * IDLE_SECONDS)

    assert first == second
    assert (idle_meanwhile, pool.get_idle_size()) == (0, 1)


async def test_who_asks_the_pool_itself_has_its_turn_under_endless_load(pool: Pool) -> None:
    kept, is_over, batches = KeptConnections(pool), asyncio.Event(), 0

    async def load() -> None:
        nonlocal batches
        while not is_over.is_set():
            async with kept.lend(LONG) as connection:
                batches += 1
                await connection.execute("SELECT 1")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(load())
        await turns()
        async with pool.acquire(timeout=LONG):
            waited = batches
        is_over.set()

    assert waited <= LOANS_MOST


async def test_who_waits_in_vain_is_told_and_takes_nothing_from_those_behind(pool: Pool) -> None:
    kept = KeptConnections(pool)

    async with kept.lend(LONG):
        with pytest.raises(TimeoutError):
            await kept.take(0.01)
        behind = asyncio.create_task(kept.take(LONG))
        await turns()

    assert not (await behind).connection.is_closed()
    kept.give_back(await behind)
    await kept.close()
    assert pool.get_idle_size() == 1


async def test_who_gives_up_as_it_is_handed_a_connection_passes_it_on(pool: Pool) -> None:
    kept = KeptConnections(pool)
    mine = await kept.take(LONG)
    giving_up, behind = asyncio.create_task(kept.take(LONG)), asyncio.create_task(kept.take(LONG))
    await turns()

    kept.give_back(mine)
    giving_up.cancel()

    assert await behind is mine
    assert giving_up.cancelled()
    kept.give_back(mine)
    await kept.close()


@pytest.mark.parametrize("is_waited_for", [True, False])
async def test_a_connection_that_broke_is_replaced(pool: Pool, is_waited_for: bool) -> None:
    kept = KeptConnections(pool)
    async with kept.lend(LONG) as connection:
        before = await backend(connection)

    async def breaks() -> None:
        async with kept.lend(LONG) as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    breaking = asyncio.create_task(breaks())
    await turns()
    behind = asyncio.create_task(kept.take(LONG)) if is_waited_for else None
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await breaking

    found = await behind if behind else await kept.take(LONG)
    assert await backend(found.connection) != before
    kept.give_back(found)
    await kept.close()


async def test_a_connection_that_breaks_while_nobody_uses_it_is_replaced(pool: Pool, database_url: str) -> None:
    kept, ended, other = KeptConnections(pool), asyncio.Event(), await asyncpg.connect(database_url)
    async with kept.lend(LONG) as connection:
        before = await backend(connection)
        connection.add_termination_listener(lambda _: ended.set())

    await other.execute("SELECT pg_terminate_backend($1)", before)
    await ended.wait()
    async with kept.lend(LONG) as connection:
        assert await backend(connection) != before

    await other.close()
    await kept.close()


async def test_a_transaction_that_failed_is_not_open_for_the_next(pool: Pool) -> None:
    kept = KeptConnections(pool)

    with pytest.raises(asyncpg.DivisionByZeroError):
        async with kept.lend(LONG) as connection, connection.transaction():
            await connection.execute("SELECT 1 / 0")

    async with kept.lend(LONG) as connection:
        assert not connection.is_in_transaction()
    await kept.close()


async def test_closing_gives_back_what_nobody_uses_at_once(pool: Pool) -> None:
    kept = KeptConnections(pool)
    async with kept.lend(LONG):
        pass

    await kept.close()

    assert pool.get_idle_size() == 1


async def test_who_is_cancelled_between_preparing_and_running_leaves_nothing_begun(pool: Pool) -> None:
    async def cut_short() -> None:
        async with pool.kept.lend(LONG) as connection:
            await connection.prepare("SELECT count(*) FROM event")
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await cut_short()

    async with pool.kept.lend(LONG) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        assert await connection.fetchval("SELECT 1") == 1
