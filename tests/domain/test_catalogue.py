"""The catalogue's rules: cursors, what an event to be must be like, and who sees one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.callers import Caller, Role
from domain.catalogue import VENUES_BY_NAME, EventOrder, EventOrderBy, InvalidArgument, Place
from domain.event_changes import EventChange, check_change
from domain.events import (
    Event,
    EventForm,
    EventNotEditable,
    EventPhase,
    NewEvent,
    check_event,
    manages,
    may_see,
    phase_of,
)
from domain.ids import EventId, LayoutId, OrganizationId, UserId, VenueId
from domain.inventory import EventStatus
from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.money import Money
from domain.places import Counts, TierKind
from domain.tiers import SeatBlock, TierForm
from domain.validation import InvalidInput, Problem
from domain.venues import COUNTRIES, NewVenue, Venue, VenueChange, VenueForm, check_category, check_venue

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
STARTS, ENDS = NOW + timedelta(days=30), NOW + timedelta(days=30, hours=2)
HOUR = timedelta(hours=1)
ORGANIZATION = OrganizationId(9)
ORDERS = [EventOrder(by, descending).name for by in EventOrderBy for descending in (False, True)] + [VENUES_BY_NAME]

instants = some.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=some.just(UTC))  # noqa: DTZ001 -- the zone is beside them
keys = some.one_of(instants, some.integers(-(2**63), 2**63 - 1), some.text(some.characters(exclude_categories=["Cs"])))
places = some.builds(Place, keys, some.integers(1, 2**63 - 1))


def a_house() -> Layout:
    """Stalls with rows A and B of five seats, a circle with one of four."""
    layout = parse_layout([SectionDraft("Stalls", [RowDraft("A", 5), RowDraft("B", 5)]), SectionDraft("Circle", [RowDraft("A", 4)])])
    assert isinstance(layout, Layout)
    return layout


def a_form(*tiers: TierForm, starts_at: datetime = STARTS, ends_at: datetime = ENDS, **facts: object) -> EventForm:
    form = EventForm("Gala", starts_at, ends_at, "GBP", tiers or (floor(),), timezone="Europe/London")
    return replace(form, **facts)  # type: ignore[arg-type]  # whatever the test names


def floor(capacity: int | None = 10, price_minor: int | None = 100) -> TierForm:
    return TierForm("Floor", TierKind.STANDING, price_minor=price_minor, capacity=capacity)


def seats(name: str, *blocks: SeatBlock, price_minor: int = 100) -> TierForm:
    return TierForm(name, price_minor=price_minor, blocks=blocks)


def checked(form: EventForm, layout: Layout | None = None) -> NewEvent:
    new = check_event(form, None, layout, NOW)
    assert isinstance(new, NewEvent), new
    return new


def problems(form: EventForm, layout: Layout | None = None) -> tuple[Problem, ...]:
    invalid = check_event(form, None, layout, NOW)
    assert isinstance(invalid, InvalidInput)
    return invalid.problems


def an_event(status: EventStatus = EventStatus.PUBLISHED, organization: OrganizationId | None = ORGANIZATION) -> Event:
    draft = checked(a_form(organization_id=organization)).as_draft(EventId(7), a_form(organization_id=organization), None, NOW)
    return replace(draft, status=status)


# Cursors


@given(places, some.sampled_from(ORDERS))
def test_a_cursor_is_read_back_as_the_place_it_was_made_of(place: Place, order: str) -> None:
    assert Place.of(place.cursor(order), order) == place


@given(places, some.sampled_from(ORDERS), some.sampled_from(ORDERS))
def test_a_cursor_of_another_order_is_none(place: Place, made_by: str, order: str) -> None:
    if made_by != order:
        with pytest.raises(InvalidArgument):
            Place.of(place.cursor(made_by), order)


@given(some.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidArgument):
        Place.of(text, ORDERS[0])


@given(places, some.data())
def test_a_cursor_that_was_tampered_with_is_none(place: Place, data: some.DataObject) -> None:
    cursor = place.cursor(ORDERS[0])
    position = data.draw(some.integers(0, len(cursor) - 1))
    letter = data.draw(some.sampled_from("ABCxyz019-_=+/ "))
    tampered = cursor[:position] + letter + cursor[position + 1 :]

    if tampered != cursor:
        with pytest.raises(InvalidArgument):
            Place.of(tampered, ORDERS[0])


# Tiers and seats


def test_a_seating_plan_has_each_row_in_the_tier_that_names_it() -> None:
    new = checked(
        a_form(seats("Front", SeatBlock("Stalls", ("A",))), seats("Back", SeatBlock("Circle"), SeatBlock("Stalls", ("B",)))), a_house()
    )

    assert new.plan is not None
    assert (new.plan.starts, new.plan.tier_nos) == ((0, 5), (1, 2))
    assert [(tier.tier_no, tier.counts) for tier in new.tiers] == [(1, Counts(available=5)), (2, Counts(available=9))]
    assert new.capacity == 14


def test_a_tier_with_neither_sections_nor_capacity_covers_the_rest() -> None:
    new = checked(a_form(TierForm("Rest", price_minor=1), seats("Back", SeatBlock("Stalls", ("B",))), floor()), a_house())

    assert new.plan is not None
    assert (new.plan.starts, new.plan.tier_nos) == ((0, 5, 10), (1, 2, 1))
    assert new.capacity == 24


def test_one_tier_at_most_covers_the_rest() -> None:
    found = problems(a_form(TierForm("a", price_minor=1), TierForm("b", price_minor=1)), a_house())

    assert Problem("tiers", "more than one covers the seats that no other does: give `sections` or `capacity`") in found


def test_a_house_with_seats_is_used_without_them_where_no_tier_names_any() -> None:
    new = checked(a_form(floor(), TierForm("Chairs", price_minor=1, capacity=50)), a_house())

    assert new.plan is None
    assert [tier.counts.total for tier in new.tiers] == [10, 50]


def test_where_seats_are_numbered_a_seated_tier_cannot_count_places_of_its_own() -> None:
    found = problems(
        a_form(seats("All", SeatBlock("Stalls"), SeatBlock("Circle")), TierForm("Chairs", price_minor=1, capacity=50)), a_house()
    )

    assert [problem.field for problem in found] == ["tiers.1.capacity", "tiers.1.sections"]


def test_a_capacity_that_agrees_with_the_seats_is_taken() -> None:
    assert checked(a_form(replace(seats("All", SeatBlock("Stalls"), SeatBlock("Circle")), capacity=14)), a_house()).capacity == 14


def test_seats_in_no_tier_are_named_by_section_and_row() -> None:
    found = problems(a_form(seats("Back", SeatBlock("Stalls", ("B",)))), a_house())

    assert Problem("tiers", "leave seats in no tier: section 'Stalls' rows A; section 'Circle' rows A") in found


def test_of_many_rows_only_the_first_are_named() -> None:
    layout = parse_layout([SectionDraft("S", [RowDraft(str(n), 1) for n in range(100)])])
    assert isinstance(layout, Layout)

    found = problems(a_form(seats("One", SeatBlock("S", ("0",)))), layout)

    assert Problem("tiers", "leave seats in no tier: section 'S' rows 1, 2, 3, 4, 5 and 94 more") in found


def test_standing_room_covers_no_seats() -> None:
    standing = TierForm("Floor", TierKind.STANDING, price_minor=1, blocks=(SeatBlock("Stalls"),))

    assert "tiers.0.sections" in {problem.field for problem in problems(a_form(standing), a_house())}


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [("75.00", "GBP", 7500), ("75", "GBP", 7500), ("0", "GBP", 0), ("500", "JPY", 500), ("1.234", "KWD", 1234), ("1E+2", "GBP", 10_000)],
)
def test_a_price_in_the_currencys_own_unit_is_exact(price: str, currency: str, minor: int) -> None:
    new = checked(a_form(replace(floor(), price=Decimal(price), price_minor=None), currency=currency))

    assert new.tiers[0].price_minor == minor


def test_an_event_may_be_free_and_has_the_prices_of_its_cheapest_and_dearest_tier() -> None:
    form = a_form(floor(price_minor=0), replace(floor(price_minor=900), name="Gold"))

    draft = checked(form).as_draft(EventId(7), form, None, NOW)

    assert (draft.min_price, draft.max_price) == (Money(0, "GBP"), Money(900, "GBP"))


# Times


def test_sales_run_from_now_to_the_start_unless_told_otherwise() -> None:
    new = checked(a_form())

    assert (new.on_sale_at, new.off_sale_at) == (NOW, STARTS)


def test_sales_of_an_event_that_has_started_do_not_begin_after_they_end() -> None:
    new = checked(a_form(starts_at=NOW - HOUR, ends_at=NOW + HOUR))

    assert new.on_sale_at == new.off_sale_at == NOW - HOUR


def test_sales_may_go_on_while_the_event_does() -> None:
    assert checked(a_form(off_sale_at=ENDS)).off_sale_at == ENDS


def test_without_a_timezone_the_venues_is_taken() -> None:
    new = check_event(a_form(timezone=None), a_venue(), None, NOW)

    assert isinstance(new, NewEvent)
    assert new.timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (STARTS - timedelta(microseconds=1), EventPhase.UPCOMING),
        (STARTS, EventPhase.ONGOING),
        (ENDS - timedelta(microseconds=1), EventPhase.ONGOING),
        (ENDS, EventPhase.COMPLETED),
    ],
)
def test_an_event_is_ongoing_from_its_start_to_before_its_end(now: datetime, phase: EventPhase) -> None:
    assert phase_of(STARTS, ENDS, now) is phase


# Changes


def test_a_change_keeps_what_it_does_not_name() -> None:
    changed = check_change(an_event(), EventChange(name=" New "))

    assert changed == replace(an_event(), name="New")


def test_sales_that_ended_with_the_start_follow_it_and_others_do_not() -> None:
    own = replace(an_event(), off_sale_at=STARTS - HOUR)
    later = EventChange(starts_at=STARTS + HOUR, ends_at=ENDS + HOUR)

    moved, kept = check_change(an_event(), later), check_change(own, later)

    assert isinstance(moved, Event)
    assert isinstance(kept, Event)
    assert (moved.off_sale_at, kept.off_sale_at) == (STARTS + HOUR, STARTS - HOUR)


def test_a_change_is_checked_with_what_it_leaves() -> None:
    found = check_change(an_event(), EventChange(starts_at=ENDS, ticket_limit=0))

    assert isinstance(found, InvalidInput)
    assert [problem.field for problem in found.problems] == ["endsAt", "ticketLimit"]


def test_a_cancelled_event_stays_as_it_is() -> None:
    assert check_change(an_event(EventStatus.CANCELLED), EventChange(name="")) == EventNotEditable(EventId(7), EventStatus.CANCELLED)


# Who sees what


@pytest.mark.parametrize(
    ("caller", "runs"),
    [
        (None, False),
        (Caller(UserId(1), Role.USER), False),
        (Caller(UserId(1), Role.ORGANIZER, frozenset((OrganizationId(8),))), False),
        (Caller(UserId(1), Role.ORGANIZER, frozenset((ORGANIZATION,))), True),
        (Caller(UserId(1), Role.ADMIN), True),
    ],
)
def test_a_draft_is_seen_by_those_who_run_it_and_all_else_by_everybody(caller: Caller | None, runs: bool) -> None:
    assert manages(caller, an_event()) == runs
    assert may_see(caller, an_event(EventStatus.DRAFT)) == runs
    assert may_see(caller, an_event(EventStatus.PUBLISHED))
    assert may_see(caller, an_event(EventStatus.CANCELLED))


def test_an_event_of_no_organization_is_run_by_admins() -> None:
    nobodys = an_event(organization=None)

    assert not manages(Caller(UserId(1), Role.ORGANIZER, frozenset((ORGANIZATION,))), nobodys)
    assert manages(Caller(UserId(1), Role.ADMIN), nobodys)


# Venues


def a_venue(capacity: int = 10, layout_id: LayoutId | None = None) -> Venue:
    return Venue(VenueId(5), "Hall", "Street 1", "Berlin", None, "DE", None, "Europe/Berlin", capacity, layout_id, NOW)


def test_countries_are_the_officially_assigned_ones() -> None:
    assert len(COUNTRIES) == 249
    assert {"GB", "DE", "GR", "SS", "XK"} - COUNTRIES == {"XK"}


def test_a_venue_holds_as_many_as_it_has_seats_unless_told_otherwise() -> None:
    sections = [SectionDraft("S", [RowDraft("A", 5)])]
    form = VenueForm("Hall", "Street 1", "Berlin", "DE", "Europe/Berlin", sections=sections)

    counted, given_ = check_venue(form), check_venue(replace(form, capacity=100))

    assert isinstance(counted, NewVenue)
    assert isinstance(given_, NewVenue)
    assert (counted.capacity, given_.capacity) == (5, 100)


def test_a_venue_keeps_the_seats_it_has_within_its_capacity() -> None:
    change = VenueChange(capacity=3)

    found = check_venue(change.applied(a_venue(layout_id=LayoutId(1))), seats_already=4)

    assert found == InvalidInput((Problem("capacity", "is less than the venue's 4 seats"),))


@given(some.text(max_size=70))
def test_a_slug_that_is_taken_is_good_in_an_address(slug: str) -> None:
    if not isinstance(check_category(slug, "Music"), InvalidInput):
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert slug == slug.strip("-")
        assert "--" not in slug
        assert 1 <= len(slug) <= 60
