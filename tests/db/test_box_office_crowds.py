"""Many at the box office at once, and in several processes: batches, queues, turns, and what one command's trouble costs the others."""

import asyncio
import logging
import random
from collections import Counter

import asyncpg
import pytest

from db import box_office
from db.batches import DUE_MOST
from db.box_office import Limits
from db.identifiers import new_number
from domain.answers import AlreadyBooked, BookingCancelled, BookingPending, DueExpired, PaymentBegun
from domain.bookings import BookingStatus
from domain.commands import ExpireDue
from domain.ids import EventId
from domain.places import Counts
from domain.ports import Outage
from domain.refusals import Busy, EventNotFound, IdempotencyKeyReused, PlacesUnavailable, SeatsUnavailable
from tests.db.events import (
    BOOKED,
    HELD,
    House,
    TierSpec,
    a_house,
    a_layout,
    a_user,
    an_event,
    begin,
    book,
    book_any,
    cancel,
    complete,
    extend,
    key,
    standing,
)
from tests.db.wire import a_wire


async def test_one_key_used_by_twenty_requests_at_once_makes_one_booking(house: House, database_url: str) -> None:
    event_id, ann, idempotency = await an_event(house.pool), a_user(), key()
    async with a_house(database_url) as other:
        offices = [house.office, other.office] * 10

        answers = await asyncio.gather(*(office.submit(book(event_id, ann, 0, 1, idempotency=idempotency)) for office in offices))

    assert Counter(type(answer) for answer in answers) == {BookingPending: 1, AlreadyBooked: 19}
    assert len({answer.booking.id for answer in answers if isinstance(answer, BookingPending | AlreadyBooked)}) == 1
    assert len((await house.truth(event_id)).bookings) == 1


async def test_one_key_used_with_two_inputs_at_once_books_only_one_of_them(house: House) -> None:
    event_id, ann = await an_event(house.pool), a_user()

    answers = await asyncio.gather(
        *(house.office.submit(book(event_id, ann, seat_no, idempotency=key("one key", seat_no))) for seat_no in (0, 1))
    )

    assert [type(answer) for answer in answers] == [BookingPending, IdempotencyKeyReused]


async def test_a_payment_and_a_cancellation_asked_for_twenty_times_at_once_are_made_once(house: House, database_url: str) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0)
    paying, cancelling = key("pay"), key("cancel")
    async with a_house(database_url) as other:
        offices = [house.office, other.office] * 10

        begun = await asyncio.gather(*(office.submit(begin(booking, idempotency=paying)) for office in offices))
        (payment_id,) = {answer.payment.id for answer in begun if isinstance(answer, PaymentBegun)}
        await house.office.submit(complete(payment_id, booking))
        cancelled = await asyncio.gather(*(office.submit(cancel(booking, cancelling)) for office in offices))

    assert {type(answer) for answer in begun} == {PaymentBegun}
    assert {type(answer) for answer in cancelled} == {BookingCancelled}
    assert len({answer.refund for answer in cancelled if isinstance(answer, BookingCancelled)}) == 1
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert (len(truth.payments), len(truth.refunds), len(truth.receipts)) == (1, 1, 2)


async def test_two_hundred_buyers_of_fifty_seats_never_share_one(house: House) -> None:
    event_id, chance = await an_event(house.pool, 50), random.Random(1)
    wishes = [sorted(chance.sample(range(50), chance.randint(1, 4))) for _ in range(200)]

    answers = await asyncio.gather(*(house.office.submit(book(event_id, a_user(), *seats)) for seats in wishes))

    owners = Counter(seat_no for answer in answers if isinstance(answer, BookingPending) for seat_no in answer.booking.seats)
    assert max(owners.values()) == 1
    assert {type(answer) for answer in answers} == {BookingPending, SeatsUnavailable}
    truth = await house.truth(event_id)
    truth.must_be_sound()
    truth.must_be_told_by(house, event_id=event_id)
    assert truth.seats == dict.fromkeys(owners, HELD)


async def test_a_crowd_for_any_seats_fills_the_tier_exactly(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(31), TierSpec(10), standing(20)])

    answers = await asyncio.gather(*(house.office.submit(book_any(event_id, a_user(), 2, tier_no=1 + n % 3)) for n in range(90)))

    assert Counter(type(answer) for answer in answers) == {BookingPending: 15 + 5 + 10, PlacesUnavailable: 60}
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.counts == {1: Counts(available=1, held=30), 2: Counts(held=10), 3: Counts(held=20)}


