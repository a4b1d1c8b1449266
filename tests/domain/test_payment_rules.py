"""The rules of paying: whatever is told in whatever order, a booking ends confirmed and charged once, or not confirmed and given back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.answers import Answer, BookingConfirmed, PaymentBegun, PaymentDeclined, PaymentTooLate, RefundCompleted, RefundFailed
from domain.bookings import BookingStatus, PaymentStatus, Receipt, RefundStatus, Ticket
from domain.commands import Command, FailRefund
from domain.decide import decide, decide_batch
from domain.ids import TicketId
from domain.inventory import EventStatus, Inventory, Seat
from domain.money import Money
from domain.places import Counts
from domain.refusals import (
    AlreadyExtended,
    BookingExpired,
    BookingNotFound,
    BookingNotPending,
    EventNotOnSale,
    IdempotencyKeyReused,
    NotOnSaleReason,
    PaymentFailed,
    PaymentInProgress,
    PaymentNotFound,
    PaymentRequired,
    Refusal,
)
from tests.domain.builders import (
    BOOKED,
    HOLD_ENDS,
    MINUTE,
    MOMENT,
    OFF_SALE,
    ON_SALE,
    POLICY,
    SECOND,
    STALLS,
    STALLS_MINOR,
    a_booking,
    a_booking_id,
    a_key,
    a_payment,
    a_payment_id,
    a_refund,
    a_refund_id,
    a_sale,
    a_user,
    an_admin,
    an_inventory,
    begin,
    block,
    book,
    book_any,
    cancel,
    charged,
    declined,
    extend,
    given_back,
)

ID, OTHER_ID = a_booking_id(1), a_booking_id(2)
BEGUN = begin("ann", ID, id=a_payment_id(11), key=a_key("K", "pay"))
BEGUN_AT_ONCE = replace(BEGUN, fails_booking=True)
REFUND_ID = a_refund_id(21)
LATER = ON_SALE + SECOND
EXTENDED_ENDS = HOLD_ENDS + POLICY.extension
PAID = a_booking(ID, status=BookingStatus.CONFIRMED, extended=True, confirmed_at=LATER)
EXPIRED = a_booking(ID, status=BookingStatus.EXPIRED, extended=True)


def held(*commands: Command, seats: int = 2, price_minor: int = STALLS_MINOR, ticket_limit: int | None = None) -> Inventory:
    """An inventory where ann holds seat 0, once some commands were decided too."""
    inventory = an_inventory(seats, floor=4, price_minor=price_minor, ticket_limit=ticket_limit)
    decide_batch(inventory, [book("ann", 0, id=ID), *commands], ON_SALE)
    return inventory


def lapsed(*commands: Command, ticket_limit: int | None = None) -> Inventory:
    """An inventory where ann's hold on seat 0 ended while she was paying, once some commands were decided then."""
    inventory = held(BEGUN, ticket_limit=ticket_limit)
    decide_batch(inventory, commands, EXTENDED_ENDS)
    return inventory


def told(inventory: Inventory, *commands: Command) -> list[Answer | Refusal]:
    """What commands of one batch are answered a second later."""
    return decide_batch(inventory, commands, LATER)


# Beginning


def test_a_payment_is_written_down_and_the_hold_is_extended() -> None:
    answer = decide(held(), BEGUN, LATER)

    assert answer == PaymentBegun(
        a_booking(ID, extended=True), a_payment(BEGUN, created_at=LATER), Receipt(a_user("ann"), a_key("K", "pay"), ID, made=11)
    )
    assert isinstance(answer, PaymentBegun)
    assert answer.booking.expires_at == HOLD_ENDS + timedelta(minutes=5)


def test_a_hold_that_was_extended_already_is_not_extended_again() -> None:
    answer = decide(held(extend("ann", ID)), BEGUN, LATER)

    assert isinstance(answer, PaymentBegun)
    assert answer.booking == a_booking(ID, extended=True)


