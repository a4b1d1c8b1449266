"""Stripe's news, from a signed post to the running app to the booking it is about: late, twice, forged or in any order."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from stripe import WebhookSignature

from domain.bookings import Booking, BookingStatus, Payment, PaymentStatus, RefundStatus
from domain.commands import BeginPayment
from tests.conftest import a_database
from tests.db.events import House, a_house, a_user, an_event, begin, cancel, eventually
from tests.payments.stripe_double import API_KEY, StripeDouble, a_stripe
from tests.system.people import CONFIRM, a_person
from tests.system.running import NO_TLS, Running, serving, settings

SECRET = "whsec_of_these_tests"


@dataclass
class Scene:
    """A running app that is connected to the double, and its database."""

    app: Running
    double: StripeDouble
    house: House

    async def post(self, event: dict[str, Any] | bytes, *, secret: str = SECRET, age_seconds: int = 0, signed: bool = True) -> int:
        """Post an event as Stripe does; the status of the answer."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        signature = WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time()) - age_seconds)
        headers = {"stripe-signature": signature} if signed else {}
        async with httpx.AsyncClient(verify=NO_TLS) as client:
            response = await client.post(f"http://127.0.0.1:{self.app.port}/webhooks/stripe", content=body, headers=headers)
        return response.status_code

    async def a_payment(self) -> tuple[Booking, Payment]:
        """A booking that somebody is paying for."""
        booking = await self.house.held(await an_event(self.house.pool), a_user(), 0, 1)
        begun = begin(booking)
        stripes = BeginPayment(begun.booking_id, begun.payment_id, begun.by, "stripe", "pm_card_visa", begun.idempotency)
        await self.house.office.submit(stripes)
        payment = await self.house.bookings.payment(begun.payment_id)
        assert payment is not None
        return booking, payment

    def charged(self, payment: Payment, **facts: Any) -> dict[str, Any]:
        """The PaymentIntent of a payment, whose money has moved."""
        intent = {
            "id": f"pi_of_{payment.id.number}",
            "object": "payment_intent",
            "status": "succeeded",
            "amount": payment.amount.minor,
            "amount_received": payment.amount.minor,
            "currency": payment.amount.currency.lower(),
            "metadata": {"booking": str(payment.booking_id), "payment": str(payment.id)},
            **facts,
        }
        self.double.intents[str(intent["id"])] = intent
        return intent

    async def status(self, payment: Payment) -> PaymentStatus:
        found = await self.house.bookings.payment(payment.id)
        assert found is not None
        return found.status


@pytest.fixture(scope="module")
def double() -> Iterator[StripeDouble]:
    with a_stripe() as double:
        yield double