async def test_commands_that_come_while_a_batch_commits_are_the_next_batch(database_url: str) -> None:
    async with a_house(database_url, limits=Limits(batch_most=20)) as house:
        event_id = await an_event(house.pool, 100)

        await asyncio.gather(*(house.office.submit(book(event_id, a_user(), seat_no)) for seat_no in range(50)))

        assert house.office.served.commands == 50
        assert house.office.served.batches == 3
        assert house.office.served.largest_batch == 20
        assert (await house.truth(event_id)).version == 3


async def test_a_command_that_comes_alone_is_served_at_once(database_url: str) -> None:
    async with a_house(database_url) as house:
        event_id = await an_event(house.pool, 100)
        await house.held(event_id, a_user(), 99)
        loop = asyncio.get_running_loop()
        seconds = []

        for seat_no in range(20):
            start = loop.time()
            await house.held(event_id, a_user(), seat_no)
            seconds.append(loop.time() - start)

        assert house.office.served.largest_batch == 1
        assert min(seconds) < 0.02  # two round trips to a database on this machine, and no timer


async def test_a_full_queue_answers_busy_at_once_and_serves_all_that_it_took(database_url: str) -> None:
    async with a_house(database_url, connections=1, limits=Limits(batch_most=2, queue_most=3)) as house:
        event_id = await an_event(house.pool)
        async with house.pool.acquire():
            taken = [asyncio.create_task(house.office.submit(book(event_id, a_user(), seat_no))) for seat_no in range(3)]
            await asyncio.sleep(0)

            refused = await house.office.submit(book(event_id, a_user(), 4))

            assert refused == Busy(event_id)
            assert not any(task.done() for task in taken)
        assert [type(answer) for answer in await asyncio.gather(*taken)] == [BookingPending] * 3


async def test_a_caller_that_goes_away_takes_nobody_along(database_url: str) -> None:
    async with a_house(database_url, connections=1) as house:
        event_id = await an_event(house.pool)
        async with house.pool.acquire():
            tasks = [asyncio.create_task(house.office.submit(book(event_id, a_user(), seat_no))) for seat_no in range(3)]
            await asyncio.sleep(0)
            tasks[1].cancel()

        answers = await asyncio.gather(*tasks, return_exceptions=True)

        assert [type(answer) for answer in answers] == [BookingPending, asyncio.CancelledError, BookingPending]
        assert (await house.truth(event_id)).seats == {0: HELD, 2: HELD}


async def test_a_caller_that_goes_away_while_its_batch_commits_harms_nothing(house: House) -> None:
    event_id = await an_event(house.pool, 40)

    for seat_no in range(0, 40, 2):
        tasks = [asyncio.create_task(house.office.submit(book(event_id, a_user(), seat_no + n))) for n in range(2)]
        await asyncio.sleep(seat_no * 0.0001)
        tasks[0].cancel()
        assert isinstance(await tasks[1], BookingPending)
        await asyncio.wait(tasks)

    (await house.truth(event_id)).must_be_sound()


async def test_a_command_that_meets_a_bug_costs_only_itself(house: House, caplog: pytest.LogCaptureFixture) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(5), TierSpec(5)])
    await house.pool.execute("UPDATE tier SET available = 0, blocked = 5 WHERE event_id = $1 AND tier_no = 2", event_id)

    with caplog.at_level(logging.CRITICAL, logger=box_office.LOG.name):
        answers = await asyncio.gather(
            *(house.office.submit(book(event_id, a_user(), seat_no)) for seat_no in (0, 5, 1, 6, 2)), return_exceptions=True
        )
    afterwards = await house.office.submit(book(event_id, a_user(), 3))

    assert [type(answer) for answer in answers] == [
        BookingPending,
        asyncpg.CheckViolationError,
        BookingPending,
        asyncpg.CheckViolationError,
        BookingPending,
    ]
    assert isinstance(afterwards, BookingPending)
    truth = await house.truth(event_id)
    assert truth.seats == {0: HELD, 1: HELD, 2: HELD, 3: HELD}
    truth.must_be_told_by(house, event_id=event_id)


