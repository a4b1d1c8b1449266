"""What seat boards read from the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from db.plans import SeatingPlans
from db.pool import Pool, reading
from db.rows import listed
from db.statements import statements
from domain.changes import BoardState
from domain.ids import EventId
from domain.places import Counts, PlaceStatus, SeatingPlan

SQL = statements("boards")


class BoardReads:
    """Reads whole boards, what changed since a version, and present versions: each as one statement, so at one moment."""

    def __init__(self, pool: Pool, plans: SeatingPlans) -> None:
        self.pool = pool
        self.plans = plans

    async def snapshot(self, event_id: EventId) -> BoardState | None:
        """All of an event's seats that are not available, and its counts, at one version; None where there is no such event."""
        row = await reading(self.pool, lambda connection: connection.fetchrow(SQL["snapshot"], event_id))
        if row is None:
            return None
        named = (("held", PlaceStatus.HELD), ("booked", PlaceStatus.BOOKED), ("blocked", PlaceStatus.BLOCKED))
        seats = tuple((seat_no, status) for column, status in named for seat_no in row[column] or ())
        return BoardState(event_id, row["version"], seats, tiers_of(listed(row["tiers"])))

    async def changes_since(self, event_id: EventId, version: int) -> BoardState | None:
        """The seats that changed after a version, as they are now, and the counts, at the present version."""
        row = await reading(self.pool, lambda connection: connection.fetchrow(SQL["changes_since"], event_id, version))
        if row is None:
            return None
        seats = tuple((seat_no, PlaceStatus(status)) for seat_no, status in listed(row["seats"]))
        return BoardState(event_id, row["version"], seats, tiers_of(listed(row["tiers"])))

    async def versions(self, event_ids: Sequence[EventId]) -> dict[EventId, int]:
        """The present versions of some events; those that do not exist are left out."""
        rows = await reading(self.pool, lambda connection: connection.fetch(SQL["versions"], list(event_ids)))
        return {EventId(row["event_id"]): row["version"] for row in rows}

    async def plan(self, event_id: EventId) -> SeatingPlan | None:
        """An event's seats and their tiers as the database has them now; None where its places are not numbered."""
        found = await reading(self.pool, lambda connection: self.plans.fetch(event_id, connection))
        return found[1] if found is not None else None


def tiers_of(rows: Iterable[Sequence[Any]]) -> tuple[tuple[int, Counts], ...]:
    """Counts by tier from (tier_no, available, held, booked, blocked)."""
    return tuple((tier_no, Counts(*counts)) for tier_no, *counts in rows)
