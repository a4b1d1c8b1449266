"""The sender: takes messages without waiting and hands them to Redis in the background."""

import asyncio
import logging
import random
from collections import deque
from contextlib import suppress
from itertools import islice

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

WAITING_MOST = 10_000
TOGETHER_MOST = 256
PATIENCE_S = 2.0
"""A message older than this is not worth sending: whoever watches has compared with the database since."""
FLUSH_S = 0.25
BACKOFF_S = (0.02, 0.5)


class Sender:
    """One connection, one task; what gathers while one round trip is under way goes out together with the next.

    At most `WAITING_MOST` messages wait, for at most `PATIENCE_S`: the oldest are dropped.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._waiting: deque[tuple[float, str, str]] = deque(maxlen=WAITING_MOST)
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._is_out = False

    def put(self, channel: str, message: str) -> None:
        """Send this soon; returns at once."""
        self._waiting.append((asyncio.get_running_loop().time() + PATIENCE_S, channel, message))
        self._some.set()

    @property
    def waiting_count(self) -> int:
        """How many messages wait to be sent."""
        return len(self._waiting)

    async def flush(self) -> None:
        """Wait until all is sent, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                while self._waiting:
                    self._none.clear()
                    await self._none.wait()

    async def run(self) -> None:
        """Send whatever comes, for ever."""
        connection = new_connection(self._pool)
        tries = 0
        try:
            while True:
                await self._some.wait()
                try:
                    await self._send(connection)
                except Exception as lost:
                    self._complain(lost)
                    await connection.disconnect(nowait=True)
                    await asyncio.sleep(jittered(BACKOFF_S, tries))
                    tries += 1
                else:
                    tries = 0
        finally:
            await connection.disconnect(nowait=True)

    async def _send(self, connection: AbstractConnection) -> None:
        """Send what is waiting now, in one round trip."""
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] < now:
            self._waiting.popleft()
        batch = tuple(islice(self._waiting, TOGETHER_MOST))
        if batch:
            async with asyncio.timeout(PATIENCE_S):
                await connection.send_packed_command(
                    connection.pack_commands([("SPUBLISH", channel, message) for _, channel, message in batch])
                )
                for _ in batch:
                    await connection.read_response()
            self._recover()
        for sent in batch:
            if self._waiting and self._waiting[0] is sent:  # the oldest may have been dropped meanwhile
                self._waiting.popleft()
        if not self._waiting:
            self._some.clear()
            self._none.set()

    def _complain(self, reason: Exception) -> None:
        if not self._is_out:
            unexpected = not isinstance(reason, (RedisError, OSError))
            log.warning("Redis cannot be told; viewers of other processes are told through the database: %s", reason, exc_info=unexpected)
        self._is_out = True

    def _recover(self) -> None:
        if self._is_out:
            log.info("Redis can be told again")
        self._is_out = False


def connection_pool(url: str) -> ConnectionPool:
    """Where connections to a Redis are made, as `redis://`, `rediss://` or `unix://` say. It never tries a second time by itself, and
    has no time limit for each read, which would cost more than the read: whoever uses a connection limits the whole.
    """
    return ConnectionPool.from_url(url, protocol=2, socket_connect_timeout=1.0, socket_timeout=None, retry=Retry(NoBackoff(), 0))


def new_connection(pool: ConnectionPool) -> AbstractConnection:
    """A connection that connects with its first command."""
    connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
    return connection


def jittered(bounds_s: tuple[float, float], tries: int) -> float:
    """A random wait that grows with each try: processes that lost the same server do not come back at once."""
    first, longest = bounds_s
    return min(longest, first * 2.0 ** min(tries, 16)) * random.uniform(0.5, 1.0)
