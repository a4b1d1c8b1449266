"""Events as the catalogue has them: who may see and manage one, and what an event to be must be like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from domain.callers import Caller
from domain.cancellation import CancellationPolicy, RefundStepForm, checked_policy
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, VenueId
from domain.inventory import EventStatus
from domain.layouts import Layout
from domain.money import Money, is_currency
from domain.places import SeatingPlan, Tier
from domain.tiers import TierForm, checked_tiers
from domain.validation import Checks, InvalidInput
from domain.venues import Venue, check_timezone

NAME_MOST = 200
DESCRIPTION_MOST = 10_000
POLICY = "cancellationPolicy"
YEARS = range(1970, 3000)
"""When events can be: far enough from the ends of the calendar that any time before or after one can be told."""
TICKET_LIMIT_MOST = 1_000_000


class EventPhase(Enum):
    """Where an event stands in time, whatever its status."""

    UPCOMING = "UPCOMING"
    ONGOING = "ONGOING"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Event:
    """What the catalogue says about an event; `phase` is as of the moment it was read."""

    event_id: EventId
    name: str
    description: str
    category_id: CategoryId | None
    organization_id: OrganizationId | None
    venue_id: VenueId | None
    layout_id: LayoutId | None
    status: EventStatus
    phase: EventPhase
    starts_at: datetime
    ends_at: datetime
    on_sale_at: datetime
    off_sale_at: datetime
    timezone: str
    ticket_limit: int | None
    currency: str
    min_price_minor: int
    max_price_minor: int
    capacity: int
    created_at: datetime
    cancellation: CancellationPolicy | None = None
    """Its own policy for what is bought from now on; None for the house's."""
    avoids_orphans: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None

    @property
    def min_price(self) -> Money:
        """The price of its cheapest tier."""
        return Money(self.min_price_minor, self.currency)

    @property
    def max_price(self) -> Money:
        """The price of its dearest tier."""
        return Money(self.max_price_minor, self.currency)


@dataclass(frozen=True, slots=True)
class CancellationProgress:
    """How far the cancelling of an event has come: how many bookings are not ended yet, and how many refunds not made."""

    bookings_left: int
    refunds_left: int
    is_done: bool


def phase_of(starts_at: datetime, ends_at: datetime, now: datetime) -> EventPhase:
    """An event is ongoing from its start up to, and not including, its end."""
    if now < starts_at:
        return EventPhase.UPCOMING
    return EventPhase.ONGOING if now < ends_at else EventPhase.COMPLETED


def manages(caller: Caller | None, event: Event) -> bool:
    """Whether a caller runs an event: a member of its organization, or an admin."""
    return caller is not None and (caller.is_admin or event.organization_id in caller.organizations)


def may_see(caller: Caller | None, event: Event) -> bool:
    """Anybody sees what is or was public; a draft is for those who run it."""
    return event.status is not EventStatus.DRAFT or manages(caller, event)


# Refusals


@dataclass(frozen=True, slots=True)
class EventNotEditable:
    """An event that stands so can no longer be changed in this way."""

    event_id: EventId
    status: EventStatus
    is_over: bool = False
    """Whether it is that it has taken place."""


# Forms


