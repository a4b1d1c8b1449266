"""What people see when time runs out, the network goes, the server is started again, or their tab is older than it."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, WebSocket, expect

from domain.callers import Role
from domain.ids import UserId
from domain.users import User
from tests.browser.chromium import PLAIN_HOST
from tests.browser.conftest import Come, Serve
from tests.browser.seats import go_to, hold, is_live, open_event, pick
from tests.browser.site import Person, Site
from tests.browser.visits import OUTAGE
from tests.system.running import SECRET
from web.tokens import AccessTokens, SigningKey

pytestmark = pytest.mark.timeout(60, func_only=True)  # the first of them may have to build the pages, and fetch a browser

HOLD_SECONDS = 5
LOST = "The connection was lost. Trying again …"
OLDER = "A newer version of this page is out. Reload it to go on."
ENDED = "Your session has ended. Log in again to go on."
REFUSED_TOKEN = "status of 401"
"""How a browser complains of a token that is renewed a moment later."""


@pytest.fixture(scope="module")
async def brisk(serve: Serve) -> AsyncIterator[Site]:
    """A server that holds places for a few seconds only, and may be stopped and started."""
    async with serve(HOLD_SECONDS=str(HOLD_SECONDS)) as site:
        yield site


async def test_a_hold_that_runs_out_is_told_and_its_seats_are_free_again(brisk: Site, come: Come) -> None:
    event_id = await brisk.an_event()
    page, other = (await come(brisk, await brisk.a_person())).page, (await come(brisk)).page
    await open_event(other, event_id)
    seen_by_other = await go_to(other, "A1")
    await open_event(page, event_id)

    await hold(page, "A1")
    await expect(seen_by_other).to_have_accessible_name(re.compile(", held"))

    await expect(page.get_by_test_id("notice").filter(has_text="Your time was over.")).to_be_visible()
    await expect(seen_by_other).to_have_accessible_name(re.compile(", available"))
    await page.get_by_role("button", name="Choose them again").click()
    await expect(page.get_by_role("list", name="Chosen places")).to_contain_text("row A, seat 1")


async def test_a_map_outlives_its_server_and_goes_on_from_what_it_knows(brisk: Site, come: Come) -> None:
    event_id, ann = await brisk.an_event(), await brisk.a_person("Ann")
    await brisk.buys(ann, event_id, 0)
    visit = await come(brisk)
    visit.complaints.pardon(OUTAGE)
    subscribed = subscriptions(visit.page)
    await open_event(visit.page, event_id)
    seat_map = visit.page.get_by_test_id("seat-map")
    known = await seat_map.get_attribute("data-version")
    seat = await go_to(visit.page, "A2")

    async with out_of_order(brisk):
        await expect(seat_map).to_have_attribute("data-state", "behind")
        await expect(seat_map.get_by_text(re.compile("^Reconnecting … as of"))).to_be_visible()
        await expect(visit.page.get_by_test_id("away")).to_have_text(LOST)
    await brisk.buys(ann, event_id, 1)

    await is_live(visit.page)
    await expect(seat).to_have_accessible_name(re.compile(", booked"))
    await expect(visit.page.get_by_test_id("away")).to_be_empty()
    assert subscribed[-1]["variables"] == {"id": event_id, "after": int(known or -1)}


@pytest.mark.parametrize("host", ["127.0.0.1", PLAIN_HOST])
async def test_a_token_that_has_expired_is_renewed_unseen(brisk: Site, come: Come, host: str) -> None:
    event_id, ann = await brisk.an_event("Renewed"), await brisk.a_person("Ann")
    await brisk.buys(ann, event_id, 0)
    visit = await come(replace(brisk, host=host), out_of_date(ann))
    visit.complaints.pardon(f"{REFUSED_TOKEN}|Cross-Origin-Opener-Policy header has been ignored")

    await visit.page.goto("/bookings")
    await expect(visit.page.get_by_role("main")).to_contain_text("Renewed")
    await open_event(visit.page, event_id)
    await hold(visit.page, "B1")

    assert await token_of(visit.page) != out_of_date(ann).token
    assert await visit.page.evaluate("isSecureContext") == (host != PLAIN_HOST)


async def test_who_cannot_be_renewed_is_told_to_log_in_again(brisk: Site, come: Come) -> None:
    ann = out_of_date(await brisk.a_person("Ann"))
    visit = await come(brisk, replace(ann, session={**ann.session, "refreshToken": "never given out"}))
    visit.complaints.pardon(REFUSED_TOKEN)

    await visit.page.goto("/bookings")
    await visit.page.get_by_role("main").get_by_role("link", name="Log in").click()

    await expect(visit.page.get_by_test_id("notice").filter(has_text=ENDED)).to_be_visible()


async def test_who_is_offline_is_told_and_goes_on_afterwards(brisk: Site, come: Come) -> None:
    event_id, ann = await brisk.an_event(), await brisk.a_person("Ann")
    visit = await come(brisk, ann)
    visit.complaints.pardon(OUTAGE)
    page = visit.page
    await open_event(page, event_id)
    await pick(page, "A1", "A2")

    await visit.context.set_offline(True)
    await expect(page.get_by_test_id("away")).to_have_text("You are offline. What you see may be out of date.")
    await expect(page.get_by_test_id("seat-map")).to_have_attribute("data-state", "behind")
    await page.get_by_test_id("choice").get_by_role("button", name="Hold 2 seats").click()
    await expect(page.get_by_test_id("notice").filter(has_text="You are offline.")).to_contain_text("Nothing was lost")
    ben = await brisk.a_person("Ben")
    await brisk.buys(ben, event_id, 1)
    await visit.context.set_offline(False)

    await is_live(page)
    await expect(page.get_by_test_id("away")).to_be_empty()
    await expect(page.get_by_test_id("announcer")).to_contain_text("row A, seat 2 was just taken")
    await page.get_by_test_id("choice").get_by_role("button", name="Hold 1 seat").click()
    await expect(page.get_by_test_id("checkout")).to_be_visible()


async def test_a_tab_whose_parts_are_gone_says_so(brisk: Site, come: Come) -> None:
    visit = await come(brisk)
    visit.complaints.pardon("Failed to load resource|dynamically imported module")
    await visit.page.goto("/")
    await expect(visit.page.get_by_role("heading", level=1)).to_be_visible()

    await visit.context.route(re.compile(r"/assets/LogInPage-.*\.js"), lambda route: route.fulfill(status=404, body="Not Found"))
    await visit.page.get_by_role("banner").get_by_role("link", name="Log in").click()

    await expect(visit.page.get_by_role("alert").filter(has_text=OLDER)).to_be_visible()
    await visit.context.unroute_all()
    await visit.page.get_by_role("button", name="Reload the page").click()
    await expect(visit.page.get_by_role("heading", name="Log in")).to_be_visible()


async def test_a_tab_that_asks_for_what_the_server_no_longer_has_says_so(brisk: Site, come: Come) -> None:
    event_id = await brisk.an_event()
    visit = await come(brisk)
    visit.complaints.pardon("Failed to load resource")

    async def ask_for_more(route: Route) -> None:
        """As a page would that knows a field which is no longer there."""
        asked = json.loads(route.request.post_data or "{}")
        await route.continue_(post_data=json.dumps({**asked, "query": asked["query"].replace("{", "{ noLongerThere ", 1)}))

    await visit.context.route("**/graphql", ask_for_more)
    await visit.page.goto(f"/events/{event_id}")

    await expect(visit.page.get_by_role("main").get_by_text(OLDER).first).to_be_visible()
    await expect(visit.page.get_by_role("button", name="Reload the page").first).to_be_visible()


@asynccontextmanager
async def out_of_order(site: Site) -> AsyncIterator[None]:
    """A server that has crashed, and is started again at the end."""
    site.running.kill()
    try:
        yield
    finally:
        await site.running.restart()


def subscriptions(page: Page) -> list[dict[str, object]]:
    """The payloads of all seat maps that a page subscribes to: a list that grows."""
    found: list[dict[str, object]] = []

    def note(frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["type"] == "subscribe" and "seatMap" in message["payload"]["query"]:
            found.append(message["payload"])

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", note)

    page.on("websocket", listen)
    return found


def out_of_date(person: Person) -> Person:
    """Somebody whose token has ended, which their page does not know."""
    found = person.session["user"]
    user = User(UserId.parse(found["id"]), person.email, person.name, Role.USER, datetime.now(UTC))
    ended = AccessTokens([SigningKey.of(SECRET.encode())], timedelta(minutes=-5)).sign(user, []).text
    return replace(person, session={**person.session, "accessToken": ended})


async def token_of(page: Page) -> str:
    """What a page shows now."""
    token: str = await page.evaluate("JSON.parse(localStorage.getItem('box-office.session')).accessToken")
    return token
