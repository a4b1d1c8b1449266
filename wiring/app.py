"""The app of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette

from resolvers.context import Context
from resolvers.root import make_schema
from runtime.backing import Addresses
from runtime.logs import request_id
from runtime.settings import Settings
from runtime.tracing import start_tracing
from web.app import create_app
from web.entry_codes import keys_route
from web.execution import Executor, StrawberryExecutor
from web.health import Check
from web.metrics import Metrics
from web.rate_limits import RateLimits, Rates
from web.requests import RequestFacts
from web.tracing import TracedExecutor, TracedRequests
from wiring import VERSION
from wiring.keys import entry_keys_of, tokens_of
from wiring.payments import webhooks_of
from wiring.process import Parts, started


def make_app(settings: Settings, addresses: Addresses) -> Starlette:
    """The app of one process; its parts start and stop with it."""
    tokens = tokens_of(settings)
    running: list[Parts] = []
    limits = RateLimits(addresses.redis_url, Rates(**settings.rates))
    metrics = Metrics(lambda: running[0].sources if running else None)
    tracing = start_tracing(settings.otel_exporter_otlp_endpoint, VERSION)
    executor: Executor = StrawberryExecutor(make_schema())
    if tracing is not None:
        executor = TracedExecutor(executor, tracing.tracer("graphql"))

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with started(settings, addresses, tokens, tracing) as parts, limits.counting():
            running.append(parts)
            yield
            running.clear()
        if tracing is not None:
            tracing.stop()

    def make_context(facts: RequestFacts) -> Context:
        request_id.set(facts.request_id)
        services = running[0].services
        services = replace(services, accounts=limits.for_client(services.accounts, facts.client))
        return Context(services, facts.caller, facts.request_id, facts.idempotency_key)

    def check(name: str) -> Check:
        return lambda: running[0].health.checks[name]()

    app = create_app(
        metrics.measured(executor),
        make_context,
        authenticate=tokens.authenticate,
        revoked=tokens.revoked,
        admit=metrics.counted(limits.admit),
        allowed_origins=settings.allowed_origins,
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
