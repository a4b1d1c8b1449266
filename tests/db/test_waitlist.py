"""The waitlist in PostgreSQL: its rows, its races between processes, and commits whose outcome nobody was told."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db import box_office
from db.errands import ErrandRunner, add_errand
from db.identifiers import new_number
from db.waitlist import PostgresWaitlist
from domain.answers import BookingPending, OfferAccepted, WaitlistJoined, WaitlistLeft
from domain.bookings import Booking, BookingStatus, IdempotencyKey
from domain.callers import Caller
from domain.commands import BlockSeats, CancelBooking, ExpireDue, FailPayment, UnblockSeats
from domain.errands import ErrandKind
from domain.ids import EntryId, EventId, RefundId, UserId
from domain.inventory import EventStatus
from domain.refusals import EventNotOnSale, IdempotencyKeyReused, SeatsUnavailable, TicketLimitReached
from domain.waitlist import EntryStatus, SkipReason, WaitlistEntry
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist
from domain.waitlist_refusals import AlreadyWaiting, EntryNotActive, EntryNotFound, OfferNotOpen, PlacesAvailable
from tests.db.events import House, TierSpec, a_caller, a_house, a_user, an_event, begin, book, book_any, cancel, key, standing
from tests.db.wire import Cut, a_wire

WAITING, OFFERED, ACCEPTED, DECLINED, EXPIRED, LEFT = EntryStatus


def join(
    event_id: EventId,
    user_id: UserId,
    quantity: int = 1,
    *,
    tier_no: int | None = None,
    together: bool = True,
    idempotency: IdempotencyKey | None = None,
) -> JoinWaitlist:
    return JoinWaitlist(EntryId(event_id, new_number()), user_id, tier_no, quantity, together, idempotency=idempotency)


async def waits(house: House, event_id: EventId, quantity: int = 1, **wants: Any) -> WaitlistEntry:
    """Somebody's new place in a queue."""
    answer = await house.office.submit(join(event_id, a_user(), quantity, **wants))
    assert isinstance(answer, WaitlistJoined), answer
    return answer.entry


async def stored(house: House, *entries: WaitlistEntry) -> list[WaitlistEntry | None]:
    return await PostgresWaitlist(house.pool).find_many([entry.id for entry in entries])


async def statuses(house: House, *entries: WaitlistEntry) -> list[EntryStatus]:
    return [entry.status for entry in await stored(house, *entries) if entry is not None]


async def offer_of(house: House, entry: WaitlistEntry) -> Booking:
    found = (await house.bookings.find_many([entry.booking_id]))[0]
    assert found is not None
    return found


async def must_count_right(house: House, event_id: EventId) -> None:
    """`inventory.waiting` is the number of active rows, every open offer is a pending booking, and all else is sound."""
    row = await house.pool.fetchrow(
        """SELECT inventory.waiting,
            (SELECT count(*) FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND status IN (0, 1)) AS active,
            (SELECT count(*) FROM waitlist_entry JOIN booking ON booking.event_id = $1 AND booking_id = entry_id
                WHERE waitlist_entry.event_id = $1 AND waitlist_entry.status = 1 AND booking.status = 0) AS held,
            (SELECT count(*) FROM waitlist_entry WHERE waitlist_entry.event_id = $1 AND status = 1) AS offered
        FROM inventory WHERE inventory.event_id = $1""",
        event_id,
    )
    assert row is not None
    assert (row["waiting"], row["held"]) == (row["active"], row["offered"])
    (await house.truth(event_id)).must_be_sound()


def by(entry: WaitlistEntry) -> Caller:
    return a_caller(entry.user_id)


