"""GraphQL over WebSocket, as clients see it and as no client should speak it."""

import asyncio
import inspect
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.web.toy import SEEN, connected, eventually, serving, toy_app
from web.edge import Limits
from web.serving import WebSocketProtocol

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init"}


class Socket:
    """A client that says what it is told to."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, *messages: Any) -> None:
        for message in messages:
            await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        text = await asyncio.wait_for(self.connection.recv(), 5)
        assert isinstance(text, str)
        message: dict[str, Any] = json.loads(text)
        return message

    async def closed(self) -> tuple[int, str]:
        """How the server closed the socket, once it has."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(5):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""


@asynccontextmanager
async def a_socket(address: str, *, init: dict[str, Any] | None = INIT, **options: Any) -> AsyncIterator[Socket]:
    """An open socket, acknowledged unless `init` is None."""
    options = {"subprotocols": [PROTOCOL], **options}
    async with connect(f"ws://{address}/graphql", open_timeout=5, close_timeout=1, **options) as connection:
        socket = Socket(connection)
        if init is not None:
            await socket.say(init)
            assert await socket.hear() == {"type": "connection_ack"}
        yield socket


def subscribe(query: str, id: str = "1", **payload: Any) -> dict[str, Any]:
    return {"id": id, "type": "subscribe", "payload": {"query": query, **payload}}


def code_of(message: dict[str, Any]) -> str:
    assert message["type"] == "error"
    (error,) = message["payload"]
    code: str = error["extensions"]["code"]
    return code


async def test_a_subscription_sends_its_results_and_completes(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe("subscription($to: Int!) { count(to: $to) }", variables={"to": 2}))

        assert [await socket.hear() for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 2}}},
            {"id": "1", "type": "complete"},
        ]


async def test_queries_and_mutations_run_on_the_socket_too(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe("query Q { hello later }", operationName="Q"))
        query = [await socket.hear(), await socket.hear()]
        await socket.say(subscribe("mutation { add(n: 1) }"))
        mutation = [await socket.hear(), await socket.hear()]

    assert query == [
        {"id": "1", "type": "next", "payload": {"data": {"hello": "Hello you", "later": "later"}}},
        {"id": "1", "type": "complete"},
    ]
    assert mutation == [{"id": "1", "type": "next", "payload": {"data": {"add": 1}}}, {"id": "1", "type": "complete"}]


async def test_operations_run_side_by_side(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe("{ later(seconds: 0.2) }", "slow"), subscribe("{ hello }", "fast"))

        assert [(await socket.hear())["id"] for _ in range(4)] == ["fast", "fast", "slow", "slow"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("{ a " * 5_000, "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int) { number(n: $n) }", "BAD_REQUEST"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_REQUEST"),
        ("query A { hello } query B { hello }", "BAD_REQUEST"),
        ("subscription { private }", "UNAUTHENTICATED"),
    ],
)
async def test_a_wrong_operation_ends_with_an_error_and_the_socket_lives(server: str, query: str, code: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe(query, variables={"n": "x"}))
        assert code_of(await socket.hear()) == code

        await socket.say(subscribe("{ hello }"))
        assert (await socket.hear())["payload"] == {"data": {"hello": "Hello you"}}


async def test_a_fault_in_a_result_is_masked_and_the_subscription_goes_on(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe("subscription { failsAtTimes { odd } }"))

        messages = [await socket.hear() for _ in range(4)]

    assert [message["type"] for message in messages] == ["next", "next", "next", "complete"]
    assert messages[1]["payload"]["data"] is None
    assert messages[1]["payload"]["errors"][0]["extensions"]["code"] == "SERVER_ERROR"
    assert "secret" not in str(messages)


async def test_a_fault_of_the_stream_itself_is_masked_and_ends_it(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe("subscription { breaks }"))

        assert (await socket.hear())["type"] == "next"
        error = await socket.hear()
        assert code_of(error) == "SERVER_ERROR"
        assert "secret" not in str(error)


