"""Looking at how the server is."""

import strawberry

from resolvers.context import Info
from schema.health import Health


@strawberry.type
class HealthQueries:
    """What anybody asks of the server itself."""

    @strawberry.field(description="How the process that answers is, and all it depends on.")
    async def health(self, info: Info) -> Health:
        """Anybody may, as of `/ready`."""
        return Health.of(await info.context.services.health.look())
