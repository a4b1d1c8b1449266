"""Plans: when there is one, what it asks and how often, and that nothing is left behind, whatever happens in between."""

import asyncio
import gc
from typing import Any

import pytest
import strawberry
from graphql import AbortController, ExecutionHooks, MiddlewareManager

from engine.plans import VARIANTS_MOST
from tests.engine.documents_of import Asked
from tests.engine.oddities import PLAIN, Later, Quiet, World, fail
from tests.engine.running import Runs, nothing_is_left, told

NAMES = [f"x{number}" for number in range(5)]
DECLARED = ", ".join(f"${name}: Boolean!" for name in NAMES)
SWITCHED = f"query ({DECLARED}) {{ thing {{ {' '.join(f'{name}: text @skip(if: ${name})' for name in NAMES)} }} }}"


async def test_so_many_choices_have_plans_and_further_ones_are_answered_all_the_same() -> None:
    choices = [{name: bool(number >> bit & 1) for bit, name in enumerate(NAMES)} for number in range(2 * VARIANTS_MOST)]
    first = Runs(PLAIN, Asked(SWITCHED, choices[0]))
    planned = []

    for choice in [*choices, *choices]:
        runs = Runs(PLAIN, Asked(SWITCHED, choice))
        runs.plans, runs._document = first.plans, first._document
        assert await runs.run(World()) == told(await PLAIN.execute(SWITCHED, choice, World()))
        planned.append(runs.planned)

    assert planned == [*[True] * VARIANTS_MOST, *[False] * VARIANTS_MOST] * 2


@pytest.mark.parametrize(
    "options",
    [
        {"middleware": MiddlewareManager(lambda following, *arguments, **named: following(*arguments, **named))},
        {"abort_signal": AbortController().signal},
        {"hooks": ExecutionHooks()},
    ],
    ids=["middleware", "abort signal", "hooks"],
)
async def test_what_wants_to_be_told_of_each_field_or_may_stop_it_is_left_to_graphql_core(options: dict[str, Any]) -> None:
    runs = Runs(PLAIN, Asked("{ thing { text } }", {}))

    executor = runs.begin(World(), **options)

    assert not isinstance(executor, list)
    assert runs.plans.of(executor) is None
    plain = runs.begin(World())
    assert not isinstance(plain, list)
    assert runs.plans.of(plain) is not None


@pytest.mark.parametrize("document", ["{ __schema { types { name } } }", '{ __type(name: "Thing") { name } thing { text } }'])
async def test_introspection_is_graphql_cores(document: str) -> None:
    runs = Runs(PLAIN, Asked(document, {}))

    assert await runs.run(World()) == told(await PLAIN.execute(document, {}, World()))
    assert not runs.planned


@pytest.mark.parametrize("wrong", ["none", "exception", "raise", "generator", "awaited items", "object"])
async def test_root_fields_are_resolved_once_though_what_they_gave_is_unusual(wrong: str) -> None:
    runs = Runs(PLAIN, Asked("{ thing { text } things { text } more: things { number } beings { __typename } refused }", {}))
    world = World({"things": wrong, "refused": "raise"})

    await runs.run(world)

    assert runs.fell_back
    assert {of: world.asked[of] for of in ("thing", "things", "some_beings", "refused")} == {
        "thing": 1,
        "things": 2,
        "some_beings": 1,
        "refused": 1,
    }


@strawberry.type
class Step:
    """A thing whose fields wait for one another, or fail."""

    @strawberry.field
    async def waits(self, info: strawberry.Info[Any, None]) -> "Step":
        await info.context.wait()
        return Step()

    @strawberry.field
    def raises(self) -> int | None:
        fail()

    @strawberry.field
    def future(self) -> int | None:
        failed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        failed.set_exception(ValueError("of a future"))
        return failed  # type: ignore[return-value]

    @strawberry.field
    def next(self) -> "Step":
        return Step()


@strawberry.type
class Query:
    @strawberry.field
    def steps(self) -> list[Step]:
        return [Step(), Step(), Step()]

    @strawberry.field
    def refused(self) -> int | None:
        fail()


STEPS = Quiet(Query)


class Gate:
    """A context: what waits, waits here."""

    def __init__(self) -> None:
        self.began = self.ended = 0
        self.opened, self.crowded = asyncio.Event(), asyncio.Event()

    async def wait(self) -> None:
        self.began += 1
        if self.began == 3:
            self.crowded.set()
        try:
            await self.opened.wait()
        finally:
            self.ended += 1


@pytest.mark.parametrize(
    "document", ["{ steps { waits { __typename } raises } }", "{ steps { next { waits { __typename } } future raises } }"]
)
async def test_what_nobody_will_wait_for_is_closed(document: str) -> None:
    runs, gate = Runs(STEPS, Asked(document, {})), Gate()
    gate.opened.set()
    unheard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, facts: unheard.append(facts))

    try:
        await nothing_is_left(lambda: runs.run(gate))
        gc.collect()
    finally:
        asyncio.get_running_loop().set_exception_handler(None)

    assert runs.fell_back
    assert gate.began == gate.ended == 3, "graphql-core's; the plan's were closed before they began"
    assert unheard == []


async def test_who_turns_away_while_the_second_level_waits_leaves_nothing() -> None:
    runs, gate = Runs(STEPS, Asked("{ steps { next { waits { waits { __typename } } } } }", {})), Gate()

    async def turn_away() -> None:
        asking = asyncio.create_task(runs.run(gate))
        await gate.crowded.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    await nothing_is_left(turn_away)
    gc.collect()

    assert gate.began == gate.ended == 3


async def test_what_is_found_at_once_is_waited_for_together_with_its_elders() -> None:
    document = "{ beings { ... on Person { boss { name } ... on Person { best { ... on Robot { maker { boss { name } } } } } } } }"
    ours, theirs = World(), World()

    found = await Runs(PLAIN, Asked(document, {})).run(ours)

    assert found == told(await PLAIN.execute(document, {}, theirs))
    assert len(ours.loads) <= len(theirs.loads)
    assert sum(map(len, ours.loads)) == sum(map(len, theirs.loads))


async def event(document: str, **wrong: str) -> Any:
    """What an event is answered at once."""
    executor = Runs(PLAIN, Asked(document, {})).begin(world := World(wrong))
    assert not isinstance(executor, list)
    return executor.build_per_event_executor(world.thing()).execute_at_once()  # type: ignore[attr-defined]


async def test_an_event_is_answered_at_once_or_left_to_be_waited_for() -> None:
    at_once = await event("subscription { changes { text textAgain names } }")
    with_error = await event("subscription { changes { number textAgain again { text } } }", again="raise")
    waits = await event("subscription { changes { text later owner { motto } } }")
    waits_and_fails = await event("subscription { changes { maybeLater later again { text } } }", again="raise")
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()

    assert at_once.data == {"changes": {"text": "some ☃", "textAgain": "some ☃", "names": ["a", "b"]}}
    assert with_error.data == {"changes": {"number": 5, "textAgain": "some ☃", "again": None}}
    assert [error.path for error in with_error.errors] == [["changes", "again"]]
    assert waits is waits_and_fails is None


async def test_what_is_awaited_more_than_once_is_no_trouble() -> None:
    assert await Later(3) == 3
    runs = Runs(PLAIN, Asked("{ thing { names text } }", {}))
    world = World({"names": "awaited", "text": "awaited"})

    assert await runs.run(world) == b'{"data":{"thing":{"names":["a","b"],"text":"some \xe2\x98\x83"}},"errors":[]}'
