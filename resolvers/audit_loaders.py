"""Pages of the audit trail."""

from functools import partial
from typing import TYPE_CHECKING

from domain.audit import AuditFilter
from domain.callers import Caller
from domain.catalogue import Place
from domain.events import Event
from resolvers import permissions
from resolvers.pages import moment_of, page_info
from schema.audit import AuditConnection, AuditEdge, AuditEntry

if TYPE_CHECKING:
    from resolvers.context import Services

ORDER = "audit by newest"
"""What a cursor of the trail remembers of its order."""


class AuditLoaders:
    """What one request reads of the trail."""

    def __init__(self, services: "Services") -> None:
        self._reads = services.audit

    async def page(self, filter: AuditFilter, first: int, after: str | None) -> AuditConnection:
        """A page of the trail, newest first. Raises InvalidArgument for a page that cannot be."""
        found = await self._reads.entries(filter, most=first + 1, after=moment_of(first, after, ORDER))
        edges = [AuditEdge(node=AuditEntry.of(entry), cursor=Place(entry.at, entry.number).cursor(ORDER)) for entry in found[:first]]
        count = partial(self._reads.count, filter)
        return AuditConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))

    async def page_of_event(self, caller: Caller | None, event: Event, first: int, after: str | None) -> AuditConnection:
        """A page of what was done to an event, for those who run it. Raises Unauthorized for others, InvalidArgument as `page` does."""
        permissions.runs(caller, event)
        return await self.page(AuditFilter(event_id=event.event_id), first, after)
