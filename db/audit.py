"""The audit trail: writing an entry within a transaction, and reading what was written."""

from datetime import datetime
from typing import Any

import asyncpg
import orjson

from db.identifiers import new_number
from db.narrowing import Narrowed, sayable
from db.pool import Connection, Pool, reading
from db.statements import statements
from domain.audit import AuditEntry, AuditFact, AuditFilter, differences
from domain.ids import EventId, GlobalId, UserId

SQL = statements("audit")
OF_NO_EVENT = 0
NOT_TOLD = ("created_at", "phase")
"""Of what is compared: what the time alone tells, and nobody changes. Its own id is the subject."""

# What a list of entries is narrowed by: {} stands for the number of a parameter.
EVENT = "audit.event_id = {}::bigint"
USER = "audit.user_id = {}::bigint"
ACTION = "audit.action = {}::text"
SINCE = "audit.at >= {}::timestamptz"
BEFORE = "audit.at < {}::timestamptz"
BEHIND = "(audit.at, audit.audit_id) < ({}::timestamptz, {}::bigint)"
NEWEST = "ORDER BY audit.at DESC, audit.audit_id DESC LIMIT {}::int"


async def note(connection: Connection, fact: AuditFact, event_id: EventId | None = None) -> None:
    """Write down who changed what, in the transaction that changes it."""
    facts = orjson.dumps(dict(fact.facts)).decode()
    await connection.execute(SQL["note"], event_id or OF_NO_EVENT, new_number(), fact.user_id, fact.action, fact.subject, facts)


async def note_change(
    connection: Connection, actor: UserId | None, action: str, subject: GlobalId, before: object | None, after: object | None
) -> None:
    """Write down what differs between two states of something, None standing for none; nothing where nothing does.

    Nor is anything where the house itself, None, is the actor.
    """
    changed = {name: pair for name, pair in differences(before, after, *NOT_TOLD).items() if str(subject) not in pair}
    if actor is not None and changed:
        await note(connection, AuditFact(actor, action, str(subject), changed), subject if isinstance(subject, EventId) else None)


class PostgresAudit:
    """The `AuditReads` of a process."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def entries(self, filter: AuditFilter, *, most: int, after: tuple[datetime, int] | None = None) -> list[AuditEntry]:
        """At most so many entries, newest first, after one's (at, number)."""
        asked = narrowed(SQL["entries"], filter)
        if after is not None:
            asked.where(BEHIND, *after)
        asked.ending(NEWEST, most)
        return [entry_of(row) for row in await self._rows(asked)]

    async def count(self, filter: AuditFilter) -> int:
        """How many entries there are."""
        count: int = (await self._rows(narrowed(SQL["count_entries"], filter)))[0][0]
        return count

    async def _rows(self, asked: Narrowed) -> list["asyncpg.Record"]:
        found: list[asyncpg.Record] = await reading(self.pool, lambda connection: connection.fetch(asked.text, *asked.arguments))
        return found


def narrowed(text: str, filter: AuditFilter) -> Narrowed:
    """A statement about entries, narrowed to what is asked for."""
    asked = Narrowed(text)
    conditions: tuple[tuple[str, Any], ...] = (
        (EVENT, filter.event_id),
        (USER, filter.user_id),
        (ACTION, sayable(filter.action)),
        (SINCE, filter.since),
        (BEFORE, filter.before),
    )
    for condition, value in conditions:
        if value is not None:
            asked.where(condition, value)
    return asked


def entry_of(row: "asyncpg.Record") -> AuditEntry:
    """An entry from its row."""
    return AuditEntry(
        event_id=EventId(row["event_id"]) if row["event_id"] != OF_NO_EVENT else None,
        number=row["audit_id"],
        at=row["at"],
        fact=AuditFact(UserId(row["user_id"]), row["action"], row["subject"], orjson.loads(row["facts"])),
    )
