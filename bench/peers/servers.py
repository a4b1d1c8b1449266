"""The peers' servers, each as a process of its own, on the bench's PostgreSQL and Redis."""

import importlib.metadata
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import jwt

from bench.ground import Ground
from bench.peers.node import node, package_version, packages
from bench.server import ROOT, USERS, Serving, bare_environment, running, unused_port

HERE = Path(__file__).parent
POOL = 20
"""Connections to the database: as many as Box Office opens for its writing, and again for its reading. Source: DATABASE_POOL."""
NODE_PACKAGES = ("mercurius", "fastify", "graphql", "pg", "mqemitter-redis")
PYTHON_PACKAGES = ("strawberry-graphql", "sqlalchemy", "asyncpg", "starlette", "uvicorn")


@asynccontextmanager
async def mercurius(ground: Ground) -> AsyncIterator[Serving]:
    """Fastify with Mercurius. Raises CannotMeasure where there is no Node, or its packages cannot be had."""
    here = node()
    modules = await packages(here, HERE / "mercurius")
    command = [str(here.program), str(HERE / "mercurius" / "server.cjs")]
    versions = [f"Node {here.version}", *(f"{name} {package_version(modules, name)}" for name in NODE_PACKAGES)]
    ground.facts["Mercurius"] = ", ".join(versions) + "; jit 1, loaders, named statements"
    environment = {"NODE_ENV": "production", "NODE_PATH": str(modules), "SCHEMA": str(HERE / "schema.graphql")}
    async with serving(ground, "mercurius", command, environment) as server:
        yield server


@asynccontextmanager
async def strawberry(ground: Ground) -> AsyncIterator[Serving]:
    """Strawberry's own application on uvicorn."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PYTHON_PACKAGES]
    ground.facts["Strawberry"] = ", ".join(versions) + "; ORM, loaders, parser and validation caches"
    command = [sys.executable, "-m", "uvicorn", "bench.peers.strawberry_app:app", "--app-dir", str(ROOT), "--host", "127.0.0.1"]
    command += ["--no-access-log", "--log-level", "warning", "--ws-per-message-deflate", "false"]
    async with serving(ground, "strawberry", command, {}, by_option=True) as server:
        yield server


@asynccontextmanager
async def serving(
    ground: Ground, name: str, command: list[str], environment: dict[str, str], *, by_option: bool = False
) -> AsyncIterator[Serving]:
    """A peer that answers until the `async with` ends. Its port is told in its environment, or as an option."""
    port, secret = unused_port(), secrets.token_urlsafe(48)
    told = {"DATABASE_URL": ground.database_url, "REDIS_URL": ground.redis_url, "POOL": str(POOL), "JWT_SECRET": secret, "PORT": str(port)}
    options = ["--port", str(port)] if by_option else []
    async with running([*command, *options], bare_environment() | told | environment, port, ground.folder / f"{name}.log") as process:
        yield Serving(port, process, tokens(secret))


def tokens(secret: str) -> list[str]:
    """Tokens of a few users."""
    expires = int(time.time()) + 3600
    return [jwt.encode({"sub": str(n + 1), "exp": expires}, secret, algorithm="HS256") for n in range(USERS)]
