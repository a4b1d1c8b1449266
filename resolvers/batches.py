"""Batches: what many objects of one answer need is read once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batches(Generic[K, V]):
    """What belongs to some keys, read by one call for all of them, and shared by those who ask meanwhile; nothing is kept."""

    def __init__(self, load: Callable[[list[K]], Awaitable[Sequence[V]]]) -> None:
        self._load = load
        self._flights: dict[tuple[K, ...], asyncio.Future[dict[K, V]]] = {}

    async def of(self, keys: Sequence[K | None]) -> list[V | None]:
        """In the order of the keys, of which some may be equal; None where there is no key."""
        unique = tuple(dict.fromkeys([key for key in keys if key is not None]))
        found = await self._found(unique) if unique else {}
        return [None if key is None else found[key] for key in keys]

    async def _found(self, keys: tuple[K, ...]) -> dict[K, V]:
        if (flight := self._flights.get(keys)) is not None:
            return await asyncio.shield(flight)
        flight = self._flights[keys] = asyncio.get_running_loop().create_future()
        try:
            found = dict(zip(keys, await self._load(list(keys)), strict=True))
            flight.set_result(found)
            return found
        except Exception as error:
            flight.set_exception(error)
            flight.exception()  # heard, whether somebody else waits or not
            raise
        finally:
            del self._flights[keys]
            flight.cancel()  # where this was cancelled: nobody else will fill it
