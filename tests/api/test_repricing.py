"""Tiers and terms that change while an event is sold: for what nobody has taken yet, and seen at once by who looks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from domain.callers import Caller
from domain.ids import EventId, TierId
from tests.api.asking import Failed
from tests.api.house import ADMIN, BACK, FLOOR, FRONT, VISA, House, a_house, tier
from tests.api.stage import REFUSAL, a_name, an_organizer
from tests.db.events import eventually

REPRICE = f"""mutation ($input: RepriceTierInput!) {{ repriceTier(input: $input) {{ {REFUSAL}
    ... on ValidationFailed {{ fields {{ field }} }} ... on TierNotFound {{ tierId }}
    ... on Tier {{ id price {{ minor currency }} }} }} }}"""
UPDATE_TIER = f"""mutation ($input: UpdateTierInput!) {{ updateTier(input: $input) {{ {REFUSAL}
    ... on ValidationFailed {{ fields {{ field }} }} ... on CapacityBelowSold {{ tierId asked least }} ... on TierNotFound {{ tierId }}
    ... on Tier {{ id name capacity available }} }} }}"""
UPDATE = f"""mutation ($input: UpdateEventInput!) {{ updateEvent(input: $input) {{ {REFUSAL}
    ... on ValidationFailed {{ fields {{ field }} }} ... on Event {{ timezone avoidsOrphanSeats
        cancellationPolicy {{ endsAt steps {{ minutesBefore until refundPercent }} }} }} }} }}"""
EVENT = """query ($id: ID!) { event(id: $id) { capacity availableSeats minPrice { minor } maxPrice { minor } tiers { price { minor } }
    seatMap { sections { rows { seats { price { minor } tier { name price { minor } } } } } summary { total available } } } }"""
BOOKING = """query ($id: ID!) { booking(id: $id) { totalAmount { minor } cancellationPolicy { steps { minutesBefore refundPercent } } } }"""
WATCH = "subscription ($id: ID!) { seatMap(eventId: $id) { saleChanged summary { byTier { tierId available } } } }"
JOIN = "mutation ($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { ... on WaitlistEntry { id } } }"
ENTRY = "query ($id: ID!) { node(id: $id) { ... on WaitlistEntry { status offer { quantity } } } }"
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
    ... on Cancellation { refundAmount { minor } } } }"""
CATEGORY = f"""mutation ($input: UpdateCategoryInput!) {{ updateCategory(input: $input) {{ {REFUSAL}
    ... on ValidationFailed {{ fields {{ field }} }} ... on Category {{ slug name }} }} }}"""
FORGET = f"""mutation ($id: ID!) {{ deleteCategory(categoryId: $id) {{ {REFUSAL} ... on CategoryInUse {{ events }}
    ... on CategoryDeleted {{ categoryId }} }} }}"""
ONE_PLACE = [{"name": "Floor", "kind": "STANDING", "price": "20.00", "capacity": 1}]


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url, state_dir=tmp_path_factory.mktemp("state")) as house:
        yield house


async def reprice(house: House, event_id: str, tier_no: int, caller: Caller | None = ADMIN, **price: object) -> Any:
    """What comes of giving a tier another price."""
    return await house.ask(REPRICE, caller, input={"tierId": tier(event_id, tier_no), **price})


async def resize(house: House, event_id: str, tier_no: int, caller: Caller | None = ADMIN, **facts: object) -> Any:
    """What comes of changing a tier."""
    return await house.ask(UPDATE_TIER, caller, input={"tierId": tier(event_id, tier_no), **facts})


async def update(house: House, event_id: str, **facts: object) -> Any:
    """What comes of changing an event."""
    return await house.ask(UPDATE, ADMIN, input={"eventId": event_id, **facts})


# Prices


