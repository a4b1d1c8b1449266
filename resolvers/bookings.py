"""Taking places, paying for them, and giving them back."""

from typing import Annotated

import strawberry
from strawberry import ID

from domain.answers import (
    AlreadyBooked,
    BookingCancelled,
    BookingConfirmed,
    BookingExtended,
    BookingPending,
    PaymentBegun,
    PaymentDeclined,
    PaymentTooLate,
    SeatsBlocked,
    SeatsUnblocked,
)
from domain.bookings import Booking as BookingRecord
from domain.bookings import BookingStatus, IdempotencyKey
from domain.callers import Caller
from domain.commands import BeginPayment, BlockSeats, BookQuantity, BookSeats, CancelBooking, ExtendBooking, UnblockSeats
from domain.ids import BookingId, EventId, PaymentId, RefundId, SeatId, TierId
from domain.refusals import BookingExpired, BookingNotPending, EventNotFound, InvalidSeatCount, PaymentFailed
from domain.validation import Checks, InvalidInput
from resolvers import permissions
from resolvers.context import Info
from resolvers.idempotency import idempotency_of, key_or_new
from schema.booking_inputs import CancelBookingInput, ConfirmBookingInput, CreateBookingInput, PaymentMethodInput
from schema.booking_refusals import refused
from schema.booking_results import (
    BlockSeatsResult,
    CancelBookingResult,
    ConfirmBookingResult,
    CreateBookingResult,
    ExtendBookingResult,
    PayRefused,
)
from schema.bookings import Booking, Cancellation
from schema.refusals import ValidationFailed
from schema.seat_maps import SeatSummary

SEATS_READ_MOST = 100
"""Of however many seats a request names, no more are read than this: far more than any policy allows."""
TOKEN_MOST = 200
BLOCKED_MOST = 1000
"""So many seats are blocked or unblocked at once."""
Seats = Annotated[list[ID], strawberry.argument(description=f"The seats: 1 to {BLOCKED_MOST}.")]


@strawberry.type
class BookingMutations:
    """What users do with bookings."""

    @strawberry.mutation(description="Hold places until `expiresAt`, all of them or none; and pay at once where `payment` is given.")
    async def create_booking(self, info: Info, input: CreateBookingInput) -> CreateBookingResult:
        """Any user may. With a payment, a decline ends the booking."""
        caller = acting(info)
        event_id = EventId.parse(input.event_id)
        places = seats_or_quantity(input, event_id)
        if isinstance(places, InvalidInput):
            return ValidationFailed.of(places)
        payment = checked(input.payment)
        if isinstance(payment, InvalidInput):
            return ValidationFailed.of(payment)
        quantity = asked_quantity(input)
        key = idempotency_of(info, input.idempotency_key, "createBooking", event_id, places, quantity, payment)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        booking_id = BookingId(event_id, info.context.services.new_number())
        command: BookSeats | BookQuantity
        if isinstance(places, tuple):
            command = BookSeats(booking_id, caller.user_id, places, key)
        else:
            command = BookQuantity(booking_id, caller.user_id, places.number, quantity, key)
        match await info.context.services.box_office.submit(command):
            case BookingPending(booking) | AlreadyBooked(booking):
                if payment is None:
                    return Booking.of(booking)
                paying = IdempotencyKey(f"{key.key}#payment", key.fingerprint) if key else key_or_new(info, None)
                return await pay(info, booking.id, payment, paying, fails_booking=True)
            case InvalidSeatCount(_, most):
                return refused(InvalidSeatCount(quantity, most), event_id)
            case refusal:
                return refused(refusal, event_id)

    @strawberry.mutation(description="Pay for a pending booking. Its hold is extended, once, before the card is charged.")
    async def confirm_booking(self, info: Info, input: ConfirmBookingInput) -> ConfirmBookingResult:
        """Its owner or an admin. After a decline the places stay held, for another card."""
        acting(info)
        booking_id = BookingId.parse(input.booking_id)
        payment = checked(input.payment)
        if isinstance(payment, InvalidInput):
            return ValidationFailed.of(payment)
        key = idempotency_of(info, input.idempotency_key, "confirmBooking", booking_id, payment)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        if payment is None and (missing := await payment_missing(info, booking_id)):
            return ValidationFailed.of(missing)
        return await pay(info, booking_id, payment or "", key_or_new(info, key), fails_booking=False)

    @strawberry.mutation(description="Hold a pending booking's places longer, once.")
    async def extend_booking(self, info: Info, booking_id: ID, idempotency_key: str | None = None) -> ExtendBookingResult:
        """Its owner or an admin."""
        caller = acting(info)
        parsed = BookingId.parse(booking_id)
        key = idempotency_of(info, idempotency_key, "extendBooking", parsed)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        match await info.context.services.box_office.submit(ExtendBooking(parsed, caller, key_or_new(info, key))):
            case BookingExtended(booking):
                return Booking.of(booking)
            case refusal:
                return refused(refusal, parsed.event_id)

    @strawberry.mutation(description="Give a booking's places back, with the refund its policy promises.")
    async def cancel_booking(self, info: Info, input: CancelBookingInput) -> CancelBookingResult:
        """Its owner or an admin: a pending one at any time, a confirmed one until the policy's window before the start."""
        caller = acting(info)
        booking_id = BookingId.parse(input.booking_id)
        key = idempotency_of(info, input.idempotency_key, "cancelBooking", booking_id)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        refund_id = RefundId(booking_id.event_id, info.context.services.new_number())
        match await info.context.services.box_office.submit(CancelBooking(booking_id, refund_id, caller, key_or_new(info, key))):
            case BookingCancelled(booking, refund, payment):
                if refund is not None and payment is not None:
                    refund = await info.context.services.settlement.give_back(refund, payment)
                return Cancellation.of(booking, refund)
            case refusal:
                return refused(refusal, booking_id.event_id)


