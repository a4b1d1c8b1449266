"""Layouts: what somebody describes, and the seats it then has."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.layouts import (
    COORDINATE_MOST,
    ROWS_MOST,
    SEATS_MOST,
    SECTIONS_MOST,
    InvalidLayout,
    Layout,
    RowDraft,
    Run,
    SeatDraft,
    SeatPlace,
    SectionDraft,
    parse_layout,
    runs_of,
)

names = some.text("ABab019-. é席🎭", min_size=1, max_size=4).filter(str.strip)
numbers = some.one_of(some.integers(0, 200).map(str), names)
listed_rows = some.builds(
    lambda label, seats, flags: RowDraft(label, seats=[SeatDraft(number, accessible=flags) for number in seats]),
    names,
    some.lists(numbers, min_size=1, max_size=12, unique=True),
    some.booleans(),
)
counted_rows = some.builds(RowDraft, names, some.integers(1, 40))
sections = some.builds(
    SectionDraft, names, some.lists(some.one_of(counted_rows, listed_rows), min_size=1, max_size=5, unique_by=lambda row: row.label)
)
houses = some.lists(sections, min_size=1, max_size=4, unique_by=lambda section: section.name)


def described(drafts: Sequence[SectionDraft]) -> list[SeatPlace]:
    """Every seat of a description, in order."""
    return [
        SeatPlace(section.name, row.label, number)
        for section in drafts
        for row in section.rows
        for number in ([seat.number for seat in row.seats] or [str(n + 1) for n in range(row.seat_count)])
    ]


def a_layout(*drafts: SectionDraft) -> Layout:
    layout = parse_layout(drafts)
    assert isinstance(layout, Layout), layout
    return layout


def problems_of(*drafts: SectionDraft) -> tuple[str, ...]:
    invalid = parse_layout(drafts)
    assert isinstance(invalid, InvalidLayout)
    return invalid.problems


@given(houses)
def test_each_seat_has_one_number_and_each_number_one_seat(drafts: list[SectionDraft]) -> None:
    layout = a_layout(*drafts)

    places = [layout.place_of(seat_no) for seat_no in range(layout.seat_count)]

    assert places == described(drafts)
    assert len(set(places)) == layout.seat_count


@given(houses)
def test_rows_and_sections_cover_all_seats_in_order(drafts: list[SectionDraft]) -> None:
    layout = a_layout(*drafts)

    assert [seat_no for section in layout.sections for seat_no in section.seat_nos] == list(range(layout.seat_count))
    assert [seat_no for _, row in layout.rows for seat_no in row.seat_nos] == list(range(layout.seat_count))
    for section, row in layout.rows:
        assert len(row.numbers()) == row.seat_count
        for seat_no in (row.seat_nos[0], row.seat_nos[-1]):
            assert layout.row_of(seat_no) == (section, row)


@given(some.lists(some.integers(0, 300), min_size=1, max_size=30))
def test_runs_tell_the_numbers_they_were_made_of_or_there_are_none(values: list[int]) -> None:
    runs = runs_of([str(value) for value in values])

    assert not runs or [number for run in runs for number in run.numbers()] == [str(value) for value in values]


@pytest.mark.parametrize("seat_no", [-1, 3, 10**9])
def test_a_house_has_no_other_seats(seat_no: int) -> None:
    with pytest.raises(IndexError):
        a_layout(SectionDraft("Stalls", [RowDraft("A", 3)])).place_of(seat_no)


@pytest.mark.parametrize(
    ("seats", "runs"),
    [
        (["1", "2", "3"], (Run(1, 3),)),
        (["1", "3", "5"], (Run(1, 3, 2),)),
        (["6", "4", "2"], (Run(6, 3, -2),)),
        (["7"], (Run(7, 1),)),
        (["1", "2", "3", "11", "12"], (Run(1, 3), Run(11, 2))),
        (["01", "02"], ()),
        (["1", "2a"], ()),
        (["１"], ()),
        (["1000000"], ()),
    ],
)
def test_plain_numbers_are_kept_as_runs(seats: list[str], runs: tuple[Run, ...]) -> None:
    row = a_layout(SectionDraft("S", [RowDraft("A", seats=[SeatDraft(number) for number in seats])])).sections[0].rows[0]

    assert row.runs == runs
    assert row.numbers() == seats


def test_what_is_known_of_a_seat_is_kept_by_its_position() -> None:
    seats = [
        SeatDraft("1", 0.0, 2.0, accessible=True),
        SeatDraft("2", 1.5, 2.0, companion=True),
        SeatDraft("3", 3.0, 2.5, restricted_view=True),
    ]

    row = a_layout(SectionDraft("S", [RowDraft("A", 4), RowDraft("B", seats=seats)])).sections[0].rows[1]

    assert (row.first_seat_no, row.xs, row.ys) == (4, (0.0, 1.5, 3.0), (2.0, 2.0, 2.5))
    assert (row.accessible, row.companion, row.restricted) == (frozenset({0}), frozenset({1}), frozenset({2}))


A, B = SeatDraft("1"), SeatDraft("2")


@pytest.mark.parametrize(
    ("drafts", "problem"),
    [
        ([], f"a layout has 1 to {SECTIONS_MOST} sections and at most {ROWS_MOST} rows"),
        (
            [SectionDraft(str(n), [RowDraft("A", 1)]) for n in range(SECTIONS_MOST + 1)],
            f"a layout has 1 to {SECTIONS_MOST} sections and at most {ROWS_MOST} rows",
        ),
        ([SectionDraft("S")], "section 'S' has no rows"),
        ([SectionDraft(" ", [RowDraft("A", 1)])], "section ' ' needs a name of 1 to 50 characters"),
        ([SectionDraft("x" * 51, [RowDraft("A", 1)])], f"section '{'x' * 50}…' needs a name of 1 to 50 characters"),
        ([SectionDraft("S", [RowDraft("A\0", 1)])], r"row 'A\x00' of section 'S' needs a name of 1 to 50 characters"),
        ([SectionDraft("S", [RowDraft("\ud83c", 1)])], r"row '\ud83c' of section 'S' needs a name of 1 to 50 characters"),
        ([SectionDraft("S", [RowDraft("A", 1)]), SectionDraft("S", [RowDraft("B", 1)])], "the layout names a section twice: 'S'"),
        ([SectionDraft("S", [RowDraft("A", 1), RowDraft("A", 1)])], "section 'S' names a row twice: 'A'"),
        ([SectionDraft("S", [RowDraft("A", seats=[A, A])])], "row 'A' of section 'S' names a seat twice: '1'"),
        ([SectionDraft("S", [RowDraft("A")])], "row 'A' of section 'S' needs either a count of seats or a list of them"),
        ([SectionDraft("S", [RowDraft("A", 1, seats=[A])])], "row 'A' of section 'S' needs either a count of seats or a list of them"),
        ([SectionDraft("S", [RowDraft("A", -1)])], f"row 'A' of section 'S' has -1 seats; 1 to {SEATS_MOST} are possible"),
        (
            [SectionDraft("S", [RowDraft("A", SEATS_MOST), RowDraft("B", 1)])],
            f"the layout has {SEATS_MOST + 1} seats; at most {SEATS_MOST} are possible",
        ),
        (
            [SectionDraft("S", [RowDraft("A", seats=[SeatDraft("1", 0, 0), B])])],
            "row 'A' of section 'S' gives coordinates for some seats only",
        ),
        ([SectionDraft("S", [RowDraft("A", seats=[SeatDraft("1", 0.0)])])], "row 'A' of section 'S' gives coordinates for some seats only"),
        (
            [SectionDraft("S", [RowDraft("A", seats=[SeatDraft("1", COORDINATE_MOST + 1, 0)])])],
            "row 'A' of section 'S' has a coordinate beyond ±1000000",
        ),
        (
            [SectionDraft("S", [RowDraft("A", seats=[SeatDraft("1", float("nan"), 0)])])],
            "row 'A' of section 'S' has a coordinate beyond ±1000000",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(drafts: list[SectionDraft], problem: str) -> None:
    assert problem in problems_of(*drafts)


def test_everything_that_is_wrong_is_told_at_once_but_no_more_than_one_can_read() -> None:
    two = problems_of(SectionDraft("", [RowDraft("A", 0)]))
    many = problems_of(*(SectionDraft(str(n)) for n in range(500)))

    assert len(two) == 2
    assert len(many) == 20


def test_a_long_name_is_not_repeated_whole_with_each_problem() -> None:
    problems = problems_of(SectionDraft("x" * 100_000, [RowDraft(str(n), 0) for n in range(100)]))

    assert sum(map(len, problems)) < 10_000


def test_a_house_may_have_exactly_so_many_seats() -> None:
    assert a_layout(SectionDraft("S", [RowDraft(str(n), 100) for n in range(SEATS_MOST // 100)])).seat_count == SEATS_MOST
