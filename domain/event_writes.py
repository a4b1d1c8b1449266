"""Writing events: the port through which those who run them change them."""

from typing import Protocol

from domain.event_changes import EventChange
from domain.events import Event, EventForm, EventNotEditable
from domain.ids import EventId, TierId, UserId
from domain.refusals import EventNotFound
from domain.tiers import CapacityBelowSold, PriceForm, TierChange, TierChanged, TierNotFound
from domain.validation import InvalidInput
from domain.venues import CategoryNotFound, OrganizationNotFound, VenueNotFound


class EventWriter(Protocol):
    """Writes to events, each in one transaction with its entry in the audit trail: all of it or nothing. Who may is the resolvers' to ask.

    `actor` is who asks; None is the house itself, of which nothing is written down. Each raises Outage where the database could not be had;
    `outcome_unknown` says whether it may have been done.
    """

    async def create_event(
        self, form: EventForm, actor: UserId | None = None
    ) -> Event | VenueNotFound | CategoryNotFound | OrganizationNotFound | InvalidInput:
        """Add a draft with its tiers and inventory: a few rows, however many seats."""
        ...

    async def update_event(
        self, event_id: EventId, change: EventChange, actor: UserId | None = None
    ) -> Event | EventNotFound | EventNotEditable | CategoryNotFound | InvalidInput:
        """Change what is not KEEP, of an event that is not cancelled, and tell who watches; and who booked, where they must know."""
        ...

    async def publish_event(self, event_id: EventId, actor: UserId | None = None) -> Event | EventNotFound | EventNotEditable:
        """Put a draft on sale, from its `on_sale_at` on, and tell who watches; a published event stays as it is."""
        ...

    async def cancel_event(
        self, event_id: EventId, reason: str | None, actor: UserId | None = None
    ) -> Event | EventNotFound | EventNotEditable | InvalidInput:
        """Take an event off sale for good, and have all of its bookings ended and given back; a cancelled event stays as it is."""
        ...

    async def delete_event(self, event_id: EventId, actor: UserId | None = None) -> Event | EventNotFound | EventNotEditable:
        """Forget a draft that never sold anything; answers it as it was."""
        ...

    async def reprice_tier(
        self, tier_id: TierId, form: PriceForm, actor: UserId | None = None
    ) -> TierChanged | EventNotFound | TierNotFound | EventNotEditable | InvalidInput:
        """Give a tier another price, for places that nobody has taken yet."""
        ...

    async def update_tier(
        self, tier_id: TierId, change: TierChange, actor: UserId | None = None
    ) -> TierChanged | EventNotFound | TierNotFound | EventNotEditable | CapacityBelowSold | InvalidInput:
        """Give a tier another name, or more or fewer places without numbers."""
        ...
