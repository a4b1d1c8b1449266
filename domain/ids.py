"""Names of things. A public id says what it names and where its row lives, so nothing is ever looked up to be found.

Written `<prefix>_<digits>`: the digits are Crockford's base 32, most significant first. An event's id is one 63-bit number in
13 digits; things of an event carry the event's 13 digits first and then their own. Each id has exactly one spelling.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Self

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = tuple(high + low for high in DIGITS for low in DIGITS)
VALUES = {digit: value for value, digit in enumerate(DIGITS)}
LARGE = 13
"""Digits of a number of up to 63 bits."""
SMALL = 4
"""Digits of a number of up to 20 bits: a seat or a tier of one event."""
LARGEST = 2**63 - 1
TICKETS_MOST = 31
"""The most tickets of one booking: a ticket's number there has 5 bits, from 1."""


class MalformedId(ValueError):
    """A text that is not the id it should be; says what was expected, never what a row holds."""

    code = "VALIDATION_ERROR"


def encode(number: int, width: int) -> str:
    """Write a number in exactly `width` base-32 digits."""
    if width == LARGE:
        return encode_large(number)
    if width == SMALL:
        return encode_small(number)
    return "".join([DIGITS[number >> place & 31] for place in range(5 * (width - 1), -1, -5)])


def encode_small(number: int) -> str:
    """The same for 4 digits."""
    return PAIRS[number >> 10 & 1023] + PAIRS[number & 1023]


@lru_cache(maxsize=10_000)
def encode_large(number: int) -> str:
    """The same for 13 digits, two at a time: an answer names the same few events again and again."""
    pairs = [PAIRS[number >> place & 1023] for place in (50, 40, 30, 20, 10, 0)]
    return f"{DIGITS[number >> 60 & 31]}{''.join(pairs)}"


def decode(digits: str) -> int:
    """Read base-32 digits; raises KeyError on any other character."""
    number = 0
    for digit in digits:
        number = number << 5 | VALUES[digit]
    return number


def digits_of(text: str, prefix: str, width: int) -> str:
    """The digits behind `prefix_`, or MalformedId when the text has another prefix or length."""
    if len(text) != len(prefix) + 1 + width or not text.startswith(f"{prefix}_"):
        raise MalformedId(f"not an id of the form {prefix}_…")
    return text[len(prefix) + 1 :]


class GlobalId(int):
    """An id that stands alone: a 63-bit number that the database stores as it is."""

    prefix: ClassVar[str]

    def __str__(self) -> str:
        return f"{self.prefix}_{encode_large(self)}"

    __repr__ = __str__

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public id; raises MalformedId when it is of another kind or no id at all."""
        try:
            number = decode(digits_of(text, cls.prefix, LARGE))
        except KeyError:
            number = -1
        if not 0 < number <= LARGEST:
            raise MalformedId(f"not an id of the form {cls.prefix}_…")
        return cls(number)


class EventId(GlobalId):
    """One performance with its own inventory."""

    prefix = "evt"


class UserId(GlobalId):
    """A registered person."""

    prefix = "usr"


class VenueId(GlobalId):
    """A building."""

    prefix = "ven"


class LayoutId(GlobalId):
    """An immutable plan of a venue's seats."""

    prefix = "lay"


class CategoryId(GlobalId):
    """A kind of event."""

    prefix = "cat"


class OrganizationId(GlobalId):
    """Who runs events."""

    prefix = "org"


