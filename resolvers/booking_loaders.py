"""Loaders of what belongs to bookings: many objects of one answer ask the database once."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain import bookings
from domain.accounts import User as UserRecord
from domain.bookings import Payment, Refund
from domain.callers import Caller
from domain.catalogue import Place
from domain.ids import BookingId, EventId, PaymentId, SeatId, TicketId, UserId
from domain.layouts import Layout
from domain.money import Money as Amount
from resolvers.loaders import CatalogueLoaders, page_info, place_of
from schema.accounts import User
from schema.booking_inputs import BookingFilter
from schema.bookings import BookedPlace, Booking, BookingConnection, BookingEdge, Ticket, UserStats, ticket_of
from schema.bookings import Payment as PaymentNode
from schema.events import Event, Tier
from schema.scalars import Money

if TYPE_CHECKING:
    from resolvers.context import Services

ORDER = "bookings by newest"
"""What a cursor of a user's bookings remembers of their order."""


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
        self._reads = reads
        self._clock: DataLoader[None, datetime] = DataLoader(self._clocks)
        self._users: DataLoader[UserId, UserRecord | None] = DataLoader(services.accounts.users_many)

    def forget(self) -> None:
        """Forget all that was loaded: it may have changed since."""
        for loader in (self.bookings, self.tickets, self.payments, self.refunds, self._users, self._events, self._tiers, self._clock):
            loader.clear_all()

    async def now(self) -> datetime:
        """The clock that holds are measured by, looked at once for all bookings of an answer."""
        return await self._clock.load(None)

    async def _clocks(self, asked: list[None]) -> list[datetime]:
        now = await self._reads.now()
        return [now for _ in asked]

    async def booking(self, caller: Caller | None, booking_id: BookingId) -> Booking | None:
        """A booking as clients see it; None where there is none of the caller's."""
        found = await self.bookings.load(booking_id)
        return Booking.of(found) if found is not None and caller is not None and caller.owns(found.user_id) else None

    async def ticket(self, caller: Caller | None, ticket_id: TicketId) -> Ticket | None:
        """A ticket as clients see it; None where there is none of the caller's."""
        booking = await self.bookings.load(ticket_id.booking_id)
        if booking is None or caller is None or not caller.owns(booking.user_id):
            return None
        return next((ticket for ticket in await self.tickets_of(booking) if ticket.id == str(ticket_id)), None)

    async def payment(self, caller: Caller | None, payment_id: PaymentId) -> PaymentNode | None:
        """A payment as clients see it; None where there is none of the caller's."""
        found = await self._reads.payment(payment_id)
        return PaymentNode.of(found) if found is not None and caller is not None and caller.owns(found.user_id) else None

    async def page_of_user(self, user_id: UserId, first: int, after: str | None, filter: BookingFilter | None) -> BookingConnection:
        """A page of a user's bookings, newest first. Raises InvalidArgument for a page that cannot be."""
        behind = place_of(first, after, ORDER)
        status = bookings.BookingStatus[filter.status.name] if filter is not None and filter.status is not None else None
        key = (behind.key, behind.number) if behind is not None and isinstance(behind.key, datetime) else None
        found = await self._reads.of_user(user_id, most=first + 1, status=status, after=key)
        edges = [
            BookingEdge(node=Booking.of(record), cursor=Place(record.created_at, record.id.number).cursor(ORDER))
            for record in found[:first]
        ]
        count = partial(self._reads.count_of_user, user_id, status)
        return BookingConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))

    async def stats_of(self, user_id: UserId) -> UserStats:
        """What a user has booked, in numbers."""
        stats = await self._reads.stats_of_user(user_id)
        spent = [Money.of(amount) for amount in stats.spent]
        return UserStats(total_bookings=stats.bookings, upcoming_events=stats.upcoming_events, total_spent=spent)

    async def event(self, event_id: EventId) -> Event | None:
        """An event, as clients see it."""
        found = await self._events.load(event_id)
        return Event.of(found) if found is not None else None

    async def visible_user(self, caller: Caller | None, user_id: UserId) -> User | None:
        """A user as clients see them; None unless it is the caller, or an admin asks."""
        return await self.user(user_id) if caller is not None and caller.owns(user_id) else None

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
        return [booked_place(booking, place, layout) for place in bookings.tickets_of(booking)]

    async def tickets_of(self, booking: bookings.Booking) -> list[Ticket]:
        """A booking's tickets, each with its place."""
        tickets = await self.tickets.load(booking.id)
        event = await self._events.load(booking.id.event_id)
        layout = await self._layout(event.layout_id) if event and event.layout_id and booking.seats else None
        return [ticket_of(ticket, booked_place(booking, ticket, layout)) for ticket in tickets]


def booked_place(booking: bookings.Booking, place: bookings.Ticket, layout: Layout | None) -> BookedPlace:
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
