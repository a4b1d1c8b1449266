"""One user at the box office: what each command answers, and every row it leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.identifiers import new_number
from domain.answers import (
    AlreadyBooked,
    BookingCancelled,
    BookingConfirmed,
    BookingExtended,
    BookingPending,
    DueExpired,
    PaymentBegun,
    PaymentDeclined,
    PaymentTooLate,
    RefundCompleted,
    SeatsBlocked,
    SeatsUnblocked,
)
from domain.bookings import BookingStatus, PaymentStatus, RefundStatus, TicketStatus
from domain.commands import BlockSeats, CompleteRefund, ExpireDue, FailPayment, UnblockSeats
from domain.ids import BookingId, EventId
from domain.inventory import EventStatus
from domain.places import Counts
from domain.refusals import (
    AlreadyExtended,
    BookingExpired,
    BookingNotFound,
    CancellationWindowExpired,
    EventNotFound,
    EventNotOnSale,
    EventSoldOut,
    IdempotencyKeyReused,
    NotOnSaleReason,
    PlacesUnavailable,
    SeatsUnavailable,
    TicketLimitReached,
    UnavailableSeat,
)
from tests.db.events import (
    AVAILABLE,
    BLOCKED,
    BOOKED,
    HELD,
    PRICE_MINOR,
    House,
    TierSpec,
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


async def test_a_booking_holds_its_seats_until_it_expires(house: House) -> None:
    event_id, ann = await an_event(house.pool, 10), a_user()

    pending = await house.office.submit(book(event_id, ann, 3, 4))

    assert isinstance(pending, BookingPending)
    booking = pending.booking
    assert booking.expires_at - booking.created_at == timedelta(minutes=5)
    truth = await house.truth(event_id)
    assert truth.version == 1
    assert truth.claims == {3: (HELD, booking.id.number, 1), 4: (HELD, booking.id.number, 1)}
    assert truth.counts == {1: Counts(available=8, held=2)}
    assert [(b["booking_id"], b["user_id"], b["quantity"], b["total_minor"], b["lines"]) for b in truth.bookings] == [
        (booking.id.number, ann, 2, 2 * PRICE_MINOR, [[1, 2, PRICE_MINOR, [3, 4]]])
    ]
    assert await house.bookings.find_many([booking.id]) == [booking]


async def test_a_paid_booking_has_a_ticket_for_each_seat(house: House) -> None:
    event_id, ann = await an_event(house.pool, tiers=[TierSpec(5), TierSpec(5, price_minor=4000)]), a_user()
    booking = await house.held(event_id, ann, 4, 5)
    paying = begin(booking)

    begun = await house.office.submit(paying)
    confirmed = await house.office.submit(complete(paying.payment_id, booking))

    assert isinstance(begun, PaymentBegun)
    assert begun.booking.expires_at == booking.expires_at + timedelta(minutes=5)
    assert isinstance(confirmed, BookingConfirmed)
    assert confirmed.booking.status is BookingStatus.CONFIRMED
    assert confirmed.payment is not None
    assert confirmed.payment.amount.minor == PRICE_MINOR + 4000
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.seats == {4: BOOKED, 5: BOOKED}
    assert truth.counts == {1: Counts(available=4, booked=1), 2: Counts(available=4, booked=1)}
    assert [(t["ticket_no"], t["tier_no"], t["seat_no"], t["price_minor"]) for t in truth.tickets] == [
        (1, 1, 4, PRICE_MINOR),
        (2, 2, 5, 4000),
    ]
    assert [(p["status"], p["provider_reference"], p["amount_minor"]) for p in truth.payments] == [
        (PaymentStatus.SUCCEEDED, "ch_1", PRICE_MINOR + 4000)
    ]
    assert [(r["idempotency_key"], r["made"]) for r in truth.receipts] == [(paying.idempotency.key, paying.payment_id.number)]


async def test_a_cancelled_booking_gives_back_seats_tickets_and_money(house: House) -> None:
    event_id, ann = await an_event(house.pool), a_user()
    booking = await house.held(event_id, ann, 0, 1)
    paying, cancelling = begin(booking), cancel(booking)
    await house.office.submit(paying)
    await house.office.submit(complete(paying.payment_id, booking))

    cancelled = await house.office.submit(cancelling)
    given_back = await house.office.submit(CompleteRefund(booking.id, cancelling.refund_id, "re_1"))

    assert isinstance(cancelled, BookingCancelled)
    assert cancelled.refund is not None
    assert cancelled.refund.amount.minor == 2 * PRICE_MINOR
    assert isinstance(given_back, RefundCompleted)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.counts == {1: Counts(available=10)}
    assert {claim[:2] for claim in truth.claims.values()} == {(AVAILABLE, None)}
    assert [t["status"] for t in truth.tickets] == [TicketStatus.CANCELLED] * 2
    assert [(r["payment_id"], r["amount_minor"], r["status"], r["provider_reference"]) for r in truth.refunds] == [
        (paying.payment_id.number, 2 * PRICE_MINOR, RefundStatus.SUCCEEDED, "re_1")
    ]


async def test_a_pending_booking_can_be_cancelled_and_owes_nothing(house: House) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0)

    cancelled = await house.office.submit(cancel(booking))

    assert isinstance(cancelled, BookingCancelled)
    assert cancelled.refund is None
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert not truth.refunds
    assert not truth.seats


async def test_a_confirmed_booking_cannot_be_cancelled_within_a_day_of_the_start(house: House) -> None:
    event_id = await an_event(house.pool, starts_in=timedelta(hours=23))
    booking = await house.held(event_id, a_user(), 0)
    paying = begin(booking)
    await house.office.submit(paying)
    await house.office.submit(complete(paying.payment_id, booking))

    refused = await house.office.submit(cancel(booking))

    assert isinstance(refused, CancellationWindowExpired)
    assert await house.status_of(booking) is BookingStatus.CONFIRMED


async def test_a_booking_can_be_extended_once(house: House) -> None:
    booking = await house.held(await an_event(house.pool), a_user(), 0)

    first, second = await house.office.submit(extend(booking)), await house.office.submit(extend(booking))

    assert isinstance(first, BookingExtended)
    assert first.booking.expires_at == booking.expires_at + timedelta(minutes=5)
    assert second == AlreadyExtended(booking.id, first.booking.expires_at)
    assert await house.bookings.find_many([booking.id]) == [first.booking]


async def test_a_declined_payment_keeps_the_seats_for_another_try(house: House) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0)
    first, second = begin(booking), begin(booking)
    await house.office.submit(first)

    declined = await house.office.submit(FailPayment(booking.id, first.payment_id, "card_declined"))
    await house.office.submit(second)
    confirmed = await house.office.submit(complete(second.payment_id, booking))

    assert isinstance(declined, PaymentDeclined)
    assert declined.booking.status is BookingStatus.PENDING
    assert isinstance(confirmed, BookingConfirmed)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert sorted((p["status"], p["failure"]) for p in truth.payments) == [
        (PaymentStatus.SUCCEEDED, None),
        (PaymentStatus.FAILED, "card_declined"),
    ]


async def test_a_declined_payment_ends_a_booking_that_was_to_be_paid_at_once(house: House) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0)
    paying = begin(booking, fails_booking=True)
    await house.office.submit(paying)

    declined = await house.office.submit(FailPayment(booking.id, paying.payment_id, "insufficient_funds"))

    assert isinstance(declined, PaymentDeclined)
    assert await house.status_of(booking) is BookingStatus.FAILED
    (await house.truth(event_id)).must_be_sound()


async def test_a_booking_that_costs_nothing_is_confirmed_without_a_payment(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(5, price_minor=0)])
    booking = await house.held(event_id, a_user(), 0)
    paying = begin(booking)

    first, again = await house.office.submit(paying), await house.office.submit(paying)

    assert isinstance(first, BookingConfirmed)
    assert isinstance(again, BookingConfirmed)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert len(truth.tickets) == 1
    assert not truth.payments


async def test_a_seat_is_free_the_moment_its_hold_ends(house: House) -> None:
    event_id, ann, ben = await an_event(house.pool, 2), a_user(), a_user()
    anns = await house.held(event_id, ann, 0, 1)
    await house.end_hold(anns)

    bens = await house.office.submit(book(event_id, ben, 1))

    assert isinstance(bens, BookingPending)
    assert await house.status_of(anns) is BookingStatus.EXPIRED
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.seats == {1: HELD}
    told = house.told_of(event_id)[-1]
    assert told.seats == ((0, AVAILABLE), (1, HELD))
    assert set(told.bookings) == {(anns.id.number, BookingStatus.EXPIRED), (bens.booking.id.number, BookingStatus.PENDING)}


async def test_a_hold_that_ended_cannot_be_paid_for(house: House) -> None:
    booking = await house.held(await an_event(house.pool), a_user(), 0)
    await house.end_hold(booking)

    answers = [await house.office.submit(begin(booking)), await house.office.submit(extend(booking))]

    assert [type(answer) for answer in answers] == [BookingExpired, BookingExpired]


async def test_a_charge_after_the_hold_ended_gets_the_same_seats_again_if_all_are_free(house: House) -> None:
    event_id, ann = await an_event(house.pool, ticket_limit=2), a_user()
    booking = await house.held(event_id, ann, 0, 1)
    paying = begin(booking)
    await house.office.submit(paying)
    await house.end_hold(booking)
    await house.office.submit(ExpireDue(event_id))

    confirmed = await house.office.submit(complete(paying.payment_id, booking))

    assert isinstance(confirmed, BookingConfirmed)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.seats == {0: BOOKED, 1: BOOKED}


async def test_a_charge_after_somebody_else_took_a_seat_is_owed_back(house: House) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0, 1)
    paying = begin(booking)
    await house.office.submit(paying)
    await house.end_hold(booking)
    await house.held(event_id, a_user(), 1)

    first, again = (
        await house.office.submit(complete(paying.payment_id, booking)),
        await house.office.submit(complete(paying.payment_id, booking)),
    )

    assert isinstance(first, PaymentTooLate)
    assert isinstance(again, PaymentTooLate)
    assert again.refund == first.refund
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert [refund["amount_minor"] for refund in truth.refunds] == [2 * PRICE_MINOR]


async def test_blocked_seats_are_off_sale_until_they_are_unblocked(house: House) -> None:
    event_id = await an_event(house.pool, 4)
    await house.held(event_id, a_user(), 3)

    blocked = await house.office.submit(BlockSeats(event_id, (0, 1)))
    refused = await house.office.submit(book(event_id, a_user(), 0, 2))
    also_held = await house.office.submit(BlockSeats(event_id, (2, 3)))
    counts = (await house.truth(event_id)).counts
    unblocked = await house.office.submit(UnblockSeats(event_id, (1,)))

    assert blocked == SeatsBlocked((0, 1))
    assert refused == SeatsUnavailable((UnavailableSeat(0, BLOCKED),))
    assert also_held == SeatsUnavailable((UnavailableSeat(3, HELD),))
    assert counts == {1: Counts(available=1, held=1, blocked=2)}
    assert unblocked == SeatsUnblocked((1,))
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.seats == {0: BLOCKED, 3: HELD}


async def test_asking_for_nothing_but_expiry_changes_nothing_when_no_hold_has_ended(house: House) -> None:
    event_id = await an_event(house.pool)
    await house.held(event_id, a_user(), 0)

    answer = await house.office.submit(ExpireDue(event_id))

    assert answer == DueExpired()
    assert (await house.truth(event_id)).version == 1


async def test_a_refused_command_moves_no_version_and_tells_nobody(house: House) -> None:
    event_id = await an_event(house.pool)
    await house.held(event_id, a_user(), 0)

    refused = await house.office.submit(book(event_id, a_user(), 0, 1, 99))

    assert refused == SeatsUnavailable((UnavailableSeat(0, HELD), UnavailableSeat(99, None)))
    truth = await house.truth(event_id)
    assert truth.version == 1
    assert len(truth.bookings) == 1
    assert len(house.told_of(event_id)) == 1


async def test_a_user_has_no_more_places_than_the_events_limit(house: House) -> None:
    event_id, ann = await an_event(house.pool, ticket_limit=3), a_user()
    booking = await house.held(event_id, ann, 0, 1)

    refused = await house.office.submit(book(event_id, ann, 2, 3))
    await house.end_hold(booking)
    allowed = await house.office.submit(book(event_id, ann, 2, 3))

    assert refused == TicketLimitReached(limit=3, taken=2)
    assert isinstance(allowed, BookingPending)


async def test_any_seats_of_a_tier_fill_it_from_the_front_and_exactly(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(7), TierSpec(5)])
    await house.held(event_id, a_user(), 1, 8)

    first = await house.office.submit(book_any(event_id, a_user(), 3, tier_no=1))
    too_many = await house.office.submit(book_any(event_id, a_user(), 4, tier_no=1))
    rest = await house.office.submit(book_any(event_id, a_user(), 3, tier_no=1))
    none = await house.office.submit(book_any(event_id, a_user(), 1, tier_no=1))

    assert isinstance(first, BookingPending)
    assert first.booking.seats == (0, 2, 3)
    assert too_many == PlacesUnavailable(tier_no=1, asked=4, available=3)
    assert isinstance(rest, BookingPending)
    assert rest.booking.seats == (4, 5, 6)
    assert none == PlacesUnavailable(tier_no=1, asked=1, available=0)
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.counts == {1: Counts(held=7), 2: Counts(available=4, held=1)}


async def test_standing_places_are_counted_and_have_no_seats(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[standing(5)])

    pending = await house.office.submit(book_any(event_id, a_user(), 4))
    refused = await house.office.submit(book_any(event_id, a_user(), 2))
    last = await house.office.submit(book_any(event_id, a_user(), 1))
    sold_out = await house.office.submit(book_any(event_id, a_user(), 1))

    assert isinstance(pending, BookingPending)
    assert refused == PlacesUnavailable(tier_no=1, asked=2, available=1)
    assert isinstance(last, BookingPending)
    assert sold_out == EventSoldOut(event_id)
    paying = begin(pending.booking)
    await house.office.submit(paying)
    await house.office.submit(complete(paying.payment_id, pending.booking))
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.counts == {1: Counts(held=1, booked=4)}
    assert not truth.claims
    assert [ticket["seat_no"] for ticket in truth.tickets] == [None] * 4


async def test_a_named_seat_cannot_be_had_where_places_are_not_numbered(house: House) -> None:
    event_id = await an_event(house.pool, tiers=[standing(5)])

    refused = await house.office.submit(book(event_id, a_user(), 0))

    assert refused == SeatsUnavailable((UnavailableSeat(0, None),))


@pytest.mark.parametrize("places", ["seat", "any"])
async def test_an_event_that_does_not_exist_is_not_found(house: House, places: str) -> None:
    event_id = EventId(new_number())

    answer = await house.office.submit(book(event_id, a_user(), 0) if places == "seat" else book_any(event_id, a_user(), 1))

    assert answer == EventNotFound(event_id)


async def test_a_draft_is_not_found(house: House) -> None:
    event_id = await an_event(house.pool, status=EventStatus.DRAFT)

    assert await house.office.submit(book(event_id, a_user(), 0)) == EventNotFound(event_id)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"status": EventStatus.CANCELLED}, NotOnSaleReason.CANCELLED),
        ({"on_sale_in": timedelta(hours=1)}, NotOnSaleReason.NOT_YET),
        ({"starts_in": timedelta(seconds=-1)}, NotOnSaleReason.ENDED),
    ],
)
async def test_an_event_sells_only_in_its_time(house: House, facts: dict[str, object], reason: NotOnSaleReason) -> None:
    event_id = await an_event(house.pool, **facts)  # type: ignore[arg-type]

    refused = await house.office.submit(book(event_id, a_user(), 0))

    assert isinstance(refused, EventNotOnSale)
    assert refused.reason is reason


async def test_a_booking_is_found_by_its_owner_alone(house: House) -> None:
    booking = await house.held(await an_event(house.pool), a_user(), 0)
    nobodys = BookingId(booking.id.event_id, new_number())

    answers = [await house.office.submit(cancel(other)) for other in (replace(booking, user_id=a_user()), replace(booking, id=nobodys))]

    assert answers == [BookingNotFound(booking.id), BookingNotFound(nobodys)]


async def test_the_same_key_and_input_is_answered_with_the_same_booking(house: House) -> None:
    event_id, ann, idempotency = await an_event(house.pool), a_user(), key()

    first = await house.office.submit(book(event_id, ann, 0, idempotency=idempotency))
    again = await house.office.submit(book(event_id, ann, 0, idempotency=idempotency))

    assert isinstance(first, BookingPending)
    assert again == AlreadyBooked(first.booking)


async def test_a_key_that_meant_something_else_is_refused_whichever_command_used_it(house: House) -> None:
    event_id, ann = await an_event(house.pool), a_user()
    booking = await house.held(event_id, ann, 0)
    extending = key("extending", "extend")
    booking_one = key("booking", "seat 1")
    await house.office.submit(extend(booking, extending))
    await house.office.submit(book(event_id, ann, 1, idempotency=booking_one))
    before = await house.truth(event_id)

    answers = [
        await house.office.submit(book(event_id, ann, 2, idempotency=key("booking", "seat 2"))),
        await house.office.submit(book(event_id, ann, 2, idempotency=key("extending", "seat 2"))),
        await house.office.submit(extend(booking, key("booking", "extend"))),
        await house.office.submit(cancel(booking, key("extending", "cancel"))),
        await house.office.submit(begin(booking, idempotency=key("extending", "pay"))),
    ]

    assert answers == [IdempotencyKeyReused(name) for name in ("booking", "extending", "booking", "extending", "extending")]
    assert await house.truth(event_id) == before


async def test_another_users_key_of_the_same_name_is_another_key(house: House) -> None:
    event_id, idempotency = await an_event(house.pool), key("mine")

    answers = [await house.office.submit(book(event_id, a_user(), seat_no, idempotency=idempotency)) for seat_no in (0, 1)]

    assert [type(answer) for answer in answers] == [BookingPending, BookingPending]


async def test_every_command_that_was_carried_out_is_answered_the_same_again(house: House) -> None:
    event_id = await an_event(house.pool)
    booking = await house.held(event_id, a_user(), 0)
    extending, paying, cancelling = extend(booking), begin(booking), cancel(booking)

    extended = [await house.office.submit(extending) for _ in range(2)]
    begun = [await house.office.submit(paying) for _ in range(2)]
    completing = complete(paying.payment_id, booking)
    confirmed = [await house.office.submit(completing) for _ in range(2)]
    cancelled = [await house.office.submit(cancelling) for _ in range(2)]

    assert [a.booking.expires_at for a in extended if isinstance(a, BookingExtended)] == [booking.expires_at + timedelta(minutes=5)] * 2
    assert [a.payment.id for a in begun if isinstance(a, PaymentBegun)] == [paying.payment_id] * 2
    assert [a.booking.status for a in confirmed if isinstance(a, BookingConfirmed)] == [BookingStatus.CONFIRMED] * 2
    assert [a.refund.id for a in cancelled if isinstance(a, BookingCancelled) and a.refund] == [cancelling.refund_id] * 2
    truth = await house.truth(event_id)
    truth.must_be_sound()
    assert truth.version == 5
    assert [len(rows) for rows in (truth.bookings, truth.payments, truth.refunds, truth.receipts, truth.tickets)] == [1, 1, 1, 3, 1]
