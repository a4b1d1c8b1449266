"""Users' notifications and preferences in the database, and how those that are due are shared out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from db.due_notifications import PostgresDueNotifications
from db.identifiers import new_number
from db.notifications import PostgresNotifications
from db.pool import Pool, open_pool
from domain.delivery import Channel, DeliveryStatus, Outcome, Recipient
from domain.ids import EventId, NotificationId, UserId
from domain.notifications import Notification, NotificationKind, Occasion, Preferences, PreferencesChange
from domain.ports import Outage
from domain.users import UserNotFound
from domain.validation import InvalidInput, Problem
from tests.notices.builders import CONFIRMED, STARTS, a_booking, a_user, an_event, notify, state_of

Kind = NotificationKind
MINUTE = timedelta(minutes=1)
PHONE = "+442079460018"


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, 6)
    yield pool
    await pool.close()


@pytest.fixture
def kept(pool: Pool) -> PostgresNotifications:
    return PostgresNotifications(pool)


@pytest.fixture
def due(pool: Pool) -> PostgresDueNotifications:
    return PostgresDueNotifications(pool)


# What users see


async def test_a_users_notifications_come_newest_first_in_pages(pool: Pool, kept: PostgresNotifications) -> None:
    ann, ben = await a_user(pool), await a_user(pool)
    events = [await an_event(pool) for _ in range(3)]
    written = [await notify(pool, events[number % 3], ann, ago=number * MINUTE) for number in range(7)]
    await notify(pool, events[0], ben)

    pages: list[list[Notification]] = []
    after = None
    while page := await kept.of_user(ann, most=3, after=after):
        pages.append(page)
        after = (page[-1].created_at, page[-1].id.number)

    assert [[notification.id for notification in page] for page in pages] == [written[:3], written[3:6], written[6:]]
    assert await kept.count_of_user(ann) == 7
    assert await kept.unread_many([ann, ben, UserId(new_number())]) == [7, 1, 0]


async def test_a_notification_is_read_as_it_was_written(pool: Pool, kept: PostgresNotifications) -> None:
    ann, event_id = await a_user(pool), await an_event(pool)
    booking = a_booking(event_id)
    giver = await a_user(pool)
    first = await notify(pool, event_id, ann, booking_no=booking.number)
    second = await notify(pool, event_id, ann, Kind.TICKET_RECEIVED, ticket="tkt_1", from_user=str(giver))

    found, gift, missing = await kept.find_many([first, second, NotificationId(event_id, new_number())])

    assert found is not None
    assert found == Notification(first, ann, Kind.BOOKING_CONFIRMED, booking, CONFIRMED, found.created_at)
    assert abs(found.created_at - datetime.now(UTC)) < MINUTE
    assert found.giver is None
    assert gift is not None
    assert gift.giver == giver
    assert missing is None


async def test_only_ones_own_are_marked_as_read_and_only_once(pool: Pool, kept: PostgresNotifications) -> None:
    ann, ben = await a_user(pool), await a_user(pool)
    one, other = await an_event(pool), await an_event(pool)
    older, newer, unasked = await notify(pool, one, ann, ago=MINUTE), await notify(pool, other, ann), await notify(pool, one, ann)
    bens = await notify(pool, one, ben)
    missing = NotificationId(one, new_number())

    marked = await kept.mark_read(ann, [older, newer, bens, missing])
    again = await kept.mark_read(ann, [newer, older])

    assert [notification.id for notification in marked] == [newer, older]
    assert all(notification.read_at is not None for notification in marked)
    assert again == marked
    assert await kept.unread_many([ann, ben]) == [1, 1]
    found = await kept.find_many([unasked, bens])
    assert [notification and notification.read_at for notification in found] == [None, None]


async def test_of_what_has_arrived_only_what_was_not_told_is_read_oldest_first(pool: Pool, kept: PostgresNotifications) -> None:
    ann, event_id = await a_user(pool), await an_event(pool)
    await notify(pool, event_id, ann, ago=2 * MINUTE)
    first, second, third = [await notify(pool, event_id, ann, ago=timedelta(seconds=ago)) for ago in (30, 20, 10)]

    assert {known for _, known in await kept.arrived([ann], 60.0)} == {first, second, third}
    assert [found.id for found in await kept.arrived_at(ann, 60.0, [second], 10)] == [first, third]
    assert [found.id for found in await kept.arrived_at(ann, 60.0, [], 1)] == [first]


# Preferences


async def test_preferences_are_everybodys_at_first_and_change_piece_by_piece(pool: Pool, kept: PostgresNotifications) -> None:
    ann = await a_user(pool, phone=PHONE)
    assert await kept.preferences_many([ann, UserId(new_number())]) == [Preferences()] * 2

    muted = frozenset((Kind.BOOKING_EXPIRED, Kind.EVENT_CHANGED))
    assert await kept.change_preferences(ann, PreferencesChange(sms=True)) == Preferences(True, True)
    assert await kept.change_preferences(ann, PreferencesChange(email=False, muted=muted)) == Preferences(False, True, muted)
    assert await kept.change_preferences(ann, PreferencesChange()) == Preferences(False, True, muted)

    assert await kept.preferences_many([ann]) == [Preferences(False, True, muted)]


async def test_sms_needs_a_phone_and_a_cancelled_event_cannot_be_muted(pool: Pool, kept: PostgresNotifications) -> None:
    ann = await a_user(pool)
    change = PreferencesChange(email=False, sms=True, muted=frozenset(Kind))

    assert await kept.change_preferences(ann, change) == InvalidInput(
        (
            Problem("sms", "needs a phone number in your profile"),
            Problem("mutedTypes", "cannot hold EVENT_CANCELLED, which everybody is told"),
        )
    )
    assert await kept.preferences_many([ann]) == [Preferences()]
    nobody = UserId(new_number())
    assert await kept.change_preferences(nobody, PreferencesChange(email=False)) == UserNotFound(nobody)


async def test_a_kind_that_this_version_does_not_know_is_passed_over(pool: Pool, kept: PostgresNotifications) -> None:
    ann = await a_user(pool)
    await pool.execute("UPDATE account SET muted_kinds = '{1,99}' WHERE user_id = $1", ann)

    assert await kept.preferences_many([ann]) == [Preferences(muted=frozenset((Kind.BOOKING_CANCELLED,)))]


# What is due


async def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(pool: Pool, due: PostgresDueNotifications) -> None:
    event_id, ann = await an_event(pool), await a_user(pool, "Ann", email="ann@people.test", phone=PHONE)
    written = await notify(pool, event_id, ann)

    (claimed,) = await due.claim(event_id, 10, MINUTE)
    nothing = await due.claim(event_id, 10, MINUTE)
    await pool.execute("UPDATE notification SET due_at = now() WHERE event_id = $1", event_id)
    (again,) = await due.claim(event_id, 10, MINUTE)

    assert (claimed.notification.id, claimed.attempt, claimed.sent) == (written, 1, Channel(0))
    assert claimed.recipient == Recipient("Ann", "ann@people.test", PHONE, Preferences())
    assert claimed.occasion == Occasion("Gala", STARTS, "Europe/London")
    assert nothing == []
    assert (again.notification.id, again.attempt) == (written, 2)


async def test_many_who_claim_at_once_share_without_waiting_for_each_other(pool: Pool, due: PostgresDueNotifications) -> None:
    event_id, ann = await an_event(pool), await a_user(pool)
    written = {await notify(pool, event_id, ann) for _ in range(40)}

    shares = await asyncio.gather(*(due.claim(event_id, 10, MINUTE) for _ in range(4)))
    rest = await due.claim(event_id, 40, MINUTE)

    taken = [claimed.notification.id for share in [*shares, rest] for claimed in share]
    assert (len(taken), set(taken)) == (40, written)


async def test_events_with_something_due_are_found_and_those_done_or_dead_are_not(pool: Pool, due: PostgresDueNotifications) -> None:
    ann = await a_user(pool)
    waits, later, done, dead = [await an_event(pool) for _ in range(4)]
    await notify(pool, waits, ann)
    await notify(pool, later, ann, ago=-MINUTE)
    for event_id, status in ((done, DeliveryStatus.DONE), (dead, DeliveryStatus.DEAD)):
        written = await notify(pool, event_id, ann)
        await due.claim(event_id, 1, timedelta())
        await due.record(event_id, [Outcome(written, 1, Channel.EMAIL, status)])
        assert await state_of(pool, written) == (status, Channel.EMAIL, 1)

    found = await due.due_events(10_000)

    assert waits in found
    assert not {later, done, dead} & set(found)


async def test_what_is_put_back_counts_no_attempt(pool: Pool, due: PostgresDueNotifications) -> None:
    event_id = await an_event(pool)
    written = await notify(pool, event_id, await a_user(pool))
    await due.claim(event_id, 1, MINUTE)

    await due.record(event_id, [Outcome(written, 1, Channel(0), DeliveryStatus.DUE, counts=False)])

    assert await state_of(pool, written) == (DeliveryStatus.DUE, Channel(0), 0)
    assert [claimed.attempt for claimed in await due.claim(event_id, 1, MINUTE)] == [1]


async def test_a_user_who_is_gone_and_an_event_that_is_gone_are_told_as_such(pool: Pool, due: PostgresDueNotifications) -> None:
    event_id = EventId(new_number())
    await notify(pool, event_id, UserId(new_number()))

    (claimed,) = await due.claim(event_id, 1, MINUTE)

    assert (claimed.recipient, claimed.occasion) == (None, None)
    assert claimed.wanted(datetime.now(UTC)) == Channel(0)


async def test_a_database_that_is_out_is_an_outage(database_url: str) -> None:
    closed = await open_pool(database_url, 1)
    await closed.close()

    with pytest.raises(Outage):
        await PostgresDueNotifications(closed).due_events(1)
    with pytest.raises(Outage):
        await PostgresDueNotifications(closed).claim(EventId(1), 1, MINUTE)
    with pytest.raises(Outage):
        await PostgresNotifications(closed).unread_many([UserId(1)])
