"""Serving: uvicorn as this edge needs it. Timeouts and limits it does not have, and a stop that does not wait for open streams.

uvicorn's options take such classes, but the ones these build on are not documented: `tests/web/test_serving.py` tells when an upgrade
breaks them.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn
from starlette.types import Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from web.edge import Limits
from web.streams import OpenStreams

HEAD_SECONDS = 15
KEEP_ALIVE_SECONDS = 30
LONGEST_HEAD_BYTES = 65_536
LONGEST_REQUEST_BYTES = 16_000_000  # of which the edge reads `Limits.body_bytes`, and the parser drops the rest
CLOSING_SECONDS = 1.5
TEXT_FRAME = 0x81
"""A whole message of text. Source: RFC 6455, section 5.2."""
NO_UTF8 = 1007
"""How a socket is closed on which a text came that is none. Source: RFC 6455, section 7.4.1."""
LONG_FRAME, LONGEST_FRAME = struct.Struct("!BBH"), struct.Struct("!BBQ")
COPIED_BYTES = 8192
"""What is shorter is joined to one piece, which costs less than to write several."""


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
        if self._in_head and self._late is None:  # a head that came as a whole needs no timer
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what comes after the body, trailers, would be added to the headers without limit
            super().on_header(name, value)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["connection"] = self
        self._head_ended()
        self._in_head = True
        self._received = 0

    def on_headers_complete(self) -> None:
        self._head_ended()
        super().on_headers_complete()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():  # the client has not read its answer: `close` alone would wait for that for ever
            self.loop.call_later(KEEP_ALIVE_SECONDS, self.transport.abort)

    def is_behind(self) -> bool:
        return self.flow.write_paused

    def has_whole_body(self) -> bool:
        return self._answering is not None and not self._answering.more_body

    def respond(self, send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """A whole response in one write: a write is the dearest part of a short answer, and uvicorn makes one of the head alone."""
        cycle = self._answering
        is_seen = cycle is None or send != cycle.send  # somebody wants to see what is sent
        if cycle is None or is_seen or cycle.response_started or cycle.disconnected:
            return False
        if self.flow.write_paused or cycle.scope["method"] == "HEAD" or status in (204, 304):
            return False
        lines = [STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in (*cycle.default_headers, *headers)]]
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or b"\r\nconnection:" in head:
            return False  # uvicorn says what is wrong with them, or how they change the connection
        head += b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        if len(body) < COPIED_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    async def caught_up(self) -> None:
        await self.flow.drain()

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
    """Lets the app see the connection, write frames to it at once, and drop one that is not read.

    For that `transport.close()` would wait for ever for what is buffered.
    """

    _flow_changed: Callable[[bool], None] | None = None
    _is_behind = False

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            state: dict[str, Any] = self.scope["state"]
            state["connection"] = self

    def is_behind(self) -> bool:
        return self._is_behind

    def start_keepalive(self) -> None:
        """The handshake is over: its headers, of which the app has its own, are let go; they would be a tenth of an idle viewer."""
        super().start_keepalive()
        self.request.headers.clear()
        self.response.headers.clear()

    def send_receive_event_to_app(self) -> None:
        """A message that is no UTF-8 closes the socket. uvicorn does so too, and logs a traceback for each that a stranger sends."""
        if self.curr_msg_data_type == "text" and not self.close_sent and not is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(NO_UTF8)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    async def caught_up(self) -> None:
        await self.writable.wait()

    def hang_up(self) -> None:
        self.transport.abort()

    def write_text(self, head: bytes, payload: bytes, tail: bytes) -> None:
        """A text message made of three parts, in one frame. What `send` does takes three times as long and copies all of it."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        size = len(head) + len(payload) + len(tail)
        if size < 126:
            opening = bytes((TEXT_FRAME, size))
        elif size < 65_536:
            opening = LONG_FRAME.pack(TEXT_FRAME, 126, size)
        else:
            opening = LONGEST_FRAME.pack(TEXT_FRAME, 127, size)
        if size < COPIED_BYTES:
            self.transport.write(b"".join((opening, head, payload, tail)))
        else:  # the same object for all who are told the same, however long it waits to be read
            self.transport.writelines((opening + head, payload, tail))

    def tell_flow(self, changed: Callable[[bool], None]) -> None:
        """Call `changed` with True when the connection falls behind from now on, and with False when it can take more."""
        self._flow_changed = changed

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_behind = True
        if self._flow_changed is not None:
            self._flow_changed(True)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_behind = False
        if self._flow_changed is not None:
            self._flow_changed(False)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._is_behind = False
        self._flow_changed = None


def is_utf8(text: bytes) -> bool:
    """Whether these are the bytes of a text."""
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


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
