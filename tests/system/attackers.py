"""Attackers: clients that no library would be, over HTTP, over WebSocket and beneath both. Each says what it was answered."""

import asyncio
import json
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

from tests.system.running import NO_TLS, Running, beside

PROTOCOL = "graphql-transport-ws"
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
FINAL = 0x80
READS_AT_MOST = 4096
TOO_COMPLEX, NOT_VALID, NO_DOCUMENT, BAD = "OPERATION_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_REQUEST"
EXPLODING = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(26)) + " fragment F26 on Query { __typename }"
INTROSPECTION = "{ __schema { types { name description fields { name description args { name description } } } } }"
NAMES = "query ($n: Int!) { events(first: $n) { totalCount } }"


def body(query: str | None, **more: Any) -> dict[str, Any]:
    return {"query": query, **more} if query is not None else more


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


HOSTILE: Mapping[str, tuple[dict[str, Any], str]] = {
    "a megabyte of braces": (body("{" * 990_000), TOO_COMPLEX),
    "as many braces as a document may have": (body("{" * 130_000), NO_DOCUMENT),
    "fields within fields": (body("{ node " * 15_000), NO_DOCUMENT),
    "ten thousand aliases": (body("{" + " ".join(f"a{n}:__typename" for n in range(10_000)) + "}"), TOO_COMPLEX),
    "a hundred aliases": (body("{" + " ".join(f"a{n}:__typename" for n in range(100)) + "}"), TOO_COMPLEX),
    "fragments in a circle": (body("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"), NOT_VALID),
    "fragments that explode": (body("{ ...F0 } " + EXPLODING), TOO_COMPLEX),
    "three thousand fields of one name": (body("{" + " __typename" * 3_000 + "}"), TOO_COMPLEX),
    "as many fields of one name as there may be tokens": (body("{ events {" + " totalCount" * 1_900 + "} }"), TOO_COMPLEX),
    "fields of one name with other arguments": (
        body("{" + " ".join(f"events(first: {n}) {{ totalCount }}" for n in range(15)) + "}"),
        NOT_VALID,
    ),
    "an unknown operation": (body("query A { __typename }", operationName="B"), BAD),
    "a string for a number": (body(NAMES, variables={"n": "x"}), BAD),
    "a list for a number": (body(NAMES, variables={"n": [[[[1]]]]}), BAD),
    "a number beyond all numbers": (body(NAMES, variables={"n": 10**300}), BAD),
    "a page beyond all pages": (body(NAMES.replace("totalCount", "edges { node { id } }"), variables={"n": 2**31 - 1}), TOO_COMPLEX),
    "a huge text": (body("query ($id: ID!) { node(id: $id) { id } }", variables={"id": "x" * 900_000}), "VALIDATION_ERROR"),
    "a huge list": (body(NAMES, variables={"n": 1, "more": [0] * 400_000}), TOO_COMPLEX),
    "a hash that does not match": (body("{ __typename }", extensions=hashed("{ other }")), BAD),
    "a hash of nothing": (body(None, extensions=hashed("nobody ever sent this")), "PERSISTED_QUERY_NOT_FOUND"),
    "no hash": (body(None, extensions={"persistedQuery": {"version": 1, "sha256Hash": "x" * 64}}), BAD),
    "directives": (body("{ __typename" + " @skip(if: false)" * 100 + " }"), TOO_COMPLEX),
    "an unknown document": (body(None, documentId="x"), "PERSISTED_QUERY_NOT_SUPPORTED"),
}
"""What is asked, and the code it is answered with."""


def codes_of(answer: Mapping[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())} or {""}


async def over_http(running: Running) -> dict[str, tuple[int, set[str]]]:
    """Each hostile request, one after the other: its status and codes."""
    told = {}
    async with httpx.AsyncClient(verify=NO_TLS, timeout=20) as client:
        for name, (asked, _) in HOSTILE.items():
            answer = await client.post(running.url, json=asked, headers={"accept": "application/graphql-response+json"})
            told[name] = answer.status_code, codes_of(answer.json())
        batch = await client.post(running.url, json=[body("{ __typename }")] * 1000)
        told["a batch"] = batch.status_code, codes_of(batch.json())
        long = await client.post(running.url, content=b" " * 2_000_000, headers={"content-type": "application/json"})
        told["a long body"] = long.status_code, codes_of(long.json())
    return told


