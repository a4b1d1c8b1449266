"""The tally: how much was asked for of late and by whom, counted in Redis by all processes together.

A sliding window, told from two counts: those of the present window, and of the one before as far as it reaches into the last minute. The
`limits` library has the same, but asks anew for each limit and for the wait, and declares itself for redis-py before 8.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

PATIENCE_S = 0.08
"""How long an operation waits for Redis; and then for what may have arrived while this process itself was busy."""
GRACE_S = 0.02
CONNECT_S = 2.0
TRY_AGAIN_S = 0.5
TOGETHER_MOST = 256
REMEMBERED_MOST = 100_000

SCRIPT = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local wait_ms, counted = 0, {}
for i, key in ipairs(KEYS) do
    local most, window_ms, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local window, left_ms = math.floor(now_ms / window_ms), window_ms - now_ms % window_ms
    local kept = redis.call('HMGET', key, 'window', 'count', 'before')
    local count, before = tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
    local age = window - (tonumber(kept[1]) or window)
    if age == 1 then before, count = count, 0 elseif age > 1 then before, count = 0, 0 end
    local over = before * left_ms / window_ms + count + cost - most
    if cost > 0 and over > 0 then
        local this_ms = count + cost <= most and over * window_ms / before
        local next_ms = not this_ms and left_ms + math.min(1, (count + cost - most) / count) * window_ms
        wait_ms = math.max(wait_ms, this_ms or next_ms)
    end
    counted[i] = {key, window, math.max(0, count + cost), before, window_ms}
end
if wait_ms > 0 then return math.ceil(wait_ms) end
for _, c in ipairs(counted) do
    redis.call('HSET', c[1], 'window', c[2], 'count', c[3], 'before', c[4])
    redis.call('PEXPIRE', c[1], 2 * c[5])
end
return 0
"""
"""`Counts.take` in Redis, by the clock of Redis. Answers milliseconds."""


@dataclass(frozen=True, slots=True)
class Demand:
    """So much is asked for under a key, of which there is `most` in a window. A negative cost gives back."""

    key: str
    most: int
    window_s: int
    cost: int = 1


class Tally:
    """Counts in Redis while there is one, and in this process alone while there is none: never without a limit, and never a refusal more.

    What gathers while one round trip is under way goes out together with the next.
    """

    def __init__(self, redis_url: str) -> None:
        # No second try and no time limit for each read, which would cost more than the read: the round trip has one.
        self._pool = ConnectionPool.from_url(
            redis_url, protocol=2, socket_connect_timeout=None, socket_timeout=None, retry=Retry(NoBackoff(), 0)
        )
        self._counts = Counts()
        self._waiting: deque[tuple[tuple[Demand, ...], asyncio.Future[int | None]]] = deque()
        self._some = asyncio.Event()
        self._told = False
        self.is_shared = False
        """Whether Redis counts at present."""

    async def take(self, *demands: Demand) -> float:
        """Count all demands or none. Answers 0 where they were, else the seconds until they could be."""
        if self.is_shared:
            answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
            self._waiting.append((demands, answer))
            self._some.set()
            if (wait_ms := await answer) is not None:
                return wait_ms / 1000
        return self._counts.take(demands)

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[None]:
        """Counts with Redis for as long as the `async with` lasts, as soon as it can be reached."""
        task = asyncio.create_task(self._run(), name="tally")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _run(self) -> None:
        while True:
            connection: AbstractConnection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                async with asyncio.timeout(CONNECT_S):
                    await connection.connect()  # type: ignore[no-untyped-call]
                    await connection.send_command("SCRIPT", "LOAD", SCRIPT)
                    script = await connection.read_response()
                self.is_shared = True
                while True:
                    await self._some.wait()
                    async with patience():
                        await self._ask(connection, script)
                    self._answered()
            except Exception as reason:  # whatever it is, operations go on
                self._lost(reason)
            finally:
                self._give_up()
                with suppress(Exception):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(TRY_AGAIN_S)

    async def _ask(self, connection: AbstractConnection, script: Any) -> None:
        """One round trip for what waits now."""
        together = tuple(islice(self._waiting, TOGETHER_MOST))
        commands = (("EVALSHA", script, len(demands), *_words(demands)) for demands, _ in together)
        await connection.send_packed_command(connection.pack_commands(commands))
        for _, answer in together:
            wait_ms = int(await connection.read_response())
            self._waiting.popleft()
            if not answer.done():  # its client may have left
                answer.set_result(wait_ms)
        if not self._waiting:
            self._some.clear()

    def _answered(self) -> None:
        if self._told:
            log.info("Redis counts for the rate limits again")
        self._told = False

    def _lost(self, reason: Exception) -> None:
        if not self._told:
            unexpected = not isinstance(reason, (RedisError, OSError))
            log.warning("Redis does not count for the rate limits; each process counts alone: %r", reason, exc_info=unexpected)
        self._told = True

    def _give_up(self) -> None:
        """Let all that waits be counted here."""
        self.is_shared = False
        for _, answer in self._waiting:
            if not answer.done():
                answer.set_result(None)
        self._waiting.clear()
        self._some.clear()


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Raises TimeoutError where the block lasts too long, though not merely because the event loop stood still."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = loop.call_later(PATIENCE_S, lambda: limit.reschedule(loop.time() + GRACE_S))
        try:
            yield
        finally:
            timer.cancel()


def _words(demands: tuple[Demand, ...]) -> list[str | int]:
    keys = [f"rate:{demand.key}" for demand in demands]
    return [*keys, *(word for demand in demands for word in (demand.most, demand.window_s * 1000, demand.cost))]


@dataclass(slots=True)
class Count:
    """What was counted under one key: in a window, and in the one before."""

    window: int
    count: int = 0
    before: int = 0


@dataclass(slots=True)
class Counts:
    """The counts of one process; of too many keys it forgets those that were not counted for longest."""

    clock: Callable[[], float] = time.monotonic
    most: int = REMEMBERED_MOST
    _counts: dict[str, Count] = field(default_factory=dict)

    def take(self, demands: tuple[Demand, ...]) -> float:
        """As `Tally.take`, at once."""
        now_s = self.clock()
        counted = [(demand, self._present(demand, now_s)) for demand in demands]
        wait_s = max((_wait_s(demand, count, now_s) for demand, count in counted), default=0.0)
        if wait_s == 0:
            for demand, count in counted:
                count.count = max(0, count.count + demand.cost)
                self._counts.pop(demand.key, None)
                self._counts[demand.key] = count  # now the last to be forgotten
            while len(self._counts) > self.most:
                del self._counts[next(iter(self._counts))]
        return wait_s

    def _present(self, demand: Demand, now_s: float) -> Count:
        window = math.floor(now_s / demand.window_s)
        match self._counts.get(demand.key):
            case Count() as known if known.window == window:
                return known
            case Count() as known if known.window == window - 1:
                return Count(window, 0, known.count)
            case _:
                return Count(window)


def _wait_s(demand: Demand, count: Count, now_s: float) -> float:
    """The seconds until a demand could be met if nothing else were asked for meanwhile; at most two windows."""
    left_s = demand.window_s - now_s % demand.window_s
    over = count.before * left_s / demand.window_s + count.count + demand.cost - demand.most
    if demand.cost <= 0 or over <= 0:
        return 0.0
    if count.count + demand.cost <= demand.most:
        return over * demand.window_s / count.before
    beyond = count.count + demand.cost - demand.most
    return left_s + demand.window_s * min(1.0, beyond / count.count if count.count else 1.0)