def test_a_second_try_after_a_declined_charge_does_not_extend_the_hold_again() -> None:
    first, second = begin("ann", ID), begin("ann", ID)

    answer = decide(held(first, declined(first)), second, LATER)

    assert isinstance(answer, PaymentBegun)
    assert answer.booking.expires_at == EXTENDED_ENDS


def test_beginning_to_pay_leaves_no_extension_to_ask_for() -> None:
    assert decide(held(BEGUN), extend("ann", ID), LATER) == AlreadyExtended(ID, EXTENDED_ENDS)


def test_an_admin_pays_for_a_user_under_their_own_key() -> None:
    begun = begin(an_admin(), ID, key=a_key("K"))

    answer = decide(held(), begun, ON_SALE)

    receipt = Receipt(an_admin().user_id, a_key("K"), ID, made=begun.payment_id.number)
    assert answer == PaymentBegun(a_booking(ID, extended=True), a_payment(begun, user="ann"), receipt)


def test_a_booking_that_costs_nothing_is_confirmed_at_once() -> None:
    inventory = held(price_minor=0)
    before = inventory.bookings[ID.number]

    (answer,) = told(inventory, BEGUN)

    after = replace(before, status=BookingStatus.CONFIRMED, confirmed_at=LATER)
    assert answer == BookingConfirmed(after, None, Receipt(a_user("ann"), a_key("K", "pay"), ID), before=before)
    assert told(inventory, BEGUN) == [BookingConfirmed(after, None)]
    assert inventory.payments == {}
    assert inventory.tickets_of(ID.number) == [Ticket(TicketId.of(ID, 1), STALLS, 0, 0)]


@pytest.mark.parametrize(
    ("inventory", "now", "answer"),
    [
        pytest.param(held(), HOLD_ENDS, BookingExpired(ID, HOLD_ENDS), id="expired, to the moment"),
        pytest.param(held(cancel("ann", ID)), ON_SALE, BookingNotPending(ID, BookingStatus.CANCELLED), id="cancelled"),
        pytest.param(held(BEGUN, charged(BEGUN, 0)), ON_SALE, BookingNotPending(ID, BookingStatus.CONFIRMED), id="paid for"),
        pytest.param(held(BEGUN_AT_ONCE, declined(BEGUN)), ON_SALE, BookingNotPending(ID, BookingStatus.FAILED), id="failed"),
        pytest.param(held(BEGUN), ON_SALE, PaymentInProgress(ID, a_payment_id(11)), id="being paid for"),
    ],
)
def test_a_booking_that_cannot_be_paid_for(inventory: Inventory, now: datetime, answer: Refusal) -> None:
    assert decide_batch(inventory, [begin("ann", ID)], now) == [answer]


def test_a_hold_can_be_paid_for_until_its_last_moment() -> None:
    (answer,) = decide_batch(held(), [BEGUN], HOLD_ENDS - MOMENT)

    assert isinstance(answer, PaymentBegun)


def test_a_cancelled_event_takes_no_more_money() -> None:
    inventory = held()
    inventory.sale = a_sale(status=EventStatus.CANCELLED)

    assert told(inventory, BEGUN) == [EventNotOnSale(NotOnSaleReason.CANCELLED, ON_SALE, OFF_SALE)]


def test_beginning_is_refused_in_order_of_precedence() -> None:
    inventory = held(BEGUN, book("ann", 1, key=a_key("booked")))
    inventory.sale = a_sale(status=EventStatus.CANCELLED)

    assert told(inventory, begin("ben", ID, key=a_key("K"))) == [BookingNotFound(ID)]
    assert told(inventory, begin("ann", ID, key=a_key("K"))) == [IdempotencyKeyReused("K")]
    assert told(inventory, begin("ann", ID, key=a_key("booked", "pay"))) == [IdempotencyKeyReused("booked")]
    assert told(inventory, begin("ann", ID)) == [EventNotOnSale(NotOnSaleReason.CANCELLED, ON_SALE, OFF_SALE)]
    inventory.sale = a_sale()
    assert told(inventory, begin("ann", ID)) == [PaymentInProgress(ID, a_payment_id(11))]
    assert decide_batch(inventory, [begin("ann", ID)], EXTENDED_ENDS) == [BookingExpired(ID, EXTENDED_ENDS)]
    inventory.sale = a_sale(status=EventStatus.CANCELLED)
    assert decide_batch(inventory, [begin("ann", ID)], EXTENDED_ENDS) == [BookingExpired(ID, EXTENDED_ENDS)]


