"""Servers as processes of their own, on the bench's database, listening on 127.0.0.1: Box Office itself, and what the peers start."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from bench.ground import CannotMeasure, Ground
from db.identifiers import new_number
from domain.callers import Role
from domain.ids import UserId
from domain.users import User
from web.tokens import AccessTokens, SigningKey

ROOT = Path(__file__).parents[1]
START_SECONDS = 20.0
USERS = 32


@dataclass(frozen=True)
class Serving:
    """A server that answers, and tokens of users it knows."""

    port: int
    process: psutil.Process
    tokens: list[str]

    @property
    def resident_bytes(self) -> int:
        """Memory of all its processes."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(int(member.memory_info().rss) for member in family)


@asynccontextmanager
async def serving(ground: Ground, **settings: str) -> AsyncIterator[Serving]:
    """Box Office until the `async with` ends. Raises CannotMeasure, with the server's last words, where it does not start."""
    port, secret = unused_port(), secrets.token_urlsafe(48)
    name = "-".join(["server", *settings])
    environment = bare_environment() | {
        "DATABASE_URL": ground.database_url,
        "REDIS_URL": ground.redis_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "JWT_SECRET": secret,
        "STATE_DIR": str(ground.folder / name),
        "DEMO": "0",
        "RATE_LIMITS": "0",
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    async with running([sys.executable, str(ROOT / "server.py"), "serve"], environment, port, ground.folder / f"{name}.log") as process:
        yield Serving(port, process, tokens(secret))


def bare_environment() -> dict[str, str]:
    """What a server takes over from us: nothing that could be a setting."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}


@asynccontextmanager
async def running(command: list[str], environment: dict[str, str], port: int, log: Path) -> AsyncIterator[psutil.Process]:
    """A server's process, which answers at `/ready`, until the `async with` ends; then it is stopped."""
    process = await asyncio.to_thread(start, command, environment, log)
    try:
        await ready(process, port, log)
        yield psutil.Process(process.pid)
    finally:
        if process.poll() is not None:
            print(f"A server ended by itself ({log.stem}, {process.returncode}): {last_words(log)}", file=sys.stderr)
        await asyncio.to_thread(stop, process)


async def ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until the server says that it is ready to serve."""
    deadline = time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(answers, port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotMeasure(f"a server did not start ({log.stem}): {last_words(log)}")
        await asyncio.sleep(0.05)


def start(command: list[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """The server's process, which writes its log to a file; in a folder of its own, so that no `.env` is read."""
    with log.open("wb") as words:
        return subprocess.Popen(command, env=environment, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=words, stderr=words)


def last_words(log: Path) -> str:
    """The end of a log, in one line."""
    return " / ".join(log.read_text(errors="replace").strip().splitlines()[-3:]) or "it said nothing"


def answers(port: int) -> bool:
    """Whether `/ready` says yes."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/ready", timeout=1) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """As an operator would; by force where that does not help."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tokens(secret: str) -> list[str]:
    """Access tokens of a few users. They need no accounts: a token alone says who its bearer is."""
    signer = AccessTokens([SigningKey.of(secret.encode())], timedelta(hours=1))
    now = datetime.now(UTC)
    users = [User(UserId(new_number()), f"bench-{n}@boxoffice.test", f"Bench {n}", Role.USER, now) for n in range(USERS)]
    return [signer.sign(user, []).text for user in users]


def unused_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
