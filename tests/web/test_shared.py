"""Shared subscriptions over real sockets and event streams."""

import asyncio
import json
import socket as sockets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.engine.ledgers import ENGINE, READ, Context, Ledger, Office
from tests.web.test_ws import Socket, a_socket, code_of, subscribe
from tests.web.toy import eventually, serving
from web.app import create_app
from web.edge import Limits
from web.requests import RequestFacts
from web.shared import SharedSubscriptions

BIG = 'subscription($after: Int) { lines(name: "a", after: $after) { since numbers } }'
SMALL_BUFFER = 4096


@dataclass(frozen=True)
class Caller:
    name: str
    expires_at: datetime | None = None


@dataclass
class House:
    """A server with ledgers, which are written from its own loop."""

    office: Office = field(default_factory=Office)
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    address: str = ""
    loop: asyncio.AbstractEventLoop | None = None

    def __post_init__(self) -> None:
        self.office.ledgers["a"] = Ledger([1])
        self.shared = SharedSubscriptions(ENGINE.begin, self.context, count=self.count)

    def context(self, facts: RequestFacts) -> Context:
        self.loop = asyncio.get_running_loop()
        return Context(self.office, facts.caller.name if facts.caller else None)

    def count(self, kind: str, code: str) -> None:
        self.ended[kind, code] += 1

    @property
    def ledger(self) -> Ledger:
        return self.office.ledgers["a"]

    def do(self, act: Callable[..., None], *arguments: Any) -> None:
        """Do something in the server's loop."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(act, *arguments)

    def write(self, *numbers: int) -> None:
        self.do(self.ledger.write, *numbers)


def authenticate(token: str | None) -> Caller | None:
    return Caller(token, datetime.now(UTC) + timedelta(seconds=0.2) if token == "brief" else None) if token else None


@contextmanager
def running(**options: Any) -> Iterator[House]:
    house = House()
    app = create_app(ENGINE, house.context, authenticate=authenticate, is_anybody=lambda caller: True, shared=house.shared, **options)
    with serving(app) as house.address:
        yield house


@pytest.fixture
def house() -> Iterator[House]:
    """A server that must have no subscriber left."""
    with ExitStack() as stack:
        house = stack.enter_context(running())
        yield house
        deadline = datetime.now(UTC) + timedelta(seconds=3)
        while house.shared.member_count and datetime.now(UTC) < deadline:
            pass
        assert (house.shared.member_count, house.shared.topic_count) == (0, 0)


def lines(message: dict[str, Any]) -> list[int]:
    numbers: list[int] = message["payload"]["data"]["lines"]["numbers"]
    return numbers


async def test_many_sockets_are_told_what_was_executed_once_each_under_its_own_ids(house: House) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(a_socket(house.address)) for _ in range(20)]
        for number, client in enumerate(clients):
            await client.say(
                subscribe(READ, f"{number}a", variables={"name": "a"}), subscribe(READ, f"“{number}”", variables={"name": "a"})
            )
        firsts = [[await client.hear(), await client.hear()] for client in clients]
        house.write(2)
        seconds = [[await client.hear(), await client.hear()] for client in clients]

        assert house.shared.member_count == 40
        assert (house.shared.topic_count, house.office.opened, house.office.executed) == (1, 1, 2)
        for number, (first, second) in enumerate(zip(firsts, seconds, strict=True)):
            assert {message["id"] for message in first} == {message["id"] for message in second} == {f"{number}a", f"“{number}”"}
            assert second[0] == {
                "id": second[0]["id"],
                "type": "next",
                "payload": {"data": {"lines": {"since": 1, "numbers": [2], "reader": "nobody"}}},
            }
    await eventually(lambda: house.ended == {("subscription", "OK"): 40})


@pytest.mark.parametrize("count", [1, 30, 1_000, 30_000])
async def test_messages_of_every_length_arrive_whole(house: House, count: int) -> None:
    house.ledger.lines = list(range(count))
    async with a_socket(house.address, max_size=None) as client:
        await client.say(subscribe(BIG))

        assert lines(await client.hear()) == list(range(count))


async def test_who_completes_is_told_no_more_and_may_use_the_id_again(house: House) -> None:
    async with a_socket(house.address) as client:
        await client.say(subscribe(READ, variables={"name": "a"}))
        await client.hear()
        await client.say({"id": "1", "type": "complete"})
        await eventually(lambda: house.shared.member_count == 0)
        assert (house.office.open, house.ended) == (0, {("subscription", "OK"): 1})
        house.write(2)

        await client.say(subscribe(READ, variables={"name": "a", "after": 1}))

        assert lines(await client.hear()) == [2]


async def test_what_ends_the_source_is_told_to_all(house: House) -> None:
    async with a_socket(house.address) as one, a_socket(house.address) as other:
        for client in (one, other):
            await client.say(subscribe(READ, variables={"name": "a"}))
            await client.hear()
        house.do(house.ledger.end)
        ends = [await client.hear() for client in (one, other)]
        await one.say(subscribe(READ, variables={"name": "none"}))
        refused = await one.hear()

    assert ends == [{"id": "1", "type": "complete"}] * 2
    assert code_of(refused) == "NO_LEDGER"
    assert house.ended == {("subscription", "OK"): 2, ("subscription", "NO_LEDGER"): 1}


async def test_what_goes_wrong_within_is_masked_for_all(house: House) -> None:
    async with a_socket(house.address) as client:
        await client.say(subscribe('subscription { lines(name: "a") { numbers broken } }'))
        first = await client.hear()
        house.do(setattr, house.ledger, "failure", ValueError("secret"))
        house.write(2)
        last = await client.hear()

    assert first["payload"]["errors"][0]["extensions"]["code"] == "SERVER_ERROR"
    assert code_of(last) == "SERVER_ERROR"
    assert "secret" not in f"{first}{last}"


async def test_what_must_be_waited_for_is_run_for_each_client_alone(house: House) -> None:
    async with a_socket(house.address, init={"type": "connection_init", "payload": {"authorization": "ann"}}) as client:
        for _ in range(2):
            await client.say(subscribe('subscription { lines(name: "a") { slowly reader } }'))
            assert (await client.hear())["payload"]["data"] == {"lines": {"slowly": 1, "reader": "ann"}}
            await client.say({"id": "1", "type": "complete"})
            await eventually(lambda: house.office.open == 0)


async def test_nobody_is_told_what_is_anothers_for_asking_the_same(house: House) -> None:
    """The same document and the same variables, with other tokens, and without one."""
    told: dict[str | None, Any] = {}
    for token in ("ann", "ben", None):
        init = {"type": "connection_init", "payload": {"authorization": token} if token else {}}
        async with a_socket(house.address, init=init) as client:
            await client.say(subscribe("subscription { own }"), subscribe(READ, "2", variables={"name": "a"}))
            messages = {message["id"] + message["type"]: message async for message in _until(client, 3)}
            told[token] = messages["1next"]["payload"]["data"]["own"], messages["2next"]["payload"]["data"]["lines"]["reader"]

    assert told == {"ann": ("ann", "nobody"), "ben": ("ben", "nobody"), None: ("nobody", "nobody")}


async def _until(client: Any, count: int) -> Any:
    for _ in range(count):
        yield await client.hear()


async def test_a_shared_subscription_goes_on_when_its_callers_token_expires(house: House) -> None:
    async with a_socket(house.address, init={"type": "connection_init", "payload": {"authorization": "brief"}}) as client:
        await client.say(subscribe(READ, variables={"name": "a"}))
        await client.hear()
        await asyncio.sleep(0.4)
        house.write(2)

        assert lines(await client.hear()) == [2]


async def test_shared_operations_count_among_those_of_a_socket() -> None:
    with running(limits=Limits(operations_per_socket=2)) as house:
        async with a_socket(house.address) as client:
            for identity in "123":
                await client.say(subscribe(READ, identity, variables={"name": "a"}))
            heard = [await client.hear() for _ in range(3)]
            refused = next(message for message in heard if message["id"] == "3")
            await client.say({"id": "1", "type": "complete"}, subscribe(READ, "3", variables={"name": "a"}))

            assert code_of(refused) == "RATE_LIMIT_EXCEEDED"
            assert (await client.hear())["type"] == "next"


async def test_as_many_may_be_begun_in_one_breath_as_a_socket_may_have() -> None:
    with running(limits=Limits(operations_per_socket=20)) as house:
        async with a_socket(house.address) as client:
            await client.say(*(subscribe(READ, f"{number}", variables={"name": "a"}) for number in range(20)))

            assert {(await client.hear())["type"] for _ in range(20)} == {"next"}


async def test_who_does_not_read_is_kept_nothing_for_and_then_told_all_it_missed(house: House) -> None:
    async with a_socket(house.address) as quick, a_socket(house.address, sock=narrow(house.address), max_queue=1, max_size=None) as slow:
        for client in (quick, slow):
            await client.say(subscribe(BIG, variables={"after": 1}))
        await eventually(lambda: house.shared.member_count == 2)
        for number in range(300):
            house.write(*range(number * 10_000, number * 10_000 + 2_000))
            assert lines(await quick.hear())
        messages: list[list[int]] = []
        while sum(len(message) for message in messages) < 600_000:
            messages.append(lines(await slow.hear()))

    assert [number for message in messages for number in message] == house.ledger.lines[1:]
    assert len(messages) < 300


async def test_who_does_not_read_for_too_long_is_hung_up_on() -> None:
    with running(limits=Limits(stuck_seconds=0.3)) as house:
        async with (
            a_socket(house.address, max_size=None) as quick,
            a_socket(house.address, sock=narrow(house.address), max_queue=1, max_size=None) as slow,
        ):
            for client in (quick, slow):
                await client.say(subscribe(BIG, variables={"after": 1}))
            await eventually(lambda: house.shared.member_count == 2)
            for _ in range(100):
                house.write(*range(10_000))
                assert lines(await quick.hear())
            await eventually(lambda: house.shared.member_count == 1)
            with pytest.raises(ConnectionClosed):
                await read_on(slow)
            house.write(5)

            assert lines(await quick.hear()) == [5]


async def test_event_streams_are_told_by_the_same_topic(house: House) -> None:
    async with a_socket(house.address) as client, httpx.AsyncClient(base_url=f"http://{house.address}", timeout=5) as http:
        await client.say(subscribe(READ, variables={"name": "a"}))
        await client.hear()
        body = {"query": READ, "variables": {"name": "a"}}
        async with http.stream("POST", "/graphql", json=body, headers={"accept": "text/event-stream"}) as response:
            events = response.aiter_lines()
            first = await next_event(events)
            house.write(2)
            second = await next_event(events)
            assert (house.shared.member_count, house.shared.topic_count) == (2, 1)
            house.do(house.ledger.end)
            rest = [line async for line in events if line]

    assert [event["data"]["lines"]["numbers"] for event in (first, second)] == [[1], [2]]
    assert rest == ["event: complete", "data:"]
    await eventually(lambda: house.ended == {("subscription", "OK"): 2})


async def test_an_event_stream_that_is_refused_says_why(house: House) -> None:
    async with httpx.AsyncClient(base_url=f"http://{house.address}", timeout=5) as http:
        body = {"query": READ, "variables": {"name": "none"}}
        response = await http.post("/graphql", json=body, headers={"accept": "text/event-stream"})

    assert '"code":"NO_LEDGER"' in response.text
    assert house.ended == {("subscription", "NO_LEDGER"): 1}


async def test_an_event_stream_whose_client_leaves_is_over(house: House) -> None:
    async with httpx.AsyncClient(base_url=f"http://{house.address}", timeout=5) as http:
        body = {"query": READ, "variables": {"name": "a"}}
        async with http.stream("POST", "/graphql", json=body, headers={"accept": "text/event-stream"}) as response:
            await next_event(response.aiter_lines())

    await eventually(lambda: house.shared.member_count == 0)
    assert house.ended == {("subscription", "OK"): 1}


async def test_a_server_that_stops_leaves_no_topic_open() -> None:
    async with AsyncExitStack() as clients:
        with running() as house:
            sockets_open = [await clients.enter_async_context(a_socket(house.address)) for _ in range(3)]
            for client in sockets_open:
                await client.say(subscribe(READ, variables={"name": "a"}))
                await client.hear()
            http = await clients.enter_async_context(httpx.AsyncClient(base_url=f"http://{house.address}", timeout=5))
            asked: dict[str, Any] = {"json": {"query": READ, "variables": {"name": "a"}}, "headers": {"accept": "text/event-stream"}}
            response = await clients.enter_async_context(http.stream("POST", "/graphql", **asked))
            events = response.aiter_lines()
            await next_event(events)
            assert (house.shared.member_count, house.shared.topic_count, house.office.open) == (4, 1, 1)

        assert (house.shared.member_count, house.shared.topic_count, house.office.open) == (0, 0, 0)
        assert [await client.closed() for client in sockets_open] == [(1001, "Going away")] * 3
        assert [line async for line in events if line] == [], "which tells it from a subscription that has completed"
        assert house.ended == {("subscription", "OK"): 4}


async def read_on(client: Socket) -> None:
    """Read whatever comes, until the connection is lost."""
    while True:
        await client.connection.recv()


async def next_event(events: Any) -> Any:
    async for line in events:
        if line.startswith("data: "):
            return json.loads(line[6:])
    raise AssertionError("the stream ended")


def narrow(address: str) -> sockets.socket:
    """A connection that takes little at a time."""
    host, port = address.split(":")
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, SMALL_BUFFER)
    connection.connect((host, int(port)))
    connection.setblocking(False)
    return connection
