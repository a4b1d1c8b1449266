"""The report: tables, what was to be reached, and the conditions of the run; for a terminal and, with `--write`, for the documentation."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.meter import Figure


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first column holds words, the others figures."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Verdict:
    """What was to be reached, what was, and whether that is enough; None where it could not be told."""

    target: str
    got: str
    reached: bool | None

    def __str__(self) -> str:
        word = {True: "reached", False: "NOT reached", None: "not known"}[self.reached]
        return f"{word}: {self.target} – {self.got}"


@dataclass(frozen=True)
class Curve:
    """How one figure grows with another, for one or several who were measured: `points` by name."""

    title: str
    along: str
    upward: str
    points: Mapping[str, Sequence[tuple[float, float]]]


@dataclass
class Part:
    """What one part of the bench found. `skipped` says why where it was not measured."""

    name: str
    title: str
    tables: list[Table] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str | None = None
    is_wrong: bool = False
    """Whether it was skipped because somebody answered what must not be."""
    strangers: float = 0.0
    """How many cores other programs used meanwhile."""
    seconds: float = 0.0
    """How long measuring took."""
    figures: dict[str, float] = field(default_factory=dict)
    """What the targets are judged by: `list/Mercurius` is what a list costs there, server and database together."""
    curves: list[Curve] = field(default_factory=list)


def at_most(target: str, value: float, limit: float, got: str | None = None) -> Verdict:
    """A verdict on a figure that should be small."""
    return Verdict(target, got or number(value), None if value != value or limit != limit else value <= limit)


def at_least(target: str, value: float, limit: float, got: str | None = None) -> Verdict:
    """A verdict on a figure that should be large."""
    return Verdict(target, got or number(value), None if value != value or limit != limit else value >= limit)


def number(value: float) -> str:
    """A figure as people read it: as many digits as mean something."""
    if value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(figure: Figure) -> str:
    """A median with its spread over the rounds."""
    return number(figure.median) if figure.least == figure.most else f"{number(figure.median)} ±{100 * figure.spread:.0f} %"


def conditions(facts: dict[str, str], rounds: int, quick: bool) -> dict[str, str]:
    """On what, and when, the figures were taken."""
    how = "quick: one short round, for a first look" if quick else f"median of {rounds} interleaved rounds, ± half the range between them"
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": f"{processor()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, {platform.system()} "
        f"{platform.release()}; load, servers and database share it",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        **facts,
        "figures": how,
    }


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def as_text(part: Part) -> str:
    """A part for a terminal."""
    lines = [f"\n== {part.name}: {part.title}"]
    if part.skipped is not None:
        return "\n".join([*lines, f"skipped: {part.skipped}"])
    for table in part.tables:
        widths = [max(len(row[i]) for row in (table.headings, *table.rows)) for i in range(len(table.headings))]
        lines += ["", table.title]
        for row in (table.headings, *table.rows):
            lines.append(
                "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
            )
    lines += ["", *(f"* {verdict}" for verdict in part.verdicts), *(f"  {note}" for note in part.notes)]
    if part.tables:
        lines.append(f"  Took {part.seconds:.0f} s; other programs used {part.strangers:.1f} cores meanwhile.")
    return "\n".join(lines)


def as_markdown(parts: Sequence[Part], told: dict[str, str], picture: str | None = None) -> str:
    """The whole run as a page of the documentation, with a picture where there is one."""
    lines = ["# Performance", "", "Written by `python -m bench --write`; measure again rather than edit.", ""]
    lines += [f"- {name}: {fact}" for name, fact in told.items()]
    if picture is not None:
        lines += ["", f"![Processor time by viewers, size of event and size of batch]({picture})"]
    for part in parts:
        lines += ["", f"## {part.title[0].upper()}{part.title[1:]}"]
        if part.skipped is not None:
            lines += ["", f"Not measured: {part.skipped}"]
            continue
        for table in part.tables:
            lines += ["", table.title, "", row_of(table.headings), "|---" + "|---:" * (len(table.headings) - 1) + "|"]
            lines += [row_of(row) for row in table.rows]
        lines += ["", *(f"- {verdict}" for verdict in part.verdicts), *(f"- {note}" for note in part.notes)]
        if part.tables:
            lines.append(f"- Other programs used {part.strangers:.1f} cores meanwhile.")
    return "\n".join(lines) + "\n"


def row_of(cells: Sequence[str]) -> str:
    """One line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"
