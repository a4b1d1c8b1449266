"""Changes to events and their tiers: what may be changed, what those who booked are told, and which cancellation policies there can be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.cancellation import CancellationPolicy, RefundStep, RefundStepForm, checked_policy
from domain.event_changes import EventChange, check_calling_off, check_change, news
from domain.events import Event, EventNotEditable, EventPhase
from domain.ids import EventId, TierId
from domain.inventory import EventStatus
from domain.places import CAPACITY_MOST, Counts, Tier, TierKind
from domain.tiers import CapacityBelowSold, PriceForm, TierChange, TierNotFound, check_price_change, check_tier_change
from domain.validation import Checks, InvalidInput

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
STARTS, HOUR = NOW + timedelta(days=30), timedelta(hours=1)
EVENT = EventId(7)
SEATED = Tier(1, "Stalls", TierKind.SEATED, 5000, Counts(4, held=1, booked=2, blocked=3))
STANDING = Tier(2, "Floor", TierKind.STANDING, 2000, Counts(4, held=1, booked=2, blocked=3))
TIERS = [SEATED, STANDING]


def an_event(status: EventStatus = EventStatus.PUBLISHED, **facts: object) -> Event:
    """An event that starts in a month, in London."""
    event = Event(
        event_id=EVENT,
        name="Gala",
        description="",
        category_id=None,
        organization_id=None,
        venue_id=None,
        layout_id=None,
        status=status,
        phase=EventPhase.UPCOMING,
        starts_at=STARTS,
        ends_at=STARTS + 2 * HOUR,
        on_sale_at=NOW,
        off_sale_at=STARTS,
        timezone="Europe/London",
        ticket_limit=None,
        currency="GBP",
        min_price_minor=2000,
        max_price_minor=5000,
        capacity=20,
        created_at=NOW,
    )
    return replace(event, **facts)  # type: ignore[arg-type]  # whatever the test names


def changed(event: Event, change: EventChange) -> Event:
    """An event after a change that is allowed."""
    after = check_change(event, change)
    assert isinstance(after, Event), after
    return after


def fields(refused: object) -> set[str]:
    """The fields that are wrong."""
    assert isinstance(refused, InvalidInput), refused
    return {problem.field for problem in refused.problems}


# Who is told


def test_those_who_booked_are_told_of_another_start_end_or_time_zone() -> None:
    before = an_event()

    after = changed(before, EventChange(starts_at=STARTS + HOUR, ends_at=STARTS + 3 * HOUR, timezone="Europe/Paris"))

    assert news(before, after) == {
        "changes": ["starts_at", "ends_at", "timezone"],
        "before": {"starts_at": "2030-01-31T12:00:00+00:00", "ends_at": "2030-01-31T14:00:00+00:00", "timezone": "Europe/London"},
        "after": {"starts_at": "2030-01-31T13:00:00+00:00", "ends_at": "2030-01-31T15:00:00+00:00", "timezone": "Europe/Paris"},
    }


@pytest.mark.parametrize(
    "change", [EventChange(), EventChange(name="Ball", ticket_limit=3), EventChange(starts_at=STARTS), EventChange(cancellation=[])]
)
def test_nobody_is_told_of_what_matters_to_nobody_who_booked(change: EventChange) -> None:
    assert news(an_event(), changed(an_event(), change)) is None


def test_nobody_is_told_of_a_draft() -> None:
    draft = an_event(EventStatus.DRAFT)

    assert news(draft, changed(draft, EventChange(starts_at=STARTS + HOUR))) is None


# Cancelling


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.PUBLISHED])
def test_an_event_is_cancelled_up_to_its_end(status: EventStatus) -> None:
    event = an_event(status)
    last = event.ends_at - timedelta(microseconds=1)

    assert check_calling_off(event, " It rains. ", last) == replace(
        event, status=EventStatus.CANCELLED, cancelled_at=last, cancel_reason="It rains."
    )
    assert check_calling_off(event, "It rains.", event.ends_at) == EventNotEditable(EVENT, status, is_over=True)


def test_a_cancelled_event_stays_as_it_is_whatever_the_reason_and_the_time() -> None:
    event = an_event(EventStatus.CANCELLED, cancelled_at=NOW, cancel_reason="It rains.")

    assert check_calling_off(event, "x" * 501, event.ends_at + HOUR) is event


@pytest.mark.parametrize("reason", ["x" * 501, "a\0b", "\ud800"])
def test_a_reason_is_a_text_of_some_length(reason: str) -> None:
    assert fields(check_calling_off(an_event(), reason, NOW)) == {"reason"}


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_a_reason_may_be_left_out(reason: str | None) -> None:
    event = check_calling_off(an_event(), reason, NOW)

    assert isinstance(event, Event)
    assert event.cancel_reason is None


# Cancellation policies


def test_steps_are_given_in_hours_or_minutes_and_in_any_order() -> None:
    steps = [RefundStepForm(50, minutes_before=90), RefundStepForm(100, hours_before=48), RefundStepForm(0, hours_before=0)]

    after = changed(an_event(), EventChange(cancellation=steps))

    assert after.cancellation == CancellationPolicy((RefundStep(2880, 100), RefundStep(90, 50), RefundStep(0, 0)))


def test_a_policy_can_be_the_houses_again_or_never() -> None:
    own = an_event(cancellation=CancellationPolicy())

    assert changed(own, EventChange()).cancellation == CancellationPolicy()
    assert changed(own, EventChange(cancellation=None)).cancellation is None
    assert changed(own, EventChange(cancellation=[])).cancellation == CancellationPolicy(())


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ([RefundStepForm(101, hours_before=1)], "p.0.refundPercent"),
        ([RefundStepForm(-1, hours_before=1)], "p.0.refundPercent"),
        ([RefundStepForm(50, hours_before=-1)], "p.0.hoursBefore"),
        ([RefundStepForm(50, hours_before=8761)], "p.0.hoursBefore"),
        ([RefundStepForm(50, hours_before=2**62)], "p.0.hoursBefore"),
        ([RefundStepForm(50, minutes_before=365 * 24 * 60 + 1)], "p.0.minutesBefore"),
        ([RefundStepForm(50, minutes_before=-1)], "p.0.minutesBefore"),
        ([RefundStepForm(50)], "p.0.hoursBefore"),
        ([RefundStepForm(50, hours_before=1, minutes_before=60)], "p.0.hoursBefore"),
        ([RefundStepForm(50, hours_before=1), RefundStepForm(50, minutes_before=60)], "p"),
        ([RefundStepForm(50, hours_before=2), RefundStepForm(51, hours_before=1)], "p"),
        ([RefundStepForm(50, hours_before=hours) for hours in range(11)], "p"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(steps: Sequence[RefundStepForm], field: str) -> None:
    checks = Checks()

    checked_policy(checks, "p", steps)

    assert [problem.field for problem in checks.problems] == [field]


# Tiers


def test_a_price_is_given_in_minor_units_or_in_the_currencys_own() -> None:
    tier_id = TierId(EVENT, 1)

    assert check_price_change(TIERS, tier_id, PriceForm(price_minor=0), "GBP") == replace(SEATED, price_minor=0)
    assert check_price_change(TIERS, tier_id, PriceForm(price=Decimal("75.5")), "GBP") == replace(SEATED, price_minor=7550)
    assert fields(check_price_change(TIERS, tier_id, PriceForm(), "GBP")) == {"price"}
    assert fields(check_price_change(TIERS, tier_id, PriceForm(1, Decimal(1)), "GBP")) == {"price"}
    assert fields(check_price_change(TIERS, tier_id, PriceForm(-1), "GBP")) == {"priceMinor"}
    assert fields(check_price_change(TIERS, tier_id, PriceForm(price=Decimal("0.5")), "JPY")) == {"price"}
    assert check_price_change(TIERS, TierId(EVENT, 3), PriceForm(1), "GBP") == TierNotFound(TierId(EVENT, 3))


def test_room_is_taken_down_to_what_is_taken_and_no_further() -> None:
    tier_id = TierId(EVENT, 2)

    assert resized(tier_id, 6) == replace(STANDING, counts=Counts(0, held=1, booked=2, blocked=3))
    assert resized(tier_id, 100) == replace(STANDING, counts=Counts(94, held=1, booked=2, blocked=3))
    assert resized(tier_id, 5) == CapacityBelowSold(tier_id, asked=5, least=6)


@pytest.mark.parametrize("capacity", [0, -1, 2**31, CAPACITY_MOST - 9])
def test_an_event_has_no_more_places_than_can_be(capacity: int) -> None:
    assert fields(resized(TierId(EVENT, 2), capacity)) == {"capacity"}


def test_seats_of_a_layout_are_as_many_as_they_are_and_seats_without_numbers_are_room() -> None:
    tier_id = TierId(EVENT, 1)

    assert fields(resized(tier_id, 12)) == {"capacity"}
    assert check_tier_change(TIERS, tier_id, TierChange(capacity=12), has_layout=False) == replace(
        SEATED, counts=Counts(6, held=1, booked=2, blocked=3)
    )


def test_a_tier_has_a_name_of_its_own() -> None:
    tier_id = TierId(EVENT, 1)

    assert check_tier_change(TIERS, tier_id, TierChange(name=" Parterre "), has_layout=True) == replace(SEATED, name="Parterre")
    assert check_tier_change(TIERS, tier_id, TierChange(name="Stalls"), has_layout=True) == SEATED
    for name in ("Floor", "", "x" * 51, "\0"):
        assert fields(check_tier_change(TIERS, tier_id, TierChange(name=name), has_layout=True)) == {"name"}
    assert check_tier_change(TIERS, TierId(EVENT, 9), TierChange(), has_layout=True) == TierNotFound(TierId(EVENT, 9))


def resized(tier_id: TierId, capacity: int) -> object:
    """What comes of giving a tier so many places, where SEATED ones are a layout's."""
    return check_tier_change(TIERS, tier_id, TierChange(capacity=capacity), has_layout=True)
