"""The bench's command line."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from bench import bookings, choosing, over_http, sizes, viewers
from bench.ground import CannotMeasure, Ground, fresh, ground
from bench.meter import Effort
from bench.report import Part, as_markdown, as_text, conditions
from runtime.failures import CannotStart

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PARTS: dict[str, Callable[[Ground, Effort], Awaitable[Part]]] = {
    "bookings": bookings.measure,
    "sizes": sizes.measure,
    "choosing": choosing.measure,
    "viewers": viewers.measure,
    "http": over_http.measure,
}


def main(words: list[str] | None = None) -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory on this machine, in about four minutes.")
    parser.add_argument("--only", choices=PARTS, action="append", metavar="PART", help=f"one part: {', '.join(PARTS)}; may be repeated")
    parser.add_argument("--quick", action="store_true", help="one short round of everything, in less than 45 s")
    parser.add_argument("--rounds", type=int, default=3, help="how often each configuration is measured, in turn with all others")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.parent.name}/{PAGE.name} too")
    asked = parser.parse_args(words)
    if asked.write and (asked.only or asked.quick):
        parser.error("--write wants the whole bench: without --only and --quick")
    effort = Effort(1, 0.5, quick=True) if asked.quick else Effort(max(1, asked.rounds), 1.0, quick=False)
    logging.basicConfig(level=logging.ERROR)
    try:
        parts, told = uvloop.run(run(asked.only or list(PARTS), effort))
    except (CannotStart, CannotMeasure) as reason:
        print(reason, file=sys.stderr)
        return 1
    if asked.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(as_markdown(parts, told))
        print(f"\nWrote {PAGE}.")
    return 0


async def run(names: list[str], effort: Effort) -> tuple[list[Part], dict[str, str]]:
    """Measure parts by name, and print each as soon as it is known."""
    began = time.monotonic()
    parts = []
    async with ground() as here:
        told = conditions(here.facts, effort.rounds, effort.quick)
        print("\n".join(f"{name:>10}: {fact}" for name, fact in told.items()), flush=True)
        for name in dict.fromkeys(names):
            started = time.monotonic()
            try:
                async with fresh(here, name) as own:
                    part = await PARTS[name](own, effort)
            except CannotMeasure as reason:
                part = Part(name, name, skipped=str(reason))
            part.seconds = time.monotonic() - started
            parts.append(part)
            print(as_text(part), flush=True)
            await asyncio.sleep(0.2)  # what a part began has ended before the next is measured
    print(f"\n{time.monotonic() - began:.0f} s")
    return parts, told


if __name__ == "__main__":
    sys.exit(main())
