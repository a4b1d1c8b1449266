"""The engine as a server sees it: an operation is prepared once, run in a context of its own, and answered once for all if it is public."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError
from strawberry.types import Info
from strawberry.types.execution import ExecutionResult, PreExecutionError

from engine.declarations import CacheControl, CacheControlScope
from engine.engine import Engine
from engine.limits import OperationLimits
from engine.micro_cache import SharedResult
from engine.operations import Operation, PreparedOperation
from engine.refusals import Refused
from engine.trusted import TrustedDocuments

PUBLIC = [CacheControl(max_age=60)]
PRIVATE = [CacheControl(max_age=60, scope=CacheControlScope.PRIVATE)]


@dataclass
class Context:
    """Who asks, and how often resolvers were run."""

    name: str = "nobody"
    calls: list[str] = field(default_factory=list)


@strawberry.type
class Query:
    @strawberry.field(directives=PUBLIC)
    async def news(self, info: Info[Context, None], of: int = 0) -> str:
        info.context.calls.append(f"news {of}")
        await asyncio.sleep(0.01)
        return f"{of} for {info.context.name}"

    @strawberry.field(directives=[CacheControl(max_age=0)])
    def now(self, info: Info[Context, None]) -> int:
        info.context.calls.append("now")
        return len(info.context.calls)

    @strawberry.field(directives=PRIVATE)
    def name(self, info: Info[Context, None]) -> str:
        info.context.calls.append("name")
        return info.context.name

    @strawberry.field(directives=PUBLIC)
    async def fails(self, info: Info[Context, None]) -> int:
        info.context.calls.append("fails")
        await asyncio.sleep(0.01)
        raise LookupError("nothing here")


@strawberry.type
class Mutation:
    @strawberry.mutation(directives=PUBLIC)
    def act(self, info: Info[Context, None]) -> int:
        info.context.calls.append("act")
        return len(info.context.calls)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info[Context, None], to: int, fails: bool = False) -> AsyncGenerator[int, None]:
        try:
            for number in range(to):
                yield number
            if fails:
                raise LookupError("nothing more")
        finally:
            info.context.calls.append("closed")


SCHEMA = strawberry.Schema(Query, Mutation, Subscription)


def prepared(engine: Engine, document: str) -> PreparedOperation:
    return engine.prepare(Operation(document))


async def ask(engine: Engine, document: str, context: Context, public: Context | None = None, **variables: Any) -> ExecutionResult:
    """`public` is the context without a caller, where the caller is no more than anybody."""
    operation = prepared(engine, document)
    return await engine.execute(operation, variables or None, lambda: context, None if public is None else lambda: public)


async def listen(engine: Engine, document: str, context: Context, **variables: Any) -> list[ExecutionResult]:
    return [result async for result in engine.subscribe(prepared(engine, document), variables, lambda: context)]


def test_what_was_prepared_is_known() -> None:
    engine = Engine(SCHEMA)
    operation = Operation("{ news }")

    assert engine.known(operation) is None
    assert engine.prepare(operation) is engine.known(operation) is engine.prepare(operation)


@pytest.mark.parametrize("document", ["{ news", "{ nothing }", "", "{ a: news b: news c: news }"])
def test_what_is_refused_is_never_known(document: str) -> None:
    engine = Engine(SCHEMA, OperationLimits(aliases=2))

    with pytest.raises(Refused):
        engine.prepare(Operation(document))
    assert engine.known(Operation(document)) is None


def test_the_limit_of_cost_is_told_and_holds() -> None:
    engine = Engine(SCHEMA, OperationLimits(cost=7))

    assert engine.cost_limit == 7
    assert engine.check(prepared(engine, "{ news }"), None) >= 1


def test_trusted_documents_are_prepared_when_it_starts() -> None:
    engine = Engine(SCHEMA, trusted=TrustedDocuments({"n": "{ news }"}))

    assert engine.known(Operation(None, document_id="n")) is not None
    with pytest.raises(ValueError, match="broken"):
        Engine(SCHEMA, trusted=TrustedDocuments({"broken": "{"}))


async def test_a_public_answer_is_made_once_and_has_never_seen_a_caller() -> None:
    engine, nobody = Engine(SCHEMA), Context()

    answers = await asyncio.gather(*(ask(engine, "{ news }", Context(f"{n}"), nobody) for n in range(20)))

    assert {id(answer) for answer in answers} == {id(answers[0])}
    assert isinstance(answers[0], SharedResult)
    assert answers[0].encoded == b'{"data":{"news":"0 for nobody"}}'
    assert nobody.calls == ["news 0"]


async def test_a_caller_with_rights_of_their_own_runs_everything_in_their_own_context() -> None:
    engine, ann, nobody = Engine(SCHEMA), Context("ann"), Context()
    await ask(engine, "{ news }", nobody, nobody)

    assert (await ask(engine, "{ news }", ann)).data == {"news": "0 for ann"}
    assert ann.calls == ["news 0"]


@pytest.mark.parametrize(("variables", "calls"), [([{"of": 1}, {"of": 1}], 1), ([{"of": 1}, {"of": 2}], 2), ([{"of": 1}, {}], 2)])
async def test_other_variables_are_another_question(variables: list[dict[str, int]], calls: int) -> None:
    engine, nobody = Engine(SCHEMA), Context()

    for given in variables:
        await ask(engine, "query ($of: Int = 0) { news(of: $of) }", nobody, nobody, **given)

    assert len(nobody.calls) == calls


@pytest.mark.parametrize("document", ["{ now }", "{ name }", "{ news name }", "{ news now }", "mutation { act }"])
async def test_what_is_not_public_or_has_no_age_is_run_each_time(document: str) -> None:
    engine, ann, nobody = Engine(SCHEMA), Context("ann"), Context()

    answers = [await ask(engine, document, ann, nobody) for _ in range(2)]

    assert nobody.calls == []
    assert len(ann.calls) == 2 * len(answers[0].data or {})


async def test_nothing_is_kept_without_an_age() -> None:
    engine, nobody = Engine(SCHEMA, max_age_ms=0), Context()

    await asyncio.gather(*(ask(engine, "{ news }", nobody, nobody) for _ in range(3)))

    assert (engine.max_age_s, len(nobody.calls)) == (0, 3)


async def test_an_error_is_told_to_those_who_wait_and_not_kept() -> None:
    engine, nobody = Engine(SCHEMA), Context()

    together = await asyncio.gather(*(ask(engine, "{ fails }", nobody, nobody) for _ in range(3)))
    again = await ask(engine, "{ fails }", nobody, nobody)

    assert nobody.calls == ["fails", "fails"]
    for answer in (*together, again):
        (error,) = answer.errors or []
        assert (answer.data, error.path, type(error.original_error)) == (None, ["fails"], LookupError)


async def test_variables_that_do_not_fit_are_told_before_anything_runs() -> None:
    engine, ann = Engine(SCHEMA), Context("ann")

    answer = await ask(engine, "query ($of: Int!) { news(of: $of) }", ann, of="x")
    (told,) = await listen(engine, "subscription ($to: Int!) { count(to: $to) }", ann, to="x")

    assert isinstance(answer, PreExecutionError)
    assert isinstance(told, PreExecutionError)
    assert ann.calls == []


async def test_no_more_than_some_of_many_wrong_variables_are_told() -> None:
    names = [f"v{n}" for n in range(50)]
    document = (
        f"query ({' '.join(f'${name}: Int!' for name in names)}) {{ {' '.join(f'{name}: news(of: ${name})' for name in names[:20])} }}"
    )
    unused = document.replace(" }", " " + " ".join(f"{name}: news(of: ${name})" for name in names[20:]) + " }")
    engine = Engine(SCHEMA, OperationLimits(aliases=0, root_fields=0))

    answer = await ask(engine, unused, Context(), None, **dict.fromkeys(names, "x"))

    assert 5 <= len(answer.errors or []) <= 6, "the last says that there are more"


async def test_a_subscription_tells_its_results_and_closes_its_source() -> None:
    context = Context()

    told = await listen(Engine(SCHEMA), "subscription { count(to: 3) }", context)

    assert [result.data for result in told] == [{"count": number} for number in range(3)]
    assert context.calls == ["closed"]


async def test_who_listens_no_more_closes_the_source() -> None:
    engine, context = Engine(SCHEMA), Context()
    results = engine.subscribe(prepared(engine, "subscription { count(to: 3) }"), None, lambda: context)

    await anext(results)
    await results.aclose()

    assert context.calls == ["closed"]


async def test_what_ends_a_subscription_is_its_last_result() -> None:
    context = Context()

    told = await listen(Engine(SCHEMA), "subscription { count(to: 1, fails: true) }", context)

    assert told[0].data == {"count": 0}
    (error,) = told[1].errors or []
    assert isinstance(error, GraphQLError)
    assert isinstance(error.original_error, LookupError)
    assert (len(told), context.calls) == (2, ["closed"])


async def test_a_context_is_made_for_each_operation_that_runs() -> None:
    engine = Engine(SCHEMA)
    made: list[Context] = []
    operation = prepared(engine, "{ name }")

    def make() -> Context:
        made.append(Context(f"{len(made)}"))
        return made[-1]

    answers = [(await engine.execute(operation, None, make, make)).data for _ in range(2)]

    assert answers == [{"name": "0"}, {"name": "1"}]
