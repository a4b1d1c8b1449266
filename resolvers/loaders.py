"""Loaders of the catalogue: many objects of one answer ask the database once."""

from functools import partial
from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain import events, places, venues
from domain.callers import Caller
from domain.catalogue import VENUES_BY_NAME, EventFilter, EventOrder
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, TierId, VenueId
from resolvers.pages import page_info, place_of
from resolvers.seat_maps import read_map
from schema.categories import Category
from schema.events import Event, EventCancellation, EventConnection, EventEdge, Tier
from schema.organizations import Organization
from schema.seat_maps import LayoutSection, SeatMap, SeatStatus
from schema.venues import Venue, VenueConnection, VenueEdge, VenueLayout

if TYPE_CHECKING:
    from resolvers.context import Services


class CatalogueLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services") -> None:
        self._boards = services.seat_boards
        self._catalogue = catalogue = services.catalogue
        self.events: DataLoader[EventId, events.Event | None] = DataLoader(catalogue.events_many)
        self.cancellations: DataLoader[EventId, events.CancellationProgress | None] = DataLoader(catalogue.cancellations_many)
        self.tiers: DataLoader[EventId, tuple[places.Tier, ...]] = DataLoader(catalogue.tiers_many)
        self.venues: DataLoader[VenueId, venues.Venue | None] = DataLoader(catalogue.venues_many)
        self.categories: DataLoader[CategoryId, venues.Category | None] = DataLoader(catalogue.categories_many)
        self.organizations: DataLoader[OrganizationId, venues.Organization | None] = DataLoader(catalogue.organizations_many)

    async def event(self, caller: Caller | None, event_id: EventId) -> Event | None:
        """An event as clients see it; None where there is none that the caller may see."""
        found = await self.events.load(event_id)
        return Event.of(found) if found is not None and events.may_see(caller, found) else None

    async def tier(self, caller: Caller | None, tier_id: TierId) -> Tier | None:
        """A tier as clients see it; None where there is none that the caller may see."""
        event = await self.events.load(tier_id.event_id)
        if event is None or not events.may_see(caller, event):
            return None
        found = (tier for tier in await self.tiers.load(tier_id.event_id) if tier.tier_no == tier_id.number)
        return next((Tier.of(event.event_id, event.currency, tier) for tier in found), None)

    async def cancellation(self, caller: Caller | None, event: events.Event) -> EventCancellation | None:
        """How far an event's cancelling has come; None for who does not run it, and where it is not cancelled."""
        found = await self.cancellations.load(event.event_id) if events.manages(caller, event) else None
        return EventCancellation.of(found) if found is not None else None

    async def tiers_of(self, event: events.Event) -> list[Tier]:
        """An event's tiers, in order."""
        return [Tier.of(event.event_id, event.currency, tier) for tier in await self.tiers.load(event.event_id)]

    async def venue(self, venue_id: VenueId | None) -> Venue | None:
        """A venue as clients see it."""
        found = await self.venues.load(venue_id) if venue_id is not None else None
        return Venue.of(found) if found is not None else None

    async def category(self, category_id: CategoryId | None) -> Category | None:
        """A category as clients see it."""
        found = await self.categories.load(category_id) if category_id is not None else None
        return Category.of(found) if found is not None else None

    async def organization(self, organization_id: OrganizationId | None) -> Organization | None:
        """An organization as clients see it."""
        found = await self.organizations.load(organization_id) if organization_id is not None else None
        return Organization.of(found) if found is not None else None

    async def layout(self, layout_id: LayoutId | None) -> VenueLayout | None:
        """A venue's layout as clients see it."""
        if layout_id is None:
            return None
        layout = await self._catalogue.layout(layout_id)
        return VenueLayout(seat_count=layout.seat_count, sections=[LayoutSection.of(section) for section in layout.sections])

    async def seat_map(self, event: events.Event, section: str | None, tier: ID | None, status: SeatStatus | None) -> SeatMap:
        """An event's seats at one version. Raises MalformedId, InvalidArgument for another event's tier, and Outage."""
        return await read_map(self._boards, self._catalogue, event, section, tier, status)

    async def page_of_events(
        self, caller: Caller | None, filter: EventFilter, order: EventOrder, first: int, after: str | None
    ) -> EventConnection:
        """A page of the events a caller may see. Raises InvalidArgument for a page that cannot be."""
        behind = place_of(first, after, order.name)
        found = await self._catalogue.events(caller, filter, order, most=first + 1, after=behind)
        edges = [EventEdge(node=Event.of(event), cursor=place.cursor(order.name)) for place, event in found[:first]]
        count = partial(self._catalogue.count_events, caller, filter)
        return EventConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))

    async def events_of_venue(self, caller: Caller | None, venue_id: VenueId, first: int, after: str | None) -> EventConnection:
        """A page of a venue's events, by their start. Raises InvalidArgument for a page that cannot be."""
        return await self.page_of_events(caller, EventFilter(venue_id=venue_id), EventOrder(), first, after)

    async def events_of_organization(
        self, caller: Caller | None, organization_id: OrganizationId, first: int, after: str | None
    ) -> EventConnection:
        """A page of an organization's events, by their start. Raises InvalidArgument for a page that cannot be."""
        return await self.page_of_events(caller, EventFilter(organization_id=organization_id), EventOrder(), first, after)

    async def page_of_venues(self, city: str | None, country: str | None, first: int, after: str | None) -> VenueConnection:
        """A page of venues, by name. Raises InvalidArgument for a page that cannot be."""
        behind = place_of(first, after, VENUES_BY_NAME)
        found = await self._catalogue.venues(city, country, most=first + 1, after=behind)
        edges = [VenueEdge(node=Venue.of(venue), cursor=place.cursor(VENUES_BY_NAME)) for place, venue in found[:first]]
        count = partial(self._catalogue.count_venues, city, country)
        return VenueConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))
