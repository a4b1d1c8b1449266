"""Somebody at a browser: a context of their own, whose every complaint is kept."""

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, WebSocket

from tests.browser.site import Person, Site

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 10_000
TELL_VIOLATIONS = """addEventListener('securitypolicyviolation', (event) => {
  console.error(`CSP: ${event.effectiveDirective} forbids ${event.blockedURI} ${event.sample} (${event.sourceFile}:${event.lineNumber})`);
});"""
OUTAGE = r"net::ERR_|WebSocket connection to|Failed to load resource"
"""What a browser complains of while nothing reaches the server."""


@dataclass
class Complaints:
    """What went wrong on somebody's pages, or left for another host."""

    origin: str
    heard: list[str] = field(default_factory=list)
    pardoned: str | None = None

    def listen(self, context: BrowserContext) -> None:
        """To all pages there are and will be."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.heard.append(f"uncaught: {error.error.message}"))
        context.on("request", self._request)
        context.on("page", lambda page: page.on("websocket", self._socket))

    def pardon(self, pattern: str) -> None:
        """These are what the test is about."""
        self.pardoned = pattern

    def must_be_none(self) -> None:
        """Fails the test where there are any."""
        left = [each for each in self.heard if self.pardoned is None or not re.search(self.pardoned, each)]
        assert not left, "\n".join(["the pages complain:", *left])

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.append(message.text)

    def _request(self, request: Request) -> None:
        self._address(request.url)

    def _socket(self, socket: WebSocket) -> None:
        self._address(socket.url)

    def _address(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.origin).netloc:
            self.heard.append(f"asked another host: {address}")


@dataclass(frozen=True)
class Visit:
    """Somebody's browser."""

    context: BrowserContext
    page: Page
    complaints: Complaints


@asynccontextmanager
async def visiting(
    browser: Browser,
    site: Site,
    person: Person | None = None,
    *,
    size: ViewportSize = DESKTOP,
    theme: Literal["dark", "light"] = "light",
    **more: Any,
) -> AsyncIterator[Visit]:
    """A visit as somebody who is logged in, or as nobody. It fails at its end where a page complained."""
    context = await browser.new_context(
        base_url=site.origin, viewport=size, color_scheme=theme, reduced_motion="reduce", locale="en-GB", **more
    )
    context.set_default_timeout(PATIENCE_MS)
    complaints = Complaints(site.origin)
    complaints.listen(context)
    await context.add_init_script(TELL_VIOLATIONS)
    if person is not None:
        await context.add_init_script(kept(person))
    try:
        visit = Visit(context, await context.new_page(), complaints)
        yield visit
        complaints.must_be_none()
    finally:
        await context.close()


def kept(person: Person) -> str:
    """A script that leaves somebody's session where the pages look for it, once: what they make of it then is theirs."""
    session = {key: person.session[key] for key in ("user", "accessToken", "refreshToken")}
    whole = json.dumps({**session, "renewAt": (time.time() + person.session["expiresIn"]) * 1000})
    return f"""if (location.protocol !== 'about:' && !localStorage.getItem('tests.logged-in')) {{
  localStorage.setItem('tests.logged-in', 'yes');
  localStorage.setItem('box-office.session', {json.dumps(whole)});
}}"""
