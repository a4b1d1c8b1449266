"""A running server for tests: the real one, in a process of its own, and clients of it."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import DocumentNode, parse

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server.py"
START_SECONDS = 60
STOP_SECONDS = 30
PASSWORD = "Box-0ffice!"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Never used; httpx would make one for each client, which takes longer than a request."""
SECRET = "a secret with which only these tests sign"
STATE = TemporaryDirectory(ignore_cleanup_errors=True)
"""Where these servers write e-mail, which nobody reads."""


@dataclass
class Running:
    """One server process, and where it answers."""

    environment: Mapping[str, str]
    port: int
    log: Path
    folder: Path = ROOT
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where GraphQL is, over HTTP."""
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        """Where GraphQL is, over WebSocket."""
        return f"ws://127.0.0.1:{self.port}/graphql"

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with self.log.open("ab") as log:
            environment = {**clean_environment(), "PORT": str(self.port), **self.environment}
            self.process = subprocess.Popen([sys.executable, SERVER, "serve"], cwd=self.folder, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=2).raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"the server does not answer:\n{self.log.read_text()[-4000:]}")

    async def restart(self) -> None:
        """Start it again while clients go on asking."""
        await asyncio.to_thread(self.start)

    def kill(self) -> None:
        """End it without a word, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to stop; answers how many seconds that took. It must end as one that was asked to."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(number)
        wanted = 128 + number if number == signal.SIGINT else 0
        assert self.process.wait(STOP_SECONDS) == wanted, f"it did not end well:\n{self.log.read_text()[-4000:]}"
        return time.monotonic() - begun

    def family(self) -> list[psutil.Process]:
        """The process and all that it started."""
        process = psutil.Process(self.pid)
        return [process, *process.children(recursive=True)]

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
        """A `gql` client over HTTP."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = HTTPXAsyncTransport(self.url, headers=headers, timeout=30, verify=NO_TLS)
        async with Client(transport=transport, execute_timeout=30) as session:
            yield session

    @asynccontextmanager
    async def watcher(self, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
        """A `gql` client over WebSocket."""
        payload = {"authorization": f"Bearer {token}"} if token else {}
        transport = WebsocketsTransport(self.socket_url, init_payload=payload, connect_timeout=30, ack_timeout=30, close_timeout=1)
        async with Client(transport=transport, execute_timeout=30) as session:
            yield session

    @asynccontextmanager
    async def watching(self, document: str, variables: Mapping[str, Any], token: str | None = None) -> AsyncIterator[list[Any]]:
        """What a subscription has told so far, over a WebSocket: a list that grows."""
        told: list[Any] = []

        async def listen() -> None:
            async with self.watcher(token) as session:
                async for answer in session.subscribe(asking(document, variables)):
                    told.append(next(iter(answer.values())))

        async with beside(listen()):
            yield told

    async def refusal_to_watch(self, document: str, variables: Mapping[str, Any], token: str | None = None) -> str:
        """The code with which a subscription is refused, over a WebSocket."""
        async with asyncio.timeout(START_SECONDS), self.watcher(token) as session:
            try:
                async for answer in session.subscribe(asking(document, variables)):
                    raise AssertionError(f"told {answer}")
            except TransportQueryError as refused:
                return code_of(refused)
        raise AssertionError("it ended without a word")

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None, token: str | None = None) -> Any:
        """What the one field of an operation answers, over HTTP."""
        async with self.client(token) as session:
            return await ask(session, document, **(variables or {}))

    async def token_of(self, email: str) -> str:
        """An access token of a demo account."""
        document = """mutation ($input: LogInInput!) { logIn(input: $input) { ... on Session { accessToken } } }"""
        token: str = (await self.ask(document, {"input": {"email": email, "password": PASSWORD}}))["accessToken"]
        return token


def asking(document: str, variables: Mapping[str, Any]) -> GraphQLRequest:
    """A document with its variables, as `gql` wants them."""
    return GraphQLRequest(parsed(document), variable_values=dict(variables))


@lru_cache
def parsed(document: str) -> DocumentNode:
    """A document, parsed once for however many clients."""
    return parse(document)


async def ask(session: AsyncClientSession, document: str, **variables: Any) -> Any:
    """What the one field of an operation answers."""
    return next(iter((await session.execute(asking(document, variables))).values()))


def code_of(refused: TransportQueryError) -> str:
    """The code of the first error."""
    code: str = (refused.errors or [])[0]["extensions"]["code"]
    return code


@asynccontextmanager
async def beside(*work: Any) -> AsyncIterator[list["asyncio.Task[Any]"]]:
    """Coroutines that run until the `async with` ends; what failed in one of them fails there."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


def clean_environment() -> dict[str, str]:
    """What every process needs of ours, without any setting of Box Office."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def settings(database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """Settings for a server on given servers, whose tokens these tests can sign."""
    servers = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "JWT_SECRET": SECRET, "STATE_DIR": STATE.name}
    return {**servers, "DEMO": "0", "RATE_LIMITS": "0", **more}


def command(*words: str, folder: Path = ROOT, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """What `server.py` says to some words, and to what it is given on standard input, once it has ended."""
    line = [sys.executable, str(SERVER), *words]
    whole = {**clean_environment(), **environment}
    return subprocess.run(line, cwd=folder, env=whole, input=given, capture_output=True, text=True, timeout=START_SECONDS, check=False)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(log: Path, environment: Mapping[str, str], folder: Path = ROOT) -> Iterator[Running]:
    """A server with some settings, stopped at the end whatever happens."""
    running = Running(environment, free_port(), log, folder)
    try:
        running.start()
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.process.terminate()
            try:
                running.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()


async def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        await asyncio.sleep(0.02)
