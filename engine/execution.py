"""Execution: graphql-core's own, with plans where they will do."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, cast

from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLResolveInfoHelpers,
    GraphQLSchema,
    MiddlewareManager,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.plans import Outcomes, Plan, Plans, Waits
from engine.waiting import gathered, raised

OPERATIONS_MOST = 512


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """For any Strawberry schema: `strawberry.Schema(…, execution_context_class=CompiledExecutor)`.

    Runs an operation from its plan. Where there is none, or where anything at all goes wrong, graphql-core runs it: its answer is the one
    that is given. Root fields are not resolved again then; what lies beneath may be, so resolvers there must be free of side effects.
    """

    known: ClassVar["OrderedDict[tuple[int, int], tuple[GraphQLSchema, OperationDefinitionNode, Plans]]"] = OrderedDict()
    """By identity, for operations that nobody keeps plans of: those of a Schema without an engine."""

    def __init__(self, *arguments: Any, plans: Plans | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._plans = plans if plans is not None else self._remembered()
        self._answers: dict[str, Any] = {}

    def execute_operation(self, serially: bool | None = None) -> Any:
        """The result, or an awaitable of it, as graphql-core has it."""
        plan = self._plans.of(self)
        return super().execute_operation(serially) if plan is None else self._execute(plan)

    def execute_at_once(self) -> ExecutionResult | None:
        """An event's answer where nothing of it has to be waited for; None where something has."""
        if (plan := self._plans.of(self)) is not None:
            try:
                return ExecutionResult(plan.run_at_once(self), None)
            except Waits:
                return None
            except Exception:  # graphql-core will say what is wrong, if anything is
                pass
        result: Any = super().execute_operation(False)
        if self.is_awaitable(result):
            self.settle_in_background([result])  # closing it would leave what it waits for
            return None
        return cast("ExecutionResult", result)

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: list[FieldDetails], path: Path, position_context: Any
    ) -> Any:
        """As graphql-core does, but for root fields that have been answered before something else went wrong."""
        if self._answers and path.prev is None and path.key in self._answers:
            return self._answers[path.key]
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    async def _execute(self, plan: Plan) -> ExecutionResult:
        outcomes = Outcomes()
        with suppress(Exception):  # graphql-core will say what is wrong, if anything is
            return ExecutionResult(await plan.answer(self, outcomes), None)
        return await self.execute_anew(outcomes)

    async def execute_anew(self, outcomes: Outcomes) -> ExecutionResult:
        """As graphql-core does, with what has come of root fields already."""
        self.middleware_manager, self._answers = MiddlewareManager(Replay(outcomes)), outcomes.answers
        result: Any = super().execute_operation()
        return cast("ExecutionResult", await result if self.is_awaitable(result) else result)

    def _remembered(self) -> Plans:
        key = id(self.schema), id(self.operation)
        if key not in self.known:
            self.known[key] = (self.schema, self.operation, Plans())
            if len(self.known) > OPERATIONS_MOST:
                self.known.popitem(last=False)
        return self.known[key][2]


class Run:
    """All that a plan needs to know of one run. A whole executor has far more, and to make one takes as long as many an operation."""

    __slots__ = ("context_value", "fragment_definitions", "operation", "schema", "variable_values")

    root_value = abort_signal = operation_extensions = None
    hide_suggestions = False
    async_helpers = GraphQLResolveInfoHelpers(gather=gathered, track=lambda _values: None)
    is_awaitable = staticmethod(optimized_is_awaitable)
    build_resolve_info = StrawberryGraphQLCoreExecutionContext.build_resolve_info

    def __init__(self, schema: GraphQLSchema, plan: Plan, variable_values: VariableValues, context_value: object) -> None:
        self.schema = schema
        self.operation = plan.operation
        self.fragment_definitions = plan.fragment_definitions
        self.variable_values = variable_values
        self.context_value = context_value


class Replay:
    """A middleware by which root fields give what they have given before."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes

    def resolve(self, following: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
        """The outcome of a root field that has one, waited for where it was before; anything else is resolved."""
        key = info.path.key
        if info.path.prev is not None or key not in self._outcomes.values:
            return following(source, info, **arguments)
        outcome = self._outcomes.values[key]
        return again(outcome) if key in self._outcomes.awaited else raised(outcome)


async def again(outcome: Any) -> Any:
    """What had to be waited for and is there: which error of several is told depends on what comes at once."""
    return raised(outcome)
