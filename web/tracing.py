"""Spans of requests and of GraphQL operations. Put in the way only where traces are wanted: without them a request meets none of this."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from opentelemetry.context import attach, detach
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.types.execution import ExecutionResult

from engine.engine import MakeContext
from engine.micro_cache import SharedResult
from engine.operations import PreparedOperation
from web.execution import Executor
from web.faults import FaultFormat

NOT_TRACED = frozenset(("/health", "/ready", "/metrics"))
"""What machines ask all day."""
REQUEST_ID = "boxoffice.request_id"
LONGEST_NAME = 100
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
        self.cost_limit, self.max_age_s = executor.cost_limit, executor.max_age_s
        self.known = executor.known
        self.prepare = executor.prepare
        self.check = executor.check

    async def execute(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext, public: MakeContext | None = None
    ) -> ExecutionResult:
        with self._span(prepared) as span:
            result = await self._executor.execute(prepared, variables, naming(span, context), public and naming(span, public))
            tell(span, result)
        return result

    def kept(self, _prepared: PreparedOperation, _variables: dict[str, Any] | None) -> SharedResult | None:
        return None  # each operation has its span

    async def subscribe(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext
    ) -> AsyncGenerator[ExecutionResult, None]:
        with self._span(prepared) as span:
            results = self._executor.subscribe(prepared, variables, naming(span, context))
            first = await anext(results, None)
            if first is not None:
                tell(span, first)
        async with aclosing(results):
            if first is not None:
                yield first
            async for result in results:
                yield result

    @contextmanager
    def _span(self, prepared: PreparedOperation) -> Iterator[Span]:
        facts = {"graphql.operation.type": prepared.kind.value}
        if name := prepared.definition.name:
            facts["graphql.operation.name"] = name.value[:LONGEST_NAME]
        with self._tracer.start_as_current_span(f"GraphQL {prepared.kind.value}", attributes=facts) as span:
            yield span


def naming(span: Span, context: MakeContext) -> MakeContext:
    """Makes the same context, and notes its request's id."""

    def make() -> object:
        made = context()
        if (request_id := getattr(made, "request_id", None)) is not None:
            span.set_attribute(REQUEST_ID, request_id)
        return made

    return make


def tell(span: Span, result: ExecutionResult) -> None:
    """The code that a client is told, where there is one."""
    if result.errors:
        span.set_attribute("boxoffice.code", FAULTS.code_of(result) or "")
        span.set_status(StatusCode.ERROR)
