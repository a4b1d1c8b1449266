"""Inventory: all that an event has to sell, as far as one batch touches it, and how places move in it.

The box office loads one, the rules read it, `settle` in `domain/decide.py` changes it, and what was changed is written back. It lives
as long as its batch.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import islice

from domain.bookings import HOLDING, Booking, Payment, PaymentStatus, Receipt, Refund, Ticket
from domain.ids import TICKETS_MOST, EventId, UserId
from domain.places import PlaceStatus, SeatingPlan, Tier, TierKind


class EventStatus(IntEnum):
    """Where an event stands in its life. The numbers are what the database stores."""

    DRAFT = 0
    PUBLISHED = 1
    CANCELLED = 2


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """The house's numbers. Source: SPEC §5, each a setting. Raises ValueError for more places than a booking's tickets can be numbered."""

    hold: timedelta = timedelta(minutes=5)
    extension: timedelta = timedelta(minutes=5)
    places_most: int = 10
    cancellation_window: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        if not 1 <= self.places_most <= TICKETS_MOST:
            raise ValueError(f"a booking can count 1 to {TICKETS_MOST} places, not {self.places_most}")


@dataclass(frozen=True, slots=True)
class Sale:
    """What the catalogue says about selling an event."""

    status: EventStatus
    on_sale_at: datetime
    off_sale_at: datetime
    starts_at: datetime
    currency: str
    ticket_limit: int | None = None
    """How many places one user may have; None for no limit."""


@dataclass(frozen=True, slots=True)
class Seat:
    """The state of one seat, and the booking that has it."""

    status: PlaceStatus = PlaceStatus.AVAILABLE
    booking_no: int | None = None


AVAILABLE = Seat()


@dataclass(slots=True)
class Inventory:
    """An event's places, bookings and payments, as far as they are loaded, at one version.

    A seat that was not loaded reads as available: a loader brings every seat that is not, of those a command touches. `taken_in`
    holds the tiers whose taken seats are loaded completely, so that any free seat of theirs can be chosen.
    """

    event_id: EventId
    version: int
    sale: Sale
    policy: BookingPolicy
    tiers: dict[int, Tier]
    plan: SeatingPlan | None = None
    seats: dict[int, Seat] = field(default_factory=dict)
    taken_in: set[int] = field(default_factory=set)
    bookings: dict[int, Booking] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    receipts: dict[tuple[UserId, str], Receipt] = field(default_factory=dict)
    keys: dict[tuple[UserId, str], int] = field(default_factory=dict)
    """Bookings by the idempotency key they were made under."""
    taken_by: dict[UserId, int] = field(default_factory=dict)
    """How many places a user holds or has booked."""
    fronts: dict[int, int] = field(default_factory=dict)
    """A seat per tier before which none of its seats is free, so that a batch looks at each seat once and not once a command."""
    changed: "Changed" = field(default_factory=lambda: Changed())

    def seat(self, seat_no: int) -> Seat:
        """The state of a seat that the event has."""
        return self.seats.get(seat_no, AVAILABLE)

    def has_seat(self, seat_no: int) -> bool:
        """Whether the event has such a seat."""
        return self.plan is not None and 0 <= seat_no < self.plan.seat_count

    def is_numbered(self, tier: Tier) -> bool:
        """Whether a tier's places are seats of the layout."""
        return tier.kind is TierKind.SEATED and self.plan is not None

    @property
    def available(self) -> int:
        """Places that can be had, in all tiers."""
        return sum(tier.counts.available for tier in self.tiers.values())

    def free_seats(self, tier_no: int, quantity: int) -> tuple[int, ...]:
        """The first free seats of a tier whose taken seats are loaded; fewer than asked where there are fewer."""
        assert self.plan is not None
        assert tier_no in self.taken_in, "a tier's taken seats are loaded before one is chosen"
        front = self.fronts.get(tier_no, 0)
        seats = (seat_no for seat_nos in self.plan.ranges.get(tier_no, ()) for seat_no in seat_nos[max(front - seat_nos.start, 0) :])
        found = tuple(islice((seat_no for seat_no in seats if self.seat(seat_no).status is PlaceStatus.AVAILABLE), quantity))
        self.fronts[tier_no] = found[0] if found else self.plan.seat_count
        return found

    def payments_of(self, booking_no: int) -> list[Payment]:
        """A booking's charges."""
        return [payment for payment in self.payments.values() if payment.booking_id.number == booking_no]

    def paid(self, booking_no: int) -> Payment | None:
        """The charge that paid for a booking: the one whose money was kept."""
        succeeded = (payment for payment in self.payments_of(booking_no) if payment.status is PaymentStatus.SUCCEEDED)
        return next((payment for payment in succeeded if self.owed(payment) is None), None)

    def owed(self, payment: Payment) -> Refund | None:
        """The money that goes, or went, back for a charge."""
        return next((refund for refund in self.refunds.values() if refund.payment_id == payment.id), None)

    def move(self, tier_no: int, count: int, before: PlaceStatus, after: PlaceStatus) -> None:
        """Count places of a tier from one state into another."""
        tier = self.tiers[tier_no]
        self.tiers[tier_no] = replace(tier, counts=tier.counts.moved(count, before, after))
        self.changed.tiers.add(tier_no)

    def move_seat(self, seat_no: int, after: PlaceStatus, booking_no: int | None) -> None:
        """Put a seat into a state and count it."""
        assert self.plan is not None
        self.move(self.plan.tier_of(seat_no), 1, self.seat(seat_no).status, after)
        self._set_seat(seat_no, after, booking_no)

    def move_booking(self, booking: Booking, before: PlaceStatus, after: PlaceStatus) -> None:
        """Put all places of a booking from one state into another."""
        owner = None if after is PlaceStatus.AVAILABLE else booking.id.number
        for line in booking.lines:
            self.move(line.tier_no, line.quantity, before, after)
            for seat_no in line.seats:
                self._set_seat(seat_no, after, owner)

    def _set_seat(self, seat_no: int, status: PlaceStatus, booking_no: int | None) -> None:
        self.seats[seat_no] = Seat(status, booking_no)
        self.changed.seats.add(seat_no)
        if status is PlaceStatus.AVAILABLE and self.fronts and self.plan is not None:
            tier_no = self.plan.tier_of(seat_no)
            if seat_no < self.fronts.get(tier_no, 0):
                self.fronts[tier_no] = seat_no

    def put_booking(self, booking: Booking) -> None:
        """Remember a booking's new state, and what its user then has."""
        old = self.bookings.get(booking.id.number)
        had = old.quantity if old is not None and old.status in HOLDING else 0
        has = booking.quantity if booking.status in HOLDING else 0
        self.taken_by[booking.user_id] = self.taken_by.get(booking.user_id, 0) + has - had
        if old is None:
            self.changed.new_bookings.add(booking.id.number)
            if booking.idempotency is not None:
                self.keys[booking.user_id, booking.idempotency.key] = booking.id.number
        else:
            self.changed.bookings.add(booking.id.number)
        self.bookings[booking.id.number] = booking

    def put_payment(self, payment: Payment) -> None:
        """Remember a payment's new state."""
        self.payments[payment.id.number] = payment
        self.changed.payments.add(payment.id.number)

    def put_refund(self, refund: Refund) -> None:
        """Remember a refund's new state."""
        self.refunds[refund.id.number] = refund
        self.changed.refunds.add(refund.id.number)

    def put_receipt(self, receipt: Receipt) -> None:
        """Remember that a key was used."""
        self.receipts[receipt.user_id, receipt.idempotency.key] = receipt
        self.changed.receipts.append(receipt)

    def put_tickets(self, tickets: tuple[Ticket, ...]) -> None:
        """Remember tickets just made."""
        self.changed.tickets.extend(tickets)


@dataclass(slots=True)
class Changed:
    """What a batch has changed in an inventory and must write, by number."""

    seats: set[int] = field(default_factory=set)
    tiers: set[int] = field(default_factory=set)
    new_bookings: set[int] = field(default_factory=set)
    bookings: set[int] = field(default_factory=set)
    payments: set[int] = field(default_factory=set)
    refunds: set[int] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    voided: set[int] = field(default_factory=set)
    """Bookings whose tickets no longer open the door."""

    @property
    def only_took_places(self) -> bool:
        """Whether new pending bookings are all that changed: by far the most frequent batch."""
        return not (self.bookings or self.payments or self.refunds or self.receipts or self.tickets or self.voided) and bool(
            self.new_bookings
        )

    def __bool__(self) -> bool:
        return bool(
            self.seats or self.tiers or self.new_bookings or self.bookings or self.payments or self.refunds or self.receipts or self.tickets
        )
