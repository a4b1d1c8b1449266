"""Connections to PostgreSQL, and what their failures mean."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from db.kept_connections import KeptConnections
from domain.ports import Outage

if TYPE_CHECKING:
    AnyPool = asyncpg.Pool[asyncpg.Record]
else:
    AnyPool = asyncpg.Pool
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

PASSING = ("08", "57P01", "57P02", "57P03", "40001", "40P01", "55P03", "53300", "25006")
"""SQLSTATEs (or their class) of what passes by itself: lost connections, restarts, serialization, deadlock, locks, too many connections,
a primary that became read-only. Source: research on what asyncpg and PostgreSQL raise under kill and restart."""
STATEMENT_SECONDS = 10.0
BY_KEY = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""For statements that find every row by its key, whatever their parameters. Planning them anew costs more than running them; and a plan
made while a table was small must not read it whole once it is large: that cost 13 ms a booking until the next ANALYZE."""
READ_WAIT_SECONDS = 4.0
"""How long a read waits for a free connection, each time it tries."""
WARM_ARRAYS = "SELECT $1::bigint[], $2::int[], $3::smallint[], $4::text[], $5::timestamptz[], $6::boolean[]"


class Pool(AnyPool):
    """Connections to one database."""

    @cached_property
    def kept(self) -> KeptConnections:
        """Who hands connections from one use to the next: to go through the pool each time costs more than many a read does."""
        return KeptConnections(self)


async def open_pool(url: str, size: int = 10, *, for_writing: bool = False) -> Pool:
    """A pool of at most `size` connections; raises Outage where the database cannot be reached.

    One for writing plans each of the box office's statements once and for all, as `BY_KEY` says.
    """
    settings = {"application_name": "box-office", "jit": "off", "timezone": "UTC"}
    try:
        pool = Pool(
            url,
            init_size=None,
            min_size=1,
            max_size=size,
            max_queries=50_000,
            max_inactive_connection_lifetime=300.0,
            init=warm,
            reset=leave_as_is,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            command_timeout=STATEMENT_SECONDS,
            server_settings=settings | (BY_KEY if for_writing else {}),
        )
        _ = await pool
        return pool
    except Exception as error:
        if is_passing(error):
            raise Outage("The database cannot be reached.") from error
        raise


async def close_pool(pool: Pool, within_seconds: float = 1.0) -> None:
    """Close a pool's connections once they are given back; those that are not in time are broken off."""
    try:
        async with asyncio.timeout(within_seconds):
            await pool.kept.close()
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def warm(connection: Connection) -> None:
    """Let asyncpg learn the array types once, so that it never asks for them inside a transaction."""
    await connection.fetchrow(WARM_ARRAYS, [], [], [], [], [], [])


async def leave_as_is(connection: Connection) -> None:
    """Give a connection back without resetting its session: nothing here changes a session's state.

    A transaction that somebody who was cancelled could not end is ended. One who was cancelled between preparing a statement and running it
    leaves one of which only the server knows: any command ends it, or the next read of one moment would be refused.
    """
    await connection.execute("ROLLBACK" if connection.is_in_transaction() else "CLOSE ALL")


def is_passing(error: BaseException) -> bool:
    """Whether a failure is of the connection or the moment, so that the same may work a little later."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(PASSING)
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError | asyncpg.InterfaceError)


@asynccontextmanager
async def outages() -> AsyncIterator[None]:
    """Turns a passing failure of the database into an Outage, for reads."""
    try:
        yield
    except Exception as error:
        if is_passing(error):
            raise Outage("The database did not answer.") from error
        raise


async def reading(pool: Pool, ask: Callable[[Connection], Awaitable[Any]], tries: int = 2) -> Any:
    """Read on a connection of the pool, once more on a fresh one where the first was lost; raises Outage after that."""
    for attempt in range(tries):
        try:
            async with pool.kept.lend(READ_WAIT_SECONDS) as connection:
                return await ask(connection)
        except Exception as error:
            if not is_passing(error):
                raise
            if attempt == tries - 1:
                raise Outage("The database did not answer.") from error
            await asyncio.sleep(0.05)
    raise AssertionError("a read is tried at least once")


@asynccontextmanager
async def writing(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction; raises Outage where the database could not be had. Never tried twice: its outcome may be unknown."""
    begun = False
    try:
        async with pool.acquire(timeout=STATEMENT_SECONDS) as connection, connection.transaction():
            begun = True
            yield connection
    except Exception as error:
        if is_passing(error):
            unknown = begun and not isinstance(error, asyncpg.PostgresError)
            raise Outage("The database did not answer.", outcome_unknown=unknown) from error
        raise
