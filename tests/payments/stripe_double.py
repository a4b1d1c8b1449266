"""Stripe's double: a server of our own that speaks as much of Stripe's API as is used, over real HTTP, and records all money that moved."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.web.toy import serving

DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", None),
}
API_KEY = "sk_test_of_nobody"
_numbers = count(1)


@dataclass
class StripeDouble:
    """What the double knows, and how it fails when a test asks for it."""

    address: str = ""
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    charged: Counter[str] = field(default_factory=Counter)
    """What was taken, by payment of ours."""
    given_back: Counter[str] = field(default_factory=Counter)
    """What went back, by refund of ours."""
    requests: list[str] = field(default_factory=list)
    remembered: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """The first answer under each idempotency key; a test empties it to let the keys grow old."""
    fails_before: list[int] = field(default_factory=list)
    """Statuses that the next requests are answered with, before anything is done."""
    fails_after: list[str] = field(default_factory=list)
    """How the next requests go wrong once all is done: `drop` the connection, or `500`."""
    slow_seconds: float = 0.0
    refund_status: str = "succeeded"
    refund_error: str | None = None
    finds: bool = True
    """Whether the search has caught up."""
    searches: bool = True
    """Whether there is a search, which not every country has."""

    def forget(self) -> None:
        """Begin anew, at the same address."""
        fresh = StripeDouble(self.address)
        for each in fields(StripeDouble):
            setattr(self, each.name, getattr(fresh, each.name))

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/payment_intents/search", self.search),
                Route("/v1/payment_intents/{id}/cancel", self.cancel, methods=["POST"]),
                Route("/v1/payment_intents/{id}", self.show),
                Route("/v1/payment_intents", self.charge, methods=["POST"]),
                Route("/v1/refunds/{id}", self.show_refund),
                Route("/v1/refunds", self.refund, methods=["POST"]),
                Route("/v1/refunds", self.list_refunds),
            ]
        )

    async def charge(self, request: Request) -> Response:
        return await self._once(request, self._charge)

    async def refund(self, request: Request) -> Response:
        return await self._once(request, self._refund)

    async def cancel(self, request: Request) -> Response:
        intent = self.intents[request.path_params["id"]]
        self.requests.append("cancel")
        form = await form_of(request)
        if intent["status"] == "succeeded":
            return error(400, "invalid_request_error", "payment_intent_unexpected_state")
        intent |= {"status": "canceled", "cancellation_reason": form["cancellation_reason"]}
        return JSONResponse(intent)

    async def show(self, request: Request) -> Response:
        self.requests.append("show")
        return JSONResponse(self.intents[request.path_params["id"]])

    async def show_refund(self, request: Request) -> Response:
        self.requests.append("show refund")
        return JSONResponse(self.refunds[request.path_params["id"]])

    async def search(self, request: Request) -> Response:
        self.requests.append("search")
        if not self.searches:
            return error(400, "invalid_request_error", "search_not_available")
        found = [intent for intent in self.intents.values() if intent["metadata"]["payment"] in request.query_params["query"]]
        return JSONResponse(
            {"object": "search_result", "url": "/v1/payment_intents/search", "has_more": False, "data": found if self.finds else []}
        )

    async def list_refunds(self, request: Request) -> Response:
        self.requests.append("list refunds")
        found = [refund for refund in self.refunds.values() if refund["payment_intent"] == request.query_params["payment_intent"]]
        return JSONResponse({"object": "list", "url": "/v1/refunds", "has_more": False, "data": found})

    async def _once(self, request: Request, do: Any) -> Response:
        """Do something once for its idempotency key, or fail as a test asks."""
        self.requests.append(do.__name__.removeprefix("_"))
        if request.headers["authorization"] != f"Bearer {API_KEY}":
            return error(401, "invalid_request_error", None)
        form = await form_of(request)
        if self.fails_before:
            status = self.fails_before.pop(0)
            return error(status, "api_error", "rate_limit" if status == 429 else None)
        key = request.headers["idempotency-key"]
        if key not in self.remembered:
            self.remembered[key] = do(form)
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        mishap = self.fails_after.pop(0) if self.fails_after else None
        if mishap == "drop":
            request.state.connection.hang_up()
        elif mishap == "500":
            return error(500, "api_error", None)
        status, told = self.remembered[key]
        return JSONResponse(told, status)

    def _charge(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        method, payment = form["payment_method"], form["metadata[payment]"]
        intent = {
            "id": f"pi_{next(_numbers)}",
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "metadata": {"booking": form["metadata[booking]"], "payment": payment},
            "status": "succeeded",
            "cancellation_reason": None,
            "last_payment_error": None,
            "created": int(time.time()),
        }
        self.intents[str(intent["id"])] = intent
        if method in DECLINES:
            code, decline_code = DECLINES[method]
            told = {"type": "card_error", "code": code, "decline_code": decline_code, "message": "No."}
            intent |= {"status": "requires_payment_method", "last_payment_error": told}
            return 402, {"error": {**told, "payment_intent": dict(intent)}}
        if method == "pm_card_authenticationRequired":
            intent["status"] = "requires_action"
        elif method == "pm_card_processing":
            intent["status"] = "processing"
        elif method != "pm_card_visa":
            del self.intents[str(intent["id"])]
            told = {"type": "invalid_request_error", "code": "resource_missing", "param": "payment_method", "message": "No such one."}
            return 400, {"error": told}
        else:
            self.take(intent)
        return 200, dict(intent)

    def take(self, intent: dict[str, Any]) -> None:
        """Move the money of a PaymentIntent."""
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        self.charged[intent["metadata"]["payment"]] += intent["amount"]

    def _refund(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.refund_error:
            return 400, {"error": {"type": "invalid_request_error", "code": self.refund_error, "message": "No."}}
        intent = self.intents[form["payment_intent"]]
        amount = int(form["amount"])
        if amount > intent["amount_received"] - sum(r["amount"] for r in self.refunds.values() if r["payment_intent"] == intent["id"]):
            return 400, {"error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "No."}}
        refund = {
            "id": f"re_{next(_numbers)}",
            "object": "refund",
            "amount": amount,
            "payment_intent": intent["id"],
            "metadata": {name: form[f"metadata[{name}]"] for name in ("booking", "payment", "refund")},
            "status": self.refund_status,
            "failure_reason": None,
        }
        self.refunds[refund["id"]] = refund
        self.given_back[form["metadata[refund]"]] += amount
        return 200, dict(refund)


async def form_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


def error(status: int, kind: str, code: str | None) -> Response:
    return JSONResponse({"error": {"type": kind, "code": code, "message": "No."}}, status)


@contextmanager
def a_stripe() -> Iterator[StripeDouble]:
    """A running double, as long as the `with` lasts."""
    double = StripeDouble()
    with serving(double.app()) as address:
        double.address = f"http://{address}"
        yield double
