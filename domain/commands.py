"""Commands: all that can be asked of an event's inventory, and what each one touches, so that just that is loaded.

A command carries every id it may need, made before the first try: carried out again after a lost connection it is recognised by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.answers import (
    AlreadyBooked,
    BookingCancelled,
    BookingConfirmed,
    BookingExtended,
    BookingPending,
    DueExpired,
    PaymentBegun,
    PaymentDeclined,
    PaymentTooLate,
    RefundCompleted,
    SeatsBlocked,
    SeatsUnblocked,
)
from domain.bookings import IdempotencyKey
from domain.callers import Caller
from domain.ids import BookingId, EventId, PaymentId, RefundId, UserId
from domain.refusals import (
    AlreadyExtended,
    BookingExpired,
    BookingNotCancellable,
    BookingNotFound,
    BookingNotPending,
    Busy,
    CancellationWindowExpired,
    EventNotFound,
    EventNotOnSale,
    EventSoldOut,
    IdempotencyKeyReused,
    InvalidSeatCount,
    PaymentFailed,
    PaymentInProgress,
    PaymentNotFound,
    PlacesUnavailable,
    SeatsUnavailable,
    TicketLimitReached,
    UnknownTier,
)

A_co = TypeVar("A_co", covariant=True)


class Asks(Generic[A_co]):
    """A command that is answered with one of `A_co`: what its rule returns, and what the box office itself may answer."""

    __slots__ = ()


CannotTake = EventNotFound | EventNotOnSale | InvalidSeatCount | TicketLimitReached
NotNow = EventNotFound | Busy
"""What any command may be answered before its rule is asked: there is no such event, or too many wait."""
BeginPaymentRefused = (
    PaymentFailed
    | BookingNotFound
    | IdempotencyKeyReused
    | BookingExpired
    | BookingNotPending
    | EventNotOnSale
    | PaymentInProgress
    | NotNow
)


@dataclass(frozen=True, slots=True)
class BookSeats(Asks[BookingPending | AlreadyBooked | IdempotencyKeyReused | CannotTake | SeatsUnavailable | NotNow]):
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
class ExtendBooking(
    Asks[BookingExtended | BookingNotFound | IdempotencyKeyReused | BookingExpired | BookingNotPending | AlreadyExtended | NotNow]
):
    """Give a pending booking more time, once."""

    booking_id: BookingId
    by: Caller
    idempotency: IdempotencyKey


@dataclass(frozen=True, slots=True)
class BeginPayment(Asks[PaymentBegun | BookingConfirmed | PaymentTooLate | BeginPaymentRefused]):
    """Write down that a charge is about to be made, before it is."""

    booking_id: BookingId
    payment_id: PaymentId
    by: Caller
    gateway: str
    method: str
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
    """The gateway has given the money back."""

    booking_id: BookingId
    refund_id: RefundId
    provider_reference: str


@dataclass(frozen=True, slots=True)
class CancelBooking(
    Asks[BookingCancelled | BookingNotFound | IdempotencyKeyReused | BookingNotCancellable | CancellationWindowExpired | NotNow]
):
    """Give a whole booking's places back, with the refund its policy promises."""

    booking_id: BookingId
    refund_id: RefundId
    by: Caller
    idempotency: IdempotencyKey


@dataclass(frozen=True, slots=True)
class BlockSeats(Asks[SeatsBlocked | SeatsUnavailable | NotNow]):
    """Keep free seats off sale."""

    event_id: EventId
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnblockSeats(Asks[SeatsUnblocked | SeatsUnavailable | NotNow]):
    """Put blocked seats on sale again."""

    event_id: EventId
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ExpireDue(Asks[DueExpired | NotNow]):
    """Give back the places of every hold that has ended. Any command does so; this one asks for nothing else."""

    event_id: EventId


Command = (
    BookSeats
    | BookQuantity
    | ExtendBooking
    | BeginPayment
    | CompletePayment
    | FailPayment
    | CompleteRefund
    | CancelBooking
    | BlockSeats
    | UnblockSeats
    | ExpireDue
)


def event_of(command: Command) -> EventId:
    """The event whose inventory a command is for."""
    match command:
        case BlockSeats() | UnblockSeats() | ExpireDue():
            return command.event_id
        case _:
            return command.booking_id.event_id


@dataclass(slots=True)
class Touched:
    """What some commands touch, by number: all that must be loaded to decide them."""

    seats: set[int] = field(default_factory=set)
    tiers: set[int] = field(default_factory=set)
    """Tiers of which any free seat may be chosen."""
    bookings: set[int] = field(default_factory=set)
    users: set[UserId] = field(default_factory=set)
    keys: set[tuple[UserId, str]] = field(default_factory=set)

    def add(self, command: Command, *, again: bool = False) -> None:
        """Take in what one command touches; `again` where it may have been carried out already, so that its booking may exist."""
        match command:
            case BookSeats() | BookQuantity():
                if isinstance(command, BookSeats):
                    self.seats.update(command.seats)
                else:
                    self.tiers.add(command.tier_no)
                if again:
                    self.bookings.add(command.booking_id.number)
                self.users.add(command.user_id)
                self._key(command.user_id, command.idempotency)
            case ExtendBooking() | BeginPayment() | CancelBooking():
                self.bookings.add(command.booking_id.number)
                self._key(command.by.user_id, command.idempotency)
            case CompletePayment():
                self.bookings.add(command.booking_id.number)
                self.seats.update(command.seats)
                if command.user_id is not None:
                    self.users.add(command.user_id)
            case FailPayment() | CompleteRefund():
                self.bookings.add(command.booking_id.number)
            case BlockSeats() | UnblockSeats():
                self.seats.update(command.seats)
            case ExpireDue():
                pass

    def _key(self, user_id: UserId, idempotency: IdempotencyKey | None) -> None:
        if idempotency is not None:
            self.keys.add((user_id, idempotency.key))


def touched_by(commands: Iterable[Command], *, again: bool = False) -> Touched:
    """What a batch touches; `again` where an earlier try may have been carried out."""
    touched = Touched()
    for command in commands:
        touched.add(command, again=again)
    return touched
