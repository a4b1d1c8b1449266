"""The tables, as SQLModel defines them for migrations. Traffic reads and writes them through the statements in `db/sql`.

`shared` is what every event shares; the others are tables of one event, whose every key begins with `event_id`, so that they can be spread
over machines by it. Constraints and indexes are named; numbers stand for states, so that no enum type has to be known to every node.
"""

from sqlmodel import SQLModel

from db.tables import around, bookings, places, shared

METADATA = SQLModel.metadata

__all__ = ["METADATA", "around", "bookings", "places", "shared"]
