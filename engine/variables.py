"""Variables: coerced as graphql-core does it, by functions made once an operation. What is wrong with a value, graphql-core will tell."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    coerce_input_literal,
    coerce_input_value,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

Coerce = Callable[[Any], Any]
AS_THEY_ARE = frozenset((GraphQLString, GraphQLID))
"""Scalars whose values are text, and stay what they are where they are text."""


class Unusual(Exception):
    """A value, or a type, that graphql-core has to look at."""


class Variables:
    """One operation's variables."""

    def __init__(self, schema: GraphQLSchema, nodes: Sequence[VariableDefinitionNode], max_errors: int) -> None:
        self._schema = schema
        self._nodes = nodes
        self._max_errors = max_errors
        self._known: list[tuple[str, bool, Coerce, VariableValueSource]] | None = None
        """Name, whether it must be given, how it is coerced, and what graphql-core knows of it where it is not given."""
        self._is_unusual = False

    def coerced(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or what is wrong with them."""
        if self._known is None and not self._is_unusual:
            self._learn(given)
        if self._known is not None:
            try:
                return self._coerced(self._known, given)
            except Exception:  # Unusual, or what a scalar says of a wrong value
                pass
        return get_variable_values(self._schema, self._nodes, given, max_errors=self._max_errors)

    def _learn(self, given: dict[str, Any]) -> None:
        """Once graphql-core has found nothing wrong with the definitions, which it looks at each time."""
        values = get_variable_values(self._schema, self._nodes, given, max_errors=self._max_errors)
        if isinstance(values, list):
            return
        try:
            coercions, self._known = Coercions(), []
            for name, source in values.sources.items():
                if source.signature.default is not None:
                    raise Unusual
                type_ = source.signature.type
                self._known.append((name, isinstance(type_, GraphQLNonNull), coercions.of(type_), VariableValueSource(source.signature)))
        except Unusual:
            self._known, self._is_unusual = None, True

    def _coerced(self, known: list[tuple[str, bool, Coerce, VariableValueSource]], given: dict[str, Any]) -> VariableValues:
        sources, coerced = {}, {}
        for name, is_needed, coerce, source in known:
            if name in given:
                value = given[name]
                coerced[name] = coerce(value)
                source = VariableValueSource(source.signature, value)
            elif is_needed:
                raise Unusual
            sources[name] = source
        return VariableValues(sources, coerced)


class Coercions:
    """How values of types are coerced: functions that raise where a value is not as it is mostly. An input beneath itself is Unusual."""

    def __init__(self) -> None:
        self._made: dict[str, Coerce | None] = {}
        """By the names of inputs; None while one is being made."""

    def of(self, type_: GraphQLInputType) -> Coerce:
        """How a value of a type is coerced. Raises Unusual."""
        if isinstance(type_, GraphQLNonNull):
            return needed(self._something(type_.of_type))
        return optional(self._something(type_))

    def _something(self, type_: Any) -> Coerce:
        match type_:
            case GraphQLScalarType() | GraphQLEnumType():
                return leaf(type_)
            case GraphQLList():
                return list_of(self.of(type_.of_type))
            case GraphQLInputObjectType() if type_.name not in self._made:
                self._made[type_.name] = None
                made = self._made[type_.name] = self._object(type_)
                return made
            case GraphQLInputObjectType() if (made_before := self._made[type_.name]) is not None:
                return made_before
            case _:
                raise Unusual

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        fields = [(name, one.out_name or name, self.of(one.type), default_of(one)) for name, one in type_.fields.items()]
        names = type_.fields.keys()
        is_one_of, make = type_.is_one_of, type_.out_type

        def coerce_object(value: Any) -> Any:
            if type(value) is not dict or not value.keys() <= names:
                raise Unusual
            coerced = {}
            for name, out, coerce, default in fields:
                if name in value:
                    coerced[out] = coerce(value[name])
                elif default is MISSING:
                    raise Unusual
                elif default is not Undefined:
                    coerced[out] = default
            if is_one_of and (len(coerced) != 1 or None in coerced.values()):
                raise Unusual
            return make(coerced)

        return coerce_object


def default_of(field: GraphQLInputField) -> Any:
    """What stands in the place of a value that is not given: Undefined for none, MISSING where graphql-core has to look at it."""
    if field.default is None:
        default = field.default_value
    elif field.default.literal is not None:
        default = coerce_input_literal(field.default.literal, field.type)
    else:
        default = coerce_input_value(field.default.value, field.type)
    if default is Undefined:
        return MISSING if isinstance(field.type, GraphQLNonNull) or field.default is not None else Undefined
    return default if default is None or type(default) in (str, int, float, bool) else MISSING


def needed(coerce: Coerce) -> Coerce:
    """For what must not be null."""

    def coerce_needed(value: Any) -> Any:
        if value is None:
            raise Unusual
        return coerce(value)

    return coerce_needed


def optional(coerce: Coerce) -> Coerce:
    """For what may be null."""
    return lambda value: None if value is None else coerce(value)


def leaf(type_: GraphQLScalarType | GraphQLEnumType) -> Coerce:
    """For scalars and enums."""
    coerce, is_text = type_.coerce_input_value, type_ in AS_THEY_ARE

    def coerce_leaf(value: Any) -> Any:
        if is_text and type(value) is str:
            return value
        coerced = coerce(value)
        if coerced is Undefined:
            raise Unusual
        return coerced

    return coerce_leaf


def list_of(coerce: Coerce) -> Coerce:
    """For lists. What is none, and stands for a list of one, is left to graphql-core."""

    def coerce_list(value: Any) -> Any:
        if type(value) is not list:
            raise Unusual
        return [coerce(item) for item in value]

    return coerce_list
