"""The errand runner: every booking of a cancelled event is ended once, whatever ends in the middle and however many do it."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import pytest

from db.errands import ErrandRunner
from db.event_writes import PostgresEventWriter
from db.identifiers import new_number
from db.layouts import Layouts
from db.pool import Pool, open_pool
from domain.answers import BookingConfirmed, PaymentBegun, PaymentTooLate
from domain.bookings import Booking, BookingStatus, RefundStatus, TicketStatus
from domain.commands import BookQuantity, CancelBooking, RunErrand
from domain.event_changes import EventChange
from domain.events import Event
from domain.ids import EntryId, EventId, RefundId
from domain.notifications import NotificationKind
from domain.ports import BoxOffice
from domain.refusals import EventNotOnSale
from domain.waitlist import EntryStatus
from domain.waitlist_commands import JoinWaitlist
from tests.db.catalogue import Silent
from tests.db.events import (
    PRICE_MINOR,
    House,
    TierSpec,
    Truth,
    a_caller,
    a_house,
    a_user,
    an_event,
    begin,
    book,
    book_any,
    complete,
    eventually,
    key,
    standing,
)


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """For writes to the catalogue and reads: statements are planned with what is asked."""
    pool = await open_pool(database_url, 4)
    yield pool
    await pool.close()


async def cancel_event(pool: Pool, event_id: EventId, reason: str | None = "The singer is ill.") -> Event:
    """An event is cancelled by the house."""
    event = await PostgresEventWriter(pool, Layouts(), Silent()).cancel_event(event_id, reason)
    assert isinstance(event, Event), event
    return event


async def sold(house: House, event_id: EventId, *seats: int) -> Booking:
    """A booking of seats, or of a place to stand in tier 2, that is paid for."""
    if seats:
        booking = await house.held(event_id, a_user(), *seats)
    else:
        pending: Any = await house.office.submit(book_any(event_id, a_user(), 1, tier_no=2))
        booking = pending.booking
    begun = await house.office.submit(begin(booking))
    assert isinstance(begun, PaymentBegun), begun
    confirmed = await house.office.submit(complete(begun.payment.id, booking))
    assert isinstance(confirmed, BookingConfirmed), confirmed
    return confirmed.booking


async def an_event_with_bookings(house: House, pool: Pool, count: int = 12) -> tuple[EventId, list[Booking]]:
    """One that sold places; every third booking is still pending."""
    event_id = await an_event(pool, tiers=[TierSpec(count), standing(10)])
    bookings = [
        await (house.held(event_id, a_user(), seat_no) if seat_no % 3 == 2 else sold(house, event_id, seat_no)) for seat_no in range(count)
    ]
    return event_id, bookings


def a_runner(house: House, batch: int = 5) -> ErrandRunner:
    """A process' own, which goes in small steps."""
    return ErrandRunner(house.pool, house.office, batch)


async def finished(runner: ErrandRunner, pool: Pool, event_id: EventId) -> None:
    """Advance all errands of one event to their end: others of this database are other tests'."""
    while numbers := await pool.fetch("SELECT errand_id FROM errand WHERE event_id = $1 AND done_at IS NULL", event_id):
        for row in numbers:
            await runner.advance(event_id, row["errand_id"])


async def notices_of(pool: Pool, event_id: EventId, kind: NotificationKind) -> list[dict[str, Any]]:
    """Who was told of what."""
    rows = await pool.fetch(
        "SELECT user_id, booking_id, about::text AS about FROM notification WHERE event_id = $1 AND kind = $2 ORDER BY user_id",
        event_id,
        kind,
    )
    return [{**row, "about": orjson.loads(row["about"])} for row in rows]


def must_have_ended_once(truth: Truth, bookings: Sequence[Booking], told: Sequence[dict[str, Any]]) -> None:
    """Every booking was ended, what it had paid goes back, and its owner was told, each once."""
    truth.must_be_sound()
    assert {BookingStatus(row["status"]) for row in truth.bookings} == {BookingStatus.CANCELLED}
    assert {TicketStatus(row["status"]) for row in truth.tickets} == {TicketStatus.CANCELLED}
    paid = Counter({row["booking_id"]: row["amount_minor"] for row in truth.payments})
    refunded: Counter[int] = Counter()
    for row in truth.refunds:
        refunded[row["booking_id"]] += row["amount_minor"]
    assert refunded == paid
    assert [(row["user_id"], row["booking_id"]) for row in told] == sorted((b.user_id, b.id.number) for b in bookings)
    assert {row["booking_id"]: row["about"]["refund_minor"] for row in told} == {b.id.number: paid[b.id.number] for b in bookings}
    assert all(counts.available == counts.total for counts in truth.counts.values())


