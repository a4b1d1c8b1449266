"""Pages: where one begins, and where it lies in its list."""

from collections.abc import Sequence
from datetime import datetime

from domain.catalogue import PAGE_MOST, InvalidArgument, Place
from schema.nodes import Edge, PageInfo


def place_of(first: int, after: str | None, order: str) -> Place | None:
    """The place behind which a page begins; raises InvalidArgument for a size or a cursor that cannot be."""
    if not 0 <= first <= PAGE_MOST:
        raise InvalidArgument(f"`first` is 0 to {PAGE_MOST}.")
    return Place.of(after, order) if after is not None else None


def moment_of(first: int, after: str | None, order: str) -> tuple[datetime, int] | None:
    """The same for a list in order of time: the moment and the number behind which a page begins."""
    behind = place_of(first, after, order)
    return (behind.key, behind.number) if behind is not None and isinstance(behind.key, datetime) else None


def page_info(edges: Sequence[Edge], after: str | None, *, has_next: bool) -> PageInfo:
    """Where a page lies in its list."""
    return PageInfo(edges=edges, has_next_page=has_next, has_previous_page=after is not None)
