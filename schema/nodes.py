"""What every object with an id shares, and pages of them."""

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeAlias

import strawberry

from schema.declarations import FREE
from schema.records import shown, shows_records

ID_MEANS = "Opaque, unique among everything, and never reused."


@strawberry.interface(description="Something with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(description=ID_MEANS)


class Edge(Protocol):
    """Something in a list."""

    @property
    def cursor(self) -> str:
        """Its place in the list."""
        ...


@shows_records
@strawberry.type(description="Where a page lies in its list.", directives=[FREE])
class PageInfo:
    edges: strawberry.Private[Sequence[Edge]]
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether some came before.")
    start_cursor: str | None = shown(lambda page: page.edges[0].cursor if page.edges else None, description="The first edge's cursor.")
    end_cursor: str | None = shown(
        lambda page: page.edges[-1].cursor if page.edges else None, description="The last edge's cursor: `after` for the next page."
    )


First: TypeAlias = Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")]
"""The argument `first` of a list that comes in pages."""
After: TypeAlias = Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")]
"""Its argument `after`."""
