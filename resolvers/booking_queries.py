"""Looking at bookings and payments."""

import strawberry
from strawberry import ID

from domain.ids import BookingId, PaymentId
from resolvers import permissions
from resolvers.context import Info
from schema.bookings import Booking, Payment


@strawberry.type
class BookingQueries:
    """What users ask of bookings."""

    @strawberry.field(description="One booking: its owner's, or any for an admin; null where there is none of yours.")
    async def booking(self, info: Info, id: ID) -> Booking | None:
        """Its owner or an admin."""
        permissions.user(info)
        return await info.context.booking_loaders.booking(info.context.caller, BookingId.parse(id))

    @strawberry.field(description="One payment: its owner's, or any for an admin; null where there is none of yours.")
    async def payment(self, info: Info, id: ID) -> Payment | None:
        """Its owner or an admin."""
        permissions.user(info)
        return await info.context.booking_loaders.payment(info.context.caller, PaymentId.parse(id))
