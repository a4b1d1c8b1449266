"""A schema that has everything unusual, and a world in which any field may turn out wrong."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Generic, NewType, NoReturn, TypeVar

import strawberry
from graphql import GraphQLError, Undefined
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from engine.batching import KEY, batched_field, one_of
from engine.execution import CompiledExecutor

T = TypeVar("T")
Money = NewType("Money", int)


class Failed(Exception):
    """A failure that also looks like a thing."""

    name = "not to be seen"
    text = "not to be seen"
    extensions = {"code": "FAILED"}  # noqa: RUF012


@dataclass
class Later:
    """A value that must be waited for, as often as one likes."""

    value: Any
    name: str = "not to be seen"

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from asyncio.sleep(0).__await__()
        return self.value


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = strawberry.enum_value("green", name="LEAFY")
    CRIMSON = "red"


@strawberry.enum
class Mood(Enum):
    RED = "red"


WRONG: dict[str, Any] = {
    "none": lambda right: None,
    "undefined": lambda right: Undefined,
    "exception": lambda right: Failed("as a value"),
    "object": lambda right: Stranger(),
    "string": lambda right: "12",
    "whole": lambda right: 7,
    "large": lambda right: 2**40,
    "no number": lambda right: float("nan"),
    "boolean": lambda right: True,
    "mood": lambda right: Mood.RED,
    "generator": lambda right: (one for one in right) if isinstance(right, list) else right,
    "tuple": lambda right: tuple(right) if isinstance(right, list) else right,
    "holes": lambda right: [None, *right] if isinstance(right, list) else right,
    "failures": lambda right: [*right, Failed("in a list")] if isinstance(right, list) else right,
    "awaited": Later,
    "awaited items": lambda right: [Later(one) for one in right] if isinstance(right, list) else right,
    "awaited none": lambda right: Later(None),
    "robot": lambda right: Robot(name="Odd", model=None),
    "cast": lambda right: strawberry.cast(Robot, Stranger()),
    "cast person": lambda right: strawberry.cast(Robot, Person(name="Cast", age=1)),
    "raise": lambda right: fail(),
    "raise with code": lambda right: fail(GraphQLError("Refused.", extensions={"code": "REFUSED", "most": 3})),
}
"""How a value may be wrong, or only unusual."""


@dataclass
class World:
    """What one run has, and what it did. `faults`: by field, how its value is wrong."""

    faults: dict[str, str] = field(default_factory=dict)
    did: list[str] = field(default_factory=list)
    loads: list[list[str]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def __post_init__(self) -> None:
        self.people = DataLoader(self._load, cache=False)

    async def _load(self, names: list[str]) -> list["Person"]:
        self.loads.append(names)
        return [self.person(name) for name in names]

    def value(self, of: str, right: T) -> T:
        """A value, or what is there in its place."""
        self.asked[of] = self.asked.get(of, 0) + 1
        found: T = WRONG[self.faults[of]](right) if of in self.faults else right
        return found

    def attribute(self, of: str, right: Any) -> Any:
        """The same where nothing can be raised."""
        return WRONG[self.faults[of]](right) if not self.faults.get(of, "raise").startswith("raise") else right

    def person(self, name: str = "Ann") -> "Person":
        return Person(
            name=self.attribute("name", name),
            age=self.attribute("age", 30),
            moods=self.attribute("moods", [Mood.RED]),
            best=self.attribute("best", Robot(name="Best", model="b") if name == "Ann" else None),
        )

    def robot(self) -> "Robot":
        return Robot(name=self.attribute("name", "R2"), model=self.attribute("model", None))

    def thing(self, level: int = 0) -> "Thing":
        give = self.attribute
        return Thing(
            text=give("text", "some ☃"),
            number=give("number", 5),
            ratio=give("ratio", 0.5),
            flag=give("flag", True),
            key=give("key", strawberry.ID("k")),
            colour=give("colour", Colour.GREEN),
            red=Colour.CRIMSON,
            maybe_colour=give("maybe_colour", Colour.RED if level else None),
            price=give("price", Money(5)),
            maybe_price=give("maybe_price", Money(-1) if level > 1 else Money(5)),
            at=give("at", datetime(2031, 5, 1, tzinfo=UTC)),
            grid=give("grid", [[1, None], [], [2]]),
            names=give("names", ["a", "b"]),
            holey=give("holey", ["a", None, "b"]),
            owner=give("owner", self.person()),
            beings=give("beings", [self.person("Ben"), self.robot()]),
            someone=give("someone", self.robot()),
            numbers=give("numbers", Page(items=[1, 2], total=2)),
            staff=give("staff", Page(items=[self.person("Cy")], total=1)),
            inner=[self.thing(level + 1), self.thing(2)] if level < 1 else [],
            checked=give("checked", Checked(word="w")),
        )


Info = strawberry.Info[World, None]


class Stranger:
    """Of no type of the schema, but looks like some."""

    name = "Stranger"
    model = "s"
    items = ()

    def __repr__(self) -> str:
        return "a stranger"


def fail(error: Exception | None = None) -> NoReturn:
    raise error or Failed("raised")


class Permitted(BasePermission):
    message: str | None = "Not for you."

    def has_permission(self, source: Any, info: Any, **arguments: Any) -> bool:
        return "permission" not in info.context.faults


class LaterPermitted(BasePermission):
    message: str | None = "Not for you, after some thought."
    error_extensions: dict[str, Any] | None = {"code": "FORBIDDEN"}  # noqa: RUF012

    async def has_permission(self, source: Any, info: Any, **arguments: Any) -> bool:
        await asyncio.sleep(0)
        return "permission" not in info.context.faults


class Shouted(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return str(next_(source, info, **arguments)).upper()


@strawberry.interface
class Named:
    name: str

    @strawberry.field
    def initial(self, info: Info) -> str | None:
        return info.context.value("initial", "I")


async def mottos(people: Sequence["Person"], info: strawberry.Info[Any, Any]) -> Sequence[Any]:
    info.context.loads.append(["mottos", *(str(one.name) for one in people)])
    return [info.context.value("motto", f"Motto of {one.name}") for one in people]


async def pets(people: Sequence["Person"], info: strawberry.Info[Any, Any]) -> Sequence[Any]:
    await asyncio.sleep(0)
    return [info.context.value("pet", info.context.robot() if one.name == "Ann" else None) for one in people]


@strawberry.type
class Person(Named):
    age: int
    moods: list[Mood] | None = None
    best: "Being | None" = None
    motto: str = batched_field(mottos, description="Words to live by.")
    pet: "Robot | None" = batched_field(pets, description="Who else lives there.")
    secret: str | None = strawberry.field(default=None, permission_classes=[Permitted])
    secret_motto: str | None = strawberry.field(resolver=one_of(mottos), metadata={KEY: mottos}, permission_classes=[LaterPermitted])

    @strawberry.field
    async def boss(self, info: Info) -> "Person | None":
        return await info.context.people.load("Boss") if self.name != "Boss" else None

    @strawberry.field
    def boss_at_once(self, info: Info) -> "Person":
        return info.context.people.load("Boss")  # type: ignore[return-value]  # which is a Future: Strawberry waits for it

    @strawberry.field
    async def friends(self, info: Info, first: int = 2, after: strawberry.ID | None = None) -> "list[Person]":
        await asyncio.sleep(0)
        return info.context.value("friends", [info.context.person(f"Friend {number}") for number in range(first)])

    @strawberry.field(permission_classes=[LaterPermitted])
    async def diary(self, info: Info) -> str:
        return info.context.value("diary", "Dear diary")

    @strawberry.field(extensions=[Shouted()])
    def loud(self, info: Info, word: str = "hey") -> str:
        return info.context.value("loud", word)


@strawberry.type
class Robot(Named):
    model: str | None

    @strawberry.field
    def maker(self, info: Info) -> Person | None:
        return info.context.value("maker", info.context.person("Maker"))


@strawberry.type
class Checked:
    word: str

    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return isinstance(value, cls)


Being = Annotated[Person | Robot, strawberry.union("Being")]
Odd = Annotated[Person | Checked, strawberry.union("Odd")]


@strawberry.type
class Page(Generic[T]):
    items: list[T]
    total: int


@strawberry.type
class Thing:
    text: str
    number: int
    ratio: float
    flag: bool
    key: strawberry.ID
    colour: Colour
    red: Colour
    maybe_colour: Colour | None
    price: Money
    maybe_price: Money | None
    at: datetime
    grid: list[list[int | None]] | None
    names: list[str]
    holey: list[str | None] | None
    owner: Person
    beings: list[Being]
    someone: Named | None
    numbers: Page[int]
    staff: Page[Person] | None
    inner: "list[Thing]"
    checked: Checked | None

    @strawberry.field
    def text_again(self, info: Info) -> str:
        return info.context.value("text_again", self.text)

    @strawberry.field
    async def maybe_later(self, info: Info) -> int | None:
        await asyncio.sleep(0)
        return info.context.value("maybe_later", 3)

    @strawberry.field
    async def later(self, info: Info) -> list[int]:
        await asyncio.sleep(0)
        return info.context.value("later", [1, 2])

    @strawberry.field
    def again(self, info: Info, deep: bool = False) -> "Thing | None":
        return info.context.value("again", info.context.thing(2) if deep else None)

    @strawberry.field
    def odd(self, info: Info) -> Odd:
        return info.context.value("odd", Checked(word="odd"))


@strawberry.input
class Filter:
    text: str = "x"
    colours: list[Colour] | None = None
    least: Money | None = None
    within: "Filter | None" = None


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: Info) -> Thing:
        return info.context.value("thing", info.context.thing())

    @strawberry.field
    async def things(self, info: Info, first: int = 2) -> list[Thing]:
        return info.context.value("things", [info.context.thing(number) for number in range(first)])

    @strawberry.field
    async def perhaps(self, info: Info) -> list[Thing | None] | None:
        await asyncio.sleep(0)
        return info.context.value("perhaps", [None, info.context.thing()])

    @strawberry.field
    def beings(self, info: Info) -> list[Being]:
        return info.context.value("some_beings", [info.context.person(), info.context.robot(), info.context.person("Ben")])

    @strawberry.field
    def named(self, info: Info, source: str | None = None) -> Named | None:
        return info.context.value("named", info.context.person())

    @strawberry.field
    def echo(self, following: bool, filter: Filter | None = None, numbers: list[int] | None = None) -> str | None:
        return f"{following} {filter} {numbers}"

    @strawberry.field
    def refused(self, info: Info) -> int | None:
        return info.context.value("refused", 1)


@strawberry.type
class State:
    done: list[str]
    label: str

    @strawberry.field
    def total(self, info: Info) -> int:
        return info.context.value("total", info.context.total)

    @strawberry.field
    async def total_later(self, info: Info) -> int | None:
        await asyncio.sleep(0)
        return info.context.value("total_later", info.context.total)


@strawberry.type
class Refusal:
    reason: str


Outcome = Annotated[State | Refusal, strawberry.union("Outcome")]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add(self, info: Info, number: int = 1) -> State:
        world = info.context
        world.did.append(f"add {number}")
        world.total += number
        return world.value("add", State(done=list(world.did), label=world.attribute("label", "l")))

    @strawberry.mutation
    async def add_later(self, info: Info, number: int = 2) -> State | None:
        world = info.context
        world.did.append(f"begin {number}")
        await asyncio.sleep(0)
        world.did.append(f"end {number}")
        world.total += number
        return world.value("add_later", State(done=list(world.did), label=world.attribute("label", "l")))

    @strawberry.mutation
    async def attempt(self, info: Info, number: int) -> Outcome:
        info.context.did.append(f"attempt {number}")
        return info.context.value("attempt", State(done=[], label="x") if number else Refusal(reason="none"))

    @strawberry.mutation
    def refuse(self, info: Info) -> int | None:
        info.context.did.append("refuse")
        raise Failed("refused")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 2) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield info.context.value("count", number)

    @strawberry.subscription
    async def changes(self, info: Info, to: int = 2) -> AsyncGenerator[Thing, None]:
        for number in range(to):
            await asyncio.sleep(0)
            yield info.context.value("changes", info.context.thing(number))

    @strawberry.subscription
    async def arrivals(self, info: Info) -> AsyncGenerator[Being | None, None]:
        yield info.context.value("arrivals", info.context.person())
        yield None
        yield info.context.robot()


FIELDS = (
    *(
        "name",
        "age",
        "moods",
        "best",
        "model",
        "text",
        "number",
        "ratio",
        "flag",
        "key",
        "colour",
        "maybe_colour",
        "price",
        "maybe_price",
        "at",
    ),
    *("grid", "names", "holey", "owner", "beings", "someone", "numbers", "staff", "checked", "initial", "motto", "pet", "friends", "diary"),
    *(
        "loud",
        "maker",
        "text_again",
        "maybe_later",
        "later",
        "again",
        "odd",
        "thing",
        "things",
        "perhaps",
        "some_beings",
        "named",
        "refused",
    ),
    *("total", "total_later", "add", "add_later", "attempt", "label", "count", "changes", "arrivals"),
)
"""All that may be wrong, besides `permission`."""


def price(value: Any) -> int | None:
    """Money, as it is answered: not where it is negative, and nothing where there is none."""
    if value < 0:
        raise ValueError("There is no negative money.")
    return int(value) or None


SCALARS: dict[object, Any] = {
    Money: strawberry.scalar(name="Money", serialize=price, parse_value=lambda value: Money(int(value))),
}
CONFIG = StrawberryConfig(scalar_map=SCALARS)


class Quiet(strawberry.Schema):
    """A schema that logs no errors."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        pass


PLAIN = Quiet(Query, Mutation, Subscription, config=CONFIG)
COMPILED = Quiet(Query, Mutation, Subscription, config=CONFIG, execution_context_class=CompiledExecutor)
