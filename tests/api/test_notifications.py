"""A user's notifications in the app: the list, what is read, what is told live, and how one wants to be told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from db.bookings import Bookings
from db.catalogue import PostgresCatalogue
from db.identifiers import new_number
from db.layouts import Layouts
from db.notifications import PostgresNotifications
from db.pool import Pool
from domain import accounts, users
from domain.callers import Caller
from domain.changes import ChangeSet
from domain.ids import BookingId, EventId, NotificationId, UserId
from domain.notifications import NotificationKind
from live.arrivals import LiveArrivals
from live.feed import ChangeFeed, channel_of_user
from tests.api.asking import Failed
from tests.api.house import ADMIN, House, a_house
from tests.api.stage import CountingPool, an_organizer
from tests.db.events import eventually
from tests.notices.builders import notify

LIST = """query ($first: Int!, $after: String) { me { unreadNotifications notifications(first: $first, after: $after) { totalCount
    edges { cursor node { id type subject body sentAt readAt booking { id } event { id name } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Notification { type subject booking { id } } } }"
READ = """mutation ($ids: [ID!]!) { markNotificationsRead(ids: $ids) { __typename ... on Refusal { code message }
    ... on NotificationsRead { notifications { id readAt } unreadNotifications } ... on ValidationFailed { fields { field message } } } }"""
PREFERENCES = "{ me { notificationPreferences { email sms mutedTypes } } }"
PREFER = """mutation ($input: UpdateNotificationPreferencesInput!) { updateNotificationPreferences(input: $input) { __typename
    ... on Refusal { code message } ... on NotificationPreferences { email sms mutedTypes }
    ... on UserNotFound { userId } ... on ValidationFailed { fields { field message } } } }"""
RECEIVED = "subscription { notificationReceived { id type subject readAt event { name } booking { id } } }"
SECONDS = 10
Kind = NotificationKind


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url) as house:
        yield house


@pytest.fixture(scope="module")
async def feed(redis_url: str) -> AsyncIterator[ChangeFeed]:
    """A process that commits, and tells."""
    feed = ChangeFeed(redis_url)
    await feed.start()
    yield feed
    await feed.close()


async def told(house: House, user: Caller, event_id: str, kind: Kind = Kind.BOOKING_CONFIRMED, **facts: Any) -> str:
    """A notification's id."""
    return str(await notify(house.pool, EventId.parse(event_id), user.user_id, kind, **facts))


async def page(house: House, user: Caller, first: int = 20, after: str | None = None) -> Any:
    """A page of a user's own."""
    return (await house.ask(LIST, user, first=first, after=after))["notifications"]


async def of_user(house: House, user_id: UserId) -> list[str]:
    """What the database has of a user."""
    return [str(found.id) for found in await PostgresNotifications(house.pool).of_user(user_id, most=100)]


# The list


async def test_a_notification_says_what_happened_and_leads_to_it(house: House) -> None:
    user, event_id = await house.user(), await house.event(name="Winter's Tale")
    booking = await house.book(user, event_id, 0)
    written = await told(
        house, user, event_id, booking_no=BookingId.parse(booking["id"]).number, quantity=1, total_minor=7500, currency="GBP"
    )

    (edge,) = [edge for edge in (await page(house, user))["edges"] if edge["node"]["id"] == written]

    node = edge["node"]
    assert node.pop("sentAt").endswith("Z")
    assert node.pop("body").startswith("One place for Winter's Tale on Thursday 1 May 2031, 20:30 (Europe/London), 75.00 GBP in all.")
    assert node == {
        "id": written,
        "type": "BOOKING_CONFIRMED",
        "subject": "Your booking for Winter's Tale is confirmed",
        "readAt": None,
        "booking": {"id": booking["id"]},
        "event": {"id": event_id, "name": "Winter's Tale"},
    }


async def test_the_list_is_newest_first_in_pages(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    written = [await told(house, user, event_id, ago=timedelta(minutes=number)) for number in range(5)]

    first = await page(house, user, first=2)
    second = await page(house, user, first=3, after=first["pageInfo"]["endCursor"])

    assert [edge["node"]["id"] for edge in first["edges"] + second["edges"]] == written
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (5, True, False)
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    with pytest.raises(Failed) as failed:
        await page(house, user, after="bm90IG91cnM")
    assert failed.value.code == "VALIDATION_ERROR"


async def test_who_was_given_a_ticket_reads_by_whom_and_sees_nothing_of_their_booking(house: House) -> None:
    giver, user, event_id = await house.user(), await house.user(), await house.event(name="Gala")
    booking = await house.book(giver, event_id, 1)
    number = BookingId.parse(booking["id"]).number
    await told(house, user, event_id, Kind.TICKET_RECEIVED, booking_no=number, ticket="tkt_1", from_user=str(giver.user_id))

    (edge,) = (await page(house, user))["edges"]

    assert (edge["node"]["subject"], edge["node"]["booking"]) == ("Ann gave you a ticket for Gala", None)


async def test_a_page_takes_the_same_statements_whatever_it_holds(house: House) -> None:
    user = await house.user()
    for number in range(12):
        giver, event_id = await house.user(), await house.event()
        booking = await house.book(user, event_id, 0)
        kind = Kind.TICKET_RECEIVED if number % 2 else Kind.BOOKING_CONFIRMED
        await told(house, user, event_id, kind, booking_no=BookingId.parse(booking["id"]).number, quantity=1, from_user=str(giver.user_id))
    counting, asked = counted(house)

    counts = []
    for first in (2, 12):
        asked.clear()
        assert len((await page(counting, user, first=first))["edges"]) == first
        counts.append(len(asked))

    assert counts[0] == counts[1] == 6, asked  # unread, page, count, events, bookings, givers


def counted(house: House) -> tuple[House, list[str]]:
    """The same house, and what its reads ask the database from now on."""
    counting = CountingPool(house.pool)
    pool = cast(Pool, counting)

    class Accounts:
        """Accounts that tell of a question for several users at once."""

        def __getattr__(self, name: str) -> Any:
            return getattr(house.services.accounts, name)

        async def users_many(self, user_ids: Sequence[UserId]) -> list[users.User | None]:
            counting.asked.append("users_many")
            return await house.services.accounts.users_many(user_ids)

    services = replace(
        house.services,
        bookings=Bookings(pool),
        catalogue=PostgresCatalogue(pool, Layouts()),
        notifications=PostgresNotifications(pool),
        accounts=cast(accounts.Accounts, Accounts()),
    )
    return House(house.pool, services), counting.asked


async def test_a_notification_is_found_by_its_id_by_its_user_and_admins_alone(house: House) -> None:
    user, event_id = await house.user(), await house.event(name="Gala")
    written = await told(house, user, event_id, Kind.EVENT_CANCELLED, reason="Storm")
    seen = {"__typename": "Notification", "id": written, "type": "EVENT_CANCELLED", "subject": "Gala is cancelled", "booking": None}

    for caller, answer in ((user, seen), (ADMIN, seen), (await house.user(), None), (an_organizer(), None), (None, None)):
        assert await house.ask(NODE, caller, id=written) == answer
    assert await house.ask(NODE, user, id=str(NotificationId(EventId.parse(event_id), new_number()))) is None


# Reading


async def test_what_is_marked_as_read_is_no_longer_counted(house: House) -> None:
    user, other, event_id = await house.user(), await house.user(), await house.event()
    first, second, third = [await told(house, user, event_id, ago=timedelta(minutes=ago)) for ago in (3, 2, 1)]
    others = await told(house, other, event_id)

    answer = await house.ask(READ, user, ids=[first, third, others, first])
    again = await house.ask(READ, user, ids=[first])

    assert answer["__typename"] == "NotificationsRead"
    assert [read["id"] for read in answer["notifications"]] == [third, first]
    assert answer["unreadNotifications"] == 1
    assert again["notifications"] == [answer["notifications"][1]]
    assert [edge["node"]["readAt"] is None for edge in (await page(house, user))["edges"]] == [False, True, False]
    assert (await house.ask(LIST, other, first=1))["unreadNotifications"] == 1
    assert (await house.ask(LIST, user, first=1))["unreadNotifications"] == 1
    assert second in await of_user(house, user.user_id)


@pytest.mark.parametrize("count", [0, 101])
async def test_too_few_or_too_many_are_refused(house: House, count: int) -> None:
    written = str(NotificationId(EventId(1), 1))

    answer = await house.ask(READ, await house.user(), ids=[written] * count)

    assert (answer["__typename"], answer["fields"]) == ("ValidationFailed", [{"field": "ids", "message": "has 1 to 100 notifications"}])


@pytest.mark.parametrize("text", ["", "ntf_1", "evt_0000000000001"])
async def test_what_is_no_notifications_id_is_a_bad_request(house: House, text: str) -> None:
    with pytest.raises(Failed) as failed:
        await house.ask(READ, await house.user(), ids=[text])
    assert failed.value.code == "VALIDATION_ERROR"


# Preferences


async def test_one_says_how_one_wants_to_be_told(house: House) -> None:
    user = await house.user()
    assert (await house.ask(PREFERENCES, user))["notificationPreferences"] == {"email": True, "sms": False, "mutedTypes": []}

    muted = ["EVENT_CHANGED", "BOOKING_EXPIRED"]
    answer = await house.ask(PREFER, user, input={"email": False, "sms": None, "mutedTypes": muted})

    expected = {"email": False, "sms": False, "mutedTypes": ["BOOKING_EXPIRED", "EVENT_CHANGED"]}
    assert answer == {"__typename": "NotificationPreferences", **expected}
    assert (await house.ask(PREFERENCES, user))["notificationPreferences"] == expected
    assert await house.ask(PREFER, user, input={}) == answer


async def test_sms_needs_a_phone(house: House) -> None:
    user = await house.user()

    refused = await house.ask(PREFER, user, input={"sms": True, "mutedTypes": ["EVENT_CANCELLED"]})
    await house.pool.execute("UPDATE account SET phone = '+442079460018' WHERE user_id = $1", user.user_id)
    allowed = await house.ask(PREFER, user, input={"sms": True})

    assert (refused["__typename"], refused["code"]) == ("ValidationFailed", "VALIDATION_ERROR")
    assert [problem["field"] for problem in refused["fields"]] == ["sms", "mutedTypes"]
    assert allowed["sms"] is True


async def test_who_has_no_account_any_more_is_told_so(house: House) -> None:
    nobody = Caller(UserId(new_number()), ADMIN.role)

    answer = await house.ask(PREFER, nobody, input={"email": False})

    assert (answer["__typename"], answer["userId"]) == ("UserNotFound", str(nobody.user_id))


async def test_who_asks_is_logged_in(house: House) -> None:
    ids = [str(NotificationId(EventId(1), 1))]
    for asking in (house.ask(READ, ids=ids), house.ask(PREFER, input={}), anext(house.watch(RECEIVED))):
        with pytest.raises(Failed) as failed:
            await asking
        assert failed.value.code == "UNAUTHENTICATED"


# Live


async def test_what_comes_is_told_to_its_user_alone(house: House, feed: ChangeFeed) -> None:
    user, other, event_id = await house.user(), await house.user(), await house.event(name="Gala")
    await told(house, user, event_id)
    waits = waiting_of(house)

    async with aclosing(house.watch(RECEIVED, user)) as mine, aclosing(house.watch(RECEIVED, other)) as theirs:
        my_next, their_next = asyncio.ensure_future(anext(mine)), asyncio.ensure_future(anext(theirs))
        await eventually(lambda: {user.user_id, other.user_id} <= waits())
        await asyncio.sleep(0.1)  # both have looked at what was there before
        written = await told(house, user, event_id, Kind.WAITLIST_OFFER, quantity=2, expires_at="2031-01-01T00:00:00Z")
        feed.publish(ChangeSet(EventId.parse(event_id), 1, notified=(user.user_id,)))
        first = await asyncio.wait_for(my_next, SECONDS)
        theirs_written = await told(house, other, event_id)
        feed.publish(ChangeSet(EventId.parse(event_id), 1, notified=(other.user_id, user.user_id)))
        second = await asyncio.wait_for(their_next, SECONDS)
        nothing = asyncio.ensure_future(anext(mine))
        done, _ = await asyncio.wait([nothing], timeout=0.2)
        nothing.cancel()
        await asyncio.wait([nothing])

    assert first == {
        "id": written,
        "type": "WAITLIST_OFFER",
        "subject": "2 places for Gala are waiting for you",
        "readAt": None,
        "event": {"name": "Gala"},
        "booking": None,
    }
    assert second["id"] == theirs_written
    assert not done
    assert channel_of_user(user.user_id) != channel_of_user(other.user_id)


def waiting_of(house: House) -> Any:
    """Who waits, in this process."""
    arrivals = house.services.arrivals
    assert isinstance(arrivals, LiveArrivals)
    return lambda: set(arrivals._waiting)
