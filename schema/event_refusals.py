"""The refusals that tell of an event: there is none, it sells nothing, or has no such tier or section."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry import ID

from schema.refusals import Refusal


@strawberry.enum(description="Why an event sells nothing now.")
class NotOnSaleReason(Enum):
    NOT_YET = strawberry.enum_value("NOT_YET", description="Sales have not begun.")
    ENDED = strawberry.enum_value("ENDED", description="Sales have ended.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="The event is cancelled.")


@strawberry.type(description="There is no such event, or none you may see.")
class EventNotFound(Refusal):
    event_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The event sells nothing at this moment.")
class EventNotOnSale(Refusal):
    reason: NotOnSaleReason = strawberry.field(description="Why.")
    on_sale_at: datetime = strawberry.field(description="When sales begin.")
    off_sale_at: datetime = strawberry.field(description="When sales end.")


@strawberry.type(description="The event has no place left.")
class EventSoldOut(Refusal):
    event_id: ID = strawberry.field(description="The event.")


@strawberry.type(description="The event has no such tier.")
class TierNotFound(Refusal):
    tier_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The event has no section of that name.")
class SectionNotFound(Refusal):
    section: str = strawberry.field(description="The name asked for.")
