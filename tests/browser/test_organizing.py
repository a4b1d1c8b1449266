"""Running an event: from its draft to the door."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Download, expect

from tests.browser.conftest import Come
from tests.browser.looks import at_rest, look_around
from tests.browser.seats import go_to, is_live, pick
from tests.browser.site import Site

pytestmark = pytest.mark.timeout(60, func_only=True)  # the first of them may have to build the pages, and fetch a browser


async def test_an_event_is_created_on_a_layout_and_published(site: Site, come: Come) -> None:
    organizer, _ = await site.an_organizer()
    await site.a_venue("Riverside Playhouse")
    page = (await come(site, organizer)).page
    starts = datetime.now(UTC) + timedelta(days=50)
    await page.goto("/organizer")
    await page.get_by_role("link", name="New event").click()

    await page.get_by_label("Name", exact=True).first.fill("A First Night")
    playhouse = page.get_by_label("Venue").get_by_role("option", name=re.compile("Riverside Playhouse"))
    await page.get_by_label("Venue").select_option(await playhouse.get_attribute("value"))
    await page.get_by_label("Starts").fill(f"{starts:%Y-%m-%dT19:30}")
    await page.get_by_label("Ends").fill(f"{starts:%Y-%m-%dT22:00}")
    tier = page.get_by_role("group", name=re.compile("^Tier 1"))
    await tier.get_by_label("Name").fill("Everywhere")
    await tier.get_by_label("Price").fill("12.50")
    await page.get_by_label("Currency").fill("GBP")
    await page.get_by_role("button", name="Create the draft").click()
    await expect(page.get_by_role("heading", name="A First Night")).to_be_visible()
    await page.get_by_role("button", name="Publish", exact=True).click()

    await expect(page.get_by_test_id("life-cycle")).to_contain_text("It is published")
    await page.get_by_role("link", name="See its public page").click()
    await is_live(page)
    await expect(await go_to(page, "A1")).to_have_accessible_name(re.compile(r"Everywhere, £12\.50, available"))


async def test_an_event_is_renamed_and_cancelled_with_its_reason(site: Site, come: Come) -> None:
    (organizer, organization_id), ann = await site.an_organizer(), await site.a_person("Ann Guest")
    event_id = await site.an_event("A Short Run", organizationId=organization_id)
    await site.buys(ann, event_id, 0)
    page = (await come(site, organizer)).page

    await page.goto(f"/organizer/events/{event_id}?tab=details")
    await page.get_by_label("Name", exact=True).fill("A Shorter Run")
    await page.get_by_role("button", name="Save the changes").click()
    await expect(page.get_by_role("heading", name="A Shorter Run")).to_be_visible()
    await page.get_by_role("button", name="Cancel the event …").click()
    dialog = page.get_by_role("dialog", name="Cancel the event?")
    await dialog.get_by_label("Reason").fill("The set has burned down.")
    await dialog.get_by_role("button", name="Cancel the event").click()

    await expect(dialog).to_be_hidden()
    await expect(page.get_by_test_id("life-cycle")).to_contain_text("Everybody was told: “The set has burned down.”")
    await expect(page.get_by_test_id("life-cycle")).to_contain_text(re.compile("Bookings to end: 0|All bookings are ended"))


async def test_an_event_is_watched_guarded_and_let_in(site: Site, come: Come, screenshots: Path) -> None:
    (organizer, organization_id), ann = await site.an_organizer(), await site.a_person("Ann Guest")
    event_id = await site.an_event("Running Night", organizationId=organization_id)
    visit = await come(site, organizer, accept_downloads=True)
    page = visit.page
    parts = page.get_by_role("navigation", name="This event")

    await page.goto(f"/organizer/events/{event_id}?tab=sales")
    await expect(page.get_by_test_id("sold")).to_contain_text("0")
    booking_id = await site.buys(ann, event_id, 0, 1)
    await expect(page.get_by_test_id("sold")).to_contain_text("2")
    await expect(page.get_by_test_id("revenue")).to_contain_text("£150")
    await at_rest(page)
    await look_around(visit, screenshots, "sales")

    await parts.get_by_role("link", name="Seats").click()
    await is_live(page)
    await pick(page, "C1", "C2")
    await page.get_by_role("button", name="Keep 2 seats off sale").click()
    await expect(page.get_by_test_id("notice")).to_have_text("2 seats are off sale now.")
    await expect(await go_to(page, "C2")).to_have_accessible_name(re.compile(", blocked"))
    await look_around(visit, screenshots, "seats")

    await parts.get_by_role("link", name="Check in").click()
    [code, _] = await site.entry_codes(ann, booking_id)
    for verdict in ("Come in", "Already used"):
        await expect(page.get_by_label("Entry code or ticket number")).to_be_focused()
        await page.keyboard.insert_text(code)
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("check-in-result")).to_contain_text(verdict)
    await expect(page.get_by_test_id("check-in-history")).to_contain_text("Ann Guest")
    await look_around(visit, screenshots, "check-in")

    await parts.get_by_role("link", name="Details").click()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Export the bookings").click()
    header, *places = (await saved(await downloading.value)).splitlines()
    assert header.startswith("Booking code,")
    assert [",Ann Guest," in place for place in places] == [True, True]
    await at_rest(page)
    await look_around(visit, screenshots, "details")


async def saved(download: Download) -> str:
    """What a file says that was downloaded."""
    return (await download.path()).read_text()