@pytest.fixture(scope="module")
async def scene(
    database_server: str, migrated_template: str, redis_url: str, double: StripeDouble, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    log: Path = tmp_path_factory.mktemp("stripe") / "server.log"
    async with a_database(database_server, migrated_template) as url, a_house(url) as house:
        stripe = {"STRIPE_API_KEY": API_KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": double.address}
        with serving(log, settings(url, redis_url, PAYMENT_GATEWAY="stripe", **stripe)) as app:
            yield Scene(app, double, house)


def event(kind: str, subject: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"evt_{kind}", "object": "event", "type": kind, "data": {"object": subject}}


def failed(intent: dict[str, Any]) -> dict[str, Any]:
    error = {"code": "card_declined", "decline_code": "insufficient_funds"}
    return event("payment_intent.payment_failed", {**intent, "status": "requires_payment_method", "last_payment_error": error})


async def test_news_of_a_charge_confirms_the_booking_however_often_it_is_told(scene: Scene) -> None:
    booking, payment = await scene.a_payment()
    news = event("payment_intent.succeeded", scene.charged(payment))

    assert [await scene.post(news) for _ in range(3)] == [200] * 3

    assert await scene.house.status_of(booking) is BookingStatus.CONFIRMED
    truth = await scene.house.truth(booking.id.event_id)
    truth.must_be_sound()
    assert len(truth.tickets) == 2


async def test_news_of_a_decline_leaves_the_places_held_and_is_not_believed_after_a_success(scene: Scene) -> None:
    booking, payment = await scene.a_payment()
    intent = scene.charged(payment)

    await scene.post(failed(intent))
    after_decline = await scene.status(payment), await scene.house.status_of(booking)
    await scene.post(event("payment_intent.succeeded", intent))
    await scene.post(failed(intent))

    assert after_decline == (PaymentStatus.FAILED, BookingStatus.PENDING)
    assert (await scene.status(payment), await scene.house.status_of(booking)) == (PaymentStatus.SUCCEEDED, BookingStatus.CONFIRMED)
    (await scene.house.truth(booking.id.event_id)).must_be_sound()


async def test_a_charge_told_after_the_booking_was_cancelled_goes_back_once(scene: Scene) -> None:
    booking, payment = await scene.a_payment()
    await scene.house.office.submit(cancel(booking))
    news = event("payment_intent.succeeded", scene.charged(payment))

    assert [await scene.post(news) for _ in range(2)] == [200, 200]

    async def is_back() -> bool:
        ((refund,),) = await scene.house.bookings.refunds_many([booking.id])
        return refund.status is RefundStatus.SUCCEEDED and scene.double.given_back[str(refund.id)] == payment.amount.minor

    await eventually(is_back)
    (await scene.house.truth(booking.id.event_id)).must_be_sound()


async def test_news_of_refunds_may_come_in_any_order_and_twice(scene: Scene) -> None:
    booking, payment = await scene.a_payment()
    intent = scene.charged(payment)
    await scene.post(event("payment_intent.succeeded", intent))
    await scene.house.office.submit(cancel(booking))
    await scene.post(event("charge.refunded", {"id": "ch_1", "object": "charge", "metadata": intent["metadata"]}))
    (done,) = (await scene.house.bookings.refunds_many([booking.id]))[0]
    made = scene.double.refunds[str(done.provider_reference)]
    made_then = dict(made)
    made |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}

    answers = [await scene.post(event("refund.failed", made)), await scene.post(event("refund.updated", made_then))]

    (refund,) = (await scene.house.bookings.refunds_many([booking.id]))[0]
    assert done.status is RefundStatus.SUCCEEDED
    assert answers == [200, 200]
    assert (refund.status, refund.failure) == (RefundStatus.FAILED, "lost_or_stolen_card")
    assert scene.double.given_back[str(done.id)] == payment.amount.minor


async def test_what_is_not_stripes_is_refused_and_changes_nothing(scene: Scene) -> None:
    booking, payment = await scene.a_payment()
    news = event("payment_intent.succeeded", scene.charged(payment))

    answers = [
        await scene.post(news, secret="whsec_of_somebody_else"),
        await scene.post(news, age_seconds=301),
        await scene.post(news, signed=False),
        await scene.post(b"not JSON"),
    ]

    assert answers == [400] * 4
    assert (await scene.status(payment), await scene.house.status_of(booking)) == (PaymentStatus.PENDING, BookingStatus.PENDING)


async def test_what_is_none_of_our_business_is_taken_in_and_changes_nothing(scene: Scene) -> None:
    booking, payment = await scene.a_payment()
    intent = scene.charged(payment)

    answers = [
        await scene.post(event("payment_intent.succeeded", {**intent, "metadata": {}})),
        await scene.post(event("payment_intent.succeeded", {**intent, "metadata": {"payment": "pay_of_another_house"}})),
        await scene.post(event("payment_intent.succeeded", {**intent, "metadata": {"payment": f"pay_{'7' * 26}"}})),
        await scene.post(event("payment_intent.succeeded", {**intent, "amount_received": 1})),
        await scene.post(event("payment_intent.created", intent)),
    ]

    assert answers == [200] * 5
    assert (await scene.status(payment), await scene.house.status_of(booking)) == (PaymentStatus.PENDING, BookingStatus.PENDING)


async def test_a_booking_is_paid_by_stripe_through_the_running_app(scene: Scene) -> None:
    """The mutation, its answer and the provider's news, which comes as well."""
    event_id = await an_event(scene.house.pool)
    person = await a_person(scene.house.pool)
    booking = await scene.house.held(event_id, person.user_id, 0)

    confirmed = await scene.app.ask(CONFIRM, {"input": {"bookingId": str(booking.id), "payment": {"token": "pm_card_visa"}}}, person.token)
    (payment,) = (await scene.house.bookings.payments_many([booking.id]))[0]
    assert await scene.post(event("payment_intent.succeeded", scene.double.intents[str(payment.provider_reference)])) == 200

    assert confirmed["status"] == "CONFIRMED"
    assert scene.double.charged[str(payment.id)] == booking.total.minor
