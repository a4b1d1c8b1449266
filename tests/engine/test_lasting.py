"""What lasts is completed and encoded once, and whoever asks for it is answered as by graphql-core all the same."""

import asyncio
import gc
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
import pytest
import strawberry
from graphql import OperationType
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine import Engine
from engine.lasting import Forms, Shelf, kept, lasting
from engine.operations import Operation
from tests.engine.documents_of import Asked, documents
from tests.engine.running import Runs, told


@lasting()
@strawberry.type
class Leaf:
    size: int
    colour: str | None


@lasting(but=("wind",))
@strawberry.type
class Branch:
    name: str
    wind: int
    leaf: Leaf
    leaves: list[Leaf]
    bird: "Bird | None" = None
    guest: Annotated["Bird | Leaf", strawberry.union("Guest")] | None = None
    twigs: "list[Branch]" = strawberry.field(default_factory=list)

    @strawberry.field
    def sound(self) -> str:
        return f"{self.name} {self.wind}"


@strawberry.type
class Bird:
    """One that does not last."""

    song: str


@lasting()
@strawberry.type
class Bough:
    name: str
    leaves: list[Leaf]


@strawberry.type
class Tree:
    name: str
    branches: list[Branch]
    boughs: list[Bough]
    main: Bough | None


@strawberry.type
class Query:
    @strawberry.field
    def trees(self, info: "strawberry.Info[Wood, None]") -> list[Tree]:
        return info.context.trees

    @strawberry.field
    def main(self, info: "strawberry.Info[Wood, None]") -> Bough | None:
        return info.context.trees[0].main if info.context.trees else None


SCHEMA = strawberry.Schema(Query)


@dataclass
class Wood:
    """What there is to see, and what may happen to it."""

    trees: list[Tree] = field(default_factory=list)
    grown: int = 0

    def leaf(self) -> Leaf:
        self.grown += 1
        return Leaf(size=self.grown, colour=None if self.grown % 3 else "red")

    def plant(self) -> None:
        self.trees.append(Tree(name="oak", branches=[self.branch() for _ in range(2)], boughs=[self.bough()], main=self.bough()))

    def branch(self) -> Branch:
        leaf, bird = self.leaf(), Bird(song="tweet")
        twig = kept(Branch(name="twig", wind=1, leaf=leaf, leaves=[leaf]))
        made = Branch(name="branch", wind=0, leaf=leaf, leaves=[leaf, leaf, self.leaf()], bird=bird, guest=bird, twigs=[twig])
        return made if self.grown % 5 == 0 else kept(made)

    def bough(self) -> Bough:
        return kept(Bough(name=f"bough {self.grown}", leaves=[kept(self.leaf()), self.leaf()]))

    def blow(self) -> None:
        for tree in self.trees:
            for branch in tree.branches:
                branch.wind += 1
                branch.twigs[0].wind += 1

    def sing(self) -> None:
        for tree in self.trees:
            for branch in tree.branches:
                assert branch.bird is not None
                branch.bird.song += "!"

    def rename(self) -> None:
        for tree in self.trees:
            tree.name += "?"

    def replace(self) -> None:
        for tree in self.trees:
            tree.branches[0], tree.boughs, tree.main = self.branch(), [self.bough(), *tree.boughs], self.bough()


TREES = [
    "{ trees { name branches { name leaves { size } } boughs { name } } }",
    "{ trees { branches { wind leaf { size } } } }",
    "{ trees { branches { name bird { song } } main { leaves { colour } } } }",
    "{ trees { branches { name twigs { name wind } } } main { name } }",
    "{ trees { branches { sound twigs { name leaf { size } } } } }",
]
"""What may be kept, and what may not, beside whatever else."""
asked = st.sampled_from(TREES).map(lambda text: Asked(text, {})) | documents(SCHEMA._schema, OperationType.QUERY, depth=5)
HAPPENINGS = [Wood.plant, Wood.blow, Wood.sing, Wood.rename, Wood.replace]


@settings(deadline=None, max_examples=30)
@given(
    asked=st.lists(asked, min_size=1, max_size=3),
    happenings=st.lists(st.sampled_from(HAPPENINGS), max_size=6),
    room=st.sampled_from([0, 2000, 1_000_000]),
)
def test_whatever_changes_it_is_answered_as_it_is_now(asked: list[Asked], happenings: list[Any], room: int) -> None:
    async def live() -> None:
        wood, shelf = Wood(), Shelf(room)
        runs = [Runs(SCHEMA, one, shelf) for one in asked]
        for happen in [Wood.plant, *happenings]:
            happen(wood)
            for one, run in zip(asked, runs, strict=True):
                assert await run.run(wood) == told(await SCHEMA.execute(one.text, one.variables, wood))
                assert run.planned
                assert not run.fell_back
            assert shelf.bytes <= room

    asyncio.run(live())


