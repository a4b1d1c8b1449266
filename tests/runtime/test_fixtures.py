"""The fixtures of all tests, which stand on this station."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from runtime.postgres import EmbeddedPostgres


async def test_a_fresh_database_is_migrated_and_apart_from_the_shared_one(database_url: str, fresh_database_url: str) -> None:
    tables = "SELECT array_agg(relname::text ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    shared, fresh = await asyncpg.connect(database_url), await asyncpg.connect(fresh_database_url)

    await fresh.execute("CREATE TABLE only_here ()")

    before, after = await shared.fetchval(tables), await fresh.fetchval(tables)
    assert set(after) - set(before) == {"only_here"}
    assert "alembic_version" in before
    await shared.close()
    await fresh.close()


async def test_the_database_speaks_utc_and_sorts_text_the_same_everywhere(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.url)

    assert await connection.fetchval("SHOW timezone") == "UTC"
    assert await connection.fetchval("SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
    assert await connection.fetchval("SELECT upper('é')") == "É"
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.close()


async def test_sqlalchemy_connects_by_the_same_url(postgres: EmbeddedPostgres) -> None:
    engine = create_async_engine(postgres.url.replace("postgresql:", "postgresql+asyncpg:", 1))

    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT current_user"))).scalar() == "boxoffice"

    await engine.dispose()


async def test_redis_connects(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.ping()


@pytest.fixture(scope="session")
async def shared_pool(postgres: EmbeddedPostgres) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(postgres.url, min_size=1, max_size=2) as pool:
        yield pool


@pytest.mark.parametrize("round", [1, 2])
async def test_pools_can_be_shared_because_all_tests_have_one_loop(round: int, shared_pool: asyncpg.Pool) -> None:
    assert await shared_pool.fetchval("SELECT 1") == 1
