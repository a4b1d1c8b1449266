"""How long one may still wait, as far as the queue's pace tells, and what an entry says of itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import BookingId, EntryId
from domain.waitlist import EntryStatus, Pace, Standing, WaitlistEntry, estimated_wait
from tests.domain.builders import EVENT, ON_SALE, a_user

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENTRY = WaitlistEntry(EntryId(EVENT, 5), a_user("ann"), None, 2, True, EntryStatus.WAITING, ON_SALE)


@pytest.mark.parametrize(
    ("places", "pace", "wait"),
    [
        (10, Pace(places=20, over=2 * HOUR, left=DAY), HOUR),
        (1, Pace(places=1, over=DAY, left=30 * DAY), DAY),
        (1, Pace(places=7, over=HOUR, left=DAY), timedelta(minutes=9)),
        (1, Pace(places=1_000, over=timedelta(seconds=1), left=DAY), timedelta(minutes=1)),
        (24, Pace(places=1, over=HOUR, left=DAY), DAY),
    ],
)
def test_an_estimate_is_the_places_ahead_at_the_pace_of_late_in_whole_minutes(places: int, pace: Pace, wait: timedelta) -> None:
    assert estimated_wait(places, pace) == wait


@pytest.mark.parametrize(
    "pace",
    [
        Pace(places=0, over=DAY, left=DAY),
        Pace(places=5, over=timedelta(0), left=DAY),
        Pace(places=1, over=HOUR, left=24 * HOUR),
        Pace(places=100, over=HOUR, left=-HOUR),
    ],
    ids=["nothing was offered", "the queue has just begun", "sales end before", "sales have ended"],
)
def test_where_nothing_is_known_nothing_is_estimated(pace: Pace) -> None:
    assert estimated_wait(25, pace) is None


def test_ones_own_places_count_and_who_waits_no_more_has_neither_place_nor_wait() -> None:
    pace = Pace(places=4, over=4 * HOUR, left=DAY)

    waiting = Standing(ENTRY, ahead=1, places_ahead=3, pace=pace)
    ended = Standing(replace(ENTRY, status=EntryStatus.LEFT), ahead=None, places_ahead=None, pace=pace)

    assert (waiting.position, waiting.wait) == (2, 5 * HOUR)
    assert (ended.position, ended.wait) == (None, None)


def test_an_entry_has_an_offer_while_it_is_open_and_once_it_is_accepted() -> None:
    have = [status for status in EntryStatus if replace(ENTRY, status=status).has_offer]

    assert have == [EntryStatus.OFFERED, EntryStatus.ACCEPTED]
    assert ENTRY.booking_id == BookingId(EVENT, 5)
