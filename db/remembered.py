"""Remembered rows: what seldom changes and is asked for all the time, such as venues, is read about once a second."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SECONDS = 1.0
"""How old a row may be: as old as the schema says of every field that is made of it."""
MOST = 10_000


class Remembered(Generic[K, V]):
    """Things by key, each read again once it is too old. What this process changes it forgets at once."""

    def __init__(
        self,
        load: Callable[[Sequence[K]], Awaitable[list[V | None]]],
        seconds: float = SECONDS,
        *,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._known: OrderedDict[K, tuple[float, V]] = OrderedDict()  # by when they were read
        self._forgotten = 0

    async def many(self, keys: Sequence[K]) -> list[V | None]:
        """In the order of the keys; None for what does not exist."""
        now = self._clock()
        oldest = now - self._seconds
        found: dict[K, V | None] = {}
        missing = []
        for key in keys:
            known = self._known.get(key)
            if known is not None and known[0] > oldest:
                found[key] = known[1]
            else:
                missing.append(key)
        if missing:
            forgotten = self._forgotten
            for key, value in zip(missing, await self._load(missing), strict=True):
                found[key] = value
                if value is not None and forgotten == self._forgotten:  # else it may have been read before it changed
                    self._known[key] = (now, value)
                    self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return [found[key] for key in keys]

    def at_once(self, keys: Sequence[K | None]) -> list[V | None] | None:
        """The same where all of them are remembered; None where they have to be read. A key that is None is of nothing."""
        oldest = self._clock() - self._seconds
        found: list[V | None] = []
        for key in keys:
            if key is None:
                found.append(None)
            elif (known := self._known.get(key)) is not None and known[0] > oldest:
                found.append(known[1])
            else:
                return None
        return found

    def forget(self) -> None:
        """Something was changed here: read all again."""
        self._forgotten += 1
        self._known.clear()