@dataclass(frozen=True, slots=True, order=True)
class EventScopedId:
    """An id of something that belongs to one event: the event first, then its own number within it."""

    prefix: ClassVar[str]
    width: ClassVar[int] = LARGE
    largest: ClassVar[int] = LARGEST

    event_id: EventId
    number: int

    def __str__(self) -> str:
        return self.spell(self.event_id, self.number)

    @classmethod
    def spell(cls, event_id: EventId, number: int) -> str:
        """The public id of something that is known by its event and its number."""
        return f"{cls.prefix}_{encode_large(event_id)}{encode(number, cls.width)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public id; raises MalformedId when it is of another kind or no id at all."""
        digits = digits_of(text, cls.prefix, LARGE + cls.width)
        try:
            event_id, number = decode(digits[:LARGE]), decode(digits[LARGE:])
        except KeyError:
            event_id, number = -1, -1
        if not (0 < event_id <= LARGEST and 0 <= number <= cls.largest):
            raise MalformedId(f"not an id of the form {cls.prefix}_…")
        return cls(EventId(event_id), number)


@dataclass(frozen=True, slots=True, order=True)
class SeatId(EventScopedId):
    """A seat of one event; its number is the layout's `seat_no`, from 0."""

    prefix = "seat"
    width = SMALL


@dataclass(frozen=True, slots=True, order=True)
class TierId(EventScopedId):
    """A price level of one event; its number is the `tier_no`, from 1."""

    prefix = "tier"
    width = SMALL


@dataclass(frozen=True, slots=True, order=True)
class BookingId(EventScopedId):
    """Places taken together by one user."""

    prefix = "bkg"

    @property
    def code(self) -> str:
        """What people read out: EVT and the id's highest 50 bits, so that a code finds its booking as a range of ids."""
        return f"EVT{encode(self.number >> CODE_SHIFT, CODE_DIGITS)}"


@dataclass(frozen=True, slots=True, order=True)
class TicketId(EventScopedId):
    """One place's right of entry: its booking and its place there, from 1."""

    prefix = "tkt"
    width = LARGE + 1
    largest = LARGEST << 5 | TICKETS_MOST

    @classmethod
    def of(cls, booking_id: BookingId, ticket_no: int) -> Self:
        """The ticket of a booking's n-th place."""
        assert 1 <= ticket_no <= TICKETS_MOST, "a larger number would name another booking's ticket"
        return cls(booking_id.event_id, booking_id.number << 5 | ticket_no)

    @property
    def booking_id(self) -> BookingId:
        """The booking it was sold in."""
        return BookingId(self.event_id, self.number >> 5)

    @property
    def ticket_no(self) -> int:
        """Which of the booking's tickets it is, from 1."""
        return self.number & 31

    @property
    def code(self) -> str:
        """What is printed on the ticket and read at the door."""
        return f"{self.booking_id.code}-{self.ticket_no:02}"


@dataclass(frozen=True, slots=True, order=True)
class PaymentId(EventScopedId):
    """One charge for a booking."""

    prefix = "pay"


@dataclass(frozen=True, slots=True, order=True)
class RefundId(EventScopedId):
    """Money back for a booking."""

    prefix = "rfd"


@dataclass(frozen=True, slots=True, order=True)
class EntryId(EventScopedId):
    """One user's turn in an event's waitlist; its offer is the booking of the same number."""

    prefix = "wtl"


@dataclass(frozen=True, slots=True, order=True)
class NotificationId(EventScopedId):
    """What one user was told of an event."""

    prefix = "ntf"


CODE_DIGITS = 10
CODE_SHIFT = 63 - CODE_DIGITS * 5

AnyId = GlobalId | EventScopedId
KINDS: dict[str, type[GlobalId] | type[EventScopedId]] = {
    kind.prefix: kind
    for kind in (
        EventId,
        UserId,
        VenueId,
        LayoutId,
        CategoryId,
        OrganizationId,
        SeatId,
        TierId,
        BookingId,
        TicketId,
        PaymentId,
        RefundId,
        NotificationId,
        EntryId,
    )
}


def parse_any(text: str) -> AnyId:
    """Read a public id of any kind; raises MalformedId on all else."""
    kind = KINDS.get(text.partition("_")[0])
    if kind is None:
        raise MalformedId("not an id of any kind known here")
    return kind.parse(text)
