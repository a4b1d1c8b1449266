"""Refusals: every "no" a client can act on, with its facts. The sentence for people and the code are the schema's."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.bookings import BookingStatus
from domain.ids import BookingId, EventId, PaymentId
from domain.places import PlaceStatus


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
    """A confirmed booking could be cancelled until `until`."""

    booking_id: BookingId
    until: datetime


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
    | EventSoldOut
    | BookingNotFound
    | BookingExpired
    | BookingNotPending
    | AlreadyExtended
    | BookingNotCancellable
    | CancellationWindowExpired
    | PaymentInProgress
    | PaymentNotFound
    | PaymentFailed
    | IdempotencyKeyReused
    | Busy
)
