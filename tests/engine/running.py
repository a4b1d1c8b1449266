"""Operations run in both ways: by graphql-core alone, and from their plans."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import strawberry
from graphql import DocumentNode, parse
from strawberry.execution import optimized_is_awaitable

from engine.execution import CompiledExecutor
from engine.lasting import Shelf
from engine.plans import Plans
from tests.engine.documents_of import Asked


def told(result: Any) -> bytes:
    """An answer as it goes out: data and errors, in their order."""
    errors = [error.formatted for error in result.errors or []]
    return orjson.dumps({"data": result.data, "errors": errors}, default=repr)


class Runs:
    """Runs of one operation, which share its plans."""

    def __init__(self, schema: strawberry.Schema, asked: Asked, shelf: Shelf | None = None) -> None:
        self._schema = schema._schema
        self._document: DocumentNode = parse(asked.text)
        self._variables = asked.variables
        self.plans = Plans(shelf)
        self.planned = False
        """Whether there was a plan for the last run."""
        self.fell_back = False
        """Whether graphql-core had to do it all the same."""

    def begin(self, context: object, **options: Any) -> CompiledExecutor | list[Any]:
        """A run whose variables are coerced; errors where they cannot be."""
        return CompiledExecutor.build(  # type: ignore[return-value]
            self._schema,
            self._document,
            None,
            context,
            self._variables,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            operation_extensions=None,
            plans=self.plans,
            **options,
        )

    async def run(self, context: object) -> bytes:
        """The answer."""
        executor = self.begin(context)
        if isinstance(executor, list):
            return orjson.dumps({"data": None, "errors": [error.formatted for error in executor]})
        self.planned = self.plans.of(executor) is not None
        result: Any = executor.execute_operation()
        result = await result if optimized_is_awaitable(result) else result
        self.fell_back = self.planned and executor.middleware_manager is not None
        return told(result)


async def nothing_is_left(work: Callable[[], Awaitable[Any]]) -> Any:
    """What some work gives, once nothing that it began is still going on."""
    before = asyncio.all_tasks()
    found = await work()
    for _ in range(20):
        if not asyncio.all_tasks() - before:
            break
        await asyncio.sleep(0)
    assert not asyncio.all_tasks() - before
    return found