async def test_joining_and_leaving_is_written_down_and_counted(house: House) -> None:
    event_id = await an_event(house.pool, 2)
    await house.held(event_id, a_user(), 0, 1)

    entry = await waits(house, event_id, 2, tier_no=1, together=False)
    assert await stored(house, entry) == [entry]
    assert await PostgresWaitlist(house.pool).lengths_many([event_id]) == [1]

    left = await house.office.submit(LeaveWaitlist(entry.id, by(entry)))
    assert isinstance(left, WaitlistLeft)
    assert await stored(house, entry) == [left.entry]
    assert await PostgresWaitlist(house.pool).lengths_many([event_id]) == [0]
    assert await house.office.submit(LeaveWaitlist(entry.id, by(entry))) == left
    assert [change_set.waitlist_changed for change_set in house.told_of(event_id)] == [False, True, True]


async def test_what_becomes_free_is_offered_in_the_commit_that_freed_it(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 2)
    booking = await house.held(event_id, a_user(), 0, 1)
    first, second = await waits(house, event_id, 2), await waits(other_house, event_id, 2)
    before = (await house.truth(event_id)).version

    cancelled, sniper = await asyncio.gather(house.office.submit(cancel(booking)), house.office.submit(book(event_id, a_user(), 0)))

    assert not isinstance(sniper, BookingPending)
    assert isinstance(sniper, SeatsUnavailable)
    assert (await house.truth(event_id)).version == before + 1
    assert await statuses(house, first, second) == [OFFERED, WAITING]
    offer = await offer_of(house, first)
    assert (offer.user_id, offer.seats, offer.status) == (first.user_id, (0, 1), BookingStatus.PENDING)
    [entry] = await stored(house, first)
    assert entry is not None
    assert entry.offer_expires_at == offer.expires_at == offer.created_at + house.office.policy.offer
    assert cancelled.booking.status is BookingStatus.CANCELLED  # type: ignore[union-attr]
    await must_count_right(house, event_id)


async def test_an_offer_that_ends_goes_on_to_the_next_and_then_is_booked(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, 1)
    booking = await house.held(event_id, a_user(), 0)
    first, second = await waits(house, event_id), await waits(house, event_id)
    await house.office.submit(cancel(booking))

    await house.end_hold(await offer_of(house, first))
    await house.pool.execute("UPDATE waitlist_entry SET offer_expires_at = now() WHERE event_id = $1 AND status = 1", event_id)
    assert await statuses(house, first) == [EXPIRED], "it is not shown as open until somebody has written down that it is over"
    await other_house.office.submit(ExpireDue(event_id))
    assert await statuses(house, first, second) == [EXPIRED, OFFERED]

    late = await house.office.submit(AcceptOffer(first.id, by(first)))
    accepted = await house.office.submit(AcceptOffer(second.id, by(second)))
    again = await other_house.office.submit(AcceptOffer(second.id, by(second)))
    declined = await house.office.submit(DeclineOffer(second.id, by(second)))

    assert late == OfferNotOpen(first.id, EXPIRED)
    assert isinstance(accepted, OfferAccepted)
    assert isinstance(again, OfferAccepted)
    assert (again.entry, again.booking) == (accepted.entry, accepted.booking)
    assert declined == OfferNotOpen(second.id, ACCEPTED)
    assert await house.office.submit(LeaveWaitlist(second.id, by(second))) == EntryNotActive(second.id, ACCEPTED)
    assert await PostgresWaitlist(house.pool).lengths_many([event_id]) == [0]
    await must_count_right(house, event_id)


async def test_every_way_in_which_places_come_back_serves_the_queue(house: House) -> None:
    event_id = await an_event(house.pool, 5)
    seats = [await house.held(event_id, a_user(), seat_no) for seat_no in range(3)]
    await house.office.submit(BlockSeats(event_id, (3,)))
    pair = await house.held(event_id, a_user(), 4)
    queue = [await waits(house, event_id) for _ in range(5)]

    await house.office.submit(cancel(seats[0]))
    assert await statuses(house, *queue) == [OFFERED, WAITING, WAITING, WAITING, WAITING]
    await house.end_hold(seats[1])
    await house.office.submit(ExpireDue(event_id))
    assert await statuses(house, *queue) == [OFFERED, OFFERED, WAITING, WAITING, WAITING]
    paying = begin(seats[2], fails_booking=True)
    await house.office.submit(paying)
    await house.office.submit(FailPayment(paying.booking_id, paying.payment_id, "card_declined"))
    assert await statuses(house, *queue) == [OFFERED, OFFERED, OFFERED, WAITING, WAITING]
    await house.office.submit(UnblockSeats(event_id, (3,)))
    assert await statuses(house, *queue) == [OFFERED, OFFERED, OFFERED, OFFERED, WAITING]
    await house.office.submit(LeaveWaitlist(queue[0].id, by(queue[0])))
    assert await statuses(house, *queue) == [LEFT, OFFERED, OFFERED, OFFERED, OFFERED]
    assert (await house.status_of(pair)) is BookingStatus.PENDING
    await must_count_right(house, event_id)


