"""Waiting for places: from a sold-out house to a paid booking, what stands in the way, and how one watches one's turn come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import pytest

from db.bookings import Bookings
from db.catalogue import PostgresCatalogue
from db.identifiers import new_number
from db.layouts import Layouts
from db.pool import Pool
from db.waitlist import PostgresWaitlist
from domain.callers import Caller, Role
from domain.ids import EntryId, EventId, OrganizationId
from tests.api.asking import Failed
from tests.api.house import ADMIN, BACK, DECLINED, FLOOR, FRONT, SCHEMA, UNBLOCK, House, a_house, a_key, seat, tier
from tests.api.served import a_server
from tests.api.stage import CountingPool

SECONDS = 10
NOWHERE = "redis://127.0.0.1:1/0"
ENTRY = """id quantity together status joinedAt notifyEmail notifySms position estimatedWaitMinutes skips skipReason offerExpiresAt
    event { id name } tier { id name } user { id } offer { id status quantity expiresAt seats { seatId } totalAmount { amount } }"""
REFUSED = """__typename ... on Refusal { code message } ... on AlreadyWaiting { entryId } ... on PlacesAvailable { available eventId }
    ... on EntryNotFound { entryId } ... on EntryNotActive { entryId entryStatus } ... on OfferNotOpen { entryId entryStatus }
    ... on ValidationFailed { fields { field } } ... on InvalidSeatCount { asked most } ... on TicketLimitReached { limit taken }
    ... on TierNotFound { tierId } ... on EventNotOnSale { reason } ... on EventNotFound { eventId }"""


def asked(union: str, success: str) -> str:
    """A selection of everything that may be answered."""
    members = {kind.name for kind in cast(Any, SCHEMA._schema.type_map[union]).types}
    parts = REFUSED.split(" ... on ")
    told = " ... on ".join([parts[0], *(part for part in parts[1:] if part.split()[0] in members | {"Refusal"})])
    return f"{{ {told} {success} }}"


IN_ENTRY = f"... on WaitlistEntry {{ {ENTRY} }}"
JOIN = f"mutation ($input: JoinWaitlistInput!) {{ joinWaitlist(input: $input) {asked('JoinWaitlistResult', IN_ENTRY)} }}"
LEAVE = f"mutation ($id: ID!) {{ leaveWaitlist(entryId: $id) {asked('LeaveWaitlistResult', IN_ENTRY)} }}"
DECLINE = f"mutation ($id: ID!) {{ declineOffer(entryId: $id) {asked('DeclineOfferResult', IN_ENTRY)} }}"
IN_BOOKING = "... on Booking { id status quantity expiresAt seats { seatId } }"
ACCEPT = f"mutation ($id: ID!) {{ acceptOffer(entryId: $id) {asked('AcceptOfferResult', IN_BOOKING)} }}"
MINE = f"query ($id: ID!) {{ event(id: $id) {{ waitlistLength myWaitlistEntry {{ {ENTRY} }} }} }}"
NODE = f"query ($id: ID!) {{ node(id: $id) {{ {IN_ENTRY} }} }}"
QUEUE = f"""query ($id: ID!, $first: Int!, $after: String) {{ event(id: $id) {{ waitlist(first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} edges {{ cursor node {{ {ENTRY} }} }} }} }} }}"""
ENTRIES = f"""query ($id: ID!, $first: Int!) {{ node(id: $id) {{ ... on User {{ waitlistEntries(first: $first) {{
    totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {ENTRY} }} }} }} }} }} }}"""
PLACE = "subscription ($id: ID!) { waitlistPosition(eventId: $id) { id status position offer { id status } } }"


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url) as house:
        yield house


@pytest.fixture(scope="module")
async def other_house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    """A second process on the same database and Redis."""
    async with a_house(database_url, redis_url) as house:
        yield house


async def sold_out(house: House, *, besides: int = 0, **facts: object) -> tuple[str, Caller, list[str]]:
    """An event whose front and floor somebody has booked, the front seat by seat; and by whom, and in which bookings."""
    event_id, owner = await house.event(**facts), await house.user()
    seats = [(await house.book(owner, event_id, seat_no))["id"] for seat_no in range(6)]
    others = [await house.take(owner, event_id, BACK, 6), await house.take(owner, event_id, FLOOR, 10 - besides)]
    assert {other["__typename"] for other in others} == {"Booking"}
    return event_id, owner, seats


async def join(house: House, caller: Caller, event_id: str, quantity: int = 1, **more: object) -> Any:
    """What comes of waiting."""
    return await house.ask(JOIN, caller, input={"eventId": event_id, "quantity": quantity, **more})


async def mine(house: House, caller: Caller | None, event_id: str) -> Any:
    return (await house.ask(MINE, caller, id=event_id))["myWaitlistEntry"]


async def end_offer(house: House, entry_id: str) -> None:
    """Let an offer's time have been over a moment ago."""
    parsed = EntryId.parse(entry_id)
    for table, of in (("booking", "booking_id"), ("waitlist_entry", "entry_id")):
        column = "expires_at" if table == "booking" else "offer_expires_at"
        statement = f"UPDATE {table} SET {column} = now() - interval '1 ms' WHERE event_id = $1 AND {of} = $2"
        await house.pool.execute(statement, parsed.event_id, parsed.number)


