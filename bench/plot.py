"""Plots: curves as one SVG, readable on light and on dark pages, made by these few lines alone."""

import math
from collections.abc import Sequence
from html import escape

from bench.report import Curve

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 440, 300, 58, 46, 44, 96
COLUMNS = 2
COLOURS = ("--a", "--b", "--c", "--d")
STYLE = """
  svg { --ink: #24292f; --faint: #d0d7de; --a: #0969da; --b: #bc4c00; --c: #1a7f37; --d: #8250df; }
  @media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --faint: #30363d; --a: #58a6ff; --b: #f0883e; --c: #56d364; --d: #d2a8ff; } }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .title { font-weight: 600; font-size: 14px; }
  .grid { stroke: var(--faint); stroke-width: 1; }
  .line { fill: none; stroke-width: 2; }
"""


class Axis:
    """One direction of a plot, on a logarithmic scale from a power of ten to another."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low = math.floor(math.log10(min(values)))
        self.high = max(self.low + 1, math.ceil(math.log10(max(values))))
        self._start, self._end = start, end

    @property
    def marks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]

    def at(self, value: float) -> float:
        """Where a value stands."""
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self._start + part * (self._end - self._start), 1)


def as_svg(curves: Sequence[Curve]) -> str:
    """All curves, two beside each other."""
    lines = math.ceil(len(curves) / COLUMNS)
    panels = [
        f'<g transform="translate({n % COLUMNS * WIDTH} {n // COLUMNS * HEIGHT})">{panel(curve)}</g>' for n, curve in enumerate(curves)
    ]
    size = f'viewBox="0 0 {COLUMNS * WIDTH} {lines * HEIGHT}" width="{COLUMNS * WIDTH}" height="{lines * HEIGHT}"'
    names = "; ".join(f"{curve.title}: {curve.upward} by {curve.along}" for curve in curves)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{escape(names)}</title><style>{STYLE}</style>'
    return "\n".join([head, *panels, "</svg>"]) + "\n"


def panel(curve: Curve) -> str:
    """One plot: grid, names, and a line for each who was measured."""
    points = {name: known for name, found in curve.points.items() if (known := [(x, y) for x, y in found if x > 0 and y > 0])}
    if not points:
        return f'<text class="title" x="{LEFT}" y="24">{escape(curve.title)}: not measured</text>'
    across = Axis([x for found in points.values() for x, _ in found], LEFT, WIDTH - RIGHT)
    upward = Axis([y for found in points.values() for _, y in found], HEIGHT - BOTTOM, TOP)
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    drawn = [f'<text class="title" x="{LEFT}" y="20">{escape(curve.title)}</text>']
    for mark in across.marks:
        x = across.at(mark)
        drawn.append(f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>')
        drawn.append(f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{mark:,.0f}</text>')
    for mark in upward.marks:
        y = upward.at(mark)
        drawn.append(f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{mark:,g}</text>')
    drawn.append(f'<text x="{(LEFT + right) / 2}" y="{bottom + 34}" text-anchor="middle">{escape(curve.along)}</text>')
    drawn.append(f'<text x="{LEFT - 6}" y="{TOP - 10}" text-anchor="end">{escape(curve.upward)}</text>')
    beside = apart({name: upward.at(found[-1][1]) for name, found in points.items()})
    for (name, found), colour in zip(points.items(), COLOURS, strict=False):
        paint = f"var({colour})"
        path = " ".join(f"{across.at(x)},{upward.at(y)}" for x, y in found)
        drawn.append(f'<polyline class="line" style="stroke: {paint}" points="{path}"/>')
        drawn += [f'<circle style="fill: {paint}" cx="{across.at(x)}" cy="{upward.at(y)}" r="3"/>' for x, y in found]
        drawn.append(f'<text style="fill: {paint}" x="{across.at(found[-1][0]) + 8}" y="{beside[name] + 4}">{escape(name)}</text>')
    return "".join(drawn)


def apart(heights: dict[str, float], least: float = 14) -> dict[str, float]:
    """Where names stand, so that none covers another."""
    placed: dict[str, float] = {}
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        placed[name] = max([height, *(other + least for other in placed.values())])
    return placed
