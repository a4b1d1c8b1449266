"""A running server for tests: the real one, in a process of its own, and clients of it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
PASSWORD = "Box-0ffice!"


@dataclass
class Running:
    """One server process, and where it answers."""

    environment: Mapping[str, str]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where GraphQL is, over HTTP."""
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def socket_url(self) -> str:
        """Where GraphQL is, over WebSocket."""
        return f"ws://127.0.0.1:{self.port}/graphql"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with self.log.open("ab") as log:
            environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PORT": str(self.port), **self.environment}
            self.process = subprocess.Popen([sys.executable, "server.py", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=2).raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"the server does not answer:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """End it without a word, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """Ask it to stop; answers how many seconds that took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - begun

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
        """A `gql` client over HTTP."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = HTTPXAsyncTransport(self.url, headers=headers, timeout=30)
        async with Client(transport=transport, execute_timeout=30) as session:
            yield session

    @asynccontextmanager
    async def watcher(self, token: str | None = None) -> AsyncIterator[AsyncClientSession]:
        """A `gql` client over WebSocket."""
        payload = {"authorization": f"Bearer {token}"} if token else {}
        transport = WebsocketsTransport(self.socket_url, init_payload=payload)
        async with Client(transport=transport, execute_timeout=30) as session:
            yield session

    async def ask(self, document: str, variables: Mapping[str, Any] | None = None, token: str | None = None) -> dict[str, Any]:
        """One operation over HTTP; answers `data`."""
        async with self.client(token) as session:
            request = gql(document)
            request.variable_values = dict(variables or {})
            answer: dict[str, Any] = await session.execute(request)
            return answer

    async def token_of(self, email: str) -> str:
        """An access token of a demo account."""
        document = """mutation ($input: LogInInput!) { logIn(input: $input) { ... on Session { accessToken } } }"""
        answer = await self.ask(document, {"input": {"email": email, "password": PASSWORD}})
        token: str = answer["logIn"]["accessToken"]
        return token


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(log: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """A server with some settings, stopped at the end whatever happens."""
    running = Running(environment, free_port(), log)
    running.start()
    try:
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            try:
                running.stop()
            except subprocess.TimeoutExpired:
                running.kill()


async def eventually(condition: Any, seconds: float = 10.0) -> None:
    """Wait until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, "it did not come to hold"
        await asyncio.sleep(0.05)