async def test_from_a_sold_out_house_to_a_paid_booking(house: House, other_house: House) -> None:
    await an_evening(house, other_house)


async def test_the_same_over_http_with_a_client_of_graphql(database_url: str, redis_url: str) -> None:
    async with a_server(database_url, redis_url) as server:
        await an_evening(server, server)


async def an_evening(house: House, other_house: House) -> None:
    """Two wait, one lets the offer pass, and the other takes it up and pays; nobody gets in between."""
    event_id, owner, bookings = await sold_out(house)
    ann, ben, sniper = [await house.user() for _ in range(3)]

    first = await join(house, ann, event_id, tierId=tier(event_id, FRONT))
    second = await join(other_house, ben, event_id, notifySms=True, notifyEmail=False)
    assert (first["status"], first["position"], first["estimatedWaitMinutes"]) == ("WAITING", 1, None)
    assert (first["tier"]["name"], first["event"]["id"], first["offer"]) == ("Front", event_id, None)
    assert (second["position"], second["tier"], second["notifySms"], second["notifyEmail"]) == (2, None, True, False)

    await house.cancel(owner, bookings[2])
    lost = await other_house.book(sniper, event_id, 2)
    offered = await mine(house, ann, event_id)
    assert (lost["__typename"], lost["seats"][0]["reason"]) == ("SeatsUnavailable", "HELD")
    assert (offered["id"], offered["status"], offered["position"]) == (first["id"], "OFFERED", None)
    assert (offered["offer"]["seats"], offered["offer"]["status"]) == ([{"seatId": seat(event_id, 2)}], "PENDING")
    assert offered["offer"]["expiresAt"] == offered["offerExpiresAt"]
    assert (await mine(house, ben, event_id))["position"] == 1

    await end_offer(house, first["id"])
    lost = await other_house.book(sniper, event_id, 2)
    assert lost["__typename"] == "SeatsUnavailable"
    assert await mine(house, ann, event_id) is None
    assert (await house.ask(NODE, ann, id=first["id"]))["status"] == "EXPIRED"

    booking = await house.ask(ACCEPT, ben, id=second["id"])
    paid = await other_house.confirm(ben, booking["id"])
    assert (booking["__typename"], booking["status"]) == ("Booking", "PENDING")
    assert (paid["status"], [place["seatId"] for place in paid["seats"]]) == ("CONFIRMED", [seat(event_id, 2)])
    ended = await house.ask(NODE, ben, id=second["id"])
    assert (ended["status"], ended["offer"]["status"]) == ("ACCEPTED", "CONFIRMED")


async def test_paying_for_an_offer_takes_it_up(house: House) -> None:
    event_id, owner, bookings = await sold_out(house)
    user = await house.user()
    entry = await join(house, user, event_id)
    await house.cancel(owner, bookings[0])
    offer = (await mine(house, user, event_id))["offer"]

    declined = await house.confirm(user, offer["id"], DECLINED)
    paid = await house.confirm(user, offer["id"])

    assert (declined["__typename"], paid["status"]) == ("PaymentFailed", "CONFIRMED")
    assert (await house.ask(NODE, user, id=entry["id"]))["status"] == "ACCEPTED"


async def test_what_stands_in_the_way_of_waiting(house: House) -> None:
    event_id, owner, _ = await sold_out(house, besides=2, ticketLimit=25)
    user, elsewhere = await house.user(), await house.event()
    free = await join(house, user, event_id, 2, tierId=tier(event_id, FLOOR))
    entry = await join(house, user, event_id, 3, tierId=tier(event_id, FLOOR))

    refusals = [
        await join(house, user, event_id),
        await join(house, await house.user(), event_id, 0),
        await join(house, await house.user(), event_id, -(2**31)),
        await join(house, owner, event_id, 10),
        await join(house, await house.user(), event_id, tierId=tier(event_id, 9)),
        await join(house, await house.user(), event_id, tierId=tier(elsewhere, FLOOR)),
        await join(house, await house.user(), "evt_0000000000001"),
        await join(house, await house.user(), event_id, idempotencyKey=""),
    ]

    assert (free["code"], free["available"], entry["status"]) == ("PLACES_AVAILABLE", 2, "WAITING")
    assert [refusal["code"] for refusal in refusals] == [
        "ALREADY_WAITING",
        "INVALID_SEAT_COUNT",
        "INVALID_SEAT_COUNT",
        "TICKET_LIMIT_REACHED",
        "TIER_NOT_FOUND",
        "VALIDATION_ERROR",
        "EVENT_NOT_FOUND",
        "VALIDATION_ERROR",
    ]
    assert refusals[0]["entryId"] == entry["id"]
    for wrong in ("A1", "bkg_00000000000010000000000001", "wtl_" + "Z" * 26, "wtl_x", ""):
        with pytest.raises(Failed) as failed:
            await house.ask(LEAVE, user, id=wrong)
        assert failed.value.code == "VALIDATION_ERROR"
    with pytest.raises(Failed) as failed:
        await join(house, user, event_id, tierId="tier_nonsense")
    assert failed.value.code == "VALIDATION_ERROR"


