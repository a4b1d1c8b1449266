"""Every interleaving of paying, expiring, cancelling, crashing and repeating ends with money and booking in agreement."""

import asyncio
import logging
from asyncio import gather
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.bookings import Booking, BookingStatus, PaymentStatus, RefundStatus
from domain.commands import BeginPayment, ExpireDue
from domain.ids import PaymentId
from domain.ports import Outage
from payments import settlement as settlement_module
from payments.settlement import Settlement
from tests.db.events import House, a_user, an_event, begin, book, cancel
from tests.payments.provider import Provider, settling

happenings = st.sampled_from(
    [
        "pay",
        "pay",
        "pay at once",
        "the same again",
        "the provider listens",
        "the provider answers",
        "the provider declines",
        "the provider is out",
        "the hold ends",
        "another takes a seat",
        "cancel",
        "recover",
        "the event is cancelled",
        "news of the charge",
        "news of the charge and recovery",
        "old news of a decline",
        "news of refunds",
        "crash",
        "a moment",
        "a moment",
    ]
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(played=st.lists(happenings, min_size=3, max_size=14), ticket_limit=st.sampled_from([None, 2]))
async def test_a_booking_is_confirmed_and_charged_once_or_neither(
    house: House, other_house: House, caplog: pytest.LogCaptureFixture, played: list[str], ticket_limit: int | None
) -> None:
    caplog.set_level(logging.CRITICAL, logger=settlement_module.LOG.name)
    event_id, provider = await an_event(house.pool, 3, ticket_limit=ticket_limit), Provider()
    booking = await house.held(event_id, a_user(), 0, 1)
    paying: list[BeginPayment] = []
    calls: list[asyncio.Task[object]] = []
    lives = [house, other_house]

    rest = list(played)
    while rest:
        async with settling(lives[0], provider) as settlement:
            while rest and (what := rest.pop(0)) != "crash":
                match what:
                    case "pay" | "pay at once":
                        paying.append(begin(booking, fails_booking=what == "pay at once"))
                        calls.append(asyncio.create_task(settlement.pay(paying[-1])))
                    case "the same again" if paying:
                        calls.append(asyncio.create_task(settlement.pay(paying[0])))
                    case "the provider listens" | "the provider answers":
                        event = provider.listens if what == "the provider listens" else provider.answers
                        (event.clear if event.is_set() else event.set)()
                    case "the provider declines":
                        provider.declines = None if provider.declines else "card_declined"
                    case "the provider is out":
                        provider.is_out = not provider.is_out
                    case "the hold ends":
                        await house.end_hold(booking)
                    case "another takes a seat":
                        await other_house.office.submit(book(event_id, a_user(), 1))
                    case "cancel":
                        await house.office.submit(cancel(booking))
                    case "recover":
                        calls.append(asyncio.create_task(settlement.recover()))
                    case "the event is cancelled":
                        await house.pool.execute("UPDATE event SET status = 2 WHERE event_id = $1", event_id)
                        await house.pool.execute("UPDATE inventory SET version = version + 1 WHERE event_id = $1", event_id)
                    case "news of the charge" | "news of the charge and recovery" | "old news of a decline" | "news of refunds":
                        calls += hearing(what, settlement, provider)
                    case _:
                        await asyncio.sleep(0.005)
                await asyncio.sleep(0)
                (await house.truth(event_id)).must_be_sound()
            for call in calls:
                call.cancel()
            await gather(*calls, return_exceptions=True)
        lives.reverse()
    await gather(*(life.office.submit(ExpireDue(event_id)) for life in lives))  # after all that callers who are gone have asked
    await settled(house, provider)

    await money_and_booking_must_agree(house, provider, booking, [each.payment_id for each in paying])


def hearing(what: str, settlement: Settlement, provider: Provider) -> list[asyncio.Task[object]]:
    """The provider's news of every charge it has made, each told twice; declines are news only of what it has not charged."""
    told: list[Coroutine[Any, Any, object]] = []
    for payment_id in provider.charged:
        match what:
            case "old news of a decline":
                told += [
                    settlement.hear_declined(payment_id, "card_declined"),
                    settlement.hear_charged(payment_id, f"ch_{payment_id.number}"),
                ]
            case "news of refunds":
                told += [settlement.hear_refunds(payment_id), settlement.hear_refunds(payment_id)]
            case _:
                told += [settlement.hear_charged(payment_id, f"ch_{payment_id.number}") for _ in range(2)]
    if what == "news of the charge and recovery":
        told.append(settlement.recover())
    return [asyncio.create_task(each) for each in told]


async def settled(house: House, provider: Provider) -> None:
    """The provider is well again, and recovery has had its time."""
    provider.is_out, provider.declines = False, None
    provider.listens.set()
    provider.answers.set()
    async with settling(house, provider) as settlement:
        for _ in range(3):
            try:
                if not await settlement.recover():
                    break
            except Outage:
                continue


async def money_and_booking_must_agree(house: House, provider: Provider, booking: Booking, payment_ids: list[PaymentId]) -> None:
    truth = await house.truth(booking.id.event_id)
    truth.must_be_sound()
    assert all(payment["status"] != PaymentStatus.PENDING for payment in truth.payments)
    assert all(refund["status"] == RefundStatus.SUCCEEDED for refund in truth.refunds)
    confirmed = await house.status_of(booking) is BookingStatus.CONFIRMED
    kept = [provider.kept(payment_id) for payment_id in payment_ids]
    assert sorted(minor for minor in kept if minor) == ([booking.total.minor] if confirmed else [])