def test_what_costs_something_is_not_confirmed_without_saying_how_to_pay() -> None:
    unsaid = replace(BEGUN, method=None)
    inventory = held()

    assert told(inventory, unsaid) == [PaymentRequired(ID, Money(STALLS_MINOR, "GBP"))]
    assert inventory.payments == {}
    assert isinstance(told(held(price_minor=0), unsaid)[0], BookingConfirmed)
    assert told(held(BEGUN), replace(unsaid, idempotency=a_key())) == [PaymentInProgress(ID, a_payment_id(11))]
    assert isinstance(told(held(BEGUN), unsaid)[0], PaymentBegun), "a repeat is answered with what became of the first"


# Beginning again under the same key


AGAIN = replace(BEGUN, payment_id=a_payment_id(12))


def test_a_payment_under_way_is_answered_and_not_begun_again() -> None:
    inventory = held(BEGUN)

    assert told(inventory, AGAIN) == [PaymentBegun(a_booking(ID, extended=True), a_payment(BEGUN), None)]
    assert list(inventory.payments) == [11]


def test_a_payment_that_succeeded_is_answered_with_the_confirmed_booking() -> None:
    inventory = held(BEGUN)

    assert told(inventory, charged(BEGUN, 0), AGAIN)[1] == BookingConfirmed(PAID, a_payment(BEGUN, succeeded_at=LATER))


def test_a_payment_that_succeeded_is_answered_with_its_booking_although_that_was_cancelled_since() -> None:
    inventory = held(BEGUN)

    *_, answer = told(inventory, charged(BEGUN, 0), cancel("ann", ID), AGAIN)

    cancelled = replace(PAID, status=BookingStatus.CANCELLED, cancelled_at=LATER)
    assert answer == BookingConfirmed(cancelled, a_payment(BEGUN, succeeded_at=LATER))


def test_a_payment_that_came_too_late_is_answered_so_and_not_as_confirmed() -> None:
    inventory = held(BEGUN)

    first, again = told(inventory, cancel("ann", ID), charged(BEGUN, 0, refund_id=REFUND_ID), AGAIN)[1:]

    cancelled = a_booking(ID, status=BookingStatus.CANCELLED, extended=True, cancelled_at=LATER)
    assert first == again == PaymentTooLate(cancelled, a_payment(BEGUN, succeeded_at=LATER), a_refund(REFUND_ID, BEGUN, created_at=LATER))


def test_a_declined_payment_is_answered_with_how_long_the_places_stay_held() -> None:
    assert told(held(BEGUN, declined(BEGUN)), AGAIN) == [PaymentFailed(ID, "card_declined", EXTENDED_ENDS)]
    assert told(held(BEGUN_AT_ONCE, declined(BEGUN)), AGAIN) == [PaymentFailed(ID, "card_declined", None)]


# Charged


def test_a_charge_confirms_the_booking_and_makes_its_tickets() -> None:
    inventory = held(BEGUN)

    (answer,) = told(inventory, charged(BEGUN, 0))

    assert answer == BookingConfirmed(PAID, a_payment(BEGUN, succeeded_at=LATER), before=a_booking(ID, extended=True))
    assert inventory.tickets_of(ID.number) == [Ticket(TicketId.of(ID, 1), STALLS, 0, STALLS_MINOR)]
    assert inventory.seat(0).status is BOOKED


def test_a_charge_told_twice_changes_nothing_the_second_time() -> None:
    inventory = held(BEGUN)

    _, again = told(inventory, charged(BEGUN, 0), replace(charged(BEGUN, 0), provider_reference="another"))

    assert again == BookingConfirmed(PAID, a_payment(BEGUN, succeeded_at=LATER))
    assert len(inventory.changed.tickets) == 1
    assert inventory.refunds == {}