async def test_a_cancelled_event_ends_all_of_its_bookings_and_no_others(house: House, pool: Pool) -> None:
    event_id, bookings = await an_event_with_bookings(house, pool)
    other, _ = await an_event_with_bookings(house, pool, 3)
    before = await house.truth(other)
    event = await cancel_event(pool, event_id)

    await finished(a_runner(house), pool, event_id)

    told = await notices_of(pool, event_id, NotificationKind.EVENT_CANCELLED)
    must_have_ended_once(await house.truth(event_id), bookings, told)
    assert {row["about"]["reason"] for row in told} == {"The singer is ill."}
    assert event.cancel_reason == "The singer is ill."
    assert await house.truth(other) == before


async def test_from_the_moment_it_is_cancelled_nothing_is_booked_or_confirmed(house: House, pool: Pool) -> None:
    event_id = await an_event(pool, 4)
    booking = await house.held(event_id, a_user(), 0)
    begun = await house.office.submit(begin(booking))
    assert isinstance(begun, PaymentBegun)

    await cancel_event(pool, event_id)
    late = await house.office.submit(book(event_id, a_user(), 1))
    paid = await house.office.submit(complete(begun.payment.id, booking))
    await finished(a_runner(house), pool, event_id)

    assert isinstance(late, EventNotOnSale)
    assert isinstance(paid, PaymentTooLate)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert [refund["amount_minor"] for refund in truth.refunds] == [PRICE_MINOR]
    assert [BookingStatus(row["status"]) for row in truth.bookings] == [BookingStatus.CANCELLED]


async def test_what_was_given_back_before_goes_back_once_and_the_rest_whatever_the_policy(house: House, pool: Pool) -> None:
    event_id = await an_event(pool, 4)
    booking = await sold(house, event_id, 0, 1, 2)
    part = CancelBooking(booking.id, RefundId(event_id, new_number()), a_caller(booking.user_id), key(), seats=(0,))
    await house.office.submit(part)
    await pool.execute("UPDATE booking SET refund_steps = '[]' WHERE event_id = $1", event_id)
    await cancel_event(pool, event_id)

    await finished(a_runner(house), pool, event_id)

    truth = await house.truth(event_id)
    assert sorted(refund["amount_minor"] for refund in truth.refunds) == [PRICE_MINOR, 2 * PRICE_MINOR]
    assert {RefundStatus(refund["status"]) for refund in truth.refunds} == {RefundStatus.PENDING}
    told = await notices_of(pool, event_id, NotificationKind.EVENT_CANCELLED)
    assert [row["about"]["refund_minor"] for row in told] == [2 * PRICE_MINOR]


async def test_the_waitlist_ends_with_the_event(house: House, pool: Pool) -> None:
    event_id = await an_event(pool, tiers=[standing(1)])
    await house.office.submit(BookQuantity(book(event_id, a_user()).booking_id, a_user(), 1, 1))
    users = sorted(a_user() for _ in range(5))
    for user in users:
        await house.office.submit(JoinWaitlist(EntryId(event_id, new_number()), user, None, 1))
    await cancel_event(pool, event_id)

    await finished(a_runner(house), pool, event_id)

    rows = await pool.fetch("SELECT status, ended_at FROM waitlist_entry WHERE event_id = $1", event_id)
    assert [(row["status"], row["ended_at"] is not None) for row in rows] == [(EntryStatus.EXPIRED, True)] * 5
    told = {row["user_id"] for row in await notices_of(pool, event_id, NotificationKind.EVENT_CANCELLED)}
    assert told >= set(users)
    assert await pool.fetchval("SELECT waiting FROM inventory WHERE event_id = $1", event_id) == 0


@dataclass
class Dying:
    """A box office whose process ends at some calls: before they are carried out, or behind them, with nobody to hear the answer."""

    office: BoxOffice
    chance: random.Random
    deaths: Counter[str] = field(default_factory=Counter)

    async def submit(self, command: Any) -> Any:
        assert isinstance(command, RunErrand)
        when = self.chance.choice(["before", "behind", "never"])
        self.deaths[when] += 1
        if when == "before":
            raise Killed
        answer = await self.office.submit(command)
        if when == "behind":
            raise Killed
        return answer


class Killed(Exception):
    """The process is gone."""


