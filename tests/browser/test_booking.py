"""From an event to its tickets, with others who want the same seats."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Come
from tests.browser.seats import go_to, hold, is_live, open_event, pay, pick
from tests.browser.site import Site
from tests.system.running import PASSWORD

pytestmark = pytest.mark.timeout(60, func_only=True)  # the first of them may have to build the pages, and fetch a browser

BOOKED, HELD, AVAILABLE = re.compile(", booked"), re.compile(", held"), re.compile(", available")
ONE_ROW = [{"bulk": {"name": "Stalls", "rows": ["A"], "seatsPerRow": 2}}]


async def test_what_one_page_books_another_shows_at_once(site: Site, come: Come) -> None:
    event_id = await site.an_event()
    ann, ben = (await come(site, await site.a_person("Ann"))).page, (await come(site, await site.a_person("Ben"))).page
    await open_event(ann, event_id)
    await open_event(ben, event_id)
    seen_by_ben = await go_to(ben, "B2")
    await expect(seen_by_ben).to_have_accessible_name("Row B, seat 2, Stalls, Back, £25, available")

    await hold(ann, "B2", "B3")
    await expect(seen_by_ben).to_have_accessible_name(HELD)
    await pay(ann)

    await expect(seen_by_ben).to_have_accessible_name(BOOKED)
    await expect(ben.get_by_test_id("announcer")).to_have_text(BOOKED)  # who is on the seat is told
    await expect(ann.get_by_role("heading", name="See you there!")).to_be_focused()


async def test_a_declined_card_keeps_the_places_and_the_next_one_buys_tickets(site: Site, come: Come) -> None:
    event_id = await site.an_event("Two Cards")
    page = (await come(site, await site.a_person())).page
    await open_event(page, event_id)
    await hold(page, "A1", "A2")

    await pay(page, "0002")
    await expect(page.get_by_role("alert").filter(has_text="declined").first).to_contain_text("places stay held")
    await expect(page.get_by_role("timer", name="Time left")).to_be_visible()
    await pay(page, "4242")

    await expect(page.get_by_test_id("ticket")).to_have_count(2)
    await expect(page.get_by_role("img", name=re.compile("^Entry code of ticket"))).to_have_count(2)
    await expect(page.get_by_test_id("ticket").first).to_contain_text("Stalls, row A, seat 1")
    await page.get_by_role("link", name="Look at the booking").click()
    await expect(page.get_by_test_id("ticket")).to_have_count(2)


async def test_a_chosen_seat_that_somebody_else_takes_is_named(site: Site, come: Come) -> None:
    event_id, ann = await site.an_event(), await site.a_person("Ann")
    page = (await come(site)).page
    await open_event(page, event_id)
    await pick(page, "A1", "A2")

    await site.holds(ann, event_id, 0)

    words = "Stalls, row A, seat 1 was just taken. The rest of your choice is kept."
    await expect(page.get_by_test_id("choice").get_by_test_id("notice")).to_have_text(words)
    await expect(page.get_by_test_id("announcer")).to_contain_text(words)
    await expect(page.get_by_role("list", name="Chosen places").get_by_role("listitem")).to_have_count(1)
    await expect(page.get_by_test_id("total")).to_have_text("£75")


async def test_a_choice_waits_while_one_logs_in(site: Site, come: Come) -> None:
    event_id, ann = await site.an_event(), await site.a_person("Ann")
    page = (await come(site)).page
    await open_event(page, event_id)
    await pick(page, "C4")

    await page.get_by_test_id("choice").get_by_role("button", name="Hold 1 seat").click()
    await log_in(page, ann.email)

    await expect(page).to_have_url(re.compile(f"/events/{event_id}$"))
    await expect(page.get_by_role("list", name="Chosen places")).to_contain_text("row C, seat 4")


async def test_who_waits_is_offered_what_another_gives_back(site: Site, come: Come) -> None:
    event_id = await site.an_event("Two Seats", sections=ONE_ROW, tiers=[{"name": "All", "price": "10.00"}])
    ann, ben = await site.a_person("Ann"), await site.a_person("Ben")
    booking_id = await site.buys(ann, event_id, 0, 1)
    page = (await come(site, ben)).page
    await open_event(page, event_id)
    waitlist = page.get_by_test_id("waitlist")
    await waitlist.get_by_role("button", name="Join the waitlist").click()
    await expect(page.get_by_test_id("waitlist-position")).to_have_text("You are next")

    await site.gives_back(ann, booking_id)

    await expect(waitlist.get_by_role("heading", name="Places for you!")).to_be_visible()
    await expect(page.get_by_role("alert").filter(has_text="Your turn has come")).to_be_attached()
    await waitlist.get_by_role("button", name="Accept the offer").click()
    await pay(page)
    await expect(page.get_by_test_id("ticket")).to_have_count(2)


async def test_an_offer_passed_on_reaches_the_next_who_may_have_left_and_come_back(site: Site, come: Come) -> None:
    event_id = await site.an_event("Two More Seats", sections=ONE_ROW, tiers=[{"name": "All", "price": "10.00"}])
    ann, ben, cleo = await site.a_person("Ann"), await site.a_person("Ben"), await site.a_person("Cleo")
    booking_id = await site.buys(ann, event_id, 0, 1)
    pages = [(await come(site, person)).page for person in (ben, cleo)]
    for page in pages:
        await open_event(page, event_id)
        await page.get_by_role("button", name="Join the waitlist").click()
        await expect(page.get_by_test_id("waitlist-position")).to_be_visible()
    bens, cleos = [page.get_by_test_id("waitlist") for page in pages]

    await bens.get_by_role("button", name="Leave the waitlist").click()
    await expect(bens).to_contain_text("You left the waitlist.")
    await expect(cleos.get_by_test_id("waitlist-position")).to_have_text("You are next")
    await bens.get_by_role("button", name="Join the waitlist").click()
    await expect(bens.get_by_test_id("waitlist-position")).to_have_text("You are number 2")
    await site.gives_back(ann, booking_id)
    await cleos.get_by_role("button", name="Decline").click()

    await expect(cleos).to_contain_text("You passed the offer on.")
    await expect(bens.get_by_role("heading", name="Places for you!")).to_be_visible()


async def test_a_booking_is_made_without_a_mouse(site: Site, come: Come) -> None:
    name = "The Keyboard Concerto"
    await site.an_event(name)
    ann = await site.a_person("Ann")
    page = (await come(site)).page

    await page.goto("/")
    await press_until_on(page, page.get_by_role("searchbox", name="Search"))
    await page.keyboard.type(name)
    await expect(page.get_by_test_id("event-card")).to_have_count(1)
    await press_until_on(page, page.get_by_role("link", name=re.compile(f"^{name}")))
    await page.keyboard.press("Enter")
    await is_live(page)
    await press_until_on(page, page.get_by_role("grid"))
    for key in ("ArrowDown", "ArrowRight", "Enter", "ArrowRight", " "):
        await page.keyboard.press(key)
    await expect(page.get_by_role("list", name="Chosen places").get_by_role("listitem")).to_have_count(2)
    await press_until_on(page, page.get_by_test_id("choice").get_by_role("button", name="Hold 2 seats"))
    await page.keyboard.press("Enter")

    await press_until_on(page, page.get_by_role("textbox", name=re.compile("E-mail", re.I)))
    await page.keyboard.type(ann.email)
    await press_until_on(page, page.get_by_label("Password", exact=True))
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")

    await is_live(page)
    await press_until_on(page, page.get_by_test_id("choice").get_by_role("button", name="Hold 2 seats"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("checkout").get_by_role("heading")).to_be_focused()
    await press_until_on(page, page.get_by_role("button", name="Pay £50"))
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="See you there!")).to_be_focused()
    await expect(page.get_by_test_id("ticket")).to_have_count(2)


async def test_places_are_given_back_for_what_was_quoted(site: Site, come: Come) -> None:
    event_id, ann = await site.an_event(), await site.a_person("Ann")
    booking_id = await site.buys(ann, event_id, 0, 1)
    page = (await come(site, ann)).page
    await page.goto(f"/bookings/{booking_id}")
    await page.get_by_role("button", name="Give places back …").click()
    dialog = page.get_by_role("dialog", name="Give places back")
    await dialog.get_by_role("checkbox").first.uncheck()
    await expect(dialog).to_contain_text("£75")

    await dialog.get_by_role("button", name=re.compile("^Give (it|them|1 place)", re.I)).click()

    await expect(dialog).to_be_hidden()
    await expect(page.get_by_test_id("ticket").filter(has_text="Given back")).to_have_count(1)
    await expect(page.get_by_test_id("ticket").filter(has_text="Valid")).to_have_count(1)


async def test_a_notification_arrives_while_one_looks(site: Site, come: Come) -> None:
    event_id, ann = await site.an_event("Heard At Once"), await site.a_person("Ann")
    page = (await come(site, ann)).page
    await page.goto("/notifications")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

    await site.buys(ann, event_id, 0)

    await expect(page.get_by_role("main")).to_contain_text("Heard At Once")
    await expect(page.get_by_role("link", name=re.compile("Notifications"))).to_have_accessible_name(re.compile("1"))

    await page.get_by_role("button", name="Mark as read").click()
    await expect(page.get_by_role("link", name=re.compile("Notifications"))).to_have_accessible_name("Notifications")


async def log_in(page: Page, email: str) -> None:
    """On the page that asks for it."""
    await page.get_by_role("textbox", name=re.compile("E-mail", re.I)).fill(email)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Log in").click()


async def press_until_on(page: Page, wanted: Locator, most: int = 60) -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    await expect(wanted).to_be_attached()
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")
