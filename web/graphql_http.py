"""GraphQL over HTTP: POST with a JSON body, GET for queries, and the same with an event stream as the answer.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2s

from starlette.types import Receive, Scope, Send
from strawberry.types.graphql import OperationType

from engine.operations import Operation
from engine.refusals import Refused
from web.edge import Call, Edge
from web.faults import STATUSES, Answer, BadRequest, status_of
from web.graphql_sse import EventStream, refuse
from web.headers import Connection, Stuck
from web.pages import Document
from web.requests import (
    RequestFacts,
    headers_of,
    idempotency_key_of,
    operation_from,
    operation_from_params,
    parse_json,
    preferred,
    read_body,
    token_of,
)

GRAPHQL_JSON = "application/graphql-response+json"
LEGACY_JSON = "application/json"
EVENTS = "text/event-stream"
PAGE = "text/html"
OFFERS = (GRAPHQL_JSON, LEGACY_JSON, EVENTS)
WITH_PAGE = (*OFFERS, PAGE)
ALLOWED = "GET, HEAD, POST, OPTIONS"
USUAL = {
    media: [(b"content-type", f"{media}; charset=utf-8".encode()), (b"cache-control", b"no-store"), (b"vary", b"accept")]
    for media in (GRAPHQL_JSON, LEGACY_JSON)
}
"""The headers of an ordinary response."""
SHORT_BYTES, READ_MOST = 4096, 512


class GraphQLOverHTTP:
    """The ASGI endpoint of `/graphql` for HTTP. Every answer but the page is a GraphQL response, whatever went wrong."""

    def __init__(self, edge: Edge, page: Document | None) -> None:
        self._edge = edge
        self._page = page
        self._read: dict[bytes, Operation] = {}
        """What short bodies say that came of late: most clients send the same few again and again."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        request_id: str = scope["state"]["request_id"]
        try:
            await self._answer(scope, headers, request_id, receive, send)
        except Stuck:
            raise
        except Exception as exception:
            answer = self._edge.faults.refuse(exception, request_id)
            media = preferred(_accept(headers), (GRAPHQL_JSON, LEGACY_JSON), LEGACY_JSON) or LEGACY_JSON
            status = exception.status if isinstance(exception, BadRequest) else STATUSES.get(answer.code or "", 400)
            more = dict(exception.headers) if isinstance(exception, BadRequest) else {}
            if isinstance(exception, Refused) and media == LEGACY_JSON:
                status = 200  # a well-formed request: what is wrong with its document is told in the body alone
            if status == 401:
                more["www-authenticate"] = "Bearer"
            await respond(send, status, media, answer, more)

    async def _answer(self, scope: Scope, headers: dict[str, str], request_id: str, receive: Receive, send: Send) -> None:
        method = scope["method"]
        by_get = method in ("GET", "HEAD")
        if method == "OPTIONS":
            await _send(send, 204, {"allow": ALLOWED}, b"")
            return
        if not by_get and method != "POST":
            raise BadRequest("Use POST, or GET for a query.", 405, {"allow": ALLOWED})
        offers = WITH_PAGE if by_get and self._page else OFFERS
        media = preferred(_accept(headers), offers, LEGACY_JSON)
        if media is None:
            raise BadRequest(f"This can answer with {', '.join(offers)}.", 406)
        if media == PAGE and self._page:
            await _send(send, 200, self._page.headers, self._page.body)
            return
        connection: Connection = scope["state"]["connection"]
        operation = operation_from_params(scope["query_string"]) if by_get else await self._posted(connection, headers, receive)
        caller = self._edge.authenticate(token_of(headers.get("authorization")))
        client = scope["client"]
        facts = RequestFacts(
            request_id=request_id,
            connection="sse" if media == EVENTS else "http",
            caller=caller,
            idempotency_key=idempotency_key_of(headers),
            client=client[0] if client else None,
            headers=headers,
        )
        try:
            call = await self._edge.call(operation, facts, may_mutate=not by_get)
        except Exception as exception:
            if media != EVENTS or isinstance(exception, BadRequest):
                raise
            await refuse(send, self._edge.faults.refuse(exception, request_id))
            return
        if media == EVENTS:
            await EventStream(self._edge, call).serve(receive, send)
        elif call.kind is OperationType.SUBSCRIPTION:
            raise BadRequest("Subscriptions are answered on a WebSocket, or as `Accept: text/event-stream`.")
        else:
            await self._execute(call, by_get, media, send)

    async def _posted(self, connection: Connection, headers: Mapping[str, str], receive: Receive) -> Operation:
        """The operation in a JSON body. Other content types, which a form on any page could send, are refused: no CSRF."""
        if not is_json(headers.get("content-type", "")):
            raise BadRequest("Send the body as application/json in UTF-8.", 415, {"accept-post": LEGACY_JSON})
        if headers.get("content-encoding", "identity") != "identity":
            raise BadRequest("Send the body without compression.", 415, {"accept-encoding": "identity"})
        limits = self._edge.limits
        is_here = connection.has_whole_body()
        body = await read_body(receive, headers, limits.body_bytes, limits.body_seconds, is_here=is_here)
        if (operation := self._read.get(body)) is None:
            operation = operation_from(parse_json(body))
            if len(body) <= SHORT_BYTES:
                if len(self._read) >= READ_MOST:
                    self._read.clear()
                self._read[body] = operation
        return operation

    async def _execute(self, call: Call, by_get: bool, media: str, send: Send) -> None:
        result = await self._edge.execute(call)
        answer = self._edge.answer(result, call)
        is_everybodys = not call.is_private and "authorization" not in call.facts.headers
        if by_get and is_everybodys and not call.wants_cost and not result.errors:
            await respond_cached(send, media, answer, call)
        else:
            await respond(send, status_of(answer) if media == GRAPHQL_JSON else 200, media, answer)


def _accept(headers: Mapping[str, str]) -> str | None:
    """The Accept header, cut to what a client of good will may need: what it prefers is remembered by it."""
    accept = headers.get("accept")
    return accept[:1000] if accept else None


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Whether a body is said to be JSON in UTF-8."""
    kind, _, parameters = content_type.lower().partition(";")
    return kind.strip() == LEGACY_JSON and parameters.replace('"', "").replace(" ", "") in ("", "charset=utf-8")


async def respond(send: Send, status: int, media: str, answer: Answer, headers: Mapping[str, str] | None = None) -> None:
    """Send a GraphQL response as a whole."""
    body = answer.body
    raw = [*USUAL[media], (b"content-length", b"%d" % len(body))]
    if answer.retry_after_s is not None:
        raw.append((b"retry-after", b"%d" % answer.retry_after_s))
    if headers:
        raw += encoded(headers)
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def respond_cached(send: Send, media: str, answer: Answer, call: Call) -> None:
    """Send what everybody may see so that caches may keep it, or only say that it is still what the client has."""
    etag = f'"{blake2s(media.encode() + answer.body, digest_size=12).hexdigest()}"'  # caches keep both types
    known = {
        "content-type": f"{media}; charset=utf-8",
        "cache-control": f"public, max-age={call.operation.cache.max_age_ms // 1000}",
        "vary": "accept, authorization",  # those who run events see more of them
        "etag": etag,
    }
    if etag in call.facts.headers.get("if-none-match", ""):
        del known["content-type"]
        await _send(send, 304, known, b"")
    else:
        await _send(send, 200, known, answer.body)


async def _send(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    raw = encoded(headers)
    if status not in (204, 304):
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
