"""What `/metrics` tells, read with the parser of Prometheus's own client."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.engine import Engine
from engine.operations import Operation
from tests.web.test_ws import a_socket, subscribe
from tests.web.toy import SCHEMA, Context, authenticate, serving
from web.app import create_app
from web.faults import RATE_LIMIT_EXCEEDED, GraphQLFault
from web.metrics import Metrics, Sources
from web.requests import RequestFacts


@dataclass
class Numbers:
    """Every part that numbers are read from."""

    open_count: int = 2
    viewer_count: int = 3
    is_connected: bool = True
    commands: int = 4
    batches: int = 5
    lost_turns: int = 6
    retries: int = 7
    largest_batch: int = 8

    def get_size(self) -> int:
        return 9

    def get_idle_size(self) -> int:
        return 6

    def get_max_size(self) -> int:
        return 20


async def admit(_facts: RequestFacts, operation: Operation) -> None:
    if operation.document == "{ tooMuch }":
        raise GraphQLFault(RATE_LIMIT_EXCEEDED, "Slower, please.", retryAfter=7)


@dataclass
class Served:
    """A server, and what its metrics are."""

    address: str
    numbers: Numbers = field(default_factory=Numbers)

    async def page(self) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(f"http://{self.address}/metrics")

    async def read(self) -> dict[tuple[str, ...], float]:
        """Each sample by its name and labels, without the worker's."""
        read = {}
        for family in text_string_to_metric_families((await self.page()).text):
            for sample in family.samples:
                labels = dict(sample.labels)
                assert labels.pop("worker") == str(os.getpid())
                read[sample.name, *labels.values()] = sample.value
        return read

    async def asked(self, document: str) -> None:
        async with httpx.AsyncClient() as client:
            await client.post(f"http://{self.address}/graphql", json={"query": document})


@pytest.fixture
def served() -> Iterator[Served]:
    numbers = Numbers()
    metrics = Metrics(lambda: Sources(numbers, numbers, numbers, {"writing": numbers}))
    executor = metrics.measured(Engine(SCHEMA))
    app = create_app(executor, Context, authenticate=authenticate, admit=metrics.counted(admit), routes=[metrics.route])
    with serving(app) as address:
        yield Served(address, numbers)


async def test_operations_are_counted_by_kind_and_by_their_first_code(served: Served) -> None:
    documents = {
        "{ hello }": ("query", "OK"),
        "query { later }": ("query", "OK"),
        "{ nothing }": ("refused", "GRAPHQL_VALIDATION_FAILED"),
        "{ boom }": ("query", "SERVER_ERROR"),
        "{ outage }": ("query", "SERVICE_UNAVAILABLE"),
        "{ outOfRange }": ("query", "OUT_OF_RANGE"),
        "{ tooMuch }": ("refused", "RATE_LIMIT_EXCEEDED"),
        "{ shelf(first: 5000) { sequel { sequel { title } } } }": ("refused", "OPERATION_TOO_COMPLEX"),
        "query ($n: Int = 5000) { shelf(first: $n) { sequel { sequel { title } } } }": ("query", "OPERATION_TOO_COMPLEX"),
        "mutation { add(n: 0) }": ("mutation", "OK"),
    }
    for document in documents:
        await served.asked(document)
    await served.asked("subscription { count }")  # where none can be answered, which is HTTP's refusal and no operation's

    counted = {labels[1:]: value for labels, value in (await served.read()).items() if labels[0] == "boxoffice_operations_total"}

    # labels come in the order of their names: code, kind
    assert counted == {(code, kind): 2 if (kind, code) == ("query", "OK") else 1 for kind, code in documents.values()}


async def test_operations_are_timed(served: Served) -> None:
    await served.asked("{ later(seconds: 0.03) }")
    await served.asked("mutation { add(n: 0) }")

    read = await served.read()

    assert read["boxoffice_operation_seconds_count", "query"] == 1
    assert 0.03 <= read["boxoffice_operation_seconds_sum", "query"] < 1
    assert read["boxoffice_operation_seconds_count", "mutation"] == 1


async def test_subscriptions_are_counted_when_they_end(served: Served) -> None:
    for query in ("subscription { count }", "subscription { private }", "subscription { breaks }"):
        async with a_socket(served.address) as socket:
            await socket.say(subscribe(query))
            while (await socket.hear())["type"] not in ("complete", "error"):
                pass

    read = await served.read()

    assert read["boxoffice_operations_total", "OK", "subscription"] == 1
    assert read["boxoffice_operations_total", "UNAUTHENTICATED", "subscription"] == 1
    assert read["boxoffice_operations_total", "SERVER_ERROR", "subscription"] == 1


async def test_open_sockets_are_told(served: Served) -> None:
    assert (await served.read())["boxoffice_open_streams",] == 0

    async with a_socket(served.address), a_socket(served.address):
        assert (await served.read())["boxoffice_open_streams",] == 2


async def test_what_other_parts_count_is_read_when_asked_for(served: Served) -> None:
    first = await served.read()
    served.numbers.commands, served.numbers.is_connected = 40, False
    then = await served.read()

    assert first["boxoffice_boards",] == 2
    assert first["boxoffice_viewers",] == 3
    assert first["boxoffice_commands_total",] == 4
    assert first["boxoffice_batches_total",] == 5
    assert first["boxoffice_lost_turns_total",] == 6
    assert first["boxoffice_retries_total",] == 7
    assert first["boxoffice_largest_batch",] == 8
    assert first["boxoffice_redis_connected",] == 1
    assert first["boxoffice_pool_connections", "writing", "busy"] == 3
    assert first["boxoffice_pool_connections", "writing", "idle"] == 6
    assert first["boxoffice_pool_connections_most", "writing"] == 20
    assert then["boxoffice_commands_total",] == 40
    assert then["boxoffice_redis_connected",] == 0


async def test_the_process_is_told_of_and_the_page_is_never_kept(served: Served) -> None:
    page = await served.page()

    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert page.headers["cache-control"] == "no-store"
    assert (await served.read())["process_resident_memory_bytes",] > 1_000_000
    assert "_created" not in page.text


async def test_each_app_counts_for_itself(served: Served) -> None:
    another = Metrics(lambda: None)
    app = create_app(another.measured(Engine(SCHEMA)), Context, routes=[another.route])

    with serving(app) as address:
        await served.asked("{ hello }")
        read = await Served(address).read()

    assert not [name for name in read if name[0] in ("boxoffice_operations_total", "boxoffice_boards")]
