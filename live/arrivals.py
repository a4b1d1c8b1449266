"""Arrivals: those who wait for their notifications, in this process.

Whoever is woken reads from the database what was not told yet, so that a wake-up carries nothing and none of them must be kept. As the
moment a notification is dated by lies before its commit, each look reaches back over what was looked at before.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from domain.ids import NotificationId, UserId
from domain.notifications import Notification
from domain.ports import Outage

log = logging.getLogger(__name__)

REACH_S = 60.0
"""How far a look reaches back before the last one: more than a commit takes, with all its tries."""
TOGETHER_MOST = 100
"""Notifications read at a time for one who waits."""
USERS_MOST = 1000
"""Users whom one comparison with the database asks for."""
AGAIN_S = (0.2, 2.0)
"""The bounds of the wait before a database that is out is asked again."""


class Wakes(Protocol):
    """Where wake-ups come from: `live.feed.ChangeFeed`."""

    def follow_user(self, user_id: UserId, hear: Callable[[bool], None]) -> None:
        """Tell True whenever a notification for a user was written, and False where one may have been; one follower per user."""
        ...

    def unfollow_user(self, user_id: UserId) -> None:
        """Stop telling."""
        ...


class ArrivalSource(Protocol):
    """Where it is read what has arrived. Each raises Outage where the database could not be had."""

    async def arrived(self, user_ids: Sequence[UserId], within_seconds: float) -> list[tuple[UserId, NotificationId]]:
        """Which notifications some users have got within so long."""
        ...

    async def arrived_at(self, user_id: UserId, within_seconds: float, told: Sequence[NotificationId], most: int) -> list[Notification]:
        """What a user has got within so long and was not told yet, oldest first."""
        ...


@dataclass(eq=False, slots=True)
class Waiting:
    """One who waits: what they were told lately, and when they looked last."""

    user_id: UserId
    looked_at: float
    told: dict[NotificationId, float] = field(default_factory=dict)
    """When, by notification, the eldest first."""
    waker: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, notification_id: NotificationId, now: float) -> None:
        """Remember that this was told."""
        self.told[notification_id] = now

    def looked(self, at: float) -> None:
        """All there was at a moment was read: what no look reaches back to any more is forgotten."""
        self.looked_at = at
        while self.told and next(iter(self.told.values())) < at - 2 * REACH_S:
            del self.told[next(iter(self.told))]


class LiveArrivals:
    """The `Arrivals` of a process: woken by the feed within a moment, and compared with the database every few seconds."""

    def __init__(self, source: ArrivalSource, feed: Wakes, *, check_every_s: float = 4.0) -> None:
        self._source = source
        self._feed = feed
        self._check_every_s = check_every_s
        self._waiting: dict[UserId, set[Waiting]] = defaultdict(set)
        self._doubted: set[UserId] = set()
        self._doubt = asyncio.Event()
        self._closed = False
        self._watchdog: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to compare."""
        self._watchdog = asyncio.create_task(self._watch_over(), name="arrivals' watchdog")

    async def close(self) -> None:
        """End all who wait."""
        self._closed = True
        for waiting in self._all():
            waiting.waker.set()
        if self._watchdog is not None:
            self._watchdog.cancel()
            await asyncio.wait({self._watchdog})

    @property
    def waiting_count(self) -> int:
        """How many wait."""
        return len(self._all())

    async def watch(self, user_id: UserId) -> AsyncGenerator[Notification, None]:
        """Each notification of a user that is written from now on, once, in the order in which they become known.

        Raises Outage where it cannot begin; later outages are waited out. Ends with the arrivals. Close it (`aclose`) to leave.
        """
        clock = asyncio.get_running_loop().time
        with self._attending(user_id) as waiting:
            for _, known in await self._source.arrived([user_id], 2 * REACH_S):  # what was there before is not told
                waiting.note(known, clock())
            while not self._closed:
                for notification in await self._news_of(waiting):
                    waiting.note(notification.id, clock())
                    yield notification
                await waiting.waker.wait()

    async def _news_of(self, waiting: Waiting) -> list[Notification]:
        """What one who waits was not told yet, a bounded part of it; the waker stays set where there may be more."""
        now = asyncio.get_running_loop().time()
        waiting.waker.clear()
        try:
            reach = REACH_S + now - waiting.looked_at
            news = await self._source.arrived_at(waiting.user_id, reach, tuple(waiting.told), TOGETHER_MOST)
        except Outage:
            await asyncio.sleep(random.uniform(*AGAIN_S))
            waiting.waker.set()
            return []
        if len(news) < TOGETHER_MOST:
            waiting.looked(now)
        else:
            waiting.waker.set()
        return news

    @contextmanager
    def _attending(self, user_id: UserId) -> Iterator[Waiting]:
        """Be woken when something comes for a user."""
        if self._closed:
            raise Outage("the process is stopping")
        waiting = Waiting(user_id, asyncio.get_running_loop().time())
        if user_id not in self._waiting:
            self._feed.follow_user(user_id, lambda sure: self._hear(user_id, sure))
        self._waiting[user_id].add(waiting)
        try:
            yield waiting
        finally:
            self._waiting[user_id].discard(waiting)
            if not self._waiting[user_id]:
                del self._waiting[user_id]
                self._feed.unfollow_user(user_id)

    def _hear(self, user_id: UserId, sure: bool) -> None:
        """Wake a user's sockets; where it is not sure that anything came, ask for all such users together first."""
        if not sure:
            self._doubted.add(user_id)
            self._doubt.set()
            return
        for waiting in self._waiting.get(user_id, ()):
            waiting.waker.set()

    def _all(self) -> list[Waiting]:
        return [waiting for of_user in self._waiting.values() for waiting in of_user]

    async def _watch_over(self) -> None:
        """Compare with the database: those in doubt soon, all of them every few seconds."""
        clock = asyncio.get_running_loop().time
        due, is_out = clock() + self._check_every_s, False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._doubt.wait()
            user_ids = {user_id for user_id in self._doubted if user_id in self._waiting}
            self._doubted.clear()
            self._doubt.clear()
            if clock() >= due:
                due = clock() + self._check_every_s
                user_ids.update(self._waiting)
            try:
                await self._compare(sorted(user_ids))
                is_out = False
            except Exception as reason:  # whatever it is, the next comparison may succeed: it reaches back as far as it must
                if not is_out:
                    log.warning("arrivals cannot be compared with the database: %s", reason, exc_info=not isinstance(reason, Outage))
                is_out = True

    async def _compare(self, user_ids: Sequence[UserId]) -> None:
        """Wake those for whom the database has something that they were not told."""
        now = asyncio.get_running_loop().time()
        for first in range(0, len(user_ids), USERS_MOST):
            some = user_ids[first : first + USERS_MOST]
            eldest = min((waiting.looked_at for user_id in some for waiting in self._waiting.get(user_id, ())), default=now)
            arrived = defaultdict(set)
            for user_id, notification_id in await self._source.arrived(some, REACH_S + now - eldest):
                arrived[user_id].add(notification_id)
            for waiting in (waiting for user_id in some for waiting in self._waiting.get(user_id, ())):
                if arrived[waiting.user_id] - waiting.told.keys():
                    waiting.waker.set()
                elif waiting.looked_at < now:
                    waiting.looked(now)
