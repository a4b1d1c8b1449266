"""Choosing seats for somebody who did not: neighbours near the front, or any of a tier.

Statuses come as one byte a seat in seat order, 0 for AVAILABLE (`domain/places.py`). Nothing here changes them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from math import floor

from domain.houses import CLOSED, FREE, House, seen
from domain.places import SeatingPlan

ANY_SINGLES = 2
"""The most single seats that one block can leave: one at each end."""


def best_available(
    plan: SeatingPlan,
    statuses: bytes | bytearray,
    quantity: int,
    *,
    tier_no: int | None = None,
    section: str | None = None,
    avoiding_orphans: bool = False,
) -> tuple[int, ...] | None:
    """The best block of available neighbours, from left to right; None where there is no block so large of that tier and section.

    `quantity` is at least 1. Without `tier_no` a block may lie across tiers. Of two blocks the better one is, in this order:

    1. the one without seats for people who use a wheelchair or for their companions: those are kept for them while there is any other;
    2. with `avoiding_orphans`, the one that leaves fewer single seats (none, one, or one at each end) in the row beside it;
    3. the one without seats of restricted view;
    4. the one in the row nearer the front, as `rows_from_front` has it;
    5. the one whose middle is nearer the middle of its row's best seats, counted in seats, an aisle as one;
    6. the one further left.

    With `avoiding_orphans`, `orphans_left` never refuses what is chosen.
    """
    assert quantity >= 1, "a block has a seat at least"
    house = House.of(plan.layout)
    seats = _asked(plan, statuses, tier_no, section)
    together = FREE * quantity
    for kept in dict.fromkeys((house.kept, 0)):
        lines = [house.line_up(seats | kept | restricted) for restricted in dict.fromkeys((house.restricted, 0))]
        lines = [line for line in lines if together in line]
        for singles in range(ANY_SINGLES + 1) if avoiding_orphans and lines else (ANY_SINGLES,):
            block = _block(quantity, singles)
            for line in lines:
                if found := block.search(line):
                    first = house.seat_at(_best_in_row(house, line, quantity, block, found.start()))
                    return tuple(range(first, first + quantity))
    return None


def most_together(plan: SeatingPlan, statuses: bytes | bytearray, tier_no: int | None = None, section: str | None = None) -> int:
    """How many seats the largest block of available neighbours has, of that tier and section: the most `best_available` can give."""
    line = House.of(plan.layout).line_up(_asked(plan, statuses, tier_no, section))
    longest = max(map(len, House.of(plan.layout).stretches))
    return bisect_right(range(1, longest + 1), False, key=lambda quantity: FREE * quantity not in line)


def free_seats(plan: SeatingPlan, statuses: bytes | bytearray, tier_no: int, quantity: int) -> tuple[int, ...]:
    """The first available seats of a tier in seat order, neighbours or not; fewer than asked where there are fewer."""
    found: list[int] = []
    for seats in plan.ranges.get(tier_no, ()):
        at = seats.start
        while len(found) < quantity and (at := statuses.find(FREE, at, seats.stop)) >= 0:
            found.append(at)
            at += 1
    return tuple(found)


def _asked(plan: SeatingPlan, statuses: bytes | bytearray, tier_no: int | None, section: str | None) -> int:
    """All seats' states as one number: TAKEN, and CLOSED in other tiers and sections."""
    assert len(statuses) == plan.seat_count, "each seat has a status"
    taken = int.from_bytes(seen(statuses), "little")
    if tier_no is None and section is None:
        return taken
    tier = (range(plan.seat_count),) if tier_no is None else plan.ranges.get(tier_no, ())
    within = range(plan.seat_count)
    if section is not None:
        within = next((named.seat_nos for named in plan.layout.sections if named.name == section), range(0))
    closed = bytearray(CLOSED) * plan.seat_count
    for seats in tier:
        asked = range(max(seats.start, within.start), min(seats.stop, within.stop))
        closed[asked.start : asked.start + len(asked)] = bytes(len(asked))
    return taken | int.from_bytes(closed, "little")


@lru_cache(maxsize=100)
def _block(quantity: int, singles: int) -> re.Pattern[bytes]:
    """So many neighbours to choose from, that leave at most so many of the seats beside them single."""
    # Bytes 0 and 1 are free seats, 2 and 3 are taken ones and walls: beside a block stand none that is free, or two. The block comes first
    # in the pattern so that the search can leap to it.
    block = rb"\x00" * quantity
    right = rb"(?=[\x02\x03]|[\x00\x01]{2})"
    left = rb"(?:(?<=[\x02\x03]%b)|(?<=[\x00\x01]{2}%b))" % (block, block)
    return re.compile((block + right + left, block + b"(?:" + right + b"|" + left + b")", block)[singles])


def _best_in_row(house: House, line: bytes, quantity: int, block: re.Pattern[bytes], found: int) -> int:
    """Where the block begins that is the best in the row where one was found."""
    row = house.row_at(found)
    firsts = range(row.positions.start, row.positions.stop - quantity + 1)
    return next(first for first in outwards(row.best - (quantity - 1) / 2, firsts) if block.match(line, first))


def outwards(middle: float, positions: range) -> Iterator[int]:
    """Positions from the nearest to a middle to the furthest, the left one first of two as near."""
    left = min(max(floor(middle), positions.start - 1), positions.stop - 1)
    right = left + 1
    while left >= positions.start or right < positions.stop:
        if right >= positions.stop or (left >= positions.start and middle - left <= right - middle):
            yield left
            left -= 1
        else:
            yield right
            right += 1
