"""Looking at bookings, tickets and payments: whose they are, in pages, in numbers, and in how many statements."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from domain.callers import Caller
from domain.ids import BookingId, EventId, PaymentId, RefundId
from tests.api.asking import Failed
from tests.api.house import ADMIN, DECLINED, FLOOR, FREE, VISA, House, a_house, nobodys_booking, seat, tier
from tests.api.stage import an_organizer

BOOKING = "query ($id: ID!) { booking(id: $id) { id status } }"
PAYMENT = """query ($id: ID!) { payment(id: $id) { id status amount { amount currency } gateway failure
    booking { id } refunds { id amount { amount } status } } }"""
NODE = """query ($id: ID!) { node(id: $id) { __typename id ... on Ticket { ticketNumber valid: status place { number tier { name } } }
    ... on Payment { paid: status } ... on Booking { status } ... on User { email } } }"""
MINE = """query ($first: Int!, $after: String, $filter: BookingFilter) { me { bookings(first: $first, after: $after, filter: $filter) {
    totalCount edges { node { id status } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
STATS = "{ me { stats { totalBookings upcomingEvents totalSpent { amount currency } } } }"
EVERYTHING = """query ($first: Int!) { me { bookings(first: $first) { totalCount edges { node { id serverTime
    event { name venue { name } tiers { name available } } user { id email } places { number tier { name } } seats { number tier { name } }
    tickets { ticketNumber place { number tier { name } } } payment { status booking { id } refunds { status } } payments { id }
    refund { status } } } } } }"""
STATUSES = ("PENDING", "CONFIRMED", "FAILED", "EXPIRED", "CANCELLED")


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url) as house:
        yield house


async def page(house: House, user: Caller, first: int = 100, after: str | None = None, status: str | None = None) -> Any:
    """A page of a user's own bookings."""
    return (await house.ask(MINE, user, first=first, after=after, filter={"status": status}))["bookings"]


async def one_of_each(house: House, user: Caller) -> dict[str, str]:
    """A user's bookings by their status, made in this order."""
    event_id = await house.event()
    made = {
        "PENDING": (await house.book(user, event_id, 0))["id"],
        "CONFIRMED": (await house.book(user, event_id, 1, payment=VISA))["id"],
        "FAILED": (await house.book(user, event_id, 2, payment=DECLINED))["bookingId"],
        "EXPIRED": (await house.book(user, event_id, 3))["id"],
        "CANCELLED": (await house.book(user, event_id, 4))["id"],
    }
    await house.end_hold(made["EXPIRED"])
    await house.cancel(user, made["CANCELLED"])
    return made


# One


async def test_a_booking_is_seen_by_its_owner_and_admins_alone(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking_id = (await house.book(user, event_id, 0))["id"]
    seen = {"id": booking_id, "status": "PENDING"}

    for caller, answer in ((user, seen), (ADMIN, seen), (await house.user(), None), (an_organizer(), None)):
        assert await house.ask(BOOKING, caller, id=booking_id) == answer
        assert await house.ask(NODE, caller, id=booking_id) == (answer and {"__typename": "Booking", **answer})
    assert await house.ask(NODE, None, id=booking_id) is None
    assert await house.ask(BOOKING, user, id=nobodys_booking(event_id)) is None


@pytest.mark.parametrize("document", [BOOKING, PAYMENT])
async def test_who_asks_for_bookings_or_payments_is_logged_in(house: House, document: str) -> None:
    with pytest.raises(Failed) as failed:
        await house.ask(document, id=nobodys_booking(await house.event()))
    assert failed.value.code == "UNAUTHENTICATED"


@pytest.mark.parametrize("document", [BOOKING, PAYMENT, NODE])
@pytest.mark.parametrize("text", ["", "1", "bkg_", "evt_0000000000001x", "xyz_0000000000001"])
async def test_what_is_no_id_is_a_bad_request(house: House, document: str, text: str) -> None:
    with pytest.raises(Failed) as failed:
        await house.ask(document, await house.user(), id=text)
    assert failed.value.code == "VALIDATION_ERROR"


async def test_each_state_is_told(house: House) -> None:
    user = await house.user()
    made = await one_of_each(house, user)

    assert {(await house.ask(BOOKING, user, id=made[status]))["status"]: status for status in STATUSES} == {s: s for s in STATUSES}


async def test_a_payment_is_seen_by_its_owner_and_admins_alone(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0, payment=VISA)
    payment_id = booking["payment"]["id"]
    await house.cancel(user, booking["id"])

    payment = await house.ask(PAYMENT, user, id=payment_id)

    assert payment["refunds"][0].pop("id").startswith("rfd_")
    assert payment == {
        "id": payment_id,
        "status": "SUCCEEDED",
        "amount": {"amount": "75.00", "currency": "GBP"},
        "gateway": "sandbox",
        "failure": None,
        "booking": {"id": booking["id"]},
        "refunds": [{"amount": {"amount": "75.00"}, "status": "SUCCEEDED"}],
    }
    assert await house.ask(PAYMENT, ADMIN, id=payment_id) == await house.ask(PAYMENT, user, id=payment_id)
    assert (await house.ask(NODE, user, id=payment_id))["paid"] == "SUCCEEDED"
    for stranger in (await house.user(), an_organizer()):
        assert await house.ask(PAYMENT, stranger, id=payment_id) is None
        assert await house.ask(NODE, stranger, id=payment_id) is None
    assert await house.ask(PAYMENT, user, id=str(PaymentId(EventId.parse(event_id), 1))) is None


async def test_a_ticket_is_found_by_its_id(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 4, 6, payment=VISA)
    tickets = booking["tickets"]

    found = await house.ask(NODE, user, id=tickets[1]["id"])

    place = {"number": "1", "tier": {"name": "Back"}}
    number = f"{booking['bookingCode']}-02"
    assert found == {"__typename": "Ticket", "id": tickets[1]["id"], "ticketNumber": number, "valid": "VALID", "place": place}
    assert await house.ask(NODE, await house.user(), id=tickets[0]["id"]) is None
    assert await house.ask(NODE, user, id=f"{tickets[0]['id'][:-1]}3") is None


async def test_what_stands_only_in_others_is_no_node(house: House) -> None:
    event_id = await house.event()

    for text in (seat(event_id, 0), str(RefundId(EventId.parse(event_id), 1))):
        with pytest.raises(Failed) as failed:
            await house.ask(NODE, ADMIN, id=text)
        assert failed.value.code == "VALIDATION_ERROR"


async def test_a_user_is_seen_by_themselves_and_admins_alone(house: House) -> None:
    user = await house.user()

    assert (await house.ask(NODE, user, id=str(user.user_id)))["email"]
    assert (await house.ask(NODE, ADMIN, id=str(user.user_id)))["email"]
    assert await house.ask(NODE, await house.user(), id=str(user.user_id)) is None


async def test_a_price_that_was_paid_stays_paid(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)
    await house.pool.execute("UPDATE tier SET price_minor = 9900 WHERE event_id = $1", EventId.parse(event_id))

    document = "query ($id: ID!) { booking(id: $id) { totalAmount { amount } places { price { amount } tier { price { amount } } } } }"
    told = await house.ask(document, user, id=booking["id"])

    assert told == {
        "totalAmount": {"amount": "75.00"},
        "places": [{"price": {"amount": "75.00"}, "tier": {"price": {"amount": "99.00"}}}],
    }


# Lists


async def test_all_pages_together_are_the_whole_list(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    made = [(await house.take(user, event_id, FLOOR, 1))["id"] for _ in range(7)]
    await house.pool.execute(  # several at one instant: the pages must not lose any
        "UPDATE booking SET created_at = '2026-01-01' WHERE user_id = $1 AND booking_id = ANY ($2)",
        user.user_id,
        [BookingId.parse(text).number for text in made[2:6]],
    )
    await house.take(await house.user(), event_id, FLOOR, 1)
    whole = await page(house, user)

    for size in (1, 2, 3, 7):
        seen: list[Any] = []
        after = None
        while True:
            part = await page(house, user, size, after)
            assert part["totalCount"] == 7
            assert part["pageInfo"]["hasPreviousPage"] == (after is not None)
            assert part["pageInfo"]["startCursor"] == part["edges"][0]["cursor"]
            seen += part["edges"]
            after = part["pageInfo"]["endCursor"]
            assert len(seen) <= 7
            if not part["pageInfo"]["hasNextPage"]:
                break
        assert seen == whole["edges"]
    ids = [edge["node"]["id"] for edge in whole["edges"]]
    assert sorted(ids) == sorted(made)
    assert ids[:3] == [made[6], made[1], made[0]], "the newest come first"


async def test_a_list_is_narrowed_to_one_state(house: House) -> None:
    user = await house.user()
    made = await one_of_each(house, user)

    for status in STATUSES:
        found = await page(house, user, status=status)
        assert [edge["node"] for edge in found["edges"]] == [{"id": made[status], "status": status}]
        assert found["totalCount"] == 1
    assert [edge["node"]["status"] for edge in (await page(house, user))["edges"]] == list(reversed(STATUSES))


async def test_an_empty_page_is_a_page(house: House) -> None:
    user = await house.user()

    nothing = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert await page(house, user) == {"totalCount": 0, "edges": [], "pageInfo": nothing}
    await house.take(user, await house.event(), FLOOR, 1)
    assert await page(house, user, 0) == {"totalCount": 1, "edges": [], "pageInfo": {**nothing, "hasNextPage": True}}


@pytest.mark.parametrize(("first", "after"), [(-1, None), (101, None), (1, "nonsense"), (1, ""), (1, "🎭")])
async def test_a_page_that_cannot_be_is_refused(house: House, first: int, after: str | None) -> None:
    with pytest.raises(Failed) as failed:
        await page(house, await house.user(), first, after)
    assert failed.value.code == "VALIDATION_ERROR"


async def test_a_cursor_of_another_list_is_refused(house: House) -> None:
    await house.event()
    events = await house.ask("{ events(first: 1) { edges { cursor } } }")

    with pytest.raises(Failed) as failed:
        await page(house, await house.user(), 1, events["edges"][0]["cursor"])
    assert failed.value.code == "VALIDATION_ERROR"


async def test_a_profile_counts_what_was_confirmed(house: House) -> None:
    user = await house.user()
    pounds, euros, past = await house.event(), await house.event(currency="EUR"), await house.event()
    free = await house.event(tiers=FREE)
    await one_of_each(house, user)
    for event_id, seats in ((pounds, (0, 6)), (pounds, (1,)), (euros, (6,)), (past, (7,)), (free, (0,))):
        await house.book(user, event_id, *seats, payment=VISA)
    given_back = await house.book(user, euros, 0, payment=VISA)
    await house.cancel(user, given_back["id"])
    await house.move_start(past, timedelta(hours=-3))

    stats = (await house.ask(STATS, user))["stats"]

    spent = [{"amount": "25.00", "currency": "EUR"}, {"amount": "275.00", "currency": "GBP"}]
    assert stats == {"totalBookings": 6, "upcomingEvents": 4, "totalSpent": spent}
    nothing = {"totalBookings": 0, "upcomingEvents": 0, "totalSpent": []}
    assert (await house.ask(STATS, await house.user()))["stats"] == nothing


# How it is read


async def test_many_bookings_are_read_in_as_few_statements_as_one(house: House) -> None:
    user = await house.user()
    for _ in range(4):
        event_id = await house.event()
        booking = await house.book(user, event_id, 0, 6, payment=VISA)
        await house.take(user, event_id, FLOOR, 2)
        await house.cancel(user, booking["id"])
    counted, asked = house.counting()

    async def statements(first: int) -> list[str]:
        await counted.ask(EVERYTHING, user, first=first)
        asked.clear()
        answer = await counted.ask(EVERYTHING, user, first=first)
        assert len(answer["bookings"]["edges"]) == first
        return list(asked)

    few, many = await statements(2), await statements(8)

    assert sorted(few) == sorted(many)
    twice = {statement for statement in many if many.count(statement) > 1}
    assert all("FROM tier" in statement for statement in twice), "what bookings are of and what their events have is read apart"


async def test_a_place_is_told_in_people_s_words_of_its_tier(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.take(user, event_id, FLOOR, 1)

    told = await house.ask("{ me { bookings { edges { node { places { section tier { id } } seats { seatId } } } } } }", user)

    place = {"section": None, "tier": {"id": tier(event_id, FLOOR)}}
    assert [edge["node"] for edge in told["bookings"]["edges"]] == [{"places": [place], "seats": []}]
