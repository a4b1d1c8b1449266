"""The executor: all that the edge asks of GraphQL. This one goes through Strawberry's public methods; a faster one can take its place."""

import re
from collections.abc import AsyncGenerator, Collection
from typing import Protocol

import strawberry
from graphql import GraphQLError, OperationDefinitionNode, parse
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.aio import aclosing

from web.faults import BAD_REQUEST, PARSE_FAILED, GraphQLFault
from web.requests import Operation

KEYWORD = re.compile(r"\b(?:query|mutation|subscription)\b")
EVERY_KIND = (OperationType.QUERY, OperationType.MUTATION)


class NotAllowed(GraphQLFault):
    """The operation is of a kind that does not run this way; `kind` says which it is."""

    def __init__(self, kind: OperationType) -> None:
        super().__init__(BAD_REQUEST, f"A {kind.value} cannot be run this way.")
        self.kind = kind


class Executor(Protocol):
    """Runs documents. A document that is wrong is a PreExecutionError, not an exception."""

    def kind_of(self, operation: Operation) -> OperationType:
        """What an operation is, before it runs; QUERY where its document is wrong, as running it will tell."""
        ...

    async def execute(self, operation: Operation, context: object, allowed: Collection[OperationType] = EVERY_KIND) -> ExecutionResult:
        """Run a query or a mutation; raises NotAllowed for other kinds than the allowed, before anything is executed."""
        ...

    def subscribe(self, operation: Operation, context: object) -> AsyncGenerator[ExecutionResult, None]:
        """Run a subscription. Closing the generator closes the resolver's."""
        ...


class StrawberryExecutor:
    """Any Strawberry schema as an executor."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema

    def kind_of(self, operation: Operation) -> OperationType:
        if not _is_plain(operation.document):
            for definition in _operations(operation.document):
                if operation.name is None or (definition.name is not None and definition.name.value == operation.name):
                    return OperationType(definition.operation.value)
        return OperationType.QUERY

    async def execute(self, operation: Operation, context: object, allowed: Collection[OperationType] = EVERY_KIND) -> ExecutionResult:
        if problem := _ambiguity(operation):
            return problem
        try:
            result = await self._schema.execute(
                operation.document, operation.variables, context, operation_name=operation.name, allowed_operation_types=allowed
            )
        except InvalidOperationTypeError as error:
            raise NotAllowed(error.operation_type) from error
        except CannotGetOperationTypeError as error:
            return _wrong(BAD_REQUEST, error.as_http_error_reason())
        except MissingQueryError:
            return _wrong(BAD_REQUEST, "The document is empty.")
        return _readable(result)

    async def subscribe(self, operation: Operation, context: object) -> AsyncGenerator[ExecutionResult, None]:
        if problem := _ambiguity(operation):
            yield problem
            return
        results = await self._schema.subscribe(operation.document, operation.variables, context, operation_name=operation.name)
        async with aclosing(results) as stream:
            async for result in stream:
                yield _readable(result)


def _is_plain(document: str) -> bool:
    """Whether a document can only hold one query: seen without parsing, since every document comes by here."""
    words = KEYWORD.findall(document)
    return not words or words == ["query"]


def _operations(document: str) -> list[OperationDefinitionNode]:
    try:
        return [node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode)]
    except (GraphQLError, RecursionError):
        return []


def _ambiguity(operation: Operation) -> PreExecutionError | None:
    """Strawberry runs the first operation of several where GraphQL asks for an error."""
    if operation.name is None and not _is_plain(operation.document) and len(_operations(operation.document)) > 1:
        return _wrong(BAD_REQUEST, "The document has several operations: say which one with operationName.")
    return None


def _readable(result: ExecutionResult) -> ExecutionResult:
    """The parser is recursive: a document nested too deeply ends in Python's own error, and is the client's fault all the same."""
    if isinstance(result, PreExecutionError) and any(isinstance(e.original_error, RecursionError) for e in result.errors or []):
        return _wrong(PARSE_FAILED, "The document is nested too deeply.")
    return result


def _wrong(code: str, message: str) -> PreExecutionError:
    return PreExecutionError(data=None, errors=[GraphQLError(message, extensions={"code": code})])
