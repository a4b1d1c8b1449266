"""Events: looking for them, and putting them on."""

from typing import Annotated

import strawberry
from strawberry import ID

from domain.events import Event as EventRecord
from domain.ids import EventId
from domain.refusals import EventNotFound
from resolvers import permissions
from resolvers.context import Info
from resolvers.nodes import find_node
from schema.catalogue_refusals import refused
from schema.declarations import PAGED, PUBLIC
from schema.event_inputs import (
    CancelEventInput,
    CancelEventResult,
    CreateEventInput,
    CreateEventResult,
    DeleteEventResult,
    EventDeleted,
    EventFilter,
    EventOrder,
    PublishEventResult,
    UpdateEventInput,
    UpdateEventResult,
)
from schema.events import Event, EventConnection
from schema.nodes import First, Node

ANY_EVENT, BY_START = EventFilter().to_filter(), EventOrder().to_order()


@strawberry.type
class EventQueries:
    """What anybody asks of events."""

    @strawberry.field(description="One event; null where there is none that you may see.", directives=[PUBLIC])
    async def event(self, info: Info, id: ID) -> Event | None:
        """Anybody may; a draft is for those who run it."""
        return await info.context.catalogue_loaders.event(info.context.caller, EventId.parse(id))

    @strawberry.field(description="Events that you may see, by their start unless asked otherwise.", directives=[PUBLIC, PAGED])
    async def events(
        self,
        info: Info,
        first: First = 20,
        after: Annotated[
            str | None, strawberry.argument(description="The cursor, of a list in this order, behind which the page begins.")
        ] = None,
        filter: Annotated[EventFilter | None, strawberry.argument(description="Which ones.")] = None,
        order: Annotated[EventOrder | None, strawberry.argument(description="In which order.")] = None,
    ) -> EventConnection:
        """Anybody may."""
        narrowed = filter.to_filter() if filter is not None else ANY_EVENT
        ordered = order.to_order() if order is not None else BY_START
        return await info.context.catalogue_loaders.page_of_events(info.context.caller, narrowed, ordered, first, after)

    @strawberry.field(description="Anything that has an id; null where there is none that you may see.")
    async def node(self, info: Info, id: ID) -> Node | None:
        """Whoever may ask for the thing by its own field."""
        return await find_node(info, id)


@strawberry.type
class EventMutations:
    """What organizers do with their events, and admins with all."""

    @strawberry.mutation(description="Draft an event. For members of its organization, and admins.")
    async def create_event(self, info: Info, input: CreateEventInput) -> CreateEventResult:
        """A member of the organization named, or an admin; an admin's may have none."""
        permissions.user(info)
        form = input.to_form()
        actor = permissions.organizer_of(info, form.organization_id).user_id
        match await info.context.services.catalogue_writer.create_event(form, actor):
            case EventRecord() as event:
                return Event.of(event)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Change an event that is not cancelled. For members of its organization, and admins.")
    async def update_event(self, info: Info, input: UpdateEventInput) -> UpdateEventResult:
        """Whoever runs it."""
        event_id = EventId.parse(input.event_id)
        if not await permissions.managed(info, event_id):
            return refused(EventNotFound(event_id))
        match await info.context.services.catalogue_writer.update_event(event_id, input.to_change(), permissions.user(info).user_id):
            case EventRecord() as event:
                return Event.of(event)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Show a draft to all and sell it from `onSaleAt` on. For members of its organization, and admins.")
    async def publish_event(self, info: Info, event_id: ID) -> PublishEventResult:
        """Whoever runs it."""
        parsed = EventId.parse(event_id)
        if not await permissions.managed(info, parsed):
            return refused(EventNotFound(parsed))
        match await info.context.services.catalogue_writer.publish_event(parsed, permissions.user(info).user_id):
            case EventRecord() as event:
                return Event.of(event)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(
        description="Take an event off sale for good. All of its bookings are then ended, refunded whole and told of it, in batches: "
        "`Event.cancellation` says how far that has come. For members of its organization, and admins."
    )
    async def cancel_event(self, info: Info, input: CancelEventInput) -> CancelEventResult:
        """Whoever runs it."""
        event_id = EventId.parse(input.event_id)
        if not await permissions.managed(info, event_id):
            return refused(EventNotFound(event_id))
        match await info.context.services.catalogue_writer.cancel_event(event_id, input.reason, permissions.user(info).user_id):
            case EventRecord() as event:
                return Event.of(event)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Forget a draft. For members of its organization, and admins.")
    async def delete_event(self, info: Info, event_id: ID) -> DeleteEventResult:
        """Whoever runs it."""
        parsed = EventId.parse(event_id)
        if not await permissions.managed(info, parsed):
            return refused(EventNotFound(parsed))
        match await info.context.services.catalogue_writer.delete_event(parsed, permissions.user(info).user_id):
            case EventRecord():
                return EventDeleted.of(parsed)
            case refusal:
                return refused(refusal)
