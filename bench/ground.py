"""The ground that a run stands on: PostgreSQL and Valkey in a temporary folder, or those the environment names, and an empty database."""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import redis

from db.migrate import migrate
from runtime.backing import Addresses, Backing
from runtime.failures import CannotStart
from runtime.postgres import programs
from runtime.settings import read_settings

LOCAL = {None, "", "localhost", "127.0.0.1", "::1"}


class CannotMeasure(Exception):
    """Why a part, or all of it, cannot be measured here; for people to read."""


@dataclass(frozen=True)
class Ground:
    """Where the servers are, and their processes, so that what they cost can be told; None where those are not ours to see."""

    database_url: str
    redis_url: str
    folder: Path
    postgres: psutil.Process | None
    redis: psutil.Process | None
    facts: dict[str, str]
    """The conditions of the run, by name."""


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Everything a run needs, gone when the run is over. Raises CannotStart, and CannotMeasure for servers on other machines."""
    with tempfile.TemporaryDirectory(prefix="box-office-bench-") as name:
        folder = Path(name)
        backing = Backing(read_settings(state_dir=folder / "state", _env_file=None, demo=False))
        async with backing as addresses:
            refuse_far(addresses)
            async with a_database(addresses.database_url, f"bench_{os.getpid()}") as database_url:
                await migrate(database_url)
                postgres = await postgres_of(database_url)
                facts = await facts_of(database_url, folder, embedded=backing.postgres is not None)
                yield Ground(database_url, addresses.redis_url, folder, postgres, redis_of(addresses.redis_url), facts)


@asynccontextmanager
async def fresh(ground: Ground, name: str) -> AsyncIterator[Ground]:
    """The same ground with empty tables for one part alone: holds of others that end meanwhile are not swept on its time."""
    template = urlsplit(ground.database_url).path.removeprefix("/")
    async with a_database(ground.database_url, f"{template}_{name}", template) as url:
        yield replace(ground, database_url=url)


def refuse_far(addresses: Addresses) -> None:
    """Load is put on this machine only: over a network the network would be measured, and others would suffer."""
    for url in (addresses.database_url, addresses.redis_url):
        parts = urlsplit(url)
        hosts = parse_qs(parts.query).get("host", [parts.hostname or ""])
        if not all(host in LOCAL or host.startswith("/") for host in hosts):
            raise CannotMeasure(f"The bench measures servers of this machine only, not {hosts[0]}.")


@asynccontextmanager
async def a_database(server: str, name: str, template: str = "template0") -> AsyncIterator[str]:
    """A database of the run's own, dropped in the end: what else the server holds is left alone."""
    beside = urlsplit(server)._replace(path="/postgres").geturl()
    await execute(beside, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        await execute(beside, f'DROP DATABASE "{name}" WITH (FORCE)')


async def execute(url: str, *statements: str) -> None:
    """Run statements one by one, each in a transaction of its own, on a connection of their own."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def postgres_of(url: str) -> psutil.Process | None:
    """The server's first process, parent of all its others."""
    connection = await asyncpg.connect(url)
    try:
        backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
        return backend.parent() if backend.name().startswith("postgres") else None
    except psutil.Error:
        return None
    finally:
        await connection.close()


def redis_of(url: str) -> psutil.Process | None:
    """The process of the Redis or Valkey behind a URL."""
    with redis.Redis.from_url(url) as client:
        try:
            found = psutil.Process(int(client.info("server")["process_id"]))
            return found if found.name().startswith(("redis", "valkey")) else None
        except psutil.Error:
            return None


async def facts_of(url: str, folder: Path, *, embedded: bool) -> dict[str, str]:
    """What the server says that it runs with, and how fast this disk makes a write durable."""
    connection = await asyncpg.connect(url)
    try:
        shown = {
            name: await connection.fetchval(f"SHOW {name}") for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    finally:
        await connection.close()
    kind = "embedded" if embedded else "of DATABASE_URL"
    return {
        "PostgreSQL": f"{shown['server_version']}, {kind}; fsync {shown['fsync']}, synchronous_commit {shown['synchronous_commit']}, "
        f"shared_buffers {shown['shared_buffers']}",
        "disk": f"{durable_writes_per_second(folder):,.0f} durable writes of 8 KiB a second (fdatasync, one by one, in {folder.parent})",
    }


def durable_writes_per_second(folder: Path, seconds: float = 0.4) -> float:
    """How many 8 KiB writes a second reach the disk one after another: no serial commit can be faster."""
    file = os.open(folder / "fdatasync", os.O_RDWR | os.O_CREAT)
    try:
        os.write(file, bytes(8192 * 16))
        os.fsync(file)
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < seconds:
            os.pwrite(file, os.urandom(8192), 8192 * (count % 16))
            os.fdatasync(file)
            count += 1
        return count / took
    finally:
        os.close(file)


def pgbench_program() -> Path:
    """PostgreSQL's own load generator; raises CannotMeasure where there is none."""
    try:
        found: Path | None = programs() / "pgbench"
    except CannotStart:
        found = None
    if found is None or not found.exists():
        named = shutil.which("pgbench")
        if named is None:
            raise CannotMeasure("There is no pgbench on this machine.")
        found = Path(named)
    return found