@strawberry.type
class BlockingMutations:
    """What those who run an event do with its seats."""

    @strawberry.mutation(description="Keep free seats off sale, all of them or none. For members of its organization, and admins.")
    async def block_seats(self, info: Info, event_id: ID, seats: Seats) -> BlockSeatsResult:
        """Whoever runs it."""
        return await change_seats(info, EventId.parse(event_id), seats, BlockSeats)

    @strawberry.mutation(description="Put blocked seats on sale again, all of them or none. For members of its organization, and admins.")
    async def unblock_seats(self, info: Info, event_id: ID, seats: Seats) -> BlockSeatsResult:
        """Whoever runs it."""
        return await change_seats(info, EventId.parse(event_id), seats, UnblockSeats)


def acting(info: Info) -> Caller:
    """Who changes bookings. What this request loaded before is forgotten: one document may hold several mutations."""
    info.context.booking_loaders.forget()
    return permissions.user(info)


async def change_seats(info: Info, event_id: EventId, seats: list[ID], kind: type[BlockSeats | UnblockSeats]) -> BlockSeatsResult:
    """Block or unblock seats and answer the event's counts after it."""
    if not await permissions.managed(info, event_id):
        return refused(EventNotFound(event_id), event_id)
    parsed = [SeatId.parse(seat) for seat in seats[: BLOCKED_MOST + 1]]
    checks = Checks()
    checks.that(1 <= len(parsed) <= BLOCKED_MOST, "seats", f"names 1 to {BLOCKED_MOST} seats")
    checks.that(all(seat.event_id == event_id for seat in parsed), "seats", "names seats of another event")
    if checks.refusal:
        return ValidationFailed.of(checks.refusal)
    numbers = tuple(sorted({seat.number for seat in parsed}))
    match await info.context.services.box_office.submit(kind(event_id, numbers)):
        case SeatsBlocked() | SeatsUnblocked():
            board = await info.context.services.seat_boards.read(event_id)
            return SeatSummary.of(event_id, board.update(None).counts if board else {})
        case refusal:
            return refused(refusal, event_id)


def seats_or_quantity(input: CreateBookingInput, event_id: EventId) -> tuple[int, ...] | TierId | InvalidInput:
    """The places asked for: seats by number, or a tier; or what is wrong with them. Raises MalformedId for what is no id."""
    checks = Checks()
    if input.places.quantity:
        tier_id = TierId.parse(input.places.quantity.tier_id)
        checks.that(tier_id.event_id == event_id, "places.quantity.tierId", "is of another event")
        return checks.refusal or tier_id
    seats = [SeatId.parse(seat) for seat in (input.places.seats or [])[:SEATS_READ_MOST]]
    checks.that(all(seat.event_id == event_id for seat in seats), "places.seats", "names seats of another event")
    checks.that(len(set(seats)) == len(seats), "places.seats", "names a seat twice")
    return checks.refusal or tuple(seat.number for seat in seats)


def asked_quantity(input: CreateBookingInput) -> int:
    """How many places are asked for, of a tier or by name."""
    return input.places.quantity.quantity if input.places.quantity else len(input.places.seats or [])


def checked(payment: PaymentMethodInput | None) -> str | InvalidInput | None:
    """The gateway's token for how to pay, or what is wrong with it."""
    if payment is None:
        return None
    checks = Checks()
    token = checks.text("payment.token", payment.token, most=TOKEN_MOST)
    return checks.refusal or token


async def payment_missing(info: Info, booking_id: BookingId) -> InvalidInput | None:
    """That a booking which waits to be paid for names no payment; None for all others, and for those that cost nothing."""
    booking = await info.context.booking_loaders.bookings.load(booking_id)
    if booking is None or not permissions.user(info).owns(booking.user_id):
        return None
    checks = Checks()
    due = booking.status is BookingStatus.PENDING and booking.total.minor > 0
    checks.that(not due, "payment", f"is missing: {booking.total.amount} {booking.total.currency} is due")
    return checks.refusal


async def pay(info: Info, booking_id: BookingId, method: str, key: IdempotencyKey, *, fails_booking: bool) -> Booking | PayRefused:
    """Pay for a booking and answer as far as that has come."""
    services = info.context.services
    begin = BeginPayment(
        booking_id=booking_id,
        payment_id=PaymentId(booking_id.event_id, services.new_number()),
        by=permissions.user(info),
        gateway=services.gateway,
        method=method,
        idempotency=key,
        fails_booking=fails_booking,
    )
    match await services.settlement.pay(begin):
        case BookingConfirmed(booking) | PaymentBegun(booking):
            return Booking.of(booking)
        case PaymentDeclined(booking, payment):
            expires_at = booking.expires_at if booking.status is BookingStatus.PENDING else None
            return refused(PaymentFailed(booking.id, payment.failure or "declined", expires_at), booking_id.event_id)
        case PaymentTooLate(booking):
            return too_late(booking)
        case refusal:
            return refused(refusal, booking_id.event_id)


def too_late(booking: BookingRecord) -> PayRefused:
    """What a charge that came after the places were gone is answered; its money is on the way back."""
    if booking.status is BookingStatus.EXPIRED:
        return refused(BookingExpired(booking.id, booking.expires_at), booking.id.event_id)
    return refused(BookingNotPending(booking.id, booking.status), booking.id.event_id)
