"""Calling: a resolver with its arguments as Strawberry would give it, by a function made once a field.

Strawberry finds out anew at each call what the types of arguments are. What is out of the ordinary (extensions of the field, handlers of
exceptions, inputs that convert themselves) is left to it.
"""

from collections.abc import Callable
from dataclasses import MISSING
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo
from strawberry import UNSET
from strawberry.types.arguments import _is_leaf_type
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.field import StrawberryField

Call = Callable[[Any, GraphQLResolveInfo[Any], dict[str, Any]], Any]
"""Calls a resolver: for an object, with graphql-core's coerced arguments."""
Convert = Callable[[Any], Any]


class Unusual(Exception):
    """Strawberry converts this; we do not."""


def call_of(schema: strawberry.Schema, definition: GraphQLField) -> Call | None:
    """How to call a field's resolver directly; None where that is left to Strawberry."""
    field = definition.extensions.get("strawberry-definition")
    if type(field) is not StrawberryField or field.base_resolver is None or field.extensions or field.is_subscription:
        return None
    if schema.schema_converter._exception_handler_specs:
        return None
    inputs = Inputs(schema)
    try:
        names = schema.config.name_converter
        given = [(names.from_argument(one), one.python_name, inputs.convert_of(one.type)) for one in field.arguments]
    except Unusual:
        return None
    resolver = field.base_resolver
    takes_source = resolver.self_parameter is not None
    sources = [one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one is not None]
    info_name = resolver.info_parameter.name if resolver.info_parameter is not None else None
    make_info: Any = schema.config.info_class

    def call(source: Any, info: GraphQLResolveInfo[Any], coerced: dict[str, Any]) -> Any:
        arguments: dict[str, Any] = {}
        for name, python_name, convert in given:
            if name in coerced:
                value = coerced[name]
                arguments[python_name] = value if convert is None or value is None or value is UNSET else convert(value)
        for name in sources:
            arguments[name] = source
        if info_name is not None:
            arguments[info_name] = make_info(_raw_info=info, _field=field)
        return resolver(source, **arguments) if takes_source else resolver(**arguments)

    return call


class Inputs:
    """How coerced values of input types become what resolvers are given."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._names = schema.config.name_converter
        self._scalars = schema.schema_converter.scalar_registry
        self._made: dict[type, Convert] = {}

    def convert_of(self, type_: Any) -> Convert | None:
        """How a value that is there becomes what resolvers are given; None where it is that already. Raises Unusual."""
        if isinstance(type_, StrawberryMaybe):
            raise Unusual
        if isinstance(type_, StrawberryOptional):
            return self.convert_of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return self._list(type_.of_type)
        if type_ is not strawberry.relay.GlobalID and (_is_leaf_type(type_, self._scalars) or is_enum(type_)):
            return None
        definition = getattr(type_, "__strawberry_definition__", None)
        if not isinstance(definition, StrawberryObjectDefinition) or not definition.is_input or definition.from_input is not None:
            raise Unusual
        if hasattr(type_, "__post_init__"):  # what it raises, it is to raise where Strawberry calls it
            raise Unusual
        return self._made.get(type_) or self._object(type_, definition)

    def _list(self, type_: Any) -> Convert:
        convert = self.convert_of(type_)
        if convert is None:
            return list  # a copy: graphql-core gives the same default to every request
        return lambda items: [item if item is None or item is UNSET else convert(item) for item in items]

    def _object(self, type_: type, definition: StrawberryObjectDefinition) -> Convert:
        missing = dict.fromkeys(
            field.python_name for field in definition.fields if field.default_value is MISSING and field.default_factory is MISSING
        )
        fields: list[tuple[str, str, Convert | None]] = []

        def convert(given: Any) -> Any:
            values = dict(missing)
            for name, python_name, convert_field in fields:
                if name in given:
                    value = given[name]
                    values[python_name] = value if convert_field is None or value is None or value is UNSET else convert_field(value)
            return type_(**values)

        self._made[type_] = convert  # before its fields: an input may have inputs of its own type
        for field in definition.fields:
            convert_field = self.convert_of(field.resolve_type(type_definition=definition))
            fields.append((self._names.from_field(field), field.python_name, convert_field))
        return convert


def is_enum(type_: Any) -> bool:
    """Whether values are an enum's members, which graphql-core has found."""
    return isinstance(type_, type) and issubclass(type_, Enum)
