"""Looking at who changed what."""

from typing import Annotated

import strawberry

from resolvers import permissions
from resolvers.context import Info
from schema.audit import AuditConnection, AuditFilter


@strawberry.type
class AuditQueries:
    """What admins ask of the audit trail."""

    @strawberry.field(description="Who changed what, newest first. For admins.")
    async def audit(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")] = None,
        filter: Annotated[AuditFilter | None, strawberry.argument(description="Which entries.")] = None,
    ) -> AuditConnection:
        """An admin."""
        permissions.admin(info)
        return await info.context.audit_loaders.page((filter or AuditFilter()).to_filter(), first, after)
