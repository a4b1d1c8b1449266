"""Where events stood when this process last saw them, so that places can be taken without asking for all of it first."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ids import EventId
from domain.inventory import Inventory, Sale
from domain.places import Tier

EVENTS_MOST = 1024
DOUBT_SECONDS = 1.0
"""How long an event is asked about again after it turned out to stand elsewhere: other processes sell it, too, or its places are taken."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An event as a commit of this process left it. Never the truth: whatever is decided on it, the database is asked whether it is so."""

    version: int
    plan_version: int
    sale: Sale
    tiers: dict[int, Tier]
    now: datetime
    """The database's clock then."""
    seen_at: float
    """This process's clock then."""

    def now_at(self, clock: float) -> datetime:
        """What the database's clock shows by now, more or less."""
        return self.now + timedelta(seconds=clock - self.seen_at)


class Standings:
    """The standings of the events last sold, of each until something was not as it says."""

    def __init__(self, events_most: int = EVENTS_MOST, doubt_seconds: float = DOUBT_SECONDS) -> None:
        self._most = events_most
        self._doubt_seconds = doubt_seconds
        self._known: OrderedDict[EventId, Standing] = OrderedDict()
        self._doubted: OrderedDict[EventId, float] = OrderedDict()
        """Until when nothing is believed of an event."""

    def of(self, event_id: EventId, clock: float) -> Standing | None:
        """Where an event stood last, as far as that is to be believed."""
        if event_id in self._doubted and clock < self._doubted[event_id]:
            return None
        return self._known.get(event_id)

    def keep(self, inventory: Inventory, plan_version: int, now: datetime, clock: float) -> None:
        """Remember an event as a batch left it; not one whose batches need more than places, because somebody waits."""
        if inventory.waiting or inventory.sale.avoids_orphans:
            self.forget(inventory.event_id)
            return
        self._known[inventory.event_id] = Standing(inventory.version, plan_version, inventory.sale, inventory.tiers, now, clock)
        self._known.move_to_end(inventory.event_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def doubt(self, event_id: EventId, clock: float) -> None:
        """Believe nothing of an event for a while."""
        self.forget(event_id)
        self._doubted[event_id] = clock + self._doubt_seconds
        self._doubted.move_to_end(event_id)
        if len(self._doubted) > self._most:
            self._doubted.popitem(last=False)

    def forget(self, event_id: EventId) -> None:
        """Know nothing of an event any more."""
        self._known.pop(event_id, None)

    def clear(self) -> None:
        """Know nothing any more: after a failure nothing is believed but what the database says."""
        self._known.clear()
