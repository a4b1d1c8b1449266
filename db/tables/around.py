"""Around an event's bookings: who waits for places, who is told of what, who changed what, and work that goes over all of its bookings."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlmodel import SQLModel

from db.tables.columns import big, instant, json, number, small, truth, words


class WaitlistEntryRow(SQLModel, table=True):
    """One user's turn in the queue for an event's places; `tier_no` is null where any tier will do.

    Its offer, once there is one, is the booking with the entry's own number. `skips` counts how often somebody behind it was served first,
    and `skip_reason` says why the last time.
    """

    __tablename__: ClassVar[Any] = "waitlist_entry"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "entry_id", name="waitlist_entry_pkey"),
        Index("waitlist_entry_waiting", "event_id", "joined_at", "entry_id", postgresql_where=text("status = 0")),
        Index("waitlist_entry_active", "event_id", "user_id", unique=True, postgresql_where=text("status IN (0, 1)")),
        Index("waitlist_entry_by_user", "user_id", "joined_at", "event_id"),
        CheckConstraint("status BETWEEN 0 AND 5", name="waitlist_entry_status_known"),
        CheckConstraint("quantity > 0", name="waitlist_entry_quantity_positive"),
    )

    event_id: int = big()
    entry_id: int = big()
    user_id: int = big()
    tier_no: int | None = small(nullable=True)
    quantity: int = small()
    together: bool = truth()
    notify_email: bool = truth()
    notify_sms: bool = truth()
    status: int = small()
    joined_at: datetime = instant()
    offered_at: datetime | None = instant(nullable=True)
    offer_expires_at: datetime | None = instant(nullable=True)
    ended_at: datetime | None = instant(nullable=True)
    skips: int = number()
    skip_reason: int | None = small(nullable=True)


class NotificationRow(SQLModel, table=True):
    """What one user is told, written in the commit it tells of. `channels` has a bit for each way it has gone out already; `about` is what
    the words are made from.
    """

    __tablename__: ClassVar[Any] = "notification"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "notification_id", name="notification_pkey"),
        Index("notification_by_user", "user_id", "created_at", "notification_id"),
        Index("notification_due", "due_at", "event_id", postgresql_where=text("status = 0")),
        Index("notification_due_of_event", "event_id", "due_at", postgresql_where=text("status = 0")),
        CheckConstraint("status BETWEEN 0 AND 2", name="notification_status_known"),
    )

    event_id: int = big()
    notification_id: int = big()
    user_id: int = big()
    kind: int = small()
    booking_id: int | None = big(nullable=True)
    about: Any = json()
    created_at: datetime = instant()
    status: int = small()
    channels: int = small()
    attempts: int = small()
    due_at: datetime = instant()
    sent_at: datetime | None = instant(nullable=True)
    read_at: datetime | None = instant(nullable=True)
    failure: str | None = words(nullable=True)


class AuditRow(SQLModel, table=True):
    """Who changed what. `event_id` is 0 for what no event owns; `subject` is the public id of what was changed."""

    __tablename__: ClassVar[Any] = "audit"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "audit_id", name="audit_pkey"),
        Index("audit_by_time", "at", "audit_id"),
        Index("audit_by_event", "event_id", "at", "audit_id"),
    )

    event_id: int = big()
    audit_id: int = big()
    at: datetime = instant()
    user_id: int = big()
    action: str = words()
    subject: str = words()
    facts: Any = json()


class ErrandRow(SQLModel, table=True):
    """Work that goes over all bookings of an event, in batches: each moves `after_booking` in the commit that does its part."""

    __tablename__: ClassVar[Any] = "errand"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "errand_id", name="errand_pkey"),
        Index("errand_open", "created_at", "event_id", postgresql_where=text("done_at IS NULL")),
        CheckConstraint("kind BETWEEN 0 AND 1", name="errand_kind_known"),
    )

    event_id: int = big()
    errand_id: int = big()
    kind: int = small()
    about: Any = json()
    after_booking: int = big()
    created_at: datetime = instant()
    done_at: datetime | None = instant(nullable=True)
