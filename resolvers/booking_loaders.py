"""Loaders of what belongs to bookings: many objects of one answer ask the database once."""

from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain import bookings
from domain.accounts import User as UserRecord
from domain.bookings import Payment, Refund
from domain.ids import BookingId, EventId, SeatId, UserId
from domain.layouts import Layout
from domain.money import Money as Amount
from resolvers.loaders import CatalogueLoaders
from schema.accounts import User
from schema.bookings import BookedPlace, Ticket, ticket_of
from schema.events import Event, Tier
from schema.scalars import Money

if TYPE_CHECKING:
    from resolvers.context import Services


class BookingLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services", catalogue: CatalogueLoaders) -> None:
        self._layout = services.catalogue.layout
        self._events = catalogue.events
        self._tiers = catalogue.tiers
        reads = services.bookings
        self.bookings: DataLoader[BookingId, bookings.Booking | None] = DataLoader(reads.find_many)
        self.tickets: DataLoader[BookingId, list[bookings.Ticket]] = DataLoader(reads.tickets_many)
        self.payments: DataLoader[BookingId, list[Payment]] = DataLoader(reads.payments_many)
        self.refunds: DataLoader[BookingId, list[Refund]] = DataLoader(reads.refunds_many)
        self._users: DataLoader[UserId, UserRecord | None] = DataLoader(services.accounts.users_many)

    async def event(self, event_id: EventId) -> Event | None:
        """An event, as clients see it."""
        found = await self._events.load(event_id)
        return Event.of(found) if found is not None else None

    async def user(self, user_id: UserId) -> User | None:
        """A user, as clients see them."""
        found = await self._users.load(user_id)
        return User.of(found) if found is not None else None

    async def tier(self, event_id: EventId, tier_no: int) -> Tier:
        """A tier of an event; both must exist."""
        event, tiers = await self._events.load(event_id), await self._tiers.load(event_id)
        assert event is not None, "a booking's event stays"
        return Tier.of(event_id, event.currency, next(tier for tier in tiers if tier.tier_no == tier_no))

    async def places_of(self, booking: bookings.Booking) -> list[BookedPlace]:
        """A booking's places in order, those with a seat in people's words."""
        event = await self._events.load(booking.id.event_id)
        layout = await self._layout(event.layout_id) if event and event.layout_id and booking.seats else None
        return [place_of(booking, place, layout) for place in bookings.tickets_of(booking)]

    async def tickets_of(self, booking: bookings.Booking) -> list[Ticket]:
        """A booking's tickets, each with its place."""
        tickets = await self.tickets.load(booking.id)
        event = await self._events.load(booking.id.event_id)
        layout = await self._layout(event.layout_id) if event and event.layout_id and booking.seats else None
        return [ticket_of(ticket, place_of(booking, ticket, layout)) for ticket in tickets]


def place_of(booking: bookings.Booking, place: bookings.Ticket, layout: Layout | None) -> BookedPlace:
    """A place of a booking as clients see it."""
    seat = layout.place_of(place.seat_no) if layout is not None and place.seat_no is not None else None
    return BookedPlace(
        event_id=booking.id.event_id,
        tier_no=place.tier_no,
        seat_id=ID(str(SeatId(booking.id.event_id, place.seat_no))) if place.seat_no is not None else None,
        section=seat.section if seat else None,
        row=seat.row if seat else None,
        number=seat.number if seat else None,
        price=Money.of(Amount(place.price_minor, booking.currency)),
    )
