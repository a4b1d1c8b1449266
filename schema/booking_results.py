"""What each mutation of bookings answers: its success, or one of its refusals."""

from typing import Annotated

import strawberry

from schema.booking_refusals import (
    AdjacentSeatsUnavailable,
    AlreadyExtended,
    BookingExpired,
    BookingNotFound,
    BookingNotPending,
    Busy,
    IdempotencyKeyReused,
    InvalidSeatCount,
    LeavesOrphanSeats,
    PlacesUnavailable,
    SeatsUnavailable,
    TicketLimitReached,
)
from schema.bookings import Booking
from schema.cancellations import (
    BookingNotCancellable,
    Cancellation,
    CancellationQuote,
    CancellationWindowExpired,
    PlacesNotCancellable,
)
from schema.event_refusals import EventNotFound, EventNotOnSale, EventSoldOut, SectionNotFound, TierNotFound
from schema.payments import PaymentFailed, PaymentInProgress, PaymentRequired
from schema.refusals import ValidationFailed
from schema.seat_maps import SeatSummary

PayRefused = (
    PaymentFailed
    | PaymentInProgress
    | PaymentRequired
    | BookingNotFound
    | BookingExpired
    | BookingNotPending
    | EventNotFound
    | EventNotOnSale
    | IdempotencyKeyReused
    | Busy
)

CreateBookingResult = Annotated[
    Booking
    | SeatsUnavailable
    | PlacesUnavailable
    | AdjacentSeatsUnavailable
    | LeavesOrphanSeats
    | EventSoldOut
    | EventNotFound
    | EventNotOnSale
    | InvalidSeatCount
    | TicketLimitReached
    | TierNotFound
    | SectionNotFound
    | PaymentFailed
    | PaymentInProgress
    | PaymentRequired
    | BookingNotFound
    | BookingExpired
    | BookingNotPending
    | IdempotencyKeyReused
    | ValidationFailed
    | Busy,
    strawberry.union(
        "CreateBookingResult", description="The booking: PENDING, or CONFIRMED where it was paid for at once; or why there is none."
    ),
]
ConfirmBookingResult = Annotated[
    Booking
    | PaymentFailed
    | PaymentInProgress
    | PaymentRequired
    | BookingNotFound
    | BookingExpired
    | BookingNotPending
    | EventNotFound
    | EventNotOnSale
    | IdempotencyKeyReused
    | ValidationFailed
    | Busy,
    strawberry.union(
        "ConfirmBookingResult",
        description="The booking: CONFIRMED, or still PENDING where the gateway takes its time (watch `bookingUpdated`); or why not.",
    ),
]
ExtendBookingResult = Annotated[
    Booking
    | BookingNotFound
    | BookingExpired
    | BookingNotPending
    | AlreadyExtended
    | EventNotFound
    | IdempotencyKeyReused
    | ValidationFailed
    | Busy,
    strawberry.union("ExtendBookingResult", description="The booking with its later `expiresAt`, or why it has no more time."),
]
CancelBookingResult = Annotated[
    Cancellation
    | BookingNotFound
    | BookingNotCancellable
    | CancellationWindowExpired
    | PlacesNotCancellable
    | EventNotFound
    | IdempotencyKeyReused
    | ValidationFailed
    | Busy,
    strawberry.union("CancelBookingResult", description="The cancellation with its refund, or why nothing was given back."),
]
CancellationQuoteResult = Annotated[
    CancellationQuote
    | BookingNotFound
    | BookingNotCancellable
    | CancellationWindowExpired
    | PlacesNotCancellable
    | EventNotFound
    | ValidationFailed
    | Busy,
    strawberry.union("CancellationQuoteResult", description="What giving places back would bring, or why they cannot be given back."),
]
BlockSeatsResult = Annotated[
    SeatSummary | SeatsUnavailable | EventNotFound | ValidationFailed | Busy,
    strawberry.union("BlockSeatsResult", description="The event's counts after it, or why nothing was changed."),
]
