"""Looking at bookings and payments."""

from typing import Annotated

import strawberry
from strawberry import ID

from domain.ids import BookingId, PaymentId
from resolvers import permissions
from resolvers.context import Info
from schema.booking_inputs import BookingFilter
from schema.bookings import Booking, BookingConnection
from schema.declarations import PAGED
from schema.nodes import After, First
from schema.payments import Payment


@strawberry.type
class BookingQueries:
    """What users ask of bookings."""

    @strawberry.field(description="One booking: your own, of an event that you run, or any for an admin; null where there is none.")
    async def booking(self, info: Info, id: ID) -> Booking | None:
        """Its owner, whoever runs the event, or an admin."""
        permissions.user(info)
        return await info.context.booking_loaders.booking(info.context.caller, BookingId.parse(id))

    @strawberry.field(description="One payment: your own, for an event that you run, or any for an admin; null where there is none.")
    async def payment(self, info: Info, id: ID) -> Payment | None:
        """Its owner, whoever runs the event, or an admin."""
        permissions.user(info)
        return await info.context.booking_loaders.payment(info.context.caller, PaymentId.parse(id))

    @strawberry.field(
        description="Bookings, newest first. For admins, and for organizers with the `eventId` of an event that they run in the filter.",
        directives=[PAGED],
    )
    async def bookings(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        filter: Annotated[BookingFilter | None, strawberry.argument(description="Which ones.")] = None,
    ) -> BookingConnection:
        """An admin, or whoever runs the event that is named."""
        permissions.user(info)
        selection = (filter or BookingFilter()).to_selection()
        await permissions.bookings_of(info, selection.event_id)
        return await info.context.booking_loaders.page(selection, first, after)
