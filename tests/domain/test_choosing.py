"""Choosing seats: neighbours nearest the front, as one would choose them who looked at every block."""

from collections.abc import Iterator
from math import hypot
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.choosing import best_available, free_seats, most_together
from domain.layouts import Layout, RowDraft, SeatDraft, SectionDraft
from domain.orphans import orphans_left
from domain.places import SeatingPlan
from tests.domain.houses import Drawn, a_plan_of, drawn, houses, parsed, standing


@pytest.mark.parametrize(
    ("quantity", "house", "best"),
    [
        pytest.param(2, ["...... ......"], "..^^.. ......", id="the middle of the first row"),
        pytest.param(1, ["...... ......"], "..^... ......", id="the left one of two in the middle"),
        pytest.param(2, ["..xx.. ......"], "^^xx.. ......", id="beside the middle before the row behind"),
        pytest.param(3, ["..xx.. ......"], "..xx.. .^^^..", id="the first row that has so many together"),
        pytest.param(2, [".x.#.x ...x..", "...."], ".x.#.x .^^x.. ....", id="held and booked seats are not available"),
        pytest.param(4, ["... ...", ".... ...."], "... ... ^^^^ ....", id="a section that has so many"),
        pytest.param(2, ["xxx xxx ...", "...."], "xxx xxx ^^. ....", id="the last row of the stalls before the first of the balcony"),
        pytest.param(2, ["..ww.."], "^^ww..", id="no wheelchair places"),
        pytest.param(2, ["..cc.. x...xx"], "^^cc.. x...xx", id="no companions' seats"),
        pytest.param(2, [".ww.", "...."], ".ww. .^^.", id="another section before wheelchair places"),
        pytest.param(2, [".ww. xxxx"], ".^^. xxxx", id="wheelchair places where nothing else is left"),
        pytest.param(2, ["rr.. ...."], "..^^ ....", id="a clear view before the middle"),
        pytest.param(2, ["rr.x ...."], ".... .^^.", id="a clear view before the front"),
        pytest.param(2, ["rr ww"], "^^ ..", id="a restricted view before wheelchair places"),
    ],
)
def test_the_best_block_is_clear_then_near_the_front_then_near_the_middle(quantity: int, house: list[str], best: str) -> None:
    here = drawn(*house)

    assert best_available(here.plan, here.statuses, quantity) == here.seats(best)


@pytest.mark.parametrize(
    ("quantity", "house", "best"),
    [
        pytest.param(2, ["....."], "^^...", id="at the end of a row of five, not beside its middle"),
        pytest.param(3, ["....... ......."], "..^^^.. .......", id="in the middle where two are left on both sides"),
        pytest.param(2, ["... ...."], "... ^^..", id="in a row where no seat stays alone"),
        pytest.param(2, ["... ..."], "^^. ...", id="in front where one stays alone everywhere"),
        pytest.param(2, ["...x.. ..."], "....^^ ...", id="where a pair is left, and not the middle"),
        pytest.param(2, ["... rr"], "... ^^", id="a restricted view before a seat alone"),
        pytest.param(2, ["... ww"], "^^. ..", id="a seat alone before wheelchair places"),
    ],
)
def test_who_avoids_orphans_leaves_none_where_there_is_another_way(quantity: int, house: list[str], best: str) -> None:
    here = drawn(*house)

    assert best_available(here.plan, here.statuses, quantity, avoiding_orphans=True) == here.seats(best)


def test_only_seats_of_the_tier_asked_are_chosen_even_within_a_row() -> None:
    here = drawn("...... ......", tiers="112222 111111")

    assert best_available(here.plan, here.statuses, 3, tier_no=1) == (7, 8, 9)
    assert best_available(here.plan, here.statuses, 3, tier_no=2) == (2, 3, 4)
    assert best_available(here.plan, here.statuses, 5) == (0, 1, 2, 3, 4)
    assert best_available(here.plan, here.statuses, 1, tier_no=3) is None


