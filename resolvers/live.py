"""Subscriptions: what people watch."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import ID

from domain.ids import BookingId, EventId
from resolvers import permissions
from resolvers.context import Info
from schema.bookings import Booking
from schema.live import Availability, SeatMapUpdate

EVENTS_MOST = 100


@strawberry.type
class LiveSubscriptions:
    """What people watch."""

    @strawberry.subscription(
        description="An event's seats: first a snapshot (or what changed after `after`), then all that changes, without a gap."
    )
    async def seat_map(
        self,
        info: Info,
        event_id: ID,
        after: Annotated[int | None, strawberry.argument(description="The last version you know; left out: begin with a snapshot.")] = None,
    ) -> AsyncGenerator[SeatMapUpdate, None]:
        """Anybody may watch a published event."""
        parsed = EventId.parse(event_id)
        await permissions.visible(info, [parsed])
        async with aclosing(info.context.services.watching.watch(parsed, after)) as updates:
            async for update in updates:
                yield SeatMapUpdate.of(update)

    @strawberry.subscription(description="How many places some events have: first of each, then of one whenever it has changed.")
    async def availability(
        self, info: Info, event_ids: Annotated[list[ID], strawberry.argument(description=f"The events, at most {EVENTS_MOST}.")]
    ) -> AsyncGenerator[Availability, None]:
        """Anybody may watch published events."""
        if not 1 <= len(event_ids) <= EVENTS_MOST:
            raise permissions.NotThere("VALIDATION_ERROR", f"`eventIds` names 1 to {EVENTS_MOST} events.")
        parsed = [EventId.parse(event_id) for event_id in event_ids]
        await permissions.visible(info, parsed)
        async with aclosing(info.context.services.watching.watch_counts(parsed)) as updates:
            async for update in updates:
                yield Availability.of(update)

    @strawberry.subscription(description="A booking of yours: at once as it is, then whenever it has changed.")
    async def booking_updated(self, info: Info, id: ID) -> AsyncGenerator[Booking, None]:
        """Its owner or an admin. Told from the database after each change, so that it is never older than what one was told before."""
        caller = permissions.user(info)
        parsed = BookingId.parse(id)
        reads = info.context.services.bookings
        if not (found := (await reads.find_many([parsed]))[0]) or not caller.owns(found.user_id):
            raise permissions.NotThere("BOOKING_NOT_FOUND", "You have no such booking.")
        told = None
        async with aclosing(info.context.services.watching.watch_bookings(parsed.event_id, parsed.number)) as updates:
            async for update in updates:
                found = (await reads.find_many([parsed]))[0]
                if found is not None and not (update.may_have_missed and found == told):
                    told = found
                    info.context.booking_loaders.forget()
                    yield Booking.of(found)
