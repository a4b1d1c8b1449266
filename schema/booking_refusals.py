"""The refusals of booking and paying, in people's words. Each has the name of the domain's refusal that it tells."""

from datetime import datetime
from enum import Enum
from typing import overload

import strawberry
from strawberry import ID

from domain import refusals
from domain.ids import EventId, SeatId, TierId
from domain.places import PlaceStatus
from schema.bookings import BookingStatus
from schema.event_refusals import EventNotFound, EventNotOnSale, EventSoldOut, NotOnSaleReason, SectionNotFound, TierNotFound
from schema.payments import PaymentFailed, PaymentInProgress, PaymentNotFound, PaymentRequired
from schema.refusals import ErrorCode, Refusal
from schema.scalars import Money, say_instant


@strawberry.enum(description="Why a seat cannot be had.")
class UnavailableReason(Enum):
    HELD = strawberry.enum_value("HELD", description="It is in a booking not yet paid for.")
    BOOKED = strawberry.enum_value("BOOKED", description="It is in a confirmed booking.")
    BLOCKED = strawberry.enum_value("BLOCKED", description="It is kept off sale.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="The event has no such seat.")


@strawberry.type(description="A booking counts one to `most` places.")
class InvalidSeatCount(Refusal):
    asked: int = strawberry.field(description="How many were asked for.")
    most: int = strawberry.field(description="How many are possible.")


@strawberry.type(description="You have, or would have, more places of this event than one person may.")
class TicketLimitReached(Refusal):
    limit: int = strawberry.field(description="How many one person may have.")
    taken: int = strawberry.field(description="How many you hold or have booked.")


@strawberry.type(description="A seat that cannot be had, and why.")
class UnavailableSeat:
    seat_id: ID = strawberry.field(description="The seat.")
    seat_no: int = strawberry.field(description="Its place in the layout's order, from 0.")
    reason: UnavailableReason = strawberry.field(description="What keeps it from being taken.")


@strawberry.type(description="Some of the seats asked for cannot be had, so none were taken.")
class SeatsUnavailable(Refusal):
    seats: list[UnavailableSeat] = strawberry.field(description="Each seat that cannot be had; the others are free.")


@strawberry.type(description="The tier has fewer places left than were asked for, so none were taken.")
class PlacesUnavailable(Refusal):
    tier_id: ID = strawberry.field(description="The tier.")
    asked: int = strawberry.field(description="How many were asked for.")
    available: int = strawberry.field(description="How many are left.")


@strawberry.type(description="Nowhere are so many neighbouring seats free, so none were taken.")
class AdjacentSeatsUnavailable(Refusal):
    asked: int = strawberry.field(description="How many were asked for.")
    most_together: int = strawberry.field(description="How many the largest group of free neighbours has, of what was asked for.")
    available: int = strawberry.field(description="How many places are left, neighbours or not, of the tiers asked for.")


@strawberry.type(description="A free seat that would be left alone between taken ones.")
class OrphanSeat:
    seat_id: ID = strawberry.field(description="The seat.")
    seat_no: int = strawberry.field(description="Its place in the layout's order, from 0.")


@strawberry.type(description="The choice would leave single seats alone, and another choice beside it would not, so none were taken.")
class LeavesOrphanSeats(Refusal):
    seats: list[OrphanSeat] = strawberry.field(description="Each seat that would be left alone.")


@strawberry.type(description="There is no such booking, or it is somebody else's.")
class BookingNotFound(Refusal):
    booking_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The hold ended before it was confirmed; its places went back.")
class BookingExpired(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    expired_at: datetime = strawberry.field(description="When it ended.")


@strawberry.type(description="Only a pending booking can be paid for or extended.")
class BookingNotPending(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    status: BookingStatus = strawberry.field(description="The state it is in.")


@strawberry.type(description="A hold can be extended once.")
class AlreadyExtended(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    expires_at: datetime = strawberry.field(description="When it ends.")


@strawberry.type(description="The key was used before, with another operation or input.")
class IdempotencyKeyReused(Refusal):
    idempotency_key: str = strawberry.field(description="The key.")


@strawberry.type(description="Too many requests wait for this event; nothing was done.")
class Busy(Refusal):
    event_id: ID = strawberry.field(description="The event.")
    retry_after: float = strawberry.field(description="Seconds after which to try again.")


BUSY_RETRY_SECONDS = 0.5
BookingRefusal = (
    refusals.EventNotFound
    | refusals.EventNotOnSale
    | refusals.EventSoldOut
    | refusals.InvalidSeatCount
    | refusals.TicketLimitReached
    | refusals.UnknownTier
    | refusals.UnknownSection
    | refusals.SeatsUnavailable
    | refusals.PlacesUnavailable
    | refusals.AdjacentSeatsUnavailable
    | refusals.LeavesOrphanSeats
    | refusals.BookingNotFound
    | refusals.BookingExpired
    | refusals.BookingNotPending
    | refusals.AlreadyExtended
    | refusals.PaymentInProgress
    | refusals.PaymentNotFound
    | refusals.PaymentRequired
    | refusals.PaymentFailed
    | refusals.IdempotencyKeyReused
    | refusals.Busy
)


# One overload a refusal, so that a mutation whose union forgets one does not type-check.
@overload
def refused(refusal: refusals.EventNotFound, event_id: EventId) -> EventNotFound: ...
@overload
def refused(refusal: refusals.EventNotOnSale, event_id: EventId) -> EventNotOnSale: ...
@overload
def refused(refusal: refusals.EventSoldOut, event_id: EventId) -> EventSoldOut: ...
@overload
def refused(refusal: refusals.InvalidSeatCount, event_id: EventId) -> InvalidSeatCount: ...
@overload
def refused(refusal: refusals.TicketLimitReached, event_id: EventId) -> TicketLimitReached: ...
@overload
def refused(refusal: refusals.UnknownTier, event_id: EventId) -> TierNotFound: ...
@overload
def refused(refusal: refusals.SeatsUnavailable, event_id: EventId) -> SeatsUnavailable: ...
@overload
def refused(refusal: refusals.PlacesUnavailable, event_id: EventId) -> PlacesUnavailable: ...
@overload
def refused(refusal: refusals.UnknownSection, event_id: EventId) -> SectionNotFound: ...
@overload
def refused(refusal: refusals.AdjacentSeatsUnavailable, event_id: EventId) -> AdjacentSeatsUnavailable: ...
@overload
def refused(refusal: refusals.LeavesOrphanSeats, event_id: EventId) -> LeavesOrphanSeats: ...
@overload
def refused(refusal: refusals.BookingNotFound, event_id: EventId) -> BookingNotFound: ...
@overload
def refused(refusal: refusals.BookingExpired, event_id: EventId) -> BookingExpired: ...
@overload
def refused(refusal: refusals.BookingNotPending, event_id: EventId) -> BookingNotPending: ...
@overload
def refused(refusal: refusals.AlreadyExtended, event_id: EventId) -> AlreadyExtended: ...
@overload
def refused(refusal: refusals.PaymentInProgress, event_id: EventId) -> PaymentInProgress: ...
@overload
def refused(refusal: refusals.PaymentNotFound, event_id: EventId) -> PaymentNotFound: ...
@overload
def refused(refusal: refusals.PaymentRequired, event_id: EventId) -> PaymentRequired: ...
@overload
def refused(refusal: refusals.PaymentFailed, event_id: EventId) -> PaymentFailed: ...
@overload
def refused(refusal: refusals.IdempotencyKeyReused, event_id: EventId) -> IdempotencyKeyReused: ...
@overload
def refused(refusal: refusals.Busy, event_id: EventId) -> Busy: ...
def refused(refusal: BookingRefusal, event_id: EventId) -> Refusal:
    """A refusal of the box office as clients see it: its code, a sentence for people, its facts."""
    match refusal:
        case refusals.EventNotFound(missing):
            return EventNotFound(code=ErrorCode.EVENT_NOT_FOUND, message="There is no such event.", event_id=ID(str(missing)))
        case refusals.EventNotOnSale(reason, on_sale_at, off_sale_at):
            message = {
                refusals.NotOnSaleReason.NOT_YET: f"Sales begin on {say_instant(on_sale_at)}.",
                refusals.NotOnSaleReason.ENDED: f"Sales ended on {say_instant(off_sale_at)}.",
                refusals.NotOnSaleReason.CANCELLED: "The event is cancelled.",
            }[reason]
            told = NotOnSaleReason[reason.name]
            code = ErrorCode.EVENT_NOT_ON_SALE
            return EventNotOnSale(code=code, message=message, reason=told, on_sale_at=on_sale_at, off_sale_at=off_sale_at)
        case refusals.EventSoldOut(event):
            return EventSoldOut(code=ErrorCode.EVENT_SOLD_OUT, message="The event is sold out.", event_id=ID(str(event)))
        case refusals.InvalidSeatCount(asked, most):
            message = f"A booking counts 1 to {most} places, not {asked}."
            return InvalidSeatCount(code=ErrorCode.INVALID_SEAT_COUNT, message=message, asked=asked, most=most)
        case refusals.TicketLimitReached(limit, taken):
            message = f"One person may have {limit} places of this event, and you have {taken}."
            return TicketLimitReached(code=ErrorCode.TICKET_LIMIT_REACHED, message=message, limit=limit, taken=taken)
        case refusals.UnknownTier(tier_no):
            tier_id = ID(str(TierId(event_id, tier_no)))
            return TierNotFound(code=ErrorCode.TIER_NOT_FOUND, message="The event has no such tier.", tier_id=tier_id)
        case refusals.SeatsUnavailable(seats):
            message = "One seat cannot be had." if len(seats) == 1 else f"{len(seats)} of the seats cannot be had."
            return SeatsUnavailable(
                code=ErrorCode.BOOKING_SEATS_UNAVAILABLE,
                message=message,
                seats=[unavailable(event_id, seat.seat_no, seat.status) for seat in seats],
            )
        case refusals.PlacesUnavailable(tier_no, asked, available):
            message = f"You asked for {asked} places and {available} {'is' if available == 1 else 'are'} left."
            tier_id = ID(str(TierId(event_id, tier_no)))
            code = ErrorCode.BOOKING_PLACES_UNAVAILABLE
            return PlacesUnavailable(code=code, message=message, tier_id=tier_id, asked=asked, available=available)
        case refusals.UnknownSection(section):
            message = "The event has no section of that name."
            return SectionNotFound(code=ErrorCode.SECTION_NOT_FOUND, message=message, section=section)
        case refusals.AdjacentSeatsUnavailable(asked, most_together, available):
            message = f"Nowhere are {asked} seats free side by side: {most_together} at most."
            code = ErrorCode.ADJACENT_SEATS_UNAVAILABLE
            return AdjacentSeatsUnavailable(code=code, message=message, asked=asked, most_together=most_together, available=available)
        case refusals.LeavesOrphanSeats(seat_nos):
            message = "Your choice would leave a single seat alone: choose the one beside it as well, or others."
            alone = [OrphanSeat(seat_id=ID(str(SeatId(event_id, seat_no))), seat_no=seat_no) for seat_no in seat_nos]
            return LeavesOrphanSeats(code=ErrorCode.ORPHAN_SEATS, message=message, seats=alone)
        case refusals.BookingNotFound(booking_id):
            message = "You have no such booking."
            return BookingNotFound(code=ErrorCode.BOOKING_NOT_FOUND, message=message, booking_id=ID(str(booking_id)))
        case refusals.BookingExpired(booking_id, expired_at):
            message = f"The places were held until {say_instant(expired_at)} and went back."
            return BookingExpired(code=ErrorCode.BOOKING_EXPIRED, message=message, booking_id=ID(str(booking_id)), expired_at=expired_at)
        case refusals.BookingNotPending(booking_id, status):
            message = f"The booking is {status.name} and no longer waits for anything."
            code = ErrorCode.BOOKING_NOT_PENDING
            return BookingNotPending(code=code, message=message, booking_id=ID(str(booking_id)), status=BookingStatus[status.name])
        case refusals.AlreadyExtended(booking_id, expires_at):
            message = f"The hold was extended once already and ends on {say_instant(expires_at)}."
            code = ErrorCode.BOOKING_ALREADY_EXTENDED
            return AlreadyExtended(code=code, message=message, booking_id=ID(str(booking_id)), expires_at=expires_at)
        case refusals.PaymentInProgress(booking_id, payment_id):
            message = "A payment for this booking is under way: wait for it."
            code = ErrorCode.PAYMENT_IN_PROGRESS
            return PaymentInProgress(code=code, message=message, booking_id=ID(str(booking_id)), payment_id=ID(str(payment_id)))
        case refusals.PaymentNotFound(payment_id):
            message = "You have no such payment."
            return PaymentNotFound(code=ErrorCode.PAYMENT_NOT_FOUND, message=message, payment_id=ID(str(payment_id)))
        case refusals.PaymentRequired(booking_id, due):
            message = f"The booking costs {due.amount} {due.currency}: say how you pay."
            code = ErrorCode.PAYMENT_REQUIRED
            return PaymentRequired(code=code, message=message, booking_id=ID(str(booking_id)), due=Money.of(due))
        case refusals.PaymentFailed(booking_id, reason, expires_at):
            held = "your places stay held for another try" if expires_at else "your places went back"
            return PaymentFailed(
                code=ErrorCode.PAYMENT_FAILED,
                message=f"The payment was declined ({reason.replace('_', ' ')}); {held}.",
                booking_id=ID(str(booking_id)),
                failure=reason,
                held_until=expires_at,
            )
        case refusals.IdempotencyKeyReused(key):
            message = "This idempotency key was used before for something else."
            return IdempotencyKeyReused(code=ErrorCode.IDEMPOTENCY_KEY_REUSED, message=message, idempotency_key=key)
        case refusals.Busy(event):
            message = "Very many want this event right now: try again in a moment."
            return Busy(code=ErrorCode.BUSY, message=message, event_id=ID(str(event)), retry_after=BUSY_RETRY_SECONDS)


def unavailable(event_id: EventId, seat_no: int, status: PlaceStatus | None) -> UnavailableSeat:
    """A seat that cannot be had, as clients see it."""
    reason = UnavailableReason.UNKNOWN if status is None else UnavailableReason[status.name]
    return UnavailableSeat(seat_id=ID(str(SeatId(event_id, seat_no))), seat_no=seat_no, reason=reason)