def test_only_seats_of_the_section_asked_are_chosen() -> None:
    here = drawn("....", ".... ....", tiers="1111 1111 2222")

    assert best_available(here.plan, here.statuses, 2, section="B") == (5, 6)
    assert best_available(here.plan, here.statuses, 2, section="B", tier_no=2) == (9, 10)
    assert best_available(here.plan, here.statuses, 2, section="A", tier_no=2) is None
    assert best_available(here.plan, here.statuses, 2, section="C") is None


def test_neighbours_never_sit_in_two_rows() -> None:
    here = drawn("x.. ..x")

    assert best_available(here.plan, here.statuses, 3) is None
    assert most_together(here.plan, here.statuses) == 2


def test_a_gap_in_the_numbers_is_no_aisle_but_a_gap_between_the_seats_is() -> None:
    odd_and_even = parsed([SectionDraft("A", [RowDraft("1", seats=drawn_numbers("5", "3", "1", "2", "4", "14"))])])
    with_an_aisle = standing([(0, 0), (1, 0), (2, 0), (3.6, 0), (4.6, 0)])

    assert most_together(a_plan_of(odd_and_even, [1] * 6), bytes(6)) == 6
    assert most_together(with_an_aisle, bytes(5)) == 3
    assert best_available(with_an_aisle, bytes(5), 3) == (0, 1, 2)


def test_seats_that_stand_close_have_no_aisle_where_less_than_a_seat_is_left_out() -> None:
    assert most_together(standing([(0, 0), (0.5, 0), (1, 0), (2, 0)]), bytes(4)) == 4


def test_seats_that_all_stand_wide_apart_are_neighbours_still() -> None:
    assert most_together(standing([(0, 0), (20, 0), (40, 0), (90, 0)]), bytes(4)) == 3


def test_with_coordinates_the_balcony_is_as_far_as_it_stands_whatever_the_order_of_sections() -> None:
    balcony = [[(x, 10.0) for x in range(4)]]
    stalls = [[(x, y) for x in range(4)] for y in (0.0, 1.0, 2.0)]
    plan = standing(*balcony, *stalls, sections=[1, 3])

    taken = bytes(4) + bytes([2] * 8) + bytes(4)

    assert best_available(plan, bytes(16), 2) == (5, 6)
    assert best_available(plan, taken, 2) == (13, 14)


def test_blocks_at_the_side_come_after_the_middle_and_are_best_towards_it() -> None:
    left, middle, right = ([(x + at, y) for x in range(4)] for at, y in ((-6.0, 0.0), (0.0, 0.0), (6.0, 0.0)))
    plan = standing(left, middle, right, sections=[1, 1, 1])

    assert best_available(plan, bytes(12), 2) == (5, 6)
    assert best_available(plan, bytes([0] * 4 + [2] * 4 + [0] * 4), 2) == (2, 3)
    assert best_available(plan, bytes([2] * 8 + [0] * 4), 2) == (8, 9)


def test_in_an_arena_the_front_rows_of_all_blocks_come_before_the_second_ones() -> None:
    near = [[(x, y) for x in (-1.0, 0.0, 1.0)] for y in (-5.0, -6.0)]
    far = [[(x, y) for x in (-1.0, 0.0, 1.0)] for y in (5.0, 6.0)]
    plan = standing(*near, *far, sections=[2, 2])

    assert best_available(plan, bytes(12), 3) == (0, 1, 2)
    assert best_available(plan, bytes([2] * 3 + [0] * 9), 3) == (6, 7, 8)


def test_of_rows_as_near_as_each_other_the_one_further_in_front_of_its_section_comes_first() -> None:
    plan = standing([(0, 0)], [(0, 3)], [(3.02, 0)], [(-3.02, 0)], sections=[2, 1, 1])

    assert best_available(plan, bytes([2, 0, 0, 0]), 1) == (2,)
    assert best_available(plan, bytes([2, 0, 2, 0]), 1) == (3,)


