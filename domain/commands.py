"""Commands: all that can be asked of an event's inventory, and what each one touches, so that just that is loaded.

A command carries every id it may need, made before the first try: carried out again after a lost connection it is recognised by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Touched:
    """What some commands touch, by number: all that must be loaded to decide them."""

    seats: set[int] = field(default_factory=set)
    any_seat: bool = False
    """Whether seats are to be chosen, so that the state of every one is needed."""
    bookings: set[int] = field(default_factory=set)
    tickets: set[int] = field(default_factory=set)
    """Bookings whose tickets are needed."""
    users: set[UserId] = field(default_factory=set)
    waiting_users: set[UserId] = field(default_factory=set)
    """Users whose place in the waitlist is needed."""
    entries: set[int] = field(default_factory=set)
    errands: set[int] = field(default_factory=set)
    keys: set[tuple[UserId, str]] = field(default_factory=set)

    def add(self, command: Command, *, again: bool = False) -> None:
        """Take in what one command touches; `again` where it may have been carried out already, so that its booking may exist."""
        match command:
            case BookSeats() | BookQuantity() | BookBest():
                if isinstance(command, BookSeats):
                    self.seats.update(command.seats)
                else:
                    self.any_seat = True
                if again:
                    self.bookings.add(command.booking_id.number)
                self.users.add(command.user_id)
                self._key(command.user_id, command.idempotency)
            case ExtendBooking() | BeginPayment() | CancelBooking():
                self.bookings.add(command.booking_id.number)
                if isinstance(command, CancelBooking):
                    self.tickets.add(command.booking_id.number)
                self._key(command.by.user_id, command.idempotency)
            case QuoteCancellation():
                self.bookings.add(command.booking_id.number)
                self.tickets.add(command.booking_id.number)
            case HandOnTicket() | CheckIn():
                self.bookings.add(command.ticket_id.booking_id.number)
                self.tickets.add(command.ticket_id.booking_id.number)
                self._key(command.by.user_id, command.idempotency)
            case JoinWaitlist():
                self.any_seat = True
                self.users.add(command.user_id)
                self.waiting_users.add(command.user_id)
                self.entries.add(command.entry_id.number)
                self._key(command.user_id, command.idempotency)
            case LeaveWaitlist() | AcceptOffer() | DeclineOffer():
                self.entries.add(command.entry_id.number)
                self.bookings.add(command.entry_id.number)
            case RunErrand():
                self.errands.add(command.errand_no)
                numbers = [number for number, _ in command.bookings]
                self.bookings.update(numbers)
                self.tickets.update(numbers)
            case CompletePayment():
                self.bookings.add(command.booking_id.number)
                self.seats.update(command.seats)
                if command.user_id is not None:
                    self.users.add(command.user_id)
            case FailPayment() | CompleteRefund() | FailRefund():
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
