"""Compiling: from the selection beneath a field to one Python function that completes its values.

The function builds what graphql-core would, for values that are plain: exact built-in types, lists, objects of exactly the class that the
schema names. At anything else it raises, and graphql-core completes the same value in its own way, errors, paths and nulls included. Fields
with a resolver of their own are left open: a place in the answer is kept for each, and `engine.plans` fills it. What lasts
(`engine.lasting`) is not completed again where that was done before: beside it in the same run, or, with a shelf, for any answer.

What it leans on beyond documented behaviour is listed in `tests/engine/test_private_imports.py`, which tells when an upgrade changes it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
)
from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from engine.lasting import FORMS, Shelf, lasting_of

Complete = Callable[[Any, list[list[tuple[Any, dict[str, Any]]]]], Any]
"""Completes a value; notes in the second argument, by the number of a site, each object whose field is still to be resolved."""
Collect = Callable[[GraphQLObjectType, list[FieldDetails]], GroupedFieldSet]

PASSED_THROUGH = {
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "type({v}) is bool",
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "type({v}) is float and {v} - {v} == 0.0",
}
"""Values that graphql-core's own scalars leave as they are."""
INDENT = "    "
CLASSES_MOST = 100
"""How many classes an abstract type, and all of a plan's together, may have: each is compiled by itself."""
FIELDS_MOST = 5000
"""How many fields a plan may have: fragments within fragments can be few words and very many fields."""


class Unusual(Exception):
    """What is asked for is not compiled; graphql-core runs it."""


class Mismatch(Exception):
    """A value is not what the compiled function is made for."""


@dataclass(eq=False, slots=True)
class Site:
    """A field with a resolver at one place of an operation."""

    number: int
    key: str
    """Its name in the answer."""
    parent_type: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    above: "Site | None"
    complete: Complete = field(init=False)


