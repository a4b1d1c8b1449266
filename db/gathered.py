"""Gathered reads: what several requests ask at about the same time is read at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

HELD_SECONDS = 0.05
"""How long a read holds up those behind it: one that takes longer may be waiting for a lock, or for a connection that is lost."""


class Gathered(Generic[K, V]):
    """Reads by key. While one is under way those that are asked for gather, and leave together once it is done.

    Nothing is kept: each read begins after it was asked for, so that it is never older than one of its own would be. Whoever asks alone
    waits for nobody and costs nothing more.
    """

    def __init__(self, load: Callable[[Sequence[K]], Awaitable[Sequence[V]]]) -> None:
        self._load = load
        self._under_way = 0
        self._waiting: list[tuple[Sequence[K], asyncio.Future[list[V]]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flights: set[asyncio.Task[None]] = set()

    async def many(self, keys: Sequence[K]) -> Sequence[V]:
        """In the order of the keys. Raises what the read raises."""
        if not self._under_way:
            self._under_way += 1
            try:
                await asyncio.sleep(0)  # who asks in the same turn of the loop comes along
                if not self._waiting:
                    return await self._load(keys)
                place = self._wait(keys)
            finally:
                self._land()
        else:
            place = self._wait(keys)
        return await place

    def _wait(self, keys: Sequence[K]) -> "asyncio.Future[list[V]]":
        loop = asyncio.get_running_loop()
        place: asyncio.Future[list[V]] = loop.create_future()
        self._waiting.append((keys, place))
        if self._timer is None:
            self._timer = loop.call_later(HELD_SECONDS, self._leave, context=Context())
        return place

    @property
    def is_idle(self) -> bool:
        """Whether nobody reads or waits."""
        return not self._under_way and not self._waiting

    def _land(self) -> None:
        self._under_way -= 1
        if self._waiting:
            self._leave()

    def _leave(self) -> None:
        """Read for all who wait, whether another read is still under way or not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = [one for one in self._waiting if not one[1].done()], []  # but for who has turned away
        if waiting:
            self._under_way += 1
            flight = asyncio.create_task(self._fly(waiting), context=Context())
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _fly(self, waiting: Sequence[tuple[Sequence[K], asyncio.Future[list[V]]]]) -> None:
        try:
            unique = list(dict.fromkeys([key for keys, _ in waiting for key in keys]))
            found = dict(zip(unique, await self._load(unique), strict=True))
            for keys, place in waiting:
                if not place.done():
                    place.set_result([found[key] for key in keys])
        except BaseException as error:
            for _, place in waiting:
                if not place.done():
                    place.set_exception(error) if isinstance(error, Exception) else place.cancel()
            if not isinstance(error, Exception):
                raise
        finally:
            self._land()
