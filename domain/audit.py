"""The audit trail: who changed what, written in the commit that changed it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol

from domain.cancellation import CancellationPolicy
from domain.ids import EventId, EventScopedId, GlobalId, UserId

TEXT_MOST = 500
"""Characters of a text that are kept in the trail."""


@dataclass(frozen=True, slots=True)
class AuditFact:
    """That a user did something. `action` is the mutation's name, `subject` the public id of what was changed, `facts` of JSON's types."""

    user_id: UserId
    action: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A fact as it was written down; `event_id` is None for what no event owns."""

    event_id: EventId | None
    number: int
    at: datetime
    fact: AuditFact


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; None does not narrow them. From `since`, itself included, up to `before`, which is not."""

    event_id: EventId | None = None
    user_id: UserId | None = None
    action: str | None = None
    since: datetime | None = None
    before: datetime | None = None


class AuditReads(Protocol):
    """Reads of the trail. Each raises Outage where the database could not be had."""

    async def entries(self, filter: AuditFilter, *, most: int, after: tuple[datetime, int] | None = None) -> list[AuditEntry]:
        """At most so many entries, newest first, after one's (at, number)."""
        ...

    async def count(self, filter: AuditFilter) -> int:
        """How many entries there are."""
        ...


def differences(before: object, after: object, *left_out: str) -> dict[str, list[Any]]:
    """What differs between two dataclass objects of one kind, either of which may be None: {field: [before, after]} in JSON's types.

    Fields are named as clients know them.
    """
    names = [part.name for part in fields(before if before is not None else after) if part.name not in left_out]  # type: ignore[arg-type]
    pairs = {name: [said(getattr(before, name, None)), said(getattr(after, name, None))] for name in names}
    return {camel(name): pair for name, pair in pairs.items() if pair[0] != pair[1]}


def said(value: object) -> Any:
    """A value in JSON's types; of a long text only its beginning."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case GlobalId() | EventScopedId():
            return str(value)
        case Enum():
            return value.name
        case str() if len(value) > TEXT_MOST:
            return f"{value[:TEXT_MOST]} …"
        case None | bool() | int() | float() | str():
            return value
        case CancellationPolicy():
            return value.stored()
        case list() | tuple():
            return [said(part) for part in value]
        case _:
            return str(value)


def camel(name: str) -> str:
    """A field's name as clients know it."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
