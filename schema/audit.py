"""The audit trail: who changed what."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from domain import audit
from domain.ids import EventId, UserId
from schema.declarations import FREE
from schema.nodes import PageInfo


@strawberry.type(description="Who did something, as those who read the trail see them.")
class AuditUser:
    user_id: ID = strawberry.field(description="The user.")
    name: str | None = strawberry.field(description="What they are called; null where the account is gone.")


@strawberry.type(description="That somebody changed something.")
class AuditEntry:
    by: strawberry.Private[UserId]
    at: datetime = strawberry.field(description="When it was committed.")
    action: str = strawberry.field(description="The mutation's name: `updateEvent`.")
    subject: ID = strawberry.field(description="The id of what was changed; it may be gone by now.")
    event_id: ID | None = strawberry.field(description="The event it belongs to; null for what no event owns.")
    facts: JSON = strawberry.field(
        description="What there is to know: each field that was changed with `[before, after]`, or what was done to how much. "
        "Never a secret; of a long text the beginning."
    )

    @strawberry.field(description="Who did it.")
    async def user(self, info: Info[Any, None]) -> AuditUser:
        """Through the loader: many entries ask once."""
        found = await info.context.booking_loaders.user(self.by)
        return AuditUser(user_id=ID(str(self.by)), name=found.name if found is not None else None)

    @classmethod
    def of(cls, entry: audit.AuditEntry) -> Self:
        """An entry as clients see it."""
        return cls(
            by=entry.fact.user_id,
            at=entry.at,
            action=entry.fact.action,
            subject=ID(entry.fact.subject),
            event_id=ID(str(entry.event_id)) if entry.event_id is not None else None,
            facts=JSON(dict(entry.fact.facts)),
        )


@strawberry.type(description="An entry in a list.", directives=[FREE])
class AuditEdge:
    node: AuditEntry = strawberry.field(description="The entry.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="A page of the audit trail, newest first.")
class AuditConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[AuditEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.")
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()


@strawberry.input(description="Which entries of the audit trail.")
class AuditFilter:
    event_id: ID | None = strawberry.field(default=None, description="Only what belongs to this event.")
    user_id: ID | None = strawberry.field(default=None, description="Only what this user did.")
    action: str | None = strawberry.field(default=None, description="Only this mutation: `updateEvent`.")
    from_: datetime | None = strawberry.field(name="from", default=None, description="From this moment on, itself included.")
    before: datetime | None = strawberry.field(default=None, description="Up to this moment, itself left out.")

    def to_filter(self) -> audit.AuditFilter:
        """The filter as the rules know it; raises MalformedId."""
        return audit.AuditFilter(
            event_id=EventId.parse(self.event_id) if self.event_id is not None else None,
            user_id=UserId.parse(self.user_id) if self.user_id is not None else None,
            action=self.action,
            since=self.from_,
            before=self.before,
        )
