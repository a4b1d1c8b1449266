"""Small houses to choose seats in, drawn as one sees them, and random ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as some

from domain.layouts import Layout, RowDraft, SeatDraft, SectionDraft, parse_layout
from domain.places import SeatingPlan


@dataclass(frozen=True)
class Drawn:
    """A house with the state of its seats."""

    plan: SeatingPlan
    statuses: bytes

    def seats(self, marks: str) -> tuple[int, ...]:
        """The seats marked in a drawing of the same house."""
        return tuple(seat_no for seat_no, mark in enumerate(marks.replace(" ", "")) if mark == "^")


def drawn(*sections: str, tiers: str = "") -> Drawn:
    """A house of sections called A, B, …, each a drawing of its rows with spaces between them.

    `.` is a free seat, `w` a free one for a wheelchair, `c` one for a companion, `r` one with restricted view; `x` is held, `#` booked.
    `tiers` draws the tier of each seat; all are in tier 1 where it is left out.
    """
    marks = "".join(sections).replace(" ", "")
    drafts = [
        SectionDraft(
            chr(65 + n),
            [
                RowDraft(
                    str(row_no),
                    seats=[
                        SeatDraft(str(i), accessible=mark == "w", companion=mark == "c", restricted_view=mark == "r")
                        for i, mark in enumerate(row, start=1)
                    ],
                )
                for row_no, row in enumerate(section.split(), start=1)
            ],
        )
        for n, section in enumerate(sections)
    ]
    of_seats = [int(tier) for tier in tiers.replace(" ", "")] or [1] * len(marks)
    return Drawn(a_plan_of(parsed(drafts), of_seats), bytes({"x": 1, "#": 2}.get(mark, 0) for mark in marks))


def standing(*rows: Sequence[tuple[float, float]], sections: Sequence[int] = ()) -> SeatingPlan:
    """A plan of one tier whose seats stand at those points; `sections` says how many rows each has, all in one where it is left out."""
    drafts = []
    at = 0
    for n, count in enumerate(sections or [len(rows)]):
        of_section = [
            RowDraft(str(row_no), seats=[SeatDraft(str(i), x, y) for i, (x, y) in enumerate(row, start=1)])
            for row_no, row in enumerate(rows[at : at + count], start=1)
        ]
        drafts.append(SectionDraft(chr(65 + n), of_section))
        at += count
    layout = parsed(drafts)
    return a_plan_of(layout, [1] * layout.seat_count)


def parsed(drafts: Sequence[SectionDraft]) -> Layout:
    """The layout of a description that is good."""
    layout = parse_layout(drafts)
    assert isinstance(layout, Layout), layout
    return layout


def a_plan_of(layout: Layout, tiers: Sequence[int]) -> SeatingPlan:
    """The plan in which each seat has its own tier."""
    assert len(tiers) == layout.seat_count
    starts = [i for i in range(len(tiers)) if i == 0 or tiers[i] != tiers[i - 1]]
    return SeatingPlan(layout, tuple(starts), tuple(tiers[start] for start in starts))


@some.composite
def houses(draw: some.DrawFn) -> Drawn:
    """At most four sections of at most four rows of at most eight seats, in up to three tiers, mostly free."""
    coordinates = draw(some.sampled_from(["none", "all", "some"]))
    seldom = some.sampled_from([False] * 6 + [True])
    flagged = draw(some.booleans())
    drafts = []
    for n in range(draw(some.integers(1, 4))):
        rows = []
        left, front = draw(some.integers(-12, 12)), draw(some.integers(-6, 6))
        facing = draw(some.sampled_from([1, 1, 1, -1]))
        for row_no in range(draw(some.integers(1, 4))):
            has = coordinates == "all" or (coordinates == "some" and draw(some.booleans()))
            x = float(left)
            seats = []
            for i in range(draw(some.integers(1, 8))):
                x += draw(some.sampled_from([1.0, 1.0, 1.0, 1.5, 2.5]))
                seats.append(
                    SeatDraft(
                        str(i),
                        x if has else None,
                        front + facing * row_no * 1.1 if has else None,
                        accessible=flagged and draw(seldom),
                        companion=flagged and draw(seldom),
                        restricted_view=flagged and draw(seldom),
                    )
                )
            rows.append(RowDraft(str(row_no), seats=seats))
        drafts.append(SectionDraft(chr(65 + n), rows))
    layout = parsed(drafts)
    count = layout.seat_count
    changes = draw(some.sampled_from([[1], [1, 1, 1, 1, 2], [1, 2, 3]]))
    tiers = draw(some.lists(some.sampled_from(changes), min_size=count, max_size=count))
    states = draw(some.sampled_from([[0], [0, 0, 0, 0, 1, 2, 3], [0, 3]]))
    return Drawn(a_plan_of(layout, tiers), bytes(draw(some.lists(some.sampled_from(states), min_size=count, max_size=count))))
