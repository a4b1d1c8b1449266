"""What clients say about events: which they want to see, and what one is to be."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal, TypeVar

import strawberry
from strawberry import ID, UNSET

from domain import cancellation, catalogue, event_changes, events, places, tiers
from domain.ids import CategoryId, EventId, OrganizationId, VenueId
from domain.inventory import EventStatus as Status
from domain.keep import KEEP, Keep
from schema.catalogue_refusals import CategoryNotFound, EventNotEditable, OrganizationNotFound, VenueNotFound
from schema.event_refusals import EventNotFound
from schema.events import Event, EventPhase, EventStatus, TierKind
from schema.refusals import ValidationFailed
from schema.scalars import BigInt

T = TypeVar("T")


@strawberry.input(description="Prices between two bounds, both included.")
class PriceRangeInput:
    currency: str = strawberry.field(description='The ISO 4217 code: `"GBP"`. Events in others are left out.')
    least_minor: BigInt | None = strawberry.field(default=None, description="The lower bound in minor units, such as pence.")
    most_minor: BigInt | None = strawberry.field(default=None, description="The upper bound in minor units, such as pence.")


@strawberry.input(description="Which events, of those you may see. What is left out does not narrow them.")
class EventFilter:
    venue_id: ID | None = strawberry.field(default=None, description="At this venue.")
    category_id: ID | None = strawberry.field(default=None, description="Of this category.")
    organization_id: ID | None = strawberry.field(default=None, description="Of this organization.")
    status: EventStatus | None = strawberry.field(
        default=None, description="That stand so. Left out: PUBLISHED, and all that you run. DRAFT: those that you run."
    )
    phase: EventPhase | None = strawberry.field(default=None, description="That stand so in time.")
    starts_from: datetime | None = strawberry.field(default=None, description="That start at this instant or later.")
    starts_before: datetime | None = strawberry.field(default=None, description="That start before this instant.")
    city: str | None = strawberry.field(default=None, description="At a venue in this city, in any letters.")
    search: str | None = strawberry.field(
        default=None,
        description='With these words in name or description. Understands `"in this order"`, `or` and `-without`; 200 characters count.',
    )
    prices: PriceRangeInput | None = strawberry.field(
        default=None, description="Whose prices, from the cheapest to the dearest, touch these."
    )
    only_available: bool = strawberry.field(default=False, description="That have a place left.")

    def to_filter(self) -> catalogue.EventFilter:
        """The filter as the catalogue knows it; raises MalformedId."""
        prices = self.prices
        return catalogue.EventFilter(
            venue_id=VenueId.parse(self.venue_id) if self.venue_id is not None else None,
            category_id=CategoryId.parse(self.category_id) if self.category_id is not None else None,
            organization_id=OrganizationId.parse(self.organization_id) if self.organization_id is not None else None,
            status=Status[self.status.name] if self.status is not None else None,
            phase=events.EventPhase[self.phase.name] if self.phase is not None else None,
            starts_from=self.starts_from,
            starts_before=self.starts_before,
            city=self.city,
            search=self.search,
            prices=catalogue.PriceRange(prices.currency, prices.least_minor, prices.most_minor) if prices is not None else None,
            only_available=self.only_available,
        )


@strawberry.enum(description="What events are ordered by; those equal in it stay in one order.")
class EventOrderBy(Enum):
    START = strawberry.enum_value("START", description="When they start.")
    NAME = strawberry.enum_value("NAME", description="What they are called, in any letters.")
    PRICE = strawberry.enum_value("PRICE", description="The price of the cheapest tier in minor units, whatever the currency.")


@strawberry.enum(description="Which way a list runs.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="The least first.")
    DESC = strawberry.enum_value("DESC", description="The greatest first.")


@strawberry.input(description="How events are ordered.")
class EventOrder:
    by: EventOrderBy = strawberry.field(default=EventOrderBy.START, description="What they are ordered by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")

    def to_order(self) -> catalogue.EventOrder:
        """The order as the catalogue knows it."""
        return catalogue.EventOrder(catalogue.EventOrderBy[self.by.name], descending=self.direction is OrderDirection.DESC)


# Inputs


@strawberry.input(description="Rows of one section.")
class SeatBlockInput:
    section: str = strawberry.field(description="The section's name.")
    rows: list[str] | None = strawberry.field(default=None, description="The rows' labels; left out: all of them.")


@strawberry.input(
    description="A price level. It covers the seats of `sections`; or `capacity` places without numbers; or, SEATED with neither, every "
    "seat of the venue that no other tier covers."
)
class TierInput:
    name: str = strawberry.field(description="1 to 50 characters; no other tier of the event has it.")
    kind: TierKind = strawberry.field(default=TierKind.SEATED, description="What its places are.")
    price_minor: BigInt | None = strawberry.field(default=None, description="The price in minor units; or give `price`.")
    price: Decimal | None = strawberry.field(default=None, description='The price in the currency\'s own unit, as in `"75.00"`.')
    capacity: int | None = strawberry.field(default=None, description="How many places, where they are not numbered.")
    sections: list[SeatBlockInput] | None = strawberry.field(default=None, description="Which seats of the venue.")

    def to_form(self) -> tiers.TierForm:
        """The input as the rules know it."""
        return tiers.TierForm(
            name=self.name,
            kind=places.TierKind[self.kind.name],
            price_minor=self.price_minor,
            price=self.price,
            capacity=self.capacity,
            blocks=None if self.sections is None else tuple(map(block_of, self.sections)),
        )


def block_of(input: SeatBlockInput) -> tiers.SeatBlock:
    """Rows of one section as the rules know them."""
    return tiers.SeatBlock(input.section, None if input.rows is None else tuple(input.rows))


@strawberry.input(
    description="What giving places back brings until some moment. How long before the start is given in hours or in minutes."
)
class RefundStepInput:
    hours_before: int | None = strawberry.field(default=None, description="How many hours before the start it ends: at most a year.")
    minutes_before: int | None = strawberry.field(default=None, description="How many minutes before the start it ends: at most a year.")
    refund_percent: int = strawberry.field(description="How much of the price goes back: 0 to 100, and no less than later.")

    def to_form(self) -> cancellation.RefundStepForm:
        """The input as the rules know it."""
        return cancellation.RefundStepForm(self.refund_percent, self.hours_before, self.minutes_before)


@strawberry.input(description="A new event: a draft until it is published.")
class CreateEventInput:
    name: str = strawberry.field(description="1 to 200 characters.")
    description: str = strawberry.field(default="", description="At most 10,000 characters.")
    category_id: ID | None = strawberry.field(default=None, description="What kind of event it is.")
    organization_id: ID | None = strawberry.field(default=None, description="Who runs it. An organizer names one of theirs.")
    venue_id: ID | None = strawberry.field(default=None, description="Where it takes place.")
    starts_at: datetime = strawberry.field(description="When it starts.")
    ends_at: datetime = strawberry.field(description="When it ends: later.")
    on_sale_at: datetime | None = strawberry.field(default=None, description="When sales begin; left out: as soon as it is published.")
    off_sale_at: datetime | None = strawberry.field(default=None, description="When sales end; left out: when it starts.")
    timezone: str | None = strawberry.field(default=None, description="Its IANA time zone; left out: the venue's.")
    ticket_limit: int | None = strawberry.field(default=None, description="How many places one user may have; left out: no limit.")
    cancellation_policy: list[RefundStepInput] | None = strawberry.field(
        default=None,
        description="How what is bought can be given back: at most 10 steps; none: never; left out: as the house does.",
    )
    avoid_orphan_seats: bool = strawberry.field(
        default=False, description="Whether to refuse a choice of seats that would leave a single one alone, where it can be avoided."
    )
    currency: str = strawberry.field(description='The ISO 4217 code of its prices: `"GBP"`.')
    tiers: list[TierInput] = strawberry.field(
        description="1 to 100 price levels. If any covers seats of the venue, each seat belongs to exactly one."
    )

    def to_form(self) -> events.EventForm:
        """The input as the rules know it; raises MalformedId."""
        return events.EventForm(
            name=self.name,
            description=self.description,
            category_id=CategoryId.parse(self.category_id) if self.category_id is not None else None,
            organization_id=OrganizationId.parse(self.organization_id) if self.organization_id is not None else None,
            venue_id=VenueId.parse(self.venue_id) if self.venue_id is not None else None,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            on_sale_at=self.on_sale_at,
            off_sale_at=self.off_sale_at,
            timezone=self.timezone,
            ticket_limit=self.ticket_limit,
            cancellation=None if self.cancellation_policy is None else [step.to_form() for step in self.cancellation_policy],
            avoids_orphans=self.avoid_orphan_seats,
            currency=self.currency,
            tiers=[tier.to_form() for tier in self.tiers],
        )


@strawberry.input(
    description="What to change about an event; what is left out stays as it is, and so do instants that are null. When its start, end or "
    "time zone changes, all who booked are told."
)
class UpdateEventInput:
    event_id: ID = strawberry.field(description="The event.")
    name: str | None = strawberry.field(default=UNSET, description="1 to 200 characters.")
    description: str | None = strawberry.field(default=UNSET, description="At most 10,000 characters; null removes it.")
    category_id: ID | None = strawberry.field(default=UNSET, description="What kind of event it is; null for none.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="When it starts. Sales that ended with the old start follow it."
    )
    ends_at: datetime | None = strawberry.field(default=None, description="When it ends: later.")
    on_sale_at: datetime | None = strawberry.field(default=None, description="When sales begin.")
    off_sale_at: datetime | None = strawberry.field(default=None, description="When sales end.")
    ticket_limit: int | None = strawberry.field(
        default=UNSET, description="How many places one user may have from now on; null for no limit."
    )
    timezone: str | None = strawberry.field(default=UNSET, description="Its IANA time zone.")
    cancellation_policy: list[RefundStepInput] | None = strawberry.field(
        default=UNSET,
        description="How what is bought from now on can be given back: at most 10 steps; none: never; null: as the house does.",
    )
    avoid_orphan_seats: bool | None = strawberry.field(
        default=None, description="Whether to refuse a choice of seats that would leave a single one alone, where it can be avoided."
    )

    def to_change(self) -> event_changes.EventChange:
        """The input as the rules know it; raises MalformedId. Null stands for a blank where there must be something, which they refuse."""
        category_id, policy = self.category_id, self.cancellation_policy
        return event_changes.EventChange(
            name=KEEP if self.name is UNSET else self.name or "",
            description=KEEP if self.description is UNSET else self.description or "",
            category_id=KEEP if category_id is UNSET else None if category_id is None else CategoryId.parse(category_id),
            starts_at=given(self.starts_at),
            ends_at=given(self.ends_at),
            on_sale_at=given(self.on_sale_at),
            off_sale_at=given(self.off_sale_at),
            timezone=KEEP if self.timezone is UNSET else self.timezone or "",
            ticket_limit=KEEP if self.ticket_limit is UNSET else self.ticket_limit,
            cancellation=KEEP if policy is UNSET else None if policy is None else [step.to_form() for step in policy],
            avoids_orphans=given(self.avoid_orphan_seats),
        )


def given(value: T | None) -> T | Literal[Keep.KEEP]:
    """What is given, or that it stays as it is."""
    return KEEP if value is None else value


@strawberry.input(description="An event that will not take place.")
class CancelEventInput:
    event_id: ID = strawberry.field(description="The event.")
    reason: str | None = strawberry.field(default=None, description="What those who booked are told: at most 500 characters.")


# Results


@strawberry.type(description="A draft that is gone.")
class EventDeleted:
    event_id: ID = strawberry.field(description="What its id was.")

    @classmethod
    def of(cls, event_id: EventId) -> "EventDeleted":
        """What clients are told of it."""
        return cls(event_id=ID(str(event_id)))


CreateEventResult = Annotated[
    Event | VenueNotFound | CategoryNotFound | OrganizationNotFound | ValidationFailed,
    strawberry.union("CreateEventResult", description="The draft, or why there is none."),
]
UpdateEventResult = Annotated[
    Event | EventNotFound | EventNotEditable | CategoryNotFound | ValidationFailed,
    strawberry.union("UpdateEventResult", description="The event as it is now, or why not."),
]
PublishEventResult = Annotated[
    Event | EventNotFound | EventNotEditable,
    strawberry.union("PublishEventResult", description="The event as it is now, or why not."),
]
DeleteEventResult = Annotated[
    EventDeleted | EventNotFound | EventNotEditable,
    strawberry.union("DeleteEventResult", description="That it is gone, or why not."),
]
CancelEventResult = Annotated[
    Event | EventNotFound | EventNotEditable | ValidationFailed,
    strawberry.union("CancelEventResult", description="The event as it is now, or why not. Its bookings follow by themselves."),
]
