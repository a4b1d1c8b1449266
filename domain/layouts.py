"""Layouts: a venue's immutable plan of sections, rows and seats, which its events share.

Seats are counted from 0 through all sections and rows in order; that count, `seat_no`, is a seat's name everywhere inside.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

SEATS_MOST = 100_000
SECTIONS_MOST = 1_000
ROWS_MOST = 20_000
NAME_MOST = 50
PLAIN_NUMBER = re.compile("0|[1-9][0-9]{0,5}")
COORDINATE_MOST = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring seats numbered in steps: first, first + step, … The stored form of nearly every row."""

    first: int
    count: int
    step: int = 1

    def numbers(self) -> Iterator[str]:
        """The seats' numbers as people read them, in order."""
        return (str(self.first + i * self.step) for i in range(self.count))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label and its seats from left to right.

    Seats are numbered by `runs`, or by `labels` where numbers are irregular. `xs` and `ys`, where known, hold one coordinate
    a seat, in seat widths. `accessible`, `companion` and `restricted` hold positions within the row, from 0.
    """

    label: str
    first_seat_no: int
    runs: tuple[Run, ...] = ()
    labels: tuple[str, ...] = ()
    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()
    accessible: frozenset[int] = frozenset()
    companion: frozenset[int] = frozenset()
    restricted: frozenset[int] = frozenset()

    @property
    def seat_count(self) -> int:
        """How many seats stand in the row."""
        return len(self.labels) or sum(run.count for run in self.runs)

    @property
    def seat_nos(self) -> range:
        """The row's seats."""
        return range(self.first_seat_no, self.first_seat_no + self.seat_count)

    def numbers(self) -> list[str]:
        """The seats' numbers as people read them, from left to right."""
        return list(self.labels) or [number for run in self.runs for number in run.numbers()]


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of the house: its rows from the front to the back."""

    name: str
    rows: tuple[Row, ...]

    @property
    def seat_nos(self) -> range:
        """The section's seats."""
        return range(self.rows[0].first_seat_no, self.rows[-1].seat_nos.stop)


@dataclass(frozen=True, slots=True)
class SeatPlace:
    """Where a seat stands, in people's words."""

    section: str
    row: str
    number: str


@dataclass(frozen=True)
class Layout:
    """All sections of a house, in order; never changed once an event uses it."""

    sections: tuple[Section, ...]

    @cached_property
    def rows(self) -> tuple[tuple[Section, Row], ...]:
        """Every row with its section, in seat order."""
        return tuple((section, row) for section in self.sections for row in section.rows)

    @cached_property
    def seat_count(self) -> int:
        """How many seats the house has."""
        return sum(row.seat_count for _, row in self.rows)

    @cached_property
    def _row_starts(self) -> list[int]:
        return [row.first_seat_no for _, row in self.rows]

    def row_of(self, seat_no: int) -> tuple[Section, Row]:
        """The section and row a seat stands in; IndexError when the house has no such seat."""
        if not 0 <= seat_no < self.seat_count:
            raise IndexError(seat_no)
        return self.rows[bisect_right(self._row_starts, seat_no) - 1]

    def place_of(self, seat_no: int) -> SeatPlace:
        """Section, row and number of a seat; IndexError when the house has no such seat."""
        section, row = self.row_of(seat_no)
        position = seat_no - row.first_seat_no
        if row.labels:
            return SeatPlace(section.name, row.label, row.labels[position])
        for run in row.runs:
            if position < run.count:
                return SeatPlace(section.name, row.label, str(run.first + position * run.step))
            position -= run.count
        raise AssertionError("a row's runs cover all its seats")


@dataclass(frozen=True, slots=True)
class SeatDraft:
    """One seat as somebody describes it."""

    number: str
    x: float | None = None
    y: float | None = None
    accessible: bool = False
    companion: bool = False
    restricted_view: bool = False


@dataclass(frozen=True, slots=True)
class RowDraft:
    """One row as somebody describes it: a count of seats numbered from 1, or each seat."""

    label: str
    seat_count: int = 0
    seats: Sequence[SeatDraft] = ()


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """One section as somebody describes it."""

    name: str
    rows: Sequence[RowDraft] = ()


@dataclass(frozen=True, slots=True)
class InvalidLayout:
    """Why a described layout cannot be one: a sentence for each thing that is wrong, naming where."""

    problems: tuple[str, ...]


