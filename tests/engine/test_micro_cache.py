"""The micro-cache: one run for all who ask at about the same time, never an error twice, nothing too old, and no more than fits."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.execution import ExecutionResult

from engine.encoding import encode_key
from engine.micro_cache import ENTRY_BYTES, MicroCache, SharedResult

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@dataclass
class Kitchen:
    """What answers, when it is told to; with a clock of its own."""

    cache: MicroCache = field(init=False)
    now: float = 100.0
    runs: int = 0
    ended: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Any = "soup"
    errors: list[GraphQLError] | None = None
    raises: Exception | None = None

    def __post_init__(self) -> None:
        self.cache = MicroCache(1.0, clock=lambda: self.now)

    async def run(self) -> ExecutionResult:
        self.runs += 1
        try:
            await self.open.wait()
        finally:
            self.ended += 1
        if self.raises is not None:
            raise self.raises
        return ExecutionResult(data={"dish": self.answer}, errors=self.errors)

    async def ask(self, key: str = "a", max_age_s: float = 1.0) -> ExecutionResult:
        return await self.cache.answer(key, max_age_s, self.run)

    def begin(self, count: int) -> list[asyncio.Task[ExecutionResult]]:
        return [asyncio.create_task(self.ask()) for _ in range(count)]


@pytest.fixture
async def kitchen() -> Kitchen:
    return Kitchen()


async def ticks(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def counts(cache: MicroCache) -> tuple[int, int, int]:
    return cache.misses, cache.joined, cache.hits


async def test_all_who_ask_at_once_are_answered_by_one_run(kitchen: Kitchen) -> None:
    asking = kitchen.begin(5)
    await ticks()
    kitchen.open.set()

    answers = await asyncio.gather(*asking)
    later = await kitchen.ask()

    assert kitchen.runs == 1
    assert all(answer is later for answer in answers)
    assert isinstance(later, SharedResult)
    assert later.encoded == b'{"data":{"dish":"soup"}}'
    assert counts(kitchen.cache) == (1, 4, 1)


async def test_other_keys_are_answered_by_other_runs(kitchen: Kitchen) -> None:
    kitchen.open.set()

    await asyncio.gather(kitchen.ask("a"), kitchen.ask("b"))

    assert kitchen.runs == len(kitchen.cache) == 2


async def test_a_result_with_errors_is_for_those_who_asked_meanwhile_and_is_not_kept(kitchen: Kitchen) -> None:
    kitchen.errors = [GraphQLError("burnt")]
    asking = kitchen.begin(3)
    kitchen.open.set()

    first, *others = await asyncio.gather(*asking)

    assert not isinstance(first, SharedResult)
    assert all(other is first for other in others)
    assert (len(kitchen.cache), kitchen.cache.bytes) == (0, 0)
    kitchen.errors = None
    assert isinstance(await kitchen.ask(), SharedResult)
    assert kitchen.runs == 2


async def test_an_exception_is_told_to_all_who_wait_and_then_forgotten(kitchen: Kitchen) -> None:
    kitchen.raises = ValueError("fire")
    asking = kitchen.begin(3)
    kitchen.open.set()

    outcomes = await asyncio.gather(*asking, return_exceptions=True)

    assert outcomes == [kitchen.raises] * 3
    kitchen.raises = None
    assert isinstance(await kitchen.ask(), SharedResult)


async def test_what_cannot_be_encoded_is_told_and_not_kept(kitchen: Kitchen) -> None:
    kitchen.answer = object()
    kitchen.open.set()

    with pytest.raises(TypeError):
        await kitchen.ask()
    assert len(kitchen.cache) == 0


async def test_an_answer_is_as_old_as_its_run_began(kitchen: Kitchen) -> None:
    asking = kitchen.begin(1)
    await ticks()
    kitchen.now += 0.75
    kitchen.open.set()
    await asyncio.gather(*asking)

    kitchen.now += 0.125
    await kitchen.ask()
    assert kitchen.runs == 1
    kitchen.now += 0.125
    await kitchen.ask()
    assert kitchen.runs == 2


@pytest.mark.parametrize(("asked", "age", "runs"), [(0.25, 0.125, 1), (0.25, 0.25, 2), (60.0, 0.875, 1), (60.0, 1.0, 2), (0.0, 0.0, 2)])
async def test_no_answer_is_older_than_the_schema_and_the_cache_allow(kitchen: Kitchen, asked: float, age: float, runs: int) -> None:
    kitchen.open.set()
    await kitchen.ask(max_age_s=asked)
    kitchen.now += age

    await kitchen.ask(max_age_s=asked)

    assert kitchen.runs == runs


@pytest.mark.parametrize("leaves", [0, 1, 2])
async def test_whoever_turns_away_does_not_disturb_the_others(kitchen: Kitchen, leaves: int) -> None:
    asking = kitchen.begin(3)
    await ticks()
    asking[leaves].cancel()
    await ticks()
    kitchen.open.set()

    outcomes = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(outcomes.pop(leaves), asyncio.CancelledError)
    assert all(isinstance(outcome, SharedResult) for outcome in outcomes)
    assert kitchen.runs == kitchen.ended == 1


async def test_where_all_turn_away_the_answer_is_there_for_the_next(kitchen: Kitchen) -> None:
    asking = kitchen.begin(2)
    await ticks()
    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    kitchen.open.set()
    await ticks()

    await kitchen.ask()

    assert kitchen.runs == 1


@given(sizes=st.lists(st.integers(0, 3000), max_size=30))
def test_the_answers_never_take_more_bytes_than_there_are(sizes: list[int]) -> None:
    async def fill() -> None:
        cache = MicroCache(1.0, store_bytes=4 * ENTRY_BYTES, clock=lambda: 0.0)
        for number, size in enumerate(sizes):
            shared = await cache.answer(number, 1.0, answering("x" * size))
            assert isinstance(shared, SharedResult)
            assert 0 <= cache.bytes <= 4 * ENTRY_BYTES
            assert ENTRY_BYTES * len(cache) <= cache.bytes
        for number in range(len(sizes)):  # and all of them can be asked again
            await cache.answer(number, 0.0, answering(""))
        assert (len(cache), cache.bytes) == (0, 0)

    asyncio.run(fill())


async def test_one_answer_that_is_larger_than_the_store_drives_no_others_out() -> None:
    cache = MicroCache(1.0, store_bytes=4 * ENTRY_BYTES)
    await cache.answer("small", 1.0, answering("x"))

    await cache.answer("large", 1.0, answering("x" * 5 * ENTRY_BYTES))
    await cache.answer("small", 1.0, answering("x"))

    assert (cache.hits, len(cache)) == (1, 1)


def answering(text: str) -> Callable[[], Awaitable[ExecutionResult]]:
    async def run() -> ExecutionResult:
        return ExecutionResult(data={"text": text}, errors=None)

    return run


@given(variables=st.dictionaries(st.text(), values, min_size=1, max_size=4))
def test_variables_are_the_same_key_in_any_order(variables: dict[str, Any]) -> None:
    for order in itertools.islice(itertools.permutations(variables), 6):
        assert encode_key({name: turned(variables[name]) for name in order}) == encode_key(variables)


@given(one=st.dictionaries(st.text(), values, max_size=3), other=st.dictionaries(st.text(), values, max_size=3))
def test_other_variables_are_another_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (encode_key(one) == encode_key(other)) <= (one == other)


def test_values_that_python_takes_for_equal_are_told_apart() -> None:
    keys = {encode_key({"x": value}) for value in (1, 1.0, True, "1", None, [1])}

    assert len(keys) == 6
    assert encode_key(None) == encode_key({})


def turned(value: Any) -> Any:
    """The same with the keys of every object in another order."""
    match value:
        case dict():
            return {name: turned(inner) for name, inner in reversed(value.items())}
        case list():
            return [turned(inner) for inner in value]
        case _:
            return value
