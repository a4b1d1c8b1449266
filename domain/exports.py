"""Exports: all places of all bookings of an event, for whoever runs it to take away."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.bookings import Booking, Ticket, tickets_of
from domain.ids import EventId
from domain.layouts import Layout
from domain.money import Money


def bookings_path(event_id: EventId | str) -> str:
    """Where an event's bookings are exported."""
    return f"/export/events/{event_id}/bookings.csv"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What an export tells of who booked."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ExportHead:
    """What all rows of an export share."""

    tiers: Mapping[int, str]
    layout: Layout | None


@dataclass(frozen=True, slots=True)
class ExportedBooking:
    """A booking with its tickets, none where it was never confirmed; `buyer` is None where the account is gone."""

    booking: Booking
    tickets: Sequence[Ticket]
    buyer: Buyer | None


@dataclass(frozen=True, slots=True)
class ExportedPlace:
    """One place of a booking: a row. It has a ticket from the booking's confirmation on, and keeps it once it was given back."""

    booking_code: str
    booking_status: str
    ticket_number: str | None
    ticket_status: str | None
    tier: str
    section: str | None
    row: str | None
    seat: str | None
    price: Money
    buyer_name: str | None
    buyer_email: str | None
    booked_at: datetime
    checked_in_at: datetime | None


class BookingExports(Protocol):
    """Where exports come from."""

    def bookings(self, event_id: EventId) -> AsyncGenerator[list[ExportedPlace], None]:
        """Every place of every booking of an event, oldest booking first, in parts of bounded size, all of one moment.

        Closing the generator ends the query. Raises Outage where the database does not answer.
        """
        ...


def places_of(head: ExportHead, exported: ExportedBooking) -> list[ExportedPlace]:
    """A booking's rows: its tickets, those given back too; or, where it has none, the places it has or had."""
    booking = exported.booking
    places = exported.tickets or tickets_of(booking)
    return [place_of(head, exported, place, has_ticket=bool(exported.tickets)) for place in places]


def place_of(head: ExportHead, exported: ExportedBooking, place: Ticket, *, has_ticket: bool) -> ExportedPlace:
    """A row for one place."""
    booking, buyer = exported.booking, exported.buyer
    seat = head.layout.place_of(place.seat_no) if head.layout is not None and place.seat_no is not None else None
    return ExportedPlace(
        booking_code=booking.id.code,
        booking_status=booking.status.name,
        ticket_number=place.id.code if has_ticket else None,
        ticket_status=place.status.name if has_ticket else None,
        tier=head.tiers[place.tier_no],
        section=seat.section if seat is not None else None,
        row=seat.row if seat is not None else None,
        seat=seat.number if seat is not None else None,
        price=Money(place.price_minor, booking.currency),
        buyer_name=buyer.name if buyer is not None else None,
        buyer_email=buyer.email if buyer is not None else None,
        booked_at=booking.created_at,
        checked_in_at=place.checked_in_at,
    )
