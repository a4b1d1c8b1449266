"""Plans: a whole operation run from compiled parts, level by level.

The fields of a level that have resolvers are all asked before the next level is looked at: a batched one once for all objects, the others
once for each, and those that must be waited for are waited for together.
"""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from inspect import iscoroutine
from typing import Any, NamedTuple, Protocol, cast

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    OperationType,
)
from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet, collect_fields
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from strawberry import Info

from engine.arguments import Arguments
from engine.batching import many_of
from engine.calling import call_of
from engine.compiling import Compiler, Mismatch, Site, Unusual
from engine.lasting import Shelf
from engine.switches import switches_of
from engine.variables import Variables
from engine.waiting import gathered, heard, raised

Place = tuple[Any, dict[str, Any]]
"""An object whose field is to be resolved, and the answer that has room for it."""
Pending = list[list[Place]]

VARIANTS_MOST = 16
"""So many choices of what `@skip` and `@include` leave in are compiled; further ones are run by graphql-core."""


class Waits(Exception):
    """Something of the answer must be waited for, where it was wanted at once."""


class Awaited(NamedTuple):
    """What must be waited for, and the places that it fills."""

    site: Site
    places: list[Place]
    values: Awaitable[Any]
    is_batch: bool


@dataclass(eq=False, slots=True)
class Outcomes:
    """What has come of an operation's root fields, by their keys, so that none is resolved again."""

    values: dict[str, Any] = field(default_factory=dict)
    """What they resolved to, or raised."""
    awaited: set[str] = field(default_factory=set)
    """Those that had to be waited for."""
    answers: dict[str, Any] = field(default_factory=dict)
    """A mutation's, answered wholly before the next began: what they show must not be of a later time."""


class Running(Protocol):
    """What is known of a run: graphql-core's executor is one."""

    root_value: Any
    variable_values: VariableValues
    hide_suggestions: bool

    def is_awaitable(self, value: Any, /) -> bool:
        """Whether a value has to be waited for."""
        ...

    def build_resolve_info(
        self, field_def: GraphQLField, field_nodes: list[FieldNode], parent_type: GraphQLObjectType, path: Path
    ) -> GraphQLResolveInfo[Any]:
        """What a resolver is told."""
        ...


class Plans:
    """The plans of one operation: one for each choice of what its `@skip` and `@include` leave in."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        """With a shelf for what lasts, answers are only good for being encoded."""
        self._shelf = shelf
        self._switches: tuple[str, ...] | None = None
        self._is_unusual = False
        self._known: dict[tuple[Any, ...], Plan | None] = {}
        self.variables: Variables | None = None
        """How the operation's variables are coerced, once it was run."""

    def of(self, executor: Executor[Any]) -> "Plan | None":
        """The plan for a run with its variables; None where graphql-core has to do it."""
        if self._switches is None:
            self._read(executor)
        assert self._switches is not None
        if self._is_unusual or (executor.middleware_manager and executor.middleware_manager.middlewares):
            return None
        if executor.abort_signal is not None or executor.hooks is not None:
            return None
        choice = self._choice(executor.variable_values)
        if choice not in self._known:
            if len(self._known) >= VARIANTS_MOST:
                return None
            self._known[choice] = self._compiled(executor)
        return self._known[choice]

    def ready(self, variables: VariableValues) -> "Plan | None":
        """The plan for these variables, where it was compiled before."""
        if self._switches is None or self._is_unusual:
            return None
        return self._known.get(self._choice(variables))

    def _choice(self, variables: VariableValues) -> tuple[Any, ...]:
        return tuple([variables.coerced.get(name) for name in self._switches]) if self._switches else ()

    def _read(self, executor: Executor[Any]) -> None:
        try:
            self._switches = switches_of(executor.operation, executor.fragment_definitions)
        except Unusual:
            self._switches, self._is_unusual = (), True

    def _compiled(self, executor: Executor[Any]) -> "Plan | None":
        try:
            return Plan(executor, self._shelf)
        except Exception:  # Unusual, mostly; what is wrong with the operation, or too much for Python's compiler, graphql-core can tell
            return None


