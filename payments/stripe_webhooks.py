"""Stripe's news: what it tells of payments and refunds by itself, checked to be Stripe's and handed to settlement."""

import logging
from typing import Any

import stripe

from domain.bookings import Payment
from domain.ids import MalformedId, PaymentId, RefundId
from payments.amounts import NotChargeable, stripe_amount
from payments.settlement import Settlement
from payments.stripe import StripeGateway, failure_of

LOG = logging.getLogger("boxoffice.stripe")
TOLERANCE_SECONDS = 300


class StripeWebhooks:
    """Takes in what Stripe posts. News may come late, twice and in any order: each is only a reason to look."""

    def __init__(self, secret: str, settlement: Settlement) -> None:
        self.secret = secret
        self.settlement = settlement

    async def take_in(self, body: bytes, signature: str | None) -> bool:
        """Act on a post; False where it is not Stripe's or too old. Raises Outage where it should be sent again."""
        try:
            event = stripe.Webhook.construct_event(body, signature, self.secret, TOLERANCE_SECONDS).to_dict()
        except (ValueError, stripe.SignatureVerificationError) as error:
            LOG.warning("a webhook was refused: %s", type(error).__name__)
            return False
        subject: dict[str, Any] = event["data"]["object"]
        payment = await self._payment(subject)
        if payment is None:
            return True
        match event["type"]:
            case "payment_intent.succeeded" if self._is_paid(payment, subject):
                await self.settlement.hear_charged(payment.id, str(subject["id"]))
            case "payment_intent.payment_failed" | "payment_intent.canceled":
                await self.settlement.hear_declined(payment.id, failure_of(subject))
            case "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated":
                if (refund_id := refund_of(subject)) is not None:
                    await self.settlement.hear_refunds(payment.id, {refund_id: str(subject["id"])})
            case "charge.refunded":
                await self.settlement.hear_refunds(payment.id)
            case _:
                pass
        return True

    async def _payment(self, subject: dict[str, Any]) -> Payment | None:
        """The payment that something is about; None where that is none of ours."""
        try:
            payment_id = PaymentId.parse(str((subject.get("metadata") or {}).get("payment")))
        except MalformedId:
            return None
        payment = await self.settlement.ledger.payment(payment_id)
        return payment if payment is not None and payment.gateway == StripeGateway.name else None

    def _is_paid(self, payment: Payment, intent: dict[str, Any]) -> bool:
        """Whether a PaymentIntent is for the whole amount: one made by hand could claim to be for any payment."""
        try:
            wanted = stripe_amount(payment.amount), payment.amount.currency.lower()
        except NotChargeable:
            wanted = 0, ""
        told = intent.get("amount_received"), intent.get("currency")
        if told != wanted:
            LOG.error("%s says that it pays for %s, with another amount", intent["id"], payment.id)
        return told == wanted


def refund_of(refund: dict[str, Any]) -> RefundId | None:
    """Which refund of ours a Refund is for; None where it was made by hand."""
    try:
        return RefundId.parse(str((refund.get("metadata") or {}).get("refund")))
    except MalformedId:
        return None
