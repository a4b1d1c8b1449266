"""GraphQL over WebSocket: `graphql-transport-ws`. What a socket says and hears; its operations are in `web.socket_operations`.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.types import Message, Receive, Scope, Send

from domain.ports import Outage
from web.edge import Edge
from web.faults import TOKEN_EXPIRED, BadRequest, is_code
from web.headers import Connection
from web.requests import RequestFacts, headers_of, operation_from, parse_json, token_of
from web.socket_operations import Gone, Operations

PROTOCOL = "graphql-transport-ws"
LONGEST_ID = 128
CLOSE_SECONDS = 1

logger = logging.getLogger(__name__)


class Close(Exception):
    """The socket is to be closed; the code and the reason are what the client sees."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLOverWebSocket:
    """The ASGI endpoint of `/graphql` for WebSockets."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = headers_of(scope)
        if not _is_ours(headers, self._edge.allowed_origins):
            await send({"type": "websocket.close"})  # before it is accepted: HTTP's 403
        elif PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
        else:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await Socket(self._edge, scope, headers, receive, send).serve()


class Socket:
    """One client's socket, from its opening to its end."""

    def __init__(self, edge: Edge, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        client = scope["client"]
        self._edge = edge
        self._receive = receive
        self._send = send
        self._connection: Connection = scope["state"]["connection"]
        self._facts = RequestFacts(
            request_id=scope["state"]["request_id"], connection="websocket", client=client[0] if client else None, headers=headers
        )
        self._operations = Operations(edge, self._connection, self._say)
        self._count = 0
        self._loop = asyncio.get_running_loop()
        self._idle: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Obey the client until one of us closes the socket. When this returns, all its operations have ended."""
        with self._edge.streams.opened(self._go_away):
            try:
                await self._greet()
                self._operations.quiet_since = self._loop.time()
                self._watch_idleness()
                while True:
                    await self._obey(await self._next_message())
                    await self._operations.take_turns()
            except Close as close:
                await self._close(close.code, close.reason)
            except Gone:
                pass
            except Exception:
                logger.exception("Fault on the socket of request %s", self._facts.request_id)
                await self._close(4500, "Internal server error")
            finally:
                await self._end()

    async def _greet(self) -> None:
        """Wait for `connection_init` and learn who calls."""
        try:
            async with asyncio.timeout(self._edge.limits.init_seconds):
                while (message := await self._next_message())["type"] != "connection_init":
                    if message["type"] == "subscribe":
                        raise Close(4401, "Unauthorized")
                    await self._obey(message)
        except TimeoutError as error:
            raise Close(4408, "Connection initialisation timeout") from error
        payload = _object(message, "payload")
        try:
            token = token_of(payload.get("authorization", payload.get("Authorization")), bare=True)
            caller = self._edge.authenticate(token)
        except Outage as error:
            raise Close(1013, "Try again later") from error
        except Exception as error:
            if not is_code(code := getattr(error, "code", None)):
                raise
            raise Close(4403, f"Forbidden: {code}" if code == TOKEN_EXPIRED else "Forbidden") from error
        self._facts = replace(self._facts, caller=caller)
        await self._say({"type": "connection_ack"})

    async def _next_message(self) -> dict[str, Any]:
        """The client's next message: an object with a type. Anything else closes the socket."""
        event: Message = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Gone
        if (text := event.get("text")) is None:
            raise Close(4400, "Messages must be text")
        try:
            message = parse_json(text)
        except BadRequest as error:
            raise Close(4400, "The message is not JSON as we can read it") from error
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Close(4400, "A message must be an object with a type")
        return message

    async def _obey(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribe":
                await self._begin(message)
            case "complete":
                self._operations.turn_away(_id(message))
            case "ping":
                payload = _object(message, "payload")
                await self._say({"type": "pong", "payload": payload} if payload else {"type": "pong"})
            case "pong":
                _object(message, "payload")
            case "connection_init":
                raise Close(4429, "Too many initialisation requests")
            case _:
                raise Close(4400, "Unknown message type")

    async def _begin(self, message: dict[str, Any]) -> None:
        identity = _id(message)
        try:
            operation = operation_from(message.get("payload"))
        except BadRequest as error:
            raise Close(4400, "The payload of a subscribe message must be {query, variables, operationName}") from error
        if identity in self._operations:
            named = identity if identity.isascii() and len(identity) <= 80 else "this id"  # a reason has room for 123 bytes
            raise Close(4409, f"Subscriber for {named} already exists")
        self._count += 1
        facts = replace(self._facts, request_id=f"{self._facts.request_id}.{self._count}")
        await self._operations.begin(identity, operation, facts)

    def _watch_idleness(self) -> None:
        """Close a socket on which there was no operation for too long.

        With 1001, after which clients come back by themselves: one that asked at this very moment loses nothing.
        """
        seconds = self._edge.limits.idle_seconds
        if not seconds:
            return
        left = seconds if self._operations else self._operations.quiet_since + seconds - self._loop.time()
        if left > 0:
            self._idle = self._loop.call_later(left, self._watch_idleness)
        else:
            self._close_soon("Idle")

    async def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        await self._operations.end()
        if self._closing:
            await asyncio.wait(self._closing)

    async def _say(self, message: dict[str, Any]) -> None:
        """Send a message, always as text. Raises Gone."""
        text = orjson.dumps(message).decode()
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError) as error:  # closed meanwhile, by the client or by us
            raise Gone from error

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError, TimeoutError):
            self._connection.hang_up()

    def _go_away(self) -> None:
        """The server stops: say so."""
        self._close_soon("Going away")

    def _close_soon(self, reason: str) -> None:
        """Our own close is what ends `_next_message`, as the client's does."""
        task = asyncio.create_task(self._close(1001, reason))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _id(message: Mapping[str, Any]) -> str:
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST_ID:
        raise Close(4400, f"The id of an operation must be a string of 1 to {LONGEST_ID} characters")
    return identity


def _object(message: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = message.get(key)
    if value is not None and not isinstance(value, dict):
        raise Close(4400, f"The {key} must be an object")
    return value or {}


def _is_ours(headers: Mapping[str, str], allowed: frozenset[str]) -> bool:
    """Whether the page that opens a socket is one of ours: browsers send its origin, other programs send none."""
    origin = headers.get("origin")
    if origin is None or origin in allowed or "*" in allowed:
        return True
    try:
        site = urlsplit(origin)
        here = urlsplit(f"{site.scheme}://{headers.get('host', '')}")  # a proxy may have ended TLS: the scheme is the page's word
        default = {"http": 80, "https": 443}.get(site.scheme)
        return site.hostname is not None and (site.hostname, site.port or default) == (here.hostname, here.port or default)
    except ValueError:
        return False
