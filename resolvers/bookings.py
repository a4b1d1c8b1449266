"""Taking places, and paying for them."""

from dataclasses import dataclass
from typing import Annotated

import strawberry
from strawberry import ID

from domain.answers import (
    AlreadyBooked,
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
from domain.commands import BeginPayment, BlockSeats, Book, BookBest, BookQuantity, BookSeats, ExtendBooking, UnblockSeats
from domain.ids import BookingId, EventId, PaymentId, SeatId, TierId, UserId
from domain.refusals import BookingExpired, BookingNotPending, EventNotFound, InvalidSeatCount, PaymentFailed
from domain.validation import Checks, InvalidInput
from resolvers import permissions
from resolvers.context import Info
from resolvers.idempotency import idempotency_of, key_or_new
from schema.booking_inputs import ConfirmBookingInput, CreateBookingInput, PaymentMethodInput, PlacesInput
from schema.booking_refusals import refused
from schema.booking_results import (
    BlockSeatsResult,
    ConfirmBookingResult,
    CreateBookingResult,
    ExtendBookingResult,
    PayRefused,
)
from schema.bookings import Booking
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
        asked = asked_places(input.places, event_id)
        if isinstance(asked, InvalidInput):
            return ValidationFailed.of(asked)
        payment = checked(input.payment)
        if isinstance(payment, InvalidInput):
            return ValidationFailed.of(payment)
        key = idempotency_of(info, input.idempotency_key, "createBooking", event_id, asked, payment)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        booking_id = BookingId(event_id, info.context.services.new_number())
        match await info.context.services.box_office.submit(asked.command(booking_id, caller.user_id, key)):
            case BookingPending(booking) | AlreadyBooked(booking):
                if payment is None:
                    return Booking.of(booking)
                paying = IdempotencyKey(f"{key.key}#payment", key.fingerprint) if key else key_or_new(info, None)
                return await pay(info, booking.id, payment, paying, fails_booking=True)
            case InvalidSeatCount(_, most):
                return refused(InvalidSeatCount(asked.quantity, most), event_id)
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
        return await pay(info, booking_id, payment, key_or_new(info, key), fails_booking=False)

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
    info.context.forget_loaded()
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
    match await info.context.services.box_office.submit(kind(event_id, numbers, permissions.user(info).user_id)):
        case SeatsBlocked() | SeatsUnblocked():
            board = await info.context.services.seat_boards.read(event_id)
            return SeatSummary.of(event_id, board.update(None).counts if board else {})
        case refusal:
            return refused(refusal, event_id)


@dataclass(frozen=True, slots=True)
class AskedPlaces:
    """What a request asks for: named seats, so many places of a tier, or the best neighbours there are."""

    quantity: int
    seats: tuple[int, ...] = ()
    tier_no: int | None = None
    section: str | None = None
    best: bool = False

    def command(self, booking_id: BookingId, user_id: UserId, key: IdempotencyKey | None) -> Book:
        """What the box office is asked."""
        if self.best:
            return BookBest(booking_id, user_id, self.quantity, self.tier_no, self.section, key)
        if self.tier_no is not None:
            return BookQuantity(booking_id, user_id, self.tier_no, self.quantity, key)
        return BookSeats(booking_id, user_id, self.seats, key)


def asked_places(places: PlacesInput, event_id: EventId) -> AskedPlaces | InvalidInput:
    """The places asked for, or what is wrong with them. Raises MalformedId for what is no id."""
    checks = Checks()
    if places.quantity:
        tier_id = TierId.parse(places.quantity.tier_id)
        checks.that(tier_id.event_id == event_id, "places.quantity.tierId", "is of another event")
        return checks.refusal or AskedPlaces(places.quantity.quantity, tier_no=tier_id.number)
    if best := places.best_available:
        of_tier = TierId.parse(best.tier_id) if best.tier_id is not None else None
        checks.that(of_tier is None or of_tier.event_id == event_id, "places.bestAvailable.tierId", "is of another event")
        return checks.refusal or AskedPlaces(
            best.quantity, tier_no=of_tier.number if of_tier is not None else None, section=best.section, best=True
        )
    seats = [SeatId.parse(seat) for seat in (places.seats or [])[:SEATS_READ_MOST]]
    checks.that(all(seat.event_id == event_id for seat in seats), "places.seats", "names seats of another event")
    checks.that(len(set(seats)) == len(seats), "places.seats", "names a seat twice")
    return checks.refusal or AskedPlaces(len(places.seats or []), seats=tuple(seat.number for seat in seats))


def checked(payment: PaymentMethodInput | None) -> str | InvalidInput | None:
    """The gateway's token for how to pay, or what is wrong with it."""
    if payment is None:
        return None
    checks = Checks()
    token = checks.text("payment.token", payment.token, most=TOKEN_MOST)
    return checks.refusal or token


async def pay(info: Info, booking_id: BookingId, method: str | None, key: IdempotencyKey, *, fails_booking: bool) -> Booking | PayRefused:
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


def too_late(booking: BookingRecord) -> Booking | PayRefused:
    """What a charge that came after the places were gone, or the event was cancelled, is answered; its money is on the way back."""
    if booking.status is BookingStatus.PENDING:
        return Booking.of(booking)
    if booking.status is BookingStatus.EXPIRED:
        return refused(BookingExpired(booking.id, booking.expires_at), booking.id.event_id)
    return refused(BookingNotPending(booking.id, booking.status), booking.id.event_id)
