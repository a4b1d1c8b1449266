"""A house to sell and people who ask for it; each builder names only what matters to a test.

The house has up to three tiers: STALLS and CIRCLE have numbered seats, counted from 0 through both, and FLOOR is room to stand.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from zlib import crc32

from domain.bookings import Booking, BookingStatus, IdempotencyKey, Line, Payment, PaymentStatus, Refund, RefundStatus
from domain.callers import Caller, Role
from domain.commands import (
    BeginPayment,
    BlockSeats,
    BookQuantity,
    BookSeats,
    CancelBooking,
    CompletePayment,
    CompleteRefund,
    ExpireDue,
    ExtendBooking,
    FailPayment,
    UnblockSeats,
)
from domain.ids import BookingId, EventId, PaymentId, RefundId, UserId
from domain.inventory import BookingPolicy, EventStatus, Inventory, Sale
from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.money import Money
from domain.places import Counts, PlaceStatus, SeatingPlan, Tier, TierKind, plan_of

EVENT = EventId(7)
ON_SALE = datetime(2030, 1, 1, 12, tzinfo=UTC)
STARTS = ON_SALE + timedelta(days=30)
OFF_SALE = STARTS
MOMENT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
POLICY = BookingPolicy()
HOLD_ENDS = ON_SALE + POLICY.hold

STALLS, CIRCLE, FLOOR = 1, 2, 3
STALLS_MINOR, CIRCLE_MINOR, FLOOR_MINOR = 5000, 3500, 2000
AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus

_numbers = count(1_000_000)


def a_user(name: str) -> UserId:
    """The user of that name."""
    return UserId(int.from_bytes(name.encode()))


def a_caller(name: str, role: Role = Role.USER) -> Caller:
    """That user, making a request."""
    return Caller(a_user(name), role)


def an_admin() -> Caller:
    """Somebody for whom every door is open."""
    return a_caller("admin", Role.ADMIN)


def a_booking_id(number: int | None = None) -> BookingId:
    """A booking's id, one that no other has unless its number is given."""
    return BookingId(EVENT, number or next(_numbers))


def a_payment_id(number: int | None = None) -> PaymentId:
    """A payment's id, likewise."""
    return PaymentId(EVENT, number or next(_numbers))


def a_refund_id(number: int | None = None) -> RefundId:
    """A refund's id, likewise."""
    return RefundId(EVENT, number or next(_numbers))


def a_key(key: str | None = None, asked: object = "") -> IdempotencyKey:
    """A key for what was asked; one that nobody else uses unless it is given."""
    return IdempotencyKey(key or f"key {next(_numbers)}", crc32(repr(asked).encode()))


def a_layout(*rows: int) -> Layout:
    """One section with so many seats in each row."""
    layout = parse_layout([SectionDraft("House", [RowDraft(str(n), seats) for n, seats in enumerate(rows, start=1)])])
    assert isinstance(layout, Layout)
    return layout


def a_plan(seats: int, circle: int = 0) -> SeatingPlan:
    """A row of seats in the STALLS, and one in the CIRCLE behind it."""
    return plan_of(a_layout(*(n for n in (seats, circle) if n)), [tier_no for tier_no, n in ((STALLS, seats), (CIRCLE, circle)) if n])


def a_sale(
    *,
    status: EventStatus = EventStatus.PUBLISHED,
    ticket_limit: int | None = None,
    off_sale_at: datetime = OFF_SALE,
    starts_at: datetime = STARTS,
) -> Sale:
    """An event that sells from ON_SALE until it starts."""
    return Sale(status, ON_SALE, off_sale_at, starts_at, currency="GBP", ticket_limit=ticket_limit)


def an_inventory(
    seats: int = 0,
    *,
    circle: int = 0,
    floor: int = 0,
    price_minor: int = STALLS_MINOR,
    sale: Sale | None = None,
    ticket_limit: int | None = None,
) -> Inventory:
    """All of an event's places, available and loaded."""
    tiers = (
        Tier(STALLS, "Stalls", TierKind.SEATED, price_minor, Counts(seats)),
        Tier(CIRCLE, "Circle", TierKind.SEATED, CIRCLE_MINOR, Counts(circle)),
        Tier(FLOOR, "Floor", TierKind.STANDING, FLOOR_MINOR, Counts(floor)),
    )
    return Inventory(
        event_id=EVENT,
        version=1,
        sale=sale or a_sale(ticket_limit=ticket_limit),
        policy=POLICY,
        tiers={tier.tier_no: tier for tier in tiers if tier.counts.total},
        plan=a_plan(seats, circle) if seats or circle else None,
        statuses=bytearray(seats + circle) if seats or circle else None,
    )


def book(user: str, *seats: int, id: BookingId | None = None, key: IdempotencyKey | None = None) -> BookSeats:
    """A user asks for seats."""
    return BookSeats(id or a_booking_id(), a_user(user), seats, key)


