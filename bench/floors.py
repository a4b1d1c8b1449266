"""Floors: what no server can undercut. Fixed bytes answered over HTTP, and ready frames written to sockets.

    python -m uvicorn bench.floors:app
    python -m bench.floors '{"size": …}'

The second serves what looks to `bench.onlookers` like viewers' subscriptions. It says its port, broadcasts when a line on stdin says how
often, and says `done`.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import uvloop

from bench.ground import Ground
from bench.server import ROOT, Serving, bare_environment, running, unused_port

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
SNAPSHOT = b'{"id":"1","type":"next","payload":{"data":{"seatMap":{"previousVersion":null}}}}'
ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    """Reads the request, and answers as many bytes as its path says: `/4096`."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    start, body = ANSWERS.get(scope["path"]) or ANSWERS.setdefault(scope["path"], answer(scope["path"]))
    await send(start)
    await send(body)


def answer(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two messages of an answer, made once."""
    body = b"x" * (int(path[1:]) if path[1:].isdecimal() else 1)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    return {"type": "http.response.start", "status": 200, "headers": headers}, {"type": "http.response.body", "body": body}


@asynccontextmanager
async def bare_asgi(ground: Ground) -> AsyncIterator[Serving]:
    """`app` on uvicorn, until the `async with` ends."""
    port = unused_port()
    command = [sys.executable, "-m", "uvicorn", "bench.floors:app", "--app-dir", str(ROOT), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--lifespan", "off"]
    async with running(command, bare_environment(), port, ground.folder / "floor.log") as process:
        yield Serving(port, process, [""])


@dataclass(frozen=True)
class Job:
    """How many bytes a message has, and how many a second are broadcast."""

    size: int
    pace: float


class Socket(asyncio.Protocol):
    """One viewer, who is believed whatever it says: with each of its three messages it gets the next of ours."""

    everybody: set[asyncio.Transport] = set()  # noqa: RUF012 - of the class on purpose

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are like it without being it
        self._replies = iter((UPGRADED, frame(b'{"type":"connection_ack"}'), frame(SNAPSHOT)))

    def data_received(self, data: bytes) -> None:
        if (reply := next(self._replies, None)) is not None:
            self._transport.write(reply)
            if SNAPSHOT in reply:
                self.everybody.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.everybody.discard(self._transport)


def frame(payload: bytes) -> bytes:
    """A server's frame of up to 64 KiB."""
    size = bytes((129, len(payload))) if len(payload) < 126 else b"\x81\x7e" + len(payload).to_bytes(2)
    return size + payload


def message(turn: int, size: int) -> bytes:
    """A change of one seat, as long as asked for."""
    text = b'{"id":"1","type":"next","payload":{"data":{"seatMap":{"changes":[{"seatNo":%d}],"pad":"' % (2 * turn)
    end = b'"}}}}'
    return text + b"x" * max(0, size - len(text) - len(end)) + end


async def main(job: Job) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Socket, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    count = int(await asyncio.to_thread(sys.stdin.readline))
    began = loop.time()
    for turn in range(count):
        await asyncio.sleep(max(0.0, began + turn / job.pace - loop.time()))
        ready = frame(message(turn, job.size))
        for transport in Socket.everybody:
            transport.write(ready)
    print(json.dumps("done"), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    server.close()


if __name__ == "__main__":
    uvloop.run(main(Job(**json.loads(sys.argv[1]))))