async def flood(running: Running, name: str, documents: int) -> Counter[str]:
    """Different documents, none of which is sent twice, one behind the other: what each is answered, by its code."""
    told: Counter[str] = Counter()
    reader, writer = await connection(running)

    async def send() -> None:
        for number in range(documents):
            writer.write(posted(body(f'query {name}{number} {{ a{number}: __typename __type(name: "Event") {{ name }} }}')))
            await writer.drain()

    async with beside(send()):
        for _ in range(documents):
            head = await reader.readuntil(b"\r\n\r\n")
            (length,) = (int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: "))
            told[codes_of(json.loads(await reader.readexactly(length))).pop()] += 1
    writer.close()
    return told


def posted(asked: Mapping[str, Any]) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(asked).encode()
    return b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content


@dataclass
class RawSocket:
    """A WebSocket of which every byte is ours."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[Any] = field(default_factory=list)

    def frame(self, payload: bytes, opcode: int = TEXT, *, final: bool = True, reserved: int = 0, mask: bool = True) -> bytes:
        """A frame; its mask is zero, which changes no byte."""
        masked = 0x80 if mask else 0
        size = len(payload)
        head = bytes([(FINAL if final else 0) | reserved | opcode])
        if size < 126:
            head += bytes([masked | size])
        elif size < 65_536:
            head += bytes([masked | 126]) + struct.pack("!H", size)
        else:
            head += bytes([masked | 127]) + struct.pack("!Q", size)
        return head + (bytes(4) if mask else b"") + payload

    async def say(self, *messages: Mapping[str, Any]) -> None:
        self.writer.write(b"".join(self.frame(json.dumps(message).encode()) for message in messages))
        await self.writer.drain()

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def hear(self) -> tuple[int, bytes]:
        """The next frame that is no ping: its opcode and payload. Raises IncompleteReadError where there is none."""
        while True:
            opcode, size = await self.reader.readexactly(2)
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            payload = await self.reader.readexactly(size)
            if opcode & 0xF != PING:
                return opcode & 0xF, payload

    async def next(self) -> Any:
        """The next message."""
        opcode, payload = await self.hear()
        assert opcode == TEXT, payload
        return json.loads(payload)

    async def closed(self, seconds: float = 15) -> int:
        """The code with which the server closes it; 0 where it only hangs up."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            async with asyncio.timeout(seconds):
                while True:
                    opcode, payload = await self.hear()
                    if opcode == CLOSE:
                        return int.from_bytes(payload[:2], "big")
        return 0


async def connection(running: Running, buffer: int | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A bare connection, which takes in so many bytes before they are read."""
    client = socket.socket()
    client.setblocking(False)
    if buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", running.port))
    return await asyncio.open_connection(sock=client, limit=buffer or 1 << 20)


@asynccontextmanager
async def a_raw_socket(running: Running, *, init: bool = True, buffer: int | None = None) -> AsyncIterator[RawSocket]:
    """An open socket, acknowledged where `init` says so."""
    reader, writer = await connection(running, buffer)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + PROTOCOL.encode() + b"\r\n\r\n"
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    raw = RawSocket(reader, writer)
    try:
        if init:
            await raw.say({"type": "connection_init"})
            assert await raw.next() == {"type": "connection_ack"}
        yield raw
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def subscribe(identity: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": identity, "type": "subscribe", "payload": asked}


async def over_sockets(running: Running) -> dict[str, set[str]]:
    """Each hostile request that fits into a frame, on one socket, which must outlive them all: its codes."""
    told = {}
    async with a_raw_socket(running) as client:
        for name, (asked, _) in HOSTILE.items():
            message = subscribe(name, asked)
            if len(json.dumps(message)) > 65_000:
                continue
            await client.say(message)
            answer = await client.next()
            assert answer["id"] == name
            told[name] = codes_of({"errors": answer["payload"]} if answer["type"] == "error" else answer["payload"])
            if answer["type"] == "next":
                assert (await client.next())["type"] == "complete"
    return told


async def with_odd_frames(running: Running) -> dict[str, int]:
    """Frames as no client sends them: the code with which each closes its socket."""
    ping = json.dumps({"type": "ping"}).encode()
    told = {}
    frame = RawSocket.frame

    async def closing(name: str, *pieces: bytes, init: bool = True) -> None:
        async with a_raw_socket(running, init=init) as client:
            with suppress(ConnectionError):
                await client.send(*pieces)
            told[name] = await client.closed()

    some: Any = None  # `frame` needs no socket
    await closing("binary", frame(some, ping, BINARY))
    await closing("over the limit", frame(some, b"x" * 70_000))
    await closing("over the limit before its end", frame(some, b"x" * 1_000_000)[:200_000])
    await closing("over the limit, before init", frame(some, b"x" * 70_000), init=False)
    await closing("over the limit in pieces", frame(some, b"x" * 60_000, final=False), frame(some, b"x" * 60_000, 0))
    await closing("not masked", frame(some, ping, mask=False))
    await closing("reserved bits", frame(some, ping, reserved=0x40))
    await closing("an unknown opcode", frame(some, ping, 5))
    await closing("no UTF-8", frame(some, b'{"type": "\xff"}'))
    await closing("a long ping", frame(some, b"x" * 126, PING))
    await closing("a piece of nothing", frame(some, ping, 0))
    return told


async def in_pieces(running: Running) -> list[Any]:
    """A query in frames of a byte each, which is allowed."""
    message = json.dumps(subscribe("1", body("{ __typename }"))).encode()
    async with a_raw_socket(running) as client:
        pieces = [
            client.frame(message[place : place + 1], TEXT if place == 0 else 0, final=place == len(message) - 1)
            for place in range(len(message))
        ]
        await client.send(*pieces)
        return [await client.next(), await client.next()]


async def many_on_one_socket(running: Running, queries: int) -> Counter[str]:
    """Small queries, all at once: what each is answered, by its code."""
    told: Counter[str] = Counter()
    async with a_raw_socket(running) as client:
        sending = asyncio.create_task(client.say(*(subscribe(f"{number}", body("{ categories { id } }")) for number in range(queries))))
        while told.total() < queries:
            message = await client.next()
            if message["type"] != "complete":
                told[codes_of({"errors": message["payload"]}).pop() if message["type"] == "error" else ""] += 1
        await sending
    return told


@asynccontextmanager
async def silent_sockets(running: Running, count: int) -> AsyncIterator[list[RawSocket]]:
    """Sockets whose clients never say who they are, and some that begin a frame which never ends."""
    sockets = [a_raw_socket(running, init=False) for _ in range(count)]
    opened = [await client.__aenter__() for client in sockets]
    for client in opened[::2]:
        await client.send(client.frame(b"x" * 60_000)[:30])
    try:
        yield opened
    finally:
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in sockets))


@asynccontextmanager
async def endless_bodies(running: Running, count: int) -> AsyncIterator[None]:
    """Requests whose bodies begin, and do not come."""
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{"
    writers = [(await connection(running))[1] for _ in range(count)]
    for writer in writers:
        writer.write(head)
    try:
        yield
    finally:
        for writer in writers:
            writer.close()


@asynccontextmanager
async def slow_readers(running: Running, count: int, queries: int) -> AsyncIterator[None]:
    """Clients that ask for long answers, over sockets and over HTTP, and read none of them."""
    sockets = [a_raw_socket(running, buffer=READS_AT_MOST) for _ in range(count)]
    opened = [await client.__aenter__() for client in sockets]
    for client in opened:
        client.writer.write(b"".join(client.frame(json.dumps(subscribe(f"{n}", body(INTROSPECTION))).encode()) for n in range(queries)))
    writers = [(await connection(running, READS_AT_MOST))[1] for _ in range(count)]
    for writer in writers:
        writer.write(posted(body(INTROSPECTION)) * queries)
    try:
        yield
    finally:
        for writer in (*writers, *(client.writer for client in opened)):
            writer.transport.abort()
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in sockets), return_exceptions=True)
