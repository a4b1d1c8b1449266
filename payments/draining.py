"""Draining: working off a list that is longer than what may be done at once, and leaving alone for a while what did not go."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

LONGEST_SECONDS = 600.0
REMEMBERED_MOST = 10_000
K = TypeVar("K", bound=Hashable)


class Placed(Protocol):
    """Something with a place in the list: by when it was made, then by its number."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def id(self) -> Any: ...


P = TypeVar("P", bound=tuple[Placed, object])


async def drain(
    page: Callable[[tuple[datetime, int] | None], Awaitable[Sequence[P]]],
    take_up: Callable[[P], "asyncio.Task[Any] | None"],
    at_once: int,
) -> int:
    """Take up everything that `page` brings, page after page, no more than `at_once` at a time; answers how many were taken up.

    `page` is asked for what comes after a (created_at, number); `take_up` answers None for what is passed over. A task that fails stops no
    other, and a caller that is cancelled stops none.
    """
    running: set[asyncio.Task[Any]] = set()
    taken_up, after = 0, None
    while found := await page(after):
        for item in found:
            if len(running) >= at_once:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if task := take_up(item):
                running.add(task)
                taken_up += 1
        last = found[-1][0]
        after = last.created_at, last.id.number
    if running:
        await asyncio.wait(running)
    return taken_up


@dataclass(slots=True)
class Wait:
    """How often something has failed in turn, and until when it is left alone."""

    failures: int
    until: float


class Backoff(Generic[K]):
    """Leaves alone what has failed: first for `first_seconds`, then twice as long each time, up to ten minutes."""

    def __init__(self, first_seconds: float) -> None:
        self.first_seconds = first_seconds
        self._waits: dict[K, Wait] = {}

    def lasts(self, key: K) -> bool:
        """Whether something is still to be left alone."""
        wait = self._waits.get(key)
        return wait is not None and asyncio.get_running_loop().time() < wait.until

    def lengthen(self, key: K) -> None:
        """Leave something alone, longer than the last time; those that fail together count once."""
        if self.lasts(key):
            return
        if len(self._waits) >= REMEMBERED_MOST:  # some of it others have brought to its end, and nobody told
            self._waits = {known: wait for known, wait in self._waits.items() if self.lasts(known)}
        wait = self._waits.setdefault(key, Wait(0, 0.0))
        seconds = min(self.first_seconds * 2 ** min(wait.failures, 16), LONGEST_SECONDS)
        wait.failures += 1
        wait.until = asyncio.get_running_loop().time() + seconds

    def forget(self, key: K) -> None:
        """Something goes well again."""
        self._waits.pop(key, None)
