"""Arguments: always what graphql-core makes of them, however often they are asked for."""

from typing import Any

import pytest
from graphql import FieldNode, GraphQLError, build_schema, parse
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values

from engine.arguments import Arguments

SCHEMA = build_schema("""
    enum Colour { RED GREEN }
    input Box { side: Int = 3, colours: [Colour!] }
    type Query {
        find(first: Int! = 20, text: String, colour: Colour = RED, box: Box = {side: 1}, many: [Int!], must: ID!): String
    }
""")
FIND = SCHEMA.type_map["Query"].fields["find"]  # type: ignore[attr-defined]
DECLARED = "$first: Int, $text: String, $colour: Colour, $box: Box, $must: ID!, $side: Int = 7"


@pytest.mark.parametrize(
    "given", [{}, {"first": 3, "text": "a", "colour": "GREEN", "box": {}}, {"first": None, "text": None, "side": None}]
)
@pytest.mark.parametrize(
    "written",
    [
        'must: "a"',
        "must: 1, first: 5, colour: GREEN, text: null",
        'must: "a", box: {side: 2, colours: [RED]}, many: [1, 2]',
        "must: $must",
        "must: $must, first: $first, text: $text, colour: $colour, box: $box",
        "must: $must, box: {side: $side}, many: [1]",
    ],
)
def test_they_are_what_graphql_core_coerces(written: str, given: dict[str, Any]) -> None:
    node, variables = asked(written, {"must": "m", **given})
    arguments = Arguments(FIND, node)

    for _ in range(3):
        assert outcome(lambda: arguments.of(variables, False)) == outcome(lambda: get_argument_values(FIND, node, variables))


def test_what_a_resolver_could_change_is_made_anew() -> None:
    node, variables = asked('must: "a", box: {side: 1}', {"must": "m"})
    arguments = Arguments(FIND, node)

    arguments.of(variables, False)["box"]["side"] = 100

    assert arguments.of(variables, False)["box"] == {"side": 1}


def asked(written: str, given: dict[str, Any]) -> tuple[FieldNode, VariableValues]:
    """The field as it stands in an operation, and the operation's variables."""
    operation: Any = parse(f"query ({DECLARED}) {{ find({written}) }}").definitions[0]
    variables = get_variable_values(SCHEMA, operation.variable_definitions, given)
    assert not isinstance(variables, list)
    return operation.selection_set.selections[0], variables


def outcome(of: Any) -> Any:
    """What it is, or what is wrong."""
    try:
        return of()
    except GraphQLError as error:
        return error.message
