"""Answers: every "yes" of the box office, with what it changed. Carried out by `settle` in `domain/decide.py`."""

from dataclasses import dataclass
from datetime import datetime

from domain.bookings import Booking, Line, Payment, Receipt, Refund, Ticket
from domain.errands import Errand
from domain.ids import UserId
from domain.money import Money
from domain.notifications import Notice
from domain.waitlist import SkipReason, WaitlistEntry


@dataclass(frozen=True, slots=True)
class BookingPending:
    """The places are held until the booking's `expires_at`."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class AlreadyBooked:
    """The same request was carried out before; this is its booking as it is now. Nothing changes."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class BookingExtended:
    """The hold lasts longer."""

    booking: Booking
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class BookingLapsed:
    """The hold has ended: its places are free."""

    booking: Booking


@dataclass(frozen=True, slots=True)
class PaymentBegun:
    """A charge may now be made for the booking."""

    booking: Booking
    payment: Payment
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class BookingConfirmed:
    """The places are booked and paid; `payment` is None for a booking that costs nothing. `before` is the state it came from."""

    booking: Booking
    payment: Payment | None
    receipt: Receipt | None = None
    before: Booking | None = None


@dataclass(frozen=True, slots=True)
class PaymentTooLate:
    """The charge came when the places were gone: the money goes back."""

    booking: Booking
    payment: Payment
    refund: Refund


@dataclass(frozen=True, slots=True)
class PaymentDeclined:
    """The charge was declined. The booking still holds its places, or is FAILED and holds none."""

    booking: Booking
    payment: Payment
    released: bool = False


@dataclass(frozen=True, slots=True)
class BookingCancelled:
    """The places of `lines` are free again; `refund` gives back `payment`, both None where nothing goes back. `booking` is CANCELLED, or
    has the places that are left. A repeat has no `before`, and changes nothing."""

    booking: Booking
    refund: Refund | None
    payment: Payment | None
    receipt: Receipt | None = None
    before: Booking | None = None
    lines: tuple[Line, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    """Those that no longer open the door."""
    by_other: UserId | None = None
    """Who did it, where that is not the booking's owner."""


@dataclass(frozen=True, slots=True)
class CancellationQuoted:
    """What giving some places back would bring at this moment; it holds until `valid_until`, or None where nothing is paid."""

    booking: Booking
    places: int
    refund: Money
    per_cent: int
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class TicketHandedOn:
    """The ticket is another user's now. A repeat has no `receipt`, and changes nothing."""

    ticket: Ticket
    booking: Booking
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class TicketCheckedIn:
    """Its holder may come in, this once. A repeat has no `receipt`, and changes nothing."""

    ticket: Ticket
    booking: Booking
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class WaitlistJoined:
    """The user has a place in the queue. A repeat is not `new`, and changes nothing."""

    entry: WaitlistEntry
    new: bool = True
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class WaitlistLeft:
    """The user is in the queue no more; `booking`, where there is one, was its offer, whose places go on to the next."""

    entry: WaitlistEntry
    booking: Booking | None = None


@dataclass(frozen=True, slots=True)
class OfferMade:
    """Places are kept for the head of the queue; those `skipped` came first and wanted what is not there."""

    entry: WaitlistEntry
    booking: Booking
    skipped: tuple[tuple[WaitlistEntry, SkipReason], ...] = ()


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The offer is an ordinary pending booking now. A repeat has no `before`, and changes nothing."""

    entry: WaitlistEntry
    booking: Booking
    before: Booking | None = None


@dataclass(frozen=True, slots=True)
class ErrandAdvanced:
    """One batch of an errand is done: these bookings were cancelled, these users told. `is_new` is false for what was done before."""

    errand: Errand | None
    cancelled: tuple[BookingCancelled, ...] = ()
    notices: tuple[Notice, ...] = ()
    left: tuple[WaitlistEntry, ...] = ()
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class RefundCompleted:
    """The money is back."""

    refund: Refund


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """The gateway refuses for good to give the money back; somebody must see to it."""

    refund: Refund


@dataclass(frozen=True, slots=True)
class SeatsBlocked:
    """The seats are off sale; those of `seats` changed."""

    seats: tuple[int, ...]
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class SeatsUnblocked:
    """The seats are on sale again; those of `seats` changed."""

    seats: tuple[int, ...]
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class DueExpired:
    """Every hold that had ended has been given back."""


Answer = (
    BookingPending
    | AlreadyBooked
    | BookingExtended
    | BookingLapsed
    | PaymentBegun
    | BookingConfirmed
    | PaymentTooLate
    | PaymentDeclined
    | BookingCancelled
    | CancellationQuoted
    | TicketHandedOn
    | TicketCheckedIn
    | WaitlistJoined
    | WaitlistLeft
    | OfferMade
    | OfferAccepted
    | ErrandAdvanced
    | RefundCompleted
    | RefundFailed
    | SeatsBlocked
    | SeatsUnblocked
    | DueExpired
)