def test_a_charge_that_comes_too_late_gets_the_same_places_again_if_they_are_free() -> None:
    inventory = lapsed()

    (answer,) = decide_batch(inventory, [charged(BEGUN, 0)], EXTENDED_ENDS + MINUTE)

    late = EXTENDED_ENDS + MINUTE
    assert answer == BookingConfirmed(replace(PAID, confirmed_at=late), a_payment(BEGUN, succeeded_at=late), before=EXPIRED)
    assert inventory.seat(0) == Seat(BOOKED, ID.number)
    assert inventory.tiers[STALLS].counts == Counts(available=1, booked=1)


def test_a_charge_that_comes_too_late_gets_standing_places_again_if_there_are_enough() -> None:
    enough, too_few = (an_inventory(floor=4) for _ in range(2))
    for inventory in (enough, too_few):
        decide_batch(inventory, [book_any("ann", 3, id=ID), BEGUN], ON_SALE)
    decide_batch(enough, [book_any("ben", 1)], EXTENDED_ENDS)
    decide_batch(too_few, [book_any("ben", 2)], EXTENDED_ENDS)

    assert isinstance(decide(enough, charged(BEGUN), EXTENDED_ENDS), BookingConfirmed)
    assert isinstance(decide(too_few, charged(BEGUN), EXTENDED_ENDS), PaymentTooLate)


def too_late(inventory: Inventory, *seats: int) -> PaymentTooLate | None:
    """What a charge is answered that came when the hold had ended, if it is that the money goes back."""
    (answer,) = decide_batch(inventory, [charged(BEGUN, *seats, refund_id=REFUND_ID)], EXTENDED_ENDS)
    return answer if isinstance(answer, PaymentTooLate) else None


OWED = PaymentTooLate(EXPIRED, a_payment(BEGUN, succeeded_at=EXTENDED_ENDS), a_refund(REFUND_ID, BEGUN, created_at=EXTENDED_ENDS))


@pytest.mark.parametrize("taken", [book("ben", 0), block(0)])
def test_a_charge_that_comes_when_the_places_are_gone_is_owed_back(taken: Command) -> None:
    inventory = lapsed(taken)

    assert too_late(inventory, 0) == OWED
    assert inventory.bookings[ID.number] == EXPIRED


def test_a_late_charge_for_an_event_that_no_longer_sells_is_owed_back() -> None:
    cancelled, over = lapsed(), lapsed()
    cancelled.sale = a_sale(status=EventStatus.CANCELLED)
    over.sale = a_sale(off_sale_at=EXTENDED_ENDS)

    assert too_late(cancelled, 0) == OWED
    assert too_late(over, 0) == OWED


def test_a_late_charge_for_more_than_a_user_may_have_is_owed_back() -> None:
    assert too_late(lapsed(book_any("ann", 1), ticket_limit=2), 0) is None
    assert too_late(lapsed(book_any("ann", 2), ticket_limit=2), 0) == OWED


def test_a_late_charge_takes_no_place_it_cannot_see() -> None:
    nobody_said_whose = replace(charged(BEGUN, 0), user_id=None)

    assert too_late(lapsed()) == OWED
    assert isinstance(decide(lapsed(ticket_limit=2), nobody_said_whose, EXTENDED_ENDS), PaymentTooLate)
    assert isinstance(decide(lapsed(), nobody_said_whose, EXTENDED_ENDS), BookingConfirmed)


def test_a_late_charge_told_twice_is_owed_back_once() -> None:
    inventory = lapsed(book("ben", 0))

    first = too_late(inventory, 0)
    (again,) = decide_batch(inventory, [charged(BEGUN, 0)], EXTENDED_ENDS + MINUTE)

    assert first == again == OWED
    assert list(inventory.refunds) == [REFUND_ID.number]


@pytest.mark.parametrize("end", [cancel("ann", ID), declined(BEGUN)])
def test_a_charge_for_a_booking_that_was_ended_on_purpose_is_owed_back_although_its_places_are_free(end: Command) -> None:
    inventory = held(BEGUN_AT_ONCE, end)

    (answer,) = told(inventory, charged(BEGUN, 0))

    assert isinstance(answer, PaymentTooLate)
    assert inventory.payments[11].status is PaymentStatus.SUCCEEDED


