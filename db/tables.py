"""The tables, as SQLModel defines them for migrations. Traffic reads and writes them through the statements in `db/sql`.

Small tables that every event shares come first; then those of one event, whose every key begins with `event_id`, so that they can be spread
over machines by it. Constraints and indexes are named; numbers stand for states, so that no enum type has to be known to every node.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

METADATA = SQLModel.metadata


def big(name: str | None = None, *constraints: Any, nullable: bool = False, **options: Any) -> Any:
    """A 64-bit integer column."""
    return Field(sa_column=Column(name, BigInteger, *constraints, nullable=nullable, autoincrement=False, **options))


def small(*, nullable: bool = False) -> Any:
    """A 16-bit integer column: a state or a number within its owner."""
    return Field(sa_column=Column(SmallInteger, nullable=nullable, autoincrement=False))


def number(*, nullable: bool = False) -> Any:
    """A 32-bit integer column: a count or a seat."""
    return Field(sa_column=Column(Integer, nullable=nullable, autoincrement=False))


def words(*, nullable: bool = False) -> Any:
    """A text column."""
    return Field(sa_column=Column(Text, nullable=nullable))


def instant(*, nullable: bool = False) -> Any:
    """An instant in UTC."""
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable))


def reference(target: str, name: str, *, nullable: bool = False) -> Any:
    """The id of a row in a shared table."""
    return Field(sa_column=Column(BigInteger, ForeignKey(target, name=name), nullable=nullable))


class Account(SQLModel, table=True):
    """A registered user. No per-event table refers to it by a foreign key: users may live elsewhere."""

    __tablename__: ClassVar[Any] = "account"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", name="account_pkey"),
        UniqueConstraint("email_key", name="account_email_key"),
        UniqueConstraint("username_key", name="account_username_key"),
        CheckConstraint("role BETWEEN 0 AND 2", name="account_role_known"),
    )

    user_id: int = big()
    email: str = words()
    email_key: str = words()
    username: str | None = words(nullable=True)
    username_key: str | None = words(nullable=True)
    name: str = words()
    phone: str | None = words(nullable=True)
    role: int = small()
    password_hash: str = words()
    created_at: datetime = instant()


class RefreshToken(SQLModel, table=True):
    """A refresh token that was handed out, by its hash. Tokens that replaced one another share a family."""

    __tablename__: ClassVar[Any] = "refresh_token"
    __table_args__ = (
        PrimaryKeyConstraint("token_hash", name="refresh_token_pkey"),
        Index("refresh_token_family", "family_id"),
        Index("refresh_token_user", "user_id"),
    )

    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    family_id: int = big()
    user_id: int = big()
    issued_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(nullable=True)
    revoked_at: datetime | None = instant(nullable=True)


class Category(SQLModel, table=True):
    """A kind of event."""

    __tablename__: ClassVar[Any] = "category"
    __table_args__ = (PrimaryKeyConstraint("category_id", name="category_pkey"), UniqueConstraint("slug", name="category_slug_key"))

    category_id: int = big()
    slug: str = words()
    name: str = words()


class Organization(SQLModel, table=True):
    """Who runs events."""

    __tablename__: ClassVar[Any] = "organization"
    __table_args__ = (PrimaryKeyConstraint("organization_id", name="organization_pkey"),)

    organization_id: int = big()
    name: str = words()
    created_at: datetime = instant()


class Membership(SQLModel, table=True):
    """That a user is a member of an organization."""

    __tablename__: ClassVar[Any] = "membership"
    __table_args__ = (PrimaryKeyConstraint("organization_id", "user_id", name="membership_pkey"), Index("membership_user", "user_id"))

    organization_id: int = reference("organization.organization_id", "membership_organization_fkey")
    user_id: int = big()


class Venue(SQLModel, table=True):
    """A building."""

    __tablename__: ClassVar[Any] = "venue"
    __table_args__ = (
        PrimaryKeyConstraint("venue_id", name="venue_pkey"),
        Index("venue_by_name", "name", "venue_id"),
        CheckConstraint("capacity > 0", name="venue_capacity_positive"),
    )

    venue_id: int = big()
    name: str = words()
    address: str = words()
    city: str = words()
    state: str | None = words(nullable=True)
    country: str = words()
    postal_code: str | None = words(nullable=True)
    timezone: str = words()
    capacity: int = number()
    layout_id: int | None = big(nullable=True)
    created_at: datetime = instant()


class LayoutRow(SQLModel, table=True):
    """An immutable plan of a venue's seats. `plan` is what `db/layouts.py` reads and writes."""

    __tablename__: ClassVar[Any] = "layout"
    __table_args__ = (PrimaryKeyConstraint("layout_id", name="layout_pkey"),)

    layout_id: int = big()
    venue_id: int = reference("venue.venue_id", "layout_venue_fkey")
    seat_count: int = number()
    plan: Any = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = instant()


class EventRow(SQLModel, table=True):
    """What the catalogue says about an event. Whoever changes a fact of its sale raises the inventory's version in the same commit."""

    __tablename__: ClassVar[Any] = "event"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", name="event_pkey"),
        Index("event_by_start", "starts_at", "event_id"),
        Index("event_by_venue", "venue_id", "starts_at"),
        Index("event_by_category", "category_id", "starts_at"),
        Index("event_by_organization", "organization_id", "starts_at"),
        Index("event_by_search", "search", postgresql_using="gin"),
        CheckConstraint("status BETWEEN 0 AND 2", name="event_status_known"),
        CheckConstraint("ends_at > starts_at", name="event_ends_after_start"),
        CheckConstraint("ticket_limit > 0", name="event_ticket_limit_positive"),
    )

    event_id: int = big()
    name: str = words()
    description: str = words()
    category_id: int | None = reference("category.category_id", "event_category_fkey", nullable=True)
    organization_id: int | None = reference("organization.organization_id", "event_organization_fkey", nullable=True)
    venue_id: int | None = reference("venue.venue_id", "event_venue_fkey", nullable=True)
    layout_id: int | None = reference("layout.layout_id", "event_layout_fkey", nullable=True)
    status: int = small()
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    on_sale_at: datetime = instant()
    off_sale_at: datetime = instant()
    timezone: str = words()
    ticket_limit: int | None = number(nullable=True)
    currency: str = words()
    min_price_minor: int = big()
    max_price_minor: int = big()
    capacity: int = number()
    created_at: datetime = instant()
    search: str = Field(
        sa_column=Column(
            TSVECTOR,
            Computed("setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', description), 'B')", persisted=True),
            nullable=True,
        )
    )


