"""A browser, the pages, and a server that sends them: once for all tests of a worker, and only where there is a browser."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.async_api import Browser, async_playwright, expect

from runtime.node import NoNode
from runtime.pages import build
from tests.browser.chromium import STATE, NoChromium, started
from tests.browser.site import Site
from tests.browser.visits import PATIENCE_MS, Visit, visiting
from tests.conftest import a_database
from tests.system.running import serving, settings

Come: TypeAlias = Callable[..., Awaitable[Visit]]
"""Somebody comes to a site: see `visiting`."""
Serve: TypeAlias = Callable[..., AbstractAsyncContextManager[Site]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all; each visit has a context of its own. Tests that need it are skipped where there is none."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        try:
            browser = await started(playwright, os.environ.get("CHROMIUM", ""))
        except NoChromium as reason:
            pytest.skip(f"no browser tests: {reason}")
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Path:
    """Where the built pages are."""
    try:
        return build()
    except NoNode as reason:
        pytest.skip(f"no browser tests: {reason}")


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages are kept."""
    folder = STATE / "screenshots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
async def site(serve: Serve) -> AsyncIterator[Site]:
    """A server that all leave in peace, without any event but what tests make."""
    async with serve() as site:
        yield site


@pytest.fixture(scope="session")
async def demo_site(serve: Serve) -> AsyncIterator[Site]:
    """A server with demo data: what people see first."""
    async with serve(DEMO="1") as site:
        yield site


@pytest.fixture(scope="session")
def serve(pages: Path, database_server: str, migrated_template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Starts a server with some settings, on a database of its own."""

    @asynccontextmanager
    async def serve(**more: str) -> AsyncIterator[Site]:
        log = tmp_path_factory.mktemp("site") / "server.log"
        async with a_database(database_server, migrated_template) as url:
            with serving(log, settings(url, redis_url, **more)) as running:
                yield Site(running)

    return serve


@pytest.fixture
async def come(browser: Browser) -> AsyncIterator[Come]:
    """Opens visits, and ends them with the test; it fails where a page complained."""
    async with AsyncExitStack() as visits:

        async def come(*who: object, **how: object) -> Visit:
            return await visits.enter_async_context(visiting(browser, *who, **how))  # type: ignore[arg-type]

        yield come
