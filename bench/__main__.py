"""The bench's command line."""

import argparse
import asyncio
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from bench import bookings, choosing, over_http, pages, reads, sizes, targets, viewers, watching
from bench.ground import CannotMeasure, Ground, fresh, ground
from bench.meter import Effort
from bench.plot import as_svg
from bench.report import Part, as_markdown, as_text, conditions
from runtime.failures import CannotStart

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PICTURE = PAGE.with_suffix(".svg")
LONGEST_S, QUICK_S, FURTHER_S = 11.5 * 60, 57.0, 7.0 * 60
"""When the parts end, whatever is missing, of a whole and of a quick run; and until when a part begins another round."""
PARTS: dict[str, Callable[[Ground, Effort], Awaitable[Part]]] = {
    "bookings": bookings.measure,
    "reads": reads.measure,
    "http": over_http.measure,
    "sockets": watching.measure,
    "sizes": sizes.measure,
    "viewers": viewers.measure,
    "choosing": choosing.measure,
    "pages": pages.measure,
}


def main(words: list[str] | None = None) -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure speed and memory on this machine, in about ten minutes.")
    parser.add_argument("--only", choices=PARTS, action="append", metavar="PART", help=f"one part: {', '.join(PARTS)}; may be repeated")
    parser.add_argument("--quick", action="store_true", help="one short round of everything without peers, within a minute")
    parser.add_argument("--no-peers", action="store_true", help="measure Box Office alone")
    parser.add_argument("--rounds", type=int, default=3, help="how often each configuration is measured, in turn with all others")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.parent.name}/{PAGE.name} too")
    asked = parser.parse_args(words)
    if asked.write and (asked.only or asked.quick):
        parser.error("--write wants the whole bench: without --only and --quick")
    if asked.quick:
        effort = Effort(1, 0.5, quick=True, peers=False)
    else:
        effort = Effort(max(1, asked.rounds), 1.0, quick=False, peers=not asked.no_peers, further_until=time.monotonic() + FURTHER_S)
    logging.basicConfig(level=logging.ERROR)
    try:
        parts, told = uvloop.run(run(asked.only or list(PARTS), effort))
    except (CannotStart, CannotMeasure) as reason:
        print(reason, file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    if asked.write:
        PAGE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(as_svg([curve for part in parts for curve in part.curves]))
        PAGE.write_text(as_markdown([parts[-1], *parts[:-1]], told, PICTURE.name))
        print(f"\nWrote {PAGE} and {PICTURE}.")
    return 1 if any(part.is_wrong for part in parts) else 0


async def run(names: list[str], effort: Effort) -> tuple[list[Part], dict[str, str]]:
    """Measure parts by name, and print each as soon as it is known."""
    began = time.monotonic()
    parts = []
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # so that what was started is stopped
    async with ground() as here:
        told = conditions(here.facts, effort.rounds, effort.quick)
        shown = set(told)
        print("\n".join(f"{name:>10}: {fact}" for name, fact in told.items()), flush=True)
        for name in dict.fromkeys(names):
            started = time.monotonic()
            part = await one_part(name, here, effort, (QUICK_S if effort.quick else LONGEST_S) - (started - began))
            part.seconds = time.monotonic() - started
            parts.append(part)
            print(as_text(part), flush=True)
            await asyncio.sleep(0.2)  # what a part began has ended before the next is measured
        told = conditions(here.facts, effort.rounds, effort.quick)  # the peers have said meanwhile what they are
        print("".join(f"\n{name:>10}: {fact}" for name, fact in told.items() if name not in shown))
    parts.append(targets.judge({name: figure for part in parts for name, figure in part.figures.items()}, whole=len(names) == len(PARTS)))
    print(as_text(parts[-1]))
    print(f"\n{time.monotonic() - began:.0f} s")
    return parts, told


async def one_part(name: str, here: Ground, effort: Effort, seconds: float) -> Part:
    """What a part finds in a database of its own; or why it found nothing, with the next part untroubled."""
    try:
        async with asyncio.timeout(seconds), fresh(here, name) as own:
            return await PARTS[name](own, effort)
    except CannotMeasure as reason:
        return Part(name, name, skipped=str(reason))
    except TimeoutError:
        return Part(name, name, skipped="the bench's time was over")
    except AssertionError as wrong:
        return Part(name, name, skipped=f"something was WRONG: {wrong}", is_wrong=True)


if __name__ == "__main__":
    sys.exit(main())