class InventoryRow(SQLModel, table=True):
    """The head of an event's inventory: its gap-free version, and which tier each seat of its layout is in.

    `tier_starts[i]` is the first seat of a run in tier `tier_nos[i]`; both are null where places are not numbered. `plan_version` rises
    when they change.
    """

    __tablename__: ClassVar[Any] = "inventory"
    __table_args__ = (PrimaryKeyConstraint("event_id", name="inventory_pkey"), {"postgresql_with": {"fillfactor": "50"}})

    event_id: int = big()
    version: int = big()
    plan_version: int = number()
    tier_starts: list[int] | None = Field(sa_column=Column(ARRAY(Integer), nullable=True))
    tier_nos: list[int] | None = Field(sa_column=Column(ARRAY(SmallInteger), nullable=True))


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


class BookingRow(SQLModel, table=True):
    """Places taken together by one user. `lines` is [[tier_no, quantity, price_minor, [seat_no, …]], …]."""

    __tablename__: ClassVar[Any] = "booking"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "booking_id", name="booking_pkey"),
        UniqueConstraint("event_id", "user_id", "idempotency_key", name="booking_idempotency_key"),
        Index("booking_due", "event_id", "expires_at", postgresql_where=text("status = 0")),
        Index("booking_by_user", "user_id", "created_at", "booking_id"),
        CheckConstraint("status BETWEEN 0 AND 4", name="booking_status_known"),
        CheckConstraint("quantity > 0", name="booking_quantity_positive"),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    event_id: int = big()
    booking_id: int = big()
    user_id: int = big()
    status: int = small()
    quantity: int = small()
    lines: Any = Field(sa_column=Column(JSONB, nullable=False))
    total_minor: int = big()
    currency: str = words()
    created_at: datetime = instant()
    expires_at: datetime = instant()
    extended: bool = Field(sa_column=Column(Boolean, nullable=False))
    confirmed_at: datetime | None = instant(nullable=True)
    cancelled_at: datetime | None = instant(nullable=True)
    idempotency_key: str | None = words(nullable=True)
    fingerprint: int | None = big(nullable=True)


class TicketRow(SQLModel, table=True):
    """One place's right of entry, numbered from 1 within its booking."""

    __tablename__: ClassVar[Any] = "ticket"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "booking_id", "ticket_no", name="ticket_pkey"),
        CheckConstraint("status BETWEEN 0 AND 1", name="ticket_status_known"),
    )

    event_id: int = big()
    booking_id: int = big()
    ticket_no: int = small()
    tier_no: int = small()
    seat_no: int | None = number(nullable=True)
    price_minor: int = big()
    status: int = small()


class PaymentRow(SQLModel, table=True):
    """A charge for a booking, written down before it is made."""

    __tablename__: ClassVar[Any] = "payment"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "payment_id", name="payment_pkey"),
        Index("payment_by_booking", "event_id", "booking_id"),
        Index("payment_open", "created_at", "event_id", postgresql_where=text("status = 0")),
        CheckConstraint("status BETWEEN 0 AND 2", name="payment_status_known"),
        CheckConstraint("amount_minor >= 0", name="payment_amount_positive"),
    )

    event_id: int = big()
    payment_id: int = big()
    booking_id: int = big()
    user_id: int = big()
    amount_minor: int = big()
    currency: str = words()
    gateway: str = words()
    method: str = words()
    status: int = small()
    fails_booking: bool = Field(sa_column=Column(Boolean, nullable=False))
    created_at: datetime = instant()
    processed_at: datetime | None = instant(nullable=True)
    provider_reference: str | None = words(nullable=True)
    failure: str | None = words(nullable=True)


class RefundRow(SQLModel, table=True):
    """Money that goes back, written down in the commit that owes it."""

    __tablename__: ClassVar[Any] = "refund"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "refund_id", name="refund_pkey"),
        Index("refund_by_booking", "event_id", "booking_id"),
        Index("refund_open", "created_at", "event_id", postgresql_where=text("status = 0")),
        CheckConstraint("status BETWEEN 0 AND 2", name="refund_status_known"),
        CheckConstraint("amount_minor >= 0", name="refund_amount_positive"),
    )

    event_id: int = big()
    refund_id: int = big()
    payment_id: int = big()
    booking_id: int = big()
    amount_minor: int = big()
    currency: str = words()
    status: int = small()
    created_at: datetime = instant()
    processed_at: datetime | None = instant(nullable=True)
    provider_reference: str | None = words(nullable=True)


class ReceiptRow(SQLModel, table=True):
    """That a command was carried out under a key. Bookings carry their own key."""

    __tablename__: ClassVar[Any] = "receipt"
    __table_args__ = (PrimaryKeyConstraint("event_id", "user_id", "idempotency_key", name="receipt_pkey"),)

    event_id: int = big()
    user_id: int = big()
    idempotency_key: str = words()
    fingerprint: int = big()
    booking_id: int = big()
    made: int = big()
    created_at: datetime = instant()
