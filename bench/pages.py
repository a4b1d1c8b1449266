"""The pages: how smoothly the live map of a large house moves while its seats change, and whether its memory stays flat.

    python -m bench.pages [--page ADDRESS]     or, as one part of all: python -m bench --only pages

In a real browser without a graphics card, at 1280 × 800. The page's own socket is fed from within the page, so that no other program works
meanwhile but the browser: messages are of the server's form, and the map reads them as it reads the server's.
"""

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import psutil
import uvloop

from bench.events import put_on_sale
from bench.ground import CannotMeasure, Ground, fresh, ground
from bench.meter import Effort, Meter, percentile
from bench.report import Part, Table, as_text, at_least, at_most, number
from bench.server import serving
from db.layouts import write_layout
from domain.ids import EventId
from domain.layouts import InvalidLayout, parse_layout
from runtime.demo_houses import arena
from runtime.failures import CannotStart
from runtime.node import NoNode
from runtime.pages import CannotBuild, build

if TYPE_CHECKING:
    from playwright.async_api import Page

WIDTH, HEIGHT = 1280, 800
CHANGES_PER_S, SECONDS = 200, 10
HOUR_CHANGES, AT_ONCE = 720_000, 200
FRAMES_LEAST, GROWTH_MOST_MIB = 50.0, 5.0
ZOOMS = {"squares": 1, "shapes": 4, "numbers": 7}
"""How often one zooms in before panning, by what seats look like then."""
FEED = (Path(__file__).parent / "pages.js").read_text()
"""What the page is given before its own scripts: `bench.pan(seconds, rate)` and `bench.feed(messages, changes)`."""


@dataclass(frozen=True)
class Panned:
    """How the map moved: how far apart its frames were, what kept it busy at a stretch, and what all of the browser used meanwhile."""

    frames_ms: list[float]
    long_tasks_ms: list[float]
    cpu_seconds: float
    strangers: float

    @property
    def per_second(self) -> float:
        """Frames in a second."""
        return 1000 * len(self.frames_ms) / sum(self.frames_ms)


@dataclass(frozen=True)
class Found:
    """All that was measured of one page."""

    panned: dict[str, Panned]
    heap_mib: list[float]
    seats: int


async def measure(ground: Ground, effort: Effort) -> Part:
    """An arena of 20,000 seats, as this version of Box Office serves it."""
    try:
        await asyncio.to_thread(build)
    except (NoNode, CannotBuild) as reason:
        raise CannotMeasure(str(reason)) from None
    event_id = await arena_on_sale(ground)
    async with serving(ground) as server:
        return told(await measure_page(f"http://127.0.0.1:{server.port}/events/{event_id}", effort))


async def arena_on_sale(ground: Ground) -> EventId:
    """An event in the demo's arena: two rings around a floor, a tier each."""
    layout = parse_layout(arena())
    assert not isinstance(layout, InvalidLayout), layout
    connection = await asyncpg.connect(ground.database_url)
    try:
        sale = await put_on_sale(connection, layout.seat_count)
        await connection.execute("UPDATE layout SET plan = $1", write_layout(layout))
    finally:
        await connection.close()
    return sale.first


