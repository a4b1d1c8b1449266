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
EVERY_SECONDS = 0.5
"""A sweep reads every pending hold's entry in an index, so it is not made more often than a map needs it."""


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
        """Sweep twice a second, until cancelled; an outage is waited out."""
        while True:
            swept = 0
            try:
                swept = await self.sweep()
            except Outage as outage:
                LOG.warning("sweeping waits: %s", outage)
            except Exception:
                LOG.exception("sweeping failed for an event; the others' holds are given back all the same")
            if swept < EVENTS_MOST:
                await asyncio.sleep(EVERY_SECONDS * random.uniform(0.8, 1.2))
