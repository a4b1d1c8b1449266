"""What one says to book, pay, give back, and look at bookings."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import ID

from domain import bookings
from domain.booking_reads import BookingSelection, numbers_of
from domain.ids import EventId, UserId
from schema.bookings import BookingStatus


@strawberry.input(description="A number of places of one tier: room to stand, or whichever of its seats are free.")
class QuantityInput:
    tier_id: ID = strawberry.field(description="The tier.")
    quantity: int = strawberry.field(description="How many.")


@strawberry.input(description="The best neighbouring seats there are, nearest the front; room to stand where a tier has no numbered seats.")
class BestAvailableInput:
    quantity: int = strawberry.field(description="How many, side by side.")
    tier_id: ID | None = strawberry.field(default=None, description="Only of this tier; without it they may lie across tiers.")
    section: str | None = strawberry.field(default=None, description="Only in the section of this name.")


@strawberry.input(one_of=True, description="Which places: exactly one of these.")
class PlacesInput:
    seats: list[ID] | None = strawberry.field(default=strawberry.UNSET, description="These very seats: all of them or none.")
    quantity: QuantityInput | None = strawberry.field(default=strawberry.UNSET, description="So many of a tier.")
    best_available: BestAvailableInput | None = strawberry.field(
        default=strawberry.UNSET, description="Neighbouring seats that the server chooses: all of them or none."
    )


@strawberry.enum(description="How to pay.")
class PaymentMethodType(Enum):
    CARD = strawberry.enum_value("CARD", description="A card, by the gateway's token for it.")


@strawberry.input(description="How to pay.")
class PaymentMethodInput:
    type: PaymentMethodType = strawberry.field(default=PaymentMethodType.CARD, description="What kind of payment.")
    token: str = strawberry.field(description="The gateway's token for the card, such as `pm_card_visa` in the sandbox.")


KEY = "A name of your own for this request, of 1 to 255 characters: sent again with it, it is done once and answered the same, for 24 h."


@strawberry.input(description="What to book.")
class CreateBookingInput:
    event_id: ID = strawberry.field(description="The event.")
    places: PlacesInput = strawberry.field(description="Which places.")
    payment: PaymentMethodInput | None = strawberry.field(
        default=None, description="To pay at once: the booking is then confirmed, or FAILED and its places free again."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What to pay for.")
class ConfirmBookingInput:
    booking_id: ID = strawberry.field(description="The booking.")
    payment: PaymentMethodInput | None = strawberry.field(default=None, description="How to pay; not needed where nothing is due.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What to give back: all that is left of a booking, unless seats or tickets are named.")
class CancelBookingInput:
    booking_id: ID = strawberry.field(description="The booking.")
    seats: list[ID] | None = strawberry.field(default=None, description="Only the places with these seats, and those of `tickets`.")
    tickets: list[ID] | None = strawberry.field(default=None, description="Only the places of these tickets, and those of `seats`.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What one may give back: all that is left of a booking, unless seats or tickets are named.")
class CancellationQuoteInput:
    booking_id: ID = strawberry.field(description="The booking.")
    seats: list[ID] | None = strawberry.field(default=None, description="Only the places with these seats, and those of `tickets`.")
    tickets: list[ID] | None = strawberry.field(default=None, description="Only the places of these tickets, and those of `seats`.")


@strawberry.input(description="Which bookings.")
class BookingFilter:
    status: BookingStatus | None = strawberry.field(default=None, description="Only those that stand so.")
    event_id: ID | None = strawberry.field(default=None, description="Only those of this event.")
    user_id: ID | None = strawberry.field(default=None, description="Only this user's.")
    booking_code: str | None = strawberry.field(default=None, description="Only the one with this code: `EVT…`, as it is written.")
    created_from: datetime | None = strawberry.field(default=None, description="Made from this moment on, itself included.")
    created_before: datetime | None = strawberry.field(default=None, description="Made up to this moment, itself left out.")

    def to_selection(self) -> BookingSelection:
        """The filter as the rules know it; raises MalformedId, and InvalidArgument for what is no code."""
        return BookingSelection(
            event_id=EventId.parse(self.event_id) if self.event_id is not None else None,
            user_id=UserId.parse(self.user_id) if self.user_id is not None else None,
            status=bookings.BookingStatus[self.status.name] if self.status is not None else None,
            created_from=self.created_from,
            created_before=self.created_before,
            numbers=numbers_of(self.booking_code) if self.booking_code is not None else None,
        )
