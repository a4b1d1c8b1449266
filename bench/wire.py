"""Wire: the least of HTTP/1.1 and WebSocket that a client needs, so that the load costs little beside what it loads."""

import asyncio
import base64
import secrets
import struct
from collections.abc import Callable
from typing import cast

import orjson

HEADER_END = b"\r\n\r\n"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class HttpClient(asyncio.Protocol):
    """One keep-alive connection; one request at a time."""

    def __init__(self, port: int, token: str, path: str) -> None:
        self._port = port
        caller = f"Authorization: Bearer {token}\r\n" if token else ""
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{caller}Content-Length: "
        ).encode()
        self._buffer = bytearray()
        self._head_end = 0
        self._whole = 0  # how long the answer that is coming will be; 0 while its head has not come
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, port: int, token: str, path: str = "/graphql") -> "HttpClient":
        """Connect to this machine, as the bearer of a token, or as nobody without one."""
        client = cls(port, token, path)
        await client._connect()
        return client

    async def post(self, body: bytes) -> bytes:
        """The body of the answer; raises ConnectionError for any status but 200, and where the server hangs up.

        A connection that the server closed while it was idle is opened again first: some wait no longer than 5 s.
        """
        if self._transport is None:
            await self._connect()
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        return await self._answer

    async def _connect(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are like it without being it

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._whole:
            end = self._buffer.find(HEADER_END)
            if end < 0:
                return
            _, _, length = bytes(self._buffer[:end]).lower().partition(b"content-length:")
            self._head_end = end
            self._whole = end + 4 + int(length.split(b"\r\n", 1)[0])
        if len(self._buffer) < self._whole or self._answer is None:
            return
        head, body = bytes(self._buffer[: self._head_end]), bytes(self._buffer[self._head_end + 4 : self._whole])
        del self._buffer[: self._whole]
        self._whole = 0
        if not self._answer.done():
            if head.split(b" ", 2)[1] == b"200":
                self._answer.set_result(body)
            else:
                self._answer.set_exception(ConnectionError(f"{head[:20].decode()}: {body[:500].decode()}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server hung up"))


class SocketClient(asyncio.Protocol):
    """One `graphql-transport-ws` subscription; `hear` is handed the text of each `next`."""

    def __init__(self, port: int, document: str, variables: dict[str, object], hear: Callable[[bytes], None]) -> None:
        self._port = port
        self._payload = {"query": document, "variables": variables}
        self._hear = hear
        self._buffer = b""
        self._open = False
        self._transport: asyncio.Transport | None = None
        self.subscribed = self.lost = False

    @property
    def transport(self) -> asyncio.Transport:
        """The connection."""
        assert self._transport is not None
        return self._transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are like it without being it
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self._transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, found, rest = self._buffer.partition(HEADER_END)
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(head.decode())
            self._open, self._buffer = True, rest
            self._say({"type": "connection_init"})
        while (size := self._frame_size()) and len(self._buffer) >= sum(size):
            start, length = size
            kind, payload = self._buffer[0] & 15, self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            self._obey(kind, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def _frame_size(self) -> tuple[int, int] | None:
        """How long the head and the payload of the next frame are; None while that is not known yet."""
        if len(self._buffer) < 2:
            return None
        length = self._buffer[1] & 127
        wide = {126: 2, 127: 8}.get(length, 0)
        if len(self._buffer) < 2 + wide:
            return None
        return 2 + wide, int.from_bytes(self._buffer[2 : 2 + wide]) if wide else length

    def _obey(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self.transport.write(frame(PONG, payload))
        elif kind == CLOSE:
            raise ConnectionError(payload[2:].decode())
        elif b'"next"' in payload[:80]:
            self._hear(payload)
        else:
            match orjson.loads(payload):
                case {"type": "connection_ack"}:
                    self._say({"id": "1", "type": "subscribe", "payload": self._payload})
                    self.subscribed = True
                case {"type": "ping"}:
                    self._say({"type": "pong"})
                case message:
                    raise ConnectionError(str(message))

    def _say(self, message: dict[str, object]) -> None:
        self.transport.write(frame(TEXT, orjson.dumps(message)))


def frame(kind: int, payload: bytes) -> bytes:
    """A client's frame of up to 64 KiB. Its mask is all zeros, which leaves the payload as it is."""
    size = struct.pack("!BB", 128 | kind, 128 | len(payload)) if len(payload) < 126 else struct.pack("!BBH", 128 | kind, 254, len(payload))
    return size + bytes(4) + payload
