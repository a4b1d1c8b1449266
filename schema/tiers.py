"""What those who run an event change about its tiers, and what they are answered."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import ID

from domain import tiers
from schema.catalogue_refusals import CapacityBelowSold, EventNotEditable
from schema.event_refusals import EventNotFound, TierNotFound
from schema.events import Tier
from schema.refusals import ValidationFailed
from schema.scalars import BigInt


@strawberry.input(description="A tier's new price, for places that nobody has taken yet: in minor units or in the currency's own.")
class RepriceTierInput:
    tier_id: ID = strawberry.field(description="The tier.")
    price_minor: BigInt | None = strawberry.field(default=None, description="The price in minor units; or give `price`.")
    price: Decimal | None = strawberry.field(default=None, description='The price in the currency\'s own unit, as in `"75.00"`.')

    def to_form(self) -> tiers.PriceForm:
        """The input as the rules know it."""
        return tiers.PriceForm(self.price_minor, self.price)


@strawberry.input(description="What to change about a tier; what is left out, or null, stays as it is.")
class UpdateTierInput:
    tier_id: ID = strawberry.field(description="The tier.")
    name: str | None = strawberry.field(default=None, description="1 to 50 characters; no other tier of the event has it.")
    capacity: int | None = strawberry.field(
        default=None, description="How many places it has, where they are not numbered: no fewer than are held, booked and blocked."
    )

    def to_change(self) -> tiers.TierChange:
        """The input as the rules know it."""
        return tiers.TierChange(self.name, self.capacity)


# Results

RepriceTierResult = Annotated[
    Tier | EventNotFound | TierNotFound | EventNotEditable | ValidationFailed,
    strawberry.union("RepriceTierResult", description="The tier as it is now, or why not."),
]
UpdateTierResult = Annotated[
    Tier | EventNotFound | TierNotFound | EventNotEditable | CapacityBelowSold | ValidationFailed,
    strawberry.union("UpdateTierResult", description="The tier as it is now, or why not."),
]
