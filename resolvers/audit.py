"""Looking at who changed what."""

from typing import Annotated

import strawberry

from resolvers import permissions
from resolvers.context import Info
from schema.audit import AuditConnection, AuditFilter
from schema.declarations import PAGED
from schema.nodes import After, First


@strawberry.type
class AuditQueries:
    """What admins ask of the audit trail."""

    @strawberry.field(description="Who changed what, newest first. For admins.", directives=[PAGED])
    async def audit(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        filter: Annotated[AuditFilter | None, strawberry.argument(description="Which entries.")] = None,
    ) -> AuditConnection:
        """An admin."""
        permissions.admin(info)
        return await info.context.audit_loaders.page((filter or AuditFilter()).to_filter(), first, after)
