"""The app of one process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette

from domain.callers import Caller, Role
from resolvers.context import Context
from runtime.backing import Addresses
from runtime.logs import request_id
from runtime.pages import BUILT
from runtime.settings import Settings
from runtime.tracing import start_tracing
from web.app import create_app
from web.entry_codes import keys_route
from web.execution import Executor
from web.faults import FaultFormat
from web.health import Check
from web.metrics import Metrics
from web.pages import Pages
from web.rate_limits import RateLimits, Rates
from web.requests import RequestFacts
from web.shared import SharedSubscriptions
from web.tracing import TracedExecutor, TracedRequests
from wiring import VERSION
from wiring.graphql import engine_of, limits_of
from wiring.keys import entry_keys_of, tokens_of
from wiring.payments import webhooks_of
from wiring.process import Parts, started


def is_anybody(caller: Caller | None) -> bool:
    """Whether somebody sees of what is public just what all see: drafts are seen by those who run events."""
    return caller is None or (caller.role is Role.USER and not caller.organizations)


def make_app(settings: Settings, addresses: Addresses, ready: Callable[[], None] = lambda: None) -> Starlette:
    """The app of one process; its parts start and stop with it. `ready` is called once they have started."""
    tokens = tokens_of(settings)
    running: list[Parts] = []
    limits = RateLimits(addresses.redis_url, Rates(**settings.rates))
    metrics = Metrics(lambda: running[0].sources if running else None)
    tracing = start_tracing(settings.otel_exporter_otlp_endpoint, VERSION)
    executor: Executor = (engine := engine_of(settings))
    if tracing is not None:
        executor = TracedExecutor(executor, tracing.tracer("graphql"))

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with started(settings, addresses, tokens, tracing) as parts, limits.counting():
            running.append(parts)
            ready()
            yield
            running.clear()
        if tracing is not None:
            tracing.stop()

    def make_context(facts: RequestFacts) -> Context:
        request_id.set(facts.request_id)
        slow = partial(limits.for_client, client=facts.client)
        return Context(running[0].services, facts.caller, facts.request_id, facts.idempotency_key, slow)

    def check(name: str) -> Check:
        return lambda: running[0].health.checks[name]()

    app = create_app(
        metrics.measured(executor),
        make_context,
        authenticate=tokens.authenticate,
        revoked=tokens.revoked,
        admit=metrics.counted(limits.admit),
        charge=metrics.counted(limits.charge),
        is_anybody=is_anybody,
        shared=SharedSubscriptions(engine.begin, make_context, faults=FaultFormat(suggestions=settings.introspection), count=metrics.count),
        allowed_origins=settings.allowed_origins,
        suggestions=settings.introspection,
        pages=Pages(BUILT) if settings.pages else None,
        limits=limits_of(settings),
        version=VERSION,
        checks={name: check(name) for name in ("database", "redis")},
        dispensable={"smtp": check("smtp")} if settings.smtp_url else {},
        routes=[metrics.route, keys_route(entry_keys_of(settings)), *webhooks_of(settings, lambda: running[0].settlement)],
        exporting=lambda: running[0].services,
        lifespan=lifespan,
    )
    if tracing is not None:
        app.add_middleware(TracedRequests, tracer=tracing.tracer("http"))
    return app
