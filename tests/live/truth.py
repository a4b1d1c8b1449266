"""The world of these tests: a box office's committed truth in memory, feeds that lose and mix up, and viewers that check every word."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from domain.bookings import BookingStatus
from domain.changes import BoardState, ChangeSet
from domain.ids import EventId
from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.places import Counts, PlaceStatus, SeatingPlan, plan_of
from domain.ports import Outage
from live.board import Update

_event_ids = count(1_000_000)


def an_event_id() -> EventId:
    """One that no other test has."""
    return EventId(next(_event_ids))


def a_plan(seats: int = 12, rows: int = 2) -> SeatingPlan:
    """A house of equal rows, the first in tier 1 and the others in tier 2."""
    layout = parse_layout([SectionDraft("Stalls", [RowDraft(str(row + 1), seats // rows) for row in range(rows)])])
    assert isinstance(layout, Layout)
    return plan_of(layout, [1] + [2] * (rows - 1))


@dataclass
class Show:
    """One event's truth, with every state it ever had."""

    plan: SeatingPlan | None
    version: int = 0
    seats: dict[int, tuple[PlaceStatus, int]] = field(default_factory=dict)
    standing: Counts = field(default_factory=Counts)
    states: dict[int, tuple[bytes, dict[int, Counts]]] = field(default_factory=dict)

    def tiers(self) -> dict[int, Counts]:
        if self.plan is None:
            return {3: self.standing}
        found: dict[int, Counts] = {}
        for tier_no, ranges in self.plan.ranges.items():
            numbers = Counter(self.status(seat_no) for seats in ranges for seat_no in seats)
            found[tier_no] = Counts(*(numbers[status] for status in PlaceStatus))
        return found

    def status(self, seat_no: int) -> PlaceStatus:
        return self.seats.get(seat_no, (PlaceStatus.AVAILABLE, 0))[0]

    def remember(self) -> None:
        statuses = bytes(self.status(seat_no) for seat_no in range(self.plan.seat_count if self.plan else 0))
        self.states[self.version] = (statuses, self.tiers())


class Truth:
    """A BoardSource in memory. Each answer is true at one moment between the question and the answer, as a database's is."""

    def __init__(self) -> None:
        self.shows: dict[EventId, Show] = {}
        self.is_out = False
        self.asked: Counter[str] = Counter()
        self.pause = asyncio.Event()
        self.pause.set()

    def add(self, plan: SeatingPlan | None, standing: int = 0, version: int = 0) -> EventId:
        event_id = an_event_id()
        self.shows[event_id] = Show(plan, version, standing=Counts(standing))
        self.shows[event_id].remember()
        return event_id

    def commit(
        self,
        event_id: EventId,
        seats: Mapping[int, PlaceStatus] | None = None,
        bookings: Mapping[int, BookingStatus] | None = None,
        *,
        standing: Counts | None = None,
        sale_changed: bool = False,
    ) -> ChangeSet:
        show = self.shows[event_id]
        before = show.tiers()
        show.version += 1
        for seat_no, status in (seats or {}).items():
            show.seats[seat_no] = (status, show.version)
        show.standing = standing or show.standing
        show.remember()
        tiers = tuple((tier_no, counts) for tier_no, counts in show.tiers().items() if counts != before.get(tier_no))
        told = tuple((booking_no, status) for booking_no, status in (bookings or {}).items())
        return ChangeSet(event_id, show.version, tuple((seats or {}).items()), tiers, told, sale_changed)

    async def snapshot(self, event_id: EventId) -> BoardState | None:
        await self._answers("snapshot")
        state = self._state(event_id, lambda status, _: status is not PlaceStatus.AVAILABLE)
        await self._returns()
        return state

    async def changes_since(self, event_id: EventId, version: int) -> BoardState | None:
        await self._answers("changes_since")
        state = self._state(event_id, lambda _, changed_at: changed_at > version)
        await self._returns()
        return state

    def _state(self, event_id: EventId, wanted: Callable[[PlaceStatus, int], bool]) -> BoardState | None:
        if (show := self.shows.get(event_id)) is None:
            return None
        seats = tuple((seat_no, status) for seat_no, (status, changed_at) in show.seats.items() if wanted(status, changed_at))
        return BoardState(event_id, show.version, seats, tuple(show.tiers().items()))

    async def versions(self, event_ids: Sequence[EventId]) -> dict[EventId, int]:
        await self._answers("versions")
        versions = {event_id: self.shows[event_id].version for event_id in event_ids if event_id in self.shows}
        await self._returns()
        return versions

    async def plan(self, event_id: EventId) -> SeatingPlan | None:
        await self._answers("plan")
        show = self.shows.get(event_id)
        return show.plan if show else None

    async def _returns(self) -> None:
        await asyncio.sleep(0)
        await self.pause.wait()

    async def _answers(self, question: str) -> None:
        self.asked[question] += 1
        await asyncio.sleep(0)
        if self.is_out:
            raise Outage("the truth is out")


class HandFeed:
    """A feed whose messages the test carries itself: it may lose them, mix them up, and repeat them."""

    def __init__(self) -> None:
        self.hearing: dict[EventId, Callable[[ChangeSet | None], None]] = {}

    def follow(self, event_id: EventId, hear: Callable[[ChangeSet | None], None]) -> None:
        assert event_id not in self.hearing
        self.hearing[event_id] = hear

    def unfollow(self, event_id: EventId) -> None:
        del self.hearing[event_id]

    def tell(self, change_set: ChangeSet) -> None:
        if change_set.event_id in self.hearing:
            self.hearing[change_set.event_id](change_set)

    def doubt(self, event_id: EventId) -> None:
        if event_id in self.hearing:
            self.hearing[event_id](None)


class Folding:
    """What a viewer has made of all it was told. Each update must follow on the one before, and lead to what was true at its version."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.version: int | None = None
        self.seats = bytearray()
        self.has_just_come = True
        self.updates: list[Update] = []

    def take(self, update: Update) -> None:
        if update.previous_version is None:
            assert update.seats is not None
            assert self.version is None or update.version >= self.version
            self.seats = bytearray(update.seats)
        else:
            assert update.previous_version == self.version
            for seat_no, status in update.changes:
                self.seats[seat_no] = status
            assert update.version > update.previous_version or self.has_just_come, "only the first update may be empty"
        self.has_just_come = False
        self.version = update.version
        self.updates.append(update)
        assert (bytes(self.seats), dict(update.counts)) == self.show.states[update.version]


async def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until something is so; the limit is for a test that fails."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.002)
