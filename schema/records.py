"""Fields that show what an object's record has: nothing of it is copied, or worked out, until it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.field import StrawberryField

C = TypeVar("C", bound=type)

READ = "schema.records.read"


def shown(of: str | Callable[[Any], Any], *, description: str, directives: Sequence[object] = ()) -> Any:
    """A plain field of a type that `shows_records`: where its value is beneath the object, such as `record.name`, or what makes it."""
    read = attrgetter(of) if isinstance(of, str) else of
    field = cast("StrawberryField", strawberry.field(description=description, directives=directives, metadata={READ: read}))
    field.init = field.repr = field.compare = False
    return field


def shows_records(type_: C) -> C:
    """A Strawberry type some of whose fields are `shown`: these are not given to a new object, and cannot be set."""
    for field in fields(type_):
        if (read := field.metadata.get(READ)) is not None:
            setattr(type_, field.name, property(read))
    return type_
