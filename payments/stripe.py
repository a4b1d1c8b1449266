"""The Stripe gateway: charges through PaymentIntents, with the official library.

Money moves once, whatever is repeated. Within CHARGES_WITHIN of its beginning a payment is charged under an idempotency key, its own id,
which Stripe remembers for a day at least. After that nothing is charged any more: what Stripe has of it is looked up by our id in the
metadata, and where there is nothing even after FOUND_WITHIN, the payment has failed. A refund is owed however long it takes: once its key
may be forgotten, the refunds that its PaymentIntent has are listed before another is made.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import stripe

from domain.bookings import Payment, Refund
from domain.ports import Declined, Outage, Undecided
from payments.amounts import NotChargeable, stripe_amount

LOG = logging.getLogger("boxoffice.stripe")
CHARGES_WITHIN = timedelta(hours=1)
FOUND_WITHIN = timedelta(hours=3)
"""By then Stripe's search knows every PaymentIntent of the first hour: it is behind by a minute, in outages by an hour."""
KEYS_KEPT = timedelta(hours=20)
PAYMENT_METHOD = re.compile(r"(pm|card|src|ba)_\w{1,100}", re.ASCII)
NOT_FOUND = "payment_not_found"
"""Why a payment failed of which Stripe knows nothing."""
ABANDONED = "abandoned"
"""What we say when we cancel a PaymentIntent, which we do where its card wants its owner to authenticate."""
NOT_NOW = frozenset(("balance_insufficient", "insufficient_funds", "lock_timeout", "rate_limit", "charge_not_settled"))
"""Refusals of a refund that will not last."""
ALREADY_REFUNDED = "charge_already_refunded"


def utc_now() -> datetime:
    return datetime.now(UTC)


class HttpxClient(stripe.HTTPClient):
    """Sends the library's requests with httpx. The library's own does so too, in a way that httpx has deprecated."""

    name = "httpx"

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(timeout=timeout_seconds)

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request and its whole response; raises APIConnectionError where there is none."""
        try:
            response = await self._client.request(method, url, headers=dict(headers), content=post_data)
        except httpx.HTTPError as error:
            raise stripe.APIConnectionError(f"{type(error).__name__}: {error}", should_retry=True) from error  # type: ignore[no-untyped-call]
        return response.content, response.status_code, response.headers

    def sleep_async(self, secs: float) -> Awaitable[None]:
        """What the library waits with between tries."""
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Close all connections."""
        await self._client.aclose()


