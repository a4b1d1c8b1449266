"""Whatever is asked, and what resolvers make of it: an operation is answered from its plan as graphql-core answers it, byte for byte."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from graphql import OperationType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.documents_of import Asked, documents
from tests.engine.oddities import COMPILED, FIELDS, PLAIN, WRONG, World
from tests.engine.running import Runs, nothing_is_left, told

pytestmark = [  # graphql-core leaves coroutines behind where it cancels what it has not begun; `test_plans.py` shows that plans do not
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
quiet = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=40)
SAMPLES: dict[str, list[Any]] = {"Money": [5, -1], "after": ["1", None], "first": [0, 1, 2], "to": [0, 1, 2]}
faults = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(sorted(WRONG)), max_size=4) | st.just({"permission": "none"})
RAN: Counter[str] = Counter()
WORDS = re.compile(r"\w+")
UNUSUAL = frozenset(("odd", "checked"))
"""Fields whose type says by itself what is of it: operations with these are graphql-core's."""


def mostly_usual(kind: OperationType, depth: int) -> st.SearchStrategy[Asked]:
    return st.one_of(
        *(documents(PLAIN._schema, kind, samples=SAMPLES, depth=depth, without=without) for without in (UNUSUAL, UNUSUAL, frozenset()))
    )


@pytest.fixture(scope="module", autouse=True)
def _most_are_compiled() -> Iterator[None]:
    yield
    assert RAN["planned"] > 0.8 * RAN["all"], RAN
    assert RAN["from the plan"] > 0.4 * RAN["all"], RAN


@quiet
@given(asked=mostly_usual(OperationType.QUERY, 5), wrong=st.just({}) | faults)
def test_a_query_is_answered_as_by_graphql_core(asked: Asked, wrong: dict[str, str]) -> None:
    asyncio.run(compare(asked, wrong))


@quiet
@given(asked=mostly_usual(OperationType.MUTATION, 3), wrong=st.just({}) | faults)
def test_a_mutation_is_answered_as_by_graphql_core_and_does_each_thing_once_and_in_order(asked: Asked, wrong: dict[str, str]) -> None:
    asyncio.run(compare(asked, wrong))


@quiet
@given(asked=mostly_usual(OperationType.SUBSCRIPTION, 3), wrong=st.just({}) | faults)
def test_every_event_of_a_subscription_is_answered_as_by_graphql_core(asked: Asked, wrong: dict[str, str]) -> None:
    async def events(compiled: bool) -> list[bytes]:
        schema = COMPILED if compiled else PLAIN
        return [told(result) async for result in await schema.subscribe(asked.text, asked.variables, World(dict(wrong)))]

    async def both() -> None:
        assert await events(compiled=True) == await events(compiled=False)

    asyncio.run(both())


async def compare(asked: Asked, wrong: dict[str, str]) -> None:
    """The same by graphql-core alone, and by a plan that is new and one that is not."""
    runs = Runs(PLAIN, asked)
    expected_world = World(dict(wrong))
    expected = told(await PLAIN.execute(asked.text, asked.variables, expected_world))
    worlds = [World(dict(wrong)) for _ in range(3)]

    for world in worlds[:2]:
        found = await nothing_is_left(run_in(runs, world))
        assert found == expected
        assert world.did == expected_world.did
    assert told(await COMPILED.execute(asked.text, asked.variables, worlds[2])) == expected
    assert worlds[2].did == expected_world.did

    RAN.update({"all": 1, "planned": int(runs.planned), "from the plan": int(runs.planned and not runs.fell_back)})
    if not UNUSUAL & set(WORDS.findall(asked.text)):
        assert runs.planned
        assert runs.fell_back == (b'"errors":[]' not in expected) or wrong, "what is as it should be is answered from the plan"


def run_in(runs: Runs, world: World) -> Callable[[], Awaitable[bytes]]:
    return lambda: runs.run(world)
