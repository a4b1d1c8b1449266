"""The executor: all that the edge asks of GraphQL. `engine.Engine` is one; others wrap it to count, time and trace."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

from strawberry.types.execution import ExecutionResult

from engine.engine import MakeContext
from engine.micro_cache import SharedResult
from engine.operations import Operation, PreparedOperation


class Executor(Protocol):
    """Prepares what clients send, and runs it."""

    @property
    def cost_limit(self) -> int:
        """What an operation may cost at most; 0 is no limit."""
        ...

    @property
    def max_age_s(self) -> float:
        """How old an answer may be that is kept for all."""
        ...

    def known(self, operation: Operation) -> PreparedOperation | None:
        """What an operation was prepared to before; at once."""
        ...

    def prepare(self, operation: Operation) -> PreparedOperation:
        """Make an operation ready to be run; raises `engine.refusals.Refused` where it is wrong, or more than anybody may ask for."""
        ...

    def check(self, prepared: PreparedOperation, variables: Mapping[str, Any] | None) -> int:
        """What it costs with its variables; raises Refused where that is too much."""
        ...

    async def execute(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext, public: MakeContext | None = None
    ) -> ExecutionResult:
        """Run a query or a mutation. With `public`, what everybody may see may be answered once for several who ask."""
        ...

    def kept(self, prepared: PreparedOperation, variables: dict[str, Any] | None) -> SharedResult | None:
        """What `execute` would answer everybody without running anything, at once; None also where it has to be seen running."""
        ...

    def subscribe(
        self, prepared: PreparedOperation, variables: dict[str, Any] | None, context: MakeContext
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run a subscription. Closing the generator closes the resolver's."""
        ...