class Compiler:
    """Compiles the sites of one operation, for one choice of what its `@skip` and `@include` leave in."""

    def __init__(
        self,
        possible_types: Callable[[GraphQLAbstractType], Sequence[GraphQLObjectType]],
        collect: Collect,
        shelf: Shelf | None = None,
    ) -> None:
        """With a shelf, answers are only good for being encoded: they hold `orjson.Fragment`s."""
        self._shelf = shelf
        self._possible_types = possible_types
        self._collect = collect
        self._names: dict[str, Any] = {"Mismatch": Mismatch, "Undefined": Undefined, "check_class": check_class, "unknown": unknown}
        self._lines: list[str] = []  # of the function that is being written
        self._nothing: list[str] = []  # its variables that are None when it begins
        self._functions: list[str] = []  # those that are written to their end
        self._count = 0
        self._changes = 0  # how many things were met so far whose answer may be another next time
        self._classes = 0
        self._fields = 0
        self._above: Site | None = None
        self.sites: list[Site] = []

    def site(self, key: str, parent_type: GraphQLObjectType, definition: GraphQLField, details: list[FieldDetails]) -> Site:
        """Note a field with a resolver, which `compile` will give its `complete`."""
        if definition.resolve is None:
            raise Unusual(f"{parent_type.name}.{details[0].node.name.value} has no resolver")
        site = Site(len(self.sites), key, parent_type, definition, details, self._above)
        self.sites.append(site)
        return site

    def compile(self) -> list[Site]:
        """The sites, those found beneath others included, each with its function. Raises Unusual."""
        for site in self.sites:  # which grows meanwhile
            self._above = site
            self._function(f"complete_{site.number}", partial(self._value, 1, site.definition.type, "x", site.details))
        exec(compile("\n".join(self._functions), "<compiled GraphQL>", "exec"), self._names)
        for site in self.sites:
            site.complete = self._names[f"complete_{site.number}"]
        return self.sites

    # Code: each of these writes lines that replace the variable by its completed value

    def _function(self, name: str, write: Callable[[], None]) -> None:
        outer, self._lines, self._nothing = (self._lines, self._nothing), [], []
        write()
        nothing = [f"{INDENT}{' = '.join(self._nothing)} = None"] if self._nothing else []
        self._functions += [f"def {name}(x, pending):", *nothing, *self._lines, f"{INDENT}return x"]
        self._lines, self._nothing = outer

    def _value(
        self, depth: int, type_: GraphQLOutputType, variable: str, details: list[FieldDetails], *, is_attribute: bool = False
    ) -> None:
        if isinstance(type_, GraphQLNonNull):
            self._emit(depth, f"if {variable} is None: raise Mismatch")
            self._something(depth, type_.of_type, variable, details, is_attribute)
        else:
            self._emit(depth, f"if {variable} is not None:")
            self._something(depth + 1, type_, variable, details, is_attribute)

    def _something(self, depth: int, type_: GraphQLOutputType, variable: str, details: list[FieldDetails], is_attribute: bool) -> None:
        match type_:
            case GraphQLScalarType():
                self._scalar(depth, type_, variable)
            case GraphQLEnumType():
                self._enum(depth, type_, variable)
            case GraphQLList():
                self._list(depth, type_.of_type, variable, details)
            case GraphQLObjectType():
                self._perhaps_known(depth, type_, variable, details, is_attribute)
            case GraphQLInterfaceType() | GraphQLUnionType():
                self._abstract(depth, type_, variable, details)
            case _:
                raise Unusual(f"values of {type_} are not known here")

    def _scalar(self, depth: int, type_: GraphQLScalarType, variable: str) -> None:
        passed_through = PASSED_THROUGH.get(type_)
        if passed_through is not None:
            self._emit(depth, f"if not ({passed_through.format(v=variable)}):")
            depth += 1
        safe, coerce = self._constant(set()), self._constant(type_.coerce_output_value)
        self._emit(depth, f"if type({variable}) not in {safe}: check_class({variable}, {safe})")
        self._emit(depth, f"{variable} = {coerce}({variable})")
        self._emit(depth, f"if {variable} is None or {variable} is Undefined: raise Mismatch")

    def _enum(self, depth: int, type_: GraphQLEnumType, variable: str) -> None:
        if not isinstance(type_, CustomGraphQLEnumType):
            raise Unusual(f"{type_.name} is not one of Strawberry's enums")
        members = {name: type_.coerce_output_value(type_.wrapped_cls[name]) for name in type_.wrapped_cls.__members__}
        self._emit(depth, f"if type({variable}) is not {self._constant(type_.wrapped_cls)}: raise Mismatch")
        self._emit(depth, f"{variable} = {self._constant(members)}[{variable}._name_]")

    def _list(self, depth: int, item_type: GraphQLOutputType, variable: str, details: list[FieldDetails]) -> None:
        items, item = self._new("l"), self._new("i")
        self._emit(depth, f"if type({variable}) is not list and type({variable}) is not tuple: raise Mismatch")
        self._emit(depth, f"{items} = []")
        self._emit(depth, f"for {item} in {variable}:")
        self._value(depth + 1, item_type, item, details)
        self._emit(depth + 1, f"{items}.append({item})")
        self._emit(depth, f"{variable} = {items}")

    def _perhaps_known(self, depth: int, type_: GraphQLObjectType, variable: str, details: list[FieldDetails], is_attribute: bool) -> None:
        """An object. Where it lasts, what was made of it before is taken."""
        if (lasts := lasting_of(type_)) is None:
            self._changes += 1
            self._object(depth, type_, variable, details)
            return
        outer, self._lines = self._lines, []
        changes, sites = self._changes, len(self.sites)
        self._object(depth, type_, variable, details, changing=lasts.changing)
        written, self._lines = self._lines, outer
        if len(self.sites) > sites:  # places in its answer are filled later: each object needs an answer of its own
            self._lines += written
        elif is_attribute:
            self._as_before(depth, variable, written)
        elif self._shelf is not None and self._changes == changes:
            self._from_shelf(depth, variable, written, self._shelf)
        else:
            self._lines += written

    def _as_before(self, depth: int, variable: str, written: list[str]) -> None:
        """Neighbours in a list often share what they show, as seats do their price: the last one's answer is remembered."""
        thing, answer = self._new("t"), self._new("a")
        self._nothing += [thing, answer]
        self._emit(depth, f"if {variable} is {thing}: {variable} = {answer}")
        self._emit(depth, "else:")
        self._emit(depth + 1, f"{thing} = {variable}")
        self._lines += [INDENT + line for line in written]
        self._emit(depth + 1, f"{answer} = {variable}")

    def _from_shelf(self, depth: int, variable: str, written: list[str], shelf: Shelf) -> None:
        """Its encoded form, where such are kept of it."""
        forms, form = self._new("f"), self._new("a")
        selection, keep = self._constant(object()), self._constant(shelf.keep)
        self._emit(depth, f"{forms} = {variable}.{FORMS}")
        self._emit(depth, f"{form} = {forms}.get({selection}) if {forms} is not None else None")
        self._emit(depth, f"if {form} is not None: {variable} = {form}")
        self._emit(depth, "else:")
        self._lines += [INDENT + line for line in written]
        self._emit(depth + 1, f"if {forms} is not None: {variable} = {keep}({forms}, {selection}, {variable})")

    def _object(
        self,
        depth: int,
        type_: GraphQLObjectType,
        variable: str,
        details: list[FieldDetails],
        *,
        is_checked: bool = False,
        changing: Collection[str] = (),
    ) -> None:
        if not is_checked and type_.is_type_of is not None:
            self._emit(depth, f"if type({variable}) is not {self._constant(class_of(type_))}: raise Mismatch")
            self._emit(depth, f"if hasattr({variable}, {TYPE_CAST_ATTRIBUTE!r}): raise Mismatch")
        elif not is_checked:
            safe = self._constant(set())
            self._emit(depth, f"if type({variable}) not in {safe}: check_class({variable}, {safe})")
        entries, open_sites = [], []
        collected = self._collect(type_, details)
        self._fields += len(collected)
        if self._fields > FIELDS_MOST:
            raise Unusual("too many fields")
        for key, beneath in collected.items():
            name = beneath[0].node.name.value
            definition = type_.fields.get(name)
            if name == "__typename":
                entries.append(f"{key!r}: {type_.name!r}")
            elif definition is None:
                raise Unusual(f"{type_.name} has no {name}")
            elif (attribute := attribute_of(definition)) is None:
                open_sites.append(self.site(key, type_, definition, beneath))
                entries.append(f"{key!r}: None")
            else:
                value = self._new("v")
                self._changes += attribute in changing
                self._emit(depth, f"{value} = {variable}.{attribute}")
                self._value(depth, definition.type, value, beneath, is_attribute=True)
                entries.append(f"{key!r}: {value}")
        answer = self._new("o")
        self._emit(depth, f"{answer} = {{{', '.join(entries)}}}")
        for site in open_sites:
            self._emit(depth, f"pending[{site.number}].append(({variable}, {answer}))")
        self._emit(depth, f"{variable} = {answer}")

    def _abstract(self, depth: int, type_: GraphQLInterfaceType | GraphQLUnionType, variable: str, details: list[FieldDetails]) -> None:
        """By the exact class of a value. What else Strawberry makes of a value's type, graphql-core will ask it."""
        strawberry_type = type_.extensions.get("strawberry-definition")
        if getattr(strawberry_type, "resolve_type", None) is not None:
            raise Unusual(f"{type_.name} decides by itself of which type a value is")
        possible = self._possible_types(type_)
        self._classes += len(possible)
        if self._classes > CLASSES_MOST:
            raise Unusual("too many types")
        by_class = self._new("c")
        self._emit(depth, f"if hasattr({variable}, {TYPE_CAST_ATTRIBUTE!r}): raise Mismatch")
        self._emit(depth, f"{variable} = {by_class}.get(type({variable}), unknown)({variable}, pending)")
        self._changes += 1
        functions: dict[type, str] = {}
        for concrete in possible:
            function = self._new("complete_")
            self._function(function, partial(self._object, 1, concrete, "x", details, is_checked=True))
            functions[class_of(concrete)] = function
        if len(functions) < len(possible):
            raise Unusual(f"types of {type_.name} share a class")
        table = ", ".join(f"{self._constant(class_)}: {function}" for class_, function in functions.items())
        self._functions.append(f"{by_class} = {{{table}}}")

    def _emit(self, depth: int, line: str) -> None:
        self._lines.append(INDENT * depth + line)

    def _new(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}_"

    def _constant(self, value: Any) -> str:
        name = self._new("k")
        self._names[name] = value
        return name


