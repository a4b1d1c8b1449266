"""Commands: all that can be asked of an event's inventory. What each one touches is `domain/touched.py`'s.

A command carries every id it may need, made before the first try: carried out again after a lost connection it is recognised by them.
"""

from dataclasses import dataclass

from domain.answers import (
    AlreadyBooked,
    BookingCancelled,
    BookingConfirmed,
    BookingExtended,
    BookingPending,
    CancellationQuoted,
    DueExpired,
    ErrandAdvanced,
    PaymentBegun,
    PaymentDeclined,
    PaymentTooLate,
    RefundCompleted,
    RefundFailed,
    SeatsBlocked,
    SeatsUnblocked,
)
from domain.asks import Asks, NotNow
from domain.bookings import IdempotencyKey
from domain.callers import Caller
from domain.ids import BookingId, EventId, PaymentId, RefundId, UserId
from domain.refusals import (
    AdjacentSeatsUnavailable,
    AlreadyExtended,
    BookingExpired,
    BookingNotCancellable,
    BookingNotFound,
    BookingNotPending,
    CancellationWindowExpired,
    EventNotFound,
    EventNotOnSale,
    EventSoldOut,
    IdempotencyKeyReused,
    InvalidSeatCount,
    LeavesOrphanSeats,
    PaymentFailed,
    PaymentInProgress,
    PaymentNotFound,
    PaymentRequired,
    PlacesNotCancellable,
    PlacesUnavailable,
    SeatsUnavailable,
    TicketLimitReached,
    UnknownSection,
    UnknownTier,
)
from domain.ticket_commands import CheckIn, HandOnTicket, TicketCommand
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist, WaitlistCommand

CannotTake = EventNotFound | EventNotOnSale | InvalidSeatCount | TicketLimitReached
BeginPaymentRefused = (
    PaymentFailed
    | BookingNotFound
    | IdempotencyKeyReused
    | BookingExpired
    | BookingNotPending
    | EventNotOnSale
    | PaymentInProgress
    | PaymentRequired
    | NotNow
)


@dataclass(frozen=True, slots=True)
class BookSeats(Asks[BookingPending | AlreadyBooked | IdempotencyKeyReused | CannotTake | SeatsUnavailable | LeavesOrphanSeats | NotNow]):
    """Hold named seats for one user, for the policy's time."""

    booking_id: BookingId
    user_id: UserId
    seats: tuple[int, ...]
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class BookQuantity(
    Asks[BookingPending | AlreadyBooked | IdempotencyKeyReused | CannotTake | UnknownTier | EventSoldOut | PlacesUnavailable | NotNow]
):
    """Hold a number of places of one tier: room to stand, or whichever of its seats are free."""

    booking_id: BookingId
    user_id: UserId
    tier_no: int
    quantity: int
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class BookBest(
    Asks[
        BookingPending
        | AlreadyBooked
        | IdempotencyKeyReused
        | CannotTake
        | UnknownTier
        | UnknownSection
        | EventSoldOut
        | PlacesUnavailable
        | AdjacentSeatsUnavailable
        | NotNow
    ]
):
    """Hold the best neighbouring seats there are, of the whole house or of one tier or section."""

    booking_id: BookingId
    user_id: UserId
    quantity: int
    tier_no: int | None = None
    section: str | None = None
    idempotency: IdempotencyKey | None = None


Book = BookSeats | BookQuantity | BookBest


@dataclass(frozen=True, slots=True)
class ExtendBooking(
    Asks[BookingExtended | BookingNotFound | IdempotencyKeyReused | BookingExpired | BookingNotPending | AlreadyExtended | NotNow]
):
    """Give a pending booking more time, once."""

    booking_id: BookingId
    by: Caller
    idempotency: IdempotencyKey


@dataclass(frozen=True, slots=True)
class BeginPayment(Asks[PaymentBegun | BookingConfirmed | PaymentTooLate | BeginPaymentRefused]):
    """Write down that a charge is about to be made, before it is. Without a method, only what costs nothing can be confirmed."""

    booking_id: BookingId
    payment_id: PaymentId
    by: Caller
    gateway: str
    method: str | None
    idempotency: IdempotencyKey
    fails_booking: bool = False


