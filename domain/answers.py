"""Answers: every "yes" of the box office, with what it changed. Carried out by `settle` in `domain/decide.py`."""

from dataclasses import dataclass

from domain.bookings import Booking, Payment, Receipt, Refund


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
    """The places are free again; `refund` gives back `payment`, both None where nothing was paid. A repeat has no `before`, and changes
    nothing."""

    booking: Booking
    refund: Refund | None
    payment: Payment | None
    receipt: Receipt | None = None
    before: Booking | None = None


@dataclass(frozen=True, slots=True)
class RefundCompleted:
    """The money is back."""

    refund: Refund


@dataclass(frozen=True, slots=True)
class SeatsBlocked:
    """The seats are off sale; those of `seats` changed."""

    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SeatsUnblocked:
    """The seats are on sale again; those of `seats` changed."""

    seats: tuple[int, ...]


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
    | RefundCompleted
    | SeatsBlocked
    | SeatsUnblocked
    | DueExpired
)
