"""Giving places back, whole bookings and parts of them: what it brings, what it would bring, and what cannot be given back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from domain.callers import Caller
from tests.api.house import ADMIN, CANCEL, CHECK_IN, FLOOR, QUOTE, TRANSFER, VISA, House, a_key, nobodys_booking, seat
from tests.api.served import Served, a_server

DAY = 24 * 60
MONEY = """query ($id: ID!) { booking(id: $id) { status quantity cancelledAt totalAmount { minor } refund { amount { minor } }
    refunds { amount { minor } status } tickets { id status place { seatId } } payment { amount { minor } }
    cancellationPolicy { endsAt steps { minutesBefore refundPercent until } } event { startsAt } } }"""
PRICES = [
    {"name": "Front", "price": "33.33", "sections": [{"section": "Stalls", "rows": ["A"]}]},
    {"name": "Back", "price": "9.99"},
    {"name": "Floor", "kind": "STANDING", "price": "0.05", "capacity": 10},
]


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[Served]:
    async with a_server(database_url, redis_url) as house:
        yield house


async def give_back(house: House, caller: Caller, booking_id: str, *, key: str | None = None, **chosen: object) -> Any:
    """What comes of giving places back."""
    return await house.ask(CANCEL, caller, input={"bookingId": booking_id, "idempotencyKey": key, **chosen})


async def quote(house: House, caller: Caller, booking_id: str, **chosen: object) -> Any:
    """What it would bring."""
    return await house.ask(QUOTE, caller, input={"bookingId": booking_id, **chosen})


async def money_of(house: House, caller: Caller, booking_id: str) -> Any:
    return await house.ask(MONEY, caller, id=booking_id)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_some_seats_are_given_back_and_the_rest_stays(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.sold(user, event_id, 0, 1, 6)

    cancelled = await give_back(house, user, booking["id"], seats=[seat(event_id, 1)])

    assert (cancelled["refundAmount"], cancelled["refundStatus"]) == ({"amount": "75.00", "currency": "GBP"}, "SUCCEEDED")
    assert datetime.now(UTC) - at(cancelled["cancelledAt"]) < timedelta(minutes=1)
    assert cancelled["booking"]["status"] == "CONFIRMED"
    assert [ticket["status"] for ticket in cancelled["booking"]["tickets"]] == ["VALID", "CANCELLED", "VALID"]
    after = await money_of(house, user, booking["id"])
    assert (after["quantity"], after["totalAmount"], after["cancelledAt"]) == (2, {"minor": 10000}, cancelled["cancelledAt"])
    assert [ticket["place"]["seatId"] for ticket in after["tickets"]] == [seat(event_id, number) for number in (0, 1, 6)]
    assert await house.counts(event_id) == {"available": 20, "held": 0, "booked": 2, "blocked": 0}
    assert (await house.book(await house.user(), event_id, 1))["status"] == "PENDING"


async def test_what_is_left_is_given_back_step_by_step_until_nothing_is(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.take(user, event_id, FLOOR, 3, payment=VISA)
    tickets = [ticket["id"] for ticket in booking["tickets"]]

    first = await give_back(house, user, booking["id"], tickets=[tickets[1]])
    last = await give_back(house, user, booking["id"])
    more = await give_back(house, user, booking["id"])

    assert (first["refundAmount"]["amount"], first["booking"]["status"]) == ("20.00", "CONFIRMED")
    assert (last["refundAmount"]["amount"], last["booking"]["status"]) == ("40.00", "CANCELLED")
    assert (more["code"], more["status"]) == ("BOOKING_NOT_CANCELLABLE", "CANCELLED")
    after = await money_of(house, user, booking["id"])
    assert [(refund["amount"]["minor"], refund["status"]) for refund in after["refunds"]] == [(2000, "SUCCEEDED"), (4000, "SUCCEEDED")]
    assert after["refund"]["amount"]["minor"] == 4000
    assert (await house.counts(event_id))["available"] == 22


async def test_some_seats_of_a_hold_are_let_go(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0, 1)

    told = await quote(house, user, booking["id"], seats=[seat(event_id, 0)])
    cancelled = await give_back(house, user, booking["id"], seats=[seat(event_id, 0)])

    assert (told["quantity"], told["refundAmount"]["amount"], told["validUntil"]) == (1, "0.00", None)
    assert (cancelled["booking"]["status"], cancelled["refundStatus"]) == ("PENDING", None)
    assert (await house.counts(event_id))["held"] == 1


async def test_a_quote_is_what_is_refunded_whatever_the_policy_the_moment_and_the_steps(house: Served) -> None:
    random = Random(2026)
    for case in range(25):
        steps = sorted({random.randrange(0, 40 * DAY): random.randrange(0, 101) for _ in range(random.randrange(0, 5))}.items())
        user, event_id = await house.user(), await house.event(tiers=PRICES)
        await house.policy(event_id, *steps)
        booking = await house.sold(user, event_id, *random.sample(range(12), random.randrange(1, 8)))
        left = [ticket["id"] for ticket in booking["tickets"]]
        quoted = 0
        while left:
            await house.move_start(event_id, timedelta(minutes=random.randrange(30, 41 * DAY)))
            part = left if random.random() < 0.3 else random.sample(left, random.randrange(1, len(left) + 1))
            chosen: Any = {} if part is left else {"tickets": part}

            told = await quote(house, user, booking["id"], **chosen)
            done = await give_back(house, user, booking["id"], **chosen)

            if told["__typename"] != "CancellationQuote":
                assert told == done, (case, "the same refusal")
                break
            assert told["refundAmount"] == done["refundAmount"], (case, steps)
            assert told["quantity"] == len(part)
            assert at(told["validUntil"]) >= at(done["cancelledAt"])
            quoted += int(Decimal(told["refundAmount"]["amount"]) * 100)
            left = [ticket for ticket in left if ticket not in part]
        after = await money_of(house, user, booking["id"])
        assert sum(refund["amount"]["minor"] for refund in after["refunds"]) == quoted <= after["payment"]["amount"]["minor"]
        assert after["status"] == ("CONFIRMED" if left else "CANCELLED")


async def test_a_quote_changes_nothing(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    await house.policy(event_id, (DAY, 50), (60, 10))
    booking = await house.sold(user, event_id, 0)
    await house.move_start(event_id, timedelta(hours=12))

    told = [await quote(house, user, booking["id"]) for _ in range(2)]

    assert told[0] == told[1]
    assert (told[0]["refundPercent"], told[0]["refundAmount"]["amount"]) == (10, "7.50")
    after = await money_of(house, user, booking["id"])
    assert at(told[0]["validUntil"]) == at(after["event"]["startsAt"]) - timedelta(hours=1)
    assert (after["status"], after["refunds"]) == ("CONFIRMED", [])


async def test_a_booking_keeps_the_policy_it_was_bought_under(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.sold(user, event_id, 0)
    await house.policy(event_id)
    later = await house.sold(user, event_id, 1)

    first, second = await money_of(house, user, booking["id"]), await money_of(house, user, later["id"])

    starts_at = at(first["event"]["startsAt"])
    step = first["cancellationPolicy"]["steps"][0]
    assert (step["minutesBefore"], step["refundPercent"], at(step["until"])) == (DAY, 100, starts_at - timedelta(days=1))
    assert at(first["cancellationPolicy"]["endsAt"]) == starts_at - timedelta(days=1)
    assert second["cancellationPolicy"] == {"endsAt": None, "steps": []}


async def test_a_policy_may_never_let_one_cancel(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    await house.policy(event_id)
    booking = await house.sold(user, event_id, 0)

    refused = await give_back(house, user, booking["id"])

    expected = {"__typename": "CancellationWindowExpired", "code": "CANCELLATION_WINDOW_EXPIRED", "bookingId": booking["id"], "until": None}
    assert refused.pop("message") == "The booking cannot be cancelled."
    assert refused == expected


async def test_places_that_cannot_be_given_back_are_named_with_their_reasons(house: Served) -> None:
    (user, _), (_, friend) = await house.person(), await house.person()
    event_id = await house.event()
    booking = await house.sold(user, event_id, 0, 1, 2, 3)
    given_back, used, handed_on, own = (ticket["id"] for ticket in booking["tickets"])
    await give_back(house, user, booking["id"], tickets=[given_back])
    await house.ask(CHECK_IN, ADMIN, id=used)
    await house.ask(TRANSFER, user, input={"ticketId": handed_on, "toEmail": friend})

    by_tickets = await give_back(house, user, booking["id"], tickets=[given_back, used, handed_on, own], seats=[seat(event_id, 9)])
    told = await quote(house, user, booking["id"], tickets=[given_back, used, handed_on, own], seats=[seat(event_id, 9)])
    by_admin = await give_back(house, ADMIN, booking["id"], tickets=[handed_on])

    assert by_tickets.pop("message") == "4 of the places cannot be given back."
    assert by_tickets.pop("places") == [
        {"seatId": seat(event_id, 9), "ticketId": None, "reason": "NOT_IN_BOOKING"},
        {"seatId": seat(event_id, 0), "ticketId": given_back, "reason": "GIVEN_BACK"},
        {"seatId": seat(event_id, 1), "ticketId": used, "reason": "CHECKED_IN"},
        {"seatId": seat(event_id, 2), "ticketId": handed_on, "reason": "HANDED_ON"},
    ]
    assert by_tickets == {"__typename": "PlacesNotCancellable", "code": "PLACES_NOT_CANCELLABLE", "bookingId": booking["id"]}
    assert told["code"] == "PLACES_NOT_CANCELLABLE"
    assert by_admin["refundAmount"]["amount"] == "75.00"
    assert (await money_of(house, user, booking["id"]))["quantity"] == 2


async def test_a_choice_that_was_lost_is_not_taken_for_all(house: Served) -> None:
    user, event_id, other = await house.user(), await house.event(), await house.event()
    booking = await house.sold(user, event_id, 0)
    another = await house.sold(user, event_id, 1)

    nothing = await give_back(house, user, booking["id"], seats=[])
    elsewhere = await give_back(house, user, booking["id"], seats=[seat(other, 0)], tickets=[another["tickets"][0]["id"]])

    assert nothing["fields"] == [{"field": "seats", "message": "names 1 to 31; left out, all places are meant"}]
    assert [problem["field"] for problem in elsewhere["fields"]] == ["seats", "tickets"]
    assert (await money_of(house, user, booking["id"]))["status"] == "CONFIRMED"


async def test_a_part_that_is_given_back_again_under_its_key_is_given_back_once(house: Served) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()
    booking = await house.sold(user, event_id, 0, 1, 2)
    part = {"seats": [seat(event_id, 0)]}

    first = await give_back(house, user, booking["id"], key=key, **part)
    await give_back(house, user, booking["id"], seats=[seat(event_id, 1)])
    again = await give_back(house, user, booking["id"], key=key, **part)
    other = await give_back(house, user, booking["id"], key=key, seats=[seat(event_id, 2)])

    for fact in ("refundAmount", "refundStatus", "cancelledAt"):
        assert again[fact] == first[fact], fact
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (await money_of(house, user, booking["id"]))["quantity"] == 1


async def test_one_seat_given_back_many_times_at_once_is_refunded_once(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.sold(user, event_id, 0, 1)

    answers = await asyncio.gather(*(give_back(house, user, booking["id"], seats=[seat(event_id, 0)]) for _ in range(8)))

    assert sorted(answer["__typename"] for answer in answers) == ["Cancellation"] + ["PlacesNotCancellable"] * 7
    assert [refund["amount"]["minor"] for refund in (await money_of(house, user, booking["id"]))["refunds"]] == [7500]


async def test_a_booking_of_somebody_else_is_not_told_of(house: Served) -> None:
    owner, other, event_id = await house.user(), await house.user(), await house.event()
    booking = await house.sold(owner, event_id, 0)

    assert (await quote(house, other, booking["id"]))["code"] == "BOOKING_NOT_FOUND"
    assert (await quote(house, owner, nobodys_booking(event_id)))["code"] == "BOOKING_NOT_FOUND"
    assert (await give_back(house, other, booking["id"]))["code"] == "BOOKING_NOT_FOUND"
    assert (await quote(house, ADMIN, booking["id"]))["refundAmount"]["amount"] == "75.00"
