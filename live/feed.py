"""The change feed: what was committed in any process, handed to the boards of all."""

import asyncio
import logging
import secrets
from collections.abc import Callable

from broadcaster import Broadcast

from domain.changes import ChangeSet
from domain.ids import EventId, UserId
from live import wire
from live.backend import MAY_HAVE_MISSED, RedisBackend

log = logging.getLogger(__name__)

Hear = Callable[[ChangeSet | None], None]
HearOfUser = Callable[[bool], None]
"""Told True where a notification has come, and False where one may have been missed."""


def channel_of(event_id: EventId) -> str:
    """An event's channel; the braces keep it on one node of a Redis cluster."""
    return f"ev:{{{int(event_id)}}}"


def channel_of_user(user_id: UserId) -> str:
    """The channel by which a user's sockets are woken in every process: whoever is woken reads what there is."""
    return f"user:{{{int(user_id)}}}"


class ChangeFeed:
    """Implements Publisher for the box office, Feed for the boards, and Wakes for those who wait for notifications.

    Each event or user followed has one task that takes its messages and hands them on at once, so nothing queues up for long.
    """

    def __init__(self, redis_url: str) -> None:
        self._backend = RedisBackend(redis_url)
        self._broadcast = Broadcast(backend=self._backend)
        self._name = secrets.token_hex(4)
        self._own = wire.opening(self._name)
        self._hearing: dict[EventId, Hear] = {}
        self._hearing_users: dict[UserId, HearOfUser] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

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
        for user_id in tuple(self._hearing_users):
            self.unfollow_user(user_id)
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        await self._broadcast.disconnect()

    def publish(self, change_set: ChangeSet) -> None:
        """Tell this process's board now and other processes soon. Returns at once and never raises."""
        if (hear := self._hearing.get(change_set.event_id)) is not None:
            self._tell(hear, change_set)
        self._backend.send(channel_of(change_set.event_id), wire.encode(change_set, self._name))
        for user_id in change_set.notified:
            if (hear_of_user := self._hearing_users.get(user_id)) is not None:
                self._tell_of_user(hear_of_user, True)
            self._backend.send(channel_of_user(user_id), self._name)

    def follow(self, event_id: EventId, hear: Hear) -> None:
        """Hand on every change set of an event from now on, and None whenever some may have been lost; one follower per event."""
        if event_id in self._hearing:
            raise ValueError(f"{event_id} is followed already")
        self._hearing[event_id] = hear

        def take(message: str) -> None:
            if not message.startswith(self._own):  # our own were told when they were published
                self._tell(hear, self._read(event_id, message))

        self._enter(channel_of(event_id), take)

    def unfollow(self, event_id: EventId) -> None:
        """Stop handing on."""
        del self._hearing[event_id]
        self._tasks[channel_of(event_id)].cancel()

    def follow_user(self, user_id: UserId, hear: HearOfUser) -> None:
        """Tell, from now on, whenever a notification for a user was written in any process, or may have been; one follower per user."""
        if user_id in self._hearing_users:
            raise ValueError(f"{user_id} is followed already")
        self._hearing_users[user_id] = hear

        def take(message: str) -> None:
            if message != self._name:
                self._tell_of_user(hear, message != MAY_HAVE_MISSED)

        self._enter(channel_of_user(user_id), take)

    def unfollow_user(self, user_id: UserId) -> None:
        """Stop telling."""
        del self._hearing_users[user_id]
        self._tasks[channel_of_user(user_id)].cancel()

    def _enter(self, channel: str, take: Callable[[str], None]) -> None:
        task = asyncio.create_task(self._follow(channel, take, self._tasks.get(channel)), name=f"follow {channel}")
        self._tasks[channel] = task
        task.add_done_callback(lambda done: self._forget(channel, done))

    async def _follow(self, channel: str, take: Callable[[str], None], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})  # broadcaster mixes up a channel that is left and entered at the same time
        async with self._broadcast.subscribe(channel) as messages:
            while True:
                take((await messages.get()).message)

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

    def _tell_of_user(self, hear: HearOfUser, sure: bool) -> None:
        try:
            hear(sure)
        except Exception:  # as above; who waits for notifications compares with the database by itself
            log.exception("somebody who waits for notifications could not be woken")

    def _forget(self, channel: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(channel) is done:
            del self._tasks[channel]
