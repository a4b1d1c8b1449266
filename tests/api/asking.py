"""Asking as the edge does: through the engine, of documents that are prepared once, and with answers as their clients read them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry
from graphql import ExecutionResult as CoreResult
from strawberry.types.execution import ExecutionResult

from engine.encoding import encode
from engine.engine import Engine
from engine.operations import Operation, PreparedOperation


@dataclass
class Failed(Exception):
    """A request that was answered with an error; `code` is the exception's, where it may be shown."""

    code: object
    message: str


class Asking:
    """A schema as its clients use it. Documents have one operation; nothing is kept for others who ask the same."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._engine = Engine(schema, max_age_ms=0)

    async def answer(self, document: str, variables: dict[str, Any], context: object) -> dict[str, Any]:
        """The data of a query or mutation; raises Failed on an error."""
        return data_of(await self._engine.execute(self._prepared(document), variables, lambda: context))

    async def answers(self, document: str, variables: dict[str, Any], context: object) -> AsyncGenerator[dict[str, Any], None]:
        """The data that a subscription tells, again and again; raises Failed on an error."""
        async with aclosing(self._engine.subscribe(self._prepared(document), variables, lambda: context)) as results:
            async for result in results:
                yield data_of(result)

    def _prepared(self, document: str) -> PreparedOperation:
        operation = Operation(document)
        return self._engine.known(operation) or self._engine.prepare(operation)


def data_of(result: ExecutionResult | CoreResult) -> dict[str, Any]:
    """What was answered; raises Failed on an error."""
    if result.errors:
        error = result.errors[0]
        raise Failed(getattr(error.original_error, "code", None), error.message) from error
    data: dict[str, Any] = orjson.loads(encode(result.data))
    return data
