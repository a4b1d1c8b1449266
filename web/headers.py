"""Headers: what every response carries, and the request id by which a client and our log speak of the same request."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.faults import SERVER_ERROR
from web.requests import request_id_of

SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
NO_CONTENT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
SECURITY_WITHOUT_CONTENT = [*SECURITY, NO_CONTENT]

logger = logging.getLogger(__name__)


class Stuck(OSError):
    """The client has not read for too long, and was hung up on. There is nobody left to tell."""


class Connection(Protocol):
    """What the server's protocols tell of a client (`scope["state"]["connection"]`); see `web.serving`."""

    def is_behind(self) -> bool:
        """Whether so much waits to be read that the next send would have to wait."""
        ...

    def has_whole_body(self) -> bool:
        """Whether the request being answered has come to its end."""
        ...

    def respond(self, send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        """Send a whole response at once, in place of what `send` would do; False where that cannot be, and nothing was sent."""
        ...

    async def caught_up(self) -> None:
        """Returns once it is not behind, or lost."""
        ...

    def hang_up(self) -> None:
        """Drop the connection, with all that was not read."""
        ...


class AnyConnection:
    """A connection of a server that does not say."""

    def is_behind(self) -> bool:
        return True

    def has_whole_body(self) -> bool:
        return False

    def respond(self, send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
        return False

    async def caught_up(self) -> None:
        pass

    def hang_up(self) -> None:
        pass


class EdgeHeaders:
    """Gives each request its id (`scope["state"]["request_id"]`) and each response its headers; a page may bring a CSP of its own.

    Masks what an endpoint lets through as a plain 500, which carries the headers as well. A client that has not read what it was sent for
    `stuck_seconds` is hung up on, and the endpoint's `send` raises Stuck.
    """

    def __init__(self, app: ASGIApp, stuck_seconds: float) -> None:
        self._app = app
        self._stuck_seconds = stuck_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"])
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        connection: Connection = state.setdefault("connection", AnyConnection())
        identity = (b"x-request-id", request_id.encode())
        started = False
        head: Message | None = None  # of a response whose body will come at once: it says how long that is

        async def send_with_headers(message: Message) -> None:
            nonlocal started, head
            if message["type"] == "http.response.start":
                started = True
                headers = message.setdefault("headers", [])
                names = [name for name, _ in headers]
                message["headers"] = [*headers, identity, *(SECURITY if NO_CONTENT[0] in names else SECURITY_WITHOUT_CONTENT)]
                if b"content-length" in names:
                    head = message
                    return
            elif head is not None:
                whole, head = head, None
                body = message.get("body", b"")
                if not message.get("more_body") and connection.respond(send, whole["status"], whole["headers"], body):
                    return
                await send_in_time(whole)
            elif message["type"] == "websocket.accept":
                message["headers"] = [*message.get("headers", []), identity]
            await send_in_time(message)

        async def send_in_time(message: Message) -> None:
            if not connection.is_behind():  # nearly always: no need for a timer then
                await send(message)
                return
            try:
                async with asyncio.timeout(self._stuck_seconds):
                    await send(message)
            except TimeoutError as error:
                connection.hang_up()
                await asyncio.sleep(0)  # the transport tells the protocol that it is lost
                raise Stuck from error

        try:
            await self._app(scope, receive, send_with_headers)
        except Stuck:
            pass
        except Exception:
            if started or scope["type"] == "websocket":
                raise
            logger.exception("Fault in request %s to %s", request_id, scope["path"])
            body = f'{{"error":{{"code":"{SERVER_ERROR}","requestId":"{request_id}"}}}}'.encode()
            await send_with_headers({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"application/json")]})
            await send_with_headers({"type": "http.response.body", "body": body})