async def measure_page(address: str, effort: Effort) -> Found:
    """Pan at several scales while seats change, then feed an hour's changes. Raises CannotMeasure where there is no browser."""
    try:
        from playwright.async_api import async_playwright

        from tests.browser.chromium import NoChromium, started
    except ImportError as missing:
        raise CannotMeasure(f"the pages want a browser to be measured in: {missing}") from None
    async with async_playwright() as playwright:
        try:
            browser = await started(playwright, os.environ.get("CHROMIUM", ""))
        except NoChromium as reason:
            raise CannotMeasure(str(reason)) from None
        async with browser:
            programs = max(psutil.Process().children(), key=lambda child: len(child.children(recursive=True)))
            page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            await page.add_init_script(FEED)
            await page.goto(address)
            frame = page.locator("[data-testid=seat-map][data-state=live]")
            await frame.wait_for()
            await frame.scroll_into_view_if_needed()
            box = await frame.bounding_box()
            assert box is not None
            middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            panned = {}
            for look, zooms in ZOOMS.items():
                await page.get_by_role("button", name="Show the whole map").click(force=True)
                for _ in range(zooms):
                    await page.get_by_role("button", name="Zoom in").click(force=True)
                    await page.wait_for_timeout(400)
                await page.mouse.move(*middle)
                await page.mouse.down()
                seconds = 2 if effort.quick else SECONDS
                with Meter(browser=programs) as meter:
                    frames, tasks = await page.evaluate("([seconds, rate]) => bench.pan(seconds, rate)", [seconds, CHANGES_PER_S])
                await page.mouse.up()
                panned[look] = Panned(frames, tasks, meter.used["browser"], meter.strangers)
            heap = [await heap_mib(page)]
            for _ in range(4):
                messages = HOUR_CHANGES // 4 // AT_ONCE // (20 if effort.quick else 1)
                await page.evaluate("([messages, changes]) => bench.feed(messages, changes)", [messages, AT_ONCE])
                heap.append(await heap_mib(page))
            return Found(panned, heap, int(await frame.get_attribute("data-seats") or 0))


async def heap_mib(page: "Page") -> float:
    """What scripts use once all that can be collected was."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    await session.detach()
    return float(usage["usedSize"]) / 2**20


def told(found: Found) -> Part:
    """The figures, and whether they are enough."""
    part = Part("pages", "the live map in a browser without a graphics card")
    part.strangers = max(panned.strangers for panned in found.panned.values())
    rows = [
        [
            look,
            number(panned.per_second),
            number(percentile(panned.frames_ms, 0.95)),
            number(max(panned.frames_ms)),
            str(len(panned.long_tasks_ms)),
            number(1000 * panned.cpu_seconds / len(panned.frames_ms)),
            number(panned.strangers),
        ]
        for look, panned in found.panned.items()
    ]
    headings = ("seats drawn as", "frames/s", "p95 ms apart", "longest ms", "tasks over 50 ms", "CPU ms / frame", "cores of others")
    part.tables.append(Table(f"Panning over {found.seats:,} seats, {CHANGES_PER_S} of which change every second.", headings, rows))
    slowest = min(panned.per_second for panned in found.panned.values())
    growth = found.heap_mib[-1] - found.heap_mib[0]
    part.verdicts = [
        at_least(f"at least {FRAMES_LEAST:.0f} frames a second", slowest, FRAMES_LEAST),
        at_most(f"no more than {GROWTH_MOST_MIB:.0f} MiB of heap more after an hour's changes", growth, GROWTH_MOST_MIB),
    ]
    part.notes = [f"Heap in MiB, before and after each quarter of {HOUR_CHANGES:,} changes: {', '.join(map(number, found.heap_mib))}."]
    part.figures = {"pages/frames": slowest, "pages/heap_growth_mib": growth}
    return part


async def run(page: str | None, effort: Effort) -> Part:
    """A page that is served already, or one of a server of our own."""
    if page is not None:
        return told(await measure_page(page, effort))
    async with ground() as here, fresh(here, "pages") as own:
        return await measure(own, effort)


def main(words: list[str] | None = None) -> int:
    """Measure the pages alone."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description="Measure the live map in a browser.")
    parser.add_argument("--page", metavar="ADDRESS", help="an event's page that is served already; else of an arena of 20,000")
    parser.add_argument("--quick", action="store_true", help="for a first look")
    asked = parser.parse_args(words)
    try:
        part = uvloop.run(run(asked.page, Effort(1, 1.0, quick=asked.quick, peers=False)))
    except (CannotStart, CannotMeasure) as reason:
        print(reason, file=sys.stderr)
        return 1
    print(as_text(part))
    return 0 if all(verdict.reached is not False for verdict in part.verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
