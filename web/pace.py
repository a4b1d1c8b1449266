"""Pace: how fast one client may ask on one socket."""

import time
from collections.abc import Callable


class Pace:
    """So many a second, and some more at once after a pause. With `per_second` 0 there is no limit."""

    def __init__(self, per_second: float, at_once: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._clock = clock
        self._left = float(at_once)
        self._since = clock()

    def take(self) -> float:
        """Count one more, and answer 0; where that is too fast, count nothing and answer how many seconds to wait."""
        if not self._per_second:
            return 0.0
        now = self._clock()
        self._left = min(self._at_once, self._left + (now - self._since) * self._per_second)
        self._since = now
        if self._left < 1:
            return (1 - self._left) / self._per_second
        self._left -= 1
        return 0.0
