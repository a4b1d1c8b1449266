"""Settlement: drives a payment from any state to its end. What the mutation, a provider's news, and the recovery after a crash all call.

Written down → charged → confirmed or declined → where the places were gone, given back. Each step is safe to repeat: the gateway moves
money once for one payment's id, and the box office answers a repeat with what became of the first.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.answers import BookingConfirmed, PaymentBegun, PaymentDeclined, PaymentTooLate, RefundCompleted, RefundFailed
from domain.asks import Asks
from domain.bookings import Booking, Payment, Refund
from domain.commands import BeginPayment, BeginPaymentRefused, CompletePayment, CompleteRefund, FailPayment, FailRefund
from domain.ids import BookingId, PaymentId, RefundId
from domain.ports import BoxOffice, Declined, Gateway, Outage, Settled, Undecided
from domain.refusals import Busy, EventNotFound, PaymentNotFound
from payments.draining import Backoff, drain

LOG = logging.getLogger("boxoffice.settlement")
SUBMIT_TRIES = 5
PAGE = 200
AT_ONCE = 8
"""So many payments, and so many refunds, are recovered at a time: the event that all of them are of must go on answering others."""
A = TypeVar("A")
Work = tuple[str, int]
"""Something to be driven: what it is, and its number."""


class Ledger(Protocol):
    """Where payments and refunds are read."""

    async def open_payments(
        self, older_than_seconds: float, most: int, after: tuple[datetime, int] | None = None
    ) -> Sequence[tuple[Payment, Booking]]:
        """Payments begun so long ago and neither succeeded nor failed, with their bookings; oldest first, after a (created_at, number)."""
        ...

    async def open_refunds(
        self, older_than_seconds: float, most: int, after: tuple[datetime, int] | None = None
    ) -> Sequence[tuple[Refund, Payment]]:
        """Refunds owed for so long, with the payments they give back; oldest first, after a (created_at, number)."""
        ...

    async def payment(self, payment_id: PaymentId) -> Payment | None:
        """A payment by id."""
        ...

    async def find_many(self, ids: Sequence[BookingId]) -> Sequence[Booking | None]:
        """Bookings by id; None for one that does not exist."""
        ...

    async def refunds_many(self, ids: Sequence[BookingId]) -> Sequence[Sequence[Refund]]:
        """Refunds, oldest first, of some bookings."""
        ...


class Settlement:
    """Drives payments and refunds; what is under way goes on although nobody waits for it any more."""

    def __init__(
        self,
        box_office: BoxOffice,
        gateways: Mapping[str, Gateway],
        ledger: Ledger,
        new_number: Callable[[], int],
        *,
        wait_seconds: float = 10.0,
        gateway_seconds: float = 30.0,
        recover_after_seconds: float = 30.0,
        backoff_seconds: float = 5.0,
    ) -> None:
        self.box_office = box_office
        self.gateways = gateways
        self.ledger = ledger
        self.new_number = new_number
        self.wait_seconds = wait_seconds
        self.gateway_seconds = gateway_seconds
        self.recover_after_seconds = recover_after_seconds
        self._gateways_out: Backoff[str] = Backoff(backoff_seconds)
        self._not_yet: Backoff[Work] = Backoff(backoff_seconds)
        self._under_way: dict[Work, asyncio.Task[Any]] = {}

    async def pay(self, begin: BeginPayment) -> Settled | BeginPaymentRefused:
        """Begin a payment and drive it to its end; PaymentBegun where the gateway takes longer than the wait, or is out.

        The payment then goes on by itself, and its booking tells when it is done.
        """
        answer = await self.box_office.submit(begin)
        if not isinstance(answer, PaymentBegun):
            return answer
        settled: Settled = await self._waited(("payment", answer.payment.id.number), self.settle(answer.payment, answer.booking), answer)
        return settled

    async def give_back(self, refund: Refund, payment: Payment) -> Refund:
        """Give a refund's money back; answers it as it stands when done or when the wait is over."""
        return await self._waited(("refund", refund.id.number), self.refund(refund, payment), refund)

    async def settle(self, payment: Payment, booking: Booking) -> Settled:
        """Charge a pending payment, and tell the box office what came of it. Raises Outage where either does not answer."""
        try:
            provider_reference = await self._ask(payment.gateway, lambda gateway: gateway.charge(payment))
        except Declined as declined:
            settled = await self._write_down(FailPayment(booking.id, payment.id, declined.reason))
        else:
            settled = await self._write_down(self._completing(payment, booking, provider_reference))
        if isinstance(settled, PaymentTooLate):
            return PaymentTooLate(settled.booking, settled.payment, await self.refund(settled.refund, settled.payment))
        return settled

    async def refund(self, refund: Refund, payment: Payment) -> Refund:
        """Have the gateway give the money back, and write down that it did, or refuses for good.

        A refund of nothing is done without asking the gateway. Raises Outage where either does not answer.
        """
        command: CompleteRefund | FailRefund
        try:
            gives_back = refund.amount.minor > 0
            reference = await self._ask(payment.gateway, lambda gateway: gateway.refund(refund, payment)) if gives_back else None
            command = CompleteRefund(refund.booking_id, refund.id, reference)
        except Declined as declined:
            LOG.error("refund %s was refused for good: %s", refund.id, declined.reason)
            command = FailRefund(refund.booking_id, refund.id, declined.reason)
        match await self._insist(command):
            case RefundCompleted(written) | RefundFailed(written):
                return written
            case Busy():
                raise Outage("What became of the refund could not be written down yet.", outcome_unknown=True)
            case _:
                return refund

    async def hear_charged(self, payment_id: PaymentId, provider_reference: str) -> bool:
        """A provider says that it has charged; False where there is no such payment. What came too late begins to go back."""
        if (found := await self._known(payment_id)) is None:
            return False
        await self._heard(self._completing(*found, provider_reference))
        return True

    async def hear_declined(self, payment_id: PaymentId, reason: str) -> bool:
        """A provider says that it has declined, which is not believed after a success; False where there is no such payment."""
        if (found := await self._known(payment_id)) is None:
            return False
        payment, booking = found
        await self._heard(FailPayment(booking.id, payment.id, reason))
        return True

    async def hear_refunds(self, payment_id: PaymentId, changed: Mapping[RefundId, str] | None = None) -> bool:
        """A provider says that refunds of a payment have changed, named with its own references, or does not say which.

        It is asked how they stand, so that news may come late, twice and in any order. False where there is no such payment.
        """
        if (found := await self._known(payment_id)) is None:
            return False
        payment, booking = found
        for refund in (await self.ledger.refunds_many([booking.id]))[0]:
            reference = (changed or {}).get(refund.id) or refund.provider_reference
            if refund.payment_id == payment_id and (changed is None or refund.id in changed):
                asked = Refund(refund.id, payment_id, booking.id, refund.amount, refund.status, refund.created_at, None, reference)
                try:
                    await self.refund(asked, payment)
                except Undecided:
                    continue
        return True

    async def _known(self, payment_id: PaymentId) -> tuple[Payment, Booking] | None:
        payment = await self.ledger.payment(payment_id)
        if payment is None:
            return None
        (booking,) = await self.ledger.find_many([payment.booking_id])
        return None if booking is None else (payment, booking)

    async def _heard(self, command: CompletePayment | FailPayment) -> None:
        settled = await self._write_down(command)
        if isinstance(settled, PaymentTooLate):
            _ = self._start(("refund", settled.refund.id.number), self.refund(settled.refund, settled.payment))

    def _completing(self, payment: Payment, booking: Booking, provider_reference: str) -> CompletePayment:
        refund_id = RefundId(payment.id.event_id, self.new_number())
        return CompletePayment(booking.id, payment.id, refund_id, provider_reference, booking.seats, booking.user_id)

    async def _write_down(self, command: CompletePayment | FailPayment) -> BookingConfirmed | PaymentDeclined | PaymentTooLate:
        """Tell the box office what came of a charge. Raises Outage where it cannot be had."""
        answer: BookingConfirmed | PaymentDeclined | PaymentTooLate | PaymentNotFound | EventNotFound | Busy = await self._insist(command)
        match answer:
            case BookingConfirmed() | PaymentDeclined() | PaymentTooLate():
                return answer
            case PaymentNotFound() | EventNotFound() | Busy():
                raise Outage("The payment's outcome could not be written down yet.", outcome_unknown=True)

    async def _ask(self, name: str, ask: Callable[[Gateway], Awaitable[str]]) -> str:
        """What a gateway answers in time; raises Outage where it does not, and remembers that it is out."""
        gateway = self.gateways.get(name)
        try:
            if gateway is None:
                raise Outage(f"The gateway {name} is not configured here.")
            async with asyncio.timeout(self.gateway_seconds):
                answer = await ask(gateway)
        except (Declined, Undecided):
            self._gateways_out.forget(name)
            raise
        except Outage:
            self._gateways_out.lengthen(name)
            raise
        except TimeoutError as late:
            self._gateways_out.lengthen(name)
            raise Outage(f"The gateway {name} did not answer in time.", outcome_unknown=True) from late
        self._gateways_out.forget(name)
        return answer

    async def _insist(self, command: Asks[A]) -> A:
        """Submit a command that must not be lost; a busy box office is asked again, a little later each time."""
        for attempt in range(SUBMIT_TRIES):
            answer = await self.box_office.submit(command)
            if not isinstance(answer, Busy):
                return answer
            await asyncio.sleep(0.1 * 2**attempt)
        return await self.box_office.submit(command)

    async def _waited(self, name: Work, work: Coroutine[Any, Any, A], otherwise: A) -> A:
        """The outcome of some work, once it is done or, where that takes too long or something is out, what it stands at now."""
        task = self._start(name, work)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self.wait_seconds)
        except (TimeoutError, Outage):
            return otherwise

    def _start(self, name: Work, work: Coroutine[Any, Any, A]) -> "asyncio.Task[A]":
        """Begin some work, or join it where it is under way already."""
        if task := self._under_way.get(name):
            work.close()
            return task
        task = self._under_way[name] = asyncio.create_task(work, name=f"{name[0]} {name[1]}")
        task.add_done_callback(lambda done: self._ended(name, done))
        return task

    def _ended(self, name: Work, task: "asyncio.Task[Any]") -> None:
        del self._under_way[name]
        if task.cancelled():
            return
        if error := task.exception():
            self._not_yet.lengthen(name)
            level = logging.INFO if isinstance(error, Undecided) else logging.WARNING if isinstance(error, Outage) else logging.ERROR
            LOG.log(level, "%s %x was left for recovery: %s", *name, error, exc_info=None if isinstance(error, Outage) else error)
        else:
            self._not_yet.forget(name)

    async def recover(self) -> int:
        """Drive all that an earlier process, or an outage, left behind; answers how many payments and refunds were taken up.

        Payments and refunds have room of their own, so that neither starves the other. Passed over are those of a gateway that is out, and
        those that were tried a moment ago: each time it takes longer until they are tried again.
        """

        async def payments(after: tuple[datetime, int] | None) -> Sequence[tuple[Payment, Booking]]:
            return await self.ledger.open_payments(self.recover_after_seconds, PAGE, after)

        async def refunds(after: tuple[datetime, int] | None) -> Sequence[tuple[Refund, Payment]]:
            return await self.ledger.open_refunds(self.recover_after_seconds, PAGE, after)

        def take_payment(found: tuple[Payment, Booking]) -> "asyncio.Task[Any] | None":
            name = "payment", found[0].id.number
            return self._start(name, self.settle(*found)) if self._is_time(name, found[0].gateway) else None

        def take_refund(found: tuple[Refund, Payment]) -> "asyncio.Task[Any] | None":
            name = "refund", found[0].id.number
            return self._start(name, self.refund(*found)) if self._is_time(name, found[1].gateway) else None

        taken_up = await asyncio.gather(
            drain(payments, take_payment, AT_ONCE), drain(refunds, take_refund, AT_ONCE), return_exceptions=True
        )
        for failed in taken_up:
            if isinstance(failed, BaseException):
                raise failed
        return sum(count for count in taken_up if isinstance(count, int))

    def _is_time(self, name: Work, gateway: str) -> bool:
        return not self._not_yet.lasts(name) and not self._gateways_out.lasts(gateway)

    async def recover_forever(self, every_seconds: float = 5.0) -> None:
        """Recover now and then, until cancelled; an outage is waited out."""
        while True:
            try:
                await self.recover()
            except Outage as outage:
                LOG.warning("recovery waits: %s", outage)
            await asyncio.sleep(every_seconds)

    async def close(self, within_seconds: float = 2.0) -> None:
        """Let what is under way come to its end for a moment; the rest is recovered at the next start."""
        if tasks := list(self._under_way.values()):
            _, late = await asyncio.wait(tasks, timeout=within_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
