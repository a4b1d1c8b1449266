"""Holds that have ended are given back although nobody asks."""

import asyncio
import logging

import pytest

from db import box_office, sweeper
from db.sweeper import Sweeper
from domain.bookings import BookingStatus
from domain.inventory import BookingPolicy
from domain.places import Counts
from tests.db.events import AVAILABLE, House, TierSpec, a_house, a_user, an_event, eventually


async def test_a_sweep_gives_back_every_hold_that_has_ended_and_no_other(fresh_house: House) -> None:
    first, second = [await an_event(fresh_house.pool) for _ in range(2)]
    ended = [await fresh_house.held(event_id, a_user(), seat_no) for event_id in (first, second) for seat_no in (0, 1)]
    running = await fresh_house.held(first, a_user(), 2)
    for booking in ended:
        await fresh_house.end_hold(booking)
    sweeper = Sweeper(fresh_house.pool, fresh_house.office)

    swept, again = await sweeper.sweep(), await sweeper.sweep()

    assert (swept, again) == (2, 0)
    assert {await fresh_house.status_of(booking) for booking in ended} == {BookingStatus.EXPIRED}
    assert await fresh_house.status_of(running) is BookingStatus.PENDING
    assert fresh_house.told_of(second)[-1].seats == ((0, AVAILABLE), (1, AVAILABLE))


async def test_two_sweepers_give_back_a_hold_once(fresh_house: House, fresh_database_url: str) -> None:
    event_id = await an_event(fresh_house.pool)
    await fresh_house.end_hold(await fresh_house.held(event_id, a_user(), 0))
    async with a_house(fresh_database_url) as other:
        await asyncio.gather(*(Sweeper(house.pool, house.office).sweep() for house in (fresh_house, other)))

        truth = await fresh_house.truth(event_id)
        truth.must_be_sound()
        assert truth.version == 2
        truth.must_be_told_by(fresh_house, other, event_id=event_id)


async def test_a_running_sweeper_gives_a_hold_back_when_it_ends(fresh_database_url: str) -> None:
    async with a_house(fresh_database_url, policy=BookingPolicy(hold=BookingPolicy().hold / 1000)) as house:
        event_id = await an_event(house.pool)
        sweeping = asyncio.create_task(Sweeper(house.pool, house.office).run())
        booking = await house.held(event_id, a_user(), 0)

        await eventually(lambda: not_pending(house, booking.id.number), 3)
        sweeping.cancel()

        truth = await house.truth(event_id)
        truth.must_be_sound()
        assert truth.counts == {1: Counts(available=10)}


async def not_pending(house: House, booking_no: int) -> bool:
    """Whether a booking is stored as no longer pending."""
    return bool(await house.pool.fetchval("SELECT status <> 0 FROM booking WHERE booking_id = $1", booking_no))


async def test_an_event_that_cannot_be_swept_leaves_the_others_to_be_swept(fresh_house: House, caplog: pytest.LogCaptureFixture) -> None:
    for log in (box_office.LOG, sweeper.LOG):
        caplog.set_level(logging.CRITICAL + 1, logger=log.name)
    broken, whole = [await an_event(fresh_house.pool, tiers=[TierSpec(5)]) for _ in range(2)]
    bookings = [await fresh_house.held(event_id, a_user(), 0) for event_id in (broken, whole)]
    await fresh_house.pool.execute("UPDATE tier SET held = 0, booked = 1 WHERE event_id = $1", broken)
    sweeping = asyncio.create_task(Sweeper(fresh_house.pool, fresh_house.office).run())
    await asyncio.sleep(0.1)

    for booking in bookings:
        await fresh_house.end_hold(booking)
    await eventually(lambda: not_pending(fresh_house, bookings[1].id.number), 4)
    later = await fresh_house.held(whole, a_user(), 1)
    await fresh_house.end_hold(later)
    await eventually(lambda: not_pending(fresh_house, later.id.number), 4)

    assert not sweeping.done()
    sweeping.cancel()
    assert await fresh_house.status_of(bookings[0]) is BookingStatus.PENDING