def test_a_charge_for_a_booking_that_still_waits_but_whose_event_was_cancelled_is_owed_back() -> None:
    inventory = held(BEGUN)
    inventory.sale = a_sale(status=EventStatus.CANCELLED)

    first, again, declined_since = told(inventory, charged(BEGUN, 0, refund_id=REFUND_ID), charged(BEGUN, 0), declined(BEGUN))

    waiting = a_booking(ID, extended=True)
    owed = PaymentTooLate(waiting, a_payment(BEGUN, succeeded_at=LATER), a_refund(REFUND_ID, BEGUN, created_at=LATER))
    assert first == again == declined_since == owed
    assert inventory.bookings[ID.number] == waiting
    assert list(inventory.refunds) == [REFUND_ID.number]


def test_of_two_charges_for_one_booking_one_is_owed_back() -> None:
    first, second = begin("ann", ID), begin("ann", ID)
    inventory = held(first, declined(first), second)

    confirmed, owed = told(inventory, charged(first, 0), charged(second, 0, refund_id=REFUND_ID))

    assert isinstance(confirmed, BookingConfirmed)
    assert owed == PaymentTooLate(PAID, a_payment(second, succeeded_at=LATER), a_refund(REFUND_ID, second, created_at=LATER))


# Declined


def test_a_declined_charge_leaves_the_places_held_for_another_try() -> None:
    inventory = held(BEGUN)

    (answer,) = told(inventory, declined(BEGUN))

    assert answer == PaymentDeclined(a_booking(ID, extended=True), a_payment(BEGUN, failed_at=LATER))
    assert isinstance(decide(inventory, begin("ann", ID), LATER), PaymentBegun)


def test_a_declined_charge_ends_a_booking_that_was_to_be_paid_at_once() -> None:
    inventory = held(BEGUN_AT_ONCE)

    (answer,) = told(inventory, declined(BEGUN))

    failed = a_booking(ID, status=BookingStatus.FAILED, extended=True)
    assert answer == PaymentDeclined(failed, a_payment(BEGUN_AT_ONCE, failed_at=LATER), released=True)
    assert inventory.seat(0) == Seat()
    assert inventory.tiers[STALLS].counts == Counts(available=2)


@pytest.mark.parametrize("begun", [BEGUN, BEGUN_AT_ONCE])
def test_a_decline_told_twice_changes_nothing_the_second_time(begun: Command) -> None:
    inventory = held(begun)

    first, again = told(inventory, declined(BEGUN), declined(BEGUN, "another_reason"))

    assert isinstance(first, PaymentDeclined)
    assert again == replace(first, released=False)


def test_a_decline_after_the_hold_has_ended_only_tells_of_the_charge() -> None:
    inventory = lapsed(book("ben", 0))

    (answer,) = decide_batch(inventory, [declined(BEGUN)], EXTENDED_ENDS)

    assert answer == PaymentDeclined(EXPIRED, a_payment(BEGUN, failed_at=EXTENDED_ENDS))
    assert inventory.seat(0).booking_no != ID.number


def test_a_decline_after_a_success_is_not_believed() -> None:
    inventory = held(BEGUN_AT_ONCE)

    _, answer = told(inventory, charged(BEGUN, 0), declined(BEGUN))

    assert answer == BookingConfirmed(PAID, a_payment(BEGUN_AT_ONCE, succeeded_at=LATER))


def test_a_decline_after_a_success_that_came_too_late_is_answered_with_the_refund() -> None:
    inventory = lapsed(book("ben", 0))

    assert too_late(inventory, 0) == OWED
    assert decide_batch(inventory, [declined(BEGUN)], EXTENDED_ENDS) == [OWED]


def test_a_success_after_a_decline_is_believed() -> None:
    inventory = held(BEGUN)

    _, answer = told(inventory, declined(BEGUN), charged(BEGUN, 0))

    assert answer == BookingConfirmed(PAID, a_payment(BEGUN, succeeded_at=LATER), before=a_booking(ID, extended=True))


