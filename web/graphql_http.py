"""GraphQL over HTTP: POST with a JSON body, GET for queries, and the same with an event stream as the answer.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Mapping

import orjson
from starlette.types import Receive, Scope, Send
from strawberry.types.graphql import OperationType

from web.edge import Edge
from web.execution import NotAllowed
from web.faults import STATUSES, Answer, BadRequest, GraphQLFault, status_of
from web.graphiql import GraphiQL
from web.graphql_sse import EventStream
from web.headers import Stuck
from web.requests import (
    Operation,
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
ALLOWED = "GET, HEAD, POST, OPTIONS"
BY_GET = (OperationType.QUERY,)
BY_POST = (OperationType.QUERY, OperationType.MUTATION)


class GraphQLOverHTTP:
    """The ASGI endpoint of `/graphql` for HTTP. Every answer but the page is a GraphQL response, whatever went wrong."""

    def __init__(self, edge: Edge, page: GraphiQL | None) -> None:
        self._edge = edge
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        request_id: str = scope["state"]["request_id"]
        try:
            await self._answer(scope, headers, request_id, receive, send)
        except Stuck:
            raise
        except Exception as exception:
            answer = self._edge.faults.refuse(exception, request_id)
            status = exception.status if isinstance(exception, BadRequest) else STATUSES.get(answer.code or "", 400)
            more = dict(exception.headers) if isinstance(exception, BadRequest) else {}
            if status == 401:
                more["www-authenticate"] = "Bearer"
            media = preferred(_accept(headers), (GRAPHQL_JSON, LEGACY_JSON), LEGACY_JSON) or LEGACY_JSON
            await respond(send, status, media, answer, more)

    async def _answer(self, scope: Scope, headers: dict[str, str], request_id: str, receive: Receive, send: Send) -> None:
        method = scope["method"]
        by_get = method in ("GET", "HEAD")
        if method == "OPTIONS":
            await _send(send, 204, {"allow": ALLOWED}, b"")
            return
        if not by_get and method != "POST":
            raise BadRequest("Use POST, or GET for a query.", 405, {"allow": ALLOWED})
        offers = (GRAPHQL_JSON, LEGACY_JSON, EVENTS, *([PAGE] if by_get and self._page else []))
        media = preferred(_accept(headers), offers, LEGACY_JSON)
        if media is None:
            raise BadRequest(f"This can answer with {', '.join(offers)}.", 406)
        if media == PAGE and self._page:
            await _send(send, 200, self._page.headers, self._page.body)
            return
        operation = operation_from_params(scope["query_string"]) if by_get else await self._posted(headers, receive)
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
        if media == EVENTS:
            kind = self._edge.executor.kind_of(operation)
            if by_get and kind is OperationType.MUTATION:
                raise _not_by_get()
            await EventStream(self._edge, operation, facts, kind).serve(receive, send)
        else:
            await self._execute(operation, facts, by_get, media, send)

    async def _posted(self, headers: Mapping[str, str], receive: Receive) -> Operation:
        """The operation in a JSON body. Other content types, which a form on any page could send, are refused: no CSRF."""
        content_type, _, parameters = headers.get("content-type", "").lower().partition(";")
        charset = parameters.replace('"', "").replace(" ", "")
        if content_type.strip() != LEGACY_JSON or charset not in ("", "charset=utf-8"):
            raise BadRequest("Send the body as application/json in UTF-8.", 415, {"accept-post": LEGACY_JSON})
        if headers.get("content-encoding", "identity") != "identity":
            raise BadRequest("Send the body without compression.", 415, {"accept-encoding": "identity"})
        limits = self._edge.limits
        return operation_from(parse_json(await read_body(receive, headers, limits.body_bytes, limits.body_seconds)))

    async def _execute(self, operation: Operation, facts: RequestFacts, by_get: bool, media: str, send: Send) -> None:
        try:
            result = await self._edge.execute(operation, facts, BY_GET if by_get else BY_POST)
        except NotAllowed as refused:
            if by_get and refused.kind is OperationType.MUTATION:
                raise _not_by_get() from refused
            raise BadRequest("Subscriptions are answered on a WebSocket, or as `Accept: text/event-stream`.") from refused
        answer = self._edge.faults.answer(result, facts.request_id)
        await respond(send, status_of(answer) if media == GRAPHQL_JSON else 200, media, answer)


def _accept(headers: Mapping[str, str]) -> str | None:
    """The Accept header, cut to what a client of good will may need: what it prefers is remembered by it."""
    accept = headers.get("accept")
    return accept[:1000] if accept else None


def _not_by_get() -> GraphQLFault:
    return BadRequest("A mutation must be sent by POST.", 405, {"allow": "POST"})


async def respond(send: Send, status: int, media: str, answer: Answer, headers: Mapping[str, str] | None = None) -> None:
    """Send a GraphQL response as a whole."""
    known = {"content-type": f"{media}; charset=utf-8", "cache-control": "no-store", "vary": "accept"}
    if answer.retry_after_s is not None:
        known["retry-after"] = str(answer.retry_after_s)
    await _send(send, status, {**known, **(headers or {})}, orjson.dumps(answer.payload))


async def _send(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    if status != 204:
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
