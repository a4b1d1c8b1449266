"""Ports: what the rules' world asks of the shell around it. The shell's folders implement them; `server.py` plugs them together."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from domain.answers import BookingConfirmed, PaymentBegun, PaymentDeclined, PaymentTooLate
from domain.asks import Asks
from domain.bookings import Payment, Refund
from domain.changes import BoardState, ChangeSet
from domain.commands import BeginPayment, BeginPaymentRefused
from domain.ids import EventId
from domain.places import SeatingPlan

A = TypeVar("A")


class Outage(Exception):
    """Something we depend on did not answer in time. The caller may try again after `retry_after_ms`.

    With an idempotency key a repeat is safe even where `outcome_unknown`: the request may have been carried out.
    """

    def __init__(self, what: str, retry_after_ms: int = 1000, *, outcome_unknown: bool = False) -> None:
        super().__init__(what)
        self.retry_after_ms = retry_after_ms
        self.outcome_unknown = outcome_unknown


class BoxOffice(Protocol):
    """The one writer."""

    async def submit(self, command: Asks[A]) -> A:
        """Carry out a command and answer once it is durable; raises Outage where the database could not be had in time."""
        ...


class Publisher(Protocol):
    """Where change sets go once they are committed."""

    def publish(self, change_set: ChangeSet) -> None:
        """Tell every viewer, here and in other processes. Returns at once; what is lost is repaired by whoever watches."""
        ...


class BoardSource(Protocol):
    """Where boards read what is true. Each raises Outage where the database could not be had."""

    async def snapshot(self, event_id: EventId) -> BoardState | None:
        """All of an event's seats that are not available, and its counts, at one version; None where there is no such event."""
        ...

    async def changes_since(self, event_id: EventId, version: int) -> BoardState | None:
        """The seats that changed after a version, as they are now, and the counts, at the present version."""
        ...

    async def versions(self, event_ids: Sequence[EventId]) -> dict[EventId, int]:
        """The present versions of some events, in one query; events that do not exist are left out."""
        ...

    async def plan(self, event_id: EventId) -> SeatingPlan | None:
        """An event's seats and their tiers; None where its places are not numbered."""
        ...


class Undecided(Outage):
    """The gateway has heard of the payment or refund and does not know yet what becomes of it: it tells later, or is asked again."""


class Declined(Exception):
    """The gateway refuses for good to charge, or to give back; `reason` is its own word, such as `card_declined`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Gateway(Protocol):
    """Who charges. Both calls are idempotent under the id of the payment or refund: asked twice, money moves once."""

    name: str

    async def charge(self, payment: Payment) -> str:
        """Charge a payment's amount and answer the provider's reference; raises Declined, Outage where it did not answer, or Undecided."""
        ...

    async def refund(self, refund: Refund, payment: Payment) -> str:
        """Give a refund's amount of a payment back and answer the provider's reference; raises as `charge` does.

        A refund that has a reference is not made again: the provider is asked how it stands.
        """
        ...


Settled = BookingConfirmed | PaymentDeclined | PaymentTooLate | PaymentBegun


class Settlement(Protocol):
    """Drives payments and refunds to their end."""

    async def pay(self, begin: BeginPayment) -> Settled | BeginPaymentRefused:
        """Begin a payment and drive it; PaymentBegun where the gateway takes long, and the payment goes on by itself."""
        ...

    async def give_back(self, refund: Refund, payment: Payment) -> Refund:
        """Give a refund's money back; answers it as it stands when done, or when that takes long."""
        ...
