"""What the server around the edge promises: headers, health, limits of a connection, and a quick stop."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import Route

from tests.web.test_ws import INIT, a_socket, subscribe
from tests.web.toy import connected, serving, toy_app
from web import serving as web_serving
from web.serving import HttpProtocol

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", ["/", "/graphql?query=%7Bhello%7D", "/graphql", "/health", "/ready", "/nowhere"])
async def test_every_response_has_a_request_id_and_security_headers(http: httpx.AsyncClient, path: str) -> None:
    response = await http.get(path)

    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-request-id"])
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "server" not in response.headers


@pytest.mark.parametrize(
    ("sent", "taken"), [("r-1", True), ("a" * 100, True), ("a" * 101, False), ("a b", False), ("<x>", False), ("", False)]
)
async def test_a_sane_request_id_is_taken_over(http: httpx.AsyncClient, sent: str, taken: bool) -> None:
    response = await http.get("/health", headers={"x-request-id": sent})

    assert (response.headers["x-request-id"] == sent) == taken


async def test_health_tells_version_and_uptime(http: httpx.AsyncClient) -> None:
    response = await http.get("/health")

    assert response.status_code == 200
    body = response.json()
    assert body.pop("uptime") > 0
    assert body == {"status": "ok", "version": "1.2.3"}


async def test_ready_tells_which_dependency_fails_and_not_how(http: httpx.AsyncClient) -> None:
    response = await http.get("/ready")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "checks": {"database": {"status": "ok"}, "redis": {"status": "unavailable"}}}


async def test_ready_does_not_wait_for_a_check_that_hangs() -> None:
    async def hangs() -> None:
        await asyncio.sleep(60)

    with serving(toy_app(checks={"smtp": hangs})) as address:
        async with httpx.AsyncClient() as http:
            began = time.monotonic()
            response = await http.get(f"http://{address}/ready")

    assert (response.status_code, response.json()["checks"]) == (503, {"smtp": {"status": "unavailable"}})
    assert time.monotonic() - began < 2


async def test_ready_is_ok_when_all_checks_pass() -> None:
    async def passes() -> None:
        return None

    with serving(toy_app(checks={"database": passes})) as address:
        async with httpx.AsyncClient() as http:
            response = await http.get(f"http://{address}/ready")

    assert (response.status_code, response.json()["status"]) == (200, "ok")


async def test_pages_of_allowed_origins_may_call_and_others_may_not(http: httpx.AsyncClient) -> None:
    async def preflight(origin: str) -> httpx.Response:
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,authorization"}
        return await http.options("/graphql", headers={"origin": origin, **asked})

    allowed, refused = await preflight("https://shop.test"), await preflight("https://evil.test")
    answered = await http.get("/graphql", params={"query": "{hello}"}, headers={"origin": "https://shop.test"})

    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "https://shop.test")
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (400, False)
    assert answered.headers["access-control-expose-headers"] == "X-Request-Id, Retry-After"


def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_serving, "HEAD_SECONDS", 0.2)

    with serving(toy_app()) as address, connected(address) as silent, connected(address) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nX: ")
        for client in (silent, slow):
            with suppress(ConnectionResetError):
                assert client.recv(10) == b""


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"GET /health HTTP/1.1\r\n", b"X: " + b"x" * 10_000 + b"\r\n"),
        (b"GET /health HTTP/1.1\r\nX: ", b"x" * 10_000),
        (b"POST /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"x" * 1_000_000),
    ],
    ids=["headers", "a header", "a trailer"],
)
def test_a_request_without_end_is_hung_up_on(start: bytes, more: bytes) -> None:
    with serving(toy_app()) as address, connected(address) as client, suppress(ConnectionError):
        client.sendall(start)
        for _ in range(200):
            client.sendall(more)
        while answer := client.recv(65536):
            assert b"404" in answer or b"405" in answer  # to the POST, before its trailer


def test_trailers_are_not_headers() -> None:
    with serving(toy_app()) as address, connected(address) as client:
        client.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'14\r\n{"query": "{ who }"}\r\n0\r\nAuthorization: Bearer ann\r\n\r\n'
        )

        assert b"nobody" in client.recv(65536)


def asked_at_once(address: str, *requests: bytes) -> bytes:
    """All that is answered to requests that are sent together, the last of which closes the connection."""
    with connected(address) as connection:
        connection.sendall(b"".join(requests))
        answered = b""
        while piece := connection.recv(65_536):
            answered += piece
    return answered


def posted(query: str, *, close: bool = False) -> bytes:
    body = json.dumps({"query": query}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + (b"Connection: close\r\n" if close else b"") + b"\r\n" + body


def test_whole_responses_leave_in_order_each_in_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = []
    respond = HttpProtocol.respond

    def counted(protocol: HttpProtocol, *arguments: Any) -> bool:
        whole.append(respond(protocol, *arguments))
        return whole[-1]

    monkeypatch.setattr(HttpProtocol, "respond", counted)
    with serving(toy_app()) as address:
        answered = asked_at_once(address, posted("{ number(n: 1) }"), posted("{ later }"), posted("{ number(n: 3) }", close=True))

    bodies = re.findall(rb'\r\n\r\n(\{"data":\{[^}]*\}\})', answered)
    assert bodies == [b'{"data":{"number":1}}', b'{"data":{"later":"later"}}', b'{"data":{"number":3}}']
    assert answered.count(b"HTTP/1.1 200 OK\r\n") == answered.count(b"date: ") == 3
    assert answered.lower().count(b"connection: close\r\n") == 1
    assert whole == [True] * 3


def test_what_has_no_body_is_left_to_uvicorn() -> None:
    head = b"HEAD /graphql?query=%7Bhello%7D HTTP/1.1\r\nHost: x\r\n\r\n"
    options = b"OPTIONS /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(toy_app()) as address:
        answered = asked_at_once(address, head, options)

    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"HTTP/1.1 204 No Content\r\n" in answered
    assert b"Hello" not in answered


def test_a_header_that_would_be_two_is_not_sent() -> None:
    async def odd(request: Any) -> Response:
        return Response(b"x", headers={"x-odd": "a\r\nx-forged: b"})

    with serving(toy_app(routes=[Route("/odd", odd)])) as address:
        answered = asked_at_once(address, b"GET /odd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"x-forged" not in answered


def test_the_protocols_uvicorn_is_given_still_fit_it() -> None:
    assert {
        "connection_made",
        "connection_lost",
        "data_received",
        "on_header",
        "on_message_begin",
        "on_headers_complete",
        "_start_asgi_task",
    } <= set(vars(HttpProtocol.__base__))
    assert {"handle_connect"} <= set(vars(web_serving.WebSocketProtocol.__base__))
    assert {"shutdown"} <= set(vars(web_serving.Server.__base__))


SCRIPT = """
import socket, sys, uvicorn
from tests.web.toy import app
from web.serving import Server, uvicorn_options
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
Server(uvicorn.Config(app, factory=True, log_config=None, **uvicorn_options())).run([listening])
"""


async def test_sigterm_stops_a_process_with_open_streams_in_no_time() -> None:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, cwd=ROOT)  # noqa: ASYNC220
    assert process.stdout is not None
    try:
        address = f"127.0.0.1:{int(process.stdout.readline())}"
        asked: dict[str, Any] = {"json": {"query": "subscription { endless }"}, "headers": {"accept": "text/event-stream"}}
        async with (
            a_socket(address, init=INIT) as socket,
            httpx.AsyncClient() as http,
            http.stream("POST", f"http://{address}/graphql", **asked) as response,
        ):
            await socket.say(subscribe("subscription { endless }"))
            await socket.hear()
            events = response.aiter_text()
            assert json.loads((await anext(events)).splitlines()[1].removeprefix("data: ")) == {"data": {"endless": 1}}
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert await socket.closed() == (1001, "Going away")
            assert [chunk async for chunk in events] == []
        process.wait(5)
        assert time.monotonic() - began < 3
        assert process.returncode in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_edge_knows_nothing_of_tickets() -> None:
    for path in (ROOT / "web").glob("*.py"):
        if path.name not in ("auth.py", "tokens.py"):
            imported = re.findall(
                r"^(?:from|import) (db|live|payments|notices|runtime|server|resolvers|schema)\b", path.read_text(), re.MULTILINE
            )
            assert not imported, path
