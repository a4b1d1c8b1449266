"""The engine: all that a server asks of GraphQL. What a client sends is prepared once, and then only run."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, cast

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, GraphQLSchema, located_error, subscribe
from strawberry.execution import optimized_is_awaitable
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from engine.documents import Documents
from engine.encoding import encode_key
from engine.execution import CompiledExecutor, Run
from engine.lasting import Shelf
from engine.limits import OperationLimits
from engine.micro_cache import MicroCache, SharedResult
from engine.operations import Operation, PreparedOperation
from engine.plans import Outcomes, Plans
from engine.refusals import BAD_REQUEST, refused_for
from engine.trusted import TrustedDocuments
from engine.variables import Variables

MakeContext = Callable[[], object]
COERCION_ERRORS_MOST = 5


class Engine:
    """A Strawberry schema, made fast and safe. Extensions of the schema are not run: what they would do is done around the engine."""

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: OperationLimits | None = None,
        *,
        trusted: TrustedDocuments | None = None,
        max_age_ms: int = 500,
    ) -> None:
        """With `max_age_ms` 0 nothing is kept, nor answered to several at once."""
        self._schema: GraphQLSchema = schema._schema
        self._limits = limits or OperationLimits()
        self.documents = Documents(self._schema, self._limits, trusted=trusted)
        self.cache = MicroCache(max_age_ms / 1000) if max_age_ms else None
        self._shelf = Shelf()

    @property
    def cost_limit(self) -> int:
        """What an operation may cost at most; 0 is no limit."""
        return self._limits.cost

    @property
    def max_age_s(self) -> float:
        """How old an answer may be that is kept for all; 0 where none is kept."""
        return self.cache.max_age_s if self.cache is not None else 0.0

    def known(self, operation: Operation) -> PreparedOperation | None:
        """What an operation was prepared to before; at once."""
        return self.documents.known(operation)

    def prepare(self, operation: Operation) -> PreparedOperation:
        """Parse, measure, validate; raises Refused."""
        return self.documents.prepare(operation)

    def check(self, prepared: PreparedOperation, variables: Mapping[str, Any] | None) -> int:
        """What an operation costs with its variables; raises Refused where that, or anything in them, is too much."""
        return self.documents.check(prepared, variables)

    async def execute(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext, public: MakeContext | None = None
    ) -> ExecutionResult:
        """The result of a query or mutation, in a context of its own.

        `public` makes a context without a caller, where the caller is no more than anybody: what everybody may see is then answered in that
        one, once for all who ask at about the same time, and what is kept has never seen a caller.
        """
        if self.cache is None or public is None or not is_kept(prepared):
            return await self._run(prepared, variables, context)
        key = prepared, encode_key(variables)
        return await self.cache.answer(key, prepared.cache.max_age_ms / 1000, partial(self._run, prepared, variables, public))

    def kept(self, prepared: PreparedOperation, variables: dict[str, Any] | None) -> SharedResult | None:
        """What `execute` would answer everybody without running anything; at once."""
        if self.cache is None or not is_kept(prepared):
            return None
        return self.cache.kept((prepared, encode_key(variables)), prepared.cache.max_age_ms / 1000)

    async def subscribe(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of a subscription. One that ends it is the last; closing the generator closes the resolver's."""
        try:
            stream: Any = subscribe(
                self._schema,
                prepared.document,
                context_value=context(),
                variable_values=variables,
                operation_name=prepared.name,
                max_coercion_errors=COERCION_ERRORS_MOST,
                executor_class=CompiledExecutor,
                operation_extensions=None,
                plans=self._plans_of(prepared),
            )
            stream = await stream if optimized_is_awaitable(stream) else stream
            if isinstance(stream, CoreResult):
                is_request = all(error.path is None for error in stream.errors or ())
                yield wrong_variables(stream.errors or []) if is_request else PreExecutionError(data=None, errors=stream.errors)
                return
            async with aclosing(stream) as results:
                async for result in results:
                    yield ExecutionResult(data=result.data, errors=result.errors)
        except Exception as error:
            yield ExecutionResult(data=None, errors=[located(error)])

    def begin(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: object
    ) -> CompiledExecutor | list[GraphQLError]:
        """A run of an operation with its variables coerced; errors where they cannot be."""
        executor: Any = CompiledExecutor.build(
            self._schema,
            prepared.document,
            None,
            context,
            variables,
            prepared.name,
            max_coercion_errors=COERCION_ERRORS_MOST,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            operation_extensions=None,
            plans=self._plans_of(prepared),
        )
        return cast("CompiledExecutor | list[GraphQLError]", executor)

    async def _run(self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext) -> ExecutionResult:
        nodes = prepared.definition.variable_definitions or ()
        plans = self._plans_of(prepared)
        if plans.variables is None:
            plans.variables = Variables(self._schema, nodes, COERCION_ERRORS_MOST)
        values = plans.variables.coerced(variables or {})
        if isinstance(values, list):
            return wrong_variables(values)
        outcomes, made = Outcomes(), context()
        if (plan := plans.ready(values)) is not None:
            with suppress(Exception):  # graphql-core will say what is wrong, if anything is
                return ExecutionResult(data=await plan.answer(Run(self._schema, plan, values, made), outcomes), errors=None)
        executor = self.begin(prepared, variables, made)
        if isinstance(executor, list):
            return wrong_variables(executor)
        result: Any = executor.execute_operation() if plan is None else executor.execute_anew(outcomes)
        result = await result if optimized_is_awaitable(result) else result
        return ExecutionResult(data=result.data, errors=result.errors)

    def _plans_of(self, prepared: PreparedOperation) -> Plans:
        """The compiled plans of an operation, which are forgotten with it."""
        if prepared.plan is None:
            prepared.plan = Plans(self._shelf)
        plans: Plans = prepared.plan
        return plans


def is_kept(prepared: PreparedOperation) -> bool:
    """Whether an operation's answer is kept for all who ask the same."""
    return prepared.kind is OperationType.QUERY and prepared.cache.is_public and prepared.cache.max_age_ms > 0


def wrong_variables(errors: list[GraphQLError]) -> PreExecutionError:
    """What is answered where variables are not what the operation says they are."""
    return PreExecutionError(data=None, errors=refused_for(BAD_REQUEST, errors).errors)


def located(error: Exception) -> GraphQLError:
    """An exception that ended a subscription, as an error of its answer."""
    return error if isinstance(error, GraphQLError) else located_error(error)
