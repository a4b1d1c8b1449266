"""Whose answer an operation has, and how long it may be kept: read from what its fields declare, before it ever runs."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    default_field_resolver,
    get_named_type,
)
from strawberry.types.field import StrawberryField

from engine.declarations import CacheControl, CacheControlScope, declared
from engine.measure import Fragments


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Whether an answer is everybody's, and how old it may be: 0 is not kept at all."""

    is_public: bool
    max_age_ms: int = 0


PRIVATE = CachePolicy(is_public=False)


class CachePolicies:
    """What the fields of a schema declare of their answers."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def policy_of(self, operation: OperationDefinitionNode, fragments: Fragments) -> CachePolicy:
        """The policy of a valid operation.

        It is public when each of its root fields is declared so, and each field beneath that has a resolver of its own; plain data is as
        public as what it is part of. It may be as old as the least that its fields declare.
        """
        root = self._schema.get_root_type(operation.operation)
        if root is None or operation.operation is OperationType.MUTATION:
            return PRIVATE
        ages: list[int] = []
        rest: list[tuple[SelectionSetNode, GraphQLNamedType]] = [(operation.selection_set, root)]
        seen: set[str] = set()
        while rest:
            selection_set, parent = rest.pop()
            for selection in selection_set.selections:
                if isinstance(selection, FieldNode):
                    if (name := selection.name.value) == "__typename":
                        continue
                    if name.startswith("__"):  # the schema, which is everybody's and dear to tell
                        ages.append(1)
                        continue
                    for definition in self._definitions(parent, name):
                        control = declared(definition, CacheControl)
                        if control is not None and control.scope is CacheControlScope.PUBLIC:
                            ages.append(control.max_age)
                        elif control is not None or parent is root or not _is_plain(definition):
                            return PRIVATE
                    if selection.selection_set is not None:
                        rest.append((selection.selection_set, get_named_type(self._definition(parent, name).type)))
                elif isinstance(selection, InlineFragmentNode):
                    condition = selection.type_condition
                    rest.append((selection.selection_set, self._schema.type_map[condition.name.value] if condition else parent))
                elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in seen:
                    seen.add(name)
                    fragment = fragments[name]
                    rest.append((fragment.selection_set, self._schema.type_map[fragment.type_condition.name.value]))
        return CachePolicy(is_public=True, max_age_ms=min(ages, default=0) * 1000)

    def _definition(self, parent: GraphQLNamedType, name: str) -> GraphQLField:
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)  # the operation is valid
        field: GraphQLField = parent.fields[name]
        return field

    def _definitions(self, parent: GraphQLNamedType, name: str) -> Iterator[GraphQLField]:
        """The field and, of an interface, what each type makes of it: these are what runs."""
        yield self._definition(parent, name)
        if isinstance(parent, GraphQLInterfaceType):
            for kind in self._schema.get_possible_types(parent):
                yield kind.fields[name]


def _is_plain(definition: GraphQLField) -> bool:
    """Whether a field only reads its object: no resolver of its own, no permissions, no extensions."""
    field = definition.extensions.get("strawberry-definition")
    if isinstance(field, StrawberryField):
        return field.is_basic_field
    return definition.resolve is None or definition.resolve is default_field_resolver
