"""Open streams: the sockets and event streams of this process, so that a stopping server ends them instead of waiting for them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class OpenStreams:
    """Every open stream with the way to end it."""

    def __init__(self) -> None:
        self.closing = False
        self._ends: set[Callable[[], None]] = set()
        self._none_left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._ends)

    @contextmanager
    def opened(self, end: Callable[[], None]) -> Iterator[None]:
        """Count a stream as open for as long as the block lasts. `end` is called once if the server stops, at once if it already does."""
        self._ends.add(end)
        try:
            if self.closing:
                end()
            yield
        finally:
            self._ends.discard(end)
            if self.closing and not self._ends:
                self._none_left.set()

    async def close(self, within_seconds: float) -> None:
        """End all streams, and those that open from now on; returns when none is left, or when the time is up."""
        self.closing = True
        for end in list(self._ends):
            end()
        if self._ends:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._none_left.wait(), within_seconds)
