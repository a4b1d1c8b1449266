"""Validation as Strawberry does it: the rules of GraphQL, and Strawberry's own for what it adds to them.

Uses `strawberry.schema.validation_rules`, which Strawberry does not promise to keep; a test compares with what its `execute` refuses.
"""

from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    NameNode,
    NoFragmentCyclesRule,
    NonNullTypeNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

ERRORS_MOST = 5
"""How many mistakes are told at once: finding names that somebody may have meant costs most where there are many."""


ANY = NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="Any")))


class OneOfRule(OneOfInputValidationRule):
    """Strawberry's rule, with the variables of the whole document.

    Its own fails on fragments that stand before operations, and on unknown variables.
    """

    def enter_document(self, node: DocumentNode, *_args: Any) -> None:
        self.variable_definitions = _Variables()
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                for variable in definition.variable_definitions or ():
                    name = variable.variable.name.value
                    if name not in self.variable_definitions or not isinstance(variable.type, NonNullTypeNode):
                        self.variable_definitions[name] = variable  # one operation where it may be null is enough

    def enter_operation_definition(self, *_args: Any) -> None:
        """Nothing: the document was looked at."""

    def enter_variable_definition(self, *_args: Any) -> None:
        """Nothing: the document was looked at."""


class _Variables(dict[str, VariableDefinitionNode]):
    """Variables by name. Of one that is not declared another rule tells."""

    def __missing__(self, name: str) -> VariableDefinitionNode:
        return VariableDefinitionNode(variable=VariableNode(name=NameNode(value=name)), type=ANY)


RULES: tuple[type[ASTValidationRule], ...] = (*specified_rules, MaybeNullValidationRule, OneOfRule)


def errors_in(schema: GraphQLSchema, document: DocumentNode, *, introspection: bool, is_cyclic: bool) -> list[GraphQLError]:
    """What is wrong with a document, the first mistakes of it. Of one whose fragments are cyclic, only that is told."""
    if is_cyclic:
        rules: tuple[type[ASTValidationRule], ...] = (NoFragmentCyclesRule,)
    else:
        rules = RULES if introspection else (*RULES, NoSchemaIntrospectionCustomRule)
    return validate(schema, document, rules, max_errors=ERRORS_MOST, hide_suggestions=not introspection)
