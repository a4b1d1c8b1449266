"""What changed last: a bounded memory that answers "since version N", or that it no longer knows."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """The last `most` things that changed, each once, with its newest value and the version that gave it.

    It knows every change after `known_since`, and nothing of those before.
    """

    def __init__(self, version: int, most: int) -> None:
        self.known_since = version
        self._most = most
        self._things: OrderedDict[int, tuple[int, T]] = OrderedDict()  # in the order in which they changed last

    def note(self, version: int, number: int, value: T) -> None:
        """Remember that a thing changed; versions never go back."""
        self._things[number] = (version, value)
        self._things.move_to_end(number)
        if len(self._things) > self._most:
            _, (self.known_since, _) = self._things.popitem(last=False)

    def since(self, version: int) -> list[tuple[int, T]] | None:
        """Everything that changed after a version, latest value only, newest first; None where that is no longer known."""
        if version < self.known_since:
            return None
        found = []
        for number, (changed_at, value) in reversed(self._things.items()):
            if changed_at <= version:
                break
            found.append((number, value))
        return found

    def forget(self, version: int) -> None:
        """Know nothing of what happened up to a version."""
        self.known_since = version
        self._things.clear()
