"""Our backend for broadcaster: change sets of all processes over Redis, with sharded channels, that outlives any restart of Redis.

broadcaster's own backend delivers nothing with redis-py 8, dies with its connection, and cannot tell that messages were lost. Its other
rules shape this one: whatever `next_published` raises would end its listener in silence, so it raises nothing; and `subscribe` and
`unsubscribe` race when they wait, so they only note what is wanted and never wait.
"""

import asyncio
import logging
from typing import Any

from broadcaster import BroadcastBackend, Event
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisError

from live.sender import Sender, connection_pool, jittered, new_connection

log = logging.getLogger(__name__)

MAY_HAVE_MISSED = ""
"""The message that says: from here on nothing is missed, but before here something may have been."""
ARRIVED_MOST = 256
"""Messages taken from Redis and not yet handed on; then we stop reading."""
PING_EVERY_S = 10.0
SILENCE_S = 25.0
"""A connection from which not even an answer to a ping came for so long is given up."""
CONNECT_S = 2.0
STEADY_S = 5.0
"""A connection that stood for so long was a good one: the next is tried soon."""
BACKOFF_S = (0.05, 1.0)
"""The first and the longest wait between two tries to connect."""


class RedisBackend(BroadcastBackend):
    """Listens on one connection and publishes on another. Either may break at any time: it connects again by itself."""

    def __init__(self, url: str) -> None:
        self._pool: ConnectionPool = connection_pool(url)
        self._sender = Sender(self._pool)
        self._arrived: asyncio.Queue[Event] = asyncio.Queue(ARRIVED_MOST)
        self._wanted: set[str] = set()
        self._wanted_changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._tries = 0  # since Redis was last heard for a while
        self.is_connected = False

    async def connect(self) -> None:
        """Begin to connect; returns at once, whether there is a Redis or not."""
        self._tasks = [asyncio.create_task(self._listen(), name="hear Redis"), asyncio.create_task(self._sender.run(), name="tell Redis")]

    async def disconnect(self) -> None:
        """Stop, with up to a fraction of a second for what is still to be sent."""
        await self._sender.flush()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def subscribe(self, channel: str) -> None:
        """Want a channel's messages. `MAY_HAVE_MISSED` comes first, once the subscription stands, and again each time it was lost."""
        self._wanted.add(channel)
        self._wanted_changed.set()

    async def unsubscribe(self, channel: str) -> None:
        """Want them no longer."""
        self._wanted.discard(channel)
        self._wanted_changed.set()

    async def publish(self, channel: str, message: Any) -> None:
        """As `send`."""
        self.send(channel, message)

    def send(self, channel: str, message: str) -> None:
        """Publish in the background: returns at once and never raises; what cannot be sent within seconds is dropped."""
        self._sender.put(channel, message)

    async def next_published(self) -> Event:
        """The next message, in the order of arrival."""
        return await self._arrived.get()

    async def _listen(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self._session()
            except* (RedisError, OSError) as lost:
                if not self._tries:
                    log.warning("Redis cannot be heard; viewers are told through the database: %s", lost.exceptions[0])
            except* Exception:
                log.exception("listening to Redis failed")
            self.is_connected = False
            self._tries = 0 if clock() - began > STEADY_S else self._tries + 1
            await asyncio.sleep(jittered(BACKOFF_S, self._tries))

    async def _session(self) -> None:
        """Listen on one connection until it breaks."""
        connection = new_connection(self._pool)
        try:
            async with asyncio.timeout(CONNECT_S):
                await connection.connect()  # type: ignore[no-untyped-call]
            self.is_connected = True
            if self._tries:
                log.info("Redis can be heard again")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_subscribed(connection))
                group.create_task(self._receive(connection))
        finally:
            await connection.disconnect(nowait=True)

    async def _keep_subscribed(self, connection: AbstractConnection) -> None:
        """Subscribe what is wanted, and go on with what was wanted meanwhile: a channel asked for during a subscribe is not lost."""
        subscribed: set[str] = set()
        while True:
            self._wanted_changed.clear()
            wanted = set(self._wanted)
            if missing := wanted - subscribed:
                await connection.send_command("SSUBSCRIBE", *missing)
            if left := subscribed - wanted:
                await connection.send_command("SUNSUBSCRIBE", *left)
            subscribed = wanted
            try:
                async with asyncio.timeout(PING_EVERY_S):
                    await self._wanted_changed.wait()
            except TimeoutError:
                await connection.send_command("PING")

    async def _receive(self, connection: AbstractConnection) -> None:
        while True:
            match await connection.read_response(timeout=SILENCE_S, disconnect_on_error=False):
                case [b"smessage", bytes(channel), bytes(message)]:
                    await self._arrived.put(Event(channel.decode(errors="replace"), message.decode(errors="replace")))
                case [b"ssubscribe", bytes(channel), _]:
                    await self._arrived.put(Event(channel.decode(errors="replace"), MAY_HAVE_MISSED))
                case None:
                    raise ConnectionError(f"nothing came for {SILENCE_S} s")
                case _:
                    pass  # an answer to a ping or to an unsubscribe