def book_any(
    user: str, quantity: int, tier_no: int = FLOOR, *, id: BookingId | None = None, key: IdempotencyKey | None = None
) -> BookQuantity:
    """A user asks for a number of places."""
    return BookQuantity(id or a_booking_id(), a_user(user), tier_no, quantity, key)


def extend(user: str | Caller, booking_id: BookingId, *, key: IdempotencyKey | None = None) -> ExtendBooking:
    """A user asks for more time."""
    return ExtendBooking(booking_id, a_caller(user) if isinstance(user, str) else user, key or a_key())


def begin(
    user: str | Caller,
    booking_id: BookingId,
    *,
    id: PaymentId | None = None,
    key: IdempotencyKey | None = None,
    fails_booking: bool = False,
) -> BeginPayment:
    """A user is about to pay."""
    by = a_caller(user) if isinstance(user, str) else user
    return BeginPayment(booking_id, id or a_payment_id(), by, "sandbox", "pm_card_visa", key or a_key(), fails_booking)


def charged(begun: BeginPayment, *seats: int, user: str = "ann", refund_id: RefundId | None = None) -> CompletePayment:
    """The gateway tells of a charge for a booking of those seats and that user."""
    return CompletePayment(begun.booking_id, begun.payment_id, refund_id or a_refund_id(), "ch_1", seats, a_user(user))


def declined(begun: BeginPayment, reason: str = "card_declined") -> FailPayment:
    """The gateway tells of a charge it declined."""
    return FailPayment(begun.booking_id, begun.payment_id, reason)


def given_back(booking_id: BookingId, refund_id: RefundId) -> CompleteRefund:
    """The gateway tells that money is back."""
    return CompleteRefund(booking_id, refund_id, "re_1")


def cancel(user: str | Caller, booking_id: BookingId, *, id: RefundId | None = None, key: IdempotencyKey | None = None) -> CancelBooking:
    """A user gives a booking back."""
    return CancelBooking(booking_id, id or a_refund_id(), a_caller(user) if isinstance(user, str) else user, key or a_key())


def block(*seats: int) -> BlockSeats:
    """The organizer keeps seats off sale."""
    return BlockSeats(EVENT, seats)


def unblock(*seats: int) -> UnblockSeats:
    """The organizer puts seats on sale again."""
    return UnblockSeats(EVENT, seats)


def expire_due() -> ExpireDue:
    """The sweeper comes by."""
    return ExpireDue(EVENT)


def a_booking(
    id: BookingId | None = None,
    *,
    user: str = "ann",
    seats: tuple[int, ...] = (0,),
    status: BookingStatus = BookingStatus.PENDING,
    key: IdempotencyKey | None = None,
    created_at: datetime = ON_SALE,
    price_minor: int = STALLS_MINOR,
    extended: bool = False,
    confirmed_at: datetime | None = None,
    cancelled_at: datetime | None = None,
) -> Booking:
    """A user's seats in the STALLS, as they were booked at `created_at`."""
    return Booking(
        id=id or a_booking_id(),
        user_id=a_user(user),
        status=status,
        lines=(Line(STALLS, len(seats), price_minor, seats),),
        currency="GBP",
        created_at=created_at,
        expires_at=created_at + POLICY.hold + (POLICY.extension if extended else timedelta(0)),
        extended=extended,
        confirmed_at=confirmed_at,
        cancelled_at=cancelled_at,
        idempotency=key,
        cancellation=POLICY.cancellation,
    )


def a_payment(
    begun: BeginPayment,
    *,
    user: str = "ann",
    minor: int = STALLS_MINOR,
    created_at: datetime = ON_SALE,
    succeeded_at: datetime | None = None,
    failed_at: datetime | None = None,
) -> Payment:
    """The charge for a booking, as it became of what was begun."""
    return Payment(
        id=begun.payment_id,
        booking_id=begun.booking_id,
        user_id=a_user(user),
        amount=Money(minor, "GBP"),
        gateway=begun.gateway,
        method=begun.method or "",
        status=PaymentStatus.SUCCEEDED if succeeded_at else PaymentStatus.FAILED if failed_at else PaymentStatus.PENDING,
        created_at=created_at,
        fails_booking=begun.fails_booking,
        processed_at=succeeded_at or failed_at,
        provider_reference="ch_1" if succeeded_at else None,
        failure="card_declined" if failed_at else None,
    )


def a_refund(
    id: RefundId, begun: BeginPayment, *, minor: int = STALLS_MINOR, created_at: datetime = ON_SALE, given_back_at: datetime | None = None
) -> Refund:
    """The money that goes back for a charge."""
    return Refund(
        id=id,
        payment_id=begun.payment_id,
        booking_id=begun.booking_id,
        amount=Money(minor, "GBP"),
        status=RefundStatus.SUCCEEDED if given_back_at else RefundStatus.PENDING,
        created_at=created_at,
        processed_at=given_back_at,
        provider_reference="re_1" if given_back_at else None,
    )