async def test_a_part_of_a_booking_that_is_given_back_is_offered(house: House) -> None:
    event_id = await an_event(house.pool, 3)
    booking = await house.held(event_id, a_user(), 0, 1, 2)
    entry = await waits(house, event_id)

    await house.office.submit(CancelBooking(booking.id, RefundId(event_id, new_number()), a_caller(booking.user_id), key(), seats=(1,)))

    assert (await offer_of(house, entry)).seats == (1,)
    await must_count_right(house, event_id)


async def test_a_group_is_passed_over_with_the_reason_and_served_when_there_is_enough(house: House) -> None:
    event_id = await an_event(house.pool, 5)
    seats = [await house.held(event_id, a_user(), seat_no) for seat_no in range(5)]
    three, two, one = [await waits(house, event_id, quantity) for quantity in (3, 2, 1)]

    await house.office.submit(cancel(seats[4]))
    assert [(e.status, e.skips, e.skip_reason) for e in await stored(house, three, two, one) if e] == [
        (WAITING, 1, SkipReason.NOT_ENOUGH_PLACES),
        (WAITING, 1, SkipReason.NOT_ENOUGH_PLACES),
        (OFFERED, 0, None),
    ]
    loose = await waits(house, event_id, 2, together=False)
    await house.office.submit(cancel(seats[0]))
    await house.office.submit(cancel(seats[2]))
    assert [(e.status, e.skips, e.skip_reason) for e in await stored(house, three, two, loose) if e] == [
        (WAITING, 2, SkipReason.NOT_ENOUGH_PLACES),
        (WAITING, 2, SkipReason.NOT_TOGETHER),
        (OFFERED, 0, None),
    ]
    await must_count_right(house, event_id)


async def test_nobody_is_offered_more_than_the_event_lets_one_user_have(house: House) -> None:
    event_id, rich = await an_event(house.pool, tiers=[TierSpec(1), standing(2)], ticket_limit=2), a_user()
    room = [await house.office.submit(book_any(event_id, a_user(), 1, tier_no=2)) for _ in range(2)]
    assert isinstance(room[0], BookingPending)
    assert await house.office.submit(join(event_id, room[0].booking.user_id, 2, tier_no=2)) == TicketLimitReached(2, 1)
    waiting = await house.office.submit(join(event_id, rich, 2, tier_no=2))
    assert isinstance(waiting, WaitlistJoined)
    poor = await waits(house, event_id, 2, tier_no=2)
    await house.held(event_id, rich, 0)

    for pending in room:
        assert isinstance(pending, BookingPending)
        await house.office.submit(cancel(pending.booking))

    [passed, served] = await stored(house, waiting.entry, poor)
    assert passed is not None
    assert served is not None
    assert (passed.status, passed.skip_reason, served.status) == (WAITING, SkipReason.TICKET_LIMIT, OFFERED)
    await must_count_right(house, event_id)