@dataclass(frozen=True, slots=True)
class CompletePayment(Asks[BookingConfirmed | PaymentTooLate | PaymentNotFound | NotNow]):
    """The gateway has charged: confirm the booking, or owe the money back.

    `seats` and `user_id` are the booking's, so that what a booking whose hold has ended needs to get its places again is loaded.
    """

    booking_id: BookingId
    payment_id: PaymentId
    refund_id: RefundId
    provider_reference: str
    seats: tuple[int, ...] = ()
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class FailPayment(Asks[PaymentDeclined | BookingConfirmed | PaymentTooLate | PaymentNotFound | NotNow]):
    """The gateway has declined."""

    booking_id: BookingId
    payment_id: PaymentId
    reason: str


@dataclass(frozen=True, slots=True)
class CompleteRefund(Asks[RefundCompleted | BookingNotFound | NotNow]):
    """The gateway has given the money back; without a reference where there was nothing to give."""

    booking_id: BookingId
    refund_id: RefundId
    provider_reference: str | None


@dataclass(frozen=True, slots=True)
class FailRefund(Asks[RefundFailed | BookingNotFound | NotNow]):
    """The gateway refuses for good to give the money back."""

    booking_id: BookingId
    refund_id: RefundId
    reason: str


CannotCancel = BookingNotFound | BookingNotCancellable | CancellationWindowExpired | PlacesNotCancellable


@dataclass(frozen=True, slots=True)
class CancelBooking(Asks[BookingCancelled | IdempotencyKeyReused | CannotCancel | NotNow]):
    """Give a booking's places back, with the refund its policy promises: all, or those of some seats and tickets."""

    booking_id: BookingId
    refund_id: RefundId
    by: Caller
    idempotency: IdempotencyKey
    seats: tuple[int, ...] = ()
    ticket_nos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class QuoteCancellation(Asks[CancellationQuoted | CannotCancel | NotNow]):
    """What cancelling would bring, told by the rule that cancels; changes nothing."""

    booking_id: BookingId
    by: Caller
    seats: tuple[int, ...] = ()
    ticket_nos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RunErrand(Asks[ErrandAdvanced | NotNow]):
    """Do an errand's work for the bookings that follow on `after`, in order of their numbers, and for no others.

    `bookings` go with the ids of the refunds they may need; none are left where there are none.
    """

    event_id: EventId
    errand_no: int
    after: int
    bookings: tuple[tuple[int, RefundId], ...]


@dataclass(frozen=True, slots=True)
class BlockSeats(Asks[SeatsBlocked | SeatsUnavailable | NotNow]):
    """Keep free seats off sale."""

    event_id: EventId
    seats: tuple[int, ...]
    by: UserId | None = None
    """Who asks; None is the house itself."""


@dataclass(frozen=True, slots=True)
class UnblockSeats(Asks[SeatsUnblocked | SeatsUnavailable | NotNow]):
    """Put blocked seats on sale again."""

    event_id: EventId
    seats: tuple[int, ...]
    by: UserId | None = None
    """Who asks; None is the house itself."""


@dataclass(frozen=True, slots=True)
class ExpireDue(Asks[DueExpired | NotNow]):
    """Give back the places of every hold that has ended, as any command does, and offer whatever is available to those who wait."""

    event_id: EventId


Command = (
    Book
    | ExtendBooking
    | BeginPayment
    | CompletePayment
    | FailPayment
    | CompleteRefund
    | FailRefund
    | CancelBooking
    | QuoteCancellation
    | RunErrand
    | BlockSeats
    | UnblockSeats
    | ExpireDue
    | TicketCommand
    | WaitlistCommand
)


def event_of(command: Command) -> EventId:
    """The event whose inventory a command is for."""
    match command:
        case BlockSeats() | UnblockSeats() | ExpireDue() | RunErrand():
            return command.event_id
        case HandOnTicket() | CheckIn():
            return command.ticket_id.event_id
        case JoinWaitlist() | LeaveWaitlist() | AcceptOffer() | DeclineOffer():
            return command.entry_id.event_id
        case _:
            return command.booking_id.event_id
