"""Serving: uvicorn as this edge needs it. Timeouts and limits it does not have, and a stop that does not wait for open streams.

uvicorn's options take such classes, but the ones these build on are not documented: `tests/web/test_serving.py` tells when an upgrade
breaks them.
"""

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from web.edge import Limits
from web.streams import OpenStreams

HEAD_SECONDS = 15
LONGEST_HEAD_BYTES = 65_536
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
    """Lets the app hang up (`scope["state"]["hang_up"]`) and bounds the time and size of a request's head, which uvicorn does not."""

    _late: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            if self._head_bytes > LONGEST_HEAD_BYTES:
                self.send_400_response("The head of the request is too long.")
                return
            self._head_bytes += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["hang_up"] = self.transport.abort
        self._await_head()

    def on_headers_complete(self) -> None:
        self._head_ended()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head_ended()
        self._in_head = True
        self._head_bytes = 0
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _head_ended(self) -> None:
        self._in_head = False
        if self._late is not None:
            self._late.cancel()
            self._late = None


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Lets the app hang up on a client that does not read: `transport.close()` would wait for ever for it to take what is buffered."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            state: dict[str, Any] = self.scope["state"]
            state["hang_up"] = self.transport.abort


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
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": 3,  # after which what still runs is cancelled
        "server_header": False,
        "access_log": False,
    }
