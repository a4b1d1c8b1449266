"""Whatever happens to messages and database: a viewer's folded updates are true at every version, and end at the truth."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.changes import ChangeSet
from domain.places import PlaceStatus
from live import board as board_module
from live import keeper
from live.board import Board
from live.boards import Boards
from tests.live.truth import Folding, HandFeed, Truth, a_plan, eventually

SEATS = 8
seats = st.dictionaries(st.integers(0, SEATS - 1), st.sampled_from(PlaceStatus), max_size=4)
commits = ["told", "told twice", "lost", "late", "sale changed"]
others = ["late ones come", "doubt", "out", "back", "a moment", "another viewer", "a viewer comes back"]
steps = st.lists(st.tuples(st.sampled_from(commits * 2 + others), seats), min_size=10, max_size=40)


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "CHANGES_LEAST", 5)  # so that snapshots are told in the middle too
    monkeypatch.setattr(keeper, "GRACE_S", 0.001)
    monkeypatch.setattr(keeper, "BACKOFF_S", (0.001, 0.002))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=steps, pace=st.lists(st.integers(0, 3), min_size=1, max_size=5))
async def test_a_board_fed_by_changes_equals_a_board_from_a_snapshot(
    steps: list[tuple[str, dict[int, PlaceStatus]]], pace: list[int]
) -> None:
    truth, feed = Truth(), HandFeed()
    event_id = truth.add(a_plan(SEATS))
    show = truth.shows[event_id]
    boards = Boards(truth, feed, check_every=timedelta(milliseconds=3))
    await boards.start()
    foldings: list[Folding] = []
    tasks: list[asyncio.Task[None]] = []
    late: list[ChangeSet] = []

    async def view(folding: Folding) -> None:
        turn = len(foldings)
        async for update in boards.watch(event_id, folding.version):
            folding.take(update)
            for _ in range(pace[turn % len(pace)]):
                await asyncio.sleep(0)
            turn += 1

    def come(folding: Folding) -> None:
        foldings.append(folding)
        tasks.append(asyncio.create_task(view(folding)))

    async def happen(what: str, seats: dict[int, PlaceStatus]) -> None:
        match what:
            case "told" | "told twice" | "lost" | "late" | "sale changed":
                change_set = truth.commit(event_id, seats, sale_changed=what == "sale changed")
                if what == "late":
                    late.append(change_set)
                elif what != "lost":
                    feed.tell(change_set)
                if what == "told twice":
                    feed.tell(change_set)
            case "late ones come":
                for change_set in reversed(late):
                    feed.tell(change_set)
                late.clear()
            case "doubt":
                feed.doubt(event_id)
            case "out" | "back":
                truth.is_out = what == "out"
            case "a moment":
                await asyncio.sleep(0.002)
            case "another viewer" if not truth.is_out:
                come(Folding(show))
                await asyncio.sleep(0)
            case "a viewer comes back" if foldings and not truth.is_out:
                tasks[-1].cancel()
                await asyncio.wait({tasks.pop()})
                foldings[-1].has_just_come = True
                come(foldings.pop())

    board = await boards.read(event_id)
    come(Folding(show))
    for what, seats in steps:
        await happen(what, seats)
    truth.is_out = False
    await eventually(lambda: board is not None and board.version == show.version)
    await eventually(lambda: all(show.states.get(folding.version or 0) == show.states[show.version] for folding in foldings))

    snapshot = await truth.snapshot(event_id)
    assert snapshot is not None
    assert board is not None
    fresh = Board(snapshot, show.plan)
    assert (board.version, board.seats, board.tiers, board.packed) == (fresh.version, fresh.seats, fresh.tiers, fresh.packed)
    await boards.close()
    await asyncio.gather(*tasks)
