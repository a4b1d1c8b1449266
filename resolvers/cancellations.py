"""Giving places back, and asking beforehand what that brings."""

from dataclasses import dataclass

import strawberry
from strawberry import ID

from domain.answers import BookingCancelled, CancellationQuoted
from domain.commands import CancelBooking, QuoteCancellation
from domain.ids import BookingId, RefundId, SeatId, TicketId
from domain.refusals import BookingNotCancellable, CancellationWindowExpired, PlacesNotCancellable
from domain.validation import Checks, InvalidInput
from resolvers import permissions
from resolvers.bookings import acting
from resolvers.context import Info
from resolvers.idempotency import idempotency_of, key_or_new
from schema.booking_inputs import CancelBookingInput, CancellationQuoteInput
from schema.booking_refusals import refused
from schema.booking_results import CancelBookingResult, CancellationQuoteResult
from schema.cancellations import Cancellation, CancellationQuote, cancellation_refused
from schema.refusals import ValidationFailed

NAMED_MOST = 31
"""So many places a booking has at most."""


@strawberry.type
class CancellationQueries:
    """What users ask before they give places back."""

    @strawberry.field(description="What `cancelBooking` would bring at this moment. It is told by the same rule, and changes nothing.")
    async def cancellation_quote(self, info: Info, input: CancellationQuoteInput) -> CancellationQuoteResult:
        """The booking's owner or an admin."""
        caller = permissions.user(info)
        booking_id = BookingId.parse(input.booking_id)
        asked = asked_back(booking_id, input.seats, input.tickets)
        if isinstance(asked, InvalidInput):
            return ValidationFailed.of(asked)
        match await info.context.services.box_office.submit(QuoteCancellation(booking_id, caller, asked.seats, asked.ticket_nos)):
            case CancellationQuoted() as quoted:
                return CancellationQuote.of(quoted)
            case BookingNotCancellable() | CancellationWindowExpired() | PlacesNotCancellable() as refusal:
                return cancellation_refused(refusal)
            case refusal:
                return refused(refusal, booking_id.event_id)


@strawberry.type
class CancellationMutations:
    """What users do with places they do not want any more."""

    @strawberry.mutation(description="Give places back, all of a booking or some, with the refund its policy promises.")
    async def cancel_booking(self, info: Info, input: CancelBookingInput) -> CancelBookingResult:
        """Its owner or an admin: a pending one at any time, a confirmed one as long as the policy lets them it was booked under."""
        caller = acting(info)
        booking_id = BookingId.parse(input.booking_id)
        asked = asked_back(booking_id, input.seats, input.tickets)
        if isinstance(asked, InvalidInput):
            return ValidationFailed.of(asked)
        key = idempotency_of(info, input.idempotency_key, "cancelBooking", booking_id, asked)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        refund_id = RefundId(booking_id.event_id, info.context.services.new_number())
        command = CancelBooking(booking_id, refund_id, caller, key_or_new(info, key), asked.seats, asked.ticket_nos)
        match await info.context.services.box_office.submit(command):
            case BookingCancelled(booking, refund, payment):
                if refund is not None and payment is not None:
                    refund = await info.context.services.settlement.give_back(refund, payment)
                return Cancellation.of(booking, refund)
            case BookingNotCancellable() | CancellationWindowExpired() | PlacesNotCancellable() as refusal:
                return cancellation_refused(refusal)
            case refusal:
                return refused(refusal, booking_id.event_id)


@dataclass(frozen=True, slots=True)
class AskedBack:
    """The places that a request names, by number, in order; none stand for all that are left."""

    seats: tuple[int, ...]
    ticket_nos: tuple[int, ...]


def asked_back(booking_id: BookingId, seats: list[ID] | None, tickets: list[ID] | None) -> AskedBack | InvalidInput:
    """The places named, or what is wrong with them. Raises MalformedId for what is no id.

    An empty list is refused, not taken for all: whoever sends one has lost what they chose.
    """
    checks = Checks()
    for name, listed in (("seats", seats), ("tickets", tickets)):
        checks.that(listed is None or 1 <= len(listed) <= NAMED_MOST, name, f"names 1 to {NAMED_MOST}; left out, all places are meant")
    found = [SeatId.parse(seat) for seat in (seats or [])[:NAMED_MOST]]
    checks.that(all(seat.event_id == booking_id.event_id for seat in found), "seats", "names seats of another event")
    named = [TicketId.parse(ticket) for ticket in (tickets or [])[:NAMED_MOST]]
    checks.that(all(ticket.booking_id == booking_id for ticket in named), "tickets", "names tickets of another booking")
    return checks.refusal or AskedBack(
        tuple(sorted({seat.number for seat in found})), tuple(sorted({ticket.ticket_no for ticket in named}))
    )
