"""Subscriptions: what people watch."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated

import strawberry
from strawberry import ID

from domain.ids import BookingId, EventId
from domain.watching import CountsTold, SeatsTold
from engine.sharing import Shown, Source, follow, shared
from resolvers import permissions
from resolvers.context import Info
from schema.bookings import Booking
from schema.declarations import PUBLIC_LIVE
from schema.live import Availability, SeatMapUpdate

EVENTS_MOST = 100


@asynccontextmanager
async def seats_of(info: Info, event_id: ID) -> AsyncIterator[Source[SeatMapUpdate]]:
    """An event's seats, for all who watch them: anybody may watch a published event."""
    parsed = EventId.parse(event_id)
    await permissions.visible(info, [parsed])
    async with info.context.services.watching.seats(parsed) as source:
        yield Shown[SeatsTold, SeatMapUpdate](source, SeatMapUpdate.of)


@asynccontextmanager
async def counts_of(info: Info, event_ids: list[ID]) -> AsyncIterator[Source[Availability]]:
    """The counts of some events, for all who watch the same: anybody may watch published ones."""
    if not 1 <= len(event_ids) <= EVENTS_MOST:
        raise permissions.NotThere("VALIDATION_ERROR", f"`eventIds` names 1 to {EVENTS_MOST} events.")
    parsed = [EventId.parse(event_id) for event_id in event_ids]
    await permissions.visible(info, parsed)
    async with info.context.services.watching.counts(parsed) as source:
        yield Shown[CountsTold, Availability](source, Availability.of)


@strawberry.type
class LiveSubscriptions:
    """What people watch."""

    @strawberry.subscription(
        description="An event's seats: first a snapshot (or what changed after `after`), then all that changes, without a gap.",
        metadata=shared(seats_of, cursor_argument="after"),
        directives=[PUBLIC_LIVE],
    )
    async def seat_map(
        self,
        info: Info,
        event_id: ID,
        after: Annotated[int | None, strawberry.argument(description="The last version you know; left out: begin with a snapshot.")] = None,
    ) -> AsyncGenerator[SeatMapUpdate, None]:
        """What one viewer is told who is not told with all others."""
        async with seats_of(info, event_id) as source, aclosing(follow(source, after)) as updates:
            async for update in updates:
                yield update

    @strawberry.subscription(
        description="How many places some events have: first of each, then of one whenever it has changed.",
        metadata=shared(counts_of),
        directives=[PUBLIC_LIVE],
    )
    async def availability(
        self, info: Info, event_ids: Annotated[list[ID], strawberry.argument(description=f"The events, at most {EVENTS_MOST}.")]
    ) -> AsyncGenerator[Availability, None]:
        """What one viewer is told who is not told with all others."""
        async with counts_of(info, event_ids) as source, aclosing(follow(source)) as updates:
            async for update in updates:
                yield update

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
