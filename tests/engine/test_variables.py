"""Variables, and the arguments made of them: what graphql-core and Strawberry make of them, only sooner."""

from enum import Enum
from typing import Any

import strawberry
from graphql import OperationDefinitionNode, parse
from graphql.execution.values import get_variable_values
from hypothesis import given
from hypothesis import strategies as st
from strawberry import ID, UNSET

from engine.engine import COERCION_ERRORS_MOST, Engine
from engine.operations import Operation
from engine.variables import Variables


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = strawberry.enum_value("l", name="TALL")


@strawberry.input
class Part:
    number: int
    name: str | None = None
    size: Size = Size.SMALL


@strawberry.input(one_of=True)
class Which:
    part: Part | None = UNSET
    ids: list[ID] | None = UNSET


@strawberry.input
class Whole:
    parts: list[Part]
    which: Which | None = None
    note: str | None = UNSET
    within: "Whole | None" = None


@strawberry.input
class Order:
    id: ID
    which: Which
    part: Part | None = None
    sizes: list[Size | None] | None = UNSET
    words: list[str] = strawberry.field(default_factory=lambda: ["none"])


@strawberry.type
class Query:
    @strawberry.field
    def told(self, info: strawberry.Info, order: Order, count: int = 3, ratio: float | None = None) -> str:
        return f"{type(self).__name__} {info.field_name} {order} {count} {ratio}"

    @strawberry.field
    async def whole(self, whole: Whole | None = None, sizes: list[Size] | None = None) -> str:
        return f"{whole} {sizes}"


SCHEMA = strawberry.Schema(Query)
TOLD = "query ($order: Order!, $count: Int!, $ratio: Float) { told(order: $order, count: $count, ratio: $ratio) }"
WHOLE = "query ($whole: Whole, $sizes: [Size!] = [TALL]) { whole(whole: $whole, sizes: $sizes) }"
texts: st.SearchStrategy[Any] = st.sampled_from(["", "a", "SMALL", "TALL", "LARGE", 7, 7.5, True, None, [], ["a"], {}])
ids: st.SearchStrategy[Any] = st.sampled_from(["a", 7, "", None, 1.5])
sizes: st.SearchStrategy[Any] = st.sampled_from(["SMALL", "TALL", "LARGE", None, 1])


def inputs(needed: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(needed, optional=optional) | st.sampled_from([None, "x", []])


parts = inputs({"number": st.sampled_from([1, 2, 3, 2**31, "1", None])}, {"name": texts, "size": sizes, "more": texts})
which = inputs({}, {"part": parts, "ids": st.lists(ids, max_size=2) | ids})
orders = inputs(
    {"id": ids, "which": which}, {"part": parts, "sizes": st.lists(sizes, max_size=2) | sizes, "words": st.lists(texts, max_size=2)}
)
wholes = inputs({"parts": st.lists(parts, max_size=2) | parts}, {"which": which, "note": texts, "within": st.just({"parts": []})})
asked = st.one_of(
    st.tuples(st.just(TOLD), st.fixed_dictionaries({"order": orders}, optional={"count": texts, "ratio": texts, "unknown": texts})),
    st.tuples(st.just(WHOLE), st.fixed_dictionaries({}, optional={"whole": wholes, "sizes": st.lists(sizes, max_size=2)})),
)
MOST = COERCION_ERRORS_MOST
GOOD = {"order": {"id": "a", "which": {"ids": ["a"]}, "words": ["b"]}, "count": 2}


@given(asked=asked)
def test_variables_are_coerced_as_graphql_core_does_it(asked: tuple[str, dict[str, Any]]) -> None:
    text, values = asked
    definition = parse(text).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    nodes = definition.variable_definitions or ()
    variables = Variables(SCHEMA._schema, nodes, MOST)
    variables.coerced(GOOD if text == TOLD else {})  # from which it learns

    found, expected = variables.coerced(values), get_variable_values(SCHEMA._schema, nodes, values, max_errors=MOST)
    if isinstance(found, list) or isinstance(expected, list):
        assert found == expected
    else:
        assert found.coerced == expected.coerced
        assert [(name, source.value) for name, source in found.sources.items()] == [
            (name, source.value) for name, source in expected.sources.items()
        ]


@given(asked=asked)
async def test_resolvers_are_given_what_strawberry_gives_them(asked: tuple[str, dict[str, Any]]) -> None:
    text, values = asked
    engine = Engine(SCHEMA)
    prepared = engine.prepare(Operation(text, values))

    expected = await SCHEMA.execute(text, values)
    for _ in range(2):  # the first compiles it
        found = await engine.execute(prepared, values, lambda: None)
        assert found.data == expected.data
        assert formatted(found)[:MOST] == formatted(expected)[:MOST]


def formatted(result: Any) -> list[Any]:
    """A result's errors as clients are told them, without the codes that only the engine gives."""
    return [{**error.formatted, "extensions": None} for error in result.errors or ()]


def test_what_is_right_is_not_left_to_graphql_core() -> None:
    definition = parse(TOLD).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    variables = Variables(SCHEMA._schema, definition.variable_definitions or (), MOST)
    variables.coerced(GOOD)
    variables._nodes = ()  # of which graphql-core would make nothing

    coerced = variables.coerced(GOOD)

    assert not isinstance(coerced, list)
    assert coerced.coerced["order"]["which"] == {"ids": ["a"]}
    assert coerced.coerced["order"]["words"] == ["b"]
