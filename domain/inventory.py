"""Inventory: all that an event has to sell, as far as one batch touches it, and how places move in it.

The box office loads one, the rules read it, `settle` in `domain/decide.py` changes it, and what was changed is written back. It lives
as long as its batch.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from domain.audit import AuditFact
from domain.bookings import HOLDING, Booking, Line, Payment, PaymentStatus, Receipt, Refund, Ticket
from domain.cancellation import CancellationPolicy
from domain.errands import Errand
from domain.ids import TICKETS_MOST, EventId, UserId
from domain.notifications import Notice
from domain.places import PlaceStatus, SeatingPlan, Tier, TierKind
from domain.waitlist import ACTIVE, EntryStatus, WaitlistEntry


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
    cancellation: CancellationPolicy = field(default_factory=CancellationPolicy)
    """For events that have no policy of their own."""
    offer: timedelta = timedelta(minutes=15)
    """How long a place of the waitlist's head is kept for it."""

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
    cancellation: CancellationPolicy | None = None
    """Its own policy for what is bought from now on; None for the house's."""
    avoids_orphans: bool = False
    """Whether a choice of seats that leaves a single one alone is refused where it can be avoided."""


@dataclass(frozen=True, slots=True)
class Seat:
    """The state of one seat, and the booking that has it."""

    status: PlaceStatus = PlaceStatus.AVAILABLE
    booking_no: int | None = None


AVAILABLE = Seat()


