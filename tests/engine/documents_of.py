"""Documents for any schema, drawn by Hypothesis: all that may be said of a selection, with arguments and variables that fit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationType,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType
SCALARS: Mapping[str, list[Any]] = {
    "String": ["some words", "", 'a "quoted" ☃'],
    "ID": ["1", "x"],
    "Int": [0, 1, 2, 3],
    "Float": [0.5, 2],
    "Boolean": [True, False],
}


@dataclass(frozen=True)
class Asked:
    """A document that is valid for its schema, and variables for it."""

    text: str
    variables: dict[str, Any]


@st.composite
def documents(
    draw: DrawFn,
    schema: GraphQLSchema,
    kind: OperationType = OperationType.QUERY,
    *,
    samples: Mapping[str, list[Any]] | None = None,
    depth: int = 5,
    without: frozenset[str] = frozenset(),
) -> Asked:
    """A document, without some fields. `samples` has values by the name of an argument (or `field.argument`), an input field or a type."""
    writer = Writer(draw, schema, {**SCALARS, **(samples or {})}, without)
    root = schema.get_root_type(kind)
    assert root is not None
    if kind is OperationType.SUBSCRIPTION:
        body = f"{{ {writer.field(root, depth, without_switches=True)} }}"
    else:
        body = writer.selection(root, depth)
    declared = f"({', '.join(writer.declared)})" if writer.declared else ""
    text = "\n".join([f"{kind.value} Asked{declared} {body}", *writer.fragments.values()])
    assume(not validate(schema, parse(text)))
    return Asked(text, writer.variables)


@dataclass
class Writer:
    """Writes one document."""

    draw: DrawFn
    schema: GraphQLSchema
    samples: Mapping[str, list[Any]]
    without: frozenset[str]
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    _of_type: dict[str, list[str]] = field(default_factory=dict)
    _arguments: dict[str, str] = field(default_factory=dict)

    def selection(self, type_: Composite, depth: int) -> str:
        """What is asked of a type, in braces."""
        return f"{{ {' '.join(self._part(type_, depth) for _ in range(self.draw(st.integers(1, 4))))} }}"

    def field(self, type_: Composite, depth: int, *, without_switches: bool = False) -> str:
        """One field, with all that is beneath it."""
        fields = {} if isinstance(type_, GraphQLUnionType) else type_.fields
        open_ = [
            name
            for name, known in fields.items()
            if name not in self.without and (depth > 0 or not is_composite_type(get_named_type(known.type)))
        ]
        if not open_ or (not without_switches and self._chance(8)):
            return f"{self._chosen('', 'kind: ')}__typename"
        name = self.draw(st.sampled_from(open_))
        known = fields[name]
        variant = self.draw(st.integers(0, 1)) if known.args else self.draw(st.sampled_from([0, 0, 0, 1]))
        key = f"{name}{variant or ''}{self._differently(name, known)}"
        if (arguments := self._arguments.get(key)) is None:
            arguments = self._arguments[key] = self._given(name, variant, known)
        switches = "" if without_switches else self._switches()
        named = get_named_type(known.type)
        beneath = f" {self.selection(named, depth - 1)}" if isinstance(named, Composite) else ""
        return f"{'' if key == name else f'{key}: '}{name}{arguments}{switches}{beneath}"

    def _part(self, type_: Composite, depth: int) -> str:
        match self.draw(st.integers(0, 11)) if depth > 0 else 0:
            case 11:
                return f"...{self._switches()} {self.selection(type_, depth - 1)}"
            case 9 | 10:
                return f"... on {(other := self._overlapping(type_)).name}{self._switches()} {self.selection(other, depth - 1)}"
            case 8:
                return f"...{self._fragment(self._overlapping(type_), depth - 1)}{self._switches()}"
            case 5 | 6 | 7 if not isinstance(type_, GraphQLObjectType):
                return f"... on {(other := self._overlapping(type_)).name} {self.selection(other, depth - 1)}"
            case _:
                return self.field(type_, depth)

    def _fragment(self, type_: Composite, depth: int) -> str:
        known = self._of_type.setdefault(type_.name, [])
        if known and self._chance(2):
            return self.draw(st.sampled_from(known))
        body = self.selection(type_, depth)  # written first: it may not name itself
        name = f"Part{len(self.fragments)}"
        self.fragments[name] = f"fragment {name} on {type_.name} {body}"
        known.append(name)
        return name

    def _overlapping(self, type_: Composite) -> Composite:
        """A type some of whose values are of this type too."""
        mine = set(self._possible(type_))
        others = [
            other
            for other in self.schema.type_map.values()
            if isinstance(other, Composite) and not other.name.startswith("__") and mine & set(self._possible(other))
        ]
        return self.draw(st.sampled_from([*others, type_]))

    def _possible(self, type_: Composite) -> list[GraphQLObjectType]:
        return [type_] if isinstance(type_, GraphQLObjectType) else list(self.schema.get_possible_types(type_))

    def _differently(self, name: str, known: GraphQLField) -> str:
        """Something to tell fields of one name by whose types are not the same: they must not be answered under one key."""
        types = {
            str(fields[name].type)
            for type_ in self.schema.type_map.values()
            if name in (fields := getattr(type_, "fields", {})) and is_composite_type(type_)
        }
        return f"_{sorted(types).index(str(known.type))}" if len(types) > 1 else ""

    def _given(self, field_name: str, variant: int, known: GraphQLField) -> str:
        """The arguments of a field, which are the same wherever it has the same key."""
        given = []
        for name, argument in known.args.items():
            if is_required_argument(argument) or (variant and self._chance(2)):
                full_name = f"{field_name}.{name}"
                given.append(f"{name}: {self._argument(argument.type, full_name if full_name in self.samples else name)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, type_: GraphQLInputType, name: str) -> str:
        literal, value = self._value(type_, name)
        if not self._chance(2):
            return literal
        variable = f"v{len(self.declared)}"
        if isinstance(type_, GraphQLNonNull) or not self._chance(3):
            self.declared.append(f"${variable}: {type_}")
            if isinstance(type_, GraphQLNonNull) or not self._chance(4):
                self.variables[variable] = value
        else:
            self.declared.append(f"${variable}: {type_} = {literal}")
            if self._chance(2):
                self.variables[variable] = None
        return f"${variable}"

    def _value(self, type_: GraphQLInputType, name: str) -> tuple[str, Any]:
        """A value as it is written in a document, and in variables."""
        if isinstance(type_, GraphQLNonNull):
            return self._value(type_.of_type, name)
        if isinstance(type_, GraphQLList):
            items = [self._value(type_.of_type, name) for _ in range(self.draw(st.integers(0, 2)))]
            return f"[{', '.join(literal for literal, _ in items)}]", [value for _, value in items]
        if isinstance(type_, GraphQLInputObjectType):
            fields = {
                key: self._value(known.type, key)
                for key, known in type_.fields.items()
                if is_required_input_field(known) or (get_named_type(known.type) is not type_ and self._chance(2))
            }
            written = ", ".join(f"{key}: {literal}" for key, (literal, _) in fields.items())
            return f"{{{written}}}", {key: value for key, (_, value) in fields.items()}
        if isinstance(type_, GraphQLEnumType):
            value = self.draw(st.sampled_from(sorted(type_.values)))
            return value, value
        known_values = self.samples.get(name) or self.samples.get(named(type_).name) or ["x"]
        value = self.draw(st.sampled_from(known_values))
        return json.dumps(value, ensure_ascii=False), value

    def _switches(self) -> str:
        """`@skip`, `@include`, both; mostly neither."""
        written = ""
        for name in ("skip", "include"):
            if self._chance(10):
                written += f" @{name}(if: {self._switch()})"
        return written

    def _switch(self) -> str:
        if self._chance(3):
            return self._chosen("true", "false")
        name = self._chosen("b0", "b1")
        if name not in self.variables:
            self.declared.append(f"${name}: Boolean!")
            self.variables[name] = self.draw(st.booleans())
        return f"${name}"

    def _chosen(self, one: str, other: str) -> str:
        return self.draw(st.sampled_from([one, other]))

    def _chance(self, of: int) -> bool:
        """Once in so many times."""
        return self.draw(st.integers(1, of)) == of


def named(type_: GraphQLInputType) -> GraphQLNamedType:
    """The type within lists and the like."""
    found: GraphQLNamedType = get_named_type(type_)
    return found
