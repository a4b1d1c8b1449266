"""Bookings as clients see them: taking places, paying, more time, giving back, and seats kept off sale."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.callers import Caller
from domain.ids import EventId
from tests.api.asking import Failed
from tests.api.house import (
    ADMIN,
    BACK,
    BLOCK,
    BOOK,
    DECLINED,
    FLOOR,
    FREE,
    FRONT,
    SLOW,
    UNBLOCK,
    House,
    a_house,
    a_key,
    nobodys_booking,
    seat,
    tier,
)
from tests.api.stage import an_organizer

MISSING = "evt_0000000000001"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url, payment_wait_seconds=10) as house:
        yield house


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def the_refusal(answer: Any, kind: str, code: str, **facts: object) -> None:
    """That an answer is this refusal with exactly these facts, and has a sentence for people."""
    message = answer.pop("message")
    assert answer == {"__typename": kind, "code": code, **facts}
    assert message[0].isupper() or message[0].isdigit(), message
    assert message.endswith("."), message
    assert "None" not in message
    assert "()" not in message


async def is_refused(house: House, code: str, document: str, caller: Caller | None, /, **variables: Any) -> None:
    """That an error with this code is answered."""
    with pytest.raises(Failed) as failed:
        await house.ask(document, caller, **variables)
    assert failed.value.code == code


# Taking places


async def test_seats_are_held_for_five_minutes(house: House) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await house.book(user, event_id, 5, 6)

    assert booking.pop("id").startswith("bkg_")
    assert booking.pop("bookingCode").startswith("EVT")
    assert booking["event"].pop("name")
    created, expires, now = at(booking.pop("createdAt")), at(booking.pop("expiresAt")), at(booking.pop("serverTime"))
    assert expires - created == timedelta(minutes=5)
    assert timedelta(0) <= now - created < timedelta(seconds=5)
    front = {"section": "Stalls", "row": "A", "number": "6", "seatId": seat(event_id, 5), "price": {"amount": "75.00"}}
    back = {"section": "Stalls", "row": "B", "number": "1", "seatId": seat(event_id, 6), "price": {"amount": "25.00"}}
    assert booking == {
        "__typename": "Booking",
        "status": "PENDING",
        "quantity": 2,
        "totalAmount": {"amount": "100.00", "minor": 10000, "currency": "GBP"},
        "extended": False,
        "confirmedAt": None,
        "cancelledAt": None,
        "event": {"id": event_id},
        "places": [
            {**front, "tier": {"id": tier(event_id, FRONT), "name": "Front"}},
            {**back, "tier": {"id": tier(event_id, BACK), "name": "Back"}},
        ],
        "seats": [{**front, "tier": {"name": "Front"}}, {**back, "tier": {"name": "Back"}}],
        "tickets": [],
        "payment": None,
        "payments": [],
        "refund": None,
    }
    assert await house.counts(event_id) == {"available": 20, "held": 2, "booked": 0, "blocked": 0}


async def test_standing_room_is_taken_by_number(house: House) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await house.take(user, event_id, FLOOR, 3)

    assert (booking["status"], booking["quantity"], booking["totalAmount"]["amount"]) == ("PENDING", 3, "60.00")
    assert booking["seats"] == []
    standing = {"seatId": None, "section": None, "row": None, "number": None}
    floor = {"id": tier(event_id, FLOOR), "name": "Floor"}
    assert booking["places"] == [{**standing, "price": {"amount": "20.00"}, "tier": floor}] * 3


async def test_a_number_of_seats_of_a_tier_is_chosen_from_its_front(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.book(await house.user(), event_id, 7)

    booking = await house.take(user, event_id, BACK, 3)

    assert [place["seatId"] for place in booking["seats"]] == [seat(event_id, 6), seat(event_id, 8), seat(event_id, 9)]


async def test_all_is_paid_for_at_once(house: House) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await house.book(user, event_id, 0, 1, payment={"token": "pm_card_visa"})

    assert booking["status"] == "CONFIRMED"
    assert booking["confirmedAt"]
    code = booking["bookingCode"]
    assert [(ticket["ticketNumber"], ticket["status"], ticket["place"]["number"]) for ticket in booking["tickets"]] == [
        (f"{code}-01", "VALID", "1"),
        (f"{code}-02", "VALID", "2"),
    ]
    payment = booking["payment"]
    assert payment.pop("id").startswith("pay_")
    assert payment.pop("providerTransactionId").startswith("ch_sandbox_")
    assert payment == {"status": "SUCCEEDED", "amount": {"amount": "150.00"}, "gateway": "sandbox", "failure": None}
    assert await house.counts(event_id) == {"available": 20, "held": 0, "booked": 2, "blocked": 0}


async def test_what_costs_nothing_is_confirmed_with_any_payment(house: House) -> None:
    user, event_id = await house.user(), await house.event(tiers=FREE)

    booking = await house.book(user, event_id, 0, payment=DECLINED)

    assert (booking["status"], booking["payments"], len(booking["tickets"])) == ("CONFIRMED", [], 1)


async def test_a_decline_ends_a_booking_that_was_to_be_paid_at_once(house: House) -> None:
    user, event_id = await house.user(), await house.event()

    refused = await house.book(user, event_id, 0, payment=DECLINED)

    booking_id = refused["bookingId"]
    the_refusal(refused, "PaymentFailed", "PAYMENT_FAILED", bookingId=booking_id, failure="card_declined", heldUntil=None)
    booking = await house.ask("query ($id: ID!) { booking(id: $id) { status payment { status failure } } }", user, id=booking_id)
    assert booking == {"status": "FAILED", "payment": {"status": "FAILED", "failure": "card_declined"}}
    assert (await house.counts(event_id))["available"] == 22


async def test_seats_that_cannot_be_had_are_named_with_their_reasons(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.book(await house.user(), event_id, 0)
    await house.book(await house.user(), event_id, 1, payment={"token": "pm_card_visa"})
    await house.ask(BLOCK, ADMIN, id=event_id, seats=[seat(event_id, 2)])

    refused = await house.book(user, event_id, 0, 1, 2, 3, 12)

    reasons = {0: "HELD", 1: "BOOKED", 2: "BLOCKED", 12: "UNKNOWN"}
    seats = [{"seatId": seat(event_id, n), "seatNo": n, "reason": reason} for n, reason in reasons.items()]
    the_refusal(refused, "SeatsUnavailable", "BOOKING_SEATS_UNAVAILABLE", seats=seats)
    assert (await house.counts(event_id))["held"] == 1


async def test_an_event_without_numbered_seats_has_none_to_be_named(house: House) -> None:
    user, event_id = await house.user(), await house.event(venueId=None, timezone="Europe/London", tiers=[{**FREE[0], "capacity": 5}])

    refused = await house.book(user, event_id, 0)

    the_refusal(
        refused,
        "SeatsUnavailable",
        "BOOKING_SEATS_UNAVAILABLE",
        seats=[{"seatId": seat(event_id, 0), "seatNo": 0, "reason": "UNKNOWN"}],
    )


async def test_a_tier_with_fewer_places_says_how_many_are_left(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.take(await house.user(), event_id, FLOOR, 9)

    refused = await house.take(user, event_id, FLOOR, 2)

    assert refused["message"] == "You asked for 2 places and 1 is left."
    the_refusal(refused, "PlacesUnavailable", "BOOKING_PLACES_UNAVAILABLE", tierId=tier(event_id, FLOOR), asked=2, available=1)


async def test_an_event_without_a_place_is_sold_out(house: House) -> None:
    event_id = await house.event(tiers=[{"name": "Floor", "kind": "STANDING", "price": "1.00", "capacity": 2}])
    await house.take(await house.user(), event_id, 1, 2)

    refused = await house.take(await house.user(), event_id, 1, 1)

    the_refusal(refused, "EventSoldOut", "EVENT_SOLD_OUT", eventId=event_id)


@pytest.mark.parametrize(
    ("begins", "ends", "reason", "words"), [(DAY, 2 * DAY, "NOT_YET", "Sales begin on"), (-2 * DAY, -DAY, "ENDED", "Sales ended on")]
)
async def test_an_event_is_sold_in_its_time(house: House, begins: timedelta, ends: timedelta, reason: str, words: str) -> None:
    event_id = await house.event()
    await house.sell_only(event_id, begins, ends)

    refused = await house.book(await house.user(), event_id, 0)

    on_sale, off_sale = refused["onSaleAt"], refused["offSaleAt"]
    assert refused["message"].startswith(words)
    the_refusal(refused, "EventNotOnSale", "EVENT_NOT_ON_SALE", reason=reason, onSaleAt=on_sale, offSaleAt=off_sale)
    assert abs(at(on_sale) - datetime.now(UTC) - begins) < timedelta(minutes=1)


async def test_a_cancelled_event_sells_nothing_and_takes_no_money(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)
    await house.call_off(event_id)

    refused, unpaid = await house.book(user, event_id, 1), await house.confirm(user, booking["id"])

    for answer in (refused, unpaid):
        assert (answer["code"], answer["reason"]) == ("EVENT_NOT_ON_SALE", "CANCELLED")
        assert answer["message"] == "The event is cancelled."


async def test_there_is_no_such_event(house: House) -> None:
    user, draft = await house.user(), await house.event()
    await house.pool.execute("UPDATE event SET status = 0 WHERE event_id = $1", EventId.parse(draft))

    for event_id in (MISSING, draft):
        the_refusal(await house.book(user, event_id, 0), "EventNotFound", "EVENT_NOT_FOUND", eventId=event_id)


@pytest.mark.parametrize("quantity", [0, -1, 11, 2**31 - 1])
async def test_a_booking_counts_one_to_ten_places(house: House, quantity: int) -> None:
    refused = await house.take(await house.user(), await house.event(), FLOOR, quantity)

    the_refusal(refused, "InvalidSeatCount", "INVALID_SEAT_COUNT", asked=quantity, most=10)


@pytest.mark.parametrize("asked", [0, 11, 150])
async def test_it_counts_one_to_ten_named_seats_too(house: House, asked: int) -> None:
    refused = await house.book(await house.user(), await house.event(), *range(asked))

    the_refusal(refused, "InvalidSeatCount", "INVALID_SEAT_COUNT", asked=asked, most=10)


async def test_one_person_has_so_many_places_of_an_event(house: House) -> None:
    user, event_id = await house.user(), await house.event(ticketLimit=4)
    await house.book(user, event_id, 0, 1, 2)

    refused = await house.take(user, event_id, FLOOR, 2)

    the_refusal(refused, "TicketLimitReached", "TICKET_LIMIT_REACHED", limit=4, taken=3)
    assert (await house.take(user, event_id, FLOOR, 1))["status"] == "PENDING"


async def test_the_event_has_no_such_tier(house: House) -> None:
    event_id = await house.event()

    refused = await house.take(await house.user(), event_id, 4, 1)

    the_refusal(refused, "TierNotFound", "TIER_NOT_FOUND", tierId=tier(event_id, 4))


async def test_what_is_wrong_with_an_input_is_told_field_by_field(house: House) -> None:
    user, event_id, other = await house.user(), await house.event(), await house.event()

    async def fields(places: object, **more: object) -> list[str]:
        answer = await house.ask(BOOK, user, input={"eventId": event_id, "places": places, **more})
        assert answer["code"] == "VALIDATION_ERROR"
        return [problem["field"] for problem in answer["fields"]]

    mine = {"seats": [seat(event_id, 0)]}
    assert await fields({"seats": [seat(event_id, 0), seat(other, 1)]}) == ["places.seats"]
    assert await fields({"seats": [seat(event_id, 0)] * 2}) == ["places.seats"]
    assert await fields({"quantity": {"tierId": tier(other, 1), "quantity": 1}}) == ["places.quantity.tierId"]
    assert await fields(mine, payment={"token": " "}) == ["payment.token"]
    assert await fields(mine, payment={"token": "x" * 201}) == ["payment.token"]
    for key in ("", "x" * 256, "a\nb"):
        assert await fields(mine, idempotencyKey=key) == ["idempotencyKey"]


async def test_what_is_no_id_is_a_bad_request(house: House) -> None:
    user, event_id = await house.user(), await house.event()

    await is_refused(house, "VALIDATION_ERROR", BOOK, user, input={"eventId": "1", "places": {"seats": []}})
    await is_refused(house, "VALIDATION_ERROR", BOOK, user, input={"eventId": event_id, "places": {"seats": ["A1"]}})


@pytest.mark.parametrize("places", [{}, {"seats": None}, {"seats": [], "quantity": {"tierId": "x", "quantity": 1}}])
async def test_places_are_named_in_one_way(house: House, places: object) -> None:
    with pytest.raises(Failed):
        await house.ask(BOOK, await house.user(), input={"eventId": MISSING, "places": places})


async def test_nobody_books_without_logging_in(house: House) -> None:
    event_id = await house.event()

    await is_refused(house, "UNAUTHENTICATED", BOOK, None, input={"eventId": event_id, "places": {"seats": []}})


async def test_too_many_at_once_are_told_to_come_back(database_url: str, redis_url: str) -> None:
    async with a_house(database_url, redis_url, queue_limit=1, batch_limit=1) as small:
        user, event_id = await small.user(), await small.event()

        answers = await asyncio.gather(*(small.take(user, event_id, FLOOR, 1) for _ in range(6)))

        refused = [answer for answer in answers if answer["__typename"] == "Busy"]
        assert refused
        assert len(refused) < 6
        the_refusal(refused[0], "Busy", "BUSY", eventId=event_id, retryAfter=0.5)
        assert (await small.counts(event_id))["held"] == 6 - len(refused)


# Paying


async def test_a_booking_is_paid_for_and_has_tickets(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)

    booking = await house.confirm(user, pending["id"])

    assert (booking["id"], booking["status"], booking["extended"]) == (pending["id"], "CONFIRMED", True)
    assert [ticket["place"]["seatId"] for ticket in booking["tickets"]] == [seat(event_id, 0)]
    assert booking["payment"]["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("token", "failure"),
    [
        ("pm_card_chargeDeclined", "card_declined"),
        ("4000 0000 0000 9995", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("nonsense", "invalid_payment_method"),
    ],
)
async def test_a_declined_card_leaves_the_places_held_for_another(house: House, token: str, failure: str) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)

    refused = await house.confirm(user, pending["id"], {"token": token})

    held_until = refused["heldUntil"]
    assert at(held_until) - at(pending["expiresAt"]) == timedelta(minutes=5)
    assert failure.replace("_", " ") in refused["message"]
    the_refusal(refused, "PaymentFailed", "PAYMENT_FAILED", bookingId=pending["id"], failure=failure, heldUntil=held_until)
    booking = await house.confirm(user, pending["id"], {"token": "4242 4242 4242 4242"})
    assert booking["status"] == "CONFIRMED"
    assert [payment["status"] for payment in booking["payments"]] == ["FAILED", "SUCCEEDED"]
    assert booking["payment"]["status"] == "SUCCEEDED"
    assert booking["expiresAt"] == held_until


async def test_what_costs_nothing_is_confirmed_without_a_payment(house: House) -> None:
    user, event_id = await house.user(), await house.event(tiers=FREE)
    pending = await house.book(user, event_id, 0)

    booking = await house.confirm(user, pending["id"], None)

    assert (booking["status"], booking["payments"], len(booking["tickets"])) == ("CONFIRMED", [], 1)


async def test_what_costs_something_needs_a_payment(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)

    refused = await house.confirm(user, pending["id"], None)

    due = {"amount": "75.00", "currency": "GBP"}
    the_refusal(refused, "PaymentRequired", "PAYMENT_REQUIRED", bookingId=pending["id"], due=due)
    assert (await house.extend(user, pending["id"]))["extended"], "its extension was not used up"


async def test_a_confirmed_booking_is_not_paid_for_again(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0, payment={"token": "pm_card_visa"})

    for payment in ({"token": "pm_card_visa"}, None):
        refused = await house.confirm(user, booking["id"], payment)
        the_refusal(refused, "BookingNotPending", "BOOKING_NOT_PENDING", bookingId=booking["id"], status="CONFIRMED")


async def test_a_hold_that_ended_is_not_paid_for(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)
    await house.end_hold(pending["id"])

    refused = await house.confirm(user, pending["id"])

    expired_at = refused["expiredAt"]
    the_refusal(refused, "BookingExpired", "BOOKING_EXPIRED", bookingId=pending["id"], expiredAt=expired_at)
    assert at(expired_at) < datetime.now(UTC)
    assert (await house.book(await house.user(), event_id, 0))["status"] == "PENDING", "its seat is free at once"


async def test_a_charge_that_comes_too_late_is_given_back_and_a_second_one_waits_for_the_first(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)
    paying = asyncio.create_task(house.confirm(user, pending["id"], SLOW))
    await asyncio.sleep(0.5)

    second = await house.confirm(user, pending["id"])
    await house.end_hold(pending["id"])
    other = await house.book(await house.user(), event_id, 0)
    refused = await paying

    the_refusal(second, "PaymentInProgress", "PAYMENT_IN_PROGRESS", bookingId=pending["id"], paymentId=second["paymentId"])
    assert other["status"] == "PENDING"
    the_refusal(refused, "BookingExpired", "BOOKING_EXPIRED", bookingId=pending["id"], expiredAt=refused["expiredAt"])
    booking = await house.ask(
        "query ($id: ID!) { booking(id: $id) { status refund { status amount { amount } } } }", user, id=pending["id"]
    )
    assert booking == {"status": "EXPIRED", "refund": {"status": "SUCCEEDED", "amount": {"amount": "75.00"}}}


async def test_somebody_elses_booking_is_not_there(house: House) -> None:
    user, stranger, event_id = await house.user(), await house.user(), await house.event()
    pending = (await house.book(user, event_id, 0))["id"]

    for booking_id in (pending, nobodys_booking(event_id)):
        for answer in (
            await house.confirm(stranger, booking_id),
            await house.confirm(stranger, booking_id, None),
            await house.extend(stranger, booking_id),
            await house.cancel(stranger, booking_id),
        ):
            the_refusal(answer, "BookingNotFound", "BOOKING_NOT_FOUND", bookingId=booking_id)
    the_refusal(await house.cancel(user, nobodys_booking(MISSING)), "EventNotFound", "EVENT_NOT_FOUND", eventId=MISSING)


async def test_an_admin_may_pay_extend_and_give_back_for_anybody(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    first, second = await house.book(user, event_id, 0), await house.book(user, event_id, 1)

    assert (await house.extend(ADMIN, first["id"]))["extended"]
    assert (await house.confirm(ADMIN, first["id"]))["status"] == "CONFIRMED"
    assert (await house.cancel(ADMIN, second["id"]))["booking"]["status"] == "CANCELLED"


# More time


async def test_a_hold_is_extended_once(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)

    longer, again = await house.extend(user, pending["id"]), await house.extend(user, pending["id"])

    assert at(longer["expiresAt"]) - at(pending["expiresAt"]) == timedelta(minutes=5)
    assert longer["extended"]
    the_refusal(again, "AlreadyExtended", "BOOKING_ALREADY_EXTENDED", bookingId=pending["id"], expiresAt=longer["expiresAt"])


async def test_only_a_hold_is_extended(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    ended, confirmed = await house.book(user, event_id, 0), await house.book(user, event_id, 1, payment={"token": "pm_card_visa"})
    await house.end_hold(ended["id"])

    expired, not_pending = await house.extend(user, ended["id"]), await house.extend(user, confirmed["id"])

    the_refusal(expired, "BookingExpired", "BOOKING_EXPIRED", bookingId=ended["id"], expiredAt=expired["expiredAt"])
    the_refusal(not_pending, "BookingNotPending", "BOOKING_NOT_PENDING", bookingId=confirmed["id"], status="CONFIRMED")


# Giving back


async def test_a_hold_is_given_back_at_any_time(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)
    await house.move_start(event_id, timedelta(hours=1))

    given = await house.cancel(user, pending["id"])

    cancelled_at = given["cancelledAt"]
    booking = {"id": pending["id"], "status": "CANCELLED", "cancelledAt": cancelled_at, "tickets": [], "refund": None}
    refund = {"refundAmount": {"amount": "0.00", "currency": "GBP"}, "refundStatus": None}
    assert given == {"__typename": "Cancellation", **refund, "cancelledAt": cancelled_at, "booking": booking}
    assert (await house.counts(event_id))["available"] == 22


async def test_a_confirmed_booking_is_given_back_with_its_money(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0, 6, payment={"token": "pm_card_visa"})

    given = await house.cancel(user, booking["id"])

    assert given["refundAmount"] == {"amount": "100.00", "currency": "GBP"}
    assert given["refundStatus"] == "SUCCEEDED"
    assert given["booking"]["tickets"] == [{"status": "CANCELLED"}] * 2
    assert given["booking"]["refund"].pop("providerReference").startswith("re_sandbox_")
    assert given["booking"]["refund"] == {"status": "SUCCEEDED", "amount": {"amount": "100.00"}}
    assert await house.counts(event_id) == {"available": 22, "held": 0, "booked": 0, "blocked": 0}


async def test_a_free_booking_is_given_back_without_money(house: House) -> None:
    user, event_id = await house.user(), await house.event(tiers=FREE)
    booking = await house.book(user, event_id, 0, payment={"token": "pm_card_visa"})

    given = await house.cancel(user, booking["id"])

    assert (given["refundAmount"]["amount"], given["refundStatus"]) == ("0.00", None)


@pytest.mark.parametrize(("hours", "answer"), [(25, "Cancellation"), (23, "CancellationWindowExpired")])
async def test_a_confirmed_booking_is_given_back_until_a_day_before(house: House, hours: int, answer: str) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0, payment={"token": "pm_card_visa"})
    await house.move_start(event_id, timedelta(hours=hours))

    given = await house.cancel(user, booking["id"])

    assert given["__typename"] == answer
    if answer != "Cancellation":
        until = given["until"]
        the_refusal(given, answer, "CANCELLATION_WINDOW_EXPIRED", bookingId=booking["id"], until=until)
        assert timedelta(minutes=59) < datetime.now(UTC) - at(until) < timedelta(minutes=61)


async def test_what_is_over_is_not_given_back(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    cancelled, ended = await house.book(user, event_id, 0), await house.book(user, event_id, 1)
    failed = (await house.book(user, event_id, 2, payment=DECLINED))["bookingId"]
    await house.cancel(user, cancelled["id"])
    await house.end_hold(ended["id"])

    for booking_id, status in ((cancelled["id"], "CANCELLED"), (ended["id"], "EXPIRED"), (failed, "FAILED")):
        refused = await house.cancel(user, booking_id)
        the_refusal(refused, "BookingNotCancellable", "BOOKING_NOT_CANCELLABLE", bookingId=booking_id, status=status)


async def test_one_document_sees_what_it_changed_itself(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    pending = await house.book(user, event_id, 0)
    document = """mutation ($id: ID!) {
        extended: extendBooking(bookingId: $id) { ... on Booking { payments { id } tickets { id } event { availableSeats } } }
        paid: confirmBooking(input: {bookingId: $id, payment: {token: "pm_card_visa"}}) { ... on Booking {
            payments { status } tickets { status } } }
        given: cancelBooking(input: {bookingId: $id}) { ... on Cancellation { booking {
            payments { status } tickets { status } refund { status } event { availableSeats } } } } }"""

    answer = await house.data(document, user, id=pending["id"])

    assert answer["extended"] == {"payments": [], "tickets": [], "event": {"availableSeats": 21}}
    assert answer["paid"] == {"payments": [{"status": "SUCCEEDED"}], "tickets": [{"status": "VALID"}]}
    assert answer["given"]["booking"] == {
        "payments": [{"status": "SUCCEEDED"}],
        "tickets": [{"status": "CANCELLED"}],
        "refund": {"status": "SUCCEEDED"},
        "event": {"availableSeats": 22},
    }


# Repeats


@pytest.mark.parametrize("way", ["input", "header"])
async def test_a_repeat_of_a_booking_is_answered_with_it(house: House, way: str) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()
    named: dict[str, Any] = {"idempotencyKey": key} if way == "input" else {"header": key}

    first, repeat = await house.book(user, event_id, 0, **named), await house.book(user, event_id, 0, **named)

    assert {**repeat, "serverTime": None} == {**first, "serverTime": None}
    assert (await house.counts(event_id))["held"] == 1


async def test_the_inputs_key_goes_before_the_headers(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    mine, other = a_key(), a_key()

    first = await house.take(user, event_id, FLOOR, 1, header=other, idempotencyKey=mine)

    assert (await house.take(user, event_id, FLOOR, 1, idempotencyKey=mine))["id"] == first["id"]
    assert (await house.take(user, event_id, FLOOR, 1, header=other))["id"] != first["id"]


async def test_a_key_is_one_users_own(house: House) -> None:
    event_id, key = await house.event(), a_key()

    ann, ben = [await house.take(await house.user(), event_id, FLOOR, 1, idempotencyKey=key) for _ in range(2)]

    assert ann["id"] != ben["id"]


async def test_a_key_means_one_thing(house: House) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()
    booking = await house.take(user, event_id, FLOOR, 1, idempotencyKey=key)

    for refused in (
        await house.take(user, event_id, FLOOR, 2, idempotencyKey=key),
        await house.take(user, event_id, BACK, 1, idempotencyKey=key),
        await house.book(user, event_id, 0, idempotencyKey=key),
        await house.take(user, event_id, FLOOR, 1, idempotencyKey=key, payment={"token": "pm_card_visa"}),
        await house.confirm(user, booking["id"], key=key),
        await house.extend(user, booking["id"], header=key),
        await house.cancel(user, booking["id"], key=key),
    ):
        the_refusal(refused, "IdempotencyKeyReused", "IDEMPOTENCY_KEY_REUSED", idempotencyKey=key)


async def test_a_repeated_payment_is_charged_once(house: House) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()
    pending = await house.book(user, event_id, 0)

    first, repeat = await house.confirm(user, pending["id"], key=key), await house.confirm(user, pending["id"], header=key)

    assert first["status"] == repeat["status"] == "CONFIRMED"
    assert first["payments"] == repeat["payments"]
    reused = await house.confirm(user, pending["id"], DECLINED, key=key)
    assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_repeated_decline_is_declined_and_another_key_may_try_again(house: House) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()
    pending = await house.book(user, event_id, 0)

    first, repeat = [await house.confirm(user, pending["id"], DECLINED, key=key) for _ in range(2)]

    assert first == repeat
    assert (await house.confirm(user, pending["id"], key=a_key()))["status"] == "CONFIRMED"


async def test_a_repeat_of_booking_and_paying_in_one_is_charged_once(house: House) -> None:
    user, event_id, key, card = await house.user(), await house.event(), a_key(), {"token": "pm_card_visa"}

    first, repeat = [await house.book(user, event_id, 0, idempotencyKey=key, payment=card) for _ in range(2)]
    declined, still = [await house.book(user, event_id, 1, header=f"{key}!", payment=DECLINED) for _ in range(2)]

    assert {**repeat, "serverTime": None} == {**first, "serverTime": None}
    assert declined == still
    assert declined["code"] == "PAYMENT_FAILED"


async def test_the_longest_key_works_with_a_payment(house: House) -> None:
    user, event_id = await house.user(), await house.event()

    booking = await house.book(user, event_id, 0, idempotencyKey="x" * 255, payment={"token": "pm_card_visa"})

    assert booking["status"] == "CONFIRMED"


async def test_a_repeated_extension_and_a_repeated_cancellation_are_done_once(house: House) -> None:
    user, event_id, key = await house.user(), await house.event(), a_key()
    pending = await house.book(user, event_id, 0)

    longer, same = [await house.extend(user, pending["id"], key=key) for _ in range(2)]
    await house.confirm(user, pending["id"])
    given, again = [await house.cancel(user, pending["id"], header=f"{key}!") for _ in range(2)]

    assert {**same, "serverTime": None} == {**longer, "serverTime": None}
    assert given == again
    assert given["refundStatus"] == "SUCCEEDED"


async def test_repeats_at_the_same_time_are_one(house: House) -> None:
    user, event_id, key, card = await house.user(), await house.event(), a_key(), {"token": "pm_card_visa"}

    held = await asyncio.gather(*(house.take(user, event_id, FLOOR, 2, header=key) for _ in range(8)))
    paid = await asyncio.gather(*(house.take(user, event_id, FLOOR, 1, idempotencyKey=f"{key}!", payment=card) for _ in range(8)))
    booking = await asyncio.gather(*(house.confirm(user, held[0]["id"], key=f"{key}?") for _ in range(8)))
    given = await asyncio.gather(*(house.cancel(user, held[0]["id"], key=f"{key}…") for _ in range(8)))

    assert len({answer["id"] for answer in held}) == 1
    assert {answer["status"] for answer in paid} == {"CONFIRMED"}
    assert len({answer["id"] for answer in paid}) == 1
    assert {payment["id"] for answer in (*paid,) for payment in answer["payments"]} == {paid[0]["payment"]["id"]}
    assert {(answer["status"], len(answer["payments"])) for answer in booking} == {("CONFIRMED", 1)}
    assert {answer["refundAmount"]["amount"] for answer in given} == {"40.00"}
    assert await house.counts(event_id) == {"available": 21, "held": 0, "booked": 1, "blocked": 0}


# Seats kept off sale


async def test_an_organizer_keeps_seats_off_sale_and_puts_them_back(house: House) -> None:
    organization = await house.ask(
        'mutation { createOrganization(input: {name: "Ours"}) { ... on Organization { id } } }',
        ADMIN,
    )
    event_id = await house.event(organizationId=organization["id"])
    organizer = an_organizer(organization["id"])
    seats = [seat(event_id, 0), seat(event_id, 6)]

    blocked, again = [await house.ask(BLOCK, organizer, id=event_id, seats=seats) for _ in range(2)]
    freed = await house.ask(UNBLOCK, organizer, id=event_id, seats=seats)

    assert blocked == again
    by_tier = [(FRONT, 5, 1), (BACK, 5, 1), (FLOOR, 10, 0)]
    assert blocked == {
        "__typename": "SeatSummary",
        **{"total": 22, "available": 20, "held": 0, "booked": 0, "blocked": 2},
        "byTier": [{"tierId": tier(event_id, no), "available": free, "blocked": off} for no, free, off in by_tier],
    }
    assert (freed["available"], freed["blocked"]) == (22, 0)


async def test_seats_that_somebody_has_are_not_blocked(house: House) -> None:
    event_id = await house.event()
    await house.book(await house.user(), event_id, 0)

    blocking = await house.ask(BLOCK, ADMIN, id=event_id, seats=[seat(event_id, n) for n in (0, 1, 12)])
    freeing = await house.ask(UNBLOCK, ADMIN, id=event_id, seats=[seat(event_id, 0)])

    taken = {"seatId": seat(event_id, 0), "seatNo": 0, "reason": "HELD"}
    unknown = {"seatId": seat(event_id, 12), "seatNo": 12, "reason": "UNKNOWN"}
    the_refusal(blocking, "SeatsUnavailable", "BOOKING_SEATS_UNAVAILABLE", seats=[taken, unknown])
    the_refusal(freeing, "SeatsUnavailable", "BOOKING_SEATS_UNAVAILABLE", seats=[taken])
    assert (await house.counts(event_id))["blocked"] == 0


async def test_only_those_who_run_an_event_block_its_seats(house: House) -> None:
    event_id, user = await house.event(), await house.user()
    seats = [seat(event_id, 0)]

    for document in (BLOCK, UNBLOCK):
        await is_refused(house, "UNAUTHENTICATED", document, None, id=event_id, seats=seats)
        await is_refused(house, "AUTH_UNAUTHORIZED", document, user, id=event_id, seats=seats)
        await is_refused(house, "AUTH_UNAUTHORIZED", document, an_organizer(), id=event_id, seats=seats)
        the_refusal(await house.ask(document, ADMIN, id=MISSING, seats=seats), "EventNotFound", "EVENT_NOT_FOUND", eventId=MISSING)


async def test_up_to_a_thousand_seats_of_this_event_are_blocked_at_once(house: House) -> None:
    event_id, other = await house.event(), await house.event()

    for seats in ([], [seat(event_id, n) for n in range(1001)], [seat(event_id, 0), seat(other, 1)]):
        refused = await house.ask(BLOCK, ADMIN, id=event_id, seats=seats)
        assert (refused["code"], [problem["field"] for problem in refused["fields"]]) == ("VALIDATION_ERROR", ["seats"])