@pytest.mark.parametrize(
    ("document", "forms"),
    [
        ("{ main { name leaves { size } } }", 1),
        ("{ trees { boughs { name ...B } main { name } } } fragment B on Bough { leaves { colour } }", 1),
        ("{ trees { branches { name leaves { size } leaf { colour } } } }", 2),
        ("{ trees { branches { name wind } } }", 0),
        ("{ trees { branches { name sound } } }", 0),
        ("{ trees { branches { name bird { song } } } }", 0),
        ("{ trees { branches { name guest { __typename } } } }", 0),
        ("{ trees { branches { name twigs { wind } } } }", 0),
    ],
)
async def test_forms_are_kept_of_what_shows_nothing_that_changes(document: str, forms: int) -> None:
    wood, shelf = Wood(), Shelf()
    wood.plant()
    wood.trees[0].branches = [kept(branch) for branch in wood.trees[0].branches]
    runs = Runs(SCHEMA, Asked(document, {}), shelf)

    answers = [await runs.run(wood) for _ in range(2)]

    outer = [*wood.trees[0].branches, *wood.trees[0].boughs, wood.trees[0].main]
    assert sum(len(forms_of(thing)) for thing in outer) == forms
    assert answers == [told(await SCHEMA.execute(document, {}, wood))] * 2


async def test_a_kept_form_is_not_made_again() -> None:
    wood, runs = Wood(), Runs(SCHEMA, Asked("{ main { name leaves { size } } }", {}), Shelf())
    wood.plant()
    before = await runs.run(wood)

    assert wood.trees[0].main is not None
    wood.trees[0].main.leaves.clear()  # which nobody may do: now one sees that it is not looked at again

    assert await runs.run(wood) == before


async def test_the_engine_keeps_forms_and_strawberry_itself_does_not() -> None:
    wood, engine, document = Wood(), Engine(SCHEMA), "{ main { name } }"
    wood.plant()

    ours = await engine.execute(engine.prepare(Operation(document)), None, lambda: wood)
    theirs = await SCHEMA.execute(document, {}, wood)

    assert theirs.data == {"main": {"name": wood.trees[0].main.name}}  # type: ignore[union-attr]
    assert orjson.dumps(ours.data) == orjson.dumps(theirs.data)
    assert len(forms_of(wood.trees[0].main)) == 1


def test_what_is_kept_first_is_forgotten_first_where_there_is_no_more_room() -> None:
    shelf, first, second = Shelf(1200), Forms(), Forms()

    shelf.keep(first, "a", ["x" * 100])
    shelf.keep(second, "a", ["x" * 100])
    assert (set(first), set(second)) == ({"a"}, {"a"})
    shelf.keep(second, "b", ["x" * 100])

    assert (set(first), set(second)) == (set(), {"a", "b"})
    assert shelf.bytes <= 1200


def test_forms_go_with_their_object() -> None:
    shelf, bough = Shelf(1200), kept(Bough(name="x", leaves=[]))
    forms = forms_of(bough)
    shelf.keep(forms, "a", "x" * 100)
    assert [one for one in gc.get_objects() if one is forms]

    del bough, forms
    shelf.keep(Forms(), "a", "x" * 1000)

    assert not [one for one in gc.get_objects() if type(one) is Forms and "a" in one]


def test_a_subclass_does_not_last_unless_it_says_so() -> None:
    @strawberry.type
    class Palm(Bough):
        height: int

    @strawberry.type
    class Palms:
        @strawberry.field
        def palm(self, info: strawberry.Info) -> Palm:
            found: Palm = info.context
            return found

    schema, palm = strawberry.Schema(Palms), kept(Palm(name="palm", leaves=[], height=1))

    async def grow() -> list[bytes]:
        runs = Runs(schema, Asked("{ palm { height } }", {}), Shelf())
        first = await runs.run(palm)
        palm.height += 1
        return [first, await runs.run(palm)]

    assert asyncio.run(grow()) == [b'{"data":{"palm":{"height":%d}},"errors":[]}' % height for height in (1, 2)]


def forms_of(thing: Any) -> Forms:
    forms: Forms = thing.engine_forms
    return forms