async def test_a_batch_that_was_carried_out_before_it_met_a_bug_is_answered_as_it_was(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_house(database_url) as house:
        event_id = await an_event(house.pool, tiers=[TierSpec(5), standing(5)])
        publisher, house.office.publisher = house.office.publisher, Breaking()

        with caplog.at_level(logging.CRITICAL, logger=box_office.LOG.name):
            answers = await asyncio.gather(
                house.office.submit(book(event_id, a_user(), 0)), house.office.submit(book_any(event_id, a_user(), 2, tier_no=2))
            )
        house.office.publisher = publisher

        assert [type(answer) for answer in answers] == [AlreadyBooked, AlreadyBooked]
        truth = await house.truth(event_id)
        truth.must_be_sound()
        assert len(truth.bookings) == 2


class Breaking:
    """A publisher with a bug that shows once."""

    def __init__(self) -> None:
        self.broken = False

    def publish(self, _: object) -> None:
        if not self.broken:
            self.broken = True
            raise RuntimeError("a bug")


async def test_commands_for_an_unknown_event_leave_the_others_alone(house: House) -> None:
    event_id, unknown = await an_event(house.pool), EventId(new_number())

    answers = await asyncio.gather(
        *(house.office.submit(book(asked, a_user(), seat_no)) for seat_no in range(5) for asked in (event_id, unknown))
    )

    assert [type(answer) for answer in answers] == [BookingPending, EventNotFound] * 5


async def test_two_processes_sell_one_event_without_selling_a_seat_twice(house: House, database_url: str) -> None:
    event_id, chance = await an_event(house.pool, tiers=[TierSpec(120), TierSpec(40), standing(60)]), random.Random(2)
    async with a_house(database_url) as other:
        houses = [house, other]

        async def client(number: int) -> None:
            for _ in range(10):
                office, user = houses[number % 2].office, a_user()
                seats = tuple(sorted(chance.sample(range(160), chance.randint(1, 3))))
                command = (
                    book(event_id, user, *seats) if chance.random() < 0.7 else book_any(event_id, user, 2, tier_no=chance.randint(2, 3))
                )
                answer = await office.submit(command)
                if isinstance(answer, BookingPending) and chance.random() < 0.6:
                    elsewhere = chance.choice(houses).office
                    paying = begin(answer.booking)
                    await elsewhere.submit(paying)
                    await office.submit(complete(paying.payment_id, answer.booking))
                elif isinstance(answer, BookingPending) and chance.random() < 0.5:
                    await chance.choice(houses).office.submit(cancel(answer.booking))

        await asyncio.gather(*(client(number) for number in range(40)))

        truth = await house.truth(event_id)
        truth.must_be_sound()
        truth.must_be_told_by(*houses, event_id=event_id)
        assert BOOKED in truth.seats.values()
        assert house.told_of(event_id)
        assert other.told_of(event_id)


RIVAL = """
UPDATE inventory SET version = version + 1
WHERE event_id = (SELECT event_id FROM inventory WHERE event_id = $1 FOR UPDATE SKIP LOCKED)
"""


async def test_a_batch_that_loses_its_event_again_and_again_takes_the_events_row(house: House, database_url: str) -> None:
    event_id = await an_event(house.pool)
    async with a_wire(database_url) as (wire, url), a_house(url, connections=1) as losing:
        wire.before_write = lambda: house.pool.execute(RIVAL, event_id)  # another process is always quicker, unless the row is taken

        answers = await asyncio.gather(*(losing.office.submit(book(event_id, a_user(), seat_no)) for seat_no in range(3)))

        assert [type(answer) for answer in answers] == [BookingPending] * 3
        assert losing.office.served.lost_turns == losing.office.limits.losses_before_lock == 3
        truth = await house.truth(event_id)
        truth.must_be_sound()
        assert truth.version == 4
        assert [change_set.version for change_set in losing.told_of(event_id)] == [4]


async def test_a_new_seating_plan_is_noticed_by_the_next_command(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(5), TierSpec(5, price_minor=4000)])
    before = await house.held(event_id, a_user(), 0)
    await house.pool.execute("UPDATE tier SET capacity = 1, available = 0 WHERE event_id = $1 AND tier_no = 1", event_id)
    await house.pool.execute("UPDATE tier SET capacity = 9, available = 9 WHERE event_id = $1 AND tier_no = 2", event_id)
    await house.pool.execute(
        "UPDATE inventory SET version = version + 1, plan_version = plan_version + 1, tier_starts = '{0, 1}' WHERE event_id = $1", event_id
    )

    after = await house.held(event_id, a_user(), 1)

    assert [line.price_minor for line in (*before.lines, *after.lines)] == [7500, 4000]
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.counts == {1: Counts(held=1), 2: Counts(available=8, held=1)}


