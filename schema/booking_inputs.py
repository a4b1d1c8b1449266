"""What one says to book, pay, give back, and look at bookings."""

from enum import Enum

import strawberry
from strawberry import ID

from schema.bookings import BookingStatus


@strawberry.input(description="A number of places of one tier: room to stand, or whichever of its seats are free.")
class QuantityInput:
    tier_id: ID = strawberry.field(description="The tier.")
    quantity: int = strawberry.field(description="How many.")


@strawberry.input(one_of=True, description="Which places: exactly one of these.")
class PlacesInput:
    seats: list[ID] | None = strawberry.field(default=strawberry.UNSET, description="These very seats: all of them or none.")
    quantity: QuantityInput | None = strawberry.field(default=strawberry.UNSET, description="So many of a tier.")


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


@strawberry.input(description="What to give back.")
class CancelBookingInput:
    booking_id: ID = strawberry.field(description="The booking.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which bookings.")
class BookingFilter:
    status: BookingStatus | None = strawberry.field(default=None, description="Only those that stand so.")