async def test_one_has_one_place_in_a_queue_and_none_where_nobody_must_wait(house: House, other_house: House) -> None:
    event_id, user_id = await an_event(house.pool, 1), a_user()
    assert await house.office.submit(join(event_id, user_id)) == PlacesAvailable(event_id, 1)
    await house.held(event_id, a_user(), 0)

    answers = await asyncio.gather(*(a_house.office.submit(join(event_id, user_id)) for a_house in (house, other_house) for _ in range(5)))

    [joined] = [answer for answer in answers if isinstance(answer, WaitlistJoined)]
    assert [answer for answer in answers if answer != joined] == [AlreadyWaiting(joined.entry.id)] * 9
    await must_count_right(house, event_id)


async def test_a_key_joins_once_and_anothers_entry_is_not_there(house: House, other_house: House) -> None:
    event_id, user_id, idempotency = await an_event(house.pool, 1), a_user(), key("join")
    await house.held(event_id, a_user(), 0)

    first, second = [await h.office.submit(join(event_id, user_id, idempotency=idempotency)) for h in (house, other_house)]

    assert isinstance(first, WaitlistJoined)
    assert isinstance(second, WaitlistJoined)
    assert second.entry == first.entry
    other_use = await house.office.submit(join(event_id, user_id, 1, idempotency=key("join", "something else")))
    assert other_use == IdempotencyKeyReused("join")
    stranger = a_caller(a_user())
    for kind in (LeaveWaitlist, AcceptOffer, DeclineOffer):
        assert await house.office.submit(kind(first.entry.id, stranger)) == EntryNotFound(first.entry.id)


async def test_nothing_is_offered_once_sales_have_ended(house: House) -> None:
    event_id = await an_event(house.pool, 1)
    booking = await house.held(event_id, a_user(), 0)
    entry = await waits(house, event_id)
    await house.pool.execute("UPDATE event SET off_sale_at = now() + interval '1 minute' WHERE event_id = $1", event_id)
    await house.office.submit(cancel(booking))
    offer = await offer_of(house, entry)
    assert offer.expires_at - offer.created_at <= timedelta(minutes=1), "an offer does not outlive the sale"

    await house.pool.execute("UPDATE event SET off_sale_at = now() WHERE event_id = $1", event_id)
    next_entry = join(event_id, a_user())
    assert isinstance(await house.office.submit(next_entry), EventNotOnSale)
    await house.office.submit(DeclineOffer(entry.id, by(entry)))

    assert await statuses(house, entry) == [DECLINED]
    assert (await house.truth(event_id)).counts[1].available == 1


async def test_an_event_that_is_cancelled_ends_its_queue(fresh_house: House) -> None:
    house = fresh_house
    event_id = await an_event(house.pool, 2)
    booking = await house.held(event_id, a_user(), 0)
    await house.held(event_id, a_user(), 1)
    queue = [await waits(house, event_id) for _ in range(4)]
    await house.office.submit(cancel(booking))
    async with house.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE event SET status = $2 WHERE event_id = $1", event_id, EventStatus.CANCELLED)
        await add_errand(connection, event_id, ErrandKind.CANCEL_BOOKINGS, {"reason": "rain"}, datetime.now(UTC))

    await ErrandRunner(house.pool, house.office).run_all()

    assert not set(await statuses(house, *queue)) & {WAITING, OFFERED}
    assert await PostgresWaitlist(house.pool).lengths_many([event_id]) == [0]
    await must_count_right(house, event_id)


async def test_nobody_books_past_those_who_wait_whichever_process_they_ask(house: House, other_house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(6), standing(4)])
    seats = [await house.held(event_id, a_user(), seat_no) for seat_no in range(6)]
    room = await house.office.submit(book_any(event_id, a_user(), 4, tier_no=2))
    assert isinstance(room, BookingPending)
    queue = [await waits(house, event_id, tier_no=tier_no) for tier_no in (1, 2) * 10]
    stopped = asyncio.Event()
    sniped: list[BookingPending] = []

    async def snipes(a_house: House, number: int) -> None:
        while not stopped.is_set():
            wanted = book(event_id, a_user(), number % 6) if number % 3 else book_any(event_id, a_user(), 1, tier_no=2)
            answer = await a_house.office.submit(wanted)
            if isinstance(answer, BookingPending):
                sniped.append(answer)

    snipers = [asyncio.create_task(snipes(each, number)) for each in (house, other_house) for number in range(8)]
    for number, booking in enumerate([*seats, room.booking]):
        await (house, other_house)[number % 2].office.submit(cancel(booking))
        await asyncio.sleep(0.02)
    offered = [entry for entry, status in zip(queue, await statuses(house, *queue), strict=True) if status is OFFERED]
    for number, entry in enumerate(offered[:5]):
        await (house, other_house)[number % 2].office.submit(DeclineOffer(entry.id, by(entry)))
        await asyncio.sleep(0.02)
    stopped.set()
    await asyncio.gather(*snipers)

    assert len(offered) == 10
    assert sniped == [], "somebody got a place that another had waited for"
    assert (await statuses(house, *queue)).count(WAITING) == 5
    await must_count_right(house, event_id)


