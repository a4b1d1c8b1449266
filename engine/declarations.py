"""What a schema declares of its fields, in the words of its SDL: what a field costs, how long its lists are, and how long it may be kept.

Sources: https://ibm.github.io/graphql-specs/cost-spec.html for `@cost` and `@listSize`; https://www.apollographql.com/docs/apollo-server/performance/caching
for `@cacheControl`.
"""

from enum import Enum
from typing import TypeVar

import strawberry
from graphql import GraphQLField, GraphQLNamedType
from strawberry.schema_directive import Location
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

T = TypeVar("T")


@strawberry.enum(description="Whose answer a field is.")
class CacheControlScope(Enum):
    PUBLIC = strawberry.enum_value("PUBLIC", description="Everybody's: the same for all who may ask, whoever asks.")
    PRIVATE = strawberry.enum_value("PRIVATE", description="The caller's.")


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="cacheControl", description="How long an answer may be kept.")
class CacheControl:
    max_age: int = strawberry.directive_field(name="maxAge")
    """How many seconds old an answer may be."""
    scope: CacheControlScope = strawberry.directive_field(name="scope", default=CacheControlScope.PUBLIC)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="cost",
    description="What a field costs, once for each object it is asked of; on a type, what fields of it cost that do not say.",
)
class Cost:
    weight: str = strawberry.directive_field(name="weight")
    """A number, as text."""


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], name="listSize", description="How many things a list holds at most.")
class ListSize:
    assumed_size: int | None = strawberry.directive_field(name="assumedSize", default=None)
    """Where no argument says."""
    slicing_arguments: list[str] | None = strawberry.directive_field(name="slicingArguments", default=None)
    """The arguments that say how many are wanted: the largest counts."""
    sized_fields: list[str] | None = strawberry.directive_field(name="sizedFields", default=None)
    """The fields beneath that are so long, where the field itself is no list: `edges`."""


def declared(field: GraphQLField, directive: type[T]) -> T | None:
    """What a field of a schema declares with a directive; None where it does not."""
    definition = field.extensions.get("strawberry-definition")
    if isinstance(definition, StrawberryField):
        for given in definition.directives:
            if isinstance(given, directive):
                return given
    return None


def declared_of(kind: GraphQLNamedType, directive: type[T]) -> T | None:
    """What a type of a schema declares with a directive; None where it does not."""
    definition = kind.extensions.get("strawberry-definition")
    if isinstance(definition, StrawberryObjectDefinition):
        for given in definition.directives or ():
            if isinstance(given, directive):
                return given
    return None
