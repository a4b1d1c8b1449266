"""Topics: one source, and all who are told from it. What is told is made and encoded once for all who stand at the same cursor."""

import asyncio
import logging
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from time import thread_time
from typing import Any, Protocol

from engine.sharing import Source

Payload = tuple[Hashable, bytes]

WRITES_AT_ONCE = 100
"""So many are written to before others on the loop have their turn."""
BYTES_PER_WRITE = 4096
"""A payload of so many bytes counts as one write more."""
REST = 1.0
"""How long a topic rests after a round, in the processor's time that the round took: one topic takes half of a process at most, and changes
merge. Not in the clock's: where the machine is busy, viewers would wait for that as well.
"""
REST_LEAST_S = 0.001
REST_MOST_S = 0.05
NOWHERE = object()
"""Where nobody stands."""
MEMO_MOST = 64
MEMO_BYTES = 1_000_000

logger = logging.getLogger(__name__)


class Subscriber(Protocol):
    """One client of a shared subscription. Nothing here waits or raises."""

    def is_behind(self) -> bool:
        """Whether so much waits to be read that nothing more should be sent. It says `Member.can_take_more` once that is over."""
        ...

    def send(self, payload: bytes) -> None:
        """Send a response, encoded."""
        ...

    def end(self, error: Exception | None) -> None:
        """It is over: completed, or ended by an exception, as it would have been alone. Nothing comes after it."""
        ...

    def go_alone(self) -> None:
        """This cannot be shared after all: run it for this client alone. Comes before anything was sent, and nothing comes after it."""
        ...


class NotShareable(Exception):
    """The payload must be waited for: whoever asks for it is to be answered alone."""


class Member:
    """A subscriber's place in a topic, and where it stands."""

    __slots__ = ("_topic", "cursor", "has_left", "subscriber")

    def __init__(self, topic: "Topic", subscriber: Subscriber, cursor: Any) -> None:
        self._topic = topic
        self.subscriber = subscriber
        self.cursor = cursor
        self.has_left = False

    def can_take_more(self) -> None:
        """The subscriber is behind no longer."""
        if not self.has_left:
            self._topic.look_at(self)

    def leave(self) -> None:
        """Be told nothing from now on. The last one closes the topic."""
        if not self.has_left:
            self._topic.drop(self)


class Topic:
    """Tells its members, for as long as there are any; opened with the first of them. `closed` is called once it takes no more."""

    def __init__(
        self,
        open_source: Callable[[], AbstractAsyncContextManager[Source[Any]]],
        encode: Callable[[Any], bytes],
        closed: Callable[["Topic"], None],
    ) -> None:
        self._open_source = open_source
        self._encode = encode
        self._closed = closed
        self._members: dict[Member, None] = {}  # in the order in which they came
        self._fresh: dict[Member, None] = {}
        self._source: Source[Any] | None = None
        self._woken = False
        self._stirred = asyncio.Event()
        self._memo: dict[Hashable, Payload | None] = {}
        self._memo_bytes = 0
        self._newest: Any = NOWHERE  # the cursor, the very object, of those who know all
        self._has_told = False
        self._task = asyncio.create_task(self._run(), name="shared subscription")

    def __len__(self) -> int:
        return len(self._members)

    def join(self, subscriber: Subscriber, cursor: Any) -> Member:
        """Tell one more, from a cursor on. It is never told anything before this returns."""
        member = Member(self, subscriber, cursor)
        self._members[member] = None
        self.look_at(member)
        self._count()
        return member

    def look_at(self, member: Member) -> None:
        """Tell a member what is new to it."""
        self._fresh[member] = None
        self._stirred.set()

    def drop(self, member: Member) -> None:
        """Tell a member no more."""
        member.has_left = True
        self._members.pop(member, None)
        self._fresh.pop(member, None)
        if self._members:
            self._count()
        else:
            self._closed(self)
            self._task.cancel()

    async def _run(self) -> None:
        failed: Exception | None = None
        try:
            async with self._open_source() as source:
                self._source = source
                self._count()
                with source.watching(self._wake):
                    await self._tell(source)
        except Exception as error:
            failed = error
        finally:
            self._source = None
            self._memo.clear()
            self._closed(self)
        self._end(failed)

    async def _tell(self, source: Source[Any]) -> None:
        """Tell whoever came or can take more, and after a wake everybody, in rounds, until the source ends."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            if source.ended:
                return
            is_whole, self._woken = self._woken, False
            members = list(self._members if is_whole else self._fresh)
            self._fresh.clear()
            took_s = await self._round(source, members)
            if is_whole and (rest_s := REST * took_s) >= REST_LEAST_S:
                await asyncio.sleep(min(rest_s, REST_MOST_S))

    async def _round(self, source: Source[Any], members: Sequence[Member]) -> float:
        """Tell some members all that is new to them, as far as they can take it; answers the seconds of the processor that it took."""
        took_s, began = 0.0, thread_time()
        room = WRITES_AT_ONCE
        memo = self._memo
        for member in members:
            subscriber = member.subscriber
            while not (member.has_left or member.cursor is self._newest or subscriber.is_behind()):
                told = memo.get(member.cursor) or self._told_after(source, member.cursor)
                if told is None:
                    break
                member.cursor, payload = told
                self._has_told = True
                try:
                    subscriber.send(payload)
                except Exception as error:  # one that is broken must not be the end of all others
                    logger.exception("A subscriber cannot be told")
                    if not member.has_left:
                        self.drop(member)
                        subscriber.end(error)
                room -= 1 + len(payload) // BYTES_PER_WRITE
                if room <= 0:
                    took_s += thread_time() - began
                    await asyncio.sleep(0)
                    if source.ended:
                        return took_s
                    room, began = WRITES_AT_ONCE, thread_time()
        return took_s + thread_time() - began

    def _told_after(self, source: Source[Any], cursor: Any) -> Payload | None:
        """What is told to whoever stands at a cursor: asked of the source once until it wakes us again."""
        if cursor in self._memo:
            return self._memo[cursor]
        found = source.next(cursor)
        if found is None:
            self._newest = cursor
        told = None if found is None else (found[0], self._encode(found[1]))
        size = 0 if told is None else len(told[1])
        if len(self._memo) >= MEMO_MOST or self._memo_bytes + size > MEMO_BYTES:
            self._forget()
        self._memo_bytes += size
        self._memo[cursor] = told
        return told

    def _wake(self) -> None:
        self._forget()
        self._woken = True
        self._stirred.set()

    def _forget(self) -> None:
        self._memo.clear()
        self._memo_bytes = 0
        self._newest = NOWHERE

    def _count(self) -> None:
        if self._source is not None:
            self._source.told_to(len(self._members))

    def _end(self, failed: Exception | None) -> None:
        members = list(self._members)
        self._members.clear()
        self._fresh.clear()
        for member in members:
            if member.has_left:
                continue  # one that was told of the end has taken another with it
            member.has_left = True
            if isinstance(failed, NotShareable) and not self._has_told:
                member.subscriber.go_alone()
            else:
                member.subscriber.end(failed)