async def test_every_operation_has_a_request_id_of_its_own(server: str) -> None:
    async with a_socket(server, additional_headers={"X-Request-Id": "r-3"}) as socket:
        await socket.say(subscribe("{ facts }", "a"), subscribe("{ facts }", "b"))
        messages = [await socket.hear() for _ in range(4)]
        answered = socket.connection.response

    facts = {message["id"]: message["payload"]["data"]["facts"] for message in messages if message["type"] == "next"}
    assert facts == {"a": ["r-3.1", "websocket", "None", "127.0.0.1"], "b": ["r-3.2", "websocket", "None", "127.0.0.1"]}
    assert answered is not None
    assert answered.headers["x-request-id"] == "r-3"


MALFORMED: dict[str, str | bytes] = {
    "not JSON": "hello",
    "nothing": "",
    "null": "null",
    "a number": "1",
    "a string": '"x"',
    "true": "true",
    "an array": "[]",
    "no type": "{}",
    "a number as type": '{"type": 1}',
    "an unknown type": '{"type": "start"}',
    "a type of the server's": '{"type": "next", "id": "1"}',
    "binary": b'{"type": "ping"}',
    "deep nesting": '{"type": "ping", "payload": ' + "[" * 30_000 + "]" * 30_000 + "}",
    "a 5,000-digit integer": '{"type": "ping", "payload": {"a": ' + "1" * 5_000 + "}}",
    "a lone surrogate": '{"type": "ping", "payload": {"a": "\\ud800"}}',
    "NUL": '{"type": "ping", "payload": {"a": "\\u0000"}}',
    "a ping's payload": '{"type": "ping", "payload": []}',
    "a pong's payload": '{"type": "pong", "payload": 1}',
    "no id": '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
    "an empty id": '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
    "a number as id": '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
    "null as id": '{"type": "complete", "id": null}',
    "a long id": json.dumps(subscribe("{ hello }", "x" * 129)),
    "no payload": '{"type": "subscribe", "id": "1"}',
    "a string as payload": '{"type": "subscribe", "id": "1", "payload": "{ hello }"}',
    "no query": '{"type": "subscribe", "id": "1", "payload": {}}',
    "a number as query": '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    "an array as variables": '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}',
    "a number as name": '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}',
}


@pytest.mark.parametrize("message", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_message_closes_the_socket_with_a_plain_reason(
    server: str, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_socket(server) as socket:
        await socket.say(message)
        code, reason = await socket.closed()

    assert code == 4400
    assert reason
    assert not any(word in reason for word in ("Error", "Traceback", "line 1", "NoneType"))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


SLOW = "{ later(seconds: 30) }"


@pytest.mark.parametrize(
    ("messages", "closing"),
    [
        ([subscribe("{ hello }")], (4401, "Unauthorized")),
        ([{**INIT, "payload": []}], (4400, "The payload must be an object")),
        ([{**INIT, "payload": {"authorization": 1}}], (4403, "Forbidden")),
        ([{**INIT, "payload": {"authorization": "Basic YTpi"}}], (4403, "Forbidden")),
        ([{**INIT, "payload": {"authorization": "Bearer false"}}], (4403, "Forbidden")),
        ([{**INIT, "payload": {"authorization": "late"}}], (4403, "Forbidden: AUTH_TOKEN_EXPIRED")),
        ([{**INIT, "payload": {"authorization": "broken"}}], (4500, "Internal server error")),
        ([{**INIT, "payload": {"authorization": "outage"}}], (1013, "Try again later")),
        ([INIT, INIT], (4429, "Too many initialisation requests")),
        ([INIT, subscribe(SLOW), subscribe(SLOW)], (4409, "Subscriber for 1 already exists")),
        ([INIT, subscribe(SLOW, "é" * 128), subscribe(SLOW, "é" * 128)], (4409, "Subscriber for this id already exists")),
    ],
)
async def test_a_breach_of_the_protocol_has_its_close_code(server: str, messages: list[Any], closing: tuple[int, str]) -> None:
    async with a_socket(server, init=None) as socket:
        await socket.say(*messages)

        assert await socket.closed() == closing


@pytest.mark.parametrize("authorization", ["ann", "Bearer ann", "bearer ann"])
async def test_the_token_comes_with_connection_init(server: str, authorization: str) -> None:
    async with a_socket(server, init={**INIT, "payload": {"authorization": authorization}}) as socket:
        await socket.say(subscribe("{ who }"))

        assert (await socket.hear())["payload"] == {"data": {"who": "ann"}}


async def test_a_socket_without_init_is_closed() -> None:
    with serving(toy_app(limits=Limits(init_seconds=0.2))) as address:
        async with a_socket(address, init=None) as socket:
            await socket.say({"type": "ping"})
            assert await socket.hear() == {"type": "pong"}
            assert await socket.closed() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["chat"]])
