"""Spans of requests and of GraphQL operations. Put in the way only where traces are wanted: without them a request meets none of this."""

import re
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing, contextmanager

from opentelemetry.context import attach, detach
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from web.execution import EVERY_KIND, Executor
from web.faults import FaultFormat
from web.requests import Operation

NOT_TRACED = frozenset(("/health", "/ready", "/metrics"))
"""What machines ask all day."""
REQUEST_ID = "boxoffice.request_id"
LONGEST_NAME = 100
NAMED = re.compile(r"\s*(?:query|mutation|subscription)\s+([A-Za-z_]\w*)", re.ASCII)
FAULTS = FaultFormat()
W3C = TraceContextTextMapPropagator()


class OfScope(Getter[Scope]):
    """Reads the headers of a request. Source: W3C Trace Context, `traceparent` and `tracestate`."""

    def get(self, carrier: Scope, key: str) -> list[str] | None:
        wanted = key.encode()
        return [value.decode("latin-1") for name, value in carrier["headers"] if name == wanted] or None

    def keys(self, carrier: Scope) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier["headers"]]


class TracedRequests:
    """Gives each HTTP request a span, in the trace its client began where it says so. A socket has none: its operations have."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in NOT_TRACED:
            await self._app(scope, receive, send)
            return
        context = W3C.extract(scope, getter=OfScope())
        if scope["type"] == "websocket":
            token = attach(context)
            try:
                await self._app(scope, receive, send)
            finally:
                detach(token)
            return
        facts = {"http.request.method": scope["method"], "url.path": scope["path"]}
        name = f"{scope['method']} {scope['path']}"
        with self._tracer.start_as_current_span(name, context, SpanKind.SERVER, facts) as span:

            async def send_and_tell(message: Message) -> None:
                if message["type"] == "http.response.start":
                    answered(span, message["status"], scope)
                await send(message)

            await self._app(scope, receive, send_and_tell)


def answered(span: Span, status: int, scope: Scope) -> None:
    """What became of a request, and by which id its client and our log speak of it."""
    span.set_attribute("http.response.status_code", status)
    span.set_attribute(REQUEST_ID, scope["state"]["request_id"])
    if status >= 500:
        span.set_status(StatusCode.ERROR)


class TracedExecutor:
    """Gives each operation a span with its kind, its name and the code of its first error: never its document or its variables.

    A subscription's span ends with its first result: that is what its client waited for.
    """

    def __init__(self, executor: Executor, tracer: Tracer) -> None:
        self._executor = executor
        self._tracer = tracer

    def kind_of(self, operation: Operation) -> OperationType:
        return self._executor.kind_of(operation)

    async def execute(self, operation: Operation, context: object, allowed: Collection[OperationType] = EVERY_KIND) -> ExecutionResult:
        with self._span(operation, context) as span:
            result = await self._executor.execute(operation, context, allowed)
            tell(span, result)
        return result

    async def subscribe(self, operation: Operation, context: object) -> AsyncGenerator[ExecutionResult, None]:
        async with aclosing(self._executor.subscribe(operation, context)) as results:
            with self._span(operation, context, OperationType.SUBSCRIPTION) as span:
                first = await anext(results, None)
                if first is not None:
                    tell(span, first)
            if first is not None:
                yield first
            async for result in results:
                yield result

    @contextmanager
    def _span(self, operation: Operation, context: object, kind: OperationType | None = None) -> Iterator[Span]:
        kind = kind or self._executor.kind_of(operation)
        facts = {"graphql.operation.type": kind.value}
        if name := operation.name or name_in(operation.document):
            facts["graphql.operation.name"] = name[:LONGEST_NAME]
        if (request_id := getattr(context, "request_id", None)) is not None:
            facts[REQUEST_ID] = request_id
        with self._tracer.start_as_current_span(f"GraphQL {kind.value}", attributes=facts) as span:
            yield span


def name_in(document: str) -> str | None:
    """The name of a document's first operation, where it begins with that."""
    found = NAMED.match(document)
    return found[1] if found else None


def tell(span: Span, result: ExecutionResult) -> None:
    """The code that a client is told, where there is one."""
    if result.errors:
        span.set_attribute("boxoffice.code", FAULTS.code_of(result) or "")
        span.set_status(StatusCode.ERROR)