@dataclass(slots=True)
class Inventory:
    """An event's places, bookings and payments, as far as they are loaded, at one version.

    A seat that was not loaded reads as available: a loader brings every seat that is not, of those a command touches. `statuses`, where
    it is loaded, holds the state of every seat of the event, a byte each, so that any may be chosen.
    """

    event_id: EventId
    version: int
    sale: Sale
    policy: BookingPolicy
    tiers: dict[int, Tier]
    plan: SeatingPlan | None = None
    seats: dict[int, Seat] = field(default_factory=dict)
    statuses: bytearray | None = None
    bookings: dict[int, Booking] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    receipts: dict[tuple[UserId, str], Receipt] = field(default_factory=dict)
    keys: dict[tuple[UserId, str], int] = field(default_factory=dict)
    """Bookings by the idempotency key they were made under."""
    taken_by: dict[UserId, int] = field(default_factory=dict)
    """How many places a user holds or has booked."""
    tickets: dict[tuple[int, int], Ticket] = field(default_factory=dict)
    """Tickets by booking and number."""
    entries: dict[int, WaitlistEntry] = field(default_factory=dict)
    """Of the waitlist: the first of those who wait, in order, and those that commands touch."""
    waiting: int = 0
    """How many entries of the waitlist are active, loaded or not."""
    errands: dict[int, Errand] = field(default_factory=dict)
    freed: bool = False
    """Whether places have become available since the waitlist was last asked."""
    changed: "Changed" = field(default_factory=lambda: Changed())

    def seat(self, seat_no: int) -> Seat:
        """The state of a seat that the event has; without its owner where only `statuses` tells of it."""
        seat = self.seats.get(seat_no)
        if seat is None and self.statuses is not None and self.has_seat(seat_no):
            return Seat(PlaceStatus(self.statuses[seat_no]))
        return seat or AVAILABLE

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

    @property
    def cancellation(self) -> CancellationPolicy:
        """The policy that what is bought now is bought under."""
        return self.sale.cancellation or self.policy.cancellation

    def payments_of(self, booking_no: int) -> list[Payment]:
        """A booking's charges."""
        return [payment for payment in self.payments.values() if payment.booking_id.number == booking_no]

    def paid(self, booking_no: int) -> Payment | None:
        """The charge that paid for a booking: the one whose money was kept."""
        succeeded = (payment for payment in self.payments_of(booking_no) if payment.status is PaymentStatus.SUCCEEDED)
        return next((payment for payment in succeeded if self.kept(payment) > 0), None)

    def kept(self, payment: Payment) -> int:
        """How much of a charge does not go back, in minor units."""
        return payment.amount.minor - sum(refund.amount.minor for refund in self.refunds.values() if refund.payment_id == payment.id)

    def owed(self, payment: Payment) -> Refund | None:
        """The money that goes, or went, back for a charge that came too late."""
        return next((refund for refund in self.refunds.values() if refund.payment_id == payment.id), None)

    def tickets_of(self, booking_no: int) -> list[Ticket]:
        """A booking's tickets, in order."""
        return [ticket for (owner, _), ticket in sorted(self.tickets.items()) if owner == booking_no]

    def queue(self) -> list[WaitlistEntry]:
        """Those who wait, first come first."""
        waiting = (entry for entry in self.entries.values() if entry.status is EntryStatus.WAITING)
        return sorted(waiting, key=lambda entry: (entry.joined_at, entry.id.number))

    def move(self, tier_no: int, count: int, before: PlaceStatus, after: PlaceStatus) -> None:
        """Count places of a tier from one state into another."""
        self.tiers[tier_no] = self.tiers[tier_no].moved(count, before, after)
        self.changed.tiers.add(tier_no)
        self.freed = self.freed or after is PlaceStatus.AVAILABLE

    def move_seat(self, seat_no: int, after: PlaceStatus, booking_no: int | None) -> None:
        """Put a seat into a state and count it."""
        assert self.plan is not None
        self.move(self.plan.tier_of(seat_no), 1, self.seat(seat_no).status, after)
        self._set_seat(seat_no, after, booking_no)

    def move_booking(self, booking: Booking, before: PlaceStatus, after: PlaceStatus) -> None:
        """Put all places of a booking from one state into another."""
        self.move_lines(booking.id.number, booking.lines, before, after)

    def move_lines(self, booking_no: int, lines: tuple[Line, ...], before: PlaceStatus, after: PlaceStatus) -> None:
        """Put some places of a booking from one state into another."""
        owner = None if after is PlaceStatus.AVAILABLE else booking_no
        for line in lines:
            self.move(line.tier_no, line.quantity, before, after)
            for seat_no in line.seats:
                self._set_seat(seat_no, after, owner)

    def _set_seat(self, seat_no: int, status: PlaceStatus, booking_no: int | None) -> None:
        self.seats[seat_no] = Seat(status, booking_no)
        self.changed.seats.add(seat_no)
        if self.statuses is not None:
            self.statuses[seat_no] = status

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
        """Remember tickets that are new or changed."""
        for ticket in tickets:
            name = ticket.id.booking_id.number, ticket.id.ticket_no
            self.tickets[name] = ticket
            self.changed.tickets.add(name)

    def put_entry(self, entry: WaitlistEntry) -> None:
        """Remember an entry's new state, and whether its user still has a place in the queue."""
        old = self.entries.get(entry.id.number)
        self.waiting += (entry.status in ACTIVE) - (old is not None and old.status in ACTIVE)
        self.entries[entry.id.number] = entry
        self.changed.entries.add(entry.id.number)

    def put_errand(self, errand: Errand) -> None:
        """Remember how far an errand has come."""
        self.errands[errand.errand_no] = errand
        self.changed.errands.add(errand.errand_no)

    def tell(self, *notices: Notice) -> None:
        """Have users told, by the commit that makes it true."""
        self.changed.notices.extend(notices)

    def note(self, fact: AuditFact | None) -> None:
        """Have it written down who changed what; None where there is nothing to write down."""
        if fact is not None:
            self.changed.audit.append(fact)


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
    tickets: set[tuple[int, int]] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    errands: set[int] = field(default_factory=set)
    notices: list[Notice] = field(default_factory=list)
    audit: list[AuditFact] = field(default_factory=list)

    @property
    def only_took_places(self) -> bool:
        """Whether new pending bookings are all that changed: by far the most frequent batch."""
        return bool(self.new_bookings) and not (self.bookings or self.beside_bookings)

    @property
    def beside_bookings(self) -> bool:
        """Whether anything changed but places and bookings."""
        lists = (self.payments, self.refunds, self.receipts, self.tickets, self.entries, self.errands, self.notices, self.audit)
        return any(map(bool, lists))

    def __bool__(self) -> bool:
        return bool(self.seats or self.tiers or self.new_bookings or self.bookings or self.beside_bookings)