async def test_sales_that_have_ended_take_nobody_into_the_queue_and_offer_nothing(house: House) -> None:
    event_id, owner, bookings = await sold_out(house)
    user = await house.user()
    entry = await join(house, user, event_id)
    await house.pool.execute("UPDATE event SET off_sale_at = now() WHERE event_id = $1", EventId.parse(event_id))

    late = await join(house, await house.user(), event_id)
    await house.cancel(owner, bookings[0])

    assert (late["code"], late["reason"]) == ("EVENT_NOT_ON_SALE", "ENDED")
    assert (await house.ask(NODE, user, id=entry["id"]))["status"] == "WAITING"


async def test_an_offer_is_answered_once_and_by_its_user_alone(house: House) -> None:
    event_id, owner, bookings = await sold_out(house)
    ann, ben, cat = [await house.user() for _ in range(3)]
    first, second, third = [await join(house, who, event_id) for who in (ann, ben, cat)]
    early = await house.ask(ACCEPT, ann, id=first["id"])
    await house.cancel(owner, bookings[0])

    for document in (ACCEPT, DECLINE, LEAVE):
        assert (await house.ask(document, ben, id=first["id"]))["code"] == "WAITLIST_ENTRY_NOT_FOUND"
    accepted = [await house.ask(ACCEPT, ann, id=first["id"]) for _ in range(2)]
    late = await house.ask(DECLINE, ann, id=first["id"])
    left = await house.ask(LEAVE, ann, id=first["id"])
    await house.cancel(owner, bookings[1])
    gone = [await house.ask(LEAVE, ben, id=second["id"]) for _ in range(2)]
    declined = [await house.ask(DECLINE, cat, id=third["id"]) for _ in range(2)]

    assert (early["code"], early["entryStatus"]) == ("OFFER_NOT_OPEN", "WAITING")
    assert accepted[0] == accepted[1]
    assert (late["code"], late["entryStatus"]) == ("OFFER_NOT_OPEN", "ACCEPTED")
    assert (left["code"], left["entryStatus"]) == ("WAITLIST_ENTRY_NOT_ACTIVE", "ACCEPTED")
    assert [entry["status"] for entry in gone] == ["LEFT", "LEFT"]
    assert [(entry["status"], entry["offer"]) for entry in declined] == [("DECLINED", None)] * 2
    assert (await house.counts(event_id))["available"] == 1, "nobody is left to have it"


async def test_seats_that_are_put_on_sale_again_are_offered(house: House) -> None:
    event_id, owner, bookings = await sold_out(house)
    await house.cancel(owner, bookings[0])
    await house.ask(UNBLOCK.replace("unblockSeats", "blockSeats"), ADMIN, id=event_id, seats=[seat(event_id, 0)])
    user = await house.user()
    await join(house, user, event_id, tierId=tier(event_id, FRONT))

    await house.ask(UNBLOCK, ADMIN, id=event_id, seats=[seat(event_id, 0)])

    assert (await mine(house, user, event_id))["offer"]["seats"] == [{"seatId": seat(event_id, 0)}]


