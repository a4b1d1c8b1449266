"""A provider that remembers every charge by its payment's id, as real ones do; slow, deaf or refusing where a test asks for it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from db.identifiers import new_number
from domain.bookings import Payment, Refund
from domain.ids import PaymentId, RefundId
from domain.ports import BoxOffice, Declined, Gateway, Outage
from payments.settlement import Settlement
from tests.db.events import House


@dataclass
class Provider:
    """Implements the Gateway port over a ledger in memory, which outlives any process of ours."""

    name: str = "sandbox"
    charged: dict[PaymentId, int] = field(default_factory=dict)
    """What was taken, in minor units, by payment."""
    given_back: dict[RefundId, tuple[PaymentId, int]] = field(default_factory=dict)
    calls: int = 0
    is_out: bool = False
    declines: str | None = None
    listens: asyncio.Event = field(default_factory=asyncio.Event)
    """While clear, a request waits before anything happens."""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """While clear, what happened is not told."""

    def __post_init__(self) -> None:
        self.listens.set()
        self.answers.set()

    async def charge(self, payment: Payment) -> str:
        await self._hear()
        if payment.id not in self.charged and self.declines:
            raise Declined(self.declines)
        self.charged.setdefault(payment.id, payment.amount.minor)
        await self.answers.wait()
        return f"ch_{payment.id.number}"

    async def refund(self, refund: Refund, payment: Payment) -> str:
        await self._hear()
        assert payment.id in self.charged, "only what was taken goes back"
        self.given_back.setdefault(refund.id, (payment.id, refund.amount.minor))
        await self.answers.wait()
        return f"re_{refund.id.number}"

    async def _hear(self) -> None:
        self.calls += 1
        await self.listens.wait()
        if self.is_out:
            raise Outage("The provider is out.")

    def kept(self, payment_id: PaymentId) -> int:
        """What was taken and not given back."""
        return self.charged.get(payment_id, 0) - sum(minor for paid, minor in self.given_back.values() if paid == payment_id)


@asynccontextmanager
async def settling(
    house: House,
    gateway: Gateway,
    *,
    wait_seconds: float = 5.0,
    office: BoxOffice | None = None,
    gateways: Mapping[str, Gateway] | None = None,
    backoff_seconds: float = 0.0,
) -> AsyncIterator[Settlement]:
    """A process's settlement, which ends with whatever is under way left as it is: as a crash would."""
    settlement = Settlement(
        office or house.office,
        gateways or {"sandbox": gateway},
        house.bookings,
        new_number,
        wait_seconds=wait_seconds,
        recover_after_seconds=0.0,
        backoff_seconds=backoff_seconds,
    )
    try:
        yield settlement
    finally:
        await settlement.close(within_seconds=0.0)