@dataclass(frozen=True, slots=True)
class EventForm:
    """What somebody types about an event to be. Left out, the timezone is the venue's, sales begin now and end when the event starts."""

    name: str
    starts_at: datetime
    ends_at: datetime
    currency: str
    tiers: Sequence[TierForm]
    description: str = ""
    category_id: CategoryId | None = None
    organization_id: OrganizationId | None = None
    venue_id: VenueId | None = None
    on_sale_at: datetime | None = None
    off_sale_at: datetime | None = None
    timezone: str | None = None
    ticket_limit: int | None = None
    cancellation: Sequence[RefundStepForm] | None = None
    """None for the house's policy, no steps for none at all."""
    avoids_orphans: bool = False


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A form that keeps the rules: the event's facts as they will be stored. `plan` is None where its places are not numbered."""

    name: str
    description: str
    starts_at: datetime
    ends_at: datetime
    on_sale_at: datetime
    off_sale_at: datetime
    timezone: str
    ticket_limit: int | None
    cancellation: CancellationPolicy | None
    avoids_orphans: bool
    currency: str
    tiers: tuple[Tier, ...]
    plan: SeatingPlan | None = field(repr=False)

    @property
    def capacity(self) -> int:
        """How many places it has to sell."""
        return sum(tier.counts.total for tier in self.tiers)

    def as_draft(self, event_id: EventId, form: EventForm, venue: Venue | None, now: datetime) -> Event:
        """The event it becomes. It has the venue's layout where its places are numbered, and keeps it whatever the venue has later."""
        return Event(
            event_id=event_id,
            name=self.name,
            description=self.description,
            category_id=form.category_id,
            organization_id=form.organization_id,
            venue_id=form.venue_id,
            layout_id=venue.layout_id if venue is not None and self.plan is not None else None,
            status=EventStatus.DRAFT,
            phase=phase_of(self.starts_at, self.ends_at, now),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            on_sale_at=self.on_sale_at,
            off_sale_at=self.off_sale_at,
            timezone=self.timezone,
            ticket_limit=self.ticket_limit,
            currency=self.currency,
            min_price_minor=min(tier.price_minor for tier in self.tiers),
            max_price_minor=max(tier.price_minor for tier in self.tiers),
            capacity=self.capacity,
            created_at=now,
            cancellation=self.cancellation,
            avoids_orphans=self.avoids_orphans,
        )


def check_event(form: EventForm, venue: Venue | None, layout: Layout | None, now: datetime) -> NewEvent | InvalidInput:
    """Everything that is wrong with an event to be, or the event as it will be stored. `layout` is the venue's."""
    checks = Checks()
    name = checks.text("name", form.name, most=NAME_MOST)
    description = checks.text("description", form.description, least=0, most=DESCRIPTION_MOST)
    on_sale_at, off_sale_at = check_times(checks, form.starts_at, form.ends_at, form.on_sale_at, form.off_sale_at, now)
    timezone = form.timezone or (venue.timezone if venue else "")
    check_timezone(checks, timezone)
    check_ticket_limit(checks, form.ticket_limit)
    checks.that(is_currency(form.currency), "currency", "is a currency's three capital letters, as in ISO 4217: GBP")
    cancellation = checked_policy(checks, POLICY, form.cancellation) if form.cancellation is not None else None
    tiers, plan = checked_tiers(checks, form.tiers, form.currency, layout)
    return checks.refusal or NewEvent(
        name=name,
        description=description,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        on_sale_at=on_sale_at,
        off_sale_at=off_sale_at,
        timezone=timezone,
        ticket_limit=form.ticket_limit,
        cancellation=cancellation,
        avoids_orphans=form.avoids_orphans,
        currency=form.currency,
        tiers=tiers,
        plan=plan,
    )


def check_times(
    checks: Checks, starts_at: datetime, ends_at: datetime, on_sale_at: datetime | None, off_sale_at: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """From when and until when the event is sold: by default from now, or from its start where that has passed, until its start."""
    off_sale_at = starts_at if off_sale_at is None else off_sale_at
    on_sale_at = min(now, off_sale_at) if on_sale_at is None else on_sale_at
    for name, at in (("startsAt", starts_at), ("endsAt", ends_at)):
        checks.that(at.year in YEARS, name, f"is in the years {YEARS.start} to {YEARS.stop - 1}")
    checks.that(ends_at > starts_at, "endsAt", "is not after startsAt")
    checks.that(on_sale_at <= off_sale_at, "offSaleAt", "is before onSaleAt")
    checks.that(off_sale_at <= max(starts_at, ends_at), "offSaleAt", "is after endsAt")
    return on_sale_at, off_sale_at


def check_ticket_limit(checks: Checks, ticket_limit: int | None) -> None:
    """How many places one user may have."""
    checks.that(ticket_limit is None or 1 <= ticket_limit <= TICKET_LIMIT_MOST, "ticketLimit", f"is 1 to {TICKET_LIMIT_MOST}")