async def test_a_key_joins_once(house: House) -> None:
    event_id, _, _ = await sold_out(house)
    user, key = await house.user(), a_key()

    entries = [await join(house, user, event_id, idempotencyKey=key) for _ in range(2)]
    other = await join(house, user, event_id, 2, idempotencyKey=key)

    assert entries[0]["id"] == entries[1]["id"]
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_who_sees_which_queue(house: House) -> None:
    organization = OrganizationId(new_number())
    await house.pool.execute("INSERT INTO organization (organization_id, name, created_at) VALUES ($1, 'Ours', now())", organization)
    event_id, owner, bookings = await sold_out(house, organizationId=str(organization))
    users = [await house.user() for _ in range(3)]
    entries = [await join(house, user, event_id) for user in users]
    await house.cancel(owner, bookings[0])
    organizer = replace(await house.user(), role=Role.ORGANIZER, organizations=frozenset({organization}))

    for who in (organizer, ADMIN):
        page = (await house.ask(QUEUE, who, id=event_id, first=2))["waitlist"]
        rest = (await house.ask(QUEUE, who, id=event_id, first=2, after=page["pageInfo"]["endCursor"]))["waitlist"]
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (3, True, False)
        assert [edge["node"]["id"] for edge in page["edges"] + rest["edges"]] == [entry["id"] for entry in entries]
        assert [edge["node"]["position"] for edge in page["edges"] + rest["edges"]] == [None, 1, 2]
        assert (await house.ask(NODE, who, id=entries[0]["id"]))["user"]["id"] == str(users[0].user_id)
    for stranger in (users[0], owner, None):
        with pytest.raises(Failed) as failed:
            await house.ask(QUEUE, stranger, id=event_id, first=2)
        assert failed.value.code in ("AUTH_UNAUTHORIZED", "UNAUTHENTICATED")
        assert await house.ask(NODE, stranger, id=entries[1]["id"]) is None
    assert (await house.ask(MINE, None, id=event_id)) == {"waitlistLength": 3, "myWaitlistEntry": None}


async def test_a_page_takes_as_many_statements_whatever_its_length(house: House) -> None:
    user = await house.user()
    for _ in range(4):
        event_id, owner, bookings = await sold_out(house)
        await join(house, user, event_id, tierId=tier(event_id, FRONT))
        await house.cancel(owner, bookings[0])
    pool = CountingPool(house.pool)
    reads = cast(Pool, pool)
    services = replace(
        house.services, waitlist=PostgresWaitlist(reads), bookings=Bookings(reads), catalogue=PostgresCatalogue(reads, Layouts())
    )
    counting, counts = House(house.pool, services), []

    for first in (1, 4, 4):
        pool.asked.clear()
        page = (await counting.ask(ENTRIES, user, id=str(user.user_id), first=first))["waitlistEntries"]
        await asyncio.sleep(0)  # asyncpg tells of a statement only after its answer
        counts.append(len(pool.asked))
        assert [edge["node"]["status"] for edge in page["edges"]] == ["OFFERED"] * first
        assert page["totalCount"] == 4

    layouts = 3  # each event has a house of its own, whose layout is read once a process
    assert counts[2] <= counts[0]
    assert counts[1] <= counts[0] + layouts


async def test_ones_place_is_told_as_it_changes_by_whichever_process(house: House, other_house: House) -> None:
    event_id, owner, bookings = await sold_out(house)
    ann, ben = await house.user(), await house.user()
    first, second = await join(house, ann, event_id), await join(other_house, ben, event_id)

    async with aclosing(house.watch(PLACE, ben, id=event_id)) as updates:
        told = [await asyncio.wait_for(anext(updates), SECONDS)]
        await other_house.cancel(owner, bookings[0])
        told.append(await asyncio.wait_for(anext(updates), SECONDS))
        await other_house.ask(DECLINE, ann, id=first["id"])
        told.append(await asyncio.wait_for(anext(updates), SECONDS))
        await other_house.ask(ACCEPT, ben, id=second["id"])
        told += [update async for update in updates]

    assert [(update["status"], update["position"]) for update in told] == [
        ("WAITING", 2),
        ("WAITING", 1),
        ("OFFERED", None),
        ("ACCEPTED", None),
    ]
    assert told[2]["offer"]["status"] == "PENDING"


async def test_ones_place_is_told_within_two_seconds_without_redis(database_url: str) -> None:
    async with a_house(database_url, NOWHERE) as here, a_house(database_url, NOWHERE) as there:
        event_id, owner, bookings = await sold_out(here)
        user = await here.user()
        await join(here, user, event_id)
        async with aclosing(here.watch(PLACE, user, id=event_id)) as updates:
            assert (await asyncio.wait_for(anext(updates), SECONDS))["position"] == 1
            await there.cancel(owner, bookings[0])

            async with asyncio.timeout(2):
                assert (await anext(updates))["status"] == "OFFERED"


async def test_only_who_waits_can_watch(house: House) -> None:
    event_id, _, _ = await sold_out(house)

    for who, code in ((None, "UNAUTHENTICATED"), (await house.user(), "WAITLIST_ENTRY_NOT_FOUND"), (ADMIN, "WAITLIST_ENTRY_NOT_FOUND")):
        with pytest.raises(Failed) as failed:
            await anext(house.watch(PLACE, who, id=event_id))
        assert failed.value.code == code
    with pytest.raises(Failed) as failed:
        await anext(house.watch(PLACE, await house.user(), id="A1"))
    assert failed.value.code == "VALIDATION_ERROR"
