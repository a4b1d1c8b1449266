"""Reads of bookings and of what belongs to them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from db.identifiers import new_number
from domain.booking_reads import BookingSelection, UserStats
from domain.bookings import Booking, BookingStatus, PaymentStatus, RefundStatus, Ticket, TicketStatus
from domain.commands import FailPayment
from domain.ids import BookingId, EventId, PaymentId, TicketId, UserId
from domain.money import Money
from tests.db.events import PRICE_MINOR, House, TierSpec, a_user, an_event, begin, cancel, complete, standing


async def paid(house: House, event_id: EventId, user_id: UserId, *seats: int) -> Booking:
    """A confirmed booking of some seats."""
    booking = await house.held(event_id, user_id, *seats)
    paying = begin(booking)
    await house.office.submit(paying)
    await house.office.submit(complete(paying.payment_id, booking))
    (found,) = await house.bookings.find_many([booking.id])
    assert found is not None
    return found


async def test_the_clock_is_the_databases(house: House) -> None:
    before = await house.pool.fetchval("SELECT clock_timestamp()")

    assert await house.bookings.now() >= before


async def test_bookings_are_found_in_the_order_asked_whatever_their_event(house: House) -> None:
    first, second = [await an_event(house.pool) for _ in range(2)]
    ann = a_user()
    a, b, c = await house.held(first, ann, 0), await house.held(second, ann, 0), await house.held(first, ann, 1)
    unknown, mixed = BookingId(first, new_number()), BookingId(second, a.id.number)

    found = await house.bookings.find_many([c.id, unknown, b.id, mixed, a.id, c.id])

    assert found == [c, None, b, None, a, c]
    assert await house.bookings.find_many([]) == []


async def test_a_hold_that_has_ended_reads_as_expired_before_anybody_swept_it(house: House) -> None:
    event_id, ann = await an_event(house.pool), a_user()
    ended, running = await house.held(event_id, ann, 0), await house.held(event_id, ann, 1)
    await house.end_hold(ended)

    (found,) = await house.bookings.find_many([ended.id])
    reads = house.bookings

    assert found is not None
    assert found.status is BookingStatus.EXPIRED
    assert await house.status_of(ended) is BookingStatus.PENDING
    assert [b.id for b in await reads.bookings(BookingSelection(user_id=ann, status=BookingStatus.EXPIRED), most=10)] == [ended.id]
    assert [b.id for b in await reads.bookings(BookingSelection(user_id=ann, status=BookingStatus.PENDING), most=10)] == [running.id]
    asked = [BookingSelection(user_id=ann, status=status) for status in (None, BookingStatus.PENDING, BookingStatus.EXPIRED)]
    assert [await reads.count(selection) for selection in asked] == [2, 1, 1]


async def test_a_users_bookings_come_newest_first_in_pages_without_gap_or_repeat_though_times_are_equal(house: House) -> None:
    ann, ben = a_user(), a_user()
    events = [await an_event(house.pool, 20) for _ in range(2)]
    made = [await house.held(events[n % 2], ann, n) for n in range(11)]
    await house.held(events[0], ben, 19)
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n // 4) for n in range(11)]
    for booking, moment in zip(made, moments, strict=True):
        await house.pool.execute("UPDATE booking SET created_at = $2 WHERE booking_id = $1", booking.id.number, moment)
    expected = sorted(zip(moments, (booking.id.number for booking in made), strict=True), reverse=True)

    for most in (1, 3, 4, 11, 50):
        pages: list[list[Booking]] = [[]]
        after = None
        while page := await house.bookings.bookings(BookingSelection(user_id=ann), most=most, after=after):
            pages.append(page)
            after = page[-1].created_at, page[-1].id.number
        assert [(booking.created_at, booking.id.number) for page in pages for booking in page] == expected
        assert all(len(page) <= most for page in pages)


async def test_a_profile_counts_confirmed_bookings_and_what_was_spent_by_currency(house: House) -> None:
    ann = a_user()
    london = await an_event(house.pool)
    another = await an_event(house.pool, tiers=[TierSpec(5, price_minor=1000)])
    paris = await an_event(house.pool, tiers=[TierSpec(5, price_minor=4000)], currency="EUR")
    over = await an_event(house.pool, tiers=[TierSpec(5, price_minor=500)])
    await paid(house, london, ann, 0, 1)
    await paid(house, london, ann, 2)
    await paid(house, another, ann, 0)
    await paid(house, paris, ann, 0)
    await paid(house, over, ann, 0)
    given_back = await paid(house, paris, ann, 1)
    await house.office.submit(cancel(given_back))
    await house.held(paris, ann, 2)
    await house.pool.execute("UPDATE event SET starts_at = now() - interval '1 hour' WHERE event_id = $1", over)

    stats = await house.bookings.stats_of_user(ann)

    assert stats == UserStats(bookings=5, upcoming_events=3, spent=(Money(4000, "EUR"), Money(3 * PRICE_MINOR + 1500, "GBP")))


async def test_a_profile_of_somebody_who_never_booked_is_empty(house: House) -> None:
    assert await house.bookings.stats_of_user(a_user()) == UserStats(bookings=0, upcoming_events=0, spent=())


async def test_what_belongs_to_bookings_is_read_for_many_at_once(house: House) -> None:
    event_id, ann = await an_event(house.pool, tiers=[TierSpec(5), standing(5)]), a_user()
    held = await house.held(event_id, ann, 4)
    confirmed = await paid(house, event_id, ann, 0, 1)
    cancelled = await paid(house, event_id, ann, 2)
    cancelling = cancel(cancelled)
    await house.office.submit(cancelling)
    ids = [cancelled.id, held.id, confirmed.id]

    tickets, payments, refunds = (
        await house.bookings.tickets_many(ids),
        await house.bookings.payments_many(ids),
        await house.bookings.refunds_many(ids),
    )

    assert tickets == [
        [Ticket(TicketId.of(cancelled.id, 1), 1, 2, PRICE_MINOR, TicketStatus.CANCELLED)],
        [],
        [Ticket(TicketId.of(confirmed.id, n + 1), 1, n, PRICE_MINOR) for n in range(2)],
    ]
    assert [[payment.booking_id for payment in found] for found in payments] == [[cancelled.id], [], [confirmed.id]]
    assert [[refund.id for refund in found] for found in refunds] == [[cancelling.refund_id], [], []]
    assert refunds[0][0].payment_id == payments[0][0].id
    assert refunds[0][0].amount == Money(PRICE_MINOR, "GBP")
    assert refunds[0][0].status is RefundStatus.PENDING


async def test_a_payment_is_found_by_its_id(house: House) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0)
    paying = begin(booking)
    await house.office.submit(paying)
    await house.office.submit(FailPayment(booking.id, paying.payment_id, "card_declined"))

    payment = await house.bookings.payment(paying.payment_id)

    assert payment is not None
    assert (payment.booking_id, payment.user_id, payment.amount) == (booking.id, booking.user_id, booking.total)
    assert (payment.status, payment.failure) == (PaymentStatus.FAILED, "card_declined")
    assert payment.processed_at is not None
    assert await house.bookings.payment(PaymentId(event_id, new_number())) is None


async def test_money_on_its_way_is_found_oldest_first_and_only_when_it_is_old_enough(fresh_house: House) -> None:
    house = fresh_house
    event_id, ann = await an_event(house.pool), a_user()
    waiting = [await house.held(event_id, ann, seat_no) for seat_no in range(2)]
    for booking in reversed(waiting):
        await house.office.submit(begin(booking))
    done = await paid(house, event_id, ann, 3)
    await house.office.submit(cancel(done))

    now, later = await house.bookings.open_payments(0, 10), await house.bookings.open_payments(60, 10)
    refunds = await house.bookings.open_refunds(0, 10)

    assert [booking.id for _, booking in now] == [booking.id for booking in reversed(waiting)]
    assert all(payment.booking_id == booking.id for payment, booking in now)
    assert [len(found) for found in (later, await house.bookings.open_payments(0, 1))] == [0, 1]
    ((refund, payment),) = refunds
    (whole,) = (await house.bookings.payments_many([done.id]))[0]
    assert (refund.booking_id, refund.payment_id) == (done.id, payment.id)
    assert payment == replace(whole, processed_at=None)