class StripeGateway:
    """Charges payment methods of Stripe, `pm_…`, and gives back. References are ids of PaymentIntents and Refunds."""

    name = "stripe"

    def __init__(
        self,
        api_key: str,
        api_base: str | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        timeout_seconds: float = 20.0,
        retries: int = 1,
    ) -> None:
        self.clock = clock
        self._http = HttpxClient(timeout_seconds)
        self._stripe = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=self._http,
            max_network_retries=retries,
        ).v1

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close_async()

    async def charge(self, payment: Payment) -> str:
        """Charge a payment, or learn what became of it: the PaymentIntent's id. Raises Declined, Outage, or Undecided."""
        age = self.clock() - payment.created_at
        with told():
            if age < CHARGES_WITHIN:
                return await self._outcome(await self._create(payment))
            intent = await self._find(payment)
            if intent is not None:
                return await self._outcome(intent)
        if age < FOUND_WITHIN:
            raise Undecided("Stripe's search may not know of the payment yet.")
        raise Declined(NOT_FOUND)

    async def _create(self, payment: Payment) -> dict[str, Any]:
        """The PaymentIntent of a payment, made and confirmed; the same one where there is one."""
        if not payment.method or not PAYMENT_METHOD.fullmatch(payment.method):
            raise Declined("invalid_payment_method")
        try:
            amount = stripe_amount(payment.amount)
        except NotChargeable as odd:
            raise Declined("amount_not_chargeable") from odd
        try:
            intent = await self._stripe.payment_intents.create_async(
                {
                    "amount": amount,
                    "currency": payment.amount.currency.lower(),
                    "payment_method": payment.method,
                    "confirm": True,
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "description": f"Booking {payment.booking_id.code}",
                    "metadata": {"booking": str(payment.booking_id), "payment": str(payment.id)},
                },
                {"idempotency_key": str(payment.id)},
            )
        except stripe.InvalidRequestError as refused:
            LOG.warning("Stripe does not take a charge: %s", refused)
            raise Declined(refused.code or "invalid_request") from refused
        except stripe.IdempotencyError as used:  # an earlier release of ours asked with other parameters
            found = await self._find(payment)
            if found is None:
                raise Undecided("Stripe knows the payment's key, and its search not yet the payment.") from used
            return found
        return intent.to_dict()

    async def _find(self, payment: Payment) -> dict[str, Any] | None:
        """The PaymentIntent that was made for a payment, as the search knows it: one that succeeded where there are several."""
        found = await self._stripe.payment_intents.search_async({"query": f"metadata['payment']:'{payment.id}'", "limit": 10})
        intents = sorted((intent.to_dict() for intent in found.data), key=lambda intent: intent["status"] != "succeeded")
        return intents[0] if intents else None

    async def _outcome(self, intent: dict[str, Any]) -> str:
        """What became of a PaymentIntent. What a repeat is answered is as old as the first try: unless all is well, it is read again."""
        if intent["status"] != "succeeded":
            intent = (await self._stripe.payment_intents.retrieve_async(intent["id"])).to_dict()
        if intent["status"] in ("requires_action", "requires_confirmation"):
            intent = await self._abandon(intent)
        match intent["status"]:
            case "succeeded":
                return str(intent["id"])
            case "processing" | "requires_action" | "requires_confirmation" | "requires_capture":
                raise Undecided(f"Stripe has not done with {intent['id']}: {intent['status']}.")
            case _:
                raise Declined(failure_of(intent))

    async def _abandon(self, intent: dict[str, Any]) -> dict[str, Any]:
        """Cancel a PaymentIntent that waits for the card's owner, whom no page of ours could ask; as it is then."""
        try:
            return (await self._stripe.payment_intents.cancel_async(intent["id"], {"cancellation_reason": ABANDONED})).to_dict()
        except stripe.InvalidRequestError:  # it has moved on meanwhile
            return (await self._stripe.payment_intents.retrieve_async(intent["id"])).to_dict()

    async def refund(self, refund: Refund, payment: Payment) -> str:
        """Give back, or learn what became of it: the Refund's id. Raises Declined where Stripe refuses for good, Outage, or Undecided."""
        assert payment.provider_reference is not None, "only what was charged goes back"
        with told():
            made = await self._made(refund, payment.provider_reference)
            if made["status"] != "succeeded":
                made = (await self._stripe.refunds.retrieve_async(made["id"])).to_dict()
        match made["status"]:
            case "succeeded":
                return str(made["id"])
            case "failed" | "canceled":
                raise Declined(made.get("failure_reason") or made["status"])
            case _:
                raise Undecided(f"Stripe has not done with {made['id']}: {made['status']}.")

    async def _made(self, refund: Refund, intent_id: str) -> dict[str, Any]:
        """The Refund for a refund: the one that is known of, one that can be found, or else a new one."""
        if refund.provider_reference is not None:
            return {"id": refund.provider_reference, "status": "unknown"}
        is_old = self.clock() - refund.created_at >= KEYS_KEPT
        found = await self._find_refund(refund, intent_id) if is_old else None
        return found or await self._create_refund(refund, intent_id)

    async def _create_refund(self, refund: Refund, intent_id: str) -> dict[str, Any]:
        """The Refund that gives a refund back; the same one where there is one."""
        try:
            made = await self._stripe.refunds.create_async(
                {
                    "payment_intent": intent_id,
                    "amount": stripe_amount(refund.amount),
                    "metadata": {"booking": str(refund.booking_id), "payment": str(refund.payment_id), "refund": str(refund.id)},
                },
                {"idempotency_key": str(refund.id)},
            )
        except NotChargeable as odd:
            raise Declined("amount_not_refundable") from odd
        except stripe.InvalidRequestError as refused:
            if refused.code == ALREADY_REFUNDED and (by_hand := await self._find_refund(refund, intent_id, by_hand=True)):
                return by_hand
            if refused.http_status == 404 or refused.code in NOT_NOW:
                raise
            raise Declined(refused.code or "invalid_request") from refused
        return made.to_dict()

    async def _find_refund(self, refund: Refund, intent_id: str, *, by_hand: bool = False) -> dict[str, Any] | None:
        """The Refund that was made for a refund; where `by_hand`, else the last that somebody made in Stripe's own pages."""
        listed = await self._stripe.refunds.list_async({"payment_intent": intent_id, "limit": 100})
        found = [made.to_dict() for made in listed.data]
        ours = [made for made in found if (made.get("metadata") or {}).get("refund") == str(refund.id)]
        others = [made for made in found if by_hand and "refund" not in (made.get("metadata") or {})]
        return next(iter((*ours, *others)), None)


def failure_of(intent: Mapping[str, Any]) -> str:
    """Why a PaymentIntent did not succeed, in Stripe's word."""
    error = intent.get("last_payment_error") or {}
    if intent["status"] == "canceled":
        return "authentication_required" if intent.get("cancellation_reason") == ABANDONED else "canceled"
    return str(error.get("decline_code") or error.get("code") or "card_declined")


@contextmanager
def told() -> Iterator[None]:
    """Turns what the library raises into what gateways raise. Whatever is not a plain refusal may have been done, and is asked again.

    So is a question that Stripe does not take, about what has been done: it says nothing of the money.
    """
    try:
        yield
    except stripe.CardError as error:
        raise Declined(str((error.error and error.error.decline_code) or error.code or "card_declined")) from error
    except stripe.StripeError as error:
        if error.http_status == 409:
            raise Undecided("Stripe is still at work on the same request.", outcome_unknown=True) from error
        raise Outage(
            f"Stripe did not answer: {type(error).__name__} {error.http_status or ''}".rstrip() + ".", outcome_unknown=True
        ) from error
