"""Loaders of what belongs to bookings: many objects of one answer ask the database once."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain import bookings
from domain.booking_reads import BookingSelection
from domain.bookings import Payment, Refund
from domain.callers import Caller
from domain.catalogue import Place
from domain.events import Event as EventRecord
from domain.events import manages
from domain.ids import BookingId, EventId, PaymentId, SeatId, UserId
from domain.layouts import Layout
from domain.money import Money as Amount
from domain.users import User as UserRecord
from resolvers import permissions
from resolvers.loaders import CatalogueLoaders
from resolvers.pages import moment_of, page_info
from schema.booking_inputs import BookingFilter
from schema.bookings import Booking, BookingConnection, BookingEdge, UserStats
from schema.cancellation import CancellationPolicy
from schema.events import Event, Tier
from schema.payments import Payment as PaymentNode
from schema.scalars import Money
from schema.tickets import BookedPlace
from schema.users import User

if TYPE_CHECKING:
    from resolvers.context import Services

ORDER = "bookings by newest"
"""What a cursor of a list of bookings remembers of its order."""


class BookingLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services", catalogue: CatalogueLoaders) -> None:
        self._layout = services.catalogue.layout
        self._events = catalogue.events
        self._tiers = catalogue.tiers
        self._house_policy = services.cancellation
        reads = services.bookings
        self.bookings: DataLoader[BookingId, bookings.Booking | None] = DataLoader(reads.find_many)
        self.tickets: DataLoader[BookingId, list[bookings.Ticket]] = DataLoader(reads.tickets_many)
        self.payments: DataLoader[BookingId, list[Payment]] = DataLoader(reads.payments_many)
        self.refunds: DataLoader[BookingId, list[Refund]] = DataLoader(reads.refunds_many)
        self._reads = reads
        self._clock: DataLoader[None, datetime] = DataLoader(self._clocks)
        self.users: DataLoader[UserId, UserRecord | None] = DataLoader(services.accounts.users_many)

    def forget(self) -> None:
        """Forget all that was loaded: it may have changed since."""
        for loader in (self.bookings, self.tickets, self.payments, self.refunds, self.users, self._events, self._tiers, self._clock):
            loader.clear_all()

    async def now(self) -> datetime:
        """The clock that holds are measured by, looked at once for all bookings of an answer."""
        return await self._clock.load(None)

    async def _clocks(self, asked: list[None]) -> list[datetime]:
        now = await self._reads.now()
        return [now for _ in asked]

    async def may_read(self, caller: Caller | None, event_id: EventId, user_id: UserId) -> bool:
        """Whether something of a booking is for the caller to see: its owner, whoever runs the event, or an admin."""
        if caller is None or caller.owns(user_id):
            return caller is not None
        event = await self._events.load(event_id) if caller.organizations else None
        return event is not None and manages(caller, event)

    async def booking(self, caller: Caller | None, booking_id: BookingId) -> Booking | None:
        """A booking as clients see it; None where there is none that the caller may see."""
        found = await self.bookings.load(booking_id)
        return Booking.of(found) if found is not None and await self.may_read(caller, booking_id.event_id, found.user_id) else None

    async def paid_for(self, payment: Payment) -> Booking | None:
        """The booking that a payment is for, as clients see it."""
        found = await self.bookings.load(payment.booking_id)
        return Booking.of(found) if found is not None else None

    async def payment(self, caller: Caller | None, payment_id: PaymentId) -> PaymentNode | None:
        """A payment as clients see it; None where there is none that the caller may see."""
        found = await self._reads.payment(payment_id)
        return PaymentNode.of(found) if found is not None and await self.may_read(caller, payment_id.event_id, found.user_id) else None

    async def page(self, selection: BookingSelection, first: int, after: str | None) -> BookingConnection:
        """A page of bookings, newest first. Raises InvalidArgument for a page that cannot be."""
        found = await self._reads.bookings(selection, most=first + 1, after=moment_of(first, after, ORDER))
        edges = [
            BookingEdge(node=Booking.of(record), cursor=Place(record.created_at, record.id.number).cursor(ORDER))
            for record in found[:first]
        ]
        count = partial(self._reads.count, selection)
        return BookingConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))

    async def page_of_user(self, user_id: UserId, first: int, after: str | None, filter: BookingFilter | None) -> BookingConnection:
        """A page of a user's bookings. Raises InvalidArgument for a page or a filter that cannot be."""
        return await self.page((filter or BookingFilter()).to_selection().of_user(user_id), first, after)

    async def page_of_event(
        self, caller: Caller | None, event: EventRecord, first: int, after: str | None, filter: BookingFilter | None
    ) -> BookingConnection:
        """A page of an event's bookings, for those who run it. Raises Unauthorized for others, InvalidArgument as `page_of_user` does."""
        permissions.runs(caller, event)
        return await self.page((filter or BookingFilter()).to_selection().of_event(event.event_id), first, after)

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
        found = await self.users.load(user_id)
        return User.of(found) if found is not None else None

    async def tier(self, event_id: EventId, tier_no: int) -> Tier:
        """A tier of an event; both must exist."""
        event, tiers = await self._events.load(event_id), await self._tiers.load(event_id)
        assert event is not None, "a booking's event stays"
        return Tier.of(event_id, event.currency, next(tier for tier in tiers if tier.tier_no == tier_no))

    async def places_of(self, booking: bookings.Booking) -> list[BookedPlace]:
        """A booking's places in order, those with a seat in people's words."""
        return [await self.place_of(booking, place) for place in bookings.tickets_of(booking)]

    async def place_of(self, booking: bookings.Booking, ticket: bookings.Ticket) -> BookedPlace:
        """A ticket's place, in people's words; also one that was given back, which the booking's lines have no more."""
        event = await self._events.load(booking.id.event_id)
        layout = await self._layout(event.layout_id) if event and event.layout_id and ticket.seat_no is not None else None
        return booked_place(booking, ticket, layout)

    async def cancellation_policy_of(self, booking: bookings.Booking) -> CancellationPolicy:
        """What giving a booking's places back brings; the house's policy where it was bought under none."""
        event = await self._events.load(booking.id.event_id)
        assert event is not None, "a booking's event stays"
        return CancellationPolicy.of(booking.cancellation or self._house_policy, event.starts_at)


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
