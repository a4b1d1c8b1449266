"""Layouts as they are stored: compact JSON, read once per process as they never change."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import orjson

from db.pool import Connection
from db.statements import statements
from domain.ids import LayoutId
from domain.layouts import Layout, Row, Run, Section

SQL = statements("catalogue")
SEATS_MOST = 1_000_000
"""Seats of all remembered layouts together; a seat with coordinates takes some 60 bytes, one without next to nothing."""


class Layouts:
    """The layouts last asked for."""

    def __init__(self, seats_most: int = SEATS_MOST) -> None:
        self.seats_most = seats_most
        self.seat_count = 0
        self._layouts: OrderedDict[LayoutId, Layout] = OrderedDict()

    async def load(self, layout_id: LayoutId, connection: Connection) -> Layout:
        """A layout, which must exist; the same object each time as long as it is remembered."""
        if (known := self._layouts.get(layout_id)) is not None:
            self._layouts.move_to_end(layout_id)
            return known
        plan = await connection.fetchval(SQL["layout"], layout_id)
        if (known := self._layouts.get(layout_id)) is not None:
            return known
        layout = self._layouts[layout_id] = read_layout(plan)
        self.seat_count += layout.seat_count
        while self.seat_count > self.seats_most and len(self._layouts) > 1:
            _, forgotten = self._layouts.popitem(last=False)
            self.seat_count -= forgotten.seat_count
        return layout


def write_layout(layout: Layout) -> str:
    """A layout as JSON: [[section, [row, …]], …].

    A row is [label, numbers] or [label, numbers, more]. Numbers are a count of seats from 1, or [first, count, step, …], or the labels.
    `more` has coordinates as `x` and `y`: a list, one number where all are the same, or {"from": …, "step": …}; and positions as
    `accessible`, `companion` and `restricted`.
    """
    return orjson.dumps([[section.name, [written(row) for row in section.rows]] for section in layout.sections]).decode()


def read_layout(plan: str) -> Layout:
    """A layout from its JSON."""
    seat_no = 0
    sections = []
    for name, rows in orjson.loads(plan):
        made = []
        for row in rows:
            made.append(row_of(seat_no, *row))
            seat_no += made[-1].seat_count
        sections.append(Section(name, tuple(made)))
    return Layout(tuple(sections))


def written(row: Row) -> list[Any]:
    """A row as it is stored."""
    if row.labels:
        numbers: Any = row.labels
    elif len(row.runs) == 1 and row.runs[0] == Run(1, row.seat_count):
        numbers = row.seat_count
    else:
        numbers = [part for run in row.runs for part in (run.first, run.count, run.step)]
    found = {"x": spaced(row.xs), "y": spaced(row.ys)}
    found |= {name: sorted(getattr(row, name)) for name in ("accessible", "companion", "restricted")}
    more = {name: value for name, value in found.items() if value or value == 0}
    return [row.label, numbers, more] if more else [row.label, numbers]


def row_of(first_seat_no: int, label: str, numbers: Any, more: dict[str, Any] | None = None) -> Row:
    """A row from how it is stored."""
    labels: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    if isinstance(numbers, int):
        runs = (Run(1, numbers),)
    elif isinstance(numbers[0], str):
        labels = tuple(numbers)
    else:
        runs = tuple(map(Run, numbers[::3], numbers[1::3], numbers[2::3]))
    if not more:
        return Row(label, first_seat_no, runs, labels)
    count = len(labels) or sum(run.count for run in runs)
    return Row(
        label,
        first_seat_no,
        runs,
        labels,
        xs=unspaced(more.get("x", ()), count),
        ys=unspaced(more.get("y", ()), count),
        accessible=frozenset(more.get("accessible", ())),
        companion=frozenset(more.get("companion", ())),
        restricted=frozenset(more.get("restricted", ())),
    )


def spaced(values: Sequence[float]) -> Any:
    """Coordinates in the fewest words that give back exactly the same."""
    if len(values) < 2:
        return values
    start, step = values[0], values[1] - values[0]
    if any(value != start + i * step for i, value in enumerate(values)):
        return values
    return start if step == 0 else {"from": start, "step": step}


def unspaced(said: Any, count: int) -> tuple[float, ...]:
    """Coordinates from the words of `spaced`, for so many seats."""
    if isinstance(said, dict):
        start, step = said["from"], said["step"]
        return tuple(float(start + i * step) for i in range(count))
    return (float(said),) * count if isinstance(said, int | float) else tuple(map(float, said))
