"""Batched fields: resolved for all the objects of an answer at once, where a resolver of the usual kind is called for each of them."""

from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import GraphQLField
from strawberry import Info
from strawberry.dataloader import DataLoader
from strawberry.types.field import StrawberryField

Many = Callable[[Any, Info[Any, Any]], Awaitable[Sequence[Any]] | list[Any]]
"""The values of a field for some objects, in their order; a list where nothing has to be waited for."""

KEY = "engine.batched"


def batched_field(many: Many, *, description: str, directives: Sequence[object] = ()) -> Any:
    """A field of a Strawberry type, whose annotation says of which type: `tiers: list[Tier] = batched_field(tiers_of, description=…)`."""
    return strawberry.field(resolver=one_of(many), metadata={KEY: many}, description=description, directives=directives)


def many_of(definition: GraphQLField) -> Many | None:
    """How a field is resolved for many objects; None where it is not batched, or has extensions: they ask who may see each object's."""
    field = definition.extensions.get("strawberry-definition")
    return field.metadata.get(KEY) if isinstance(field, StrawberryField) and not field.extensions else None


def one_of(many: Many) -> Callable[..., Awaitable[Any]]:
    """The resolver of a batched field for one object, which graphql-core calls: those called at about the same time are loaded together.

    The context must let attributes be set; it lives as long as the request.
    """

    async def resolve(root: Any, info: Info[Any, Any]) -> Any:
        loaders: dict[Many, DataLoader[Any, Any]] = info.context.__dict__.setdefault("_batched", {})
        if (loader := loaders.get(many)) is None:

            async def load(roots: list[Any]) -> Sequence[Any]:
                found = many(roots, info)
                return await found if isawaitable(found) else found

            loader = loaders[many] = DataLoader(load, cache=False)
        return await loader.load(root)

    return resolve
