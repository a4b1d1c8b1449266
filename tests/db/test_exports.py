"""Exports: every place of every booking, all of one moment, a part at a time."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from db import exports
from db.exports import PostgresExports
from db.layouts import Layouts
from db.pool import open_pool
from domain.bookings import Booking
from domain.exports import ExportedPlace
from domain.ids import EventId, UserId
from domain.money import Money
from domain.ports import Outage
from tests.db.events import House, TierSpec, a_user, an_event, begin, book_any, cancel, complete, eventually, standing


async def exported(house: House, event_id: EventId) -> list[ExportedPlace]:
    """A whole export."""
    return [place async for part in PostgresExports(house.pool, Layouts()).bookings(event_id) for place in part]


async def paid(house: House, booking: Booking) -> None:
    paying = begin(booking)
    await house.office.submit(paying)
    await house.office.submit(complete(paying.payment_id, booking))


async def known(house: House, name: str) -> UserId:
    """Somebody with an account."""
    user_id = a_user()
    await house.pool.execute(
        "INSERT INTO account (user_id, email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $2, $3, 0, '!', now())",
        user_id,
        f"{user_id}@export.test",
        name,
    )
    return user_id


async def test_each_place_is_told_with_its_ticket_where_it_has_one(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(6), standing(9, 1999)])
    ann, ben = await known(house, "Ann"), a_user()
    confirmed = await house.held(event_id, ann, 0, 5)
    await paid(house, confirmed)
    await house.office.submit(replace(cancel(confirmed), ticket_nos=(2,)))
    await house.office.submit(book_any(event_id, ben, 2, tier_no=2))
    lapsed = await house.held(event_id, ben, 3)
    await house.end_hold(lapsed)
    await house.pool.execute(
        "UPDATE ticket SET status = 2, checked_in_at = now() WHERE event_id = $1 AND booking_id = $2 AND ticket_no = 1",
        event_id,
        confirmed.id.number,
    )

    first, second, third, fourth, fifth = await exported(house, event_id)

    assert first == ExportedPlace(
        booking_code=confirmed.id.code,
        booking_status="CONFIRMED",
        ticket_number=f"{confirmed.id.code}-01",
        ticket_status="CHECKED_IN",
        tier="Tier 1",
        section="Stalls",
        row="A",
        seat="1",
        price=Money(7500, "GBP"),
        buyer_name="Ann",
        buyer_email=f"{ann}@export.test",
        booked_at=confirmed.created_at,
        checked_in_at=first.checked_in_at,
    )
    assert first.checked_in_at is not None
    assert (second.seat, second.ticket_number, second.ticket_status) == ("6", f"{confirmed.id.code}-02", "CANCELLED")
    for place in (third, fourth):
        assert (place.tier, place.seat, place.ticket_number, place.booking_status) == ("Tier 2", None, None, "PENDING")
        assert (place.price, place.buyer_name, place.buyer_email) == (Money(1999, "GBP"), None, None)
    assert (fifth.booking_code, fifth.booking_status, fifth.seat) == (lapsed.id.code, "EXPIRED", "4")


async def test_an_event_without_bookings_has_no_places(house: House) -> None:
    assert await exported(house, await an_event(house.pool)) == []


async def test_an_export_is_of_one_moment_though_it_is_read_in_parts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BOOKINGS_AT_ONCE", 3)
    event_id = await an_event(house.pool, 20)
    made = [await house.held(event_id, a_user(), seat_no) for seat_no in range(8)]
    sizes, codes = [], []

    async for part in PostgresExports(house.pool, Layouts()).bookings(event_id):
        sizes.append(len(part))
        codes += [place.booking_code for place in part]
        assert {place.booking_status for place in part} == {"PENDING"}
        await house.held(event_id, a_user(), 10 + len(sizes))
        await house.office.submit(cancel(made[len(codes) % 8]))

    assert sizes == [3, 3, 2]
    assert codes == [booking.id.code for booking in made]


async def test_closing_an_export_ends_its_query_and_gives_the_connection_back(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BOOKINGS_AT_ONCE", 1)
    event_id = await an_event(house.pool)
    for seat_no in range(3):
        await house.held(event_id, a_user(), seat_no)
    pool = await open_pool(database_url, 1)

    async with aclosing(PostgresExports(pool, Layouts()).bookings(event_id)) as parts:
        await anext(parts)
        assert pool.get_idle_size() == 0
    assert pool.get_idle_size() == 1, "it is not waited for"
    assert await pool.fetchval("SELECT count(*) FROM pg_cursors WHERE name <> ''") == 0

    async def read_on() -> None:
        async for _ in PostgresExports(pool, Layouts()).bookings(event_id):
            await asyncio.Event().wait()

    reading = asyncio.create_task(read_on())
    await eventually(lambda: pool.get_idle_size() == 0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await eventually(lambda: pool.get_idle_size() == 1)
    await pool.close()


async def test_a_pool_that_is_gone_is_an_outage(house: House, database_url: str) -> None:
    pool = await open_pool(database_url, 1)
    await pool.close()

    with pytest.raises(Outage):
        await anext(PostgresExports(pool, Layouts()).bookings(await an_event(house.pool)))
