"""Each page as it is seen: light on a desk, dark on a phone."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Come
from tests.browser.looks import at_rest, look_around, sticking_out
from tests.browser.seats import open_event
from tests.browser.site import Person, Site
from tests.browser.visits import PHONE

pytestmark = pytest.mark.timeout(60, func_only=True)  # the first of them may have to build the pages, and fetch a browser

MAP_PAGE_BYTES = 60_000
HOSTILE = {
    "markup and direction": "<script>alert(1)</script><img src=x onerror=alert(1)> \u202eevil \u2067event\u2066 של הערב",
    "endless": "W" * 200,
    "emoji": "🎭👩‍👩‍👧‍👦🏳️‍🌈 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
}


@pytest.fixture(scope="module")
async def ann(demo_site: Site) -> Person:
    """Somebody with a booking."""
    ann = await demo_site.a_person("Ann")
    event_id = await demo_site.an_event("An Evening in May")
    await demo_site.buys(ann, event_id, 3, 4)
    await demo_site.holds(ann, event_id, 12)
    return ann


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("events", "/"),
        ("log-in", "/login"),
        ("register", "/register"),
        ("log-in-first", "/bookings"),
        ("no-such-event", "/events/nothing"),
    ],
)
async def test_a_page_for_anybody(demo_site: Site, come: Come, screenshots: Path, name: str, path: str) -> None:
    visit = await come(demo_site)

    await visit.page.goto(path)
    await at_rest(visit.page)

    await look_around(visit, screenshots, name)


@pytest.mark.parametrize(("name", "path"), [("account", "/account"), ("bookings", "/bookings"), ("notifications", "/notifications")])
async def test_a_page_of_somebodys_own(demo_site: Site, come: Come, screenshots: Path, ann: Person, name: str, path: str) -> None:
    visit = await come(demo_site, ann)

    await visit.page.goto(path)
    await at_rest(visit.page)
    await expect(visit.page.get_by_role("link", name="Account of Ann")).to_be_visible()

    await look_around(visit, screenshots, name)


async def test_the_page_of_an_event(demo_site: Site, come: Come, screenshots: Path) -> None:
    visit = await come(demo_site)

    await open_a_map(visit.page)

    await look_around(visit, screenshots, "event")


async def test_a_booking_with_its_tickets(demo_site: Site, come: Come, screenshots: Path, ann: Person) -> None:
    booking_id = await demo_site.buys(ann, await demo_site.an_event("Late Show"), 0, 1)
    visit = await come(demo_site, ann)

    await visit.page.goto(f"/bookings/{booking_id}")
    await expect(visit.page.get_by_test_id("ticket")).to_have_count(2)
    await at_rest(visit.page)

    await look_around(visit, screenshots, "booking")


async def test_the_organizers_pages(demo_site: Site, come: Come, screenshots: Path) -> None:
    visit = await come(demo_site, await demo_site.logged_in("organizer@boxoffice.test"))
    page = visit.page

    await page.goto("/organizer")
    await at_rest(page)
    await look_around(visit, screenshots, "organizer")

    await page.goto("/organizer/new")
    await at_rest(page)
    await look_around(visit, screenshots, "new-event")


HIDDEN = """() => {
    const at = document.activeElement, focused = at.getBoundingClientRect(), header = document.querySelector("header");
    const hidden = !header.contains(at) && (focused.bottom <= header.getBoundingClientRect().bottom || focused.top >= innerHeight);
    return [at.tagName, hidden ? `${at.outerHTML.slice(0, 200)} at ${focused.top} to ${focused.bottom}` : null];
}"""
"""What has the focus and cannot be seen. Source: WCAG 2.2, 2.4.11."""


@pytest.mark.parametrize("path", ["/", "/account", "event"])
async def test_whoever_goes_back_by_keyboard_on_a_phone_sees_where_they_are(demo_site: Site, come: Come, ann: Person, path: str) -> None:
    page = (await come(demo_site, ann, size=PHONE)).page
    if path == "event":
        await open_event(page, await demo_site.an_event("Seen On A Phone"))
    else:
        await page.goto(path)
        await at_rest(page)

    await page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    await page.locator("main :is(a, button, input, select)").last.focus()
    visited: list[str] = []
    while len(visited) < 40 and not await page.evaluate("document.activeElement.closest('header') !== null"):
        tag, hidden = await page.evaluate(HIDDEN)
        assert hidden is None
        visited.append(tag)
        await page.keyboard.press("Shift+Tab")

    assert len(visited) > 5


async def test_the_map_page_is_small_at_first(demo_site: Site, come: Come) -> None:
    event_id = await demo_site.an_event()
    page = (await come(demo_site)).page

    await open_event(page, event_id)
    loaded: list[tuple[str, int]] = await page.evaluate(
        "performance.getEntries().filter((each) => 'encodedBodySize' in each).map((each) => [each.name, each.encodedBodySize])"
    )

    sent = {urlsplit(address).path: size for address, size in loaded if "/graphql" not in address}
    assert {Path(path).suffix for path in sent} >= {"", ".js", ".css"}
    assert sum(sent.values()) <= MAP_PAGE_BYTES, sent


async def test_graphiql_asks_and_watches_without_any_other_host(demo_site: Site, come: Come, screenshots: Path) -> None:
    event_id, ann = await demo_site.an_event("Watched From GraphiQL"), await demo_site.a_person("Ann")
    visit = await come(demo_site)
    page = visit.page
    await page.goto("/graphql")
    editor, answer = page.get_by_role("region", name="Operation Editor"), page.get_by_role("region", name="Result Window")
    await expect(editor).to_contain_text("query ListEvents")

    await page.get_by_role("button", name=re.compile("^List events")).click()
    await expect(page.get_by_role("tab")).to_have_count(2)
    await expect(editor).to_contain_text("query ListEvents")
    await page.get_by_role("button", name=re.compile("^Execute query")).click()
    await expect(answer).to_contain_text('"totalCount"')
    await page.screenshot(path=screenshots / "graphiql-query.png")

    await page.goto(f'/graphql?query=subscription+{{availability(eventIds:["{event_id}"]){{version+summary{{held+booked}}}}}}')
    await expect(editor).to_contain_text("subscription")
    await page.get_by_role("button", name=re.compile("^Execute query")).click()
    await expect(answer).to_contain_text('"booked": 0')
    await demo_site.buys(ann, event_id, 0)
    await expect(answer).to_contain_text('"booked": 1')
    await page.screenshot(path=screenshots / "graphiql-subscription.png")


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_name_is_only_a_name(demo_site: Site, come: Come, screenshots: Path, kind: str) -> None:
    name = HOSTILE[kind]
    event_id = await demo_site.an_event(name)
    ann = await demo_site.a_person(name[:100])
    booking_id = await demo_site.buys(ann, event_id, 0)
    visit = await come(demo_site, ann, size=PHONE)
    visit.page.on("dialog", lambda dialog: visit.complaints.heard.append(f"a dialog: {dialog.message}"))

    for path in (f"/?search={name[:40]}", f"/events/{event_id}", f"/bookings/{booking_id}", "/account"):
        await visit.page.goto(path)
        await at_rest(visit.page)
        page_name = urlsplit(path).path.strip("/").partition("/")[0] or "events"
        await visit.page.screenshot(path=screenshots / f"hostile-{kind.replace(' ', '-')}-{page_name}.png", full_page=True)

        assert await sticking_out(visit.page) is None, path
        if "/events/" in path:
            await expect(visit.page.get_by_role("heading", level=1)).to_have_text(name)


async def open_a_map(page: Page) -> None:
    """The page of the demo's next event with seats."""
    await page.goto("/")
    await page.get_by_test_id("event-card").filter(has_text="Riverside Playhouse").first.get_by_role("link").click()
    await expect(page.get_by_test_id("seat-map")).to_have_attribute("data-state", "live")
    await at_rest(page)
