"""Looking at what was sold."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import ID

from domain.analytics import day_range
from domain.ids import OrganizationId
from resolvers import permissions
from resolvers.context import Info
from schema.analytics import Analytics


@strawberry.type
class AnalyticsQueries:
    """What organizers and admins ask of what was sold."""

    @strawberry.field(
        description="What an organization sold in some days, for its members; or everybody, or any organization, for admins. "
        "At most 366 days, with both ends."
    )
    async def analytics(
        self,
        info: Info,
        from_: Annotated[date, strawberry.argument(name="from", description="The first day.")],
        to: Annotated[date, strawberry.argument(description="The last day, itself included.")],
        organization_id: Annotated[
            ID | None, strawberry.argument(description="Only this organization's events; left out: everybody's.")
        ] = None,
        timezone: Annotated[
            str, strawberry.argument(description="In which time zone of the IANA database days begin: `Europe/London`.")
        ] = "UTC",
    ) -> Analytics:
        """A member of the organization, or an admin."""
        organization = OrganizationId.parse(organization_id) if organization_id is not None else None
        permissions.organizer_of(info, organization)
        await permissions.there(info, organization)
        return Analytics.of(await info.context.services.analytics.analytics(day_range(from_, to, timezone), organization))
