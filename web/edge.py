"""The edge: what HTTP, event streams and sockets share. Who calls, may they, and what comes of the operation they ask for."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from web.execution import Executor
from web.faults import TOKEN_EXPIRED, FaultFormat, GraphQLFault
from web.requests import Operation, RequestFacts
from web.streams import OpenStreams

MakeContext = Callable[[RequestFacts], object]
Authenticate = Callable[[str | None], Any]
Admit = Callable[[RequestFacts, Operation], Awaitable[None]]
IsPrivate = Callable[[Operation], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client may take."""

    body_bytes: int = 1_000_000
    body_seconds: float = 15
    frame_bytes: int = 65_536
    init_seconds: float = 10
    operations_per_socket: int = 100
    stuck_seconds: float = 30
    keep_alive_seconds: float = 12


def nobody(_token: str | None) -> None:
    """Authentication where there are no accounts: every caller is anonymous."""


async def admit_all(_facts: RequestFacts, _operation: Operation) -> None:
    """Rate limits where there are none."""


def all_private(_operation: Operation) -> bool:
    """Every operation of a caller with a token is for that caller only."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The callables a server is made of, and how an operation goes through them. `create_app` says what each promises."""

    executor: Executor
    make_context: MakeContext
    authenticate: Authenticate = nobody
    admit: Admit = admit_all
    is_private: IsPrivate = all_private
    faults: FaultFormat = field(default_factory=FaultFormat)
    limits: Limits = field(default_factory=Limits)
    streams: OpenStreams = field(default_factory=OpenStreams)
    allowed_origins: frozenset[str] = frozenset()

    async def execute(self, operation: Operation, facts: RequestFacts, allowed: tuple[OperationType, ...]) -> ExecutionResult:
        """Run a query or mutation, once it is admitted. Raises what `admit` raises, and NotAllowed for other kinds."""
        await self.admit(facts, operation)
        return await self.executor.execute(operation, self.make_context(facts), allowed)

    async def results(self, operation: Operation, facts: RequestFacts, kind: OperationType) -> AsyncGenerator[ExecutionResult, None]:
        """Run any operation, once it is admitted: a query or mutation has one result, a subscription any number."""
        if kind is not OperationType.SUBSCRIPTION:
            yield await self.execute(operation, facts, (kind,))
            return
        await self.admit(facts, operation)
        async with aclosing(self.executor.subscribe(operation, self.make_context(facts))) as results:
            async for result in results:
                yield result

    def as_of_now(self, facts: RequestFacts, operation: Operation) -> RequestFacts:
        """The facts for an operation on a socket that may have outlived its token: a public operation goes on without a caller.

        Raises AUTH_TOKEN_EXPIRED for a private one.
        """
        if _seconds_left(facts.caller) > 0:
            return facts
        if self.is_private(operation):
            raise token_expired()
        return replace(facts, caller=None)

    def lifetime_s(self, facts: RequestFacts, operation: Operation, kind: OperationType) -> float | None:
        """The seconds after which an operation must end because its caller's token does; None where it may go on.

        Only subscriptions are ended: a mutation that began in time is carried out.
        """
        if kind is not OperationType.SUBSCRIPTION or getattr(facts.caller, "expires_at", None) is None or not self.is_private(operation):
            return None
        return max(0.0, _seconds_left(facts.caller))


def token_expired() -> GraphQLFault:
    """What ends a private operation on a stream that outlives its token."""
    return GraphQLFault(TOKEN_EXPIRED, "The access token has expired: connect again with a new one.")


def _seconds_left(caller: Any) -> float:
    """Until the caller's token expires, which an aware `expires_at` on the caller tells; infinite where there is none."""
    expires_at: datetime | None = getattr(caller, "expires_at", None)
    return float("inf") if expires_at is None else (expires_at - datetime.now(UTC)).total_seconds()