class Plan:
    """One operation, compiled; good for all variables that leave the same fields in."""

    def __init__(self, executor: Executor[Any], shelf: Shelf | None = None) -> None:
        root = executor.schema.get_root_type(executor.operation.operation)
        if root is None:
            raise Unusual("there is no such root type")
        fields = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, executor.operation, True)

        def collect(type_: GraphQLObjectType, details: list[FieldDetails]) -> GroupedFieldSet:
            return executor.collect_subfields(type_, details).grouped_field_set

        compiler = Compiler(executor.schema.get_possible_types, collect, shelf)
        self._template: dict[str, Any] = {}
        self._root_sites: list[Site] = []
        for key, details in fields.grouped_field_set.items():
            name = details[0].node.name.value
            if name == "__typename":
                self._template[key] = root.name
            elif (definition := root.fields.get(name)) is None:  # `__schema` and `__type`
                raise Unusual(f"{root.name} has no {name} of its own")
            else:
                self._template[key] = None
                self._root_sites.append(compiler.site(key, root, definition, details))
        self.operation = executor.operation
        self.fragment_definitions = executor.fragment_definitions
        self._sites = compiler.compile()
        self._paths = [path_of(site) for site in self._sites]
        self._arguments = [Arguments(site.definition, site.details[0].node) for site in self._sites]
        self._info_class: type[Info[Any, Any]] = executor.schema.extensions["strawberry-definition"].config.info_class
        schema: strawberry.Schema = executor.schema.extensions["strawberry-definition"]
        self._calls = [call_of(schema, site.definition) for site in self._sites]
        self._many = [None if site.definition.args else many_of(site.definition) for site in self._sites]

    async def answer(self, executor: Running, outcomes: Outcomes) -> dict[str, Any]:
        """The data of a query or mutation. Raises whatever is unusual."""
        is_mutation = self.operation.operation is OperationType.MUTATION
        return await (self._run_serially if is_mutation else self._run)(executor, outcomes)

    async def _run(self, executor: Running, outcomes: Outcomes) -> dict[str, Any]:
        awaited = []
        for site in self._root_sites:
            try:
                value = self._resolve_root(executor, site)
            except Exception as error:
                value = error
            if executor.is_awaitable(value):
                awaited.append((site, value))
                outcomes.awaited.add(site.key)
            outcomes.values[site.key] = value
        for (site, _), outcome in zip(awaited, await gathered([value for _, value in awaited]), strict=True):
            outcomes.values[site.key] = outcome
        data, pending = self._begin()
        for site in self._root_sites:
            data[site.key] = site.complete(raised(outcomes.values[site.key]), pending)
        await self._settle(executor, pending)
        return data

    async def _run_serially(self, executor: Running, outcomes: Outcomes) -> dict[str, Any]:
        """Each root field is answered wholly before the next begins."""
        data, pending = self._begin()
        for site in self._root_sites:
            try:
                value = self._resolve_root(executor, site)
                if executor.is_awaitable(value):
                    outcomes.awaited.add(site.key)
                    value = await value
            except Exception as error:
                outcomes.values[site.key] = error
                raise
            outcomes.values[site.key] = value
            data[site.key] = site.complete(raised(value), pending)
            await self._settle(executor, pending)
            outcomes.answers[site.key] = data[site.key]
        return data

    def run_at_once(self, executor: Running) -> dict[str, Any]:
        """The data of an event of a subscription; raises Waits where something of it must be waited for, and whatever is unusual."""
        data, pending = self._begin()
        for site in self._root_sites:
            data[site.key] = site.complete(self._resolve_root(executor, site), pending)
        for _ in self._levels(executor, pending):
            raise Waits
        return data

    def _begin(self) -> tuple[dict[str, Any], Pending]:
        return dict(self._template), [[] for _ in self._sites]

    async def _settle(self, executor: Running, pending: Pending) -> None:
        for awaited in self._levels(executor, pending):
            outcomes = await gathered([one.values for one in awaited])
            for one, outcome in zip(awaited, outcomes, strict=True):
                fill(one.site, one.places, raised(outcome) if one.is_batch else [raised(outcome)], pending)

    def _levels(self, executor: Running, pending: Pending) -> Iterator[list[Awaited]]:
        """Resolves all that can be at once, and gives what must be waited for, to be completed before the next is looked at."""
        awaited: list[Awaited] = []
        try:
            while open_sites := [site for site in self._sites if pending[site.number]]:
                while open_sites:  # what these give may open others, which then are waited for together with them
                    for site in open_sites:
                        self._resolve(executor, site, pending, awaited)
                    open_sites = [site for site in self._sites if pending[site.number]]
                if awaited:
                    yield awaited
                    awaited = []
        finally:
            for one in awaited:  # which nobody will wait for
                if iscoroutine(one.values):
                    one.values.close()
                elif asyncio.isfuture(one.values):
                    one.values.add_done_callback(heard)

    def _resolve(self, executor: Running, site: Site, pending: Pending, awaited: list[Awaited]) -> None:
        places, pending[site.number] = pending[site.number], []
        info = self._info(executor, site)
        if (many := self._many[site.number]) is not None:
            field = site.definition.extensions["strawberry-definition"]
            values = many([parent for parent, _ in places], self._info_class(_raw_info=info, _field=field))
            if type(values) is list:
                fill(site, places, values, pending)
            else:
                awaited.append(Awaited(site, places, cast("Awaitable[Any]", values), True))
            return
        call, resolve, arguments = self._calls[site.number], site.definition.resolve, self._given(executor, site)
        assert resolve is not None
        for place in places:
            value = call(place[0], info, arguments) if call is not None else resolve(place[0], info, **arguments)
            if executor.is_awaitable(value):
                awaited.append(Awaited(site, [place], value, False))
            else:
                place[1][site.key] = site.complete(value, pending)

    def _resolve_root(self, executor: Running, site: Site) -> Any:
        info, arguments = self._info(executor, site), self._given(executor, site)
        if (call := self._calls[site.number]) is not None:
            return call(executor.root_value, info, arguments)
        assert site.definition.resolve is not None
        return site.definition.resolve(executor.root_value, info, **arguments)

    def _given(self, executor: Running, site: Site) -> dict[str, Any]:
        return self._arguments[site.number].of(executor.variable_values, executor.hide_suggestions)

    def _info(self, executor: Running, site: Site) -> GraphQLResolveInfo[Any]:
        """As graphql-core's, but for the path: it has no positions in lists."""
        nodes = [details.node for details in site.details]
        return executor.build_resolve_info(site.definition, nodes, site.parent_type, self._paths[site.number])


def fill(site: Site, places: list[Place], values: Sequence[Any], pending: Pending) -> None:
    """Complete the values of a field into the answers that have room for them."""
    if len(values) != len(places):
        raise Mismatch
    complete, key = site.complete, site.key
    for (_, answer), value in zip(places, values, strict=True):
        answer[key] = complete(value, pending)


def path_of(site: Site) -> Path:
    """Where a field is in the answer, but for positions in lists."""
    return Path(path_of(site.above) if site.above is not None else None, site.key, site.parent_type.name)
