"""The front: how near the stage each row of a layout is, and where in a row one sits best."""

from dataclasses import dataclass
from itertools import pairwise
from math import dist

from domain.layouts import Layout, Row

AS_NEAR = 0.5
"""Seats that are no further from the stage than this beyond their row's nearest, in seat widths, are as good as it."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RankedRow:
    """A row of a layout by its place in `layout.rows`, with the first and last position of its best seats."""

    row_no: int
    best_first: int
    best_last: int


def rows_from_front(layout: Layout) -> list[RankedRow]:
    """Every row, the one nearest the front first. No two rows tie.

    Where every row has coordinates, a row is as near as its nearest seat is to the stage, to a tenth of a seat width; so a balcony's first
    row comes after all rows of the stalls that are nearer, and blocks to the sides after the middle. Rows as near as each other go by their
    rank in their section, then in the layout's order. A row's best seats are those as near as its nearest: on an arc around the stage all
    of them, in a block at the side those towards the middle.

    Where any row has no coordinates, nothing says how sections lie to each other but their order: all rows of the first section come
    before those of the second, each section's from its front. A row's best seat is its middle.
    """
    stage = stage_of(layout)
    if stage is None:
        return [RankedRow(row_no, 0, row.seat_count - 1) for row_no, (_, row) in enumerate(layout.rows)]
    ranks = [rank for section in layout.sections for rank in range(len(section.rows))]
    ranked: list[tuple[float, int, RankedRow]] = []
    for row_no, (_, row) in enumerate(layout.rows):
        away = [dist(stage, seat) for seat in zip(row.xs, row.ys, strict=True)]
        nearest = min(away)
        best = [position for position, distance in enumerate(away) if distance <= nearest + AS_NEAR]
        ranked.append((round(nearest, 1), ranks[row_no], RankedRow(row_no, best[0], best[-1])))
    ranked.sort(key=lambda found: found[:2])
    return [row for _, _, row in ranked]


def stage_of(layout: Layout) -> Point | None:
    """Where the stage is: in the middle of the front, or of the house; None where a row has no coordinates.

    The front is where `y`, how far back a seat stands, is least. Only where more rows step away from the middle of the house, as in an
    arena, whose blocks stand all around it, is the stage there.
    """
    rows = [row for _, row in layout.rows]
    if not all(row.xs for row in rows):
        return None
    left, right = min(min(row.xs) for row in rows), max(max(row.xs) for row in rows)
    front, back = min(min(row.ys) for row in rows), max(max(row.ys) for row in rows)
    ahead = (left + right) / 2, front
    amid = (left + right) / 2, (front + back) / 2
    return amid if steps_away(layout, amid) > steps_away(layout, ahead) else ahead


def steps_away(layout: Layout, point: Point) -> int:
    """How many rows stand further from a point than the row in front of them does."""
    away = ([dist(point, middle(row)) for row in section.rows] for section in layout.sections)
    return sum(behind > before for distances in away for before, behind in pairwise(distances))


def middle(row: Row) -> Point:
    """Where a row's middle seat stands."""
    position = row.seat_count // 2
    return row.xs[position], row.ys[position]
