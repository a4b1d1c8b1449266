"""Tiers: what those who run an event change about its prices and its room while it is sold."""

import strawberry

from domain.commands import ExpireDue
from domain.ids import TierId
from domain.refusals import EventNotFound
from domain.tiers import TierChanged
from resolvers import permissions
from resolvers.context import Info
from schema.catalogue_refusals import refused
from schema.events import Tier
from schema.tiers import RepriceTierInput, RepriceTierResult, UpdateTierInput, UpdateTierResult


@strawberry.type
class TierMutations:
    """What organizers do with the tiers of their events, and admins with all."""

    @strawberry.mutation(
        description="Give a tier another price, for places that nobody has taken yet. For members of the event's organization, and admins."
    )
    async def reprice_tier(self, info: Info, input: RepriceTierInput) -> RepriceTierResult:
        """Whoever runs the event."""
        tier_id = TierId.parse(input.tier_id)
        if not await permissions.managed(info, tier_id.event_id):
            return refused(EventNotFound(tier_id.event_id))
        actor = permissions.user(info).user_id
        match await info.context.services.catalogue_writer.reprice_tier(tier_id, input.to_form(), actor):
            case TierChanged(event_id, currency, tier):
                return Tier.of(event_id, currency, tier)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(
        description="Give a tier another name, or more or fewer places without numbers. New places go to the waitlist first. For members "
        "of the event's organization, and admins."
    )
    async def update_tier(self, info: Info, input: UpdateTierInput) -> UpdateTierResult:
        """Whoever runs the event. Asked again after an outage, it has the waitlist asked again, too."""
        tier_id = TierId.parse(input.tier_id)
        if not await permissions.managed(info, tier_id.event_id):
            return refused(EventNotFound(tier_id.event_id))
        actor = permissions.user(info).user_id
        match await info.context.services.catalogue_writer.update_tier(tier_id, input.to_change(), actor):
            case TierChanged(event_id, currency, tier):
                await info.context.services.box_office.submit(ExpireDue(event_id))
                return Tier.of(event_id, currency, tier)
            case refusal:
                return refused(refusal)
