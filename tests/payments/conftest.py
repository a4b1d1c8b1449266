"""Processes that sell, on a database in which no other test leaves money on its way."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import a_database
from tests.db.events import House, a_house


@pytest.fixture(scope="session")
async def payments_database_url(database_server: str, migrated_template: str) -> AsyncIterator[str]:
    async with a_database(database_server, migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
async def house(payments_database_url: str) -> AsyncIterator[House]:
    async with a_house(payments_database_url) as house:
        yield house


@pytest.fixture(scope="session")
async def other_house(payments_database_url: str) -> AsyncIterator[House]:
    """A second process, with a pool of its own."""
    async with a_house(payments_database_url) as house:
        yield house


@pytest.fixture
async def fresh_house(fresh_database_url: str) -> AsyncIterator[House]:
    async with a_house(fresh_database_url) as house:
        yield house
