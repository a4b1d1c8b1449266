"""The sandbox gateway: charges nobody, and answers as the test token says. The words are Stripe's, so that a client's tests carry over.

It keeps nothing: what it answers follows from the token and the payment's id alone, as if the provider remembered every charge.
"""

import asyncio

from domain.bookings import Payment, Refund
from domain.ports import Declined

ALWAYS_DECLINED = {
    "pm_card_chargeDeclined": "card_declined",
    "pm_card_visa_chargeDeclined": "card_declined",
    "4000000000000002": "card_declined",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "4000000000009995": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "4000000000000069": "expired_card",
}
"""Tokens and card numbers that decline, and how. Source: docs.stripe.com/testing."""
CHARGED = frozenset(
    ("pm_card_visa", "pm_card_mastercard", "pm_card_amex", "tok_visa", "tok_mastercard", "4242424242424242", "5555555555554444")
)
SLOW = {"pm_sandbox_slow": 3.0}
"""A token of our own: charged, after so many seconds."""


class SandboxGateway:
    """Answers charges by their test token."""

    name = "sandbox"

    async def charge(self, payment: Payment) -> str:
        """A made-up reference for a token that charges; raises Declined for one that does not, and for any it does not know."""
        method = payment.method.replace(" ", "")
        if seconds := SLOW.get(method):
            await asyncio.sleep(seconds)
        elif method not in CHARGED:
            raise Declined(ALWAYS_DECLINED.get(method, "invalid_payment_method"))
        return f"ch_sandbox_{payment.id.number:016x}"

    async def refund(self, refund: Refund, payment: Payment) -> str:
        """A made-up reference: the sandbox always gives back."""
        return f"re_sandbox_{refund.id.number:016x}"
