"""Spans of the box office's batches, linked to the requests whose commands they carry out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanContext, Tracer, get_current_span

from domain.ids import EventId

LINKS_MOST = 64
"""A batch of hundreds is understood from some of them."""


@dataclass(slots=True)
class Batch:
    """What is to be said of the batch under way."""

    span: Span
    commands: int = 0
    lost_turns: int = 0
    retries: int = 0


class BatchTraces:
    """Makes a span of each batch: the root of a trace of its own, as a batch serves many requests and belongs to none."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._present: ContextVar[Batch] = ContextVar("batch")

    def asked(self) -> SpanContext:
        """Where a command comes from."""
        return get_current_span().get_span_context()

    @contextmanager
    def batch(self, event_id: EventId) -> Iterator[None]:
        """The span of one batch, from the wait for a connection to the last answer."""
        facts = {"boxoffice.event_id": str(event_id), "db.system.name": "postgresql"}
        with self._tracer.start_as_current_span("box office batch", Context(), attributes=facts) as span:
            batch = Batch(span)
            token = self._present.set(batch)
            try:
                yield
            finally:
                self._present.reset(token)
                counted = {"commands": batch.commands, "lost_turns": batch.lost_turns, "retries": batch.retries}
                span.set_attributes({f"boxoffice.{name}": count for name, count in counted.items()})

    def served(self, origins: Iterable[SpanContext | None]) -> None:
        """Commands of these origins were answered."""
        batch = self._present.get()
        linked: dict[int, SpanContext] = {}
        for origin in origins:
            batch.commands += 1
            if origin is not None and origin.is_valid:
                linked.setdefault(origin.span_id, origin)
        for origin in list(linked.values())[:LINKS_MOST]:
            batch.span.add_link(origin)

    def lost_turn(self) -> None:
        """Another process was first."""
        self._present.get().lost_turns += 1

    def retried(self, error: BaseException) -> None:
        """The database failed in a way that passes."""
        batch = self._present.get()
        batch.retries += 1
        batch.span.add_event("retry", {"exception.type": type(error).__name__})
