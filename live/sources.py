"""Sources: what any number of viewers are told from, each from where they stand. A viewer has a cursor, not a queue."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from domain.ids import EventId
from domain.places import Counts
from live.board import Board, Update
from live.keeper import Keeper

Told = TypeVar("Told", covariant=True)


class Telling(Protocol[Told]):
    """A source, as `told_by` needs it: see `domain.watching.Source`."""

    @property
    def ended(self) -> bool: ...
    def next(self, after: Any) -> tuple[Hashable, Told] | None: ...
    def watching(self, wake: Callable[[], None]) -> Any: ...


@dataclass(frozen=True, slots=True)
class CountsUpdate:
    """How many places of an event are in each state, by tier, at one version."""

    event_id: EventId
    version: int
    counts: Mapping[int, Counts]


class Reached(NamedTuple):
    """Where a viewer of seats stands: at a version of a board. A board that another has replaced is one that nothing follows on."""

    generation: int
    version: int


class Source:
    """What all sources have in common: the keepers whose boards they tell of."""

    def __init__(self, keepers: Sequence[Keeper]) -> None:
        self._keepers = keepers
        self._viewers = 1

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to tell."""
        return all(keeper.ended for keeper in self._keepers)

    @contextmanager
    def watching(self, wake: Callable[[], None]) -> Iterator[None]:
        """Calls `wake` whenever there may be something new, or the source has ended, for as long as the `with` lasts."""
        for keeper in self._keepers:
            keeper.viewers.add(wake)
        try:
            yield
        finally:
            for keeper in self._keepers:
                keeper.viewers.discard(wake)

    def told_to(self, viewers: int) -> None:
        """So many are told from this source now; it counts as one until somebody says, and never as none."""
        viewers = max(1, viewers)
        for keeper in self._keepers:
            keeper.attending += viewers - self._viewers
        self._viewers = viewers

    @contextmanager
    def attended(self) -> Iterator[Self]:
        """The source while somebody attends to it: whoever it was told to has left at the end."""
        try:
            yield self
        finally:
            self.told_to(1)


class SeatsSource(Source):
    """An event's seats."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__([keeper])
        self._keeper = keeper
        self._board = keeper.board
        self._generation = 0

    def next(self, after: Reached | int | None) -> tuple[Reached, Update] | None:
        """What to tell somebody who stands at `after`, and where they stand then; None where there is nothing new.

        An `after` of a plain version is what a viewer says that it knows: it is told all since then, and something even where that is
        nothing. None is for who knows nothing: a snapshot.
        """
        board = self._present()
        known: int | None
        if isinstance(after, Reached):
            known = after.version if after.generation == self._generation else None
            if known == board.version:
                return None
        else:
            known = after
        update = board.update(known)
        return Reached(self._generation, update.version), update

    def _present(self) -> Board:
        board = self._keeper.board
        assert board is not None, "a source that has ended is not asked"
        if board is not self._board:
            self._board = board
            self._generation += 1
        return board


class CountsSource(Source):
    """The counts of several events. A cursor says of each which of its counts were told, numbered as they came."""

    def __init__(self, keepers: Sequence[Keeper]) -> None:
        super().__init__(keepers)
        self._latest: list[Mapping[int, Counts] | None] = [None] * len(keepers)
        self._numbers = [0] * len(keepers)

    def next(self, after: tuple[int, ...] | None) -> tuple[tuple[int, ...], CountsUpdate] | None:
        """The first counts that somebody who stands at `after` does not know, and where they stand then; None where they know all."""
        known = after or (0,) * len(self._keepers)
        for place, keeper in enumerate(self._keepers):
            board = keeper.board
            if board is None or keeper.ended:
                continue
            latest = self._latest[place]
            if board.tiers is not latest:
                if board.tiers != latest:
                    self._numbers[place] += 1
                self._latest[place] = board.tiers
            if known[place] != (number := self._numbers[place]):
                return (*known[:place], number, *known[place + 1 :]), CountsUpdate(keeper.event_id, board.version, board.tiers)
        return None


async def told_by(source: Telling[Told], after: Any = None) -> AsyncGenerator[Told, None]:
    """What one viewer is told, from where it stands until the source ends."""
    waker = asyncio.Event()
    with source.watching(waker.set):
        while not source.ended:
            waker.clear()
            if (found := source.next(after)) is None:
                await waker.wait()
            else:
                after, told = found
                yield told
