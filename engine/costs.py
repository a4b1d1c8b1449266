"""Costs: what an operation is worth before it runs, from what the schema declares of its fields and the page sizes that are asked for.

A field costs its `@cost` once for each object it is asked of; without one, what its type declares; else 1 where it answers objects and 0
where it answers a plain value.
What is selected in a list counts once for each thing in it, and a list without a `@cost` of its own costs 1 more for each. How many
there are says `@listSize`; lists that declare nothing are taken for short ones, so whatever can be long must declare it. Fields in
several type conditions all count, and so do skipped ones: the cost is a bound, and the same for each run.

Source: https://ibm.github.io/graphql-specs/cost-spec.html, with the cost of fields and of types added up.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from engine.declarations import Cost, ListSize, declared, declared_of
from engine.measure import MOST, Fragments

SHORT = 10
"""How many things a list that declares nothing is taken to hold."""

INTROSPECTION = {"__schema": 2_000.0, "__type": 100.0}
"""What asking for the schema costs, with all beneath: about what it takes beside reads of an ordinary page."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """How many things of a list are asked for, where variables say."""

    at_least: int | None
    """What the document and the defaults of the schema say already."""
    variables: tuple[tuple[str, int | None], ...]
    """Those that say how many, and what counts where one is missing."""
    otherwise: int
    """Where one is null or no number, and where nothing says."""

    def of(self, variables: Mapping[str, Any]) -> int:
        """The size for raw variables, of which nothing is checked yet."""
        most = self.at_least
        for name, default in self.variables:
            size = _size(variables[name], self.otherwise) if name in variables else default
            if size is not None and (most is None or size > most):
                most = size
        return self.otherwise if most is None else most


Size = int | PageSize


@dataclass(slots=True, eq=False)
class Term:
    """A sum: a number, and other terms, each so many times."""

    constant: float = 0.0
    parts: list[tuple[Size, "Term"]] = field(default_factory=list)

    def add(self, times: Size, term: "Term") -> None:
        """Add a term, which others may have added too, so many times; it must not change any more."""
        if not term.parts and term.constant == 0:
            return
        if isinstance(times, int) and not term.parts:
            self.constant = min(self.constant + times * term.constant, MOST)
        else:
            self.parts.append((times, term))

    def absorb(self, term: "Term") -> None:
        """Add a term that nobody else has added."""
        self.constant = min(self.constant + term.constant, MOST)
        self.parts += term.parts


class Price:
    """What an operation costs, as a sum over its variables' page sizes. A fragment's part is added up once, however often it is spread."""

    __slots__ = ("_steps", "constant")

    def __init__(self, whole: Term) -> None:
        self._steps: list[tuple[float, list[tuple[Size, int]]]] = []
        self._list(whole, {})
        self.constant: int | None = None if whole.parts else _rounded(whole.constant)
        """The cost where no variable matters."""

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """The cost for these raw variables; at least 1."""
        if self.constant is not None:
            return self.constant
        given = variables or {}
        values: list[float] = []
        for constant, parts in self._steps:
            total = constant
            for size, step in parts:
                total += (size if isinstance(size, int) else size.of(given)) * values[step]
            values.append(min(total, MOST))
        return _rounded(values[-1])

    def _list(self, term: Term, places: dict[int, int]) -> int:
        if (place := places.get(id(term))) is None:
            parts = [(size, self._list(part, places)) for size, part in term.parts]
            place = places[id(term)] = len(self._steps)
            self._steps.append((term.constant, parts))
        return place


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What a field of the schema declares."""

    weight: float
    item: float
    """For each thing in its list."""
    is_list: bool
    slicing: tuple[tuple[str, int | None], ...] = ()
    """The arguments that say how many are wanted, with their defaults."""
    unsaid: int = SHORT
    """How long its list is where they say null, or nothing: the assumed size, or an argument's default where that is more."""
    sized_fields: frozenset[str] = frozenset()
    """The fields beneath that are as long as this one's arguments say."""


