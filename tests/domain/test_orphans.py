"""The orphan rule: nobody leaves a single seat who could do without."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.orphans import orphans_left
from domain.places import SeatingPlan
from tests.domain.houses import Drawn, drawn, houses, standing


@pytest.mark.parametrize(
    ("house", "chosen", "orphans"),
    [
        pytest.param("..... .....", ".^^.. .....", "^.... .....", id="one seat from the wall"),
        pytest.param("x....", "...^^", ".....", id="at the end"),
        pytest.param("......", ".^^^^.", "^....^", id="one at each end"),
        pytest.param("......", "..^^..", "......", id="pairs on both sides"),
        pytest.param("x..x..", ".^^...", "......", id="a whole run"),
        pytest.param("...", "^^.", "...", id="all but one"),
        pytest.param("...", "^.^", "...", id="all but one, whichever"),
        pytest.param("...", ".^.", "^.^", id="the middle of three, where an end would do"),
        pytest.param("..", "^.", "..", id="one of a pair"),
        pytest.param("....", "^.^.", ".^.^", id="every other seat"),
        pytest.param("....", "^..^", "....", id="both ends, with a pair between"),
        pytest.param(".x....", "...^^.", "..^..^", id="a seat that was alone before is nobody's fault"),
        pytest.param("...x....", ".^...^..", "^.^.^...", id="two runs, each for itself"),
        pytest.param("...x...", "^^..^^.", ".......", id="two runs of three, two from each"),
        pytest.param(".... ....", "...^ ^...", ".... ....", id="seats of two rows are no neighbours"),
        pytest.param("w...w", ".^^..", ".....", id="nobody need take a wheelchair place to leave none alone"),
        pytest.param("w...", "^.^.", ".^.^", id="who takes one may take its neighbour too"),
        pytest.param("xx..", "^^..", "....", id="seats that are not free are overlooked"),
        pytest.param("....", "....", "....", id="nothing chosen"),
    ],
)
def test_a_choice_may_leave_single_only_what_it_must(house: str, chosen: str, orphans: str) -> None:
    here = drawn(house)

    assert orphans_left(here.plan, here.statuses, here.seats(chosen)) == here.seats(orphans)


def test_neighbours_count_whatever_their_tier() -> None:
    here = drawn(".....", tiers="12222")

    assert orphans_left(here.plan, here.statuses, (2, 3)) == (4,)
    assert orphans_left(here.plan, here.statuses, (3, 4)) == ()


def test_nobody_need_buy_another_tier_to_leave_none_alone() -> None:
    here = drawn(".....", tiers="12223")

    assert orphans_left(here.plan, here.statuses, (1, 2, 3)) == ()
    assert orphans_left(here.plan, here.statuses, (1, 2)) == ()
    assert orphans_left(here.plan, here.statuses, (2,)) == ()
    assert orphans_left(here.plan, here.statuses, (0, 1, 2, 3)) == ()
    assert orphans_left(here.plan, here.statuses, (1, 3)) == (0, 2, 4)


def test_a_seat_between_the_only_two_of_a_tier_may_stay_alone() -> None:
    here = drawn("...", tiers="121")

    assert orphans_left(here.plan, here.statuses, (0, 2)) == ()


def test_a_seat_across_the_aisle_is_no_neighbour() -> None:
    plan = standing([(0, 0), (1, 0), (2, 0), (3, 0), (5, 0), (6, 0)])

    assert orphans_left(plan, bytes(6), (1, 2)) == (0, 3)
    assert orphans_left(plan, bytes(6), (0, 1, 2)) == ()
    assert orphans_left(plan, bytes(6), (2, 3)) == ()


def test_a_seat_named_twice_in_any_order_is_one_seat() -> None:
    here = drawn("....")

    assert orphans_left(here.plan, bytearray(here.statuses), (2, 1, 2)) == (0, 3)


@given(here=houses(), chance=some.data())
def test_a_choice_is_refused_where_some_block_of_its_run_does_better(here: Drawn, chance: some.DataObject) -> None:
    free = [seat_no for seat_no, status in enumerate(here.statuses) if status == 0]
    chosen = chance.draw(some.lists(some.sampled_from(free), max_size=6) if free else some.just([]))

    expected = [orphan for run in runs(here) for orphan in avoidable(here, run, set(chosen) & set(run))]
    assert orphans_left(here.plan, here.statuses, chosen) == tuple(expected)


# The rule once more, over every block.


def runs(here: Drawn) -> list[list[int]]:
    """Free neighbours, run by run."""
    found: list[list[int]] = []
    for seat_no in range(here.plan.seat_count):
        if here.statuses[seat_no] == 0:
            if found and found[-1][-1] == seat_no - 1 and not is_aisle(here.plan, seat_no):
                found[-1].append(seat_no)
            else:
                found.append([seat_no])
    return found


def is_aisle(plan: SeatingPlan, seat_no: int) -> bool:
    """Whether a wall or an aisle is left of a seat; in random houses seats usually stand less than two widths apart."""
    _, row = plan.layout.row_of(seat_no)
    gaps = sorted(b - a for _, each in plan.layout.rows for a, b in zip(each.xs, each.xs[1:], strict=False))
    usual = gaps[(len(gaps) - 1) // 2] if gaps else 1.0
    i = seat_no - row.first_seat_no
    return i == 0 or (bool(row.xs) and row.xs[i] - row.xs[i - 1] > 1.5 * usual)


def avoidable(here: Drawn, run: list[int], taken: set[int]) -> list[int]:
    """The seats of a run left alone, unless no block of as many does better."""
    alone = left_alone(run, taken)
    tiers = {here.plan.tier_of(seat_no) for seat_no in taken}
    _, row = here.plan.layout.row_of(run[0])
    kept = {row.first_seat_no + i for i in row.accessible | row.companion}
    others = [
        set(block)
        for block in combinations(run, len(taken))
        if block
        and block[-1] - block[0] == len(block) - 1
        and {here.plan.tier_of(seat_no) for seat_no in block} <= tiers
        and (kept & taken or not kept & set(block))
    ]
    return alone if any(len(left_alone(run, block)) < len(alone) for block in others) else []


def left_alone(run: list[int], taken: set[int]) -> list[int]:
    rest = set(run) - taken
    return [seat_no for seat_no in run if seat_no in rest and len(run) > 1 and not rest & {seat_no - 1, seat_no + 1}]
