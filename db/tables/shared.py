"""Tables that every event shares, small or with the users: copied to every node when the others are spread over machines."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, Computed, Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field, SQLModel

from db.tables.columns import big, instant, json, number, reference, small, truth, words


class Account(SQLModel, table=True):
    """A registered user. No per-event table refers to it by a foreign key: users may live elsewhere.

    `muted_kinds` are the kinds of notifications that go nowhere but into the list in the app.
    """

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
    notify_email: bool = truth(otherwise="true")
    notify_sms: bool = truth(otherwise="false")
    muted_kinds: list[int] = Field(sa_column=Column(ARRAY(SmallInteger), nullable=False, server_default="{}"))


class RefreshToken(SQLModel, table=True):
    """A refresh token that was handed out, by its hash. Tokens that replaced one another share a family."""

    __tablename__: ClassVar[Any] = "refresh_token"
    __table_args__ = (
        PrimaryKeyConstraint("token_hash", name="refresh_token_pkey"),
        Index("refresh_token_family", "family_id"),
        Index("refresh_token_user", "user_id"),
        Index("refresh_token_revoked", "revoked_at", postgresql_where=text("revoked_at IS NOT NULL")),
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
    plan: Any = json()
    created_at: datetime = instant()


class EventRow(SQLModel, table=True):
    """What the catalogue says about an event. Whoever changes a fact of its sale raises the inventory's version in the same commit.

    `refund_steps` is its own cancellation policy, [[minutes before the start, per cent], …], or null for the house's.
    """

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
    refund_steps: Any = json(nullable=True)
    avoids_orphans: bool = truth(otherwise="false")
    cancelled_at: datetime | None = instant(nullable=True)
    cancel_reason: str | None = words(nullable=True)
    search: str = Field(
        sa_column=Column(
            TSVECTOR,
            Computed("setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', description), 'B')", persisted=True),
            nullable=True,
        )
    )
