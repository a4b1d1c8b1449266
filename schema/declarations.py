"""What fields declare to the engine, in the words they share: who may see an answer, how long it may be kept, and what it costs."""

from engine.declarations import CacheControl, Cost, ListSize

PUBLIC = CacheControl(max_age=1)
"""Everybody who may see a thing sees the same of it, and it may be a second old: `MICRO_CACHE_MS` makes that less."""
PUBLIC_LIVE = CacheControl(max_age=0)
"""The same for what is never kept: it is told as it happens."""
PAGED = ListSize(slicing_arguments=["first"], sized_fields=["edges"])
"""A page of a list."""
FREE = Cost(weight="0")
"""What comes with the thing it is part of."""
DRAWN = Cost(weight="100")
"""Seats one by one, of which a house may have very many: more than all other fields, and less than their number."""
WHOLE = Cost(weight="20")
"""A whole layout, in few words."""


def about(size: int) -> ListSize:
    """A list of about so many things, where only the database knows."""
    return ListSize(assumed_size=size)
