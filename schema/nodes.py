"""What every object with an id shares, and pages of them."""

from typing import Annotated, TypeAlias

import strawberry


@strawberry.interface(description="Something with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, unique among everything, and never reused.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether some came before.")
    start_cursor: str | None = strawberry.field(description="The first edge's cursor.")
    end_cursor: str | None = strawberry.field(description="The last edge's cursor: `after` for the next page.")


First: TypeAlias = Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")]
"""The argument `first` of a list that comes in pages."""
After: TypeAlias = Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")]
"""Its argument `after`."""
