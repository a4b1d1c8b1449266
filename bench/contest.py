"""A contest: Box Office and its peers, each serving on 127.0.0.1 from tables of its own, asked the same in turn."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import asyncpg

from bench import events
from bench.events import Sale
from bench.ground import CannotMeasure, Ground, a_database
from bench.peers import rows, servers
from bench.server import Serving, serving
from bench.words import WORDS, Words
from db.pool import Connection
from runtime.settings import Settings

OURS, CACHED, MERCURIUS, STRAWBERRY = "Box Office", "Box Office, micro-cache", "Mercurius", "Strawberry"
PEERS = {MERCURIUS: servers.mercurius, STRAWBERRY: servers.strawberry}
UNCACHED = {"MICRO_CACHE_MS": "0"}


@dataclass(frozen=True)
class Contestant:
    """One who serves, and what it is asked in."""

    name: str
    speaks: str
    server: Serving
    connection: Connection

    @property
    def words(self) -> Words:
        """Its documents."""
        return WORDS[self.speaks]

    async def put_on_sale(self, seats: int, count: int = 1) -> Sale:
        """New events in its own tables."""
        if self.speaks == "ours":
            return await events.put_on_sale(self.connection, seats, count)
        return await rows.put_on_sale(self.connection, seats, count)


@dataclass
class Contest:
    """Those who take part, by name; and why others do not."""

    contestants: dict[str, Contestant] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    @property
    def ours(self) -> Contestant:
        """Box Office, with nothing kept between two requests."""
        return self.contestants[OURS]

    def in_turn(self, round_no: int) -> list[Contestant]:
        """All, in the other direction every second round."""
        return list(self.contestants.values())[:: 1 if round_no % 2 == 0 else -1]

    def notes(self) -> list[str]:
        """Who is absent."""
        return [f"{name} was not measured: {reason}" for name, reason in self.absent.items()]


@asynccontextmanager
async def contest(ground: Ground, name: str, *, with_peers: bool, cached: bool = False) -> AsyncIterator[Contest]:
    """Everybody serves until the `async with` ends. A peer that cannot be had is absent."""
    found = Contest()
    async with AsyncExitStack() as stack:
        connection = await connected(stack, ground.database_url)
        server = await stack.enter_async_context(serving(ground, **UNCACHED))
        found.contestants[OURS] = Contestant(OURS, "ours", server, connection)
        if cached and "micro_cache_ms" in Settings.model_fields:
            server = await stack.enter_async_context(serving(ground))
            found.contestants[CACHED] = Contestant(CACHED, "ours", server, connection)
        elif cached:
            found.absent[CACHED] = "this Box Office has none"
        for peer, start in PEERS.items():
            if not with_peers:
                found.absent[peer] = "not asked for"
                continue
            try:
                url = await stack.enter_async_context(a_database(ground.database_url, f"{name}_{peer.lower()}"))
                await rows.make_tables(url)
                server = await stack.enter_async_context(start(replace(ground, database_url=url)))
                found.contestants[peer] = Contestant(peer, "theirs", server, await connected(stack, url))
            except CannotMeasure as reason:
                found.absent[peer] = str(reason)
        yield found


async def connected(stack: AsyncExitStack, url: str) -> Connection:
    """A connection of the bench's own, for making rows."""
    connection: Connection = await asyncpg.connect(url)
    stack.push_async_callback(connection.close)
    return connection
