"""Recovery: all that was left behind is driven to its end, however much it is, and what does not go harms nothing else."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.answers import BookingCancelled, BookingConfirmed, PaymentBegun
from domain.bookings import Booking, BookingStatus, Payment, PaymentStatus, Refund, RefundStatus
from domain.ids import BookingId, EventId, PaymentId, UserId
from domain.money import Money
from domain.ports import Declined, Outage, Undecided
from payments import settlement as settlement_module
from payments.sandbox import LATE, REFUND_FAILS, SILENT, SILENT_FOR, UNREACHABLE, SandboxGateway
from payments.settlement import AT_ONCE, PAGE
from tests.db.events import House, a_user, an_event, begin, cancel, eventually
from tests.payments.provider import Provider, settling

EVENT = EventId(7)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger=settlement_module.LOG.name)


async def a_hold(house: House, **facts: Any) -> Booking:
    return await house.held(await an_event(house.pool, **facts), a_user(), 0)


@dataclass
class Counting(Provider):
    """Counts how many ask at once."""

    inside: int = 0
    most: int = 0

    async def charge(self, payment: Payment) -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0)
        try:
            return await super().charge(payment)
        finally:
            self.inside -= 1


async def begun_long_ago(house: House, count: int, gateway: str = "sandbox") -> list[Booking]:
    """Bookings of one event, each with a payment that nobody drove."""
    event_id = await an_event(house.pool, count)
    bookings = await asyncio.gather(*(house.held(event_id, a_user(), seat_no) for seat_no in range(count)))
    await asyncio.gather(*(house.office.submit(replace(begin(booking), gateway=gateway)) for booking in bookings))
    return list(bookings)


async def test_more_than_a_page_is_driven_in_one_go_a_few_at_a_time(fresh_house: House) -> None:
    count = PAGE + 50
    await begun_long_ago(fresh_house, count)
    provider = Counting()

    async with settling(fresh_house, provider) as settlement:
        taken_up, nothing = await settlement.recover(), await settlement.recover()

    assert (taken_up, nothing) == (count, 0)
    assert len(provider.charged) == count
    assert 1 < provider.most <= AT_ONCE


async def test_a_gateway_that_is_out_does_not_starve_another(fresh_house: House) -> None:
    out, well = Provider("out", is_out=True), Provider()
    await begun_long_ago(fresh_house, PAGE + 1, "out")
    (booking,) = await begun_long_ago(fresh_house, 1)

    async with settling(fresh_house, well, gateways={"out": out, "sandbox": well}, backoff_seconds=60.0) as settlement:
        first, second = await settlement.recover(), await settlement.recover()

    assert await fresh_house.status_of(booking) is BookingStatus.CONFIRMED
    assert out.calls <= AT_ONCE, "the others are passed over once it is known to be out"
    assert first <= AT_ONCE + 1
    assert second == 0


async def test_what_did_not_go_is_left_alone_for_a_while(fresh_house: House) -> None:
    late = SandboxGateway(clock=lambda: datetime.now(UTC) + timedelta(minutes=1))
    booking = await a_hold(fresh_house)
    await fresh_house.office.submit(begin(booking, method=LATE))

    async with settling(fresh_house, late, backoff_seconds=0.2) as settlement:
        rounds = [await settlement.recover() for _ in range(3)]
        await asyncio.sleep(0.25)
        rounds.append(await settlement.recover())

    assert rounds == [1, 0, 0, 1]


async def test_a_gateway_that_hangs_is_given_up_after_its_time(fresh_house: House) -> None:
    booking, provider = await a_hold(fresh_house), Provider()
    provider.listens.clear()

    async with settling(fresh_house, provider) as settlement:
        settlement.gateway_seconds = 0.05
        begun = await settlement.pay(begin(booking))

    assert isinstance(begun, PaymentBegun)
    assert provider.charged == {}


async def test_a_refund_of_nothing_is_done_without_the_gateway(house: House) -> None:
    booking, provider = await a_hold(house), Provider()

    async with settling(house, provider) as settlement:
        await settlement.pay(begin(booking))
        cancelled = await house.office.submit(cancel(booking))
        assert isinstance(cancelled, BookingCancelled)
        assert cancelled.refund is not None
        assert cancelled.payment is not None
        calls = provider.calls
        refund = await settlement.give_back(replace(cancelled.refund, amount=Money(0, "GBP")), cancelled.payment)

    assert (refund.status, refund.provider_reference) == (RefundStatus.SUCCEEDED, None)
    assert provider.calls == calls


async def test_a_booking_of_an_event_that_was_cancelled_while_it_was_paid_is_not_confirmed(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    provider.answers.clear()
    paying = begin(booking)

    async with settling(house, provider) as settlement:
        calling = asyncio.create_task(settlement.pay(paying))
        await eventually(lambda: provider.charged)
        await house.pool.execute("UPDATE event SET status = 2 WHERE event_id = $1", booking.id.event_id)
        provider.answers.set()
        await calling

    assert provider.kept(paying.payment_id) == 0
    assert await house.status_of(booking) is BookingStatus.PENDING


async def test_closing_does_not_wait_for_a_database_that_is_out(fresh_house: House) -> None:
    booking, provider = await a_hold(fresh_house), Provider()
    office = Silent(fresh_house)

    async with settling(fresh_house, provider, office=office, wait_seconds=0.01) as settlement:
        await settlement.pay(begin(booking))
        async with asyncio.timeout(4):
            await settlement.close(within_seconds=0.2)

    assert provider.charged
    assert await fresh_house.status_of(booking) is BookingStatus.PENDING


class Silent:
    """A box office whose database goes out after the first command."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.asked = 0

    async def submit(self, command: Any) -> Any:
        self.asked += 1
        return await (self.house.office.submit(command) if self.asked == 1 else asyncio.Event().wait())


