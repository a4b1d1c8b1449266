"""How fast one client may ask on one socket, how long it may be silent, and what becomes of one that does not read."""

import asyncio
import json
import socket
from typing import Any

from tests.web.test_ws import INIT, a_socket, code_of, subscribe
from tests.web.toy import SEEN, eventually, serving, toy_app
from web.edge import Limits
from web.pace import Pace

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


def test_so_many_at_once_and_then_so_many_a_second() -> None:
    now = [100.0]
    pace = Pace(2, 3, clock=lambda: now[0])

    assert [pace.take() for _ in range(4)] == [0, 0, 0, 0.5]
    now[0] += 0.5
    assert [pace.take() for _ in range(2)] == [0, 0.5]
    now[0] += 1000
    assert [pace.take() for _ in range(4)] == [0, 0, 0, 0.5], "a long pause saves up no more than what may come at once"


def test_no_pace_is_none() -> None:
    assert {Pace(0, 1).take() for _ in range(1000)} == {0.0}


async def test_who_asks_too_fast_is_refused_operation_by_operation_and_the_socket_lives() -> None:
    with serving(toy_app(limits=Limits(subscribes_per_second=10, subscribes_at_once=3))) as address:
        async with a_socket(address) as client:
            await client.say(subscribe("subscription { endless }", "watching"), *(subscribe("{ hello }", f"{n}") for n in range(5)))
            told = [await client.hear() for _ in range(8)]
            await asyncio.sleep(0.25)
            await client.say({"type": "ping"}, subscribe("{ hello }", "later"))
            later = [await client.hear() for _ in range(3)]

    refused = [message for message in told if message["type"] == "error"]
    assert [(message["id"], code_of(message)) for message in refused] == [(f"{n}", "RATE_LIMIT_EXCEEDED") for n in (2, 3, 4)]
    assert refused[0]["payload"][0]["extensions"]["retryAfter"] == 1
    assert {message["id"] for message in told if message["type"] == "next"} == {"watching", "0", "1"}
    assert [message["type"] for message in later] == ["pong", "next", "complete"]


async def test_an_idle_socket_is_closed_so_that_clients_may_come_back() -> None:
    with serving(toy_app(limits=Limits(idle_seconds=0.3))) as address:
        async with a_socket(address) as idle, a_socket(address) as watching:
            await watching.say(subscribe("subscription { endless }"))
            await watching.hear()
            await idle.say({"type": "ping"}, subscribe("{ hello }"))

            assert [(await idle.hear())["type"] for _ in range(3)] == ["pong", "next", "complete"]
            assert await idle.closed() == (1001, "Idle")
            await asyncio.sleep(0.4)
            await watching.say({"id": "1", "type": "complete"}, subscribe("{ hello }", "2"))
            assert (await watching.hear())["payload"] == {"data": {"hello": "Hello you"}}, "it was not idle"
            await watching.hear()
            assert await watching.closed() == (1001, "Idle")


async def test_a_socket_may_be_idle_for_ever_where_that_is_wanted() -> None:
    with serving(toy_app(limits=Limits(idle_seconds=0))) as address:
        async with a_socket(address) as client:
            await asyncio.sleep(0.3)
            await client.say(subscribe("{ hello }"))

            assert (await client.hear())["type"] == "next"


def framed(message: dict[str, Any]) -> bytes:
    """A message as a client's frame; its mask is zero, which changes no byte."""
    text = json.dumps(message).encode()
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


def narrow(address: str) -> socket.socket:
    """A connection that takes in next to nothing before it is read."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, port = address.split(":")
    client.connect((host, int(port)))
    return client


async def test_nothing_more_is_begun_for_one_who_does_not_read() -> None:
    asked = 1_000
    query = f'{{ poll hello(name: "{"x" * 20_000}") who }}'

    with serving(toy_app(limits=Limits(stuck_seconds=0.4, subscribes_per_second=0))) as address:
        before = SEEN.polls
        with narrow(address) as client:
            reader, writer = await asyncio.open_connection(sock=client, limit=1024)
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(framed(INIT) + b"".join(framed(subscribe(query, f"{number}")) for number in range(asked)))
            await eventually(lambda: writer.is_closing(), 10)
        begun = SEEN.polls - before

    assert 0 < begun < asked, "what kernel and transport buffer, and no more"


async def test_one_socket_does_not_make_the_others_wait_for_all_that_it_asks() -> None:
    asked = 600

    with serving(toy_app(limits=Limits(subscribes_per_second=0, operations_per_socket=1000))) as address:
        async with a_socket(address) as greedy, a_socket(address) as modest:
            before = SEEN.polls
            greedy.connection.transport.write(b"".join(framed(subscribe("{ poll who }", f"{number}")) for number in range(asked)))
            await modest.say(subscribe("{ hello }"))
            assert (await modest.hear())["payload"] == {"data": {"hello": "Hello you"}}
            begun = SEEN.polls - before
            for _ in range(2 * asked):
                await greedy.hear()

    assert begun < asked == SEEN.polls - before