@pytest.mark.parametrize("cut", [[Cut.BEFORE], [Cut.AFTER], [Cut.BEFORE, Cut.AFTER]], ids=lambda cut: " ".join(c.name for c in cut))
@pytest.mark.parametrize("keyed", [True, False])
async def test_what_is_asked_is_done_once_though_the_writes_outcome_is_unknown(
    database_url: str, house: House, cut: list[Cut], keyed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger=box_office.LOG.name)
    event_id = await an_event(house.pool, 2)
    bookings = [await house.held(event_id, a_user(), seat_no) for seat_no in (0, 1)]

    async with a_wire(database_url) as (wire, url), a_house(url, connections=2) as cut_off:

        async def asked(command: Any) -> Any:
            wire.cuts = list(cut)
            answer = await cut_off.office.submit(command)
            assert wire.cuts == []
            return answer

        joined = [await asked(join(event_id, a_user(), idempotency=key() if keyed else None)) for _ in range(3)]
        first, second, third = [answer.entry for answer in joined]
        for booking in bookings:
            await asked(cancel(booking))
        accepted = await asked(AcceptOffer(first.id, by(first)))
        declined = await asked(DeclineOffer(second.id, by(second)))

    assert isinstance(accepted, OfferAccepted)
    assert isinstance(declined, WaitlistLeft)
    assert await statuses(house, first, second, third) == [ACCEPTED, DECLINED, OFFERED]
    assert (await house.truth(event_id)).version == 2 + 3 + 2 + 2
    await must_count_right(house, event_id)


async def test_who_waits_is_told_where_they_stand_among_those_who_want_the_same(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(4), standing(2)])
    booking = await house.held(event_id, a_user(), 0, 1, 2, 3)
    await house.office.submit(book_any(event_id, a_user(), 2, tier_no=2))
    wants: list[tuple[int | None, int]] = [(1, 1), (2, 2), (None, 2), (1, 2), (2, 1), (None, 1)]
    queue = [await waits(house, event_id, quantity, tier_no=tier_no) for tier_no, quantity in wants]
    reads = PostgresWaitlist(house.pool)

    standings = [standing for standing in await reads.standings_many([entry.id for entry in queue]) if standing]

    assert [standing.position for standing in standings] == [1, 1, 3, 3, 3, 6]
    assert [standing.places_ahead for standing in standings] == [0, 0, 3, 3, 4, 8]
    assert {standing.wait for standing in standings} == {None}, "nothing was offered yet"

    await house.pool.execute("UPDATE waitlist_entry SET joined_at = joined_at - interval '2 hours' WHERE event_id = $1", event_id)
    await house.office.submit(cancel(booking))  # offers 1 to the first, 2 to the third; 1 is left, which nobody but the last wants
    after = [standing for standing in await reads.standings_many([entry.id for entry in queue]) if standing]

    assert [standing.position for standing in after] == [None, 1, None, 1, 2, None]
    assert [standing.wait for standing in after if standing.wait] == [timedelta(minutes=m) for m in (81, 61, 121)], (
        "a moment of the third hour has passed"
    )
    assert await reads.standings_many([EntryId(event_id, 1)]) == [None]
