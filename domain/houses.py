"""Houses: a layout's seats put in one line, front rows first, so that neighbours can be looked for quickly."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import dist
from statistics import median_low

from domain.front import rows_from_front
from domain.layouts import Layout, Row

FREE, CLOSED, TAKEN = b"\0", b"\1", b"\2"
"""What `line_up` is given for each seat: one to choose from, one that is free but not to choose from, or one that somebody has."""
AISLE = 1.5
"""How far apart seats of a row stand that are no neighbours, by the usual distance or seat width, whichever is more."""
_SEEN = FREE + TAKEN * 255


@dataclass(frozen=True, slots=True)
class LinedRow:
    """Where a row stands in the line, and the middle of its best seats, in positions of the line."""

    positions: range
    best: float


@dataclass(frozen=True, slots=True)
class House:
    """How a layout's seats stand to each other. Made once per layout, by `House.of`.

    Neighbours are seats that follow each other in a row, whatever their numbers: odd and even sides meet in the middle, and a house may
    well have no seat 13. Only coordinates tell of an aisle, by a gap wider than half as much again as is usual in the house. A *stretch* is
    all neighbours between walls and aisles.
    """

    stretches: tuple[range, ...]
    """In seat order."""
    slices: tuple[slice, ...]
    """The stretches from the front to the back, as the line has them, with a wall before and after each."""
    slice_starts: tuple[int, ...]
    rows: tuple[LinedRow, ...]
    row_starts: tuple[int, ...]
    kept: int
    """Seats for people who use a wheelchair and for those with them: CLOSED at each of them, as one number for all seats."""
    restricted: int
    """Seats with something in their view, likewise."""

    @classmethod
    def of(cls, layout: Layout) -> "House":
        """The house of a layout, remembered with it."""
        # Beside the layout's own cached properties: a dictionary of layouts would hash all their seats at each look.
        known: House | None = vars(layout).get("house")
        if known is None:
            known = vars(layout)["house"] = _house_of(layout)
        return known

    def stretch_of(self, seat_no: int) -> range:
        """The seats between the walls or aisles on either side of a seat, which must exist."""
        return self.stretches[bisect_right(self.stretches, seat_no, key=lambda stretch: stretch.start) - 1]

    def line_up(self, seats: int) -> bytes:
        """The seats' states, given as one number for all, from front to back, TAKEN between any two that are no neighbours."""
        states = seats.to_bytes(self.stretches[-1].stop, "little")
        return TAKEN + TAKEN.join([states[stretch] for stretch in self.slices]) + TAKEN

    def row_at(self, position: int) -> LinedRow:
        """The row that has a position of the line."""
        return self.rows[bisect_right(self.row_starts, position) - 1]

    def seat_at(self, position: int) -> int:
        """The seat at a position of the line."""
        found = bisect_right(self.slice_starts, position) - 1
        start: int = self.slices[found].start
        return start + position - self.slice_starts[found]


def seen(statuses: bytes | bytearray) -> bytes | bytearray:
    """Seats' statuses as FREE or TAKEN."""
    return statuses.translate(_SEEN)


def _house_of(layout: Layout) -> House:
    aisle = AISLE * max(1.0, usual_distance(layout))
    of_rows = [stretches_of(row, aisle) for _, row in layout.rows]
    slices: list[slice] = []
    slice_starts: list[int] = []
    rows: list[LinedRow] = []
    at = 1
    for ranked in rows_from_front(layout):
        positions: list[int] = []
        for stretch in of_rows[ranked.row_no]:
            slices.append(slice(stretch.start, stretch.stop))
            slice_starts.append(at)
            positions += range(at, at + len(stretch))
            at += len(stretch) + 1
        best = (positions[ranked.best_first] + positions[ranked.best_last]) / 2
        rows.append(LinedRow(range(positions[0], positions[-1] + 1), best))
    return House(
        stretches=tuple(stretch for stretches in of_rows for stretch in stretches),
        slices=tuple(slices),
        slice_starts=tuple(slice_starts),
        rows=tuple(rows),
        row_starts=tuple(row.positions.start for row in rows),
        kept=_closed(layout, [row.accessible | row.companion for _, row in layout.rows]),
        restricted=_closed(layout, [row.restricted for _, row in layout.rows]),
    )


def _closed(layout: Layout, flagged: list[frozenset[int]]) -> int:
    """CLOSED at some positions of each row, as one number for all seats."""
    seats = bytearray(layout.seat_count)
    for (_, row), positions in zip(layout.rows, flagged, strict=True):
        for position in positions:
            seats[row.first_seat_no + position] = CLOSED[0]
    return int.from_bytes(seats, "little")


def usual_distance(layout: Layout) -> float:
    """How far apart neighbours usually stand; 0 where nobody said."""
    return median_low([distance for _, row in layout.rows for distance in distances(row)] or [0.0])


def distances(row: Row) -> list[float]:
    """How far each seat of a row stands from the one before it; nothing where the row has no coordinates."""
    return [dist(before, after) for before, after in pairwise(zip(row.xs, row.ys, strict=True))]


def stretches_of(row: Row, aisle: float) -> list[range]:
    """A row's seats between its aisles, where an aisle is a gap that is wider than `aisle`."""
    starts = [row.first_seat_no + position for position, distance in enumerate(distances(row), start=1) if distance > aisle]
    return [range(start, stop) for start, stop in pairwise([row.first_seat_no, *starts, row.seat_nos.stop])]
