"""The micro-cache: what everybody may see is answered once for all who ask at about the same time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

from strawberry.types.execution import ExecutionResult

from engine.encoding import encode

STORE_BYTES = 64 * 1024 * 1024
ENTRY_BYTES = 1024
"""About what an entry takes beside its answer."""


@dataclass(kw_only=True)
class SharedResult(ExecutionResult):
    """A result that everybody may see, without errors, encoded as it goes out: its `data` is nowhere else."""

    encoded: bytes
    made_at: float


class MicroCache:
    """Answers by key, none older than it may be, in a bounded number of bytes. Errors are never kept."""

    def __init__(self, max_age_s: float, *, store_bytes: int = STORE_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_age_s = max_age_s
        self.hits = self.misses = self.joined = 0
        self._store_bytes = store_bytes
        self._clock = clock
        self._kept: OrderedDict[Hashable, SharedResult] = OrderedDict()
        self._bytes = 0
        self._flights: dict[Hashable, asyncio.Task[Any]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """About how much memory the answers take."""
        return self._bytes

    def kept(self, key: Hashable, max_age_s: float) -> SharedResult | None:
        """What is kept under a key and young enough."""
        if (kept := self._kept.get(key)) is None:
            return None
        if self._clock() - kept.made_at < min(max_age_s, self.max_age_s):
            self.hits += 1
            return kept
        self._forget(key)
        return None

    async def answer(self, key: Hashable, max_age_s: float, run: Callable[[], Awaitable[ExecutionResult]]) -> ExecutionResult:
        """What is kept under a key and young enough; else what `run` answers, which all who ask meanwhile are answered too.

        A SharedResult, unless it has errors. Whoever turns away meanwhile does not disturb the others.
        """
        if (kept := self.kept(key, max_age_s)) is not None:
            return kept
        if (flight := self._flights.get(key)) is None:
            self.misses += 1
            flight = self._flights[key] = asyncio.create_task(self._fly(key, min(max_age_s, self.max_age_s), run))
            flight.add_done_callback(heard)
        else:
            self.joined += 1
        return await asyncio.shield(flight)

    async def _fly(self, key: Hashable, max_age_s: float, run: Callable[[], Awaitable[ExecutionResult]]) -> ExecutionResult:
        began_at = self._clock()  # what it reads may be of any moment since
        try:
            result = await run()
            if result.errors:
                return result
            encoded = encode({"data": result.data})
            shared = SharedResult(data=None, errors=None, encoded=encoded, made_at=began_at)
            if max_age_s > 0:
                self._keep(key, shared)
            return shared
        finally:
            del self._flights[key]

    def _keep(self, key: Hashable, shared: SharedResult) -> None:
        if (size := len(shared.encoded) + ENTRY_BYTES) > self._store_bytes:
            return  # it would drive out all others and then go itself
        self._kept[key] = shared
        self._bytes += size
        while self._bytes > self._store_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        self._bytes -= len(self._kept.pop(key).encoded) + ENTRY_BYTES


def heard(flight: asyncio.Task[Any]) -> None:
    """What goes wrong in a flight is told to those who wait for it, if they still do."""
    if not flight.cancelled():
        flight.exception()
