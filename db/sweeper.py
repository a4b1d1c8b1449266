"""The sweeper: time becomes commands. Holds that have ended are given back promptly, so that maps show it before anybody asks."""

import asyncio
import logging
import random

from db.pool import Pool, reading
from db.statements import statements
from domain.commands import ExpireDue
from domain.ids import EventId
from domain.ports import BoxOffice, Outage

SQL = statements("box_office")
LOG = logging.getLogger("boxoffice.sweeper")
EVENTS_MOST = 200
SLEEP_MOST_SECONDS = 1.0


class Sweeper:
    """Submits *expire* for every event with a hold that has ended. Any number of processes may sweep: the second finds nothing to do."""

    def __init__(self, pool: Pool, box_office: BoxOffice) -> None:
        self.pool = pool
        self.box_office = box_office

    async def sweep(self) -> int:
        """Give back every hold that has ended; answers how many events had one."""
        rows = await reading(self.pool, lambda connection: connection.fetch(SQL["due"], EVENTS_MOST))
        await asyncio.gather(*(self.box_office.submit(ExpireDue(EventId(row["event_id"]))) for row in rows))
        return len(rows)

    async def run(self) -> None:
        """Sweep when the next hold ends, and at least once a second, until cancelled; an outage is waited out."""
        while True:
            try:
                swept = await self.sweep()
                seconds = await reading(self.pool, lambda connection: connection.fetchval(SQL["next_due"]))
            except Outage as outage:
                LOG.warning("sweeping waits: %s", outage)
                swept, seconds = 0, None
            except Exception:
                LOG.exception("sweeping failed for an event; the others' holds are given back all the same")
                swept, seconds = 0, None
            if swept < EVENTS_MOST:
                await asyncio.sleep(random.uniform(0.01, 0.05) + min(SLEEP_MOST_SECONDS, max(0.0, seconds or SLEEP_MOST_SECONDS)))
