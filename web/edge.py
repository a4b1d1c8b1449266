"""The edge: what HTTP, event streams and sockets share. Who calls, may they, and what comes of the operation they ask for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from engine.operations import Operation, PreparedOperation
from engine.topics import Member, Subscriber
from web.execution import Executor
from web.faults import TOKEN_EXPIRED, Answer, BadRequest, FaultFormat, GraphQLFault, unauthenticated
from web.requests import RequestFacts
from web.shared import SharedSubscriptions
from web.streams import OpenStreams
from web.writers import Writers

MakeContext = Callable[[RequestFacts], object]
Authenticate = Callable[[str | None], Any]
Admit = Callable[[RequestFacts, Operation], Awaitable[None]]
Charge = Callable[[RequestFacts, PreparedOperation], Awaitable[None]]
IsAnybody = Callable[[Any], bool]


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
    subscribes_per_second: float = 50
    """On one socket; 0 is no limit."""
    subscribes_at_once: int = 100
    """So many more after a pause, as of a client that has come back and asks again for all it had."""
    idle_seconds: float = 900
    """How long a socket may be open without an operation; 0 is for ever."""
    stuck_seconds: float = 30
    keep_alive_seconds: float = 12


def nobody(_token: str | None) -> None:
    """Authentication where there are no accounts: every caller is anonymous."""


async def admit_all(_facts: RequestFacts, _operation: Operation) -> None:
    """Rate limits where there are none."""


async def charge_nothing(_facts: RequestFacts, _operation: PreparedOperation) -> None:
    """Rate limits where no field has one of its own."""


def is_nobody(caller: Any) -> bool:
    """Who shows a token may be somebody for whom nothing is as for others."""
    return caller is None


@dataclass(slots=True)
class Call:
    """An operation that may run: prepared, admitted, and within its limits. Nobody changes it."""

    operation: PreparedOperation
    variables: dict[str, Any] | None
    facts: RequestFacts
    cost: int

    @property
    def kind(self) -> OperationType:
        """Whether it is a query, a mutation or a subscription."""
        return self.operation.kind

    @property
    def is_private(self) -> bool:
        """Whether its answer is its caller's, and not everybody's."""
        return not self.operation.cache.is_public

    @property
    def wants_cost(self) -> bool:
        """Whether its client asks for what it costs: the response is then like no other's."""
        return self.facts.headers.get("x-debug-cost") == "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The callables a server is made of, and how an operation goes through them. `create_app` says what each promises."""

    executor: Executor
    make_context: MakeContext
    authenticate: Authenticate = nobody
    admit: Admit = admit_all
    charge: Charge = charge_nothing
    is_anybody: IsAnybody = is_nobody
    revoked: Revoked | None = None
    faults: FaultFormat = field(default_factory=FaultFormat)
    limits: Limits = field(default_factory=Limits)
    streams: OpenStreams = field(default_factory=OpenStreams)
    shared: SharedSubscriptions | None = None
    writers: Writers = field(default_factory=lambda: Writers(1.0))
    allowed_origins: frozenset[str] = frozenset()

    async def call(self, operation: Operation, facts: RequestFacts, *, may_mutate: bool = True) -> Call:
        """What a client asks for, ready to run. Raises what `admit` and `charge` raise, and Refused for an operation that is wrong.

        Raises BadRequest (405) for a mutation that came by a method which must not change anything, before it is charged for.
        On a socket that has outlived its token a public operation goes on without a caller; raises AUTH_TOKEN_EXPIRED for a private one,
        and UNAUTHENTICATED where the session was ended.
        """
        await self.admit(facts, operation)  # before anything is done for it
        prepared = self.executor.known(operation) or self.executor.prepare(operation)
        if (cost := operation.cost) is None:
            cost = operation.cost = self.executor.check(prepared, operation.variables)
        call = Call(prepared, operation.variables, self._as_of_now(facts, prepared), cost)
        if prepared.kind is OperationType.MUTATION:
            if not may_mutate:
                raise BadRequest("A mutation must be sent by POST.", 405, {"allow": "POST"})
            await self.charge(call.facts, prepared)
        return call

    def answer(self, result: ExecutionResult, call: Call) -> Answer:
        """The response for a result; with what the operation costs, where the client asks for that."""
        cost = {"requested": call.cost, "limit": self.executor.cost_limit}
        extensions = {"requestId": call.facts.request_id, "cost": cost} if call.wants_cost else None
        return self.faults.answer(result, call.facts.request_id, extensions)

    async def execute(self, call: Call) -> ExecutionResult:
        """Run a query or mutation. Who has just run a mutation is not answered what was kept before."""
        caller = call.facts.caller
        as_all = call.kind is OperationType.QUERY and self.is_anybody(caller) and caller not in self.writers
        if as_all and (kept := self.executor.kept(call.operation, call.variables)) is not None:
            return kept
        context = partial(self.make_context, call.facts)
        if call.kind is OperationType.MUTATION:
            try:
                return await self.executor.execute(call.operation, call.variables, context)
            finally:
                self.writers.note(caller)
        public = None
        if as_all:
            public = context if caller is None else partial(self.make_context, replace(call.facts, caller=None))
        return await self.executor.execute(call.operation, call.variables, context, public)

    async def results(self, call: Call) -> AsyncGenerator[ExecutionResult, None]:
        """Run any operation: a query or mutation has one result, a subscription any number."""
        if call.kind is not OperationType.SUBSCRIPTION:
            yield await self.execute(call)
            return
        context = partial(self.make_context, call.facts)
        async with aclosing(self.executor.subscribe(call.operation, call.variables, context)) as results:
            async for result in results:
                yield result

    def join(self, call: Call, subscriber: Subscriber) -> Member | None:
        """Tell a subscriber what all are told who ask the same; None where it has to be run for this caller alone."""
        if self.shared is None or call.kind is not OperationType.SUBSCRIPTION or call.is_private:
            return None
        if not self.is_anybody(call.facts.caller):
            return None
        if call.wants_cost:  # a response of its own
            return None
        return self.shared.join(call.operation, call.variables, subscriber)

    @asynccontextmanager
    async def living(self, call: Call) -> AsyncIterator[None]:
        """Ends what runs in the `async with` once its caller's token is good no longer, and then raises as `call` does.

        Only subscriptions are ended: a mutation that began in time is carried out.
        """
        caller = call.facts.caller
        if call.kind is not OperationType.SUBSCRIPTION or getattr(caller, "expires_at", None) is None or not call.is_private:
            yield
            return
        lifetime = asyncio.timeout(max(0.0, _seconds_left(caller)))

        def end() -> None:
            if not lifetime.expired():
                lifetime.reschedule(0.0)  # which is in the past

        try:
            async with lifetime:
                session_id = getattr(caller, "session_id", None)
                if self.revoked is None or session_id is None:
                    yield
                else:
                    with self.revoked.watching(session_id, end):
                        yield
        except TimeoutError:
            if not lifetime.expired():
                raise
            raise self._why_it_ended(caller) from None

    def _as_of_now(self, facts: RequestFacts, prepared: PreparedOperation) -> RequestFacts:
        caller = facts.caller
        if caller is None or (not self._is_revoked(caller) and _seconds_left(caller) > 0):
            return facts
        if not prepared.cache.is_public:
            raise self._why_it_ended(caller)
        return replace(facts, caller=None)

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
