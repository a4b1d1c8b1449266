"""Connections that go from one batch to the next without going back to their pool in between, first come first served."""

import asyncio
from collections import deque
from contextvars import Context
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    from db.pool import Connection, Pool

IDLE_SECONDS = 0.05
"""How long a connection that nobody asks for is kept."""
LOANS_MOST = 100
"""How often a connection is lent on before the pool has it back, so that whoever else asks the pool waits no longer than that."""


@dataclass(eq=False, slots=True)
class Kept:
    """A connection taken from the pool."""

    connection: "PoolConnectionProxy[asyncpg.Record]"
    loans: int = 0
    idle_since: float = 0.0


class KeptConnections:
    """Lends the connections of a pool.

    Who has waited longest is handed the next one itself. A pool wakes its first in line and serves whoever comes by before that one has
    run, so that under load some wait twenty times as long as others; and it needs a task for each loan. After a failure a connection
    goes back to the pool, which finds out whether it is still of use.
    """

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self._taken = 0
        """How many connections are taken from the pool or being asked of it."""
        self._idle: list[Kept] = []
        self._waiting: deque[asyncio.Future[Kept | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._going_back: set[asyncio.Task[None]] = set()

    def lend(self, within_seconds: float) -> "Loan":
        """A connection for as long as an `async with` lasts; raises TimeoutError where none is free within that time."""
        return Loan(self, within_seconds)

    async def close(self) -> None:
        """Give the idle ones back to the pool."""
        self._give_up(self._idle)
        self._idle = []
        if self._going_back:
            await asyncio.wait(self._going_back)

    async def take(self, within_seconds: float) -> Kept:
        """The next connection that is free, in order of asking."""
        while self._idle:
            kept = self._idle.pop()
            if is_open(kept.connection):
                return kept
            self._give_up([kept])
        if self._taken < self.pool.get_max_size():
            self._taken += 1
        else:
            began = asyncio.get_running_loop().time()
            handed = await self._wait(within_seconds)
            if handed is not None:
                return handed
            within_seconds = max(0.1, within_seconds - (asyncio.get_running_loop().time() - began))
        try:
            return Kept(await self.pool.acquire(timeout=within_seconds))
        except BaseException:
            self._pass_on(None)
            raise

    def give_back(self, kept: Kept) -> None:
        """Hand a connection to the first who waits; where nobody does, keep it for whoever comes soon."""
        kept.loans += 1
        if kept.loans >= LOANS_MOST:
            self._give_up([kept])
        else:
            self._pass_on(kept)

    async def drop(self, kept: Kept) -> None:
        """Give a connection back to the pool after a failure."""
        try:
            await self.pool.release(kept.connection)
        finally:
            self._pass_on(None)

    async def _wait(self, within_seconds: float) -> Kept | None:
        """A connection from whoever is first to give one back, or None for the right to ask the pool for one."""
        waiter: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(within_seconds):
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():  # handed over at the moment of giving up
                self._pass_on(waiter.result())
            raise

    def _pass_on(self, kept: Kept | None) -> None:
        """To the first who waits, a connection or, for None, the right to ask the pool for one."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(kept)
                return
        if kept is None:
            self._taken -= 1
            return
        loop = asyncio.get_running_loop()
        kept.idle_since = loop.time()
        self._idle.append(kept)
        if self._timer is None:
            self._timer = loop.call_later(IDLE_SECONDS, self._tidy, context=Context())

    def _tidy(self) -> None:
        """Give back those that nobody has asked for since they came."""
        loop = asyncio.get_running_loop()
        before = loop.time() - IDLE_SECONDS
        self._give_up([kept for kept in self._idle if kept.idle_since <= before])
        self._idle = [kept for kept in self._idle if kept.idle_since > before]
        self._timer = loop.call_later(IDLE_SECONDS, self._tidy, context=Context()) if self._idle else None

    def _give_up(self, found: list[Kept]) -> None:
        for kept in found:
            task = asyncio.create_task(self.drop(kept), context=Context())
            self._going_back.add(task)
            task.add_done_callback(self._going_back.discard)


class Loan:
    """A connection, as long as an `async with` lasts."""

    __slots__ = ("_kept", "_lender", "_within_seconds")

    def __init__(self, lender: KeptConnections, within_seconds: float) -> None:
        self._lender = lender
        self._within_seconds = within_seconds

    async def __aenter__(self) -> "Connection":
        self._kept = await self._lender.take(self._within_seconds)
        return self._kept.connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None and not self._kept.connection.is_in_transaction():
            self._lender.give_back(self._kept)
        else:
            await self._lender.drop(self._kept)


def is_open(connection: "Connection") -> bool:
    """Whether a connection of a pool is still of use. One that broke the pool has taken back by itself, and it says nothing any more."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False
