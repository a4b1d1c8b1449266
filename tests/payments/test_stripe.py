"""Stripe, as far as its double speaks for it: whatever is lost or repeated on the way, the double's record says that money moved once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.answers import BookingCancelled, BookingConfirmed, PaymentBegun, PaymentDeclined
from domain.bookings import Booking, BookingStatus, Payment, PaymentStatus, Refund, RefundStatus
from domain.commands import BeginPayment
from domain.ids import BookingId, EventId, PaymentId, RefundId, UserId
from domain.money import Money
from domain.ports import Declined, Outage, Undecided
from payments import settlement as settlement_module
from payments import stripe as stripe_module
from payments.amounts import NotChargeable, stripe_amount
from payments.settlement import Settlement
from payments.stripe import StripeGateway
from runtime.failures import InvalidSettings
from runtime.settings import read_settings
from tests.db.events import House, a_user, an_event, begin, cancel
from tests.payments.provider import settling
from tests.payments.stripe_double import API_KEY, StripeDouble, a_stripe

BEGUN_AT = datetime(2031, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENT = EventId(7)
PAYMENT = Payment(
    id=PaymentId(EVENT, 11),
    booking_id=BookingId(EVENT, 1),
    user_id=UserId(5),
    amount=Money(15000, "GBP"),
    gateway="stripe",
    method="pm_card_visa",
    status=PaymentStatus.PENDING,
    created_at=BEGUN_AT,
)
REFUND = Refund(RefundId(EVENT, 21), PAYMENT.id, PAYMENT.booking_id, PAYMENT.amount, RefundStatus.PENDING, BEGUN_AT)
CHARGED_ONCE = {str(PAYMENT.id): 15000}
GIVEN_BACK_ONCE = {str(REFUND.id): 15000}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    for log in (settlement_module.LOG, stripe_module.LOG, logging.getLogger("stripe")):
        caplog.set_level(logging.CRITICAL, logger=log.name)


@pytest.fixture(scope="module")
def running_double() -> Iterator[StripeDouble]:
    with a_stripe() as double:
        yield double


@pytest.fixture
def double(running_double: StripeDouble) -> StripeDouble:
    running_double.forget()
    return running_double


@asynccontextmanager
async def a_gateway(double: StripeDouble, after: timedelta = timedelta(0), **options: Any) -> AsyncIterator[StripeGateway]:
    """The gateway, so long after the payment was begun."""
    gateway = StripeGateway(API_KEY, double.address, clock=lambda: BEGUN_AT + after, **{"retries": 0, **options})
    try:
        yield gateway
    finally:
        await gateway.close()


async def charge(double: StripeDouble, payment: Payment = PAYMENT, after: timedelta = timedelta(0), **options: Any) -> str:
    """Charge it, and answer how that ended, in a word."""
    async with a_gateway(double, after, **options) as gateway:
        return await ended(gateway.charge(payment))


async def give_back(double: StripeDouble, refund: Refund = REFUND, after: timedelta = timedelta(0)) -> str:
    """Give it back, and answer how that ended, in a word."""
    paid = replace(PAYMENT, provider_reference=next(iter(double.intents)))
    async with a_gateway(double, after) as gateway:
        return await ended(gateway.refund(refund, paid))


async def ended(asked: Any) -> str:
    try:
        reference: str = await asked
    except Declined as declined:
        return declined.reason
    except Undecided:
        return "undecided"
    except Outage:
        return "out"
    return reference.partition("_")[0]


async def test_a_charge_says_what_it_is_for(double: StripeDouble) -> None:
    assert await charge(double) == "pi"

    (intent,) = double.intents.values()
    assert (intent["amount"], intent["currency"]) == (15000, "gbp")
    assert intent["metadata"] == {"booking": str(PAYMENT.booking_id), "payment": str(PAYMENT.id)}
    assert list(double.remembered) == [str(PAYMENT.id)]
    assert double.requests == ["charge"]


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_of_no_card", "resource_missing"),
        ("4242 4242 4242 4242", "invalid_payment_method"),
    ],
)
async def test_a_decline_has_stripes_own_word(double: StripeDouble, method: str, reason: str) -> None:
    payment = replace(PAYMENT, method=method)

    assert [await charge(double, payment) for _ in range(2)] == [reason] * 2
    assert double.charged == {}


async def test_a_card_number_is_never_sent(double: StripeDouble) -> None:
    await charge(double, replace(PAYMENT, method="4242 4242 4242 4242"))

    assert double.requests == []


async def test_a_card_whose_owner_must_authenticate_is_given_up(double: StripeDouble) -> None:
    payment = replace(PAYMENT, method="pm_card_authenticationRequired")

    assert [await charge(double, payment) for _ in range(2)] == ["authentication_required"] * 2
    assert [intent["status"] for intent in double.intents.values()] == ["canceled"]
    assert double.requests.count("cancel") == 1


async def test_a_charge_that_is_still_processed_is_asked_for_until_it_is_done(double: StripeDouble) -> None:
    payment = replace(PAYMENT, method="pm_card_processing")

    first = await charge(double, payment)
    double.take(next(iter(double.intents.values())))

    assert (first, await charge(double, payment)) == ("undecided", "pi")
    assert double.charged == CHARGED_ONCE


@pytest.mark.parametrize(("status", "word"), [(500, "out"), (503, "out"), (429, "out"), (409, "undecided"), (401, "out")])
async def test_what_may_pass_is_no_decline(double: StripeDouble, status: int, word: str) -> None:
    double.fails_before = [status]

    assert (await charge(double), await charge(double)) == (word, "pi")
    assert double.charged == CHARGED_ONCE


@pytest.mark.parametrize("mishap", ["drop", "500"])
async def test_an_answer_that_is_lost_after_the_charge_is_asked_for_again(double: StripeDouble, mishap: str) -> None:
    double.fails_after = [mishap]

    assert (await charge(double), await charge(double)) == ("out", "pi")
    assert double.charged == CHARGED_ONCE


async def test_the_library_tries_again_by_itself(double: StripeDouble) -> None:
    double.fails_after = ["drop"]

    assert await charge(double, retries=1) == "pi"
    assert double.charged == CHARGED_ONCE


async def test_a_slow_answer_is_not_waited_for_for_ever(double: StripeDouble) -> None:
    double.slow_seconds = 0.5

    assert await charge(double, timeout_seconds=0.1) == "out"
    assert await charge(double) == "pi"
    assert double.charged == CHARGED_ONCE


async def test_many_who_charge_at_once_charge_once(double: StripeDouble) -> None:
    async with a_gateway(double) as gateway:
        references = await asyncio.gather(*(gateway.charge(PAYMENT) for _ in range(8)))

    assert len(set(references)) == 1
    assert double.charged == CHARGED_ONCE


async def test_a_payment_is_looked_up_and_never_charged_after_its_first_hour(double: StripeDouble) -> None:
    double.fails_after = ["drop"]
    await charge(double)
    double.remembered.clear()
    double.finds = False

    not_yet = await charge(double, after=HOUR)
    double.finds = True

    assert (not_yet, await charge(double, after=30 * HOUR)) == ("undecided", "pi")
    assert double.charged == CHARGED_ONCE
    assert double.requests == ["charge", "search", "search"]


async def test_a_payment_that_stripe_never_heard_of_ends_after_some_hours(double: StripeDouble) -> None:
    words = [await charge(double, after=after) for after in (HOUR, 3 * HOUR)]

    assert words == ["undecided", "payment_not_found"]
    assert double.charged == {}


async def test_a_payment_that_cannot_be_looked_up_is_not_given_up(double: StripeDouble) -> None:
    double.searches = False

    assert await charge(double, after=30 * HOUR) == "out"
    assert double.charged == {}


async def test_a_decline_is_found_after_the_first_hour_too(double: StripeDouble) -> None:
    payment = replace(PAYMENT, method="pm_card_chargeDeclinedInsufficientFunds")
    double.fails_after = ["drop"]
    await charge(double, payment)

    assert await charge(double, payment, 2 * HOUR) == "insufficient_funds"


async def test_a_refund_is_made_once_however_often_it_is_asked_for(double: StripeDouble) -> None:
    await charge(double)
    double.fails_after = ["drop"]

    assert [await give_back(double) for _ in range(3)] == ["out", "re", "re"]
    assert double.given_back == GIVEN_BACK_ONCE


async def test_a_refund_is_made_once_although_its_key_is_forgotten(double: StripeDouble) -> None:
    await charge(double)
    double.fails_after = ["drop"]
    await give_back(double)
    double.remembered.clear()

    assert await give_back(double, after=48 * HOUR) == "re"
    assert double.given_back == GIVEN_BACK_ONCE


async def test_a_refund_that_was_never_made_is_made_however_late(double: StripeDouble) -> None:
    await charge(double)

    assert await give_back(double, after=48 * HOUR) == "re"
    assert double.given_back == GIVEN_BACK_ONCE


async def test_a_refund_under_way_is_asked_for_until_it_is_done(double: StripeDouble) -> None:
    await charge(double)
    double.refund_status = "pending"

    first = await give_back(double)
    next(iter(double.refunds.values()))["status"] = "succeeded"

    assert (first, await give_back(double)) == ("undecided", "re")


async def test_a_refund_that_fails_later_is_told_to_whoever_asks_for_it_by_name(double: StripeDouble) -> None:
    await charge(double)
    await give_back(double)
    (made,) = double.refunds.values()
    made |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}

    assert await give_back(double, replace(REFUND, provider_reference=made["id"])) == "lost_or_stolen_card"


@pytest.mark.parametrize(("code", "word"), [("charge_disputed", "charge_disputed"), ("balance_insufficient", "out")])
async def test_a_refund_may_be_refused_for_good_or_for_now(double: StripeDouble, code: str, word: str) -> None:
    await charge(double)
    double.refund_error = code

    assert await give_back(double) == word


async def test_a_charge_that_somebody_gave_back_by_hand_is_given_back(double: StripeDouble) -> None:
    await charge(double)
    by_hand = {"id": "re_by_hand", "object": "refund", "amount": 15000, "metadata": {}, "status": "succeeded"}
    double.refunds["re_by_hand"] = by_hand | {"payment_intent": next(iter(double.intents))}

    async with a_gateway(double) as gateway:
        reference = await gateway.refund(REFUND, replace(PAYMENT, provider_reference=next(iter(double.intents))))

    assert reference == "re_by_hand"
    assert double.given_back == {}


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(500, "JPY", 500), (5, "ISK", 500), (7, "UGX", 700), (5120, "KWD", 5120), (50000, "MGA", 500), (199, "EUR", 199)],
)
def test_an_amount_is_counted_as_stripe_counts(minor: int, currency: str, amount: int) -> None:
    assert stripe_amount(Money(minor, currency)) == amount


@pytest.mark.parametrize("money", [Money(5124, "KWD"), Money(150, "MGA"), Money(10, "CLF")])
async def test_an_amount_that_stripe_cannot_charge_exactly_is_not_charged(double: StripeDouble, money: Money) -> None:
    with pytest.raises(NotChargeable):
        stripe_amount(money)

    assert await charge(double, replace(PAYMENT, amount=money)) == "amount_not_chargeable"
    assert double.requests == []


# Through settlement


async def a_hold(house: House) -> Booking:
    return await house.held(await an_event(house.pool), a_user(), 0, 1)


def by_stripe(booking: Booking, method: str = "pm_card_visa") -> BeginPayment:
    return replace(begin(booking, method=method), gateway="stripe")


@asynccontextmanager
async def settling_with(house: House, double: StripeDouble) -> AsyncIterator[Settlement]:
    gateway = StripeGateway(API_KEY, double.address, retries=0)
    async with settling(house, gateway, gateways={"stripe": gateway}) as settlement:
        yield settlement
    await gateway.close()


async def test_a_booking_paid_by_stripe_is_confirmed_and_its_cancellation_given_back(house: House, double: StripeDouble) -> None:
    booking = await a_hold(house)
    paying = by_stripe(booking)

    async with settling_with(house, double) as settlement:
        confirmed = await settlement.pay(paying)
        cancelled = await house.office.submit(cancel(booking))
        assert isinstance(cancelled, BookingCancelled)
        assert cancelled.refund is not None
        assert cancelled.payment is not None
        refund = await settlement.give_back(cancelled.refund, cancelled.payment)

    assert isinstance(confirmed, BookingConfirmed)
    assert confirmed.payment is not None
    assert confirmed.payment.provider_reference in double.intents
    assert (refund.status, refund.provider_reference) == (RefundStatus.SUCCEEDED, next(iter(double.refunds)))
    assert double.charged == {str(paying.payment_id): booking.total.minor}
    assert double.given_back == {str(refund.id): booking.total.minor}


async def test_a_crash_of_either_side_after_the_charge_is_recovered_from(fresh_house: House, double: StripeDouble) -> None:
    house, booking = fresh_house, await a_hold(fresh_house)
    paying = by_stripe(booking)
    double.fails_after = ["drop", "500", "drop"]

    async with settling_with(house, double) as settlement:
        begun = await settlement.pay(paying)
        rounds = [await settlement.recover() for _ in range(4)]

    assert isinstance(begun, PaymentBegun)
    assert rounds == [1, 1, 1, 0]
    assert double.charged == {str(paying.payment_id): booking.total.minor}
    assert await house.status_of(booking) is BookingStatus.CONFIRMED


async def test_a_declined_booking_can_be_paid_with_another_card(house: House, double: StripeDouble) -> None:
    booking = await a_hold(house)

    async with settling_with(house, double) as settlement:
        declined = await settlement.pay(by_stripe(booking, "pm_card_chargeDeclinedInsufficientFunds"))
        confirmed = await settlement.pay(by_stripe(booking))

    assert isinstance(declined, PaymentDeclined)
    assert declined.payment.failure == "insufficient_funds"
    assert isinstance(confirmed, BookingConfirmed)
    assert list(double.charged.values()) == [booking.total.minor]


async def test_a_refund_that_stripe_refuses_for_good_has_failed_and_is_not_asked_for_again(
    fresh_house: House, double: StripeDouble
) -> None:
    house, booking = fresh_house, await a_hold(fresh_house)

    async with settling_with(house, double) as settlement:
        await settlement.pay(by_stripe(booking))
        double.refund_error = "charge_disputed"
        await house.office.submit(cancel(booking))
        rounds = [await settlement.recover() for _ in range(2)]

    ((refund,),) = await house.bookings.refunds_many([booking.id])
    assert (refund.status, refund.failure) == (RefundStatus.FAILED, "charge_disputed")
    assert rounds == [1, 0]


# Settings


def test_stripe_charges_only_with_a_key() -> None:
    with pytest.raises(InvalidSettings, match="PAYMENT_GATEWAY should be sandbox as long as there is no STRIPE_API_KEY"):
        read_settings(payment_gateway="stripe")
    with pytest.raises(InvalidSettings, match="STRIPE_API_BASE should be a URL"):
        read_settings(stripe_api_base="api.stripe.example")

    settings = read_settings(payment_gateway="stripe", stripe_api_key=API_KEY, stripe_api_base="https://proxy.example/")

    assert settings.stripe_api_base == "https://proxy.example"
    assert API_KEY not in repr(settings)
