"""A toy schema served by a real uvicorn: all that the edge's tests talk to."""

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from strawberry.types import Info

from domain.ports import Outage
from engine.declarations import CacheControl, Cost, ListSize
from engine.engine import Engine
from engine.limits import OperationLimits
from engine.trusted import TrustedDocuments
from web.app import create_app
from web.faults import GraphQLFault
from web.requests import RequestFacts
from web.serving import Server, uvicorn_options


@dataclass(frozen=True)
class Caller:
    name: str
    expires_at: datetime | None = None


@dataclass
class Context:
    facts: RequestFacts


class OutOfRange(Exception):
    """A resolver's own exception with a code: it knows nothing of the edge."""

    code = "OUT_OF_RANGE"
    extensions = {"most": 10}  # noqa: RUF012


class OfADatabase(Exception):
    """Like SQLAlchemy's: it has a code, and is none of the client's business."""

    code = "gkpj"


@dataclass
class Seen:
    """What happened inside the resolvers."""

    added: int = 0
    open: int = 0
    sent: int = 0
    polls: int = 0


SEEN = Seen()
PUBLIC = [CacheControl(max_age=1)]


def authenticate(token: str | None) -> Caller | None:
    match token:
        case None:
            return None
        case "ann":
            return Caller("ann")
        case "brief":
            return Caller("brief", datetime.now(UTC) + timedelta(seconds=0.4))
        case "late":
            raise GraphQLFault("AUTH_TOKEN_EXPIRED", "The access token has expired.")
        case "broken":
            raise RuntimeError("secret")
        case "outage":
            raise Outage("the key store")
        case _:
            raise GraphQLFault("UNAUTHENTICATED", "This is not an access token of ours.")


@strawberry.type
class Book:
    title: str

    @strawberry.field
    def sequel(self) -> "Book":
        return Book(title=f"{self.title}, continued")


@strawberry.type
class Query:
    @strawberry.field(directives=PUBLIC)
    def hello(self, name: str = "you") -> str:
        return f"Hello {name}"

    @strawberry.field(directives=PUBLIC)
    async def later(self, seconds: float = 0.01) -> str:
        await asyncio.sleep(seconds)
        return "later"

    @strawberry.field
    def boom(self) -> str:
        raise ValueError("secret")

    @strawberry.field
    def boom_or_null(self) -> str | None:
        raise OfADatabase("SELECT secret")

    @strawberry.field
    def out_of_range(self) -> str | None:
        raise OutOfRange("Ten at most.")

    @strawberry.field(directives=PUBLIC)
    def outage(self) -> str:
        raise Outage("the database", 1500)

    @strawberry.field
    def too_big(self) -> int:
        return 2**40

    @strawberry.field
    def number(self, n: int = 1) -> int:
        return n

    @strawberry.field(directives=PUBLIC)
    async def poll(self, info: Info[Context, None], seconds: float = 0) -> str:
        """How often this was asked, and for whom it was answered."""
        SEEN.polls += 1
        polls = SEEN.polls
        await asyncio.sleep(seconds)
        caller = info.context.facts.caller
        return f"{polls} {caller.name if caller else 'nobody'}"

    @strawberry.field(directives=[CacheControl(max_age=30), Cost(weight="5"), ListSize(slicing_arguments=["first"])])
    def shelf(self, first: int = 2) -> list["Book"]:
        return [Book(title=f"Book {n}") for n in range(first)]

    @strawberry.field
    def total(self, numbers: list[int]) -> int:
        return sum(numbers)

    @strawberry.field
    def who(self, info: Info[Context, None]) -> str:
        caller = info.context.facts.caller
        return caller.name if caller else "nobody"

    @strawberry.field
    def facts(self, info: Info[Context, None]) -> list[str]:
        facts = info.context.facts
        return [facts.request_id, facts.connection, str(facts.idempotency_key), str(facts.client)]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, n: int, seconds: float = 0) -> int:
        await asyncio.sleep(seconds)
        SEEN.added += n
        return n


@strawberry.type
class Sometimes:
    n: int

    @strawberry.field
    def odd(self) -> int:
        if self.n == 2:
            raise ValueError("secret")
        return self.n


@strawberry.type
class Subscription:
    @strawberry.subscription(directives=PUBLIC)
    async def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        for n in range(1, to + 1):
            yield n

    @strawberry.subscription(directives=PUBLIC)
    async def endless(self) -> AsyncGenerator[int, None]:
        SEEN.open += 1
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            SEEN.open -= 1

    @strawberry.subscription(directives=PUBLIC)
    async def flood(self) -> AsyncGenerator[str, None]:
        SEEN.open += 1
        try:
            while True:
                SEEN.sent += 1
                yield "x" * 100_000
                await asyncio.sleep(0)
        finally:
            SEEN.open -= 1

    @strawberry.subscription
    async def private(self, info: Info[Context, None]) -> AsyncGenerator[str, None]:
        caller = info.context.facts.caller
        if caller is None:
            raise GraphQLFault("UNAUTHENTICATED", "Log in first.")
        yield caller.name
        await asyncio.Event().wait()

    @strawberry.subscription(directives=PUBLIC)
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("secret")

    @strawberry.subscription
    async def fails_at_times(self) -> AsyncGenerator[Sometimes, None]:
        yield Sometimes(n=1)
        yield Sometimes(n=2)
        yield Sometimes(n=3)


class QuietSchema(strawberry.Schema):
    """The edge logs what is worth logging; Strawberry would log every typing error of every client."""

    def process_errors(self, errors: list[Any], execution_context: Any = None) -> None:
        pass


SCHEMA = QuietSchema(Query, Mutation, Subscription)


def toy_app(
    *, operations: OperationLimits | None = None, trusted: TrustedDocuments | None = None, max_age_ms: int = 500, **options: Any
) -> Starlette:
    """An app of the toy schema; the first three are its engine's."""
    engine = Engine(SCHEMA, operations, trusted=trusted, max_age_ms=max_age_ms)
    return create_app(engine, Context, authenticate=options.pop("authenticate", authenticate), **options)


def app() -> Starlette:
    """For `uvicorn --factory tests.web.toy:app`."""
    return toy_app()


@contextmanager
def serving(app: Starlette, **options: Any) -> Iterator[str]:
    """A running server; its address without the scheme. It stops at the end of the block, which must not take long."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_config=None, **{**uvicorn_options(), **options})
        server = Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def connected(address: str) -> socket.socket:
    """A bare connection, for what no client library would send."""
    host, port = address.split(":")
    return socket.create_connection((host, int(port)), timeout=5)


async def eventually(condition: Any, within_seconds: float = 3) -> None:
    async with asyncio.timeout(within_seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
