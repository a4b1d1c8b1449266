"""Shared subscriptions at the edge: what a connection offers those who are told together, and how they are counted."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

from graphql import ExecutionResult as CoreResult
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from engine.fanout import Begin, Fanout
from engine.operations import PreparedOperation
from engine.topics import Member, Subscriber
from web.faults import FaultFormat, refusal
from web.requests import RequestFacts

OK = "OK"

MakeContext = Callable[[RequestFacts], object]
Count = Callable[[str, str], None]


@runtime_checkable
class FrameConnection(Protocol):
    """A WebSocket of a server that lets frames be written at once: `web.serving.WebSocketProtocol`."""

    def is_behind(self) -> bool:
        """Whether so much waits to be read that nothing more should be written."""
        ...

    def hang_up(self) -> None:
        """Drop the connection, with all that was not read."""
        ...

    def write_text(self, head: bytes, payload: bytes, tail: bytes) -> None:
        """Write a text message made of three parts, in order with all else that is sent. Never waits; after a close it does nothing."""
        ...

    def tell_flow(self, changed: Callable[[bool], None]) -> None:
        """Call `changed` with True when the connection falls behind from now on, and with False when it can take more."""
        ...


def count_nothing(_kind: str, _code: str) -> None:
    """Metrics where there are none."""


class SharedSubscriptions:
    """The subscriptions which this process runs once for all who ask the same: `make_context` is asked for a context without a caller.

    `count` is called once for each that has ended, with its kind and the code of what ended it.
    """

    def __init__(
        self,
        begin: Begin,
        make_context: MakeContext,
        *,
        faults: FaultFormat | None = None,
        count: Count = count_nothing,
    ) -> None:
        self._faults = faults or FaultFormat()
        self._make_context = make_context
        self._count = count
        self._fanout = Fanout(begin, self._context_of_nobody, self._encode)

    @property
    def topic_count(self) -> int:
        """How many different subscriptions are running."""
        return self._fanout.topic_count

    @property
    def member_count(self) -> int:
        """How many clients are told by them."""
        return self._fanout.member_count

    def join(self, operation: PreparedOperation, variables: dict[str, Any] | None, subscriber: Subscriber) -> Member | None:
        """Tell a subscriber with all who ask the same; None where it has to be run alone. Say `has_ended` of it once it was joined."""
        return self._fanout.join(operation, variables, subscriber)

    def has_ended(self, error: Exception | None = None) -> None:
        """A subscription has ended: its client left, it completed, or an exception ended it."""
        code = OK if error is None else self._faults.code_of(refusal(error)) or OK
        self._count(OperationType.SUBSCRIPTION.value, code)

    def _context_of_nobody(self) -> object:
        return self._make_context(RequestFacts(request_id=uuid4().hex, connection="websocket", headers={}))

    def _encode(self, result: CoreResult) -> bytes:
        """The response for all; what went wrong in it is logged once, under an id that all are told."""
        return self._faults.answer(ExecutionResult(data=result.data, errors=result.errors), uuid4().hex).body
