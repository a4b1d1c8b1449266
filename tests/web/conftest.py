"""One server for all tests that do not need settings of their own."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.web.toy import serving, toy_app


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    async def fails() -> None:
        raise ConnectionError("secret")

    async def passes() -> None:
        return None

    app = toy_app(version="1.2.3", allowed_origins=["https://shop.test"], checks={"database": passes, "redis": fails})
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session")
async def http(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{server}", timeout=10) as client:
        yield client
