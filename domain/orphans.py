"""Orphans: single seats that a choice would leave, which nobody likes to buy."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from domain.houses import FREE, TAKEN, House, seen
from domain.layouts import Layout
from domain.places import SeatingPlan


def orphans_left(plan: SeatingPlan, statuses: bytes | bytearray, chosen: Sequence[int]) -> tuple[int, ...]:
    """The free seats that a choice of free seats would leave single though it need not, in seat order; nothing where it leaves none.

    A seat is left single when it had a free neighbour and all of its free neighbours are chosen. Neighbours are those of `House`, whatever
    their tier. A seat that was single before is nobody's fault.

    Each run of free neighbours is judged by itself, and none of its seats is named where the choice leaves no more of them single than the
    best block of as many seats would. So one may take all of a run, and all but one; and of a run of three, two at one end, but not one in
    the middle. Only blocks that the chooser would want as well are compared: of the tiers chosen in that run, and without seats for people
    who use a wheelchair, or their companions, unless such a seat is chosen there. Where there is no such block, nothing is named.

    All seats chosen must exist. Those that are not free are overlooked: they are refused for that.
    """
    house = House.of(plan.layout)
    free = {seat_no for seat_no in chosen if statuses[seat_no] == FREE[0]}
    orphans: list[int] = []
    while free:
        run = run_around(house, statuses, min(free))
        taken = sorted(free.intersection(run))
        free.difference_update(taken)
        singles = singles_left(run, taken)
        if singles and len(singles) > min(singles_of_blocks(plan, run, taken), default=len(singles)):
            orphans += singles
    return tuple(orphans)


def run_around(house: House, statuses: bytes | bytearray, seat_no: int) -> range:
    """The free neighbours that a free seat stands among."""
    stretch = house.stretch_of(seat_no)
    states = seen(statuses[stretch.start : stretch.stop])
    before, after = states.rfind(TAKEN, 0, seat_no - stretch.start), states.find(TAKEN, seat_no - stretch.start)
    return range(stretch.start + before + 1, stretch.start + after if after >= 0 else stretch.stop)


def singles_left(run: range, taken: Sequence[int]) -> list[int]:
    """The seats of a run that stand alone once some, in seat order, are taken from it."""
    ends = [run.start - 1, *taken, run.stop]
    return [before + 1 for before, after in pairwise(ends) if after - before == 2]


def singles_of_blocks(plan: SeatingPlan, run: range, taken: Sequence[int]) -> Iterator[int]:
    """How many seats each block would leave single that could be had instead of some seats of a run."""
    tiers = {plan.tier_of(seat_no) for seat_no in taken}
    kept = kept_in(plan.layout, run)
    closed = frozenset() if kept.intersection(taken) else kept
    wanted = 0
    for seat_no in run:
        wanted = wanted + 1 if seat_no not in closed and plan.tier_of(seat_no) in tiers else 0
        if wanted >= len(taken):
            yield (seat_no + 1 - len(taken) - run.start == 1) + (run.stop - seat_no == 2)


def kept_in(layout: Layout, run: range) -> frozenset[int]:
    """The seats of a run that are for people who use a wheelchair, or for those with them."""
    _, row = layout.row_of(run.start)
    return frozenset(row.first_seat_no + position for position in row.accessible | row.companion).intersection(run)
