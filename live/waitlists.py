"""Waitlists: those who watch their place in an event's queue, in this process.

One watcher or a thousand, an event's queue is read once after it has changed, and a few times a second at most: each reading answers for
all who watch. What they are told is what the database says then, so that no change in between must be kept.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from domain.ids import EntryId, EventId
from domain.ports import Outage
from domain.waitlist import ACTIVE, Standing

log = logging.getLogger(__name__)

REST_S = 0.25
"""How long an event's queue is left alone after it was read, whatever happens to it; longer where the reading itself took longer."""
AGAIN_S = (0.2, 1.0)
"""The bounds of the wait before a database that is out is asked again."""
TOGETHER_MOST = 1000
"""Watchers whom one statement answers for; where there are more, the next follows at once."""


class StandingSource(Protocol):
    """Where it is read who stands where. Raises Outage where the database could not be had."""

    async def standings_many(self, ids: Sequence[EntryId]) -> list[Standing | None]:
        """Entries with where they stand, in one query; None for one that does not exist."""
        ...


class QueueMoves(Protocol):
    """Where wake-ups come from: `live.boards.Boards`."""

    def watch_waitlist(self, event_id: EventId, waker: asyncio.Event) -> AsyncGenerator[None, None]:
        """That places in an event's queue may be others now: at once, and whenever `waker` was set since."""
        ...


@dataclass(eq=False, slots=True)
class Watcher:
    """One who watches, and what they are to be told."""

    entry_id: EntryId
    standing: Standing | None = None
    ended: bool = False
    failure: Exception | None = None
    waker: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class Line:
    """An event's queue, who watches it, and the task that reads for them."""

    watchers: set[Watcher] = field(default_factory=set)
    waker: asyncio.Event = field(default_factory=asyncio.Event)
    following: asyncio.Task[None] | None = None


class LiveWaitlists:
    """The `WatchingWaitlists` of a process."""

    def __init__(self, source: StandingSource, moves: QueueMoves, *, rest_s: float = REST_S) -> None:
        self._source = source
        self._moves = moves
        self._rest_s = rest_s
        self._lines: dict[EventId, Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def close(self) -> None:
        """End all who watch."""
        self._closed = True
        for line in tuple(self._lines.values()):
            self._end(line, None)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    @property
    def watcher_count(self) -> int:
        """How many watch."""
        return sum(len(line.watchers) for line in self._lines.values())

    async def watch(self, entry_id: EntryId) -> AsyncGenerator[Standing, None]:
        """Where an entry stands: at once, then whenever its place or its state is another; ends with the entry, and with the waitlists.

        Raises LookupError where there is no such event, Outage where it cannot be watched now. Close it (`aclose`) to leave.
        """
        told = None
        with self._attending(entry_id) as watcher:
            while True:
                await watcher.waker.wait()
                watcher.waker.clear()
                if watcher.failure is not None:
                    raise watcher.failure
                standing, ended = watcher.standing, watcher.ended
                if standing is not None and (standing.entry, standing.position) != told:
                    told = standing.entry, standing.position
                    yield standing
                if ended:
                    return

    @contextmanager
    def _attending(self, entry_id: EntryId) -> Iterator[Watcher]:
        """Have an event's queue read for one more, and for nobody once they have all left."""
        if self._closed:
            raise Outage("the process is stopping")
        watcher = Watcher(entry_id)
        line = self._lines.get(entry_id.event_id) or self._open(entry_id.event_id)
        line.watchers.add(watcher)
        line.waker.set()
        try:
            yield watcher
        finally:
            line.watchers.discard(watcher)
            if not line.watchers and line.following is not None:
                self._close(entry_id.event_id, line)
                line.following.cancel()

    def _open(self, event_id: EventId) -> Line:
        line = self._lines[event_id] = Line()
        line.following = asyncio.create_task(self._follow(event_id, line), name=f"waitlist of {event_id}")
        self._tasks.add(line.following)
        line.following.add_done_callback(self._tasks.discard)
        return line

    def _close(self, event_id: EventId, line: Line) -> None:
        if self._lines.get(event_id) is line:
            del self._lines[event_id]

    async def _follow(self, event_id: EventId, line: Line) -> None:
        """Read for all who watch whenever the queue has moved, or one more has come."""
        failure: Exception | None = None
        try:
            async with aclosing(self._moves.watch_waitlist(event_id, line.waker)) as moves:
                async for _ in moves:
                    await asyncio.sleep(await self._read(event_id, line))
        except Exception as reason:  # whoever watches is told, and may come again
            failure = reason
        finally:
            self._close(event_id, line)
            self._end(line, failure)

    async def _read(self, event_id: EventId, line: Line) -> float:
        """Tell all who watch where they stand; answers for how long the queue is then left alone."""
        watchers = list(line.watchers)
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            for first in range(0, len(watchers), TOGETHER_MOST):
                some = watchers[first : first + TOGETHER_MOST]
                ids = list(dict.fromkeys(watcher.entry_id for watcher in some))
                found = dict(zip(ids, await self._source.standings_many(ids), strict=True))
                for watcher in some:
                    self._tell(watcher, found[watcher.entry_id])
        except Outage as reason:
            log.warning("the waitlist of %s cannot be read yet: %s", event_id, reason)
            line.waker.set()
            return random.uniform(*AGAIN_S)
        return max(self._rest_s, clock() - began)

    def _tell(self, watcher: Watcher, standing: Standing | None) -> None:
        """Hand on where an entry stands; one that has come to its end, or is gone, is not looked at again."""
        watcher.standing = standing
        watcher.ended = standing is None or standing.entry.status not in ACTIVE
        watcher.waker.set()

    def _end(self, line: Line, failure: Exception | None) -> None:
        """Nothing comes any more."""
        for watcher in line.watchers:
            watcher.failure = watcher.failure or failure
            watcher.ended = True
            watcher.waker.set()
