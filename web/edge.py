"""The edge: what HTTP, event streams and sockets share. Who calls, may they, and what comes of the operation they ask for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from web.execution import Executor
from web.faults import TOKEN_EXPIRED, FaultFormat, GraphQLFault, unauthenticated
from web.requests import Operation, RequestFacts
from web.streams import OpenStreams

MakeContext = Callable[[RequestFacts], object]
Authenticate = Callable[[str | None], Any]
Admit = Callable[[RequestFacts, Operation], Awaitable[None]]
IsPrivate = Callable[[Operation], bool]


class Revoked(Protocol):
    """The sessions that were ended before their tokens expired."""

    def __contains__(self, session_id: object) -> bool: ...

    def watching(self, session_id: int, end: Callable[[], None]) -> AbstractContextManager[None]:
        """Calls `end` when the session is ended, at most once and only for as long as the `with` lasts."""
        ...


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
    revoked: Revoked | None = None
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

        Raises AUTH_TOKEN_EXPIRED for a private one, and UNAUTHENTICATED where the session was ended.
        """
        if not self._is_revoked(facts.caller) and _seconds_left(facts.caller) > 0:
            return facts
        if self.is_private(operation):
            raise self._why_it_ended(facts.caller)
        return replace(facts, caller=None)

    @asynccontextmanager
    async def living(self, facts: RequestFacts, operation: Operation, kind: OperationType) -> AsyncIterator[None]:
        """Ends what runs in the `async with` once its caller's token is good no longer, and then raises as `as_of_now` does.

        Only subscriptions are ended: a mutation that began in time is carried out.
        """
        if kind is not OperationType.SUBSCRIPTION or getattr(facts.caller, "expires_at", None) is None or not self.is_private(operation):
            yield
            return
        lifetime = asyncio.timeout(max(0.0, _seconds_left(facts.caller)))

        def end() -> None:
            if not lifetime.expired():
                lifetime.reschedule(0.0)  # which is in the past

        try:
            async with lifetime:
                session_id = getattr(facts.caller, "session_id", None)
                if self.revoked is None or session_id is None:
                    yield
                else:
                    with self.revoked.watching(session_id, end):
                        yield
        except TimeoutError:
            if not lifetime.expired():
                raise
            raise self._why_it_ended(facts.caller) from None

    def _is_revoked(self, caller: Any) -> bool:
        return self.revoked is not None and getattr(caller, "session_id", None) in self.revoked

    def _why_it_ended(self, caller: Any) -> GraphQLFault:
        return unauthenticated() if self._is_revoked(caller) else token_expired()


def token_expired() -> GraphQLFault:
    """What ends a private operation on a stream that outlives its token."""
    return GraphQLFault(TOKEN_EXPIRED, "The access token has expired: connect again with a new one.")


def _seconds_left(caller: Any) -> float:
    """Until the caller's token expires, which an aware `expires_at` on the caller tells; infinite where there is none."""
    expires_at: datetime | None = getattr(caller, "expires_at", None)
    return float("inf") if expires_at is None else (expires_at - datetime.now(UTC)).total_seconds()
