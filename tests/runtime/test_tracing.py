"""Traces as a collector receives them, over a real socket; and that nothing minds one that is not there."""

import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime import logs
from runtime.failures import InvalidSettings
from runtime.settings import read_settings
from runtime.tracing import start_tracing
from tests.system.running import PASSWORD, ROOT, Running, clean_environment, command, free_port, serving, settings

PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{PARENT}-00f067aa0ba902b7-01"
SECRET_WORDS = "nobody@example.test"


class Collector:
    """A tiny OpenTelemetry collector: remembers the spans it was sent."""

    def __init__(self) -> None:
        self.port = free_port()
        self.spans: list[Any] = []
        self.services: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def receive(self, request: Request) -> Response:
        """What `/v1/traces` does."""
        sent = ExportTraceServiceRequest.FromString(await request.body())
        for resource in sent.resource_spans:
            self.services |= {a.value.string_value for a in resource.resource.attributes if a.key == "service.name"}
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        return Response(b"", media_type="application/x-protobuf")

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector in a thread."""
    collector = Collector()
    app = Starlette(routes=[Route("/v1/traces", collector.receive, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=collector.port, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield collector
    finally:
        server.should_exit = True
        thread.join()


def facts(span: Any) -> dict[str, Any]:
    """A span's attributes."""
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


LOG_IN = "mutation LogIn($input: LogInInput!) { logIn(input: $input) { __typename ... on Session { accessToken } } }"
LIST = "query List { events(first: 50) { edges { node { id tiers { id } } } } }"
BOOK = "mutation Book($input: CreateBookingInput!) { createBooking(input: $input) { __typename ... on Booking { status } } }"


@pytest.fixture
def seeded(fresh_database_url: str, redis_url: str) -> dict[str, str]:
    """Settings for a server on a database with an event on sale."""
    environment = settings(fresh_database_url, redis_url)
    said = command("seed", "--bookings", "0", "--seed", "5", folder=ROOT, given="", **environment)
    assert said.returncode == 0, said.stderr
    return environment


async def test_a_request_its_operation_its_batch_and_its_charge_are_spans(seeded: dict[str, str], tmp_path: Path) -> None:
    with collecting() as collector:
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100", "LOG_FORMAT": "json"}
        with serving(tmp_path / "log", {**seeded, **more}) as running:
            await book_and_pay(running)
            running.stop()

    request = [span for span in collector.named("POST /graphql") if span.trace_id.hex() == PARENT][-1]
    assert request.parent_span_id.hex() == "00f067aa0ba902b7"
    assert facts(request)["http.response.status_code"] == 200
    assert facts(request)["boxoffice.request_id"] == "asked-by-a-test"
    operations = [span for span in collector.named("GraphQL mutation") if span.parent_span_id == request.span_id]
    assert [facts(span) for span in operations] == [
        {"graphql.operation.type": "mutation", "graphql.operation.name": "Book", "boxoffice.request_id": "asked-by-a-test"}
    ]
    batches = [span for span in collector.named("box office batch") if any(link.trace_id.hex() == PARENT for link in span.links)]
    assert batches, "the batch is linked to the request it served"
    assert facts(batches[0])["boxoffice.event_id"].startswith("evt_")
    assert facts(batches[0]) | {"boxoffice.commands": 1, "boxoffice.retries": 0, "boxoffice.lost_turns": 0} == facts(batches[0])
    assert batches[0].trace_id.hex() != PARENT, "it serves many requests, and is part of none"
    (charge,) = collector.named("payment charge")
    assert facts(charge)["boxoffice.gateway"] == "sandbox"
    assert collector.services == {"box-office"}
    assert SECRET_WORDS not in str(collector.spans), "variables are nowhere"
    assert not collector.named("GET /health")


async def book_and_pay(running: Running) -> None:
    """Log in, at the second try, and book a place of any event that is on sale."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}", timeout=20) as client:

        async def ask(document: str, variables: dict[str, Any], headers: dict[str, str]) -> Any:
            answer = await client.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
            assert "errors" not in answer.json(), answer.json()
            return next(iter(answer.json()["data"].values()))

        await client.get("/health")
        await ask(LOG_IN, {"input": {"email": SECRET_WORDS, "password": "Wrong-1-word"}}, {})
        session = await ask(LOG_IN, {"input": {"email": "user@boxoffice.test", "password": PASSWORD}}, {})
        headers = {"Authorization": f"Bearer {session['accessToken']}", "traceparent": TRACEPARENT, "X-Request-Id": "asked-by-a-test"}
        for event in (await ask(LIST, {}, {}))["edges"]:
            places = {"quantity": {"tierId": event["node"]["tiers"][-1]["id"], "quantity": 1}}
            wish = {"eventId": event["node"]["id"], "places": places, "payment": {"token": "pm_card_visa"}}
            booked = await ask(BOOK, {"input": wish}, headers)
            if booked["__typename"] == "Booking":
                assert booked["status"] == "CONFIRMED"
                return
    raise AssertionError("nothing is on sale")


async def test_log_lines_carry_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    with collecting() as collector, logging_as_it_was():
        tracing = start_tracing(collector.url, "1")
        assert tracing is not None
        logs.start_logging("INFO", "json")
        with tracing.tracer("test").start_as_current_span("work") as span:
            logging.getLogger("box").info("within")
        logging.getLogger("box").info("after")
        tracing.stop()

    within, after = (json.loads(line) for line in capsys.readouterr().err.splitlines() if '"box"' in line)
    assert within["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert within["span_id"] == f"{span.get_span_context().span_id:016x}"
    assert "trace_id" not in after
    assert [sent.name for sent in collector.spans] == ["work"], "what is left is sent at the end"


@contextmanager
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.mark.parametrize("answers", [False, True], ids=["nobody listens", "it takes and never answers"])
def test_a_collector_that_is_out_harms_nothing(answers: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if answers:
            listening.listen(100)
        tracing = start_tracing(f"http://127.0.0.1:{listening.getsockname()[1]}", "1")
        assert tracing is not None
        tracer = tracing.tracer("test")

        for _ in range(5000):
            with tracer.start_as_current_span("work"):
                pass
        began = time.monotonic()
        tracing.stop()

        assert time.monotonic() - began < 2
        assert logs.also == []
        said = [record for record in caplog.records if record.name.startswith("opentelemetry.exporter")]
        assert len(said) <= 2, "it does not fill the log"


async def test_a_server_whose_collector_is_down_serves_and_stops_as_ever(seeded: dict[str, str], tmp_path: Path) -> None:
    down = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with serving(tmp_path / "log", {**seeded, **down}) as running:
        await book_and_pay(running)

        assert running.stop() < 10


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    asking = "import sys, server; from runtime.tracing import start_tracing; "
    asking += "assert start_tracing(None, '1') is None; print([n for n in OURS if n in sys.modules])".replace(
        "OURS", "('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'requests', 'google.protobuf')"
    )

    said = subprocess.run([sys.executable, "-c", asking], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)

    assert (said.stdout.strip(), said.returncode) == ("[]", 0), said.stderr


def test_a_collector_is_named_by_a_url() -> None:
    with pytest.raises(InvalidSettings, match="OTEL_EXPORTER_OTLP_ENDPOINT should be a URL that begins with http"):
        read_settings(otel_exporter_otlp_endpoint="localhost:4318")
