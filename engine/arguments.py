"""Arguments: what a field is given, coerced as graphql-core does it. What is the same in every run is worked out once."""

from enum import Enum
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    GraphQLError,
    GraphQLField,
    IntValueNode,
    NullValueNode,
    StringValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values

LITERALS = (IntValueNode, FloatValueNode, StringValueNode, BooleanValueNode, NullValueNode, EnumValueNode)
UNCHANGING = (str, int, float, bool, type(None), Enum)
"""What a resolver may be given again and again: nobody can change it."""


class Arguments:
    """The arguments of a field at one place of an operation."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._variables: list[tuple[str, str]] = []
        self._fixed = self._learn()

    def of(self, variables: VariableValues, hide_suggestions: bool) -> dict[str, Any]:
        """What the field is given in one run, for reading alone. Raises GraphQLError where that cannot be."""
        fixed = self._fixed
        if fixed is not None:
            if not self._variables:
                return fixed
            arguments, coerced = dict(fixed), variables.coerced
            for name, variable in self._variables:
                if (value := coerced.get(variable)) is None:  # not given, or null: its default may stand for it, or it may be wrong
                    break
                arguments[name] = value
            else:
                return arguments
        return get_argument_values(self._definition, self._node, variables, None, hide_suggestions)

    def _learn(self) -> dict[str, Any] | None:
        """What no variable changes; None where graphql-core has to look at the arguments each time."""
        args, literals = dict(self._definition.args), []
        for given in self._node.arguments or ():
            name = given.name.value
            if isinstance(given.value, VariableNode) and name in args:
                self._variables.append((args.pop(name).out_name or name, given.value.name.value))
            elif isinstance(given.value, LITERALS):
                literals.append(given)
            else:
                return None
        try:
            node = FieldNode(name=self._node.name, arguments=tuple(literals))
            fixed = get_argument_values(GraphQLField(self._definition.type, args), node)
        except GraphQLError:
            return None
        return fixed if all(isinstance(value, UNCHANGING) for value in fixed.values()) else None