async def test_a_new_price_is_for_what_nobody_has_taken_yet(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    held = await house.book(user, event_id, 0)
    sold = await house.book(user, event_id, 1, payment=VISA)

    answer = await reprice(house, event_id, FRONT, priceMinor=9000)
    paid = await house.confirm(user, held["id"])
    later = await house.book(user, event_id, 2, payment=VISA)

    assert answer["price"] == {"minor": 9000, "currency": "GBP"}
    assert (sold["totalAmount"]["minor"], paid["payment"]["amount"]["amount"]) == (7500, "75.00")
    assert (later["totalAmount"]["minor"], later["payment"]["amount"]["amount"]) == (9000, "90.00")
    assert (await house.ask(BOOKING, user, id=sold["id"]))["totalAmount"] == {"minor": 7500}


async def test_a_price_shows_at_once_wherever_it_stands(house: House) -> None:
    event_id = await house.event()
    await house.ask(EVENT, id=event_id)

    await reprice(house, event_id, BACK, price="0.50")
    event = await until_repriced(house, event_id, 50)

    assert (event["minPrice"], event["maxPrice"]) == ({"minor": 50}, {"minor": 7500})
    assert [one["price"]["minor"] for one in event["tiers"]] == [7500, 50, 2000]
    rows = event["seatMap"]["sections"][0]["rows"]
    assert [{seat["price"]["minor"] for seat in row["seats"]} for row in rows] == [{7500}, {50}]
    assert rows[1]["seats"][0]["tier"] == {"name": "Back", "price": {"minor": 50}}


async def until_repriced(house: House, event_id: str, minor: int) -> Any:
    """The event, once its last seat's price is this."""
    async with asyncio.timeout(5):
        while True:
            event = await house.ask(EVENT, id=event_id)
            if event["seatMap"]["sections"][0]["rows"][-1]["seats"][0]["price"]["minor"] == minor:
                return event
            await asyncio.sleep(0.02)


async def test_who_books_while_the_price_changes_pays_one_of_the_two(house: House) -> None:
    event_id = await house.event(
        tiers=[{"name": "Floor", "kind": "STANDING", "price": "10.00", "capacity": 100}], venueId=None, timezone="UTC"
    )
    users = [await house.user() for _ in range(20)]

    async def change() -> None:
        for minor in (1001, 1002, 1003):
            await reprice(house, event_id, 1, priceMinor=minor)

    *booked, _ = await asyncio.gather(*(house.take(user, event_id, 1, 2) for user in users), change())
    last = await house.take(users[0], event_id, 1, 1)

    assert {one["__typename"] for one in booked} == {"Booking"}
    assert {one["totalAmount"]["minor"] for one in booked} <= {2000, 2002, 2004, 2006}
    assert last["totalAmount"]["minor"] == 1003


async def test_prices_that_cannot_be_and_tiers_that_are_not_there_are_refused(house: House) -> None:
    event_id = await house.event()

    for price, field in (
        ({}, "price"),
        ({"priceMinor": -1}, "priceMinor"),
        ({"priceMinor": 10**12 + 1}, "priceMinor"),
        ({"price": "NaN"}, "price"),
    ):
        assert (await reprice(house, event_id, FRONT, **price))["fields"] == [{"field": field}]
    assert (await reprice(house, event_id, 9, priceMinor=1))["tierId"] == tier(event_id, 9)
    await house.call_off(event_id)
    assert (await reprice(house, event_id, FRONT, priceMinor=1))["code"] == "EVENT_NOT_EDITABLE"
    assert (await resize(house, event_id, FLOOR, capacity=1))["code"] == "EVENT_NOT_EDITABLE"
    with pytest.raises(Failed) as failed:
        await house.ask(REPRICE, ADMIN, input={"tierId": event_id, "priceMinor": 1})
    assert failed.value.code == "VALIDATION_ERROR"


async def test_only_those_who_run_the_event_change_its_tiers(house: House) -> None:
    made = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"
    ours, theirs = [(await house.ask(made, ADMIN, name=a_name()))["id"] for _ in range(2)]
    event_id = await house.event(organizationId=ours)

    for caller, code in ((None, "UNAUTHENTICATED"), (await house.user(), "AUTH_UNAUTHORIZED"), (an_organizer(theirs), "AUTH_UNAUTHORIZED")):
        for asked in (reprice(house, event_id, FRONT, caller, priceMinor=1), resize(house, event_id, FLOOR, caller, capacity=1)):
            with pytest.raises(Failed) as failed:
                await asked
            assert failed.value.code == code
    assert (await reprice(house, event_id, FRONT, an_organizer(ours), priceMinor=1))["price"]["minor"] == 1
    assert (await resize(house, event_id, FLOOR, an_organizer(ours), capacity=11))["capacity"] == 11
    nowhere = str(TierId(EventId(1), 1))
    assert (await house.ask(REPRICE, ADMIN, input={"tierId": nowhere, "priceMinor": 1}))["code"] == "EVENT_NOT_FOUND"


# Room


async def test_room_shrinks_to_what_is_taken_and_grows_again(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.take(user, event_id, FLOOR, 3)
    await house.take(user, event_id, FLOOR, 2, payment=VISA)

    refused = await resize(house, event_id, FLOOR, capacity=4)
    shrunk = await resize(house, event_id, FLOOR, capacity=5)
    full = await house.take(await house.user(), event_id, FLOOR, 1)
    grown = await resize(house, event_id, FLOOR, capacity=8, name="Pit")

    assert refused["code"] == "CAPACITY_BELOW_SOLD"
    assert (refused["tierId"], refused["asked"], refused["least"]) == (tier(event_id, FLOOR), 4, 5)
    assert (shrunk["capacity"], shrunk["available"]) == (5, 0)
    assert full["__typename"] == "PlacesUnavailable"
    assert (grown["name"], grown["capacity"], grown["available"]) == ("Pit", 8, 3)
    event = await house.ask(EVENT, id=event_id)
    assert (event["capacity"], event["availableSeats"]) == (20, 15)
    assert (await house.take(await house.user(), event_id, FLOOR, 3))["__typename"] == "Booking"


async def test_seats_of_a_layout_cannot_be_counted_otherwise(house: House) -> None:
    event_id = await house.event()

    assert (await resize(house, event_id, FRONT, capacity=7))["fields"] == [{"field": "capacity"}]
    assert (await resize(house, event_id, FRONT, name="Floor"))["fields"] == [{"field": "name"}]


async def test_room_never_falls_below_what_is_sold_however_many_ask_at_once(house: House) -> None:
    event_id = await house.event(
        tiers=[{"name": "Floor", "kind": "STANDING", "price": "0.00", "capacity": 60}], venueId=None, timezone="UTC"
    )
    users = [await house.user() for _ in range(30)]

    answers = await asyncio.gather(
        *(house.take(user, event_id, 1, 2) for user in users),
        *(resize(house, event_id, 1, capacity=capacity) for capacity in range(59, 29, -3)),
    )

    booked = 2 * [answer["__typename"] for answer in answers].count("Booking")
    row = await house.pool.fetchrow("SELECT capacity, available, held, booked FROM tier WHERE event_id = $1", EventId.parse(event_id))
    assert row is not None
    assert row["held"] + row["booked"] == booked <= row["capacity"]
    assert row["available"] == row["capacity"] - booked
    assert await house.pool.fetchval("SELECT capacity FROM event WHERE event_id = $1", EventId.parse(event_id)) == row["capacity"]


async def test_who_watches_sees_new_room_and_is_told_of_new_prices(house: House) -> None:
    event_id = await house.event()
    async with aclosing(house.watch(WATCH, id=event_id)) as updates:
        await anext(updates)
        await resize(house, event_id, FLOOR, capacity=12)
        grown = await anext(updates)
        await reprice(house, event_id, FRONT, priceMinor=1)
        repriced = await anext(updates)

    assert grown["saleChanged"]
    assert {one["tierId"]: one["available"] for one in grown["summary"]["byTier"]}[tier(event_id, FLOOR)] == 12
    assert repriced["saleChanged"]


async def test_new_room_goes_to_who_waits_first(house: House) -> None:
    event_id = await house.event(tiers=ONE_PLACE, venueId=None, timezone="UTC")
    await house.take(await house.user(), event_id, 1, 1)
    waiting = [await house.user() for _ in range(3)]
    entries = [(await house.ask(JOIN, user, input={"eventId": event_id, "quantity": 1}))["id"] for user in waiting]

    answer = await resize(house, event_id, 1, capacity=3)
    late = await house.take(await house.user(), event_id, 1, 1)

    assert answer["capacity"] == 3
    statuses = [(await house.ask(ENTRY, user, id=entry))["status"] for user, entry in zip(waiting, entries, strict=True)]
    assert statuses == ["OFFERED", "OFFERED", "WAITING"]
    assert late["__typename"] in ("EventSoldOut", "PlacesUnavailable")


async def test_a_repeat_changes_nothing(house: House) -> None:
    event_id = await house.event()
    await reprice(house, event_id, FRONT, priceMinor=1)
    version = "SELECT version FROM inventory WHERE event_id = $1"
    before = await house.pool.fetchval(version, EventId.parse(event_id))

    again = await reprice(house, event_id, FRONT, priceMinor=1)
    await resize(house, event_id, FLOOR, capacity=10, name="Floor")

    assert again["price"]["minor"] == 1
    assert await house.pool.fetchval(version, EventId.parse(event_id)) == before


# Terms


async def test_another_policy_is_for_what_is_bought_from_then_on(house: House) -> None:
    user = await house.user()
    event_id = await house.event(cancellationPolicy=[{"hoursBefore": 1, "refundPercent": 50}])
    first = await house.book(user, event_id, 0, payment=VISA)

    changed = await update(house, event_id, cancellationPolicy=[])
    second = await house.book(user, event_id, 1, payment=VISA)
    again = await update(house, event_id, cancellationPolicy=None)
    third = await house.book(user, event_id, 2, payment=VISA)

    assert changed["cancellationPolicy"] == {"endsAt": None, "steps": []}
    assert again["cancellationPolicy"] == {
        "endsAt": "2031-04-30T19:30:00Z",
        "steps": [{"minutesBefore": 1440, "until": "2031-04-30T19:30:00Z", "refundPercent": 100}],
    }
    bought = [(await house.ask(BOOKING, user, id=one["id"]))["cancellationPolicy"]["steps"] for one in (first, second, third)]
    assert bought == [[{"minutesBefore": 60, "refundPercent": 50}], [], [{"minutesBefore": 1440, "refundPercent": 100}]]
    answers = [await house.ask(CANCEL, user, input={"bookingId": one["id"]}) for one in (first, second, third)]
    assert [answer["__typename"] for answer in answers] == ["Cancellation", "CancellationWindowExpired", "Cancellation"]
    assert [answer["refundAmount"]["minor"] for answer in (answers[0], answers[2])] == [3750, 7500]


async def test_terms_are_kept_where_they_are_not_named_and_checked_where_they_are(house: House) -> None:
    event_id = await house.event(cancellationPolicy=[{"minutesBefore": 90, "refundPercent": 30}], avoidOrphanSeats=True)

    kept = await update(house, event_id, name="New")
    off = await update(house, event_id, avoidOrphanSeats=False, timezone="Asia/Tokyo")
    wrong = await update(
        house,
        event_id,
        timezone="Mars/Phobos",
        cancellationPolicy=[{"hoursBefore": 2, "refundPercent": 10}, {"hoursBefore": 1, "refundPercent": 20}, {"refundPercent": 101}],
    )

    assert [step["minutesBefore"] for step in kept["cancellationPolicy"]["steps"]] == [90]
    assert (kept["avoidsOrphanSeats"], kept["timezone"]) == (True, "Europe/London")
    assert (off["avoidsOrphanSeats"], off["timezone"]) == (False, "Asia/Tokyo")
    assert {problem["field"] for problem in wrong["fields"]} == {
        "timezone",
        "cancellationPolicy",
        "cancellationPolicy.2.hoursBefore",
        "cancellationPolicy.2.refundPercent",
    }


async def test_a_choice_that_leaves_a_seat_alone_is_refused_where_the_event_avoids_it(house: House) -> None:
    event_id = await house.event(avoidOrphanSeats=True)
    user = await house.user()

    assert (await house.book(user, event_id, 1))["__typename"] == "LeavesOrphanSeats"
    await update(house, event_id, avoidOrphanSeats=False)
    assert (await house.book(user, event_id, 1))["__typename"] == "Booking"


async def test_who_booked_is_told_of_another_start_and_nobody_of_a_drafts(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.book(user, event_id, 0, payment=VISA)

    await update(house, event_id, startsAt="2031-05-01T20:00:00Z")
    await update(house, event_id, name="Another name")
    await update(house, event_id, endsAt="2031-05-01T22:00:00Z")

    errands = await house.pool.fetch(
        "SELECT about->'changes'->>0 AS change FROM errand WHERE event_id = $1 ORDER BY created_at", EventId.parse(event_id)
    )
    assert [row["change"] for row in errands] == ["starts_at", "ends_at"]
    told = "SELECT count(*) = 2 FROM notification WHERE event_id = $1 AND kind = 5 AND user_id = $2"
    await eventually(lambda: house.pool.fetchval(told, EventId.parse(event_id), user.user_id))


# Categories


async def test_a_category_is_changed_and_forgotten_once_no_event_is_of_it(house: House) -> None:
    made = "mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { ... on Category { id slug } } }"
    first, other = [await house.ask(made, ADMIN, input={"slug": a_name("k").replace(" ", "-"), "name": "Kind"}) for _ in range(2)]
    event_id = await house.event(categoryId=first["id"])

    renamed = await house.ask(CATEGORY, ADMIN, input={"categoryId": first["id"], "name": "Chamber music"})
    taken = await house.ask(CATEGORY, ADMIN, input={"categoryId": first["id"], "slug": other["slug"]})
    wrong = await house.ask(CATEGORY, ADMIN, input={"categoryId": first["id"], "slug": "Not A Slug", "name": " "})
    in_use = await house.ask(FORGET, ADMIN, id=first["id"])
    await update(house, event_id, categoryId=None)
    gone = await house.ask(FORGET, ADMIN, id=first["id"])
    again = await house.ask(FORGET, ADMIN, id=first["id"])

    assert renamed == {"__typename": "Category", "slug": first["slug"], "name": "Chamber music"}
    assert taken["fields"] == [{"field": "slug"}]
    assert {problem["field"] for problem in wrong["fields"]} == {"slug", "name"}
    assert (in_use["code"], in_use["events"]) == ("CATEGORY_IN_USE", 1)
    assert gone["categoryId"] == first["id"]
    assert again["code"] == "CATEGORY_NOT_FOUND"
    assert (await house.ask(CATEGORY, ADMIN, input={"categoryId": first["id"], "name": "x"}))["code"] == "CATEGORY_NOT_FOUND"
