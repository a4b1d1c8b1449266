"""Old receipts are thrown away: a key is answered for a day, and nobody repeats a request after two."""

import asyncio
import logging
import random

from db.pool import Pool, reading, writing
from db.statements import statements
from domain.ports import Outage

SQL = statements("receipts")
LOG = logging.getLogger("boxoffice.receipts")
KEPT_HOURS = 48
"""Twice what is promised, so that no request that is still under way meets its receipt's end."""
EVENTS_MOST = 200
EVERY_SECONDS = 3600.0


async def forget_receipts(pool: Pool, kept_hours: float = KEPT_HOURS) -> int:
    """Throw away the receipts of commands carried out so long ago; answers how many. One event at a time, so that none waits for it."""
    forgotten = 0
    while rows := await reading(pool, lambda connection: connection.fetch(SQL["old"], kept_hours, EVENTS_MOST)):
        for row in rows:
            forgotten += await forget_of(pool, row["event_id"], kept_hours)
    return forgotten


async def forget_of(pool: Pool, event_id: int, kept_hours: float) -> int:
    """Throw away the old receipts of one event."""
    async with writing(pool) as connection:
        forgotten: int = await connection.fetchval(SQL["forget"], event_id, kept_hours)
    return forgotten


async def forget_receipts_forever(pool: Pool) -> None:
    """Do so about once an hour, until cancelled; an outage is waited out."""
    while True:
        await asyncio.sleep(EVERY_SECONDS * random.uniform(0.5, 1.5))
        try:
            await forget_receipts(pool)
        except Outage as outage:
            LOG.warning("old receipts wait: %s", outage)
