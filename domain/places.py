"""Places: one seat or one standing spot, the states it can be in, and the tiers that price it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from domain.layouts import Layout

TIERS_MOST = 100
CAPACITY_MOST = 1_000_000


class PlaceStatus(IntEnum):
    """The states of a place. The numbers are what the database stores and the packed seat map sends."""

    AVAILABLE = 0
    HELD = 1
    BOOKED = 2
    BLOCKED = 3


class TierKind(IntEnum):
    """Whether a tier's places are numbered seats or room to stand."""

    SEATED = 0
    STANDING = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """How many places are in each state; together they are the capacity."""

    available: int = 0
    held: int = 0
    booked: int = 0
    blocked: int = 0

    @property
    def total(self) -> int:
        """All places, whatever their state."""
        return self.available + self.held + self.booked + self.blocked

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.available + other.available, self.held + other.held, self.booked + other.booked, self.blocked + other.blocked)

    def moved(self, count: int, before: PlaceStatus, after: PlaceStatus) -> "Counts":
        """The counts once `count` places have gone from one state to another."""
        numbers = [self.available, self.held, self.booked, self.blocked]
        numbers[before] -= count
        numbers[after] += count
        return Counts(*numbers)


@dataclass(frozen=True, slots=True)
class Tier:
    """A price level of one event: its name, its price, and how many of its places are in each state."""

    tier_no: int
    name: str
    kind: TierKind
    price_minor: int
    counts: Counts

    def moved(self, count: int, before: PlaceStatus, after: PlaceStatus) -> "Tier":
        """The tier once `count` of its places have gone from one state to another."""
        return Tier(self.tier_no, self.name, self.kind, self.price_minor, self.counts.moved(count, before, after))


@dataclass(frozen=True)
class SeatingPlan:
    """Which tier each seat of an event's layout belongs to: `tier_nos[i]` from seat `starts[i]` up to the next start."""

    layout: Layout
    starts: tuple[int, ...]
    tier_nos: tuple[int, ...]

    @property
    def seat_count(self) -> int:
        """How many seats the event has."""
        return self.layout.seat_count

    def tier_of(self, seat_no: int) -> int:
        """The tier of a seat, which must exist."""
        return self.tier_nos[bisect_right(self.starts, seat_no) - 1]

    @cached_property
    def ranges(self) -> dict[int, tuple[range, ...]]:
        """Each tier's seats, as ranges in seat order."""
        stops = (*self.starts[1:], self.seat_count)
        ranges: dict[int, list[range]] = {}
        for start, stop, tier_no in zip(self.starts, stops, self.tier_nos, strict=True):
            ranges.setdefault(tier_no, []).append(range(start, stop))
        return {tier_no: tuple(found) for tier_no, found in ranges.items()}


def plan_of(layout: Layout, tier_of_row: Sequence[int]) -> SeatingPlan:
    """A seating plan from the tier of each row, in the layout's order."""
    starts: list[int] = []
    tier_nos: list[int] = []
    for (_, row), tier_no in zip(layout.rows, tier_of_row, strict=True):
        if not tier_nos or tier_nos[-1] != tier_no:
            starts.append(row.first_seat_no)
            tier_nos.append(tier_no)
    return SeatingPlan(layout, tuple(starts), tuple(tier_nos))
