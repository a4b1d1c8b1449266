"""Seats held in one round trip, on what a process knows of an event: only where the database finds all of that to be so."""

import asyncio
from typing import Any

import pytest

from db.identifiers import new_number
from db.standings import Standings
from domain.answers import AlreadyBooked, BookingPending, WaitlistJoined
from domain.bookings import BookingStatus
from domain.ids import EntryId, EventId
from domain.refusals import EventNotOnSale, IdempotencyKeyReused, SeatsUnavailable, TicketLimitReached
from domain.waitlist_commands import JoinWaitlist
from tests.db.events import House, TierSpec, a_user, an_event, book, cancel, key


async def known(house: House, seats: int = 10, **facts: Any) -> EventId:
    """An event of which the process has just sold the first seat."""
    event_id = await an_event(house.pool, seats, **facts)
    await house.held(event_id, a_user(), 0)
    return event_id


async def test_seats_of_an_event_just_sold_are_held_at_once(house: House) -> None:
    event_id, ann = await known(house, tiers=[TierSpec(3, price_minor=900), TierSpec(5, price_minor=700)]), a_user()
    before = house.office.served.at_once

    booking = await house.held(event_id, ann, 2, 3)

    assert house.office.served.at_once == before + 1
    assert booking.total.minor == 1600
    row = await house.pool.fetchrow("SELECT * FROM booking WHERE event_id = $1 AND booking_id = $2", event_id, booking.id.number)
    assert row is not None
    assert (row["created_at"], row["expires_at"], row["total_minor"]) == (booking.created_at, booking.expires_at, 1600)
    assert booking.expires_at - booking.created_at == house.office.policy.hold
    (await house.truth(event_id)).must_be_sound()
    (await house.truth(event_id)).must_be_told_by(house, event_id=event_id)


async def test_nothing_is_held_at_once_of_an_event_that_was_not_sold_before(house: House) -> None:
    before, event_id = house.office.served.at_once, await an_event(house.pool)

    await house.held(event_id, a_user(), 0)

    assert house.office.served.at_once == before


@pytest.mark.parametrize(
    ("change", "answered"),
    [
        ("UPDATE event SET status = 2 WHERE event_id = $1", EventNotOnSale),
        ("UPDATE event SET off_sale_at = now() WHERE event_id = $1", EventNotOnSale),
        ("UPDATE event SET on_sale_at = now() + interval '1 minute' WHERE event_id = $1", EventNotOnSale),
        ("INSERT INTO claim VALUES ($1, 4, 3, NULL, 1)", SeatsUnavailable),
    ],
)
async def test_what_a_process_has_not_heard_of_is_seen_before_anything_is_held(house: House, change: str, answered: type) -> None:
    event_id, before = await known(house), house.office.served.at_once

    await house.pool.execute(change, event_id)
    answer = await house.office.submit(book(event_id, a_user(), 4))

    assert isinstance(answer, answered)
    assert house.office.served.at_once == before


async def test_a_price_that_a_process_has_not_heard_of_is_the_one_that_counts(house: House) -> None:
    event_id = await known(house)

    await house.pool.execute("UPDATE tier SET price_minor = 9900 WHERE event_id = $1", event_id)
    booking = await house.held(event_id, a_user(), 1)

    assert booking.total.minor == 9900


async def test_a_policy_that_a_process_has_not_heard_of_is_the_one_that_counts(house: House) -> None:
    event_id = await known(house)

    await house.pool.execute("UPDATE event SET refund_steps = '[[60, 50]]' WHERE event_id = $1", event_id)
    first, second = await house.held(event_id, a_user(), 1), await house.held(event_id, a_user(), 2)

    assert first.cancellation == second.cancellation
    assert first.cancellation is not None
    assert first.cancellation.stored() == [[60, 50]]


async def test_a_seat_that_another_process_has_sold_is_not_sold_again(house: House, other_house: House) -> None:
    event_id = await known(house)
    await other_house.held(event_id, a_user(), 1)

    answer = await house.office.submit(book(event_id, a_user(), 1))

    assert isinstance(answer, SeatsUnavailable)
    (await house.truth(event_id)).must_be_sound()


async def test_a_user_gets_no_more_at_once_than_one_may_have(house: House) -> None:
    event_id, ann = await known(house, ticket_limit=3), a_user()
    before = house.office.served.at_once
    await house.held(event_id, ann, 1, 2)

    answers = [await house.office.submit(book(event_id, ann, *seats)) for seats in ((3, 4), (3,))]

    assert answers[0] == TicketLimitReached(3, 2)
    assert isinstance(answers[1], BookingPending)
    assert house.office.served.at_once > before


async def test_a_key_is_known_though_nothing_was_loaded(house: House) -> None:
    event_id, ann = await known(house), a_user()
    first, other = key(), key()
    before = house.office.served.at_once
    made = await house.office.submit(book(event_id, ann, 1, idempotency=first))
    assert house.office.served.at_once == before + 1
    assert isinstance(made, BookingPending)

    again = await house.office.submit(book(event_id, ann, 1, idempotency=first))
    await house.office.submit(cancel(made.booking, other))
    elsewhere = await house.office.submit(book(event_id, ann, 2, idempotency=other))

    assert again == AlreadyBooked(made.booking)
    assert isinstance(elsewhere, IdempotencyKeyReused)


async def test_a_hold_that_has_ended_is_given_back_though_nobody_asks_for_its_seat(house: House) -> None:
    event_id = await known(house)
    ended = await house.held(event_id, a_user(), 1)
    await house.end_hold(ended)

    await house.held(event_id, a_user(), 2)

    assert await house.status_of(ended) is BookingStatus.EXPIRED


async def test_nobody_takes_at_once_what_others_wait_for(house: House, other_house: House) -> None:
    event_id = await known(house, 3)
    last = await other_house.held(event_id, a_user(), 1, 2)
    waits = JoinWaitlist(EntryId(event_id, new_number()), a_user(), None, 1, together=False)
    assert isinstance(await other_house.office.submit(waits), WaitlistJoined)
    await other_house.office.submit(cancel(last))

    answer = await house.office.submit(book(event_id, a_user(), 1))

    assert isinstance(answer, SeatsUnavailable)
    (await house.truth(event_id)).must_be_sound()


async def test_two_processes_that_hold_at_once_sell_no_seat_twice(house: House, other_house: House) -> None:
    event_id = await known(house, 60)

    async def buy(office_of: House, seat_no: int) -> object:
        await asyncio.sleep(seat_no / 500)
        return await office_of.office.submit(book(event_id, a_user(), seat_no))

    answers = await asyncio.gather(*(buy(one, seat_no) for seat_no in range(1, 60) for one in (house, other_house)))

    assert sum(isinstance(answer, BookingPending) for answer in answers) == 59
    assert sum(isinstance(answer, SeatsUnavailable) for answer in answers) == 59
    truth = await house.truth(event_id)
    truth.must_be_sound()
    truth.must_be_told_by(house, other_house, event_id=event_id)


async def test_what_was_not_so_is_not_believed_again_for_a_while(house: House) -> None:
    event_id, standings = await known(house), Standings(doubt_seconds=2.0)
    kept = house.office._standings.of(event_id, 0.0)
    assert kept is not None
    standings._known[event_id] = kept
    assert standings.of(event_id, 10.0) == kept

    standings.doubt(event_id, 10.0)
    standings._known[event_id] = kept

    assert standings.of(event_id, 11.9) is None
    assert standings.of(event_id, 12.0) == kept
