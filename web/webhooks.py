"""Webhooks: what a payment provider posts by itself. It proves who it is by a signature, so there is no token and no origin to check."""

import math
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.ports import Outage
from web.faults import BadRequest
from web.requests import read_body

BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
TakeIn = Callable[[bytes, str | None], Awaitable[bool]]
"""Acts on a body and its signature; False where it is not genuine. Raises Outage where it should be sent again later."""


def stripe_webhook(take_in: TakeIn, path: str = "/webhooks/stripe") -> Route:
    """Where Stripe posts: 200 for what was taken in, or is none of our business; 400 for what is not Stripe's; 503 in an outage."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await read_body(request.receive, request.headers, BODY_BYTES, BODY_SECONDS)
            is_genuine = await take_in(body, request.headers.get("stripe-signature"))
        except BadRequest as bad:
            return PlainTextResponse(str(bad), bad.status, dict(bad.headers))
        except Outage as outage:
            wait = {"retry-after": str(math.ceil(outage.retry_after_ms / 1000))}
            return PlainTextResponse("Something we depend on does not answer: send it again.", 503, wait)
        if is_genuine:
            return PlainTextResponse("Taken in.")
        return PlainTextResponse("The signature is missing, wrong or too old.", 400)

    return Route(path, endpoint, methods=["POST"])