@pytest.mark.parametrize("seed", range(3))
async def test_a_runner_that_is_killed_again_and_again_does_each_booking_once(house: House, pool: Pool, seed: int) -> None:
    event_id, bookings = await an_event_with_bookings(house, pool)
    await cancel_event(pool, event_id)
    dying = Dying(house.office, random.Random(seed))

    alive = False
    while not alive:
        try:
            await finished(ErrandRunner(house.pool, cast(BoxOffice, dying), 2), pool, event_id)
            alive = True
        except Killed:
            continue

    assert dying.deaths["before"]
    assert dying.deaths["behind"]
    told = await notices_of(pool, event_id, NotificationKind.EVENT_CANCELLED)
    must_have_ended_once(await house.truth(event_id), bookings, told)


async def test_a_runner_that_is_stopped_at_any_moment_is_followed_by_another(house: House, pool: Pool) -> None:
    event_id, bookings = await an_event_with_bookings(house, pool, 24)
    await cancel_event(pool, event_id)

    for pause in (0.0, 0.002, 0.005, 0.01, 0.02):
        stopped = asyncio.create_task(finished(a_runner(house, 1), pool, event_id))
        await asyncio.sleep(pause)
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
    await finished(a_runner(house, 1), pool, event_id)

    told = await notices_of(pool, event_id, NotificationKind.EVENT_CANCELLED)
    must_have_ended_once(await house.truth(event_id), bookings, told)


async def test_several_runners_at_once_do_each_booking_once(house: House, other_house: House, pool: Pool) -> None:
    event_id, bookings = await an_event_with_bookings(house, pool, 24)
    await cancel_event(pool, event_id)

    await asyncio.gather(*(finished(a_runner(one, batch), pool, event_id) for one in (house, other_house) for batch in (2, 3)))

    told = await notices_of(pool, event_id, NotificationKind.EVENT_CANCELLED)
    must_have_ended_once(await house.truth(event_id), bookings, told)


async def test_all_errands_are_run_and_a_finished_one_is_not_run_again(fresh_house: House, fresh_database_url: str) -> None:
    fresh_pool = await open_pool(fresh_database_url, 2)
    events = [(await an_event_with_bookings(fresh_house, fresh_pool, 6))[0] for _ in range(3)]
    for event_id in events:
        await cancel_event(fresh_pool, event_id)
        await cancel_event(fresh_pool, event_id, "again")
    runner = a_runner(fresh_house, 4)

    batches, again = await runner.run_all(), await runner.run_all()

    assert (batches, again) == (3 * 3, 0)
    for event_id in events:
        truth = await fresh_house.truth(event_id)
        assert {BookingStatus(row["status"]) for row in truth.bookings} == {BookingStatus.CANCELLED}
    await fresh_pool.close()


async def test_the_running_loop_takes_up_an_errand_by_itself(fresh_database_url: str) -> None:
    fresh_pool = await open_pool(fresh_database_url, 2)
    async with a_house(fresh_database_url) as house:
        running = asyncio.create_task(a_runner(house).run())
        event_id, bookings = await an_event_with_bookings(house, fresh_pool, 3)

        await cancel_event(fresh_pool, event_id)
        await eventually(lambda: all_ended(house, bookings))
        running.cancel()
    await fresh_pool.close()


async def all_ended(house: House, bookings: Sequence[Booking]) -> bool:
    """Whether bookings are stored as cancelled."""
    return {await house.status_of(booking) for booking in bookings} == {BookingStatus.CANCELLED}


async def test_who_booked_is_told_of_each_change_once_by_however_many_runners(house: House, other_house: House, pool: Pool) -> None:
    event_id, bookings = await an_event_with_bookings(house, pool, 9)
    confirmed = [booking for booking in bookings if booking.status is BookingStatus.CONFIRMED]
    writer = PostgresEventWriter(pool, Layouts(), Silent())
    before = await house.truth(event_id)
    await writer.update_event(event_id, EventChange(timezone="Europe/Paris"))
    await writer.update_event(event_id, EventChange(name="Ball"))
    await writer.update_event(event_id, EventChange(timezone="Europe/Rome"))

    await asyncio.gather(*(finished(a_runner(one, 2), pool, event_id) for one in (house, other_house)))

    told = await notices_of(pool, event_id, NotificationKind.EVENT_CHANGED)
    assert Counter(row["user_id"] for row in told) == Counter({booking.user_id: 2 for booking in confirmed})
    assert {row["about"]["after"]["timezone"] for row in told} == {"Europe/Paris", "Europe/Rome"}
    after = await house.truth(event_id)
    assert (after.bookings, after.claims, after.refunds) == (before.bookings, before.claims, before.refunds)
