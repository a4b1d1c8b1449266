"""Metrics: what a process does, for Prometheus to read at `/metrics`. Each process answers for itself, and says which it is as `worker`."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import Any, Protocol, TypeVar

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from engine.engine import MakeContext
from engine.micro_cache import SharedResult
from engine.operations import Operation, PreparedOperation
from engine.refusals import Refused
from web.execution import Executor
from web.faults import FaultFormat, refusal
from web.health import NO_STORE
from web.requests import RequestFacts

T = TypeVar("T")
OK = "OK"
CANCELLED = "CANCELLED"
REFUSED = "refused"
"""The kind of an operation that was refused before anybody looked at what it is."""
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
EVERY_KIND = (OperationType.QUERY, OperationType.MUTATION)

FAULTS = FaultFormat()


class OpenBoards(Protocol):
    """The boards of this process."""

    @property
    def open_count(self) -> int: ...
    @property
    def viewer_count(self) -> int: ...


class Connected(Protocol):
    """The way to other processes."""

    @property
    def is_connected(self) -> bool: ...


class Served(Protocol):
    """What the box office has done."""

    commands: int
    batches: int
    lost_turns: int
    retries: int
    largest_batch: int


class Delivered(Protocol):
    """What became of notifications."""

    sent: int
    unwanted: int
    retried: int
    dead: int


class PoolSize(Protocol):
    """A pool of connections."""

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """The parts of a process whose numbers are read when they are asked for."""

    boards: OpenBoards
    feed: Connected
    served: Served
    pools: Mapping[str, PoolSize]
    delivered: Delivered | None = None


class Metrics:
    """The numbers of one process. `sources` answers None while there are none."""

    def __init__(self, sources: Callable[[], Sources | None]) -> None:
        own = CollectorRegistry()
        ProcessCollector(registry=own)
        self._operations = Counter(
            "boxoffice_operations",
            "GraphQL operations that have ended, by kind and by the code of the first error.",
            ["kind", "code"],
            registry=own,
        )
        self._seconds = Histogram(
            "boxoffice_operation_seconds",
            "Time to execute an operation: those whose answer was kept for all are not among them.",
            ["kind"],
            registry=own,
            buckets=BUCKETS_S,
        )
        self._streams = Gauge("boxoffice_open_streams", "Open WebSockets and event streams.", registry=own)
        own.register(FromSources(sources))
        self._registry = CollectorRegistry()
        self._registry.register(OfWorker(own))
        self._ended = lru_cache(maxsize=None)(self._operations.labels)  # as many as kinds times codes
        self._timed = {kind: self._seconds.labels(kind.value) for kind in EVERY_KIND}
        self.route = Route("/metrics", self._answer)

    def measured(self, executor: Executor) -> Executor:
        """An executor whose operations are counted and timed."""
        return Measured(executor, self)

    def counted(self, admit: Callable[[RequestFacts, T], Awaitable[None]]) -> Callable[[RequestFacts, T], Awaitable[None]]:
        """The same limits, but what they refuse is counted."""

        async def admit_and_count(facts: RequestFacts, operation: T) -> None:
            try:
                await admit(facts, operation)
            except Exception as refused:
                self.count(REFUSED, code_of(refused))
                raise

        return admit_and_count

    def count(self, kind: str, code: str) -> None:
        """An operation has ended."""
        self._ended(kind, code).inc()

    def time(self, kind: OperationType, seconds: float) -> None:
        """A query or mutation took so long."""
        self._timed[kind].observe(seconds)

    async def _answer(self, request: Request) -> Response:
        self._streams.set(len(request.state.streams))
        return Response(generate_latest(self._registry), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4, **NO_STORE})


class Measured:
    """An executor that counts and times what another executes."""

    def __init__(self, executor: Executor, metrics: Metrics) -> None:
        self._executor = executor
        self._metrics = metrics
        self.cost_limit, self.max_age_s = executor.cost_limit, executor.max_age_s
        self.known = executor.known

    def prepare(self, operation: Operation) -> PreparedOperation:
        try:
            return self._executor.prepare(operation)
        except Refused as refused:
            self._metrics.count(REFUSED, code_of(refused))
            raise

    def check(self, prepared: PreparedOperation, variables: Mapping[str, Any] | None) -> int:
        try:
            return self._executor.check(prepared, variables)
        except Refused as refused:
            self._metrics.count(prepared.kind.value, code_of(refused))
            raise

    async def execute(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext, public: MakeContext | None = None
    ) -> ExecutionResult:
        code, began = CANCELLED, perf_counter()
        try:
            result = await self._executor.execute(prepared, variables, context, public)
            code = FAULTS.code_of(result) or OK
            return result
        except Exception as refused:
            code = code_of(refused)
            raise
        finally:
            self._metrics.count(prepared.kind.value, code)
            self._metrics.time(prepared.kind, perf_counter() - began)

    def kept(self, prepared: PreparedOperation, variables: dict[str, Any] | None) -> SharedResult | None:
        if (kept := self._executor.kept(prepared, variables)) is not None:
            self._metrics.count(prepared.kind.value, OK)
        return kept

    async def subscribe(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext
    ) -> AsyncGenerator[ExecutionResult, None]:
        code = OK  # also where the client leaves, as one does
        try:
            async with aclosing(self._executor.subscribe(prepared, variables, context)) as results:
                async for result in results:
                    if result.errors:
                        code = FAULTS.code_of(result) or OK
                    yield result
        except Exception as failed:
            code = code_of(failed)
            raise
        finally:
            self._metrics.count(prepared.kind.value, code)


class FromSources(Collector):
    """What other parts count themselves."""

    def __init__(self, sources: Callable[[], Sources | None]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """The numbers as they are now."""
        if (sources := self._sources()) is None:
            return
        served = sources.served
        yield CounterMetricFamily("boxoffice_commands", "Commands that the box office has taken on.", served.commands)
        yield CounterMetricFamily("boxoffice_batches", "Batches that it has committed.", served.batches)
        yield CounterMetricFamily("boxoffice_lost_turns", "Batches decided anew because another process was first.", served.lost_turns)
        yield CounterMetricFamily("boxoffice_retries", "Batches tried anew because the database failed.", served.retries)
        yield GaugeMetricFamily("boxoffice_largest_batch", "The most commands in one batch so far.", served.largest_batch)
        yield GaugeMetricFamily("boxoffice_boards", "Seat boards in memory.", sources.boards.open_count)
        yield GaugeMetricFamily("boxoffice_viewers", "Those who watch an event, once for each event.", sources.boards.viewer_count)
        yield GaugeMetricFamily("boxoffice_redis_connected", "1 while messages of other processes arrive.", int(sources.feed.is_connected))
        if (delivered := sources.delivered) is not None:
            notifications = CounterMetricFamily(
                "boxoffice_notifications", "Attempts to deliver notifications, by what came of them.", labels=["outcome"]
            )
            for outcome in ("sent", "unwanted", "retried", "dead"):
                notifications.add_metric([outcome], getattr(delivered, outcome))
            yield notifications
        sizes = GaugeMetricFamily("boxoffice_pool_connections", "Connections to PostgreSQL.", labels=["pool", "state"])
        most = GaugeMetricFamily("boxoffice_pool_connections_most", "The most connections there may be.", labels=["pool"])
        for name, pool in sources.pools.items():
            idle = pool.get_idle_size()
            sizes.add_metric([name, "idle"], idle)
            sizes.add_metric([name, "busy"], pool.get_size() - idle)
            most.add_metric([name], pool.get_max_size())
        yield from (sizes, most)


class OfWorker(Collector):
    """The metrics of a registry, each labelled with the process it is of."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._worker = {"worker": str(os.getpid())}

    def collect(self) -> Iterable[Metric]:
        """All metrics, without the times of their making, which Prometheus has no use for."""
        for metric in self._registry.collect():
            metric.samples = [
                sample._replace(labels={**sample.labels, **self._worker})
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ]
            yield metric


def code_of(exception: Exception) -> str:
    """The code which a client is told when an exception ends its operation."""
    return FAULTS.code_of(refusal(exception)) or OK