def test_seats_hardly_further_from_the_stage_than_the_nearest_are_as_good() -> None:
    plan = standing([(-2, 0), (-1, 0), (0, 0), (1, 0), (2, 0)], [(-2, 5), (-1, 5), (0, 5), (1, 5)])

    assert best_available(plan, bytes([2] * 5 + [0] * 4), 1) == (6,)


def test_the_first_free_seats_of_a_tier_need_not_be_neighbours() -> None:
    here = drawn(".x.. ....", tiers="1121 2211")

    assert free_seats(here.plan, here.statuses, 1, 3) == (0, 3, 6)
    assert free_seats(here.plan, here.statuses, 2, 9) == (2, 4, 5)
    assert free_seats(here.plan, here.statuses, 3, 1) == ()


def test_choosing_reads_bytearrays_as_well_and_leaves_them_as_they_are() -> None:
    here = drawn("..x.")
    statuses = bytearray(here.statuses)

    assert best_available(here.plan, statuses, 2, avoiding_orphans=True) == (0, 1)
    assert (most_together(here.plan, statuses), free_seats(here.plan, statuses, 1, 3)) == (2, (0, 1, 3))
    assert statuses == here.statuses


tiers_asked = some.sampled_from([None, None, 1, 2, 3])
sections_asked = some.sampled_from([None, None, None, "A", "B", "C"])


@given(here=houses(), quantity=some.integers(1, 5), tier_no=tiers_asked, section=sections_asked, avoiding=some.booleans())
def test_no_block_is_better_than_the_one_chosen(
    here: Drawn, quantity: int, tier_no: int | None, section: str | None, avoiding: bool
) -> None:
    chosen = best_available(here.plan, here.statuses, quantity, tier_no=tier_no, section=section, avoiding_orphans=avoiding)

    every = {block: worth(here, block, avoiding) for block in blocks(here, quantity, tier_no, section)}
    assert chosen == min(every, key=lambda block: every[block], default=None)


@given(here=houses(), tier_no=tiers_asked, section=sections_asked)
def test_the_most_together_is_the_most_that_can_be_chosen(here: Drawn, tier_no: int | None, section: str | None) -> None:
    most = most_together(here.plan, here.statuses, tier_no, section)

    sizes = [n for n in range(1, 10) if best_available(here.plan, here.statuses, n, tier_no=tier_no, section=section)]
    assert sizes == list(range(1, most + 1))


@given(here=houses(), quantity=some.integers(1, 5), tier_no=tiers_asked)
def test_what_is_chosen_avoiding_orphans_is_never_refused_for_leaving_one(here: Drawn, quantity: int, tier_no: int | None) -> None:
    chosen = best_available(here.plan, here.statuses, quantity, tier_no=tier_no, avoiding_orphans=True)

    assert orphans_left(here.plan, here.statuses, chosen or ()) == ()


@given(here=houses(), quantity=some.integers(1, 9), tier_no=some.integers(1, 3))
def test_free_seats_are_the_first_of_all_free_ones(here: Drawn, quantity: int, tier_no: int) -> None:
    free = [s for s, status in enumerate(here.statuses) if status == 0 and here.plan.tier_of(s) == tier_no]

    assert free_seats(here.plan, here.statuses, tier_no, quantity) == tuple(free[:quantity])


# The same order once more, seat by seat and block by block.


def drawn_numbers(*numbers: str) -> list[SeatDraft]:
    return [SeatDraft(number) for number in numbers]


def blocks(here: Drawn, quantity: int, tier_no: int | None, section: str | None) -> Iterator[tuple[int, ...]]:
    """Every block of free neighbours that was asked for."""
    for first in range(here.plan.seat_count - quantity + 1):
        block = tuple(range(first, first + quantity))
        asked = all(
            here.statuses[s] == 0 and tier_no in (None, here.plan.tier_of(s)) and section in (None, here.plan.layout.row_of(s)[0].name)
            for s in block
        )
        if asked and all(are_neighbours(here.plan, s, s + 1) for s in block[:-1]):
            yield block


