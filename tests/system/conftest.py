"""One server for most of these tests, with demo data, on the session's PostgreSQL and Valkey."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from db.pool import Pool, open_pool
from tests.conftest import a_database
from tests.system.running import Running, serving, settings


@dataclass(frozen=True)
class House:
    """A running server, and its database to look into."""

    running: Running
    database_url: str
    redis_url: str
    pool: Pool


@pytest.fixture(scope="session")
async def house(
    database_server: str, migrated_template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """The server of all tests that leave it in peace."""
    log = tmp_path_factory.mktemp("house") / "server.log"
    async with a_database(database_server, migrated_template) as url:
        with serving(log, settings(url, redis_url, DEMO="1")) as running:
            pool = await open_pool(url, 4)
            yield House(running, url, redis_url, pool)
            await pool.close()
