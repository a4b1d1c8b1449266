"""An event's places: the head of its inventory, its tiers, and who has which seat."""

from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from db.tables.columns import big, number, small, words


class InventoryRow(SQLModel, table=True):
    """The head of an event's inventory: its gap-free version, and which tier each seat of its layout is in.

    `tier_starts[i]` is the first seat of a run in tier `tier_nos[i]`; both are null where places are not numbered. `plan_version` rises
    when they change. `waiting` counts those of its waitlist whose turn has not come.
    """

    __tablename__: ClassVar[Any] = "inventory"
    __table_args__ = (PrimaryKeyConstraint("event_id", name="inventory_pkey"), {"postgresql_with": {"fillfactor": "50"}})

    event_id: int = big()
    version: int = big()
    plan_version: int = number()
    tier_starts: list[int] | None = Field(sa_column=Column(ARRAY(Integer), nullable=True))
    tier_nos: list[int] | None = Field(sa_column=Column(ARRAY(SmallInteger), nullable=True))
    waiting: int = number(otherwise="0")


class TierRow(SQLModel, table=True):
    """A price level of an event, and how many of its places are in each state."""

    __tablename__: ClassVar[Any] = "tier"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "tier_no", name="tier_pkey"),
        ForeignKeyConstraint(["event_id"], ["inventory.event_id"], name="tier_inventory_fkey", ondelete="CASCADE"),
        CheckConstraint("available >= 0 AND held >= 0 AND booked >= 0 AND blocked >= 0", name="tier_counts_positive"),
        CheckConstraint("available + held + booked + blocked = capacity", name="tier_counts_complete"),
        CheckConstraint("price_minor >= 0", name="tier_price_positive"),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    event_id: int = big()
    tier_no: int = small()
    name: str = words()
    kind: int = small()
    price_minor: int = big()
    capacity: int = number()
    available: int = number()
    held: int = number()
    booked: int = number()
    blocked: int = number()


class Claim(SQLModel, table=True):
    """Who has a seat. A seat has a row once somebody touched it; a released one stays, as available, with the version that released it."""

    __tablename__: ClassVar[Any] = "claim"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "seat_no", name="claim_pkey"),
        Index("claim_by_version", "event_id", "version"),
        CheckConstraint("status BETWEEN 0 AND 3", name="claim_status_known"),
        CheckConstraint("(status IN (1, 2)) = (booking_id IS NOT NULL)", name="claim_owned"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    event_id: int = big()
    seat_no: int = number()
    status: int = small()
    booking_id: int | None = big(nullable=True)
    version: int = big()
