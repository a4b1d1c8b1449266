"""Serving: uvicorn as this edge needs it. Timeouts and limits it does not have, and a stop that does not wait for open streams.

uvicorn's options take such classes, but the ones these build on are not documented: `tests/web/test_serving.py` tells when an upgrade
breaks them.
"""

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from web.edge import Limits
from web.streams import OpenStreams

HEAD_SECONDS = 15
KEEP_ALIVE_SECONDS = 30
LONGEST_HEAD_BYTES = 65_536
LONGEST_REQUEST_BYTES = 16_000_000  # of which the edge reads `Limits.body_bytes`, and the parser drops the rest
CLOSING_SECONDS = 1.5


class Server(uvicorn.Server):
    """Ends open streams when it stops (sockets hear 1001), rather than waiting for clients to leave."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in self.servers:
            listening.close()
        streams = self.lifespan.state.get("streams")
        if isinstance(streams, OpenStreams):
            await streams.close(CLOSING_SECONDS)
        await super().shutdown(sockets)


class HttpProtocol(HttpToolsProtocol):
    """Lets the app see the connection (`web.headers.Connection`) and bounds what a request may take to come, which uvicorn does not.

    Also tells the request being answered that its client has left: uvicorn tells the last one that came in, where several are pipelined.
    """

    _answering: RequestResponseCycle | None = None
    _late: asyncio.TimerHandle | None = None
    _in_head = True
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        if self._received > (LONGEST_HEAD_BYTES if self._in_head else LONGEST_REQUEST_BYTES):
            self.transport.abort()
            return
        self._received += len(data)
        super().data_received(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what comes after the body, trailers, would be added to the headers without limit
            super().on_header(name, value)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["connection"] = self
        self._await_head()

    def on_headers_complete(self) -> None:
        self._head_ended()
        super().on_headers_complete()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():  # the client has not read its answer: `close` alone would wait for that for ever
            self.loop.call_later(KEEP_ALIVE_SECONDS, self.transport.abort)

    def is_behind(self) -> bool:
        return self.flow.write_paused

    def hang_up(self) -> None:
        self.transport.abort()

    def _await_head(self) -> None:
        self._head_ended()
        self._in_head = True
        self._received = 0
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_ended(self) -> None:
        self._in_head = False
        if self._late is not None:
            self._late.cancel()
            self._late = None


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Lets the app see the connection, and drop one that is not read: `transport.close()` would wait for ever for what is buffered."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            state: dict[str, Any] = self.scope["state"]
            state["connection"] = self

    def is_behind(self) -> bool:
        return not self.writable.is_set()

    def hang_up(self) -> None:
        self.transport.abort()


def uvicorn_options(limits: Limits | None = None) -> dict[str, Any]:
    """What to give `uvicorn.Config` besides the app, host and port."""
    return {
        "http": HttpProtocol,
        "ws": WebSocketProtocol,
        "ws_max_size": (limits or Limits()).frame_bytes,
        "ws_per_message_deflate": False,  # 36 KiB a socket, and more time than the bytes are worth
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        "lifespan": "on",
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": 3,  # after which what still runs is cancelled
        "server_header": False,
        "access_log": False,
    }
