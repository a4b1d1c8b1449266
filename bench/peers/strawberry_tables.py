"""The tables of `tables.sql`, as SQLAlchemy's ORM knows them."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - as SQLAlchemy's documentation writes it


class VenueRow(Base):
    __tablename__ = "venue"
    venue_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    city: Mapped[str]


class EventRow(Base):
    __tablename__ = "event"
    event_id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.venue_id"))
    name: Mapped[str]
    starts_at: Mapped[datetime]


class TierRow(Base):
    __tablename__ = "tier"
    tier_id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.event_id"))
    name: Mapped[str]
    price: Mapped[int]
    available: Mapped[int]


class BookingRow(Base):
    __tablename__ = "booking"
    booking_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.event_id"))
    total: Mapped[int]
    expires_at: Mapped[datetime]


class SeatRow(Base):
    __tablename__ = "seat"
    seat_id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.event_id"))
    tier_id: Mapped[int] = mapped_column(ForeignKey("tier.tier_id"))
    section: Mapped[str]
    row_label: Mapped[str]
    number: Mapped[int]
    price: Mapped[int]
    status: Mapped[str]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.booking_id"))
