"""What a batch of commands touches, so that just that is loaded to decide them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.bookings import IdempotencyKey
from domain.commands import (
    BeginPayment,
    BlockSeats,
    BookBest,
    BookQuantity,
    BookSeats,
    CancelBooking,
    Command,
    CompletePayment,
    CompleteRefund,
    ExpireDue,
    ExtendBooking,
    FailPayment,
    FailRefund,
    QuoteCancellation,
    RunErrand,
    UnblockSeats,
)
from domain.ids import UserId
from domain.ticket_commands import CheckIn, HandOnTicket
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist


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

    @property
    def only_places(self) -> bool:
        """Whether places, and what users have of them, are all that is touched: by far the most frequent batch."""
        return not (self.bookings or self.tickets or self.waiting_users or self.entries or self.errands)

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
