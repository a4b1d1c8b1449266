"""Places: counts that add up, and which tier each seat is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.places import Counts, PlaceStatus, SeatingPlan, plan_of
from tests.domain.builders import AVAILABLE, BLOCKED, BOOKED, HELD, a_layout

rows_with_tiers = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), min_size=1, max_size=12)


def test_rows_of_one_tier_that_follow_each_other_are_one_run() -> None:
    layout = a_layout(3, 2, 4, 1)

    plan = plan_of(layout, [1, 1, 2, 1])

    assert plan == SeatingPlan(layout, starts=(0, 5, 9), tier_nos=(1, 2, 1))
    assert plan.ranges == {1: (range(0, 5), range(9, 10)), 2: (range(5, 9),)}
    assert [plan.tier_of(seat_no) for seat_no in range(plan.seat_count)] == [1] * 5 + [2] * 4 + [1]


@pytest.mark.parametrize("tiers", [[], [1], [1, 2, 3]])
def test_a_plan_names_one_tier_for_each_row(tiers: list[int]) -> None:
    layout = a_layout(3, 2)

    with pytest.raises(ValueError, match="zip"):
        plan_of(layout, tiers)


@given(rows=rows_with_tiers)
def test_a_plan_says_of_each_seat_what_its_row_says(rows: list[tuple[int, int]]) -> None:
    layout = a_layout(*(seats for seats, _ in rows))

    plan = plan_of(layout, [tier_no for _, tier_no in rows])

    expected = [tier_no for seats, tier_no in rows for _ in range(seats)]
    assert plan.seat_count == len(expected)
    assert [plan.tier_of(seat_no) for seat_no in range(plan.seat_count)] == expected
    by_tier = {tier_no: [seat_no for seats in ranges for seat_no in seats] for tier_no, ranges in plan.ranges.items()}
    assert by_tier == {tier_no: [seat_no for seat_no, of in enumerate(expected) if of == tier_no] for tier_no in set(expected)}


def test_counts_are_added_state_by_state() -> None:
    assert Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40) == Counts(11, 22, 33, 44)


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (AVAILABLE, HELD, Counts(8, 12, 10, 10)),
        (HELD, BOOKED, Counts(10, 8, 12, 10)),
        (HELD, AVAILABLE, Counts(12, 8, 10, 10)),
        (BOOKED, AVAILABLE, Counts(12, 10, 8, 10)),
        (AVAILABLE, BLOCKED, Counts(8, 10, 10, 12)),
        (BLOCKED, BLOCKED, Counts(10, 10, 10, 10)),
    ],
)
def test_places_move_from_one_state_to_another(before: PlaceStatus, after: PlaceStatus, moved: Counts) -> None:
    counts = Counts(10, 10, 10, 10)

    assert counts.moved(2, before, after) == moved
    assert moved.total == counts.total