# The sandbox's tokens for what goes wrong


def paid_with(method: str, age: timedelta) -> tuple[SandboxGateway, Payment]:
    """The sandbox, and a payment that was begun so long ago."""
    now = datetime(2031, 5, 1, tzinfo=UTC)
    payment = Payment(
        id=PaymentId(EVENT, 11),
        booking_id=BookingId(EVENT, 1),
        user_id=UserId(5),
        amount=Money(7500, "GBP"),
        gateway="sandbox",
        method=method,
        status=PaymentStatus.PENDING,
        created_at=now - age,
    )
    return SandboxGateway(late=timedelta(minutes=11), clock=lambda: now), payment


async def answer(method: str, age: timedelta) -> str:
    gateway, payment = paid_with(method, age)
    try:
        await gateway.charge(payment)
    except Declined as declined:
        return declined.reason
    except Undecided:
        return "undecided"
    except Outage:
        return "out"
    return "charged"


@pytest.mark.parametrize(
    ("method", "age", "word"),
    [
        (UNREACHABLE, timedelta(seconds=1), "out"),
        (UNREACHABLE, timedelta(seconds=31), "charged"),
        (LATE, timedelta(seconds=31), "undecided"),
        (LATE, timedelta(minutes=11), "charged"),
        (SILENT, timedelta(seconds=31), "undecided"),
        (SILENT, SILENT_FOR, "payment_not_found"),
    ],
)
async def test_a_token_for_what_goes_wrong_answers_by_the_payments_age(method: str, age: timedelta, word: str) -> None:
    assert await answer(method, age) == word


async def test_whoever_asks_first_of_a_silent_provider_waits_in_vain() -> None:
    gateway, payment = paid_with(SILENT, timedelta(0))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await gateway.charge(payment)


async def test_a_refund_that_the_sandbox_refuses_has_failed(house: House) -> None:
    booking = await a_hold(house)

    async with settling(house, SandboxGateway()) as settlement:
        confirmed = await settlement.pay(begin(booking, method=REFUND_FAILS))
        cancelled = await house.office.submit(cancel(booking))
        assert isinstance(cancelled, BookingCancelled)
        assert cancelled.refund is not None
        assert cancelled.payment is not None
        refund: Refund = await settlement.give_back(cancelled.refund, cancelled.payment)

    assert isinstance(confirmed, BookingConfirmed)
    assert cancelled.payment.status is PaymentStatus.SUCCEEDED
    assert (refund.status, refund.failure) == (RefundStatus.FAILED, "expired_or_canceled_card")
