"""An event is cancelled and the server is killed while it gives everybody their money back: each gets it once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from db.box_office import BoxOffice
from db.layouts import Layouts
from db.plans import SeatingPlans
from db.pool import Pool, open_pool
from domain.answers import PaymentBegun
from domain.bookings import BookingStatus, RefundStatus
from domain.callers import Role
from domain.ids import EventId
from tests.conftest import a_database
from tests.db.catalogue import Silent
from tests.db.events import a_user, an_event, begin, book_any, complete, eventually, read_truth, standing
from tests.system.people import a_person
from tests.system.running import serving, settings

GROWS_OLD = """
    UPDATE refund SET created_at = created_at - interval '1 h'
    WHERE event_id = $1 AND status = 0 AND created_at > now() - interval '1 h'
"""
BOOKINGS = 150
CANCEL = """mutation ($id: ID!) { cancelEvent(input: {eventId: $id, reason: "It rains."}) { __typename } }"""
LEFT = "SELECT count(*) FROM booking WHERE event_id = $1 AND status IN (0, 1)"
OWED = "SELECT count(*) FROM refund WHERE event_id = $1 AND status = 0"
IS_RUNNING = "SELECT EXISTS (SELECT FROM errand WHERE event_id = $1 AND done_at IS NULL)"


@pytest.mark.timeout(120)
async def test_a_server_that_is_killed_while_an_event_is_cancelled_gives_each_booking_back_once(
    database_server: str, migrated_template: str, redis_url: str, tmp_path: Path
) -> None:
    async with a_database(database_server, migrated_template) as url:
        pool = await open_pool(url, 4)
        event_id = await an_event(pool, tiers=[standing(BOOKINGS)])
        await sell_out(url, event_id)
        with serving(tmp_path / "server.log", settings(url, redis_url)) as running:
            admin = await a_person(pool, Role.ADMIN)
            await running.ask(CANCEL, {"id": str(event_id)}, admin.token)

            kills = 0
            for left in (250, 150, 50):
                if await falls_to(pool, event_id, left) > 0:
                    await asyncio.to_thread(running.kill)
                    kills += 1
                    await running.restart()
            await falls_to(pool, event_id, 0)
            await is_paid_back(pool, event_id)

            truth = await read_truth(pool, event_id)
            told = await pool.fetch("SELECT booking_id FROM notification WHERE event_id = $1 AND kind = 4", event_id)
        await pool.close()

    assert kills >= 2
    truth.must_be_sound()
    assert {BookingStatus(row["status"]) for row in truth.bookings} == {BookingStatus.CANCELLED}
    assert {RefundStatus(row["status"]) for row in truth.refunds} == {RefundStatus.SUCCEEDED}
    each_once = Counter(dict.fromkeys((row["booking_id"] for row in truth.bookings), 1))
    assert Counter(row["booking_id"] for row in truth.refunds) == each_once
    assert Counter(row["booking_id"] for row in told) == each_once
    assert Counter({row["booking_id"]: row["amount_minor"] for row in truth.refunds}) == Counter(
        {row["booking_id"]: row["amount_minor"] for row in truth.payments}
    )


async def sell_out(url: str, event_id: EventId) -> None:
    """Everybody has paid for one place."""
    pool = await open_pool(url, 2, for_writing=True)
    office = BoxOffice(pool, SeatingPlans(Layouts().load), Silent())

    async def buy() -> None:
        pending = await office.submit(book_any(event_id, a_user(), 1))
        begun = await office.submit(begin(pending.booking))  # type: ignore[union-attr]
        assert isinstance(begun, PaymentBegun), begun
        await office.submit(complete(begun.payment.id, begun.booking))

    await asyncio.gather(*(buy() for _ in range(BOOKINGS)))
    await office.close()
    await pool.close()


async def falls_to(pool: Pool, event_id: EventId, most: int) -> int:
    """Wait until no more bookings than that are left, and the errand is done where that is none; answers how many are."""

    async def is_there() -> bool:
        if await pool.fetchval(LEFT, event_id) > most:
            return False
        return most > 0 or not await pool.fetchval(IS_RUNNING, event_id)

    await eventually(is_there, 60)
    left: int = await pool.fetchval(LEFT, event_id)
    return left


async def is_paid_back(pool: Pool, event_id: EventId) -> None:
    """Wait until all money is back, without the half minute that recovery leaves to whoever may still be at it."""

    async def is_back() -> bool:
        async with pool.acquire() as connection, connection.transaction():  # in its turn, or it deadlocks with a batch
            await connection.execute("SELECT version FROM inventory WHERE event_id = $1 FOR UPDATE", event_id)
            await connection.execute(GROWS_OLD, event_id)
        return not await pool.fetchval(OWED, event_id)

    await eventually(is_back, 60)
