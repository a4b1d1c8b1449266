"""The demo's programme and its crowd, before any of it is stored."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from domain.bookings import HOLDING
from domain.ids import CategoryId, LayoutId, OrganizationId, UserId, VenueId
from domain.inventory import BookingPolicy, EventStatus
from domain.layouts import Layout, SectionDraft, parse_layout
from domain.seeds import SeededEvent
from domain.tiers import TierForm
from domain.venues import Venue
from runtime.demo import TICKET_LIMIT, Ground, House, form
from runtime.demo_crowd import staged
from runtime.demo_houses import ARENA_TIERS, CLUB_TIERS, STUDIO_TIERS, THEATRE_TIERS, arena, studio, theatre
from runtime.demo_programme import CATEGORIES, FIRST_NIGHT, Showing, Stage, programme

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BUYERS = [UserId(number) for number in range(1, 1001)]


def house(stage: Stage, sections: list[SectionDraft] | None, tiers: tuple[TierForm, ...], currency: str) -> House:
    layout = parse_layout(sections) if sections is not None else None
    assert layout is None or isinstance(layout, Layout)
    layout_id = LayoutId(1) if layout is not None else None
    return House(
        Venue(VenueId(1), stage.value, "1 Lane", "London", None, "GB", None, "Europe/London", 1, layout_id, NOW), layout, tiers, currency
    )


@pytest.fixture(scope="module")
def ground() -> Ground:
    houses = {
        Stage.THEATRE: house(Stage.THEATRE, theatre(), THEATRE_TIERS, "GBP"),
        Stage.ARENA: house(Stage.ARENA, arena(), ARENA_TIERS, "GBP"),
        Stage.CLUB: house(Stage.CLUB, None, CLUB_TIERS, "EUR"),
        Stage.STUDIO: house(Stage.STUDIO, studio(), STUDIO_TIERS, "GBP"),
    }
    return Ground(houses, {slug: CategoryId(n) for n, slug in enumerate(CATEGORIES, 1)}, OrganizationId(1))


def sold(showing: Showing, ground: Ground, now: datetime = NOW) -> SeededEvent:
    at = ground.houses[showing.stage]
    return staged(showing, form(showing, ground, now), at.venue, at.layout, BUYERS, BookingPolicy(), now)


@pytest.fixture(scope="module")
def stored(ground: Ground) -> list[tuple[Showing, SeededEvent]]:
    return [(showing, sold(showing, ground)) for showing in programme()]


def left(seeded: SeededEvent) -> int:
    return sum(tier.counts.available for tier in seeded.tiers)


def test_there_is_an_evening_for_each_thing_that_can_be_seen(stored: list[tuple[Showing, SeededEvent]]) -> None:
    shown = {(showing.stage, showing.days): seeded for showing, seeded in stored}

    assert left(shown[Stage.CLUB, 3]) == 0, "sold out: a waitlist can be joined"
    assert 1 <= left(shown[Stage.STUDIO, 4]) <= 5, "few seats left"
    assert any(showing.work is FIRST_NIGHT and left(seeded) < seeded.event.capacity * 0.03 for showing, seeded in stored)
    assert any(seeded.event.on_sale_at > NOW and seeded.event.status is EventStatus.PUBLISHED for _, seeded in stored)
    assert {seeded.event.status for _, seeded in stored} == set(EventStatus)


def test_each_of_its_events_has_a_name_a_text_and_a_day_of_its_own(stored: list[tuple[Showing, SeededEvent]]) -> None:
    assert len({seeded.event.event_id for _, seeded in stored}) == len(stored) > 100
    assert len({(seeded.event.venue_id, seeded.event.name, seeded.event.starts_at) for _, seeded in stored}) == len(stored)
    assert all(seeded.event.description and seeded.event.category_id for _, seeded in stored)


def test_nobody_has_more_of_an_event_than_its_limit(stored: list[tuple[Showing, SeededEvent]]) -> None:
    for _, seeded in stored:
        for user_id in {booking.user_id for booking in seeded.bookings}:
            assert sum(kept(seeded, user_id)) <= TICKET_LIMIT


def kept(seeded: SeededEvent, user_id: UserId) -> Iterator[int]:
    return (booking.quantity for booking in seeded.bookings if booking.user_id == user_id and booking.status in HOLDING)


def test_nothing_that_was_sold_runs_out_while_somebody_looks(stored: list[tuple[Showing, SeededEvent]]) -> None:
    assert all(tier.counts.held == 0 for _, seeded in stored for tier in seeded.tiers)


def test_the_same_is_sold_at_each_start(ground: Ground) -> None:
    first = next(programme())

    one, other = sold(first, ground), sold(first, ground, datetime(2027, 3, 1, 8, tzinfo=UTC))

    assert one.seats == other.seats
    assert [booking.id for booking in one.bookings] == [booking.id for booking in other.bookings]