async def test_seats_that_an_event_gets_later_can_be_booked(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[standing(5)])
    refused = await house.office.submit(book(event_id, a_user(), 0))
    venue_id = await house.pool.fetchval("SELECT venue_id FROM event WHERE event_id = $1", event_id)
    layout_id = await a_layout(house.pool, venue_id, 3)
    await house.pool.execute("INSERT INTO tier VALUES ($1, 2, 'Stalls', 0, 1000, 3, 3, 0, 0, 0)", event_id)
    await house.pool.execute("UPDATE event SET layout_id = $2 WHERE event_id = $1", event_id, layout_id)
    await house.pool.execute(
        "UPDATE inventory SET version = version + 1, plan_version = 2, tier_starts = '{0}', tier_nos = '{2}' WHERE event_id = $1", event_id
    )

    booking = await house.held(event_id, a_user(), 0)

    assert isinstance(refused, SeatsUnavailable)
    assert booking.seats == (0,)


OVERDUE = """
WITH holds AS (
    INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, extended)
    SELECT $1, 1000 + n, 7, 0, 1, jsonb_build_array(jsonb_build_array(1, 1, 7500, jsonb_build_array(n))), 7500, 'GBP', now(),
        now() - interval '1 minute', false
    FROM generate_series(0, $2::int - 1) AS n
), claims AS (
    INSERT INTO claim (event_id, seat_no, status, booking_id, version)
    SELECT $1, n, 1, 1000 + n, 1 FROM generate_series(0, $2::int - 1) AS n
), tiers AS (
    UPDATE tier SET available = available - $2, held = held + $2 WHERE event_id = $1 AND tier_no = 1
)
UPDATE inventory SET version = 1 WHERE event_id = $1
"""


async def test_more_overdue_holds_than_one_batch_takes_are_all_given_back_before_anybody_is_answered(house: House) -> None:
    overdue = 4 * DUE_MOST + 1
    event_id = await an_event(house.pool, overdue)
    await house.pool.execute(OVERDUE, event_id, overdue)

    answers = await asyncio.gather(house.office.submit(ExpireDue(event_id)), house.office.submit(book(event_id, a_user(), 0, overdue - 1)))

    assert answers[0] == DueExpired()
    assert isinstance(answers[1], BookingPending)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.version == 6
    assert len(truth.of_status(BookingStatus.EXPIRED)) == overdue
    assert [change_set.version for change_set in house.told_of(event_id)] == [2, 3, 4, 5, 6]


async def test_two_processes_give_back_many_overdue_holds_once(house: House, database_url: str) -> None:
    overdue = 3 * DUE_MOST
    event_id = await an_event(house.pool, overdue)
    await house.pool.execute(OVERDUE, event_id, overdue)
    async with a_house(database_url, limits=Limits(losses_before_lock=0)) as other:
        await asyncio.gather(house.office.submit(ExpireDue(event_id)), other.office.submit(ExpireDue(event_id)))

        truth = await house.truth(event_id)
        truth.must_be_sound()
        assert truth.counts == {1: Counts(available=overdue)}
        told = sorted(change_set.version for each in (house, other) for change_set in each.told_of(event_id))
        assert told == list(range(2, truth.version + 1))


async def test_closing_answers_every_command_that_was_taken_and_takes_no_more(database_url: str) -> None:
    async with a_house(database_url, limits=Limits(batch_most=5)) as house:
        events = [await an_event(house.pool, 20) for _ in range(3)]
        tasks = [asyncio.create_task(house.office.submit(book(e, a_user(), seat_no))) for seat_no in range(20) for e in events]
        await asyncio.sleep(0)

        await house.office.close()

        assert [type(task.result()) for task in tasks] == [BookingPending] * 60
        with pytest.raises(Outage, match="closing"):
            await house.office.submit(book(events[0], a_user(), 0))


async def test_an_extension_and_an_expiry_in_one_batch_leave_one_truth(house: House) -> None:
    event_id = await an_event(house.pool)
    ended, running = [await house.held(event_id, a_user(), seat_no) for seat_no in (0, 1)]
    await house.end_hold(ended)

    answers = await asyncio.gather(
        house.office.submit(extend(ended)), house.office.submit(extend(running)), house.office.submit(book(event_id, a_user(), 0))
    )

    assert [type(answer).__name__ for answer in answers] == ["BookingExpired", "BookingExtended", "BookingPending"]
    (await house.truth(event_id)).must_be_sound()
