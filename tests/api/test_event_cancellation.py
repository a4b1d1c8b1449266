"""Cancelling an event: everybody gets back what they paid, is told, and those who run the event see how far that has come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from domain.callers import Caller
from domain.ids import EventId
from payments.settlement import Settlement
from tests.api.asking import Failed
from tests.api.house import ADMIN, FLOOR, SLOW, VISA, House, a_house, seat
from tests.api.stage import REFUSAL, a_name, an_organizer
from tests.db.events import eventually

CANCEL_EVENT = f"""mutation ($input: CancelEventInput!) {{ cancelEvent(input: $input) {{ {REFUSAL}
    ... on ValidationFailed {{ fields {{ field }} }} ... on Event {{ id status cancelReason cancelledAt }} }} }}"""
EVENT = """query ($id: ID!) { event(id: $id) { status cancelReason cancelledAt cancellation { bookingsLeft refundsLeft done } } }"""
BOOKING = """query ($id: ID!) { booking(id: $id) { status cancelledAt refunds { amount { minor } status } tickets { status } } }"""
JOIN = "mutation ($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { ... on WaitlistEntry { id } } }"
ENTRY = "query ($id: ID!) { node(id: $id) { ... on WaitlistEntry { status } } }"
NOTIFIED = """query ($id: ID!) { node(id: $id) { ... on User { notifications(first: 50) { edges { node { type subject body
    booking { id } } } } } } }"""
WATCH = "subscription ($id: ID!) { seatMap(eventId: $id) { saleChanged } }"
AUDIT = "query ($id: ID!) { event(id: $id) { audit { edges { node { action subject } } } } }"


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url, state_dir=tmp_path_factory.mktemp("state")) as house:
        yield house


async def call_off(house: House, event_id: str, caller: Caller = ADMIN, reason: str | None = None) -> Any:
    """What comes of cancelling an event."""
    return await house.ask(CANCEL_EVENT, caller, input={"eventId": event_id, "reason": reason})


async def progress(house: House, event_id: str, caller: Caller | None = ADMIN) -> Any:
    """How far it has come."""
    return (await house.ask(EVENT, caller, id=event_id))["cancellation"]


async def booking_of(house: House, booking_id: str) -> Any:
    return await house.ask(BOOKING, ADMIN, id=booking_id)


async def told(house: House, user: Caller) -> list[Any]:
    """What a user was told, oldest first."""
    edges = (await house.ask(NOTIFIED, user, id=str(user.user_id)))["notifications"]["edges"]
    return [edge["node"] for edge in edges[::-1]]


async def ended(house: House, event_id: str) -> None:
    """Wait until all bookings are ended, and have the money given back at once instead of half a minute later."""

    async def no_more_bookings() -> bool:
        return bool((await progress(house, event_id))["bookingsLeft"] == 0)

    async def done() -> bool:
        await house.pool.execute("UPDATE refund SET created_at = now() - interval '1 h' WHERE event_id = $1", EventId.parse(event_id))
        await cast(Settlement, house.services.settlement).recover()
        return bool((await progress(house, event_id))["done"])

    await eventually(no_more_bookings, 10)
    await eventually(done, 20)


async def test_everybody_gets_back_what_they_paid_and_is_told(house: House) -> None:
    ann, ben, cat = [await house.user() for _ in range(3)]
    event_id = await house.event(name=(name := a_name("Gala")), cancellationPolicy=[])
    anns = await house.book(ann, event_id, 0, 6, payment=VISA)
    bens = await house.take(ben, event_id, FLOOR, 2, payment=VISA)
    cats = await house.book(cat, event_id, 1)

    answer = await call_off(house, event_id, reason="The singer is ill.")
    await ended(house, event_id)

    assert (answer["status"], answer["cancelReason"]) == ("CANCELLED", "The singer is ill.")
    for booking, minor in ((anns, 10_000), (bens, 4000)):
        after = await booking_of(house, booking["id"])
        assert after["status"] == "CANCELLED"
        assert after["refunds"] == [{"amount": {"minor": minor}, "status": "SUCCEEDED"}]
        assert [ticket["status"] for ticket in after["tickets"]] == ["CANCELLED"] * 2
    pending = await booking_of(house, cats["id"])
    assert (pending["status"], pending["refunds"]) == ("CANCELLED", [])
    assert await house.counts(event_id) == {"available": 22, "held": 0, "booked": 0, "blocked": 0}
    _, last = await told(house, ann)
    assert (last["type"], last["booking"], last["subject"]) == ("EVENT_CANCELLED", {"id": anns["id"]}, f"{name} is cancelled")
    assert "The singer is ill." in last["body"]
    assert "100.00 GBP" in last["body"]
    assert [one["type"] for one in await told(house, cat)] == ["EVENT_CANCELLED"]


async def test_what_was_given_back_before_is_counted(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 6, 7, 8, payment=VISA)
    document = "mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename } }"
    await house.ask(document, user, input={"bookingId": booking["id"], "seats": [seat(event_id, 7)]})

    await call_off(house, event_id)
    await ended(house, event_id)

    after = await booking_of(house, booking["id"])
    assert sorted(refund["amount"]["minor"] for refund in after["refunds"]) == [2500, 5000]


async def test_a_payment_under_way_ends_refunded(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)
    paying = asyncio.create_task(house.confirm(user, booking["id"], SLOW))
    is_begun = "SELECT EXISTS (SELECT FROM payment WHERE event_id = $1)"
    await eventually(lambda: house.pool.fetchval(is_begun, EventId.parse(event_id)))

    await call_off(house, event_id)
    paid = await paying
    await ended(house, event_id)

    assert paid["__typename"] != "Booking" or paid["status"] != "CONFIRMED"
    after = await booking_of(house, booking["id"])
    assert after["status"] == "CANCELLED"
    assert after["refunds"] == [{"amount": {"minor": 7500}, "status": "SUCCEEDED"}]


async def test_who_waits_waits_no_longer_and_is_told(house: House) -> None:
    ann, ben = await house.user(), await house.user()
    event_id = await house.event(
        tiers=[{"name": "Floor", "kind": "STANDING", "price": "20.00", "capacity": 1}], venueId=None, timezone="UTC"
    )
    await house.take(ann, event_id, 1, 1)
    entry = await house.ask(JOIN, ben, input={"eventId": event_id, "quantity": 1})

    await call_off(house, event_id)
    await ended(house, event_id)

    await eventually(lambda: is_told(house, ben))
    assert await house.ask(ENTRY, ben, id=entry["id"]) == {"status": "EXPIRED"}
    assert [one["type"] for one in await told(house, ben)] == ["EVENT_CANCELLED"]


async def is_told(house: House, user: Caller) -> bool:
    """Whether a user was told of anything."""
    return bool(await told(house, user))


async def test_a_cancelled_event_answers_itself_and_keeps_its_first_reason(house: House) -> None:
    event_id = await house.event()

    first = await call_off(house, event_id, reason="It rains.")
    second = await call_off(house, event_id, reason="It snows.")

    assert first == second
    assert datetime.now(UTC) - datetime.fromisoformat(first["cancelledAt"]) < timedelta(minutes=1)
    assert await house.pool.fetchval("SELECT count(*) FROM errand WHERE event_id = $1", EventId.parse(event_id)) == 1
    page = (await house.ask(AUDIT, ADMIN, id=event_id))["audit"]["edges"]
    assert [edge["node"]["action"] for edge in page].count("cancelEvent") == 1


async def test_a_draft_is_cancelled_and_an_event_that_is_over_is_not(house: House) -> None:
    over, running, draft = await house.event(), await house.event(), await house.event()
    await house.move_start(over, -timedelta(hours=2))
    await house.move_start(running, -timedelta(minutes=30))
    await house.pool.execute("UPDATE event SET status = 0 WHERE event_id = $1", EventId.parse(draft))

    refused = await call_off(house, over)

    assert (refused["code"], refused["message"]) == ("EVENT_NOT_EDITABLE", "The event has taken place.")
    assert (await call_off(house, running))["status"] == "CANCELLED"
    assert (await call_off(house, draft))["status"] == "CANCELLED"


async def test_only_those_who_run_an_event_cancel_it_and_see_how_far_that_has_come(house: House) -> None:
    made = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"
    ours, theirs = [(await house.ask(made, ADMIN, name=a_name()))["id"] for _ in range(2)]
    event_id = await house.event(organizationId=ours)

    for caller, code in ((None, "UNAUTHENTICATED"), (await house.user(), "AUTH_UNAUTHORIZED"), (an_organizer(theirs), "AUTH_UNAUTHORIZED")):
        with pytest.raises(Failed) as failed:
            await call_off(house, event_id, cast(Caller, caller))
        assert failed.value.code == code
    assert await progress(house, event_id) is None
    assert (await call_off(house, event_id, an_organizer(ours)))["status"] == "CANCELLED"
    await ended(house, event_id)

    assert await progress(house, event_id, an_organizer(ours)) == {"bookingsLeft": 0, "refundsLeft": 0, "done": True}
    assert await progress(house, event_id, an_organizer(theirs)) is None
    assert await progress(house, event_id, None) is None


async def test_a_reason_is_checked(house: House) -> None:
    refused = await call_off(house, await house.event(), reason="x" * 501)

    assert refused["fields"] == [{"field": "reason"}]


async def test_who_watches_the_seats_is_told_that_the_sale_has_changed(house: House) -> None:
    event_id = await house.event()
    user = await house.user()
    async with aclosing(house.watch(WATCH, id=event_id)) as updates:
        first = await anext(updates)
        await house.book(user, event_id, 3)
        second = await anext(updates)
        await call_off(house, event_id)
        third = await anext(updates)

    assert [update["saleChanged"] for update in (first, second, third)] == [True, False, True]
