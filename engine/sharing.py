"""Sharing: how a subscription field declares that all who ask the same may be told from one source, each from where they stand.

What can be selected beneath such a field must be the same for everybody who may ask it: it is executed without a caller.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from graphql import GraphQLField
from strawberry.types.field import StrawberryField

Value = TypeVar("Value")
Told = TypeVar("Told", covariant=True)
Seen = TypeVar("Seen")

KEY = "engine.shared"


class Source(Protocol[Told]):
    """What any number of subscribers can be told from. A subscriber has a cursor, which is all that is kept for it."""

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to tell, for good."""
        ...

    def next(self, after: Any) -> tuple[Hashable, Told] | None:
        """What somebody is told who was told everything up to a cursor, and their cursor then; None where there is nothing new.

        Never waits. None is the cursor of who was told nothing; whatever a client gives as its cursor is one too. Raises what ends the
        subscriptions of all.
        """
        ...

    def watching(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Calls `wake`, any number of times, when there may be something new or the source has ended, as long as the `with` lasts."""
        ...

    def told_to(self, viewers: int) -> None:
        """So many are told from this source now; it is one until somebody says."""
        ...


OpenSource = Callable[..., AbstractAsyncContextManager[Source[Any]]]
"""Opens a field's source: called with `info` and the arguments by their names, without the cursor's. Raises what its resolver would."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a field declares: how its source is opened, and which of its arguments is the cursor, by its name in Python."""

    open_source: OpenSource
    cursor_argument: str | None


def shared(open_source: OpenSource, cursor_argument: str | None = None) -> dict[str, Any]:
    """What makes a subscription field shared: `strawberry.subscription(metadata=shared(open_source, cursor_argument="after"))`."""
    return {KEY: Shared(open_source, cursor_argument)}


def shared_of(definition: GraphQLField) -> Shared | None:
    """How a field is shared; None where it is not. Fields with extensions (such as permissions) of their own are not."""
    field = definition.extensions.get("strawberry-definition")
    if not isinstance(field, StrawberryField) or field.extensions:
        return None
    found = field.metadata.get(KEY)
    return found if isinstance(found, Shared) else None


async def follow(source: Source[Value], after: Any = None) -> AsyncGenerator[Value, None]:
    """What one subscriber is told, from a cursor on until the source ends: the field's own resolver, for whom it is not shared."""
    waker = asyncio.Event()
    with source.watching(waker.set):
        while not source.ended:
            waker.clear()
            if (found := source.next(after)) is None:
                await waker.wait()
            else:
                after, value = found
                yield value


class Shown(Generic[Value, Seen]):
    """A source as clients see it: each value of another, made into something else."""

    def __init__(self, source: Source[Value], show: Callable[[Value], Seen]) -> None:
        self._source = source
        self._show = show
        self.watching = source.watching
        self.told_to = source.told_to

    @property
    def ended(self) -> bool:
        """As the other source has."""
        return self._source.ended

    def next(self, after: Any) -> tuple[Hashable, Seen] | None:
        """As the other source, with the value shown."""
        if (found := self._source.next(after)) is None:
            return None
        cursor, value = found
        return cursor, self._show(value)
