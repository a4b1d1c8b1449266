"""The seat map as its grid tells it, which keyboards and screen readers use: rows A to C of eight seats, unless told otherwise."""

import re

from playwright.async_api import Locator, Page, expect

LONGEST_ABSENCE_MS = 25_000
"""A page that lost its server asks for it ever more seldom, every seven seconds at the most, and then has its say on a busy machine."""


async def open_event(page: Page, event_id: str) -> None:
    """With its map alive."""
    await page.goto(f"/events/{event_id}")
    await is_live(page)


async def is_live(page: Page) -> None:
    """Wait until the map shows what is so now."""
    await expect(page.get_by_test_id("seat-map")).to_have_attribute("data-state", "live", timeout=LONGEST_ABSENCE_MS)


async def go_to(page: Page, seat: str) -> Locator:
    """The cell of a seat (`B3`), once it has the focus: whose label tells all of it."""
    row, number = seat[0], int(seat[1:])
    await page.get_by_role("grid").focus()
    for key, times in (("ArrowUp", 3), ("Home", 1), ("ArrowDown", ord(row) - ord("A")), ("ArrowRight", number - 1)):
        for _ in range(times):
            await page.keyboard.press(key)
    cell = page.get_by_role("gridcell", name=re.compile(f"^Row {row}, seat {number},"))
    await expect(page.get_by_role("grid")).to_have_attribute("aria-activedescendant", await cell.get_attribute("id") or "")
    return cell


async def pick(page: Page, *seats: str) -> None:
    """Choose seats with the keyboard."""
    for seat in seats:
        cell = await go_to(page, seat)
        await page.keyboard.press("Enter")
        await expect(cell).to_have_attribute("aria-selected", "true")


async def hold(page: Page, *seats: str) -> None:
    """Choose seats and hold them: the checkout is there at the end."""
    await pick(page, *seats)
    await page.get_by_test_id("choice").get_by_role("button", name="Hold ").click()
    await expect(page.get_by_test_id("checkout")).to_be_visible()


async def pay(page: Page, card: str = "4242") -> None:
    """Pay for what is held, with the card that ends so."""
    await page.get_by_role("radio", name=card).check()
    await page.get_by_role("button", name=re.compile("^Pay ")).click()
