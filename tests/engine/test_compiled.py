"""What compiled execution must not take for plain: cases that once were answered otherwise than by graphql-core, and their like."""

from typing import Annotated, Any

import pytest
import strawberry
from strawberry.types.field import StrawberryField

from engine.execution import CompiledExecutor
from tests.engine.documents_of import Asked
from tests.engine.oddities import COMPILED, PLAIN, Quiet, World
from tests.engine.running import Runs, told


class Shouting(StrawberryField):
    """A field without a resolver that has its own idea of its value."""

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        return str(super().get_result(source, info, args, kwargs)).upper()


@strawberry.interface
class Shape:
    name: str

    @classmethod
    def resolve_type(cls, value: Any, info: Any, type_: Any) -> str:
        return "Square"


@strawberry.type
class Circle(Shape):
    pass


@strawberry.type
class Square(Shape):
    @classmethod
    def is_type_of(cls, value: Any, info: Any) -> bool:
        return True


@strawberry.type
class Apple:
    name: str = "apple"


@strawberry.type
class Pear:
    name: str = "pear"


@strawberry.type
class Mishap(Exception):
    """A type whose values are exceptions: graphql-core raises them."""

    name: str = "not to be seen"


Fruit = Annotated[Apple | Pear | Mishap, strawberry.union("Fruit")]
Sound = Annotated[Apple | Pear, strawberry.union("Sound")]


@strawberry.type
class Basket:
    mishap: Mishap | None = strawberry.field(default_factory=Mishap)
    fruit: Fruit | None = strawberry.field(default_factory=Mishap)
    within: "list[Basket]" = strawberry.field(default_factory=list)
    cast: Sound = strawberry.field(default_factory=lambda: strawberry.cast(Pear, Apple()))
    shape: Shape | None = strawberry.field(default_factory=lambda: Circle(name="round"))
    loud: str = Shouting(python_name="loud", default="loud")  # type: ignore[assignment]


@strawberry.type
class Query:
    @strawberry.field
    def basket(self) -> Basket:
        return Basket()

    @strawberry.field
    def refused(self) -> int | None:
        raise ValueError("refused")

    @strawberry.field
    def named_as_ours(self, source: int, info_: int = 0, following: bool = True) -> str | None:
        return f"{source} {info_} {following}"


FRUITS = Quiet(Query, types=[Circle, Square])
DEEP = f"{{ basket {{ {'within { ' * 30} loud {'} ' * 30} }} }}"  # more blocks within blocks than Python compiles


@pytest.mark.parametrize(
    "document",
    [
        "{ basket { mishap { name } } }",
        "{ basket { fruit { __typename ... on Mishap { name } } } }",
        "{ basket { cast { __typename ... on Apple { name } } } }",
        "{ basket { shape { __typename name } } }",
        "{ basket { loud } }",
        "{ refused namedAsOurs(source: 1, info_: 2, following: false) }",
        DEEP,
    ],
)
async def test_what_only_looks_plain_is_answered_as_by_graphql_core(document: str) -> None:
    runs = Runs(FRUITS, Asked(document, {}))

    expected = told(await FRUITS.execute(document, {}, World()))

    assert [await runs.run(World()) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize("given", [{}, {"x": None}, {"x": False}])
async def test_a_switch_that_is_null_is_the_same_error_in_the_same_place(given: dict[str, Any]) -> None:
    document = "query ($x: Boolean = true) { basket { loud @skip(if: $x) within { loud } } }"
    runs = Runs(FRUITS, Asked(document, given))

    assert await runs.run(World()) == told(await FRUITS.execute(document, given, World()))


@pytest.mark.parametrize("wrong", [{}, {"total": "raise"}, {"label": "none"}, {"total_later": "string"}])
async def test_what_a_mutation_shows_is_of_its_time_and_not_of_what_came_after(wrong: dict[str, str]) -> None:
    document = (
        "mutation { a: add(number: 1) { total done } b: addLater(number: 2) { totalLater label } refuse c: add(number: 3) { total } }"
    )
    expected, worlds = World(dict(wrong)), [World(dict(wrong)) for _ in range(2)]
    runs = Runs(PLAIN, Asked(document, {}))

    answer = told(await PLAIN.execute(document, {}, expected))

    assert [await runs.run(world) for world in worlds] == [answer] * 2
    assert [world.did for world in worlds] == [expected.did] * 2 == [["add 1", "begin 2", "end 2", "refuse", "add 3"]] * 2 or wrong


async def test_the_error_that_comes_at_once_is_told_before_the_one_that_is_waited_for() -> None:
    @strawberry.type
    class Failing:
        @strawberry.field
        async def later(self) -> int:
            raise ValueError("later")

        @strawberry.field
        def at_once(self) -> int:
            raise ValueError("at once")

    schema = Quiet(Failing)
    document = "{ later atOnce }"

    assert await Runs(schema, Asked(document, {})).run(World()) == told(await schema.execute(document))


async def test_a_parsed_document_has_plans_of_its_own_in_each_schema() -> None:
    @strawberry.type(name="Query")
    class Other:
        basket: str = "empty"

    document = "{ __typename ... on Query { x: __typename } }"
    shared = Runs(FRUITS, Asked(document, {}))._document
    ours = CompiledExecutor.build(FRUITS._schema, shared, operation_extensions=None)
    theirs = CompiledExecutor.build(Quiet(Other)._schema, shared, operation_extensions=None)

    assert isinstance(ours, CompiledExecutor)
    assert isinstance(theirs, CompiledExecutor)
    assert ours._plans is not theirs._plans


async def test_fragments_that_multiply_are_not_compiled_though_they_are_few_words() -> None:
    aliases = " ".join(f"a{number}: within {{ ...F%d }}" for number in range(8))
    fragments = " ".join(f"fragment F{depth} on Basket {{ {aliases.replace('%d', str(depth + 1))} }}" for depth in range(8))
    document = f"{{ basket {{ ...F0 }} }} {fragments} fragment F8 on Basket {{ loud }}"
    runs = Runs(FRUITS, Asked(document, {}))

    answer = await runs.run(World())

    assert not runs.planned
    assert answer.count(b"[]") == 9, "eight lists that are empty, and no errors"


async def test_events_are_answered_alike_through_strawberry_itself() -> None:
    document = "subscription { changes(to: 3) { text owner { motto boss { name } } later } }"

    answers = [[told(one) async for one in await schema.subscribe(document, {}, World())] for schema in (COMPILED, PLAIN)]

    assert answers[0] == answers[1]
    assert len(answers[0]) == 3
