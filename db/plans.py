"""Seating plans, remembered per process: which tier each seat of an event is in."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from db.pool import Connection
from db.statements import statements
from domain.ids import EventId, LayoutId
from domain.layouts import Layout
from domain.places import SeatingPlan

SQL = statements("box_office")
LoadLayout = Callable[[LayoutId, Connection], Awaitable[Layout]]


class SeatingPlans:
    """The plans of the events last asked for. The box office tells by `plan_version` when one is out of date."""

    def __init__(self, load_layout: LoadLayout, most: int = 1000) -> None:
        self.load_layout = load_layout
        self.most = most
        self._plans: OrderedDict[EventId, tuple[int, SeatingPlan | None]] = OrderedDict()

    def known(self, event_id: EventId) -> tuple[int, SeatingPlan | None] | None:
        """The plan last fetched, with its version; None where it was not fetched or has been forgotten."""
        if event_id in self._plans:
            self._plans.move_to_end(event_id)
        return self._plans.get(event_id)

    async def fetch(self, event_id: EventId, connection: Connection) -> tuple[int, SeatingPlan | None] | None:
        """The plan as the database has it now, remembered; None where there is no such event."""
        row = await connection.fetchrow(SQL["seating"], event_id)
        if row is None:
            return None
        plan = None
        if row["layout_id"] is not None and row["tier_starts"] is not None:
            layout = await self.load_layout(LayoutId(row["layout_id"]), connection)
            plan = SeatingPlan(layout, tuple(row["tier_starts"]), tuple(row["tier_nos"]))
        self._plans[event_id] = row["plan_version"], plan
        self._plans.move_to_end(event_id)
        while len(self._plans) > self.most:
            self._plans.popitem(last=False)
        return self._plans[event_id]
