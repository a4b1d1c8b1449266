"""Money never dangles: however paying is interrupted, a booking ends confirmed and charged once, or not confirmed and not charged."""

import asyncio
import logging
from typing import Any

import pytest

from db import box_office
from domain.answers import BookingCancelled, BookingConfirmed, BookingPending, PaymentBegun, PaymentDeclined, PaymentTooLate
from domain.bookings import Booking, BookingStatus, PaymentStatus, RefundStatus
from domain.commands import BeginPayment, ExpireDue
from domain.ports import Outage
from domain.refusals import BookingExpired, Busy, PaymentFailed, PaymentInProgress
from payments import settlement as settlement_module
from payments.sandbox import ALWAYS_DECLINED, SLOW, SandboxGateway
from tests.db.events import BOOKED, HELD, House, a_user, an_event, begin, book, cancel, eventually, key
from tests.payments.provider import Provider, settling


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    for log in (box_office.LOG, settlement_module.LOG):
        caplog.set_level(logging.CRITICAL, logger=log.name)


async def a_hold(house: House, **facts: Any) -> Booking:
    """A pending booking of two seats of an event of its own."""
    return await house.held(await an_event(house.pool, **facts), a_user(), 0, 1)


async def ends(house: House, booking: Booking, status: BookingStatus) -> bool:
    """Whether a booking has come to a state, and its event's rows agree."""
    if await house.status_of(booking) is not status:
        return False
    (await house.truth(booking.id.event_id)).must_be_sound()
    return True


@pytest.mark.parametrize("method", ["pm_card_visa", "4242 4242 4242 4242"])
async def test_a_card_that_works_confirms_the_booking(house: House, method: str) -> None:
    booking = await a_hold(house)

    async with settling(house, SandboxGateway()) as settlement:
        confirmed = await settlement.pay(begin(booking, method=method))

    assert isinstance(confirmed, BookingConfirmed)
    assert confirmed.payment is not None
    assert confirmed.payment.amount == booking.total
    assert confirmed.payment.provider_reference == f"ch_sandbox_{confirmed.payment.id.number:016x}"
    assert await ends(house, booking, BookingStatus.CONFIRMED)


@pytest.mark.parametrize(("method", "reason"), [*sorted(ALWAYS_DECLINED.items()), ("pm_of_no_card", "invalid_payment_method")])
async def test_a_card_that_is_declined_says_why_and_keeps_the_hold(house: House, method: str, reason: str) -> None:
    booking = await a_hold(house)

    async with settling(house, SandboxGateway()) as settlement:
        declined = await settlement.pay(begin(booking, method=method))
        paid = await settlement.pay(begin(booking))

    assert isinstance(declined, PaymentDeclined)
    assert declined.payment.failure == reason
    assert declined.booking.status is BookingStatus.PENDING
    assert isinstance(paid, BookingConfirmed)
    assert await ends(house, booking, BookingStatus.CONFIRMED)


async def test_a_booking_that_is_paid_at_once_fails_with_its_charge(house: House) -> None:
    booking = await a_hold(house)
    paying = begin(booking, method="pm_card_chargeDeclined", fails_booking=True)

    async with settling(house, SandboxGateway()) as settlement:
        declined, again = await settlement.pay(paying), await settlement.pay(paying)

    assert isinstance(declined, PaymentDeclined)
    assert declined.booking.status is BookingStatus.FAILED
    assert again == PaymentFailed(booking.id, "card_declined", None)
    assert await ends(house, booking, BookingStatus.FAILED)
    assert isinstance(await house.office.submit(book(booking.id.event_id, a_user(), 0)), BookingPending)


async def test_a_slow_gateway_is_not_waited_for_and_ends_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SLOW, "pm_sandbox_slow", 0.3)
    booking = await a_hold(house)

    async with settling(house, SandboxGateway(), wait_seconds=0.05) as settlement:
        begun = await settlement.pay(begin(booking, method="pm_sandbox_slow"))
        status = await house.status_of(booking)
        other = await settlement.pay(begin(booking))
        await eventually(lambda: ends(house, booking, BookingStatus.CONFIRMED))

    assert isinstance(begun, PaymentBegun)
    assert status is BookingStatus.PENDING
    assert other == PaymentInProgress(booking.id, begun.payment.id)