def attribute_of(definition: GraphQLField) -> str | None:
    """The attribute that a field without a resolver reads; None where it has one, or anything else that wants to be asked."""
    strawberry_field = definition.extensions.get("strawberry-definition")
    if not isinstance(strawberry_field, StrawberryField) or not strawberry_field.is_basic_field or definition.args:
        return None
    if type(strawberry_field).get_result is not StrawberryField.get_result:
        return None
    resolve = definition.resolve
    is_plain = getattr(resolve, "_is_default", False) and getattr(resolve, "__name__", "") == "_get_basic_result"
    return strawberry_field.python_name if is_plain and strawberry_field.default_resolver is getattr else None


def class_of(type_: GraphQLObjectType) -> type:
    """The class whose objects are of a type, and of no other; raises Unusual where the type has its own idea of that."""
    definition = type_.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of or definition.concrete_of:
        raise Unusual(f"{type_.name} decides by itself what is of it")
    if issubclass(definition.origin, Exception) or hasattr(definition.origin, "__await__"):
        raise Unusual(f"{type_.name} is raised or awaited where it is a value")
    return definition.origin


def check_class(value: object, safe: set[type]) -> None:
    """Remember a class whose values may be completed at once; raises Mismatch for what graphql-core would await, raise or leave out."""
    if isinstance(value, Exception) or value is Undefined or hasattr(value, "__await__"):
        raise Mismatch
    safe.add(type(value))


def unknown(value: object, pending: Mapping[int, object]) -> None:
    """A value of none of the classes that an abstract type has."""
    raise Mismatch
