"""Events and their tiers."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import events, inventory, money, places
from domain.catalogue import Place
from domain.exports import bookings_path
from domain.ids import EventId, TierId
from engine.batching import batched_field
from engine.lasting import lasting
from schema.cancellation import CancellationPolicy
from schema.categories import Category
from schema.declarations import FREE, PAGED, PUBLIC
from schema.nodes import ID_MEANS, After, First, Node, PageInfo
from schema.organizations import Organization
from schema.records import shown, shows_records
from schema.scalars import Money
from schema.venues import Venue

if TYPE_CHECKING:
    from schema.audit import AuditConnection
    from schema.booking_inputs import BookingFilter
    from schema.bookings import BookingConnection
    from schema.seat_maps import SeatMap, SeatStatus
    from schema.tickets import Attendance
    from schema.waitlist import WaitlistConnection, WaitlistEntry


@strawberry.enum(description="Where an event stands in its life.")
class EventStatus(Enum):
    DRAFT = strawberry.enum_value("DRAFT", description="Seen by those who run it alone.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="Seen by all, and sold while it is on sale.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="It will not take place.")


@strawberry.enum(description="Where an event stands in time, whatever its status.")
class EventPhase(Enum):
    UPCOMING = strawberry.enum_value("UPCOMING", description="It has not started.")
    ONGOING = strawberry.enum_value("ONGOING", description="It has started and not ended.")
    COMPLETED = strawberry.enum_value("COMPLETED", description="It has ended.")


@strawberry.enum(description="What a tier's places are.")
class TierKind(Enum):
    SEATED = strawberry.enum_value("SEATED", description="Seats: numbered where the event has a layout.")
    STANDING = strawberry.enum_value("STANDING", description="Room to stand.")


# Lists are made of these by the thousand: what can be looked up is not worked out anew.
STATUSES = tuple(EventStatus[status.name] for status in inventory.EventStatus)
PHASES = {phase: EventPhase[phase.name] for phase in events.EventPhase}
KINDS = tuple(TierKind[kind.name] for kind in places.TierKind)


@lru_cache(maxsize=10_000)
def money_of(minor: int, currency: str) -> Money:
    """An amount as clients see it; equal ones are the same object, which nobody changes."""
    return Money.of(money.Money(minor, currency))


@shows_records
@lasting(but=("capacity", "available"))
@strawberry.type(description="A price level of an event.")
class Tier(Node):
    event_id: strawberry.Private[EventId]
    currency: strawberry.Private[str]
    record: strawberry.Private[places.Tier]
    id: ID = shown(lambda tier: TierId.spell(tier.event_id, tier.record.tier_no), description=ID_MEANS)
    name: str = shown("record.name", description="What it is called: VIP, Stalls, Standing …")
    kind: TierKind = shown(lambda tier: KINDS[tier.record.kind], description="What its places are.")
    price: Money = shown(lambda tier: money_of(tier.record.price_minor, tier.currency), description="What a place costs.")
    capacity: int = strawberry.field(description="How many places it has.")
    available: int = strawberry.field(description="How many of them can be had.")

    @classmethod
    def of(cls, event_id: EventId, currency: str, tier: places.Tier) -> Self:
        """A tier as clients see it."""
        return cls(event_id=event_id, currency=currency, record=tier, capacity=tier.counts.total, available=tier.counts.available)


@strawberry.type(description="How far the cancelling of an event has come.")
class EventCancellation:
    bookings_left: int = strawberry.field(description="How many of its bookings are not ended yet.")
    refunds_left: int = strawberry.field(description="How many refunds the gateway has not made yet.")
    done: bool = strawberry.field(description="Whether all bookings are ended, everybody told, and all refunds made or refused for good.")

    @classmethod
    def of(cls, progress: events.CancellationProgress) -> Self:
        """How far it has come, as clients see it."""
        return cls(bookings_left=progress.bookings_left, refunds_left=progress.refunds_left, done=progress.is_done)


# Fields of many events at once


async def cancellations_of(of: Sequence["Event"], info: Info[Any, None]) -> list[EventCancellation | None]:
    """How far the cancelling of each has come."""
    found: list[EventCancellation | None] = await info.context.catalogue_loaders.cancellations_of(info.context.caller, records_of(of))
    return found


async def tiers_of(of: Sequence["Event"], info: Info[Any, None]) -> list[list[Tier]]:
    """The price levels of each."""
    found: list[list[Tier]] = await info.context.catalogue_loaders.tiers_of(records_of(of))
    return found


async def available_of(of: Sequence["Event"], info: Info[Any, None]) -> list[int]:
    """How many places of each can be had."""
    found: list[int] = await info.context.catalogue_loaders.available_of(records_of(of))
    return found


async def categories_of(of: Sequence["Event"], info: Info[Any, None]) -> list[Category | None]:
    """What kind each is of."""
    found: list[Category | None] = await info.context.catalogue_loaders.categories_of(records_of(of))
    return found


async def organizations_of(of: Sequence["Event"], info: Info[Any, None]) -> list[Organization | None]:
    """Who runs each."""
    found: list[Organization | None] = await info.context.catalogue_loaders.organizations_of(records_of(of))
    return found


def venues_of(of: Sequence["Event"], info: Info[Any, None]) -> list[Venue | None] | Awaitable[list[Venue | None]]:
    """Where each takes place."""
    found: list[Venue | None] | Awaitable[list[Venue | None]] = info.context.catalogue_loaders.venues_of(records_of(of))
    return found


def records_of(of: Sequence["Event"]) -> list[events.Event]:
    """The events as the rules know them."""
    return [event.record for event in of]


@shows_records
@strawberry.type(description="One performance with its own seats to sell.")
class Event(Node):
    record: strawberry.Private[events.Event]
    id: ID = shown(lambda event: str(event.record.event_id), description=ID_MEANS)
    name: str = shown("record.name", description="What it is called.")
    description: str = shown("record.description", description="What it is about; may be empty.")
    starts_at: datetime = shown("record.starts_at", description="When it starts.")
    ends_at: datetime = shown("record.ends_at", description="When it ends.")
    timezone: str = shown("record.timezone", description="The IANA time zone its times are told in on the spot: `Europe/London`.")
    on_sale_at: datetime = shown("record.on_sale_at", description="When sales begin.")
    off_sale_at: datetime = shown("record.off_sale_at", description="When sales end.")
    status: EventStatus = shown(lambda event: STATUSES[event.record.status], description="Where it stands in its life.")
    phase: EventPhase = shown(lambda event: PHASES[event.record.phase], description="Where it stands in time.")
    ticket_limit: int | None = shown("record.ticket_limit", description="How many places one user may have; null for no limit.")
    capacity: int = shown("record.capacity", description="How many places it has, of all tiers.")
    min_price: Money | None = shown(
        lambda event: money_of(event.record.min_price_minor, event.record.currency), description="The price of its cheapest tier."
    )
    max_price: Money | None = shown(
        lambda event: money_of(event.record.max_price_minor, event.record.currency), description="The price of its dearest tier."
    )
    created_at: datetime = shown("record.created_at", description="When it was drafted.")
    avoids_orphan_seats: bool = shown(
        "record.avoids_orphans",
        description="Whether a choice of seats that would leave a single one alone is refused where it can be avoided.",
    )
    cancelled_at: datetime | None = shown("record.cancelled_at", description="When it was cancelled; null where it is not.")
    cancel_reason: str | None = shown("record.cancel_reason", description="Why it was cancelled, where they who did so say it.")

    @strawberry.field(description="How what is bought from now on can be given back: its own policy, or the house's.", directives=[PUBLIC])
    def cancellation_policy(self, info: Info[Any, None]) -> CancellationPolicy:
        """With the moments that follow from its start."""
        policy = self.record.cancellation or info.context.services.cancellation
        return CancellationPolicy.of(policy, self.record.starts_at)

    cancellation: EventCancellation | None = batched_field(
        cancellations_of,
        description="How far its cancelling has come. For those who run it; null for others, and where it is not cancelled.",
    )
    tiers: list[Tier] = batched_field(tiers_of, description="Its price levels, in the order they were given.", directives=[PUBLIC])
    available_seats: int = batched_field(available_of, description="How many places can be had, of all tiers.", directives=[PUBLIC])
    category: Category | None = batched_field(categories_of, description="What kind of event it is.", directives=[PUBLIC])
    organization: Organization | None = batched_field(organizations_of, description="Who runs it.", directives=[PUBLIC])
    venue: Venue | None = batched_field(venues_of, description="Where it takes place.", directives=[PUBLIC])

    @strawberry.field(description="Its seats, all at one version. The arguments narrow `sections` alone.", directives=[PUBLIC])
    async def seat_map(
        self,
        info: Info[Any, None],
        section: Annotated[str | None, strawberry.argument(description="Only the section of this name.")] = None,
        tier: Annotated[ID | None, strawberry.argument(description="Only seats of this tier.")] = None,
        status: Annotated[
            Annotated["SeatStatus", strawberry.lazy("schema.seat_maps")] | None,
            strawberry.argument(description="Only seats that are this now."),
        ] = None,
    ) -> Annotated["SeatMap", strawberry.lazy("schema.seat_maps")]:
        """From the board in memory."""
        found: SeatMap = await info.context.catalogue_loaders.seat_map(self.record, section, tier, status)
        return found

    @strawberry.field(description="Its bookings, newest first. For those who run it.", directives=[PAGED])
    async def bookings(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
        filter: Annotated[
            Annotated["BookingFilter", strawberry.lazy("schema.booking_inputs")] | None, strawberry.argument(description="Which ones.")
        ] = None,
    ) -> Annotated["BookingConnection", strawberry.lazy("schema.bookings")]:
        """A statement an event: ask for one event's at a time."""
        loaders = info.context.booking_loaders
        page: BookingConnection = await loaders.page_of_event(info.context.caller, self.record, first, after, filter)
        return page

    @strawberry.field(
        description="Where those who run it get all places of all its bookings as CSV, with their access token in `Authorization`: a path "
        "on this server. Null for everybody else."
    )
    def bookings_export_url(self, info: Info[Any, None]) -> str | None:
        """Told to whoever may go there."""
        return bookings_path(self.record.event_id) if events.manages(info.context.caller, self.record) else None

    @strawberry.field(description="How many have come, of those who may. Null for everybody but those who run it.")
    async def attendance(self, info: Info[Any, None]) -> Annotated["Attendance", strawberry.lazy("schema.tickets")] | None:
        """Through the loader: many events ask once."""
        found: Attendance | None = await info.context.ticket_loaders.attendance_of(info.context.caller, self.record)
        return found

    @strawberry.field(description="Who changed what about it, newest first. For those who run it.", directives=[PAGED])
    async def audit(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["AuditConnection", strawberry.lazy("schema.audit")]:
        """A statement an event: ask for one event's at a time."""
        page: AuditConnection = await info.context.audit_loaders.page_of_event(info.context.caller, self.record, first, after)
        return page

    @strawberry.field(description="Your entry in its waitlist, while you wait or have an open offer; null where you do neither.")
    async def my_waitlist_entry(self, info: Info[Any, None]) -> Annotated["WaitlistEntry", strawberry.lazy("schema.waitlist")] | None:
        """Through the loader: many events ask once."""
        found: WaitlistEntry | None = await info.context.waitlist_loaders.entry_of_caller(info.context.caller, self.record.event_id)
        return found

    @strawberry.field(description="How many are in its waitlist, those with an open offer included.", directives=[PUBLIC])
    async def waitlist_length(self, info: Info[Any, None]) -> int:
        """Through the loader: many events ask once. For all to see, as it is what one decides by whether to wait."""
        count: int = await info.context.waitlist_loaders.lengths.load(self.record.event_id)
        return count

    @strawberry.field(
        description="Those who wait for its places or have an open offer, first come first. For those who run it.", directives=[PAGED]
    )
    async def waitlist(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["WaitlistConnection", strawberry.lazy("schema.waitlist")]:
        """A statement an event: ask for one event's at a time."""
        loaders = info.context.waitlist_loaders
        page: WaitlistConnection = await loaders.page_of_event(info.context.caller, self.record, first, after)
        return page

    @classmethod
    def of(cls, event: events.Event) -> Self:
        """An event as clients see it."""
        return cls(record=event)


@shows_records
@strawberry.type(description="An event in a list.", directives=[FREE])
class EventEdge:
    node: Event = strawberry.field(description="The event.")
    place: strawberry.Private[Place]
    order: strawberry.Private[str]
    cursor: str = shown(lambda edge: edge.place.cursor(edge.order), description="Its place in the list, in this order.")


@strawberry.type(description="A page of events.")
class EventConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[EventEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.", directives=[PUBLIC])
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()
