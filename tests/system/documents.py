"""Operations made from `schema.graphql`: one for each field that takes arguments, with variables that make sense and can be spoiled."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from tests.system.running import ROOT

SCHEMA = build_schema((ROOT / "schema" / "schema.graphql").read_text())
Path = tuple[str | int, ...]
SCALARS: Mapping[str, Any] = {
    "String": "some words",
    "Int": 1,
    "Float": 1.0,
    "Boolean": False,
    "BigInt": 1000,
    "Decimal": "10.00",
    "DateTime": "2031-05-01T19:30:00Z",
    "Date": "2031-05-01",
}


@dataclass(frozen=True)
class Operation:
    """One field asked, and what it is asked with."""

    kind: str
    name: str
    document: str
    variables: dict[str, Any]
    arguments: dict[str, GraphQLInputType]

    def leaves(self, of: str | None = None) -> list[Path]:
        """Where in the variables a scalar or enum stands, or only those of one scalar."""
        paths = (
            path for name, kind in self.arguments.items() if name in self.variables for path in leaves(kind, self.variables[name], (name,))
        )
        return [path for path, kind in paths if of in (None, kind)]

    def spoiled(self, path: Path, value: object) -> dict[str, Any]:
        """The variables with another value in one place."""
        variables = deepcopy(self.variables)
        place: Any = variables
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        return variables

    def without(self) -> Iterator[dict[str, Any]]:
        """The variables, each time without one that must be there."""
        for name, kind in self.arguments.items():
            for path in required(kind, self.variables.get(name), (name,)):
                variables = deepcopy(self.variables)
                place: Any = variables
                for step in path[:-1]:
                    place = place[step]
                del place[path[-1]]
                yield variables


def operations(samples: Mapping[str, Any]) -> list[Operation]:
    """An operation for every field that takes arguments. `samples` says what to ask with: by `field.argument`, by name, or by type."""
    made = []
    for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type), ("subscription", SCHEMA.subscription_type)):
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            if field.args:
                made.append(operation(kind, name, field, samples))
    return made


def operation(kind: str, name: str, field: GraphQLField, samples: Mapping[str, Any]) -> Operation:
    """All arguments of a field as variables, and the least of its answer that tells how it went."""
    arguments = {argument: known.type for argument, known in field.args.items()}
    declared = ", ".join(f"${argument}: {known}" for argument, known in arguments.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in arguments)
    variables = {argument: sample(known, argument, samples, f"{name}.{argument}") for argument, known in arguments.items()}
    document = f"{kind} ({declared}) {{ {name}({given}) {selection(field.type)} }}"
    return Operation(kind, name, document, variables, arguments)


def selection(output: GraphQLOutputType) -> str:
    """The least that can be asked of a type."""
    named = get_named_type(output)
    if is_leaf_type(named):
        return ""
    refusal = " ... on Refusal { code message }" if isinstance(named, GraphQLUnionType) else ""
    return f"{{ __typename{refusal} }}"


def sample(kind: GraphQLInputType, name: str, samples: Mapping[str, Any], full_name: str) -> Any:
    """A value that makes sense."""
    for known in (full_name, name, str(kind)):
        if known in samples:
            return deepcopy(samples[known])
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, name, samples, full_name)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, name, samples, full_name)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {field: sample(known.type, field, samples, f"{kind.name}.{field}") for field, known in kind.fields.items()}
    return SCALARS[str(kind)]


def leaves(kind: GraphQLInputType, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every scalar and enum in a value, with its type's name."""
    if isinstance(kind, GraphQLNonNull):
        yield from leaves(kind.of_type, value, path)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        for position, item in enumerate(value):
            yield from leaves(kind.of_type, item, (*path, position))
    elif isinstance(kind, GraphQLInputObjectType):
        for name, item in value.items():
            yield from leaves(kind.fields[name].type, item, (*path, name))
    else:
        yield path, str(kind)


def required(kind: GraphQLInputType, value: Any, path: Path) -> Iterator[Path]:
    """Everything in a value that must not be left out."""
    if isinstance(kind, GraphQLNonNull):
        if isinstance(path[-1], str):
            yield path
        kind = kind.of_type
    if value is None:
        return
    if isinstance(kind, GraphQLList):
        for position, item in enumerate(value):
            yield from required(kind.of_type, item, (*path, position))
    elif isinstance(kind, GraphQLInputObjectType):
        for name, known in kind.fields.items():
            if name in value and (known.default_value is None or not isinstance(known.type, GraphQLNonNull)):
                yield from required(known.type, value[name], (*path, name))
