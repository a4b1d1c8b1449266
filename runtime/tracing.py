"""Tracing: spans, sent to an OpenTelemetry collector where one is named. Without one, nothing of this is loaded.

The standard variables of OpenTelemetry hold besides: `OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`,
`OTEL_BSP_MAX_QUEUE_SIZE` and others. They are read by its library from the environment alone.
"""

import logging
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from runtime import logs

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

STOP_SECONDS: Final = 1.0
"""How long a stopping process waits for its last spans to be taken."""
EXPORT_SECONDS: Final = 5.0
QUIET_SECONDS: Final = 60.0
TRACES: Final = "/v1/traces"
_LAST_SAID: Final[dict[int, float]] = {}


class Tracing:
    """The spans of one process: gathered in a queue of bounded length, sent now and then by a thread. A collector that is down, or slow,
    costs spans and nothing else."""

    def __init__(self, provider: "TracerProvider", exporter: "SpanExporter") -> None:
        self._provider = provider
        self._exporter = exporter

    def tracer(self, name: str) -> "Tracer":
        """What a part of ours makes its spans with."""
        return self._provider.get_tracer(f"boxoffice.{name}")

    def stop(self, within_seconds: float = STOP_SECONDS) -> None:
        """Send what is left, for a moment; what is not taken by then is lost."""
        logs.also.clear()
        stopping = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        stopping.start()
        stopping.join(within_seconds)
        if stopping.is_alive():
            self._exporter.shutdown()  # it stops trying; the threads end by themselves


def start_tracing(endpoint: str | None, version: str) -> Tracing | None:
    """Begin to trace, where a collector is named; None, at no cost, where none is. Log lines then carry the trace they belong to."""
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "box-office"}
    resource = Resource.create({**named, "service.version": version, "process.pid": os.getpid()})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint.rstrip("/") + TRACES, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    logging.getLogger(OTLPSpanExporter.__module__).addFilter(seldom)
    logs.also.append(trace_of_line)
    return Tracing(provider, exporter)


def seldom(record: logging.LogRecord) -> bool:
    """Whether a line about the collector is to be written: of each level one a minute, as one that is out is tried every few seconds."""
    due = record.created >= _LAST_SAID.get(record.levelno, 0.0) + QUIET_SECONDS
    if due:
        _LAST_SAID[record.levelno] = record.created
    return due


def trace_of_line() -> Mapping[str, str]:
    """The trace and the span during which a line is logged."""
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}
