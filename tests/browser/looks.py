"""What eyes and assistive technology make of a page."""

from pathlib import Path
from typing import Literal

from playwright.async_api import Page, ViewportSize, expect

from runtime.pages import UI
from tests.browser.visits import DESKTOP, PHONE, Visit

AXE = UI / "node_modules" / "axe-core" / "axe.min.js"
LOOKS: tuple[tuple[str, ViewportSize, Literal["light", "dark"]], ...] = (("desktop", DESKTOP, "light"), ("phone", PHONE, "dark"))
RUN = """async () => {
  const { violations } = await axe.run({ resultTypes: ['violations'] });
  const told = (nodes) => nodes.slice(0, 3).map(({ html, failureSummary }) => `  ${html.slice(0, 200)} ${failureSummary}`);
  return violations.map(({ id, help, nodes }) => [`${id}, ${nodes.length} times: ${help}`, ...told(nodes)].join('; '));
}"""


async def look_around(visit: Visit, folder: Path, name: str) -> None:
    """Light on a desk and dark on a phone: axe must find nothing, nothing may stick out, and a picture is kept of each."""
    page, found = visit.page, []
    await page.evaluate(AXE.read_text())
    for size, viewport, theme in LOOKS:
        await page.set_viewport_size(viewport)
        await page.emulate_media(color_scheme=theme)
        await page.evaluate("scrollTo(0, 0)")  # else a header that stays in sight stands in the middle of the picture
        await page.screenshot(path=folder / f"{name}-{size}-{theme}.png", full_page=True)
        found += [f"{size}, {theme}: {violation}" for violation in await page.evaluate(RUN)]
        if too_wide := await sticking_out(page):
            found.append(f"{size}: {too_wide}")
    assert not found, "\n".join(found)


async def sticking_out(page: Page) -> str | None:
    """What makes a page scroll sideways; None where nothing does."""
    words: str | None = await page.evaluate("""() => {
      const wide = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= wide) return null;
      const out = [...document.body.querySelectorAll('*')].filter((each) => each.getBoundingClientRect().right > wide + 1);
      const told = out.slice(-3).map((each) => each.outerHTML.slice(0, 120));
      return `${document.documentElement.scrollWidth} wide where ${wide} is to be had: ${told}`;
    }""")
    return words


async def at_rest(page: Page) -> None:
    """Wait until a page has all that it loads, and stands still."""
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)
    await page.evaluate("document.fonts.ready")
