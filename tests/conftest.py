"""The servers that tests run against: real ones, started once and only where a test asks for them."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from runtime.postgres import EmbeddedPostgres
from runtime.valkey import EmbeddedValkey

_numbers = count(1)


@pytest.fixture(scope="session")
def server_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The STATE_DIR of the session's servers."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def postgres(server_state: Path) -> Iterator[EmbeddedPostgres]:
    """The session's embedded PostgreSQL. A test that kills one starts its own."""
    server = EmbeddedPostgres(server_state)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valkey(server_state: Path) -> Iterator[EmbeddedValkey]:
    """The session's embedded Valkey. A test that kills one starts its own."""
    server = EmbeddedValkey(server_state)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """TEST_REDIS_URL, or the embedded one. Shared by all tests: use keys and channels that no other test has."""
    if given := os.environ.get("TEST_REDIS_URL"):
        return given
    server: EmbeddedValkey = request.getfixturevalue("valkey")
    return server.url


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> str:
    """The URL of a database from which others can be made: TEST_DATABASE_URL, or the embedded server's."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    server: EmbeddedPostgres = request.getfixturevalue("postgres")
    return server.url


@pytest.fixture(scope="session")
async def migrated_template(database_server: str) -> AsyncIterator[str]:
    """The name of a migrated, empty database. Nobody connects to it, so that it can be copied."""
    from db.migrate import migrate  # here, so that tests which need no database do not wait for it

    async with a_database(database_server) as url:
        await migrate(url)
        yield name_of(url)


@pytest.fixture(scope="session")
async def database_url(database_server: str, migrated_template: str) -> AsyncIterator[str]:
    """A migrated database for all tests together: each makes its own events in it and leaves others' alone."""
    async with a_database(database_server, migrated_template) as url:
        yield url


@pytest.fixture
async def fresh_database_url(database_server: str, migrated_template: str) -> AsyncIterator[str]:
    """A migrated, empty database for one test alone."""
    async with a_database(database_server, migrated_template) as url:
        yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests start servers and browsers come first: whichever process takes one last would keep all others waiting."""
    items.sort(key=lambda item: not {"browser", "system"} & set(item.path.parts))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why tests were skipped, once for each reason: nobody should take them for done."""
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", ()))
    for reason, number in reasons.items():
        terminalreporter.line(f"{number} skipped: {reason}")


@asynccontextmanager
async def a_database(server: str, template: str = "template0") -> AsyncIterator[str]:
    """The URL of a database that is there as long as the `async with` lasts."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        await run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def run(database: str, statement: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def name_of(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