@dataclass
class _Builder:
    problems: list[str] = field(default_factory=list)
    seat_count: int = 0

    def section(self, draft: SectionDraft) -> Section:
        where = f"section {quoted(draft.name)}"
        self._name(draft.name, where)
        if not draft.rows:
            self.problems.append(f"{where} has no rows")
        self._distinct([row.label for row in draft.rows], "row", where)
        return Section(draft.name, tuple(self.row(row, where) for row in draft.rows))

    def row(self, draft: RowDraft, section: str) -> Row:
        where = f"row {quoted(draft.label)} of {section}"
        self._name(draft.label, where)
        if bool(draft.seats) == (draft.seat_count != 0):
            self.problems.append(f"{where} needs either a count of seats or a list of them")
        elif draft.seat_count < 0 or draft.seat_count > SEATS_MOST:
            self.problems.append(f"{where} has {draft.seat_count} seats; 1 to {SEATS_MOST} are possible")
        first = self.seat_count
        counted = Row(draft.label, first, runs=(Run(1, max(draft.seat_count, 0)),))
        row = self._listed(draft, first, where) if draft.seats else counted
        self.seat_count += row.seat_count
        return row

    def _listed(self, draft: RowDraft, first: int, where: str) -> Row:
        seats = draft.seats
        for seat in seats:
            self._name(seat.number, f"seat {quoted(seat.number)} in {where}")
        self._distinct([seat.number for seat in seats], "seat", where)
        xs = tuple(seat.x for seat in seats if seat.x is not None)
        ys = tuple(seat.y for seat in seats if seat.y is not None)
        if len(xs) not in (0, len(seats)) or len(ys) != len(xs):
            self.problems.append(f"{where} gives coordinates for some seats only")
            xs = ys = ()
        if not all(abs(value) <= COORDINATE_MOST for value in (*xs, *ys)):
            self.problems.append(f"{where} has a coordinate beyond ±{COORDINATE_MOST:.0f}")
        numbers = tuple(seat.number for seat in seats)
        runs = runs_of(numbers)
        return Row(
            draft.label,
            first,
            runs=runs,
            labels=() if runs else numbers,
            xs=xs,
            ys=ys,
            accessible=frozenset(i for i, seat in enumerate(seats) if seat.accessible),
            companion=frozenset(i for i, seat in enumerate(seats) if seat.companion),
            restricted=frozenset(i for i, seat in enumerate(seats) if seat.restricted_view),
        )

    def _name(self, name: str, where: str) -> None:
        if not name.strip() or len(name) > NAME_MOST or any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in name):
            self.problems.append(f"{where} needs a name of 1 to {NAME_MOST} characters")

    def _distinct(self, names: Sequence[str], what: str, where: str) -> None:
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1}) if len(names) <= 1000 else []
            self.problems.append(f"{where} names a {what} twice: {', '.join(map(quoted, twice[:5]))}".rstrip(": "))


def quoted(name: str) -> str:
    """A name somebody typed, in a sentence about it: in quotation marks, and cut where it is too long to be one."""
    return repr(name if len(name) <= NAME_MOST else f"{name[:NAME_MOST]}…")


def runs_of(numbers: Sequence[str]) -> tuple[Run, ...]:
    """Numbers as a few runs in steps of 1, 2 or −1, −2; nothing where they are no plain numbers or need many runs."""
    if not all(PLAIN_NUMBER.fullmatch(number) for number in numbers):
        return ()
    values = [int(number) for number in numbers]
    runs: list[Run] = []
    at = 0
    while at < len(values):
        step = values[at + 1] - values[at] if at + 1 < len(values) else 1
        count = 1
        if step in (1, 2, -1, -2):
            while at + count < len(values) and values[at + count] - values[at + count - 1] == step:
                count += 1
        runs.append(Run(values[at], count, step if count > 1 else 1))
        at += count
    return tuple(runs) if len(runs) <= max(2, len(numbers) // 3) else ()


def parse_layout(drafts: Sequence[SectionDraft]) -> Layout | InvalidLayout:
    """Make a layout of what somebody described, or say all that is wrong with it."""
    rows = sum(len(draft.rows) for draft in drafts)
    if not drafts or len(drafts) > SECTIONS_MOST or rows > ROWS_MOST:
        return InvalidLayout((f"a layout has 1 to {SECTIONS_MOST} sections and at most {ROWS_MOST} rows",))
    builder = _Builder()
    builder._distinct([draft.name for draft in drafts], "section", "the layout")
    layout = Layout(tuple(builder.section(draft) for draft in drafts))
    if builder.seat_count > SEATS_MOST:
        builder.problems.append(f"the layout has {builder.seat_count} seats; at most {SEATS_MOST} are possible")
    return InvalidLayout(tuple(builder.problems[:20])) if builder.problems else layout
