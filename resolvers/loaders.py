"""Loaders of the catalogue: many objects of one answer ask the database once."""

from collections.abc import Awaitable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from strawberry import ID
from strawberry.dataloader import DataLoader

from domain import events, places, venues
from domain.callers import Caller
from domain.catalogue import VENUES_BY_NAME, EventFilter, EventOrder
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, TierId, VenueId
from resolvers.batches import Batches
from resolvers.events_at_hand import EVENTS_AT_HAND
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
        self.tiers: DataLoader[EventId, tuple[places.Tier, ...]] = DataLoader(catalogue.tiers_many)
        self.venues: DataLoader[VenueId, venues.Venue | None] = DataLoader(catalogue.venues_many)
        self.categories: DataLoader[CategoryId, venues.Category | None] = DataLoader(catalogue.categories_many)
        self.organizations: DataLoader[OrganizationId, venues.Organization | None] = DataLoader(catalogue.organizations_many)
        self._cancellations = Batches(catalogue.cancellations_many)
        self._tiers = Batches(catalogue.tiers_many)
        self._venues = Batches(catalogue.venues_many)
        self._categories = Batches(catalogue.categories_many)
        self._organizations = Batches(catalogue.organizations_many)

    @cached_property
    def events_now(self) -> DataLoader[EventId, events.Event | None]:
        """Events as they are, and not as they were read before for the same answer."""
        return DataLoader(self._catalogue.events_many, cache=False)

    async def event(self, caller: Caller | None, event_id: EventId) -> Event | None:
        """An event as clients see it; None where there is none that the caller may see."""
        found = await EVENTS_AT_HAND.read(self._boards, event_id, self)
        return Event.of(found) if found is not None and events.may_see(caller, found) else None

    async def tier(self, caller: Caller | None, tier_id: TierId) -> Tier | None:
        """A tier as clients see it; None where there is none that the caller may see."""
        event = await self.events.load(tier_id.event_id)
        if event is None or not events.may_see(caller, event):
            return None
        found = (tier for tier in await self.tiers.load(tier_id.event_id) if tier.tier_no == tier_id.number)
        return next((Tier.of(event.event_id, event.currency, tier) for tier in found), None)

    async def cancellations_of(self, caller: Caller | None, of: Sequence[events.Event]) -> list[EventCancellation | None]:
        """How far each event's cancelling has come; None for who does not run it, and where it is not cancelled."""
        found = await self._cancellations.of([event.event_id if events.manages(caller, event) else None for event in of])
        return [EventCancellation.of(progress) if progress is not None else None for progress in found]

    async def tiers_of(self, of: Sequence[events.Event]) -> list[list[Tier]]:
        """The tiers of each event, in order."""
        found = await self._tiers.of([event.event_id for event in of])
        return [[Tier.of(event.event_id, event.currency, tier) for tier in tiers or ()] for event, tiers in zip(of, found, strict=True)]

    async def available_of(self, of: Sequence[events.Event]) -> list[int]:
        """How many places of each event can be had."""
        return [sum(tier.counts.available for tier in tiers or ()) for tiers in await self._tiers.of([event.event_id for event in of])]

    def venues_of(self, of: Sequence[events.Event]) -> list[Venue | None] | Awaitable[list[Venue | None]]:
        """Where each event takes place; at once where that is remembered."""
        ids = [event.venue_id for event in of]
        found = self._catalogue.venues_at_hand(ids)
        return self._venues_read(ids) if found is None else [Venue.of(venue) if venue is not None else None for venue in found]

    async def _venues_read(self, ids: Sequence[VenueId | None]) -> list[Venue | None]:
        return [Venue.of(venue) if venue is not None else None for venue in await self._venues.of(ids)]

    async def categories_of(self, of: Sequence[events.Event]) -> list[Category | None]:
        """What kind of event each is."""
        found = await self._categories.of([event.category_id for event in of])
        return [Category.of(category) if category is not None else None for category in found]

    async def organizations_of(self, of: Sequence[events.Event]) -> list[Organization | None]:
        """Who runs each event."""
        found = await self._organizations.of([event.organization_id for event in of])
        return [Organization.of(organization) if organization is not None else None for organization in found]

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
        name = order.name
        behind = place_of(first, after, name)
        found = await self._catalogue.events(caller, filter, order, most=first + 1, after=behind)
        edges = [EventEdge(node=Event.of(event), place=place, order=name) for place, event in found[:first]]
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
