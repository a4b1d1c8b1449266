"""A process that sells, for all tests of paying that need none of their own."""

from collections.abc import AsyncIterator

import pytest

from tests.db.events import House, a_house


@pytest.fixture(scope="session")
async def house(database_url: str) -> AsyncIterator[House]:
    async with a_house(database_url) as house:
        yield house
