"""A process that sells, for all tests of this folder that need none of their own."""

from collections.abc import AsyncIterator

import pytest

from tests.db.events import House, a_house


@pytest.fixture(scope="session")
async def house(database_url: str) -> AsyncIterator[House]:
    async with a_house(database_url) as house:
        yield house


@pytest.fixture(scope="session")
async def other_house(database_url: str) -> AsyncIterator[House]:
    """A second process, with a pool of its own."""
    async with a_house(database_url) as house:
        yield house


@pytest.fixture
async def fresh_house(fresh_database_url: str) -> AsyncIterator[House]:
    """A process on a database that has no other test's events."""
    async with a_house(fresh_database_url) as house:
        yield house
