"""Refusals: every "no" a client can act on, with its facts. The sentence for people and the code are the schema's.

Those of tickets and of the waitlist have files of their own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.bookings import BookingStatus
from domain.ids import BookingId, EventId, PaymentId
from domain.money import Money
from domain.places import PlaceStatus
from domain.ticket_refusals import AlreadyCheckedIn, TicketNotFound, TicketNotValid
from domain.waitlist_refusals import AlreadyWaiting, EntryNotActive, EntryNotFound, OfferNotOpen, PlacesAvailable


@dataclass(frozen=True, slots=True)
class EventNotFound:
    """There is no such event, or none this caller may see."""

    event_id: EventId


class NotOnSaleReason(Enum):
    """Why an event sells nothing now."""

    NOT_YET = "NOT_YET"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class EventNotOnSale:
    """The event sells nothing at this moment."""

    reason: NotOnSaleReason
    on_sale_at: datetime
    off_sale_at: datetime


@dataclass(frozen=True, slots=True)
class InvalidSeatCount:
    """A booking counts 1 to `most` places."""

    asked: int
    most: int


@dataclass(frozen=True, slots=True)
class TicketLimitReached:
    """One user may have `limit` places of this event and has `taken` already."""

    limit: int
    taken: int


@dataclass(frozen=True, slots=True)
class UnknownTier:
    """The event has no such tier."""

    tier_no: int


@dataclass(frozen=True, slots=True)
class UnavailableSeat:
    """A seat one cannot have, and the state it is in; `status` is None for a seat the event does not have."""

    seat_no: int
    status: PlaceStatus | None


@dataclass(frozen=True, slots=True)
class SeatsUnavailable:
    """Some of the seats asked for cannot be had, so none were taken."""

    seats: tuple[UnavailableSeat, ...]


@dataclass(frozen=True, slots=True)
class PlacesUnavailable:
    """The tier has fewer places left than asked for, so none were taken."""

    tier_no: int
    asked: int
    available: int


@dataclass(frozen=True, slots=True)
class UnknownSection:
    """The event has no section of that name."""

    section: str


@dataclass(frozen=True, slots=True)
class AdjacentSeatsUnavailable:
    """Nowhere are so many neighbouring seats free; `most_together` is the largest group that is."""

    asked: int
    most_together: int
    available: int


@dataclass(frozen=True, slots=True)
class LeavesOrphanSeats:
    """The choice would leave single seats alone, and another choice would not, so none were taken."""

    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EventSoldOut:
    """The event has no place left."""

    event_id: EventId


@dataclass(frozen=True, slots=True)
class BookingNotFound:
    """There is no such booking, or it is somebody else's."""

    booking_id: BookingId


@dataclass(frozen=True, slots=True)
class BookingExpired:
    """The hold ended before it was confirmed; its places went back."""

    booking_id: BookingId
    expired_at: datetime


@dataclass(frozen=True, slots=True)
class BookingNotPending:
    """Only a pending booking can be paid for or extended."""

    booking_id: BookingId
    status: BookingStatus


@dataclass(frozen=True, slots=True)
class AlreadyExtended:
    """A hold can be extended once."""

    booking_id: BookingId
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BookingNotCancellable:
    """A booking in this state has nothing to give back."""

    booking_id: BookingId
    status: BookingStatus


@dataclass(frozen=True, slots=True)
class CancellationWindowExpired:
    """A confirmed booking could be cancelled until `until`; None where its policy never lets it."""

    booking_id: BookingId
    until: datetime | None


class KeptReason(Enum):
    """Why a place of a booking cannot be given back by who asks."""

    NOT_IN_BOOKING = "NOT_IN_BOOKING"
    GIVEN_BACK = "GIVEN_BACK"
    CHECKED_IN = "CHECKED_IN"
    HANDED_ON = "HANDED_ON"


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """A place that cannot be given back: by its seat, or by its ticket's number where it was named so."""

    reason: KeptReason
    seat_no: int | None = None
    ticket_no: int | None = None


@dataclass(frozen=True, slots=True)
class PlacesNotCancellable:
    """Some of the places asked for cannot be given back, so none were."""

    booking_id: BookingId
    places: tuple[KeptPlace, ...]


@dataclass(frozen=True, slots=True)
class PaymentInProgress:
    """Another charge for this booking is under way."""

    booking_id: BookingId
    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class PaymentNotFound:
    """There is no such payment, or it is somebody else's."""

    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """The gateway declined; `reason` is its own word. The places stay held until `expires_at`, or None when they went back."""

    booking_id: BookingId
    reason: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentRequired:
    """The booking costs `due`, and nothing was said of how to pay."""

    booking_id: BookingId
    due: Money


@dataclass(frozen=True, slots=True)
class IdempotencyKeyReused:
    """The key was used before, with another operation or input."""

    key: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Too many commands wait for this event; nothing was done, try again in a moment."""

    event_id: EventId


Refusal = (
    EventNotFound
    | EventNotOnSale
    | InvalidSeatCount
    | TicketLimitReached
    | UnknownTier
    | SeatsUnavailable
    | PlacesUnavailable
    | UnknownSection
    | AdjacentSeatsUnavailable
    | LeavesOrphanSeats
    | EventSoldOut
    | BookingNotFound
    | BookingExpired
    | BookingNotPending
    | AlreadyExtended
    | BookingNotCancellable
    | CancellationWindowExpired
    | PlacesNotCancellable
    | TicketNotFound
    | TicketNotValid
    | AlreadyCheckedIn
    | AlreadyWaiting
    | PlacesAvailable
    | EntryNotFound
    | EntryNotActive
    | OfferNotOpen
    | PaymentInProgress
    | PaymentNotFound
    | PaymentFailed
    | PaymentRequired
    | IdempotencyKeyReused
    | Busy
)
