"""The sandbox gateway: charges nobody, and answers as the test token says. The words are Stripe's, so that a client's tests carry over.

It keeps nothing: what it answers follows from the token and the payment's id and age alone, as if the provider remembered every charge.

| token | what becomes of the payment |
|---|---|
| `pm_card_visa` and others of CHARGED | charged at once |
| `pm_card_chargeDeclined` and others of ALWAYS_DECLINED | declined at once, with the word beside it; so is every token unknown here |
| `pm_card_refundFail` | charged at once; its refund is refused for good |
| `pm_sandbox_slow` | charged after three seconds |
| `pm_sandbox_unreachable` | cannot be reached at first; charged when recovery asks again |
| `pm_sandbox_late` | charged, but told only after the hold has ended |
| `pm_sandbox_silent` | never answered; recovery learns after a while that there was no such charge: declined |
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from domain.bookings import Payment, Refund
from domain.ports import Declined, Outage, Undecided

ALWAYS_DECLINED = {
    "pm_card_chargeDeclined": "card_declined",
    "pm_card_visa_chargeDeclined": "card_declined",
    "4000000000000002": "card_declined",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "4000000000009995": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "4000000000000069": "expired_card",
    "pm_card_authenticationRequired": "authentication_required",
    "4000002760003184": "authentication_required",
}
"""Tokens and card numbers that decline, and how. Source: docs.stripe.com/testing."""
REFUND_FAILS = "pm_card_refundFail"
CHARGED = frozenset(
    (
        *("pm_card_visa", "pm_card_mastercard", "pm_card_amex", "tok_visa", "tok_mastercard", "4242424242424242", "5555555555554444"),
        REFUND_FAILS,
    )
)
SLOW = {"pm_sandbox_slow": 3.0}
"""A token of our own: charged, after so many seconds."""
UNREACHABLE, LATE, SILENT = "pm_sandbox_unreachable", "pm_sandbox_late", "pm_sandbox_silent"
"""Tokens of our own, for what goes wrong on the way."""
UNREACHABLE_FOR = timedelta(seconds=20)
SILENT_FOR = timedelta(minutes=30)
NOT_FOUND = "payment_not_found"
"""Why a payment failed of which the provider knows nothing."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class SandboxGateway:
    """Answers charges by their test token. `late` is how long after its beginning a late charge is told: longer than a hold can last."""

    name = "sandbox"

    def __init__(self, late: timedelta = timedelta(minutes=10, seconds=10), clock: Callable[[], datetime] = utc_now) -> None:
        self.late = late
        self.clock = clock

    async def charge(self, payment: Payment) -> str:
        """A made-up reference for a token that charges; raises Declined for one that does not, and for any it does not know."""
        method = (payment.method or "").replace(" ", "")
        age = self.clock() - payment.created_at
        if seconds := SLOW.get(method):
            await asyncio.sleep(seconds)
        elif method == UNREACHABLE:
            if age < UNREACHABLE_FOR:
                raise Outage("The sandbox cannot be reached, as the token asks.")
        elif method == LATE:
            await self._nothing_before(self.late, age)
        elif method == SILENT:
            await self._nothing_before(SILENT_FOR, age)
            raise Declined(NOT_FOUND)
        elif method not in CHARGED:
            raise Declined(ALWAYS_DECLINED.get(method, "invalid_payment_method"))
        return f"ch_sandbox_{payment.id.number:016x}"

    async def refund(self, refund: Refund, payment: Payment) -> str:
        """A made-up reference: the sandbox gives back, but where the token says otherwise."""
        if payment.method == REFUND_FAILS:
            raise Declined("expired_or_canceled_card")
        return f"re_sandbox_{refund.id.number:016x}"

    async def _nothing_before(self, told_at: timedelta, age: timedelta) -> None:
        """Let whoever asks first wait in vain; whoever asks again is told at once that there is no answer yet."""
        if age < UNREACHABLE_FOR:
            await asyncio.sleep((UNREACHABLE_FOR - age).total_seconds())
        if age < told_at:
            raise Undecided("The sandbox has no answer yet, as the token asks.")
