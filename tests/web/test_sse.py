"""Subscriptions over server-sent events."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import httpx
import orjson
import pytest

from tests.web.toy import SEEN, connected, eventually, serving, toy_app
from web.edge import Limits

EVENTS = {"accept": "text/event-stream"}


async def test_results_come_as_events_with_plain_line_ends(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": "subscription { count(to: 2) }"}, headers=EVENTS)

    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-request-id"]
    assert response.content == (
        b'event: next\ndata: {"data":{"count":1}}\n\n'
        b'event: next\ndata: {"data":{"count":2}}\n\n'
        b"event: complete\ndata:\n\n"
    )  # fmt: skip


async def test_a_subscription_may_come_by_get_as_event_sources_do(http: httpx.AsyncClient) -> None:
    response = await http.get("/graphql", params={"query": "subscription { count(to: 1) }"}, headers=EVENTS)

    assert response.content == b'event: next\ndata: {"data":{"count":1}}\n\nevent: complete\ndata:\n\n'


async def test_queries_and_mutations_have_one_result(http: httpx.AsyncClient) -> None:
    query = await http.post("/graphql", json={"query": "{ hello }"}, headers=EVENTS)
    mutation = await http.post("/graphql", json={"query": "mutation { add(n: 1) }"}, headers=EVENTS)

    assert query.content == b'event: next\ndata: {"data":{"hello":"Hello you"}}\n\nevent: complete\ndata:\n\n'
    assert mutation.content == b'event: next\ndata: {"data":{"add":1}}\n\nevent: complete\ndata:\n\n'


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription A { count } subscription B { count }", "BAD_REQUEST"),
        ("subscription { private }", "UNAUTHENTICATED"),
    ],
)
async def test_a_wrong_operation_is_told_in_an_event(http: httpx.AsyncClient, query: str, code: str) -> None:
    response = await http.post("/graphql", json={"query": query}, headers=EVENTS)

    first, last, _ = response.text.split("\n\n")
    assert orjson.loads(first.removeprefix("event: next\ndata: "))["errors"][0]["extensions"]["code"] == code
    assert last == "event: complete\ndata:"


async def test_a_fault_in_the_stream_is_masked_and_ends_it(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": "subscription { breaks }"}, headers=EVENTS)

    assert "SERVER_ERROR" in response.text
    assert "secret" not in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_a_bad_body_is_a_bad_request_here_too(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", content=b"[]", headers={**EVENTS, "content-type": "application/json"})

    assert (response.status_code, response.headers["content-type"]) == (400, "application/json; charset=utf-8")


async def test_the_generator_is_closed_when_the_client_leaves(http: httpx.AsyncClient) -> None:
    before = SEEN.open

    async with http.stream("POST", "/graphql", json={"query": "subscription { endless }"}, headers=EVENTS) as response:
        await anext(response.aiter_text())
        assert SEEN.open == before + 1

    await eventually(lambda: SEEN.open == before)


async def test_the_generator_is_closed_although_the_client_asked_for_more_before_it_left(server: str) -> None:
    before = SEEN.open

    with connected(server) as client:
        client.sendall(b"GET /graphql?query=subscription%7Bendless%7D HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n" * 2)
        await eventually(lambda: SEEN.open == before + 1)

    await eventually(lambda: SEEN.open == before)


async def test_a_mutation_is_carried_out_although_the_client_leaves(http: httpx.AsyncClient) -> None:
    before = SEEN.added

    async with http.stream("POST", "/graphql", json={"query": "mutation { add(n: 1, seconds: 0.2) }"}, headers=EVENTS):
        pass

    await eventually(lambda: SEEN.added == before + 1)


async def test_a_quiet_stream_is_kept_alive() -> None:
    request: dict[str, Any] = {"json": {"query": "subscription { endless }"}, "headers": EVENTS}

    with serving(toy_app(limits=Limits(keep_alive_seconds=0.1))) as address:
        async with httpx.AsyncClient() as http, http.stream("POST", f"http://{address}/graphql", **request) as response:
            text = ""
            async for chunk in response.aiter_text():
                text += chunk
                if ":\n\n:\n\n" in text:
                    break


async def test_a_stream_ends_when_its_callers_token_does(http: httpx.AsyncClient) -> None:
    headers = {**EVENTS, "authorization": "Bearer brief"}

    response = await http.post("/graphql", json={"query": "subscription { private }"}, headers=headers)

    assert '{"data":{"private":"brief"}}' in response.text
    assert "AUTH_TOKEN_EXPIRED" in response.text


async def test_a_stopping_server_ends_streams_without_complete() -> None:
    async def text_of(response: httpx.Response) -> str:
        return "".join([chunk async for chunk in response.aiter_text()])

    async with httpx.AsyncClient() as http:
        with serving(toy_app()) as address:
            request = http.build_request("POST", f"http://{address}/graphql", json={"query": "subscription { endless }"}, headers=EVENTS)
            response = await http.send(request, stream=True)
            reading = asyncio.create_task(text_of(response))
            await eventually(lambda: SEEN.open > 0)
            stopped = time.monotonic()
            await asyncio.sleep(0.05)
        took = time.monotonic() - stopped

        assert await reading == 'event: next\ndata: {"data":{"endless":1}}\n\n'
    assert took < 3


async def test_a_client_that_does_not_read_is_hung_up_on() -> None:
    with serving(toy_app(limits=Limits(stuck_seconds=0.3))) as address:
        before, sent = SEEN.open, SEEN.sent
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(b"GET /graphql?query=subscription%7Bflood%7D HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        await eventually(lambda: SEEN.open == before + 1)
        await eventually(lambda: SEEN.open == before)
        assert SEEN.sent - sent < 150  # what kernel and transport buffer, and no more
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()


@pytest.mark.parametrize("query", ["{ hello }", "subscription { count(to: 2) }", "{ nothing }", "subscription { breaks }", "{ boom }"])
async def test_every_stream_is_results_and_then_one_complete(http: httpx.AsyncClient, query: str) -> None:
    response = await http.post("/graphql", json={"query": query}, headers=EVENTS)

    *events, end = response.text.split("\n\n")
    names = [event.split("\n")[0] for event in events]
    assert (response.status_code, end) == (200, "")
    assert names == ["event: next"] * (len(names) - 1) + ["event: complete"]
    assert len(names) > 1
    assert all(set(orjson.loads(event.split("\ndata: ")[1])) <= {"data", "errors"} for event in events[:-1])
    assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == ("no-store", "no")


async def test_a_result_of_many_lines_is_one_line_of_an_event(http: httpx.AsyncClient) -> None:
    response = await http.post(
        "/graphql", json={"query": "query ($n: String!) { hello(name: $n) }", "variables": {"n": "a\nb\r\u2028c\n\nd"}}, headers=EVENTS
    )

    first, last = response.content.split(b"\n\n")[:2]
    assert orjson.loads(first.removeprefix(b"event: next\ndata: ")) == {"data": {"hello": "Hello a\nb\r\u2028c\n\nd"}}
    assert last == b"event: complete\ndata:"


async def test_what_an_operation_costs_is_told_in_its_events(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": "subscription { count(to: 1) }"}, headers={**EVENTS, "x-debug-cost": "1"})

    told = orjson.loads(response.text.split("\n\n")[0].removeprefix("event: next\ndata: "))
    assert told["data"] == {"count": 1}
    assert told["extensions"]["requestId"] == response.headers["x-request-id"]
    assert told["extensions"]["cost"]["limit"] == 10_000
