"""Sources, and fields that declare that they are shared."""

import asyncio
from contextlib import aclosing

import strawberry
from graphql import GraphQLField

from engine.sharing import Shown, follow, shared_of
from tests.engine.ledgers import SCHEMA, Ledger, Lines, open_ledger, settle


def field(name: str) -> GraphQLField:
    root = SCHEMA._schema.subscription_type
    assert root is not None
    found: GraphQLField = root.fields[name]
    return found


def test_a_field_says_how_it_is_shared() -> None:
    declared = shared_of(field("lines"))

    assert declared is not None
    assert (declared.open_source, declared.cursor_argument) == (open_ledger, "after")
    assert shared_of(field("own")) is None


async def test_who_follows_is_told_what_is_new_from_their_cursor_until_the_end() -> None:
    ledger = Ledger([1, 2, 3])

    async with aclosing(follow(ledger, 1)) as following:
        first = await anext(following)
        waiting = asyncio.ensure_future(anext(following))
        await settle()
        ledger.write(4)
        ledger.write(5)
        second = await waiting
        ledger.end()
        after_the_end = await anext(following, None)

    assert ([first.numbers, second.numbers], after_the_end) == ([[2, 3], [4, 5]], None)
    assert not ledger.wakes


async def test_who_follows_a_source_that_has_ended_is_told_nothing() -> None:
    assert await anext(follow(Ledger([1], ended=True)), None) is None


async def test_a_source_can_be_shown_as_something_else() -> None:
    ledger = Ledger([1, 2])

    def total(lines: Lines) -> int:
        return sum(lines.numbers)

    source = Shown(ledger, total)

    assert source.next(None) == (2, 3)
    assert source.next(2) is None
    source.told_to(7)
    with source.watching(lambda: None):
        assert (ledger.readers, len(ledger.wakes), source.ended) == (7, 1, False)
    ledger.end()
    assert source.ended


def test_a_field_with_extensions_of_its_own_is_not_shared() -> None:
    class Guard(strawberry.BasePermission):
        def has_permission(self, source: object, info: object, **kwargs: object) -> bool:
            return False

    guarded = strawberry.subscription(resolver=_nothing, permission_classes=[Guard], metadata={"engine.shared": shared_of(field("lines"))})

    assert shared_of(GraphQLField(SCHEMA._schema.type_map["Lines"], extensions={"strawberry-definition": guarded})) is None  # type: ignore[arg-type]


async def _nothing() -> int:
    return 0