async def test_a_caller_that_goes_away_does_not_stop_its_payment(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    provider.answers.clear()

    async with settling(house, provider) as settlement:
        calling = asyncio.create_task(settlement.pay(begin(booking)))
        await eventually(lambda: provider.charged)
        calling.cancel()
        await asyncio.wait([calling])
        provider.answers.set()

        await eventually(lambda: ends(house, booking, BookingStatus.CONFIRMED))


@pytest.mark.parametrize("ticket_limit", [None, 2])
async def test_a_charge_that_ends_after_the_hold_gets_the_same_seats_when_they_are_free(house: House, ticket_limit: int | None) -> None:
    booking, provider = await a_hold(house, ticket_limit=ticket_limit), Provider()
    provider.listens.clear()

    async with settling(house, provider) as settlement:
        paying = asyncio.create_task(settlement.pay(begin(booking)))
        await eventually(lambda: provider.calls)
        await house.end_hold(booking)
        await house.office.submit(ExpireDue(booking.id.event_id))
        assert await ends(house, booking, BookingStatus.EXPIRED)
        provider.listens.set()
        confirmed = await paying

    assert isinstance(confirmed, BookingConfirmed)
    assert await ends(house, booking, BookingStatus.CONFIRMED)
    assert (await house.truth(booking.id.event_id)).seats == {0: BOOKED, 1: BOOKED}


async def test_a_charge_that_ends_after_the_seats_went_to_another_goes_back(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    provider.listens.clear()
    paying = begin(booking)

    async with settling(house, provider) as settlement:
        calling = asyncio.create_task(settlement.pay(paying))
        await eventually(lambda: provider.calls)
        await house.end_hold(booking)
        await house.held(booking.id.event_id, a_user(), 1)
        provider.listens.set()
        too_late, again = await calling, await settlement.pay(paying)

    assert isinstance(too_late, PaymentTooLate)
    assert too_late.refund.status is RefundStatus.SUCCEEDED
    assert isinstance(again, PaymentTooLate)
    assert provider.kept(paying.payment_id) == 0
    assert await ends(house, booking, BookingStatus.EXPIRED)
    assert (await house.truth(booking.id.event_id)).seats == {1: HELD}


async def test_a_charge_that_ends_after_the_booking_was_cancelled_goes_back(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    provider.answers.clear()
    paying = begin(booking)

    async with settling(house, provider) as settlement:
        calling = asyncio.create_task(settlement.pay(paying))
        await eventually(lambda: provider.charged)
        await house.office.submit(cancel(booking))
        provider.answers.set()
        too_late = await calling

    assert isinstance(too_late, PaymentTooLate)
    assert provider.kept(paying.payment_id) == 0
    assert await ends(house, booking, BookingStatus.CANCELLED)


async def test_a_hold_that_has_ended_is_not_charged(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    await house.end_hold(booking)

    async with settling(house, provider) as settlement:
        refused = await settlement.pay(begin(booking))

    assert isinstance(refused, BookingExpired)
    assert provider.calls == 0


@pytest.mark.parametrize("crash", ["before the charge", "after the charge"])
async def test_a_payment_that_a_crash_interrupted_is_settled_by_another_process(fresh_house: House, crash: str) -> None:
    house, provider = fresh_house, Provider()
    booking = await a_hold(house)
    paying = begin(booking)
    (provider.listens if crash == "before the charge" else provider.answers).clear()
    async with settling(house, provider) as dying:
        calling = asyncio.create_task(dying.pay(paying))
        await eventually(lambda: provider.calls)
        calling.cancel()
    provider.listens.set()
    provider.answers.set()
    assert bool(provider.charged) == (crash == "after the charge")

    async with settling(house, provider) as recovering:
        taken_up, nothing = await recovering.recover(), await recovering.recover()

    assert (taken_up, nothing) == (1, 0)
    assert provider.charged == {paying.payment_id: booking.total.minor}
    assert await ends(house, booking, BookingStatus.CONFIRMED)


async def test_a_payment_that_a_crash_interrupted_goes_back_where_its_seats_are_gone(fresh_house: House) -> None:
    house, provider = fresh_house, Provider()
    booking = await a_hold(house)
    paying = begin(booking)
    provider.answers.clear()
    async with settling(house, provider) as dying:
        calling = asyncio.create_task(dying.pay(paying))
        await eventually(lambda: provider.charged)
        calling.cancel()
    await house.end_hold(booking)
    await house.held(booking.id.event_id, a_user(), 0)
    provider.answers.set()

    async with settling(house, provider) as recovering:
        await recovering.recover()

    assert provider.kept(paying.payment_id) == 0
    assert await ends(house, booking, BookingStatus.EXPIRED)


async def test_recovery_leaves_alone_what_began_a_moment_ago(fresh_house: House) -> None:
    booking, provider = await a_hold(fresh_house), Provider()
    await fresh_house.office.submit(begin(booking))

    async with settling(fresh_house, provider) as settlement:
        settlement.recover_after_seconds = 30.0
        taken_up = await settlement.recover()

    assert taken_up == 0
    assert provider.calls == 0


async def test_a_payment_driven_from_everywhere_at_once_is_charged_and_confirmed_once(house: House, other_house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    begun = await house.office.submit(begin(booking))
    assert isinstance(begun, PaymentBegun)

    async with settling(house, provider) as here, settling(other_house, provider) as there:
        answers = await asyncio.gather(*(each.settle(begun.payment, begun.booking) for each in (here, there) * 8), here.recover())

    assert {type(answer) for answer in answers[:-1]} == {BookingConfirmed}
    assert provider.charged == {begun.payment.id: booking.total.minor}
    assert await ends(house, booking, BookingStatus.CONFIRMED)
    truth = await house.truth(booking.id.event_id)
    assert (len(truth.payments), len(truth.tickets), truth.version) == (1, 2, 3)


async def test_one_confirmation_sent_twenty_times_is_one_payment(house: House, other_house: House) -> None:
    booking, provider, idempotency = await a_hold(house), Provider(), key()

    async with settling(house, provider) as here, settling(other_house, provider) as there:
        answers = await asyncio.gather(*(each.pay(begin(booking, idempotency=idempotency)) for each in (here, there) * 10))

    assert {type(answer) for answer in answers} == {BookingConfirmed}
    assert list(provider.charged.values()) == [booking.total.minor]
    assert await ends(house, booking, BookingStatus.CONFIRMED)


async def test_a_cancelled_booking_is_refunded(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    paying = begin(booking)

    async with settling(house, provider) as settlement:
        await settlement.pay(paying)
        cancelled = await house.office.submit(cancel(booking))
        assert isinstance(cancelled, BookingCancelled)
        assert cancelled.refund is not None
        assert cancelled.payment is not None
        refunds = [await settlement.give_back(cancelled.refund, cancelled.payment) for _ in range(2)]

    assert [refund.status for refund in refunds] == [RefundStatus.SUCCEEDED] * 2
    assert provider.given_back == {cancelled.refund.id: (paying.payment_id, booking.total.minor)}
    assert await ends(house, booking, BookingStatus.CANCELLED)


async def test_a_refund_that_was_left_behind_is_made_by_recovery(fresh_house: House) -> None:
    house, provider = fresh_house, Provider()
    booking = await a_hold(house)
    paying = begin(booking)
    async with settling(house, provider) as settlement:
        await settlement.pay(paying)
        cancelled = await house.office.submit(cancel(booking))
        assert isinstance(cancelled, BookingCancelled)
        assert cancelled.refund is not None
        assert cancelled.payment is not None
        provider.is_out = True
        owed = await settlement.give_back(cancelled.refund, cancelled.payment)
        still_out = await settlement.recover()
        provider.is_out = False

        taken_up, nothing = await settlement.recover(), await settlement.recover()

    assert owed.status is RefundStatus.PENDING
    assert (still_out, taken_up, nothing) == (1, 1, 0)
    assert provider.kept(paying.payment_id) == 0
    ((refund,),) = await house.bookings.refunds_many([booking.id])
    assert (refund.status, refund.provider_reference) == (RefundStatus.SUCCEEDED, f"re_{refund.id.number}")


async def test_a_gateway_that_is_out_leaves_the_payment_open_until_it_is_back(fresh_house: House) -> None:
    house, provider = fresh_house, Provider(is_out=True)
    booking = await a_hold(house)
    paying = begin(booking)
    async with settling(house, provider) as settlement:
        begun = await settlement.pay(paying)
        await settlement.recover()
        payment = await house.bookings.payment(paying.payment_id)
        provider.is_out = False

        await settlement.recover()

    assert isinstance(begun, PaymentBegun)
    assert payment is not None
    assert payment.status is PaymentStatus.PENDING
    assert provider.kept(paying.payment_id) == booking.total.minor
    assert await ends(house, booking, BookingStatus.CONFIRMED)


async def test_a_box_office_that_is_out_or_busy_after_the_charge_is_asked_again(fresh_house: House) -> None:
    house, provider = fresh_house, Provider()
    busy, out = await a_hold(house), await a_hold(house)
    async with settling(house, provider, office=Reluctant(house, [None, "busy", "busy"])) as settlement:
        confirmed = await settlement.pay(begin(busy))
    async with settling(house, provider, office=Reluctant(house, [None, "out"])) as settlement:
        begun = await settlement.pay(begin(out))
        status = await house.status_of(out)
        await settlement.recover()

    assert isinstance(confirmed, BookingConfirmed)
    assert isinstance(begun, PaymentBegun)
    assert status is BookingStatus.PENDING
    assert list(provider.charged.values()) == [busy.total.minor, out.total.minor]
    assert await ends(house, out, BookingStatus.CONFIRMED)


class Reluctant:
    """A box office that is not to be had for some of the first commands."""

    def __init__(self, house: House, moods: list[str | None]) -> None:
        self.house = house
        self.moods = moods

    async def submit(self, command: Any) -> Any:
        match self.moods.pop(0) if self.moods else None:
            case "busy":
                return Busy(command.booking_id.event_id)
            case "out":
                raise Outage("The database did not answer in time.", outcome_unknown=True)
            case _:
                return await self.house.office.submit(command)


async def test_recovery_goes_on_through_outages(fresh_house: House) -> None:
    house, provider = fresh_house, Provider(is_out=True)
    booking = await a_hold(house)
    money = Forgetful(house)
    async with settling(house, provider) as settlement:
        settlement.ledger = money
        await settlement.pay(begin(booking))
        recovering = asyncio.create_task(settlement.recover_forever(0.02))
        await eventually(lambda: money.asked > 3)
        provider.is_out = False

        await eventually(lambda: ends(house, booking, BookingStatus.CONFIRMED))
        recovering.cancel()


class Forgetful:
    """Finds open money only every second time it is asked."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.house.bookings, name)

    async def open_payments(self, *asked: Any) -> Any:
        self.asked += 1
        if self.asked % 2:
            raise Outage("The database did not answer.")
        return await self.house.bookings.open_payments(*asked)


async def test_closing_lets_a_payment_that_is_under_way_end(house: House) -> None:
    booking, provider = await a_hold(house), Provider()
    provider.answers.clear()
    async with settling(house, provider, wait_seconds=0.01) as settlement:
        await settlement.pay(begin(booking))
        asyncio.get_running_loop().call_later(0.1, provider.answers.set)

        await settlement.close()

    assert await ends(house, booking, BookingStatus.CONFIRMED)


async def test_a_payment_of_a_gateway_that_is_gone_is_a_fault_and_harms_no_other(fresh_house: House) -> None:
    house, provider = fresh_house, Provider()
    odd, plain = await a_hold(house), await a_hold(house)
    started = begin(odd)
    await house.office.submit(BeginPayment(started.booking_id, started.payment_id, started.by, "cheque", "by post", started.idempotency))
    await house.office.submit(begin(plain))

    async with settling(house, provider) as settlement:
        taken_up = await settlement.recover()

    assert taken_up == 2
    assert await ends(house, plain, BookingStatus.CONFIRMED)
    assert await house.status_of(odd) is BookingStatus.PENDING
