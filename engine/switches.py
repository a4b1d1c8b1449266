"""Switches: the variables that decide, by `@skip` and `@include`, which fields of an operation are answered."""

from collections.abc import Mapping, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
)

from engine.compiling import Unusual

SWITCHES = frozenset(("skip", "include"))


def switches_of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[str, ...]:
    """The variables by which an operation leaves fields in or out. Raises Unusual for other directives and such."""
    names: dict[str, None] = {}
    if operation.directives:
        raise Unusual("the operation has directives")
    rest: list[Sequence[SelectionNode]] = [operation.selection_set.selections]
    for fragment in fragments.values():
        if fragment.directives or fragment.variable_definitions:
            raise Unusual("a fragment has directives or variables")
        rest.append(fragment.selection_set.selections)
    while rest:
        for selection in rest.pop():
            for directive in selection.directives or ():
                if directive.name.value not in SWITCHES:
                    raise Unusual(f"@{directive.name.value}")
                names |= {given.value.name.value: None for given in directive.arguments or () if isinstance(given.value, VariableNode)}
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                rest.append(selection.selection_set.selections)
            else:
                assert isinstance(selection, FieldNode | FragmentSpreadNode)
    return tuple(names)
