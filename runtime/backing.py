"""The database and the Redis that Box Office stands on: those the settings name, and embedded ones for the rest."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from runtime.failures import AlreadyRuns, CannotStart
from runtime.postgres import EmbeddedPostgres
from runtime.processes import EmbeddedServer
from runtime.settings import Settings
from runtime.valkey import EmbeddedValkey

logger = logging.getLogger(__name__)

SPARE_CONNECTIONS: Final = 20  # for migrations, seeds, and a person with psql
JOIN_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Addresses:
    """Where the servers are. They stay the same as long as `Backing` is started."""

    database_url: str
    migration_database_url: str
    redis_url: str


class Backing:
    """Start it once, in the process that starts all others. Servers it did not start it does not stop.

    Only one process at a time runs embedded servers from a STATE_DIR: `start` raises AlreadyRuns in a second one, and with
    `join=True` that one uses the servers of the first.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state = settings.state_dir.resolve()
        self._held: IO[str] | None = None
        self.postgres: EmbeddedPostgres | None = None
        self.valkey: EmbeddedValkey | None = None

    def start(self, *, join: bool = False) -> Addresses:
        """Blocks for about a second at the first start from a STATE_DIR, else for some 0.2 s. Raises CannotStart."""
        wanted = self._settings
        if wanted.database_url and wanted.redis_url:
            return self._addresses(wanted.database_url, wanted.redis_url)
        try:
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = hold(self._state / "lock")
        except AlreadyRuns as running:
            if not join:
                raise
            return join_addresses(self._state / "addresses.json", running)
        except OSError as failure:
            raise CannotStart(f"STATE_DIR {self._state} cannot be used: {failure.strerror}.") from failure
        try:
            return self._start_embedded()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Within 4 s, and usually at once. Does nothing when nothing was started."""
        if self._held is None:
            return
        (self._state / "addresses.json").unlink(missing_ok=True)
        servers: list[EmbeddedServer] = [server for server in (self.valkey, self.postgres) if server]
        with ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda server: server.stop(), servers))
        self._held.close()
        self._held = self.postgres = self.valkey = None

    async def __aenter__(self) -> Addresses:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.to_thread(self.stop)

    def _start_embedded(self) -> Addresses:
        wanted, shared = self._settings, self._state / "addresses.json"
        shared.unlink(missing_ok=True)
        if not wanted.database_url:
            connections = max(100, wanted.workers * wanted.database_pool * 2 + SPARE_CONNECTIONS)
            self.postgres = EmbeddedPostgres(self._state, max_connections=connections)
            self.postgres.start()
        if not wanted.redis_url:
            self.valkey = EmbeddedValkey(self._state)
            self.valkey.start()
        database_url = wanted.database_url or (self.postgres.url if self.postgres else "")
        addresses = self._addresses(database_url, wanted.redis_url or (self.valkey.url if self.valkey else ""))
        write_privately(shared, json.dumps(asdict(addresses)))
        return addresses

    def _addresses(self, database_url: str, redis_url: str) -> Addresses:
        return Addresses(database_url, self._settings.migration_database_url or database_url, redis_url)


def hold(file: Path) -> IO[str]:
    """Ours until it is closed, or this process ends in whatever way. Raises AlreadyRuns."""
    opened = open(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+")  # noqa: SIM115 -- it stays open as long as it is held
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with opened:
            pid = opened.read().strip()
        raise AlreadyRuns(int(pid) if pid.isdecimal() else None) from None
    opened.truncate(0)
    opened.write(str(os.getpid()))
    opened.flush()
    return opened


def join_addresses(file: Path, running: AlreadyRuns) -> Addresses:
    """Where the running process' servers are; waits for them while it is still starting."""
    deadline = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            return Addresses(**json.loads(file.read_text()))
        time.sleep(0.05)
    raise running


def write_privately(file: Path, text: str) -> None:
    """Whole or not at all, for our eyes only."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as whole:
        whole.write(text)
    draft.rename(file)
