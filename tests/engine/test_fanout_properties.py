"""Whatever happens to viewers, messages and database: the map that a viewer makes of what it is told with others is true."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
import pytest
import strawberry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry import ID
from strawberry.schema.config import StrawberryConfig

from domain.ids import EventId
from domain.places import PlaceStatus
from engine import topics
from engine.engine import Engine
from engine.fanout import Fanout
from engine.operations import Operation
from engine.sharing import Shown, Source, follow, shared
from engine.topics import Member
from live import board as board_module
from live import keeper
from live.board import Board
from live.boards import Boards
from schema.live import SeatMapUpdate
from schema.scalars import SCALARS
from tests.live.truth import HandFeed, Truth, a_plan, eventually

SEATS = 8
WATCH = """subscription($eventId: ID!, $after: Int) {
    seatMap(eventId: $eventId, after: $after) {
        version previousVersion changes { seatNo status } summary { available held booked blocked }
    }
}"""
Info = strawberry.Info[Boards, None]

seats = st.dictionaries(st.integers(0, SEATS - 1), st.sampled_from(PlaceStatus), max_size=4)
commits = ["told", "told twice", "lost", "sale changed"]
of_viewers = ["comes", "comes with", "leaves", "stalls", "resumes", "comes back"]
others = ["doubt", "a moment", "put back"]
steps = st.lists(st.tuples(st.sampled_from(commits * 2 + of_viewers * 2 + others), seats, st.integers(0, 12)), min_size=10, max_size=50)


@asynccontextmanager
async def seats_of(info: Info, event_id: ID) -> AsyncIterator[Source[SeatMapUpdate]]:
    async with info.context.seats(EventId.parse(event_id)) as source:
        yield Shown(source, SeatMapUpdate.of)


@strawberry.type
class Query:
    hello: str


@strawberry.type
class Subscription:
    @strawberry.subscription(metadata=shared(seats_of, cursor_argument="after"))
    async def seat_map(self, info: Info, event_id: ID, after: int | None = None) -> AsyncGenerator[SeatMapUpdate, None]:
        async with seats_of(info, event_id) as source, aclosing(follow(source, after)) as updates:
            async for update in updates:
                yield update


SCHEMA = strawberry.Schema(Query, None, Subscription, config=StrawberryConfig(scalar_map=SCALARS))
ENGINE = Engine(SCHEMA)


@dataclass(eq=False)
class Viewer:
    """One who replays what it is told, and checks that each word follows on the one before. It stalls whenever its buffer is full."""

    version: int | None = None
    seats: dict[int, str] = field(default_factory=dict)
    summary: dict[str, int] = field(default_factory=dict)
    room: int = 1000
    has_just_come: bool = True
    told: int = 0
    member: Member | None = None

    def is_behind(self) -> bool:
        return self.room <= 0

    def send(self, payload: bytes) -> None:
        assert self.room > 0
        self.room -= 1
        update = orjson.loads(payload)["data"]["seatMap"]
        if update["previousVersion"] is None:
            self.seats = {}
        else:
            assert update["previousVersion"] == self.version
            assert update["version"] > self.version or self.has_just_come
        self.seats |= {change["seatNo"]: change["status"] for change in update["changes"]}
        self.seats = {seat_no: status for seat_no, status in self.seats.items() if status != "AVAILABLE"}
        self.version, self.summary = update["version"], update["summary"]
        assert sum(self.summary[name] for name in ("held", "booked", "blocked")) == len(self.seats), "the counts are of another version"
        self.has_just_come = False
        self.told += 1

    def end(self, error: Exception | None) -> None:
        raise AssertionError(f"it ended: {error}")

    def go_alone(self) -> None:
        raise AssertionError("it is not shared")

    def take(self, room: int) -> None:
        """Read on, and take so many more messages."""
        self.room = room
        if self.member is not None:
            self.member.can_take_more()

    def leave(self) -> None:
        if self.member is not None:
            self.member.leave()
            self.member = None


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "CHANGES_LEAST", 5)  # so that snapshots are told in the middle too
    monkeypatch.setattr(keeper, "GRACE_S", 0.001)
    monkeypatch.setattr(keeper, "BACKOFF_S", (0.001, 0.002))
    monkeypatch.setattr(topics, "WRITES_AT_ONCE", 2)
    monkeypatch.setattr(topics, "MEMO_MOST", 2)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=steps)
async def test_every_viewers_map_is_the_boards(steps: list[tuple[str, dict[int, PlaceStatus], int]]) -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan(SEATS), version=3)
    show = truth.shows[event_id]
    boards = Boards(truth, feed, check_every=timedelta(milliseconds=3))
    await boards.start()
    prepared = ENGINE.prepare(Operation(WATCH))
    fanout = Fanout(ENGINE.begin, lambda: boards)
    here: list[Viewer] = []
    gone: list[Viewer] = []

    def come(viewer: Viewer, after: int | None) -> None:
        viewer.has_just_come = True
        viewer.member = fanout.join(prepared, {"eventId": str(event_id), "after": after}, viewer)
        assert viewer.member is not None
        here.append(viewer)

    def open_boards() -> list[Board | None]:
        return [keeper.board for keeper in boards._keepers.values()]

    async def happen(what: str, seats: dict[int, PlaceStatus], number: int) -> None:
        some = here[number % len(here)] if here else None
        match what:
            case "told" | "told twice" | "lost" | "sale changed":
                change_set = truth.commit(event_id, seats, sale_changed=what == "sale changed")
                for _ in range({"lost": 0, "told twice": 2}.get(what, 1)):
                    feed.tell(change_set)
            case "comes":
                come(Viewer(), None)
            case "comes with":  # a version that nobody told it: what it makes of that is worth nothing, and must not harm others
                come(Ignorant(), number)
            case "leaves" if some is not None:
                some.leave()
                here.remove(some)
                gone.append(some)
            case "stalls" if some is not None:
                some.room = number % 3
            case "resumes" if some is not None:
                some.take(number)
            case "comes back" if gone:
                come(returning := gone.pop(), returning.version)
            case "doubt":
                feed.doubt(event_id)
            case "put back" if show.version:  # the database is restored from a backup: what any one knew is of another history
                await asyncio.sleep(0)  # who has just come begins to open the board
                await eventually(  # also those that are opening now, or they would know of a history that nobody can tell from the new one
                    lambda: all(board is not None and board.version >= show.version for board in open_boards())
                )
                show.seats.clear()
                show.version = max(0, show.version - 1 - number)
                gone.clear()
                await eventually(lambda: all(board is not None and board.version == show.version for board in open_boards()))
            case "a moment":
                await asyncio.sleep(0.002)
            case _:
                pass
        if number % 3 == 0:
            await asyncio.sleep(0)

    come(Viewer(), None)
    for what, changed, number in steps:
        await happen(what, changed, number)
    for viewer in here:
        viewer.take(1000)

    def is_true(viewer: Viewer) -> bool:
        statuses = {seat_no: show.status(seat_no).name for seat_no in range(SEATS)}
        return viewer.seats == {seat_no: status for seat_no, status in statuses.items() if status != "AVAILABLE"}

    try:
        await eventually(lambda: all(isinstance(viewer, Ignorant) or (viewer.told and is_true(viewer)) for viewer in here), 5)
        await eventually(lambda: boards.viewer_count == len(here), 5)
        assert fanout.topic_count == (1 if here else 0)
    finally:
        for viewer in here:
            viewer.leave()
        await eventually(lambda: boards.viewer_count == 0)
        await boards.close()


class Ignorant(Viewer):
    """One who says that it knows a version which it was never told."""

    def send(self, payload: bytes) -> None:
        self.room -= 1
