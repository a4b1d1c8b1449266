"""However seats change, and whatever is asked of them: what is kept of an event's drawing never shows in an answer."""

import asyncio
from typing import Any

import strawberry
from graphql import OperationType
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from domain.changes import BoardState, ChangeSet
from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.places import Counts, PlaceStatus, SeatingPlan, Tier, TierKind, plan_of
from engine.lasting import Shelf
from live.board import Board
from resolvers.seat_maps import Drawing
from schema.scalars import SCALARS
from schema.seat_maps import SeatMap, SeatStatus
from tests.domain.test_event_changes import an_event
from tests.engine.documents_of import Asked, documents
from tests.engine.running import Runs, told

EVENT = an_event()
ROWS, ROW_SEATS = (("Stalls", "A"), ("Stalls", "B"), ("Circle", "1")), 4
SEATS = len(ROWS) * ROW_SEATS
TIER_OF_ROW = (1, 2, 2)
SAMPLES: dict[str, list[Any]] = {
    "section": [None, None, "Stalls", "Circle", "x"],
    "tier": [None, None, 1, 2, 3],
    "status": [None, None, *SeatStatus],
}


@strawberry.type
class Query:
    @strawberry.field
    def seat_map(
        self, info: strawberry.Info, section: str | None = None, tier: int | None = None, status: SeatStatus | None = None
    ) -> SeatMap:
        drawing: Drawing
        drawing, board = info.context
        return drawing.map_of(board.update(None), section, tier, PlaceStatus[status.name] if status is not None else None)


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))
SEATS_OF = "{ sections { name rows { label seats { seatNo status price { minor } tier { id %s } } } } }"
NARROWED = f"a: seatMap(tier: 2) {SEATS_OF % ''} b: seatMap(status: HELD) {SEATS_OF % 'capacity'}"
MAPS = [
    f"{{ seatMap {SEATS_OF % ''} }}",
    f"{{ seatMap {SEATS_OF % 'available'} }}",
    f'{{ {NARROWED} c: seatMap(section: "Stalls") {SEATS_OF % ""} }}',
    "{ seatMap { version statuses summary { available byTier { held } } layout { etag sections { rows { label } } } } }",
]
"""What is asked most, beside whatever else."""
asked = st.sampled_from(MAPS).map(lambda text: Asked(text, {})) | documents(SCHEMA._schema, OperationType.QUERY, samples=SAMPLES, depth=6)
commits = st.lists(st.dictionaries(st.integers(0, SEATS - 1), st.sampled_from(PlaceStatus), max_size=3), max_size=6)


def a_plan() -> SeatingPlan:
    sections = [
        SectionDraft("Stalls", [RowDraft("A", ROW_SEATS), RowDraft("B", ROW_SEATS)]),
        SectionDraft("Circle", [RowDraft("1", ROW_SEATS)]),
    ]
    layout = parse_layout(sections)
    assert isinstance(layout, Layout)
    return plan_of(layout, TIER_OF_ROW)


def a_board(plan: SeatingPlan) -> Board:
    return Board(BoardState(EVENT.event_id, 1, (), ((1, Counts(4)), (2, Counts(8)))), plan)


def a_drawing(plan: SeatingPlan) -> Drawing:
    tiers = tuple(Tier(number, f"Tier {number}", TierKind.SEATED, 1000 * number, Counts(4 * number)) for number in (1, 2))
    return Drawing(EVENT, plan, tiers, 1)


def committed(board: Board, seats: dict[int, PlaceStatus]) -> ChangeSet:
    """The next change set of a board, with the counts that come of it."""
    now = [seats.get(seat_no, board.status_of(seat_no)) for seat_no in range(SEATS)]
    counts = {tier_no: [0] * len(PlaceStatus) for tier_no in TIER_OF_ROW}
    for seat_no, status in enumerate(now):
        counts[TIER_OF_ROW[seat_no // ROW_SEATS]][status] += 1
    tiers = tuple((tier_no, Counts(*numbers)) for tier_no, numbers in counts.items())
    return ChangeSet(EVENT.event_id, board.version + 1, tuple(seats.items()), tiers)


@settings(deadline=None, max_examples=15)
@given(
    asked=st.lists(asked, min_size=1, max_size=3),
    commits=commits,
    room=st.sampled_from([0, 3000, 1_000_000]),
)
def test_a_map_is_answered_as_if_it_was_drawn_for_the_first_time(
    asked: list[Asked], commits: list[dict[int, PlaceStatus]], room: int
) -> None:
    async def sell() -> None:
        plan, shelf = a_plan(), Shelf(room)
        board, drawing, runs = a_board(plan), a_drawing(plan), [Runs(SCHEMA, one, shelf) for one in asked]
        for seats in [{}, *commits]:
            board.apply(committed(board, seats))
            for one, run in zip(asked, runs, strict=True):
                expected = told(await SCHEMA.execute(one.text, one.variables, (a_drawing(plan), board)))
                assert await run.run((drawing, board)) == expected
                assert run.planned
                assert run.fell_back == (b'"errors":[]' not in expected)

    asyncio.run(sell())


def test_rows_that_did_not_change_are_the_same_objects_and_no_others() -> None:
    plan = a_plan()
    board, drawing = a_board(plan), a_drawing(plan)
    before = drawing.sections(board.update(None), None, None, None)
    assert drawing.sections(board.update(None), None, None, None) is before

    board.apply(committed(board, {5: PlaceStatus.HELD}))
    after = drawing.sections(board.update(None), None, None, None)

    same = [row is old for section, drawn in zip(after, before, strict=True) for row, old in zip(section.rows, drawn.rows, strict=True)]
    assert same == [True, False, True]
    assert [seat.status for seat in before[0].rows[1].seats] == [SeatStatus.AVAILABLE] * 4
    assert [seat.status for seat in after[0].rows[1].seats] == [SeatStatus.AVAILABLE, SeatStatus.HELD, *[SeatStatus.AVAILABLE] * 2]
