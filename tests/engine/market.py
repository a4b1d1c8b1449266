"""A small schema that declares what fields cost, how long lists are and who may keep them; and what the engine's tests ask of it."""

import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from types import FrameType
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, GraphQLSchema

from engine.batching import batched_field
from engine.declarations import CacheControl, CacheControlScope, Cost, ListSize
from engine.documents import Documents
from engine.limits import OperationLimits
from engine.operations import Operation, PreparedOperation
from engine.refusals import Refused

PUBLIC = CacheControl(max_age=5)
SHORT_LIVED = CacheControl(max_age=1)
PRIVATE = CacheControl(max_age=5, scope=CacheControlScope.PRIVATE)
PAGES = ListSize(slicing_arguments=["first", "last"], sized_fields=["things"])


@strawberry.type
class Money:
    amount: int


@strawberry.interface
class Named:
    name: str


async def offers_of(of: Sequence["Thing"], info: strawberry.Info[Any, None]) -> list[list[Money]]:
    return [[] for _ in of]


@strawberry.type
class Thing(Named):
    price: Money
    labels: list[str]
    parts: list["Thing"]
    spares: list["Thing"] = strawberry.field(directives=[ListSize(assumed_size=3)])
    seats: list[Money] = strawberry.field(directives=[Cost(weight="7.5"), ListSize(assumed_size=1000)])

    @strawberry.field(directives=[ListSize(slicing_arguments=["first"], assumed_size=40)])
    def similar(self, first: int | None = None) -> list["Thing"]:
        return []

    @strawberry.field(directives=[SHORT_LIVED])
    def stock(self) -> int:
        return 1

    offers: list[Money] = batched_field(offers_of, description="Resolved for many at once.")
    rated: list[Money] = batched_field(offers_of, description="The same, for everybody.", directives=[PUBLIC])

    @strawberry.field
    def mine(self) -> bool:
        return False


@strawberry.type
class Page:
    total: int
    things: list[Thing]


@strawberry.input(one_of=True)
class By:
    name: strawberry.Maybe[str]
    names: strawberry.Maybe[list[str]]


@strawberry.input
class Change:
    name: strawberry.Maybe[str]


@strawberry.type
class Query:
    @strawberry.field(directives=[PUBLIC])
    def thing(self, name: str = "") -> Thing | None:
        return None

    @strawberry.field(directives=[PUBLIC])
    def named(self, name: str = "") -> Named | None:
        return None

    @strawberry.field(directives=[PUBLIC, PAGES])
    def page(self, first: int = 20, last: int | None = None) -> Page:
        return Page(total=0, things=[])

    @strawberry.field
    def find(self, by: By) -> str:
        return "found"

    @strawberry.field
    def change(self, change: Change) -> str:
        return "changed"

    @strawberry.field(directives=[PRIVATE])
    def basket(self, names: list[list[str]] | None = None) -> Page:
        return Page(total=0, things=[])


@strawberry.type
class Mutation:
    @strawberry.mutation(directives=[PUBLIC])
    def buy(self) -> int:
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription(directives=[PUBLIC])
    async def watched(self) -> AsyncGenerator[Thing, None]:
        return
        yield


MARKET = strawberry.Schema(Query, Mutation, Subscription)
SCHEMA: GraphQLSchema = MARKET._schema


def documents(**limits: Any) -> Documents:
    """Documents that know nothing yet."""
    return Documents(SCHEMA, OperationLimits(**limits))


def prepare(text: str, name: str | None = None, **limits: Any) -> PreparedOperation:
    """An operation, by documents of its own."""
    return documents(**limits).prepare(Operation(text, name=name))


def extensions_of(error: GraphQLError) -> dict[str, Any]:
    """A copy of an error's extensions."""
    return dict(error.extensions or {})


def errors(of: Documents, operation: Operation) -> list[GraphQLError]:
    """With what an operation is refused, each with a code and no Python exception behind it."""
    with pytest.raises(Refused) as refused:
        of.prepare(operation)
    assert refused.value.errors
    assert all(extensions_of(error)["code"] and error.original_error is None and len(error.message) < 600 for error in refused.value.errors)
    assert of.known(operation) is None
    return refused.value.errors


def code(of: Documents, operation: Operation) -> str:
    """The only code with which an operation is refused."""
    (found,) = {extensions_of(error)["code"] for error in errors(of, operation)}
    assert isinstance(found, str)
    return found


def over(of: Documents, text: str) -> dict[str, Any]:
    """Which limit a document goes over."""
    (error,) = errors(of, Operation(text))
    extensions = extensions_of(error)
    assert extensions.pop("code") == "OPERATION_TOO_COMPLEX"
    return extensions


def doubling(levels: int, *, nested: bool = False) -> str:
    """Fragments that each spread the next one twice."""
    twice = "a: thing {{ ...F{0} }} b: thing {{ ...F{0} }}" if nested else "...F{0} ...F{0}"
    chain = "".join(f"fragment F{level} on Query {{ {twice.format(level + 1)} }} " for level in range(levels))
    return f"{{ ...F0 }} {chain} fragment F{levels} on Query {{ thing {{ name }} }}"


def calls(run: Callable[[], object]) -> int:
    """How many calls of Python functions some work makes."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run()
    except Refused:
        pass
    finally:
        sys.setprofile(before)
    return made
