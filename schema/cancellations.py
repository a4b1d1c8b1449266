"""Giving places back: what came of it, and what it would bring."""

from datetime import datetime
from enum import Enum
from typing import Self, overload

import strawberry
from strawberry import ID

from domain import answers, bookings, money, refusals
from domain.ids import BookingId, SeatId, TicketId
from schema.bookings import Booking, BookingStatus
from schema.payments import RefundStatus
from schema.refusals import ErrorCode, Refusal
from schema.scalars import Money, say_instant


@strawberry.type(description="Places that were given back.")
class Cancellation:
    booking: Booking = strawberry.field(description="The booking as it is now: CANCELLED, or with the places that are left.")
    refund_amount: Money = strawberry.field(description="What goes back for them: zero where nothing was paid.")
    refund_status: RefundStatus | None = strawberry.field(description="How far the money has come back; null where none goes back.")
    cancelled_at: datetime = strawberry.field(description="When they were given back.")

    @classmethod
    def of(cls, booking: bookings.Booking, refund: bookings.Refund | None) -> Self:
        """A cancellation as clients see it. A repeat may come when other places were given back since: then its refund tells when."""
        cancelled_at = refund.created_at if refund else booking.cancelled_at
        assert cancelled_at is not None, "a booking says when its places were given back"
        return cls(
            booking=Booking.of(booking),
            refund_amount=Money.of(refund.amount if refund else money.Money(0, booking.currency)),
            refund_status=RefundStatus[refund.status.name] if refund else None,
            cancelled_at=cancelled_at,
        )


@strawberry.type(description="What giving places back would bring, told by the rule that does it.")
class CancellationQuote:
    booking: Booking = strawberry.field(description="The booking, as it is.")
    quantity: int = strawberry.field(description="How many places would be given back.")
    refund_amount: Money = strawberry.field(description="What would go back for them.")
    refund_percent: int = strawberry.field(description="How much of what they cost that is: 0 to 100.")
    valid_until: datetime | None = strawberry.field(
        description="The last moment at which that holds; null where it is a hold, for which nothing was paid."
    )

    @classmethod
    def of(cls, quoted: answers.CancellationQuoted) -> Self:
        """A quote as clients see it."""
        return cls(
            booking=Booking.of(quoted.booking),
            quantity=quoted.places,
            refund_amount=Money.of(quoted.refund),
            refund_percent=quoted.per_cent,
            valid_until=quoted.valid_until,
        )


@strawberry.enum(description="Why a place of a booking cannot be given back.")
class KeptReason(Enum):
    NOT_IN_BOOKING = strawberry.enum_value("NOT_IN_BOOKING", description="The booking has no such place.")
    GIVEN_BACK = strawberry.enum_value("GIVEN_BACK", description="It was given back before.")
    CHECKED_IN = strawberry.enum_value("CHECKED_IN", description="Somebody came in with its ticket.")
    HANDED_ON = strawberry.enum_value("HANDED_ON", description="Its ticket is somebody else's now.")


@strawberry.type(description="A place that cannot be given back, and why.")
class KeptPlace:
    seat_id: ID | None = strawberry.field(description="Its seat; null where it has none, or was named by a ticket that is not there.")
    ticket_id: ID | None = strawberry.field(description="Its ticket; null where it has none.")
    reason: KeptReason = strawberry.field(description="What keeps it.")


@strawberry.type(description="A booking in this state has nothing to give back.")
class BookingNotCancellable(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    status: BookingStatus = strawberry.field(description="The state it is in.")


@strawberry.type(description="A confirmed booking could be cancelled until some time before the event, or never.")
class CancellationWindowExpired(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    until: datetime | None = strawberry.field(description="Until when it could be cancelled; null where its policy never lets it.")


@strawberry.type(description="Some of the places named cannot be given back, so none were.")
class PlacesNotCancellable(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    places: list[KeptPlace] = strawberry.field(description="Each place that cannot be given back.")


CancellationRefusal = refusals.BookingNotCancellable | refusals.CancellationWindowExpired | refusals.PlacesNotCancellable


# One overload a refusal, as in `booking_refusals.refused`.
@overload
def cancellation_refused(refusal: refusals.BookingNotCancellable) -> BookingNotCancellable: ...
@overload
def cancellation_refused(refusal: refusals.CancellationWindowExpired) -> CancellationWindowExpired: ...
@overload
def cancellation_refused(refusal: refusals.PlacesNotCancellable) -> PlacesNotCancellable: ...
def cancellation_refused(refusal: CancellationRefusal) -> BookingNotCancellable | CancellationWindowExpired | PlacesNotCancellable:
    """Why nothing is given back, as clients see it."""
    match refusal:
        case refusals.BookingNotCancellable(booking_id, status):
            message = f"The booking is {status.name}: it has nothing to give back."
            code = ErrorCode.BOOKING_NOT_CANCELLABLE
            return BookingNotCancellable(code=code, message=message, booking_id=ID(str(booking_id)), status=BookingStatus[status.name])
        case refusals.CancellationWindowExpired(booking_id, until):
            message = f"The booking could be cancelled until {say_instant(until)}." if until else "The booking cannot be cancelled."
            code = ErrorCode.CANCELLATION_WINDOW_EXPIRED
            return CancellationWindowExpired(code=code, message=message, booking_id=ID(str(booking_id)), until=until)
        case refusals.PlacesNotCancellable(booking_id, places):
            message = (
                "One of the places cannot be given back." if len(places) == 1 else f"{len(places)} of the places cannot be given back."
            )
            code = ErrorCode.PLACES_NOT_CANCELLABLE
            kept = [kept_place(booking_id, place) for place in places]
            return PlacesNotCancellable(code=code, message=message, booking_id=ID(str(booking_id)), places=kept)


def kept_place(booking_id: BookingId, place: refusals.KeptPlace) -> KeptPlace:
    """A place that cannot be given back, as clients see it."""
    return KeptPlace(
        seat_id=ID(str(SeatId(booking_id.event_id, place.seat_no))) if place.seat_no is not None else None,
        ticket_id=ID(str(TicketId.of(booking_id, place.ticket_no))) if place.ticket_no is not None else None,
        reason=KeptReason[place.reason.name],
    )
