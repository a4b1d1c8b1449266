"""Loaders of what belongs to bookings: many objects of one answer ask the database once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain.bookings import Booking, Payment, Refund
from domain.bookings import Ticket as TicketRecord
from domain.ids import BookingId, EventId, SeatId, UserId
from domain.money import Money as Amount
from schema import bookings
from schema.accounts import User
from schema.bookings import BookedPlace, Ticket
from schema.scalars import Money

if TYPE_CHECKING:
    from resolvers.context import Context
    from schema.events import Event, Tier


@dataclass(slots=True)
class BookingLoaders:
    """One request's loaders."""

    context: "Context"
    bookings: DataLoader[BookingId, Booking | None]
    tickets: DataLoader[BookingId, list[TicketRecord]]
    payments: DataLoader[BookingId, list[Payment]]
    refunds: DataLoader[BookingId, list[Refund]]

    @classmethod
    def of(cls, context: "Context") -> "BookingLoaders":
        """Fresh loaders, which remember nothing of other requests."""
        reads = context.services.bookings
        return cls(
            context,
            bookings=DataLoader(reads.find_many),
            tickets=DataLoader(reads.tickets_many),
            payments=DataLoader(reads.payments_many),
            refunds=DataLoader(reads.refunds_many),
        )