# What gateways cannot mean


def test_an_outcome_that_is_told_before_the_payment_was_begun_is_not_known() -> None:
    inventory = held()

    assert told(inventory, charged(BEGUN, 0), declined(BEGUN)) == [PaymentNotFound(a_payment_id(11))] * 2


def test_an_outcome_for_a_booking_that_is_not_there_is_not_known() -> None:
    assert told(an_inventory(floor=1), charged(BEGUN), declined(BEGUN)) == [PaymentNotFound(a_payment_id(11))] * 2


def test_an_outcome_for_another_booking_than_was_paid_for_is_not_known() -> None:
    inventory = held(BEGUN, book("ben", 1, id=OTHER_ID), seats=3)
    for_another = replace(BEGUN, booking_id=OTHER_ID)

    assert told(inventory, charged(for_another, 1), declined(for_another)) == [PaymentNotFound(a_payment_id(11))] * 2
    assert inventory.bookings[OTHER_ID.number].status is BookingStatus.PENDING


# Given back


def test_a_refund_is_completed_once() -> None:
    inventory = held(BEGUN, charged(BEGUN, 0), cancel("ann", ID, id=REFUND_ID))
    done = a_refund(REFUND_ID, BEGUN, given_back_at=LATER)

    assert told(inventory, given_back(ID, REFUND_ID)) == [RefundCompleted(done)]
    assert decide_batch(inventory, [replace(given_back(ID, REFUND_ID), provider_reference="another")], LATER + SECOND) == [
        RefundCompleted(done)
    ]


def test_a_refund_that_failed_can_still_be_completed() -> None:
    inventory = held(BEGUN, charged(BEGUN, 0), cancel("ann", ID, id=REFUND_ID))
    inventory.put_refund(replace(inventory.refunds[REFUND_ID.number], status=RefundStatus.FAILED))

    assert told(inventory, given_back(ID, REFUND_ID)) == [RefundCompleted(a_refund(REFUND_ID, BEGUN, given_back_at=LATER))]


def test_a_refund_that_nobody_owes_is_not_known() -> None:
    inventory = held(BEGUN, charged(BEGUN, 0), cancel("ann", ID, id=REFUND_ID), book("ben", 1, id=OTHER_ID))

    assert told(inventory, given_back(ID, a_refund_id())) == [BookingNotFound(ID)]
    assert told(inventory, given_back(OTHER_ID, REFUND_ID)) == [BookingNotFound(OTHER_ID)]
    assert inventory.refunds[REFUND_ID.number].status is RefundStatus.PENDING


def refused_back(reason: str = "charge_disputed") -> FailRefund:
    """The gateway will not give the money back."""
    return FailRefund(ID, REFUND_ID, reason)


def test_a_refund_that_is_refused_for_good_has_failed_and_says_why() -> None:
    inventory = held(BEGUN, charged(BEGUN, 0), cancel("ann", ID, id=REFUND_ID))
    failed = replace(a_refund(REFUND_ID, BEGUN), status=RefundStatus.FAILED, processed_at=LATER, failure="charge_disputed")

    assert told(inventory, refused_back(), refused_back("another_reason")) == [RefundFailed(failed)] * 2
    assert inventory.refunds[REFUND_ID.number] == failed


def test_a_refund_can_fail_after_it_was_made() -> None:
    inventory = held(BEGUN, charged(BEGUN, 0), cancel("ann", ID, id=REFUND_ID), given_back(ID, REFUND_ID))

    (answer,) = told(inventory, refused_back("lost_or_stolen_card"))

    assert isinstance(answer, RefundFailed)
    assert (answer.refund.status, answer.refund.failure) == (RefundStatus.FAILED, "lost_or_stolen_card")


def test_a_refusal_to_give_back_what_nobody_owes_is_not_known() -> None:
    inventory = held(BEGUN, charged(BEGUN, 0))

    assert told(inventory, refused_back()) == [BookingNotFound(ID)]
