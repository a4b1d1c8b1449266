"""Finding anything by its id alone: the id says what it names."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from domain.ids import (
    BookingId,
    CategoryId,
    EntryId,
    EventId,
    MalformedId,
    NotificationId,
    OrganizationId,
    PaymentId,
    TicketId,
    TierId,
    UserId,
    VenueId,
    parse_any,
)
from resolvers.context import Info
from schema.nodes import Node

Find = Callable[[Info, Any], Awaitable[Node | None]]
"""Finds what an id names; None where there is none that the caller may see."""

FINDERS: Mapping[type, Find] = {
    EventId: lambda info, event_id: info.context.catalogue_loaders.event(info.context.caller, event_id),
    TierId: lambda info, tier_id: info.context.catalogue_loaders.tier(info.context.caller, tier_id),
    VenueId: lambda info, venue_id: info.context.catalogue_loaders.venue(venue_id),
    CategoryId: lambda info, category_id: info.context.catalogue_loaders.category(category_id),
    OrganizationId: lambda info, organization_id: info.context.catalogue_loaders.organization(organization_id),
    UserId: lambda info, user_id: info.context.booking_loaders.visible_user(info.context.caller, user_id),
    BookingId: lambda info, booking_id: info.context.booking_loaders.booking(info.context.caller, booking_id),
    TicketId: lambda info, ticket_id: info.context.ticket_loaders.ticket(info.context.caller, ticket_id),
    NotificationId: lambda info, notification_id: info.context.notification_loaders.notification(info.context.caller, notification_id),
    EntryId: lambda info, entry_id: info.context.waitlist_loaders.entry(info.context.caller, entry_id),
    PaymentId: lambda info, payment_id: info.context.booking_loaders.payment(info.context.caller, payment_id),
}
"""How each kind of thing is found: a feature that has things with ids adds its line."""


async def find_node(info: Info, text: str) -> Node | None:
    """Whatever an id names, if the caller may see it. Raises MalformedId for what is no id, and for things that stand only in others."""
    parsed = parse_any(text)
    find = FINDERS.get(type(parsed))
    if find is None:
        raise MalformedId("an id of this kind names nothing that stands alone")
    return await find(info, parsed)
