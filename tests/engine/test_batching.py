"""Batched fields: asked once for all objects of an answer, and everything as if each had been asked by itself."""

from collections.abc import Sequence

import pytest
import strawberry

from engine.batching import batched_field, many_of
from tests.engine.documents_of import Asked
from tests.engine.oddities import PLAIN, Quiet, World
from tests.engine.running import Runs, told

FRIENDS = "{ beings { ... on Person { friends(first: 3) { name motto } } } }"


async def test_a_batched_field_is_asked_once_for_all_objects_of_a_place() -> None:
    world, theirs = World(), World()

    found = await Runs(PLAIN, Asked(FRIENDS, {})).run(world)

    assert found == told(await PLAIN.execute(FRIENDS, {}, theirs))
    assert world.loads == [["mottos", *["Friend 0", "Friend 1", "Friend 2"] * 2]]
    assert len(theirs.loads) == 1, "graphql-core's are loaded together too"


@pytest.mark.parametrize("wrong", ["none", "exception", "raise", "raise with code", "whole", "awaited", "undefined"])
@pytest.mark.parametrize("of", ["motto", "pet"])
async def test_what_goes_wrong_in_a_batch_is_told_as_for_each_by_itself(of: str, wrong: str) -> None:
    document = "{ beings { ... on Person { name motto pet { name } } } }"
    runs = Runs(PLAIN, Asked(document, {}))

    expected = told(await PLAIN.execute(document, {}, World({of: wrong})))

    assert await runs.run(World({of: wrong})) == expected


@pytest.mark.parametrize("wrong", [{}, {"permission": "none"}])
async def test_a_batched_field_with_permissions_asks_them_for_each_object(wrong: dict[str, str]) -> None:
    document = "{ beings { ... on Person { name secretMotto } } }"
    fields = PLAIN._schema.type_map["Person"].fields  # type: ignore[attr-defined]

    found = await Runs(PLAIN, Asked(document, {})).run(World(dict(wrong)))

    assert found == told(await PLAIN.execute(document, {}, World(dict(wrong))))
    assert (b"Motto of Ann" in found) == (not wrong)
    assert many_of(fields["motto"]) is not None
    assert many_of(fields["secretMotto"]) is None


async def one_too_many(notes: Sequence["Note"], info: object) -> Sequence[str]:
    return ["x"] * (len(notes) + 1)


async def one_too_few(notes: Sequence["Note"], info: object) -> Sequence[str]:
    return ["x"] * (len(notes) - 1)


@strawberry.type
class Note:
    many: str = batched_field(one_too_many, description="One too many.")
    few: str | None = batched_field(one_too_few, description="One too few.")


@strawberry.type
class Query:
    @strawberry.field
    def notes(self) -> list[Note | None]:
        return [Note(), Note(), Note()]


@pytest.mark.parametrize("document", ["{ notes { many } }", "{ notes { few } }"])
async def test_a_batch_of_another_length_is_an_error_and_no_mix_up(document: str) -> None:
    schema = Quiet(Query)
    runs = Runs(schema, Asked(document, {}))

    found = await runs.run(World())

    assert runs.fell_back
    assert found == told(await schema.execute(document, {}, World()))
    assert found.count(b'"message"') == 3
