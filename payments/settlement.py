"""Settlement: drives a payment from any state to its end. What the mutation, and the recovery after a crash, both call.

Written down → charged → confirmed or declined → where the places were gone, given back. Each step is safe to repeat: the gateway moves
money once for one payment's id, and the box office answers a repeat with what became of the first.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from domain.answers import BookingConfirmed, PaymentBegun, PaymentDeclined, PaymentTooLate, RefundCompleted
from domain.bookings import Booking, Payment, Refund
from domain.commands import Asks, BeginPayment, BeginPaymentRefused, CompletePayment, CompleteRefund, FailPayment
from domain.ids import RefundId
from domain.ports import BoxOffice, Declined, Gateway, Outage, Settled
from domain.refusals import Busy, EventNotFound, PaymentNotFound

LOG = logging.getLogger("boxoffice.settlement")
SUBMIT_TRIES = 5
A = TypeVar("A")


class OpenMoney(Protocol):
    """Where payments and refunds that have not come to their end are found."""

    async def open_payments(self, older_than_seconds: float, most: int) -> Sequence[tuple[Payment, Booking]]:
        """Payments begun so long ago and neither succeeded nor failed, with their bookings."""
        ...

    async def open_refunds(self, older_than_seconds: float, most: int) -> Sequence[tuple[Refund, Payment]]:
        """Refunds owed for so long, with the payments they give back."""
        ...


class Settlement:
    """Drives payments and refunds; what is under way goes on although nobody waits for it any more."""

    def __init__(
        self,
        box_office: BoxOffice,
        gateways: Mapping[str, Gateway],
        money: OpenMoney,
        new_number: Callable[[], int],
        *,
        wait_seconds: float = 10.0,
        recover_after_seconds: float = 30.0,
    ) -> None:
        self.box_office = box_office
        self.gateways = gateways
        self.money = money
        self.new_number = new_number
        self.wait_seconds = wait_seconds
        self.recover_after_seconds = recover_after_seconds
        self._under_way: dict[tuple[str, int], asyncio.Task[Any]] = {}

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
        answer: Settled | PaymentNotFound | EventNotFound | Busy
        try:
            provider_reference = await self.gateways[payment.gateway].charge(payment)
        except Declined as declined:
            answer = await self._insist(FailPayment(booking.id, payment.id, declined.reason))
        else:
            refund_id = RefundId(payment.id.event_id, self.new_number())
            answer = await self._insist(
                CompletePayment(booking.id, payment.id, refund_id, provider_reference, booking.seats, booking.user_id)
            )
        match answer:
            case PaymentTooLate(booking, payment, refund):
                return PaymentTooLate(booking, payment, await self.refund(refund, payment))
            case BookingConfirmed() | PaymentDeclined() | PaymentBegun():
                return answer
            case PaymentNotFound() | EventNotFound() | Busy():
                raise Outage("The payment's outcome could not be written down yet.", outcome_unknown=True)

    async def refund(self, refund: Refund, payment: Payment) -> Refund:
        """Have the gateway give the money back, and write that down. Raises Outage where either does not answer."""
        provider_reference = await self.gateways[payment.gateway].refund(refund, payment)
        answer = await self._insist(CompleteRefund(refund.booking_id, refund.id, provider_reference))
        return answer.refund if isinstance(answer, RefundCompleted) else refund

    async def _insist(self, command: Asks[A]) -> A:
        """Submit a command that must not be lost; a busy box office is asked again, a little later each time."""
        for attempt in range(SUBMIT_TRIES):
            answer = await self.box_office.submit(command)
            if not isinstance(answer, Busy):
                return answer
            await asyncio.sleep(0.1 * 2**attempt)
        return await self.box_office.submit(command)

    async def _waited(self, name: tuple[str, int], work: Coroutine[Any, Any, A], otherwise: A) -> A:
        """The outcome of some work, once it is done or, where that takes too long or something is out, what it stands at now."""
        task = self._start(name, work)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self.wait_seconds)
        except (TimeoutError, Outage):
            return otherwise

    def _start(self, name: tuple[str, int], work: Coroutine[Any, Any, A]) -> "asyncio.Task[A]":
        """Begin some work, or join it where it is under way already."""
        if task := self._under_way.get(name):
            work.close()
            return task
        task = self._under_way[name] = asyncio.create_task(work, name=f"{name[0]} {name[1]}")
        task.add_done_callback(lambda done: self._ended(name, done))
        return task

    def _ended(self, name: tuple[str, int], task: "asyncio.Task[Any]") -> None:
        del self._under_way[name]
        if not task.cancelled() and (error := task.exception()):
            level = logging.WARNING if isinstance(error, Outage) else logging.ERROR
            LOG.log(level, "%s %x was left for recovery: %s", *name, error, exc_info=None if isinstance(error, Outage) else error)

    async def recover(self, most: int = 100) -> int:
        """Drive what an earlier process, or an outage, left behind; answers how many payments and refunds were taken up."""
        payments = await self.money.open_payments(self.recover_after_seconds, most)
        refunds = await self.money.open_refunds(self.recover_after_seconds, most)
        tasks: list[asyncio.Task[Any]] = [self._start(("payment", p.id.number), self.settle(p, booking)) for p, booking in payments]
        tasks += [self._start(("refund", r.id.number), self.refund(r, payment)) for r, payment in refunds]
        if tasks:
            await asyncio.wait(tasks, timeout=self.wait_seconds)
        return len(tasks)

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
