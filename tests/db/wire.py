"""A wire to PostgreSQL that can be cut at the very moment of a write: a UNIX socket that passes messages on and understands enough."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

SOCKET = ".s.PGSQL.5432"


class Cut(Enum):
    """What happens to the next write."""

    BEFORE = auto()
    """The connection breaks, and the server never hears of it."""
    AFTER = auto()
    """The server carries it out, and the connection breaks before its answer comes."""
    SILENT = auto()
    """The server carries it out, and no answer ever comes."""


class Wire:
    """Passes messages between clients and the server, and cuts what is marked. A write is what a statement that contains `mark` does."""

    def __init__(self, server_socket: str, mark: str = "UPDATE inventory SET version") -> None:
        self.server_socket = server_socket
        self.mark = mark.encode()
        self.cuts: list[Cut] = []
        """What happens to the next writes; those after them pass."""
        self.before_write: Callable[[], Awaitable[object]] | None = None
        """What is waited for before the server hears of a write."""
        self._links: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            upstream_reader, upstream = await asyncio.open_unix_connection(self.server_socket)
            try:
                await self._pass_on(reader, writer, upstream_reader, upstream)
            finally:
                upstream.close()
        writer.close()
        self._links.discard(link)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> None:
        """Until either side ends, or a cut."""
        swallowing: list[Cut] = []
        ended = asyncio.ensure_future(self._answers(upstream_reader, writer, swallowing))
        asked = asyncio.ensure_future(self._questions(reader, upstream, swallowing))
        try:
            await asyncio.wait([ended, asked], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ended, asked):
                task.cancel()
            await asyncio.gather(ended, asked, return_exceptions=True)

    async def _questions(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter, swallowing: list[Cut]) -> None:
        upstream.write(await a_message(reader, typed=False))
        writes: set[bytes] = set()
        while True:
            message = await a_message(reader)
            kind, body = message[:1], message[5:]
            if kind == b"P":
                name, text, _ = body.split(b"\0", 2)
                if self.mark in text:
                    writes.add(name)
            elif (kind == b"B" and body.split(b"\0", 2)[1] in writes) or (kind == b"Q" and self.mark in body):
                if self.before_write is not None:
                    await self.before_write()
                cut = self.cuts.pop(0) if self.cuts else None
                if cut is Cut.BEFORE:
                    return
                swallowing += [cut] if cut else []
            upstream.write(message)

    async def _answers(self, upstream_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, swallowing: list[Cut]) -> None:
        while True:
            message = await a_message(upstream_reader)
            if not swallowing:
                writer.write(message)
            elif message[:1] == b"Z" and swallowing[0] is Cut.AFTER:
                return

    async def close(self) -> None:
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)


async def a_message(reader: asyncio.StreamReader, *, typed: bool = True) -> bytes:
    """One message of PostgreSQL's protocol, whole: a letter but for the first, its length, its body."""
    head = await reader.readexactly(5 if typed else 4)
    return head + await reader.readexactly(int.from_bytes(head[-4:]) - 4)


@asynccontextmanager
async def a_wire(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to a database's server, and the URL to reach the database over it."""
    url = urlsplit(database_url)
    folder = parse_qs(url.query)["host"][0]
    with TemporaryDirectory(prefix="wire-") as here:
        wire = Wire(f"{folder}/{SOCKET}")
        server = await asyncio.start_unix_server(wire.serve, str(Path(here) / SOCKET))
        try:
            yield wire, url._replace(query=f"host={here}").geturl()
        finally:
            server.close()
            await wire.close()
            await server.wait_closed()
