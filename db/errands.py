"""The errand runner: work that goes over all bookings of an event, one small batch after the other, whatever ends in the middle."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from db.identifiers import new_number
from db.pool import Connection, Pool, reading
from db.statements import statements
from domain.answers import ErrandAdvanced
from domain.commands import RunErrand
from domain.errands import ErrandKind
from domain.ids import EventId, RefundId
from domain.ports import BoxOffice, Outage

SQL = statements("errands")
LOG = logging.getLogger("boxoffice.errands")
BATCH = 25
"""So many bookings at a time. With 50 an errand is done a fifth sooner, and other events of the process wait half as long again for it."""
ERRANDS_MOST = 20
PAUSE = 1.0
"""After each batch it rests as long as that took, times this: an errand takes half of one connection at most, whatever its size."""
EVERY_SECONDS = 1.0


class ErrandRunner:
    """Does what errands there are, one batch at a time. Any number of processes may: a batch that another has done changes nothing."""

    def __init__(self, pool: Pool, box_office: BoxOffice, batch: int = BATCH) -> None:
        self.pool = pool
        self.box_office = box_office
        self.batch = batch

    async def run_all(self) -> int:
        """Take every open errand to its end, the batches of several in turn; answers how many batches were done here."""
        batches = 0
        while opened := await reading(self.pool, lambda connection: connection.fetch(SQL["open"], ERRANDS_MOST)):
            for row in random.sample(opened, len(opened)):
                began = asyncio.get_running_loop().time()
                batches += await self.advance(EventId(row["event_id"]), row["errand_id"])
                await asyncio.sleep(PAUSE * (asyncio.get_running_loop().time() - began))
        return batches

    async def advance(self, event_id: EventId, errand_no: int) -> bool:
        """Do one batch of an errand. False where somebody else did it first."""
        row = await reading(self.pool, lambda connection: connection.fetchrow(SQL["next"], event_id, errand_no, self.batch))
        if row is None:
            return False
        bookings = tuple((number, RefundId(event_id, new_number())) for number in row["bookings"])
        answer = await self.box_office.submit(RunErrand(event_id, errand_no, row["after_booking"], bookings))
        return isinstance(answer, ErrandAdvanced) and answer.is_new

    async def run(self) -> None:
        """Look for errands now and then, until cancelled; an outage is waited out."""
        while True:
            try:
                await self.run_all()
            except Outage as outage:
                LOG.warning("errands wait: %s", outage)
            except Exception:
                LOG.exception("an errand failed; it is taken up again")
            await asyncio.sleep(EVERY_SECONDS * random.uniform(0.8, 1.2))


async def add_errand(connection: Connection, event_id: EventId, kind: ErrandKind, about: Mapping[str, Any], now: datetime) -> None:
    """Have something done with each booking of an event, if the transaction commits."""
    await connection.execute(SQL["add"], event_id, new_number(), kind, orjson.dumps(dict(about)).decode(), now)