def are_neighbours(plan: SeatingPlan, left: int, right: int) -> bool:
    if not 0 <= left < right < plan.seat_count or plan.layout.row_of(left) != plan.layout.row_of(right):
        return False
    gap = gap_before(plan.layout, right)
    gaps = [gap_before(plan.layout, s) for s in range(plan.seat_count)]
    known = [each for each in gaps if each is not None]
    return gap is None or gap <= 1.5 * max(1.0, median_low(known))


def gap_before(layout: Layout, seat_no: int) -> float | None:
    _, row = layout.row_of(seat_no)
    i = seat_no - row.first_seat_no
    return hypot(row.xs[i] - row.xs[i - 1], row.ys[i] - row.ys[i - 1]) if row.xs and i else None


def worth(here: Drawn, block: tuple[int, ...], avoiding: bool) -> tuple[float, ...]:
    """What a block is compared by, the least being the best."""
    layout = here.plan.layout
    section, row = layout.row_of(block[0])
    positions = {seat_no - row.first_seat_no for seat_no in block}
    rank = float(layout.sections.index(section)), float(section.rows.index(row))
    best = [row.seat_nos.start, row.seat_nos[-1]]
    if all(each.xs for _, each in layout.rows):
        away = [from_stage(layout, x, y) for x, y in zip(row.xs, row.ys, strict=True)]
        rank = round(min(away), 1), rank[1]
        best = [row.first_seat_no + i for i, each in enumerate(away) if each <= min(away) + 0.5]
    middle = (spread(here.plan, best[0]) + spread(here.plan, best[-1])) / 2
    return (
        bool(positions & (row.accessible | row.companion)),
        singles(here, block) if avoiding else 0,
        bool(positions & row.restricted),
        *rank,
        layout.sections.index(section),
        abs((spread(here.plan, block[0]) + spread(here.plan, block[-1])) / 2 - middle),
        block[0],
    )


def spread(plan: SeatingPlan, seat_no: int) -> int:
    """A seat's position in its row, aisles counted as seats."""
    first = plan.layout.row_of(seat_no)[1].first_seat_no
    return seat_no - first + sum(not are_neighbours(plan, s, s + 1) for s in range(first, seat_no))


def from_stage(layout: Layout, x: float, y: float) -> float:
    xs = [value for _, row in layout.rows for value in row.xs]
    ys = [value for _, row in layout.rows for value in row.ys]
    across = (min(xs) + max(xs)) / 2
    votes = {}
    for depth in (min(ys), (min(ys) + max(ys)) / 2):
        votes[depth] = 0
        for section in layout.sections:
            of_rows = [hypot(row.xs[row.seat_count // 2] - across, row.ys[row.seat_count // 2] - depth) for row in section.rows]
            votes[depth] += sum(of_rows[i] < of_rows[i + 1] for i in range(len(of_rows) - 1))
    stage = max(votes, key=lambda depth: (votes[depth], -depth))
    return hypot(x - across, y - stage)


def singles(here: Drawn, block: tuple[int, ...]) -> int:
    """How many free seats beside a block stand alone once it is taken."""
    left = [block[0] - 1] if free_neighbours(here, block[0] - 1, block[0]) else []
    right = [block[-1] + 1] if free_neighbours(here, block[-1], block[-1] + 1) else []
    alone = [s for s in left if not free_neighbours(here, s - 1, s)] + [s for s in right if not free_neighbours(here, s, s + 1)]
    return len(alone)


def free_neighbours(here: Drawn, left: int, right: int) -> bool:
    return are_neighbours(here.plan, left, right) and here.statuses[left] == here.statuses[right] == 0
