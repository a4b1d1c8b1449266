"""The world of these tests: ledgers that grow, a schema that shares what is written in them, and readers of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import strawberry

from engine.declarations import CacheControl
from engine.engine import Engine
from engine.fanout import Fanout
from engine.operations import Operation, PreparedOperation
from engine.sharing import Source, follow, shared
from engine.topics import Member


@dataclass
class Ledger:
    """A source: lines that are only ever added. A cursor says how many somebody was told."""

    lines: list[int] = field(default_factory=list)
    ended: bool = False
    failure: Exception | None = None
    readers: int = 0
    asked: int = 0
    wakes: set[Callable[[], None]] = field(default_factory=set)

    def next(self, after: int | None) -> tuple[int, "Lines"] | None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        after = after or 0
        return (len(self.lines), Lines(since=after, numbers=self.lines[after:])) if after < len(self.lines) else None

    @contextmanager
    def watching(self, wake: Callable[[], None]) -> Iterator[None]:
        self.wakes.add(wake)
        try:
            yield
        finally:
            self.wakes.discard(wake)

    def told_to(self, viewers: int) -> None:
        self.readers = viewers

    def write(self, *numbers: int) -> None:
        self.lines.extend(numbers)
        self.wake()

    def wake(self) -> None:
        for wake in tuple(self.wakes):
            wake()

    def end(self) -> None:
        self.ended = True
        self.wake()


@dataclass
class Office:
    """All ledgers by name, and how often they were opened and read."""

    ledgers: dict[str, Ledger] = field(default_factory=dict)
    opened: int = 0
    open: int = 0
    executed: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()


@dataclass
class Context:
    """What resolvers see."""

    office: Office
    caller: str | None = None


Info = strawberry.Info[Context, None]


PUBLIC = CacheControl(max_age=0)


class NoLedger(Exception):
    code = "NO_LEDGER"


@asynccontextmanager
async def open_ledger(info: Info, name: str) -> AsyncIterator[Source["Lines"]]:
    office = info.context.office
    await office.gate.wait()
    if name not in office.ledgers:
        raise NoLedger(f"There is no {name}.")
    office.opened += 1
    office.open += 1
    try:
        yield office.ledgers[name]
    finally:
        office.open -= 1


@strawberry.type
class Lines:
    since: int
    numbers: list[int]

    @strawberry.field(directives=[PUBLIC])
    def reader(self, info: Info) -> str:
        info.context.office.executed += 1
        return info.context.caller or "nobody"

    @strawberry.field(directives=[PUBLIC])
    def times(self, by: int = 1) -> list[int]:
        return [number * by for number in self.numbers]

    @strawberry.field(directives=[PUBLIC])
    async def slowly(self) -> int:
        await asyncio.sleep(0)
        return len(self.numbers)

    @strawberry.field(directives=[PUBLIC])
    def broken(self) -> int | None:
        raise ValueError("secret")


@strawberry.type
class Query:
    hello: str = "you"


@strawberry.type
class Subscription:
    @strawberry.subscription(metadata=shared(open_ledger, cursor_argument="after"), directives=[PUBLIC])
    async def lines(self, info: Info, name: str, after: int | None = None) -> AsyncGenerator[Lines, None]:
        async with open_ledger(info, name) as source, aclosing(follow(source, after)) as found:
            async for lines in found:
                yield lines

    @strawberry.subscription
    async def own(self, info: Info) -> AsyncGenerator[str, None]:
        yield info.context.caller or "nobody"


class QuietSchema(strawberry.Schema):
    """Tests provoke errors; nobody needs to read of them."""

    def process_errors(self, errors: list[Any], execution_context: Any = None) -> None:
        pass


SCHEMA = QuietSchema(Query, None, Subscription)
ENGINE = Engine(SCHEMA)
READ = "subscription($name: String!, $after: Int) { lines(name: $name, after: $after) { since numbers reader } }"


def prepared(document: str = READ) -> PreparedOperation:
    """A document, prepared once."""
    operation = Operation(document)
    return ENGINE.known(operation) or ENGINE.prepare(operation)


@dataclass(eq=False)
class Reader:
    """A subscriber that keeps what it is told, as long as it can take it."""

    can_take: bool = True
    payloads: list[bytes] = field(default_factory=list)
    ends: list[Exception | None] = field(default_factory=list)
    alone: int = 0
    member: Member | None = None

    def is_behind(self) -> bool:
        return not self.can_take

    def send(self, payload: bytes) -> None:
        assert self.can_take
        assert not self.ends
        self.payloads.append(payload)

    def end(self, error: Exception | None) -> None:
        self.ends.append(error)

    def go_alone(self) -> None:
        self.alone += 1

    def stall(self) -> None:
        self.can_take = False

    def resume(self) -> None:
        self.can_take = True
        assert self.member is not None
        self.member.can_take_more()

    def leave(self) -> None:
        assert self.member is not None
        self.member.leave()

    @property
    def told(self) -> list[Any]:
        """What it was told: each response's one field."""
        return [next(iter(orjson.loads(payload)["data"].values())) for payload in self.payloads]

    @property
    def numbers(self) -> list[list[int]]:
        """The lines of each response."""
        return [lines["numbers"] for lines in self.told]


@dataclass
class Hall:
    """An office, its fan-out, and those who read."""

    office: Office = field(default_factory=Office)
    readers: list[Reader] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger()
        self.fanout = Fanout(ENGINE.begin, lambda: Context(self.office))

    def ledger(self, name: str = "a") -> Ledger:
        return self.office.ledgers.setdefault(name, Ledger())

    def come(self, document: str = READ, *, stalled: bool = False, **variables: Any) -> Reader:
        """Somebody who joins; fails where that is not shared."""
        reader = self.ask(document, stalled=stalled, **variables)
        assert reader.member is not None
        return reader

    def ask(self, document: str = READ, *, stalled: bool = False, **variables: Any) -> Reader:
        reader = Reader(can_take=not stalled)
        reader.member = self.fanout.join(prepared(document), variables or {"name": "a"}, reader)
        self.readers.append(reader)
        return reader


@asynccontextmanager
async def a_hall() -> AsyncIterator[Hall]:
    """A hall that must be empty at the end, once all have left."""
    hall = Hall()
    yield hall
    for reader in hall.readers:
        if reader.member is not None:
            reader.leave()
    await settle()
    assert (hall.fanout.topic_count, hall.fanout.member_count, hall.office.open) == (0, 0, 0)
    assert all(not ledger.wakes for ledger in hall.office.ledgers.values())


async def settle() -> None:
    """Let all that is under way come to rest, however many turns that takes; also a topic that rests."""
    for _ in range(20):
        await asyncio.sleep(0)
