"""The change feed: what was committed in any process, handed to the boards of all."""

import asyncio
import logging
import secrets
from collections.abc import Callable

from broadcaster import Broadcast

from domain.changes import ChangeSet
from domain.ids import EventId
from live import wire
from live.backend import MAY_HAVE_MISSED, RedisBackend

log = logging.getLogger(__name__)

Hear = Callable[[ChangeSet | None], None]


def channel_of(event_id: EventId) -> str:
    """An event's channel; the braces keep it on one node of a Redis cluster."""
    return f"ev:{{{int(event_id)}}}"


class ChangeFeed:
    """Implements Publisher for the box office and Feed for the boards.

    Each event followed has one task that takes its messages and hands them on at once, so nothing queues up for long.
    """

    def __init__(self, redis_url: str) -> None:
        self._backend = RedisBackend(redis_url)
        self._broadcast = Broadcast(backend=self._backend)
        self._name = secrets.token_hex(4)
        self._own = wire.opening(self._name)
        self._hearing: dict[EventId, Hear] = {}
        self._tasks: dict[EventId, asyncio.Task[None]] = {}

    @property
    def is_connected(self) -> bool:
        """Whether messages of other processes arrive at present."""
        return self._backend.is_connected

    async def start(self) -> None:
        """Begin to listen and to publish; returns at once, whether there is a Redis or not."""
        await self._broadcast.connect()

    async def close(self) -> None:
        """Stop, with a moment for what is still to be published."""
        for event_id in tuple(self._hearing):
            self.unfollow(event_id)
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        await self._broadcast.disconnect()

    def publish(self, change_set: ChangeSet) -> None:
        """Tell this process's board now and other processes soon. Returns at once and never raises."""
        if (hear := self._hearing.get(change_set.event_id)) is not None:
            self._tell(hear, change_set)
        self._backend.send(channel_of(change_set.event_id), wire.encode(change_set, self._name))

    def follow(self, event_id: EventId, hear: Hear) -> None:
        """Hand on every change set of an event from now on, and None whenever some may have been lost; one follower per event."""
        if event_id in self._hearing:
            raise ValueError(f"{event_id} is followed already")
        self._hearing[event_id] = hear
        task = asyncio.create_task(self._follow(event_id, hear, self._tasks.get(event_id)), name=f"follow {event_id}")
        self._tasks[event_id] = task
        task.add_done_callback(lambda done: self._forget(event_id, done))

    def unfollow(self, event_id: EventId) -> None:
        """Stop handing on."""
        del self._hearing[event_id]
        self._tasks[event_id].cancel()

    async def _follow(self, event_id: EventId, hear: Hear, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})  # broadcaster mixes up a channel that is left and entered at the same time
        async with self._broadcast.subscribe(channel_of(event_id)) as messages:
            while True:
                message = (await messages.get()).message
                if not message.startswith(self._own):  # our own were told when they were published
                    self._tell(hear, self._read(event_id, message))

    def _read(self, event_id: EventId, message: str) -> ChangeSet | None:
        if message == MAY_HAVE_MISSED:
            return None
        try:
            change_set = wire.decode(message)
        except wire.Malformed as reason:
            log.warning("a message about %s cannot be read: %s", event_id, reason)
            return None
        if change_set.event_id != event_id:
            log.warning("a message about %s tells of %s", event_id, change_set.event_id)
            return None
        return change_set

    def _tell(self, hear: Hear, change_set: ChangeSet | None) -> None:
        try:
            hear(change_set)
        except Exception:  # neither the box office nor the feed stands still for a fault in a board; the watchdog repairs it
            log.exception("a board could not take in what it was told")

    def _forget(self, event_id: EventId, done: asyncio.Task[None]) -> None:
        if self._tasks.get(event_id) is done:
            del self._tasks[event_id]
