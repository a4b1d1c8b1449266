"""An event's bookings, their tickets, and the money that goes with them."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlmodel import SQLModel

from db.tables.columns import big, instant, json, number, small, truth, words


class BookingRow(SQLModel, table=True):
    """Places taken together by one user. `lines` is [[tier_no, quantity, price_minor, [seat_no, …]], …]; after a partial cancellation,
    what is left of them. `refund_steps` is the cancellation policy it was bought under, as the event has it.
    """

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
    lines: Any = json()
    total_minor: int = big()
    currency: str = words()
    created_at: datetime = instant()
    expires_at: datetime = instant()
    extended: bool = truth()
    confirmed_at: datetime | None = instant(nullable=True)
    cancelled_at: datetime | None = instant(nullable=True)
    idempotency_key: str | None = words(nullable=True)
    fingerprint: int | None = big(nullable=True)
    refund_steps: Any = json(nullable=True)


class TicketRow(SQLModel, table=True):
    """One place's right of entry, numbered from 1 within its booking.

    `holder_id` is who it was handed on to, null as long as it is the buyer's; `issue` rises with each hand-over, so that older copies of
    its entry code are known for what they are.
    """

    __tablename__: ClassVar[Any] = "ticket"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "booking_id", "ticket_no", name="ticket_pkey"),
        Index("ticket_by_holder", "holder_id", "event_id", "booking_id", postgresql_where=text("holder_id IS NOT NULL")),
        CheckConstraint("status BETWEEN 0 AND 2", name="ticket_status_known"),
        CheckConstraint("(status = 2) = (checked_in_at IS NOT NULL)", name="ticket_checked_in"),
    )

    event_id: int = big()
    booking_id: int = big()
    ticket_no: int = small()
    tier_no: int = small()
    seat_no: int | None = number(nullable=True)
    price_minor: int = big()
    status: int = small()
    holder_id: int | None = big(nullable=True)
    issue: int = small(otherwise="1")
    checked_in_at: datetime | None = instant(nullable=True)


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
    fails_booking: bool = truth()
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
    failure: str | None = words(nullable=True)


class ReceiptRow(SQLModel, table=True):
    """That a command was carried out under a key. Bookings carry their own key."""

    __tablename__: ClassVar[Any] = "receipt"
    __table_args__ = (
        PrimaryKeyConstraint("event_id", "user_id", "idempotency_key", name="receipt_pkey"),
        Index("receipt_by_age", "created_at", postgresql_using="brin"),
    )

    event_id: int = big()
    user_id: int = big()
    idempotency_key: str = words()
    fingerprint: int = big()
    booking_id: int = big()
    made: int = big()
    created_at: datetime = instant()
