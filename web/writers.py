"""Writers: who has just changed something, and must not be shown how it was before."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Writers:
    """Those who ran a mutation in this process so few seconds ago that an answer kept for all may be older than it."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: OrderedDict[Hashable, float] = OrderedDict()  # those who wrote last behind the others

    def note(self, caller: Any) -> None:
        """Somebody's mutation has ended."""
        now = self._clock()
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if caller is not None:
            self._until[key_of(caller)] = now + self._seconds
            self._until.move_to_end(key_of(caller))

    def __contains__(self, caller: object) -> bool:
        return bool(self._until) and caller is not None and self._until.get(key_of(caller), 0.0) > self._clock()


def key_of(caller: Any) -> Hashable:
    """A caller's session, or the caller where there are none."""
    key: Hashable = getattr(caller, "session_id", caller)
    return key
