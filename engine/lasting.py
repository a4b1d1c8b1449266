"""Lasting objects: what never changes once it is made is completed and encoded once, and its form is put into every answer that shows it.

A type declares that its objects last (`@lasting`), and whoever makes an object that many answers will show has its forms kept (`kept`).
"""

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from weakref import ref

import orjson
from graphql import GraphQLObjectType
from strawberry.types.base import StrawberryObjectDefinition

from engine.encoding import encode

T = TypeVar("T")

KEY = "engine_lasting"
FORMS = "engine_forms"
"""The attribute in which an object has its forms; None where they are not kept."""
STORE_BYTES = 64 * 1024 * 1024
FORM_BYTES = 400
"""About what a form takes beside its bytes."""


class Forms(dict[object, orjson.Fragment]):
    """An object's encoded forms, one for each selection. They go with the object."""

    __slots__ = ("__weakref__",)


@dataclass(frozen=True, slots=True)
class Lasting:
    """What a type declares of its objects."""

    changing: frozenset[str]
    """The attributes that may become others all the same."""


def lasting(*, but: Collection[str] = ()) -> Callable[[type[T]], type[T]]:
    """Declares that a type's objects never change once they are answered with, nor what their attributes hold, except some attributes.

    Stands above `@strawberry.type`. What it says is not true of subclasses, unless they say it too.
    """

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, KEY, Lasting(frozenset(but)))
        setattr(cls, FORMS, None)
        return cls

    return declare


def lasting_of(type_: GraphQLObjectType) -> Lasting | None:
    """What is declared of a type's objects; None where they may change."""
    definition = type_.extensions.get("strawberry-definition")
    return vars(definition.origin).get(KEY) if isinstance(definition, StrawberryObjectDefinition) else None


def kept(thing: T) -> T:
    """The same object, which is of a lasting type: its forms are kept from now on, as long as it is there itself and there is room."""
    setattr(thing, FORMS, Forms())
    return thing


class Entry(NamedTuple):
    """One form on the shelf."""

    forms: ref[Forms]
    selection: object
    bytes: int


class Shelf:
    """Room for encoded forms, in a bounded number of bytes: where it is full, those made first are forgotten."""

    def __init__(self, store_bytes: int = STORE_BYTES) -> None:
        self._store_bytes = store_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """At most how much memory the forms take: those whose objects are gone are counted until it is their turn."""
        return self._bytes

    def keep(self, forms: Forms, selection: object, answer: Any) -> Any:
        """What stands in an answer for a part of it. Raises where it cannot be encoded."""
        encoded = encode(answer)
        size = len(encoded) + FORM_BYTES
        fragment = forms[selection] = orjson.Fragment(encoded)
        self._entries.append(Entry(ref(forms), selection, size))
        self._bytes += size
        while self._bytes > self._store_bytes:
            oldest = self._entries.popleft()
            self._bytes -= oldest.bytes
            if (left := oldest.forms()) is not None:
                left.pop(oldest.selection, None)
        return fragment