class Prices:
    """What the fields of a schema cost."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """Read all declarations. Raises ValueError for one that makes no sense."""
        self._schema = schema
        self._fields = {
            (kind.name, name): _field_cost(f"{kind.name}.{name}", definition)
            for kind in schema.type_map.values()
            if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__")
            for name, definition in kind.fields.items()
        }

    def price_of(self, operation: OperationDefinitionNode, fragments: Fragments) -> Price:
        """The price of a valid operation."""
        return Price(_Pricing(self._schema, self._fields, operation, fragments).whole())


class _Pricing:
    """One operation's pricing. A fragment's part depends on its place only by what the field above it says of the lists in it."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fields: Mapping[tuple[str, str], FieldCost],
        operation: OperationDefinitionNode,
        fragments: Fragments,
    ) -> None:
        self._schema = schema
        self._fields = fields
        self._operation = operation
        self._fragments = fragments
        self._defaults = {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
        self._made: dict[tuple[str, frozenset[str]], tuple[Term, Term]] = {}

    def whole(self) -> Term:
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None  # the operation is valid
        return self._selected(self._operation.selection_set, root.name, frozenset())[0]

    def _selected(self, selection_set: SelectionSetNode, parent: str, sized: frozenset[str]) -> tuple[Term, Term]:
        """What a selection costs, and what it costs besides for each thing in the fields that are as long as the one above says."""
        once, each = Term(), Term()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                self._add_field(selection, parent, sized, once, each)
                continue
            if isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._selected(selection.selection_set, condition.name.value if condition else parent, sized)
                once.absorb(inner[0])
                each.absorb(inner[1])
            else:
                assert isinstance(selection, FragmentSpreadNode)
                inner = self._fragment(selection.name.value, sized)
                once.add(1, inner[0])
                each.add(1, inner[1])
        return once, each

    def _fragment(self, name: str, sized: frozenset[str]) -> tuple[Term, Term]:
        if (made := self._made.get((name, sized))) is None:
            fragment = self._fragments[name]
            made = self._made[name, sized] = self._selected(fragment.selection_set, fragment.type_condition.name.value, sized)
        return made

    def _add_field(self, node: FieldNode, parent: str, sized: frozenset[str], once: Term, each: Term) -> None:
        name = node.name.value
        if name.startswith("__"):
            once.constant += INTROSPECTION.get(name, 0.0)
            return
        cost = self._fields[parent, name]
        once.constant = min(once.constant + cost.weight, MOST)
        size = self._size(node, cost)
        inner = Term(cost.item)
        if node.selection_set is not None:
            kind = get_named_type(self._type_of(parent, name).type)
            below, below_each = self._selected(node.selection_set, kind.name, cost.sized_fields)
            inner.absorb(below)
            if cost.sized_fields:
                inner.add(size, below_each)
        if name in sized:
            each.absorb(inner)
        elif cost.is_list:
            once.add(size, inner)
        else:
            once.absorb(inner)

    def _type_of(self, parent: str, name: str) -> GraphQLField:
        kind = self._schema.type_map[parent]
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        definition: GraphQLField = kind.fields[name]
        return definition

    def _size(self, node: FieldNode, cost: FieldCost) -> Size:
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        known: list[int] = []
        variables: list[tuple[str, int | None]] = []
        for argument, default in cost.slicing:
            value = given.get(argument)
            if isinstance(value, VariableNode):
                variable = value.name.value
                variables.append((variable, _literal(self._defaults.get(variable), default, cost.unsaid)))
            elif (size := _literal(value, default, cost.unsaid)) is not None:
                known.append(size)
        at_least = max(known, default=None)
        if variables:
            return PageSize(at_least, tuple(variables), cost.unsaid)
        return cost.unsaid if at_least is None else at_least


def _field_cost(name: str, definition: GraphQLField) -> FieldCost:
    cost, sizes = declared(definition, Cost), declared(definition, ListSize)
    kind = get_named_type(definition.type)
    is_list = is_list_type(get_nullable_type(definition.type))
    of_type = declared_of(kind, Cost)
    usual = float(is_composite_type(kind)) if of_type is None else float(of_type.weight)
    weight = usual if cost is None else float(cost.weight)
    if not 0 <= weight <= MOST or not 0 <= usual <= MOST:
        raise ValueError(f"{name} declares a cost of {weight}.")
    item = usual if is_list and cost is None else 0.0
    if sizes is None:
        return FieldCost(weight, item, is_list)
    if unknown := [argument for argument in sizes.slicing_arguments or () if argument not in definition.args]:
        raise ValueError(f"{name} declares slicing arguments that it does not have: {', '.join(unknown)}.")
    slicing = tuple((argument, _size(definition.args[argument].default_value, None)) for argument in sizes.slicing_arguments or ())
    assumed = SHORT if sizes.assumed_size is None else max(0, sizes.assumed_size)
    unsaid = max([assumed, *(default for _, default in slicing if default is not None)])
    return FieldCost(weight, item, is_list, slicing, unsaid, frozenset(sizes.sized_fields or ()))


def _size(value: object, otherwise: int | None) -> int | None:
    """A page size as GraphQL would read an Int: 50 and 50.0, but neither true nor "50"."""
    if isinstance(value, bool) or not isinstance(value, int | float) or (isinstance(value, float) and not value.is_integer()):
        return otherwise
    return max(0, min(int(value), MOST))


def _literal(value: ValueNode | None, missing: int | None, otherwise: int) -> int | None:
    if not isinstance(value, IntValueNode):
        return missing if value is None else otherwise
    if len(value.value) > 10:  # no Int, and reading thousands of digits costs
        return MOST
    return _size(int(value.value), otherwise)


def _rounded(cost: float) -> int:
    return max(1, math.ceil(cost))
