"""Layouts in the database: read back as they were written, in few bytes, once per process."""

from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from db.catalogue_writes import PostgresCatalogueWriter
from db.layouts import Layouts, read_layout, write_layout
from db.plans import SeatingPlans
from db.pool import Pool, open_pool
from domain.ids import LayoutId
from domain.layouts import Layout, RowDraft, SeatDraft, SectionDraft, parse_layout
from domain.places import SeatingPlan
from domain.tiers import SeatBlock, TierForm
from domain.venues import Venue, VenueChange, VenueForm
from tests.db.catalogue import Silent, a_form, a_venue_form, made_event, made_venue

coordinates = some.one_of(
    some.floats(-1_000_000, 1_000_000, allow_nan=False), some.integers(-100, 100).map(float), some.just(0.0), some.just(-0.0)
)
names = some.text(some.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).filter(str.strip)


@some.composite
def rows(draw: some.DrawFn) -> RowDraft:
    label = draw(names)
    if draw(some.booleans()):
        return RowDraft(label, draw(some.integers(1, 30)))
    numbers = draw(some.lists(some.one_of(some.integers(0, 40).map(str), names), min_size=1, max_size=8, unique=True))
    start, step, has_places = draw(coordinates), draw(some.floats(-2, 2)), draw(some.integers(0, 2))
    seats = [
        SeatDraft(
            number,
            x=None if not has_places else start / 2 + i * step if has_places == 1 else draw(coordinates),
            y=None if not has_places else start / 2,
            accessible=draw(some.booleans()),
            companion=draw(some.booleans()),
            restricted_view=draw(some.booleans()),
        )
        for i, number in enumerate(numbers)
    ]
    return RowDraft(label, seats=seats)


houses = some.lists(
    some.builds(SectionDraft, names, some.lists(rows(), min_size=1, max_size=4, unique_by=lambda row: row.label)),
    min_size=1,
    max_size=3,
    unique_by=lambda section: section.name,
)


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, 2)
    yield pool
    await pool.close()


def a_layout(drafts: Sequence[SectionDraft]) -> Layout:
    layout = parse_layout(drafts)
    assert isinstance(layout, Layout), layout
    return layout


@given(houses)
def test_a_layout_is_read_back_as_it_was_written(drafts: list[SectionDraft]) -> None:
    layout = a_layout(drafts)

    assert read_layout(write_layout(layout)) == layout


async def test_the_database_gives_it_back_exactly(pool: Pool) -> None:
    odd = [SeatDraft("1", 0.1 + 0.2, 1e-300), SeatDraft("2b", -999_999.999999, -0.0), SeatDraft("🎫", 1 / 3, 5e-324, accessible=True)]
    layout = a_layout([SectionDraft("𝔄 \\ \" '", [RowDraft("A", seats=odd), RowDraft("B", 7)])])

    plan: str = await pool.fetchval("SELECT ($1::text)::jsonb::text", write_layout(layout))

    assert read_layout(plan) == layout


def test_100000_seats_in_bulk_take_few_bytes_and_with_even_coordinates_not_many() -> None:
    bulk = a_layout([SectionDraft(f"S{n}", [RowDraft(f"{row}", 50) for row in range(100)]) for n in range(20)])
    seats = [[SeatDraft(str(i + 1), float(i), float(row)) for i in range(50)] for row in range(100)]
    even = a_layout([SectionDraft(f"S{n}", [RowDraft(f"{row}", seats=seats[row]) for row in range(100)]) for n in range(20)])

    assert len(write_layout(bulk)) < 25_000
    assert len(write_layout(even)) < 150_000
    assert read_layout(write_layout(even)) == even


async def test_a_layout_is_read_once_and_is_the_same_object_for_all(pool: Pool) -> None:
    venue = await made_venue(pool)
    layouts = Layouts()
    assert venue.layout_id is not None

    async with pool.acquire() as connection:
        first, second = await layouts.load(venue.layout_id, connection), await layouts.load(venue.layout_id, connection)

    assert first is second
    assert first.seat_count == 12


async def test_the_layouts_longest_unasked_for_are_forgotten(pool: Pool) -> None:
    ids = [venue.layout_id for venue in [await made_venue(pool) for _ in range(3)] if venue.layout_id is not None]
    layouts = Layouts(seats_most=24)

    async with pool.acquire() as connection:

        async def load(number: int) -> Layout:
            return await layouts.load(ids[number], connection)

        first, second = await load(0), await load(1)
        assert await load(0) is first
        await load(2)

        assert layouts.seat_count == 24
        assert await load(0) is first
        assert await load(1) is not second


async def test_an_event_keeps_its_layout_when_its_venue_gets_another(pool: Pool) -> None:
    layouts = Layouts()
    writer = PostgresCatalogueWriter(pool, layouts, Silent())
    venue = await made_venue(pool)
    front = TierForm("Front", price_minor=1, blocks=(SeatBlock("Stalls", ("A",)),))
    event = await made_event(pool, a_form(front, TierForm("Back", price_minor=1), venue_id=venue.venue_id))

    changed = await writer.update_venue(venue.venue_id, VenueChange(sections=[SectionDraft("New", [RowDraft("1", 2)])]))

    assert isinstance(changed, Venue)
    assert changed.layout_id not in (None, venue.layout_id)
    async with pool.acquire() as connection:
        found = await SeatingPlans(layouts.load).fetch(event.event_id, connection)
    assert found is not None
    plan = found[1]
    assert isinstance(plan, SeatingPlan)
    assert (plan.seat_count, plan.starts, plan.tier_nos) == (12, (0, 6), (1, 2))


async def test_a_venue_without_numbered_seats_has_no_layout(pool: Pool) -> None:
    venue = await made_venue(pool, VenueForm("Club", "Street 1", "Berlin", "DE", "Europe/Berlin", capacity=300))

    assert (venue.layout_id, venue.capacity) == (None, 300)


async def test_a_layout_belongs_to_its_venue(pool: Pool) -> None:
    venue = await made_venue(pool, a_venue_form())

    row = await pool.fetchrow("SELECT layout_id, seat_count FROM layout WHERE venue_id = $1", venue.venue_id)

    assert row is not None
    assert (LayoutId(row["layout_id"]), row["seat_count"]) == (venue.layout_id, 12)