async def test_another_subprotocol_is_not_acceptable(server: str, offered: list[Subprotocol] | None) -> None:
    async with a_socket(server, init=None, subprotocols=offered) as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_graphql_transport_ws_is_chosen_wherever_it_is_offered(server: str) -> None:
    async with a_socket(server, subprotocols=[Subprotocol("graphql-ws"), PROTOCOL]) as socket:
        assert socket.connection.subprotocol == PROTOCOL


@pytest.mark.parametrize("origin", [None, "https://shop.test", "http://{server}", "https://{server}"])
async def test_our_own_pages_and_the_allowed_ones_may_connect(server: str, origin: str | None) -> None:
    async with a_socket(server, origin=origin and Origin(origin.format(server=server))):
        pass


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://127.0.0.1:1", "http://[", "https://shop.test.evil.test"])
async def test_other_pages_may_not(server: str, origin: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with a_socket(server, origin=Origin(origin)):
            pass


async def test_a_ping_is_answered_with_its_payload(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say({"type": "pong"}, {"type": "ping"}, {"type": "ping", "payload": {"n": 1}})

        assert [await socket.hear(), await socket.hear()] == [{"type": "pong"}, {"type": "pong", "payload": {"n": 1}}]


async def test_complete_closes_the_generator_and_frees_the_id(server: str) -> None:
    before = SEEN.open

    async with a_socket(server) as socket:
        await socket.say(subscribe("subscription { endless }"))
        assert (await socket.hear())["payload"] == {"data": {"endless": 1}}
        await socket.say({"id": "1", "type": "complete"}, {"id": "unknown", "type": "complete"}, subscribe("{ hello }"))

        assert (await socket.hear())["payload"] == {"data": {"hello": "Hello you"}}
        await eventually(lambda: SEEN.open == before)


async def test_the_generators_are_closed_when_the_client_leaves(server: str) -> None:
    before = SEEN.open

    async with a_socket(server) as socket:
        await socket.say(subscribe("subscription { endless }", "a"), subscribe("subscription { endless }", "b"))
        await eventually(lambda: SEEN.open == before + 2)

    await eventually(lambda: SEEN.open == before)


async def test_a_mutation_is_carried_out_although_the_client_turns_away(server: str) -> None:
    before = SEEN.added

    async with a_socket(server) as socket:
        await socket.say(subscribe("mutation { add(n: 1, seconds: 0.2) }"))
        await asyncio.sleep(0.05)
        await socket.say({"id": "1", "type": "complete"}, subscribe("{ hello }"))
        assert (await socket.hear())["payload"] == {"data": {"hello": "Hello you"}}

    await eventually(lambda: SEEN.added == before + 1)


async def test_an_operation_too_many_ends_with_an_error() -> None:
    with serving(toy_app(limits=Limits(operations_per_socket=2))) as address:
        async with a_socket(address) as socket:
            await socket.say(subscribe("subscription { endless }", "a"), subscribe("subscription { endless }", "b"))
            await socket.hear()
            await socket.hear()
            await socket.say(subscribe("{ hello }", "c"))
            assert code_of(await socket.hear()) == "RATE_LIMIT_EXCEEDED"

            await socket.say({"id": "a", "type": "complete"})
            await asyncio.sleep(0.05)
            await socket.say(subscribe("{ hello }", "c"))
            assert (await socket.hear())["payload"] == {"data": {"hello": "Hello you"}}


async def test_private_operations_end_with_the_callers_token(server: str) -> None:
    async with a_socket(server, init={**INIT, "payload": {"authorization": "brief"}}) as socket:
        await socket.say(subscribe("subscription { private }", "before"))
        assert (await socket.hear())["payload"] == {"data": {"private": "brief"}}
        ended = await socket.hear()
        await socket.say(subscribe("{ who }", "after"))
        refused = await socket.hear()

    assert (ended["id"], code_of(ended)) == ("before", "AUTH_TOKEN_EXPIRED")
    assert (refused["id"], code_of(refused)) == ("after", "AUTH_TOKEN_EXPIRED")


async def test_public_operations_go_on_without_the_caller(server: str) -> None:
    async with a_socket(server, init={**INIT, "payload": {"authorization": "brief"}}) as socket:
        await socket.say(subscribe("subscription { endless }", "watching"), subscribe("{ poll }", "before"))
        told = [await socket.hear() for _ in range(3)]
        await asyncio.sleep(0.6)
        await socket.say(subscribe("{ poll }", "after"))
        afterwards = await socket.hear()

    assert [message["payload"]["data"]["poll"].split()[1] for message in told if message["id"] == "before" and "payload" in message] == [
        "brief"
    ]
    assert afterwards["id"] == "after", "what watches is not ended"
    assert afterwards["payload"]["data"]["poll"].endswith(" nobody")


@pytest.mark.parametrize("init", [None, INIT])
async def test_a_frame_over_the_limit_closes_the_socket(server: str, init: dict[str, Any] | None) -> None:
    async with a_socket(server, init=init) as socket:
        with suppress(ConnectionClosed):
            await socket.say(subscribe("#" + "x" * 500_000))

        assert (await socket.closed())[0] == 1009


async def test_a_frame_over_the_limit_in_pieces_closes_the_socket(server: str) -> None:
    async with a_socket(server) as socket:
        with suppress(ConnectionClosed):
            await socket.connection.send(["x" * 30_000, "x" * 30_000, "x" * 30_000])

        assert (await socket.closed())[0] == 1009


@pytest.mark.parametrize(
    "message", [b"\xff", b'{"type": "\xff"}', [b'{"type": "ping", "payload": {"a": "\xc3', b'\xff"}}'], [b"{", b"\xc3"]]
)
@pytest.mark.parametrize("init", [None, INIT])
async def test_what_is_no_utf_8_closes_the_socket_and_fills_no_log(
    server: str, message: bytes | list[bytes], init: dict[str, Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_socket(server, init=init) as socket:
        await socket.connection.send(message, text=True)
        code, _ = await socket.closed()

    assert code == 1007
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING or record.exc_info]


def test_uvicorn_still_calls_what_our_sockets_override() -> None:
    called = inspect.getsource(WebSocketsSansIOProtocol)

    for name in ("start_keepalive", "send_receive_event_to_app"):
        assert name in vars(WebSocketProtocol)
        assert f"self.{name}()" in called


async def test_a_character_may_come_in_two_pieces(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.connection.send([b'{"type": "ping", "payload": {"a": "\xc3', b'\xa9"}}'], text=True)

        assert await socket.hear() == {"type": "pong", "payload": {"a": "é"}}


async def test_a_stopping_server_says_goodbye_at_once() -> None:
    async with AsyncExitStack() as clients:
        with serving(toy_app()) as address:
            watching = await clients.enter_async_context(a_socket(address))
            greeting = await clients.enter_async_context(a_socket(address, init=None))
            await watching.say(subscribe("subscription { endless }"))
            await watching.hear()
            began = time.monotonic()

        assert time.monotonic() - began < 1
        assert (await watching.closed(), await greeting.closed()) == ((1001, "Going away"), (1001, "Going away"))


async def test_a_slow_reader_slows_what_it_reads_and_is_hung_up_on() -> None:
    with serving(toy_app(limits=Limits(stuck_seconds=0.3))) as address, connected(address) as client:
        before, sent = SEEN.open, SEEN.sent
        client.sendall(
            b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        assert b"101" in client.recv(65536)
        for message in (INIT, subscribe("subscription { flood }")):
            text = json.dumps(message).encode()
            client.sendall(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
        await eventually(lambda: SEEN.open == before + 1)
        await eventually(lambda: SEEN.open == before)

    assert SEEN.sent - sent < 150  # what kernel and transport buffer, and no more


async def test_gql_works_as_it_comes(server: str) -> None:
    transport = WebsocketsTransport(url=f"ws://{server}/graphql", init_payload={"authorization": "ann"})

    async with Client(transport=transport) as session:
        assert await session.execute(gql("{ who }")) == {"who": "ann"}
        assert [result async for result in session.subscribe(gql("subscription { count(to: 2) }"))] == [{"count": 1}, {"count": 2}]
        with pytest.raises(TransportQueryError, match="Something went wrong on our side"):
            await session.execute(gql("{ boom }"))


async def test_nothing_comes_before_the_acknowledgement_but_pongs(server: str) -> None:
    async with a_socket(server, init=None) as socket:
        await socket.say({"type": "ping"}, {"type": "complete", "id": "1"}, INIT, subscribe("{ hello }"))

        assert [(await socket.hear())["type"] for _ in range(4)] == ["pong", "connection_ack", "next", "complete"]


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("{ hello }", ["next", "complete"]),
        ("subscription { count(to: 2) }", ["next", "next", "complete"]),
        ("{ nothing }", ["error"]),
        ("subscription { breaks }", ["next", "error"]),
        ("{ boom }", ["next", "complete"]),
    ],
    ids=["a result", "results", "refused", "broken off", "with errors"],
)
async def test_each_operation_ends_with_one_message_and_its_id_is_free_then(server: str, query: str, types: list[str]) -> None:
    async with a_socket(server) as socket:
        for _ in range(2):
            await socket.say(subscribe(query))
            assert [(await socket.hear())["type"] for _ in types] == types
        await socket.say({"type": "ping"})

        assert await socket.hear() == {"type": "pong"}, "nothing came behind the last"


async def test_nothing_is_told_of_an_operation_that_its_client_completed(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(
            subscribe("{ later(seconds: 0.4) who }"), {"id": "1", "type": "complete"}, subscribe("{ later(seconds: 0.6) }", "2")
        )

        assert [(message["id"], message["type"]) for message in [await socket.hear(), await socket.hear()]] == [
            ("2", "next"),
            ("2", "complete"),
        ]


async def test_a_client_that_says_goodbye_is_answered_in_kind(server: str) -> None:
    async with a_socket(server) as socket:
        await socket.say(subscribe("subscription { endless }"))
        await socket.connection.close(1000, "Bye")

        assert socket.connection.close_code == 1000


async def test_properties_that_a_message_need_not_have_are_ignored(server: str) -> None:
    async with a_socket(server, init={**INIT, "more": 1, "payload": {"more": 1}}) as socket:
        await socket.say({**subscribe("{ hello }", more=1), "more": 1})

        assert (await socket.hear())["payload"] == {"data": {"hello": "Hello you"}}
