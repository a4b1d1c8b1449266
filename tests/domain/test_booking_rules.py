"""The rules of taking places, keeping them and giving them back: each "no" in its order of precedence, then the yes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.answers import (
    AlreadyBooked,
    Answer,
    BookingCancelled,
    BookingExtended,
    BookingPending,
    SeatsBlocked,
    SeatsUnblocked,
)
from domain.booking_rules import book_quantity, book_seats
from domain.bookings import BookingStatus, IdempotencyKey, Line, Receipt, Ticket, TicketStatus
from domain.commands import Command
from domain.decide import decide, decide_batch
from domain.ids import TicketId
from domain.inventory import EventStatus, Inventory
from domain.places import Counts
from domain.refusals import (
    AlreadyExtended,
    BookingExpired,
    BookingNotCancellable,
    BookingNotFound,
    BookingNotPending,
    CancellationWindowExpired,
    EventNotFound,
    EventNotOnSale,
    EventSoldOut,
    IdempotencyKeyReused,
    InvalidSeatCount,
    NotOnSaleReason,
    PlacesUnavailable,
    Refusal,
    SeatsUnavailable,
    TicketLimitReached,
    UnavailableSeat,
    UnknownTier,
)
from tests.domain.builders import (
    AVAILABLE,
    BLOCKED,
    BOOKED,
    CIRCLE,
    CIRCLE_MINOR,
    EVENT,
    FLOOR,
    FLOOR_MINOR,
    HELD,
    HOLD_ENDS,
    MOMENT,
    OFF_SALE,
    ON_SALE,
    POLICY,
    SECOND,
    STALLS,
    STALLS_MINOR,
    STARTS,
    a_booking,
    a_booking_id,
    a_caller,
    a_key,
    a_payment,
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
    unblock,
)

ID = a_booking_id(1)
LATER = ON_SALE + SECOND


def after(inventory: Inventory, *commands: Command, now: datetime = ON_SALE) -> Inventory:
    """An inventory once some commands were all accepted, in batches of one."""
    for command in commands:
        (answer,) = decide_batch(inventory, [command], now)
        assert isinstance(answer, Answer)
    return inventory


def asked(inventory: Inventory, command: Command, now: datetime = ON_SALE) -> Answer | Refusal:
    """What a command is answered."""
    return decide(inventory, command, now)


# Booking named seats


def test_named_seats_are_held_for_five_minutes() -> None:
    inventory = an_inventory(seats=4)

    answer = asked(inventory, book("ann", 2, 0, id=ID, key=a_key("K")))

    assert answer == BookingPending(a_booking(ID, user="ann", seats=(0, 2), key=a_key("K")))
    assert isinstance(answer, BookingPending)
    assert answer.booking.expires_at == ON_SALE + timedelta(minutes=5)


def test_a_rule_reads_and_never_writes() -> None:
    inventory = an_inventory(seats=4)

    book_seats(inventory, book("ann", 0), ON_SALE)
    book_quantity(inventory, book_any("ann", 2, STALLS), ON_SALE)

    assert (inventory.seats, inventory.bookings, inventory.taken_by) == ({}, {}, {})
    assert not inventory.changed


def test_seats_of_two_tiers_are_two_lines_each_at_its_price() -> None:
    inventory = an_inventory(seats=2, circle=2)

    answer = asked(inventory, book("ann", 3, 1, id=ID))

    lines = (Line(STALLS, 1, STALLS_MINOR, (1,)), Line(CIRCLE, 1, CIRCLE_MINOR, (3,)))
    assert answer == BookingPending(replace(a_booking(ID), lines=lines))


def test_a_seat_named_twice_is_one_seat() -> None:
    inventory = an_inventory(seats=4)

    (answer,) = decide_batch(inventory, [book("ann", 1, 1, id=ID)], ON_SALE)

    assert answer == BookingPending(a_booking(ID, seats=(1,)))
    assert inventory.tiers[STALLS].counts == Counts(available=3, held=1)


def test_taken_seats_are_named_in_the_order_asked_with_what_keeps_each() -> None:
    inventory = an_inventory(seats=6)
    bens = a_booking_id()
    begun = begin("ben", bens)
    after(inventory, book("ben", 0, id=bens), begun, charged(begun, 0, user="ben"), book("cat", 1), block(2))

    answer = asked(inventory, book("ann", 99, 2, 3, 1, 0, -1))

    assert answer == SeatsUnavailable(
        (
            UnavailableSeat(99, None),
            UnavailableSeat(2, BLOCKED),
            UnavailableSeat(1, HELD),
            UnavailableSeat(0, BOOKED),
            UnavailableSeat(-1, None),
        )
    )


def test_an_event_without_numbered_seats_has_none_of_those_asked() -> None:
    assert asked(an_inventory(floor=4), book("ann", 0)) == SeatsUnavailable((UnavailableSeat(0, None),))


# Booking a number of places


def test_standing_places_are_counted_and_not_numbered() -> None:
    answer = asked(an_inventory(seats=2, floor=5), book_any("ann", 3, FLOOR, id=ID))

    assert answer == BookingPending(replace(a_booking(ID), lines=(Line(FLOOR, 3, FLOOR_MINOR),)))


def test_any_seats_of_a_tier_are_its_first_free_ones() -> None:
    inventory = after(an_inventory(seats=2, circle=4), book("ben", 2), block(4))

    answer = asked(inventory, book_any("ann", 2, CIRCLE, id=ID))

    assert answer == BookingPending(replace(a_booking(ID), lines=(Line(CIRCLE, 2, CIRCLE_MINOR, (3, 5)),)))


def test_a_seated_tier_of_an_event_without_a_layout_is_counted() -> None:
    inventory = an_inventory(seats=4)
    inventory.plan = None

    assert asked(inventory, book_any("ann", 2, STALLS, id=ID)) == BookingPending(
        replace(a_booking(ID), lines=(Line(STALLS, 2, STALLS_MINOR),))
    )


def test_a_tier_the_event_does_not_have() -> None:
    assert asked(an_inventory(floor=4), book_any("ann", 1, 9)) == UnknownTier(9)


def test_an_event_without_any_place_left_is_sold_out() -> None:
    inventory = after(an_inventory(seats=1, floor=1), book("ben", 0), book_any("cat", 1))

    assert asked(inventory, book_any("ann", 1)) == EventSoldOut(EVENT)


def test_a_tier_with_too_few_places_left_tells_how_many() -> None:
    inventory = after(an_inventory(seats=1, floor=4), book_any("ben", 2))

    assert asked(inventory, book_any("ann", 3)) == PlacesUnavailable(FLOOR, asked=3, available=2)


# What keeps a user from taking any places


@pytest.mark.parametrize("command", [book("ann", 0), book_any("ann", 1)])
@pytest.mark.parametrize(
    ("status", "now", "answer"),
    [
        pytest.param(EventStatus.DRAFT, ON_SALE, EventNotFound(EVENT), id="a draft is not told of"),
        pytest.param(EventStatus.CANCELLED, ON_SALE, EventNotOnSale(NotOnSaleReason.CANCELLED, ON_SALE, OFF_SALE), id="cancelled"),
        pytest.param(
            EventStatus.PUBLISHED, ON_SALE - MOMENT, EventNotOnSale(NotOnSaleReason.NOT_YET, ON_SALE, OFF_SALE), id="a moment too early"
        ),
        pytest.param(EventStatus.PUBLISHED, OFF_SALE, EventNotOnSale(NotOnSaleReason.ENDED, ON_SALE, OFF_SALE), id="exactly when it ends"),
    ],
)
def test_an_event_that_sells_nothing_now(command: Command, status: EventStatus, now: datetime, answer: Refusal) -> None:
    assert asked(an_inventory(seats=1, floor=1, sale=a_sale(status=status)), command, now) == answer


@pytest.mark.parametrize("now", [ON_SALE, OFF_SALE - MOMENT])
def test_an_event_sells_from_the_first_moment_to_the_last(now: datetime) -> None:
    assert isinstance(asked(an_inventory(seats=1), book("ann", 0), now), BookingPending)


@pytest.mark.parametrize("quantity", [-1, 0, 11])
def test_a_booking_counts_1_to_10_places(quantity: int) -> None:
    assert asked(an_inventory(floor=20), book_any("ann", quantity)) == InvalidSeatCount(quantity, most=10)


@pytest.mark.parametrize("seats", [(), tuple(range(11))])
def test_a_booking_names_1_to_10_seats(seats: tuple[int, ...]) -> None:
    assert asked(an_inventory(seats=20), book("ann", *seats)) == InvalidSeatCount(len(seats), most=10)


def test_ten_places_are_not_too_many() -> None:
    assert isinstance(asked(an_inventory(floor=10), book_any("ann", 10)), BookingPending)
    assert isinstance(asked(an_inventory(seats=10), book("ann", *range(10))), BookingPending)


def test_a_user_may_have_places_up_to_the_limit_and_no_more() -> None:
    inventory = after(an_inventory(seats=4, floor=9, ticket_limit=4), book("ann", 0, 1))

    assert asked(inventory, book_any("ann", 3)) == TicketLimitReached(limit=4, taken=2)
    assert isinstance(asked(inventory, book_any("ann", 2)), BookingPending)
    assert isinstance(asked(inventory, book_any("ben", 4)), BookingPending)


# The order of precedence: each situation has this "no" and all that come after it


def nothing_goes(*, status: EventStatus = EventStatus.PUBLISHED, ticket_limit: int | None = 1) -> Inventory:
    """A sold-out event, of which ann has a place booked under the key K."""
    inventory = after(an_inventory(seats=1, floor=1, ticket_limit=1), book("ann", 0, id=ID, key=a_key("K", "a seat")), book_any("ben", 1))
    inventory.sale = a_sale(status=status, ticket_limit=ticket_limit)
    return inventory


@pytest.mark.parametrize(
    ("inventory", "now", "seats", "key", "answer"),
    [
        pytest.param(nothing_goes(status=EventStatus.DRAFT), OFF_SALE, (), a_key("K", "a seat"), AlreadyBooked, id="the same request"),
        pytest.param(nothing_goes(status=EventStatus.DRAFT), OFF_SALE, (), a_key("K"), IdempotencyKeyReused, id="another under its key"),
        pytest.param(nothing_goes(status=EventStatus.DRAFT), OFF_SALE, (), None, EventNotFound, id="a draft"),
        pytest.param(nothing_goes(), OFF_SALE, (), None, EventNotOnSale, id="not on sale"),
        pytest.param(nothing_goes(), ON_SALE, tuple(range(11)), None, InvalidSeatCount, id="too many"),
        pytest.param(nothing_goes(), ON_SALE, (0, 1), None, TicketLimitReached, id="more than the limit"),
        pytest.param(nothing_goes(ticket_limit=None), ON_SALE, (0, 1), None, SeatsUnavailable, id="taken"),
    ],
)
def test_named_seats_are_refused_in_order_of_precedence(
    inventory: Inventory, now: datetime, seats: tuple[int, ...], key: IdempotencyKey | None, answer: type[Answer | Refusal]
) -> None:
    assert type(asked(inventory, book("ann", *seats, key=key), now)) is answer


@pytest.mark.parametrize(
    ("inventory", "now", "quantity", "tier_no", "key", "answer"),
    [
        pytest.param(nothing_goes(status=EventStatus.DRAFT), OFF_SALE, 0, 9, a_key("K", "a seat"), AlreadyBooked, id="the same request"),
        pytest.param(nothing_goes(status=EventStatus.DRAFT), OFF_SALE, 0, 9, a_key("K"), IdempotencyKeyReused, id="another under its key"),
        pytest.param(nothing_goes(status=EventStatus.DRAFT), OFF_SALE, 0, 9, None, EventNotFound, id="a draft"),
        pytest.param(nothing_goes(), OFF_SALE, 0, 9, None, EventNotOnSale, id="not on sale"),
        pytest.param(nothing_goes(), ON_SALE, 11, 9, None, InvalidSeatCount, id="too many"),
        pytest.param(nothing_goes(), ON_SALE, 1, 9, None, TicketLimitReached, id="more than the limit"),
        pytest.param(nothing_goes(ticket_limit=None), ON_SALE, 1, 9, None, UnknownTier, id="no such tier"),
        pytest.param(nothing_goes(ticket_limit=None), ON_SALE, 1, FLOOR, None, EventSoldOut, id="sold out"),
        pytest.param(
            after(an_inventory(seats=1, floor=1), book_any("ben", 1)), ON_SALE, 1, FLOOR, None, PlacesUnavailable, id="too few left"
        ),
    ],
)
def test_a_number_of_places_is_refused_in_order_of_precedence(
    inventory: Inventory, now: datetime, quantity: int, tier_no: int, key: IdempotencyKey | None, answer: type[Answer | Refusal]
) -> None:
    assert type(asked(inventory, book_any("ann", quantity, tier_no, key=key), now)) is answer


# Asking again


@pytest.mark.parametrize(
    ("first", "again"),
    [
        pytest.param(book("ann", 0, id=ID), book("ann", 0, id=ID), id="the same id, for its outcome was not known"),
        pytest.param(book("ann", 0, id=ID, key=a_key("K")), book("ann", 0, id=ID, key=a_key("K")), id="the same id and key"),
        pytest.param(book("ann", 0, id=ID, key=a_key("K")), book("ann", 0, key=a_key("K")), id="the same key and input"),
        pytest.param(book_any("ann", 1, id=ID), book_any("ann", 1, id=ID), id="places: the same id"),
        pytest.param(book_any("ann", 1, id=ID, key=a_key("K")), book_any("ann", 1, key=a_key("K")), id="places: the same key and input"),
    ],
)
def test_the_same_request_is_answered_with_its_booking_and_changes_nothing(first: Command, again: Command) -> None:
    inventory = after(an_inventory(seats=2, floor=2), first)
    counts = dict(inventory.tiers)

    (answer,) = decide_batch(inventory, [again], LATER)

    assert answer == AlreadyBooked(inventory.bookings[ID.number])
    assert inventory.tiers == counts
    assert list(inventory.bookings) == [ID.number]


def test_the_same_request_is_answered_with_the_booking_as_it_is_now() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID, key=a_key("K")), cancel("ann", ID))

    answer = asked(inventory, book("ann", 0, key=a_key("K")))

    assert answer == AlreadyBooked(a_booking(ID, key=a_key("K"), status=BookingStatus.CANCELLED, cancelled_at=ON_SALE))


def test_a_key_used_for_another_booking_is_refused() -> None:
    inventory = after(an_inventory(seats=2, floor=2), book("ann", 0, key=a_key("K", "seat 0")))

    assert asked(inventory, book("ann", 1, key=a_key("K", "seat 1"))) == IdempotencyKeyReused("K")
    assert asked(inventory, book_any("ann", 1, key=a_key("K", "a place"))) == IdempotencyKeyReused("K")


def test_a_key_used_for_another_operation_is_refused() -> None:
    inventory = after(an_inventory(seats=2), book("ann", 0, id=ID, key=a_key("booked", "b")), extend("ann", ID, key=a_key("extended", "e")))

    assert asked(inventory, book("ann", 1, key=a_key("extended", "b"))) == IdempotencyKeyReused("extended")
    assert asked(inventory, extend("ann", ID, key=a_key("booked", "e"))) == IdempotencyKeyReused("booked")
    assert asked(inventory, begin("ann", ID, key=a_key("booked", "p"))) == IdempotencyKeyReused("booked")
    assert asked(inventory, cancel("ann", ID, key=a_key("booked", "c"))) == IdempotencyKeyReused("booked")
    assert asked(inventory, cancel("ann", ID, key=a_key("extended", "c"))) == IdempotencyKeyReused("extended")


def test_two_users_may_use_the_same_key() -> None:
    inventory = after(an_inventory(seats=2), book("ann", 0, key=a_key("K")))

    assert isinstance(asked(inventory, book("ben", 1, key=a_key("K"))), BookingPending)


def test_a_key_whose_request_was_refused_can_be_used_for_another() -> None:
    inventory = after(an_inventory(seats=2), book("ben", 0))
    decide_batch(inventory, [book("ann", 0, key=a_key("K", "seat 0"))], ON_SALE)

    assert isinstance(asked(inventory, book("ann", 1, key=a_key("K", "seat 1"))), BookingPending)


# Extending


def test_a_pending_booking_is_extended_by_five_minutes() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID))

    answer = asked(inventory, extend("ann", ID, key=a_key("K")), LATER)

    assert answer == BookingExtended(a_booking(ID, extended=True), Receipt(a_user("ann"), a_key("K"), ID))
    assert isinstance(answer, BookingExtended)
    assert answer.booking.expires_at == HOLD_ENDS + timedelta(minutes=5)


def test_a_booking_is_extended_once() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID), extend("ann", ID))

    assert asked(inventory, extend("ann", ID)) == AlreadyExtended(ID, HOLD_ENDS + POLICY.extension)


def test_an_extension_asked_for_again_under_its_key_is_answered_and_not_done_again() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID), extend("ann", ID, key=a_key("K")))

    assert asked(inventory, extend("ann", ID, key=a_key("K"))) == BookingExtended(a_booking(ID, extended=True), None)
    assert asked(inventory, extend("ann", ID, key=a_key("K", "other"))) == IdempotencyKeyReused("K")


def test_an_admin_extends_anybodys_booking_under_their_own_keys() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID, key=a_key("K")))

    answer = asked(inventory, extend(an_admin(), ID, key=a_key("K", "e")))

    assert answer == BookingExtended(a_booking(ID, extended=True, key=a_key("K")), Receipt(an_admin().user_id, a_key("K", "e"), ID))


def one_in_state(status: BookingStatus) -> Inventory:
    """An inventory where ann's booking has come to some state."""
    begun = begin("ann", ID, fails_booking=True)
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID))
    match status:
        case BookingStatus.PENDING:
            return inventory
        case BookingStatus.CONFIRMED:
            return after(inventory, begun, charged(begun, 0))
        case BookingStatus.FAILED:
            return after(inventory, begun, declined(begun))
        case BookingStatus.CANCELLED:
            return after(inventory, cancel("ann", ID))
        case BookingStatus.EXPIRED:
            decide_batch(inventory, [], HOLD_ENDS)
            return inventory


@pytest.mark.parametrize("status", BookingStatus)
def test_only_a_pending_booking_is_extended(status: BookingStatus) -> None:
    answer = asked(one_in_state(status), extend("ann", ID))

    match status:
        case BookingStatus.PENDING:
            assert isinstance(answer, BookingExtended)
        case BookingStatus.EXPIRED:
            assert answer == BookingExpired(ID, HOLD_ENDS)
        case _:
            assert answer == BookingNotPending(ID, status)


def test_extending_is_refused_in_order_of_precedence() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID, key=a_key("K")), extend("ann", ID))

    assert asked(inventory, extend("ben", ID, key=a_key("K"))) == BookingNotFound(ID)
    assert asked(inventory, extend("ann", ID, key=a_key("K", "extend"))) == IdempotencyKeyReused("K")
    assert asked(inventory, extend("ann", ID)) == AlreadyExtended(ID, HOLD_ENDS + POLICY.extension)
    decide_batch(inventory, [], HOLD_ENDS + POLICY.extension)
    assert asked(inventory, extend("ann", ID)) == BookingExpired(ID, HOLD_ENDS + POLICY.extension)


@pytest.mark.parametrize("command", [extend("ben", ID), begin("ben", ID), cancel("ben", ID)])
def test_somebody_elses_booking_cannot_be_told_from_one_that_is_not_there(command: Command) -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID))

    assert asked(inventory, command) == asked(an_inventory(seats=1), command) == BookingNotFound(ID)


# Cancelling


def test_a_pending_booking_is_given_back_and_nothing_is_owed() -> None:
    before = a_booking(ID)
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID))

    answer = asked(inventory, cancel("ann", ID, key=a_key("K")), LATER)

    assert answer == BookingCancelled(
        replace(before, status=BookingStatus.CANCELLED, cancelled_at=LATER),
        refund=None,
        payment=None,
        receipt=Receipt(a_user("ann"), a_key("K"), ID, made=0),
        before=before,
        lines=before.lines,
    )


def test_a_confirmed_booking_is_given_back_with_all_that_was_paid() -> None:
    begun = begin("ann", ID)
    before = a_booking(ID, status=BookingStatus.CONFIRMED, extended=True, confirmed_at=ON_SALE)
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID), begun, charged(begun, 0))

    answer = asked(inventory, cancel("ann", ID, id=a_refund_id(5), key=a_key("K")), LATER)

    assert answer == BookingCancelled(
        replace(before, status=BookingStatus.CANCELLED, cancelled_at=LATER),
        refund=a_refund(a_refund_id(5), begun, created_at=LATER),
        payment=a_payment(begun, succeeded_at=ON_SALE),
        receipt=Receipt(a_user("ann"), a_key("K"), ID, made=5),
        before=before,
        lines=before.lines,
        tickets=(Ticket(TicketId.of(ID, 1), STALLS, 0, STALLS_MINOR, TicketStatus.CANCELLED),),
    )


def test_the_charge_that_is_given_back_is_the_one_whose_money_was_kept() -> None:
    first, second = begin("ann", ID), begin("ann", ID)
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID), first, declined(first), second, charged(second, 0), charged(first, 0))

    answer = asked(inventory, cancel("ann", ID, id=a_refund_id(5)))

    assert isinstance(answer, BookingCancelled)
    assert answer.refund == a_refund(a_refund_id(5), second)


def test_a_confirmed_booking_that_cost_nothing_is_given_back_without_a_refund() -> None:
    inventory = after(an_inventory(seats=1, price_minor=0), book("ann", 0, id=ID), begin("ann", ID))

    answer = asked(inventory, cancel("ann", ID))

    assert isinstance(answer, BookingCancelled)
    assert (answer.refund, answer.payment) == (None, None)


def test_a_confirmed_booking_can_be_cancelled_until_exactly_24_hours_before_the_start() -> None:
    until = STARTS - timedelta(hours=24)
    inventory = one_in_state(BookingStatus.CONFIRMED)

    assert isinstance(asked(inventory, cancel("ann", ID), until), BookingCancelled)
    assert asked(inventory, cancel("ann", ID), until + MOMENT) == CancellationWindowExpired(ID, until)


def test_a_pending_booking_can_be_cancelled_at_any_time() -> None:
    inventory = after(an_inventory(seats=1), book("ann", 0, id=ID), now=STARTS - MOMENT)

    assert isinstance(asked(inventory, cancel("ann", ID), STARTS), BookingCancelled)


@pytest.mark.parametrize("status", [BookingStatus.FAILED, BookingStatus.EXPIRED, BookingStatus.CANCELLED])
def test_a_booking_without_places_has_nothing_to_give_back(status: BookingStatus) -> None:
    assert asked(one_in_state(status), cancel("ann", ID)) == BookingNotCancellable(ID, status)


def test_an_admin_cancels_anybodys_booking() -> None:
    assert isinstance(asked(one_in_state(BookingStatus.CONFIRMED), cancel(an_admin(), ID)), BookingCancelled)


def test_a_cancellation_asked_for_again_under_its_key_is_answered_with_its_refund() -> None:
    inventory = one_in_state(BookingStatus.CONFIRMED)
    first, again = cancel("ann", ID, key=a_key("K")), cancel("ann", ID, key=a_key("K"))

    done, repeated = decide_batch(inventory, [first, again], LATER)

    assert isinstance(done, BookingCancelled)
    assert repeated == BookingCancelled(done.booking, done.refund, done.payment)
    assert list(inventory.refunds) == [first.refund_id.number]


def test_cancelling_is_refused_in_order_of_precedence() -> None:
    late = STARTS
    inventory = one_in_state(BookingStatus.CANCELLED)
    confirmed = one_in_state(BookingStatus.CONFIRMED)
    after(inventory, book("ann", 0, key=a_key("K")))

    assert asked(inventory, cancel(a_caller("ben"), ID, key=a_key("K", "cancel")), late) == BookingNotFound(ID)
    assert asked(inventory, cancel("ann", ID, key=a_key("K", "cancel")), late) == IdempotencyKeyReused("K")
    assert asked(inventory, cancel("ann", ID), late) == BookingNotCancellable(ID, BookingStatus.CANCELLED)
    assert asked(confirmed, cancel("ann", ID), late) == CancellationWindowExpired(ID, STARTS - timedelta(hours=24))


# Blocking


def test_seats_are_blocked_and_unblocked() -> None:
    inventory = an_inventory(seats=4)

    assert decide_batch(inventory, [block(2, 0), unblock(2)], ON_SALE) == [SeatsBlocked((2, 0)), SeatsUnblocked((2,))]
    assert {seat_no: seat.status for seat_no, seat in inventory.seats.items()} == {0: BLOCKED, 2: AVAILABLE}
    assert inventory.tiers[STALLS].counts == Counts(available=3, blocked=1)


def test_what_is_blocked_stays_so_and_what_is_on_sale_stays_so() -> None:
    inventory = after(an_inventory(seats=4), block(0))

    assert asked(inventory, block(0, 1)) == SeatsBlocked((1,))
    assert asked(inventory, unblock(0, 1)) == SeatsUnblocked((0,))


def test_a_seat_named_twice_is_blocked_once() -> None:
    inventory = an_inventory(seats=4)

    assert decide_batch(inventory, [block(1, 1), unblock(1, 1)], ON_SALE) == [SeatsBlocked((1,)), SeatsUnblocked((1,))]
    assert inventory.tiers[STALLS].counts == Counts(available=4)


def test_all_seats_are_blocked_or_none() -> None:
    inventory = after(an_inventory(seats=4), book("ann", 1))

    (answer,) = decide_batch(inventory, [block(0, 99, 1)], ON_SALE)

    assert answer == SeatsUnavailable((UnavailableSeat(1, HELD), UnavailableSeat(99, None)))
    assert inventory.seat(0).status is AVAILABLE


def test_all_seats_are_unblocked_or_none() -> None:
    inventory = after(an_inventory(seats=4), block(0), book("ann", 1))

    (answer,) = decide_batch(inventory, [unblock(0, 99, 1)], ON_SALE)

    assert answer == SeatsUnavailable((UnavailableSeat(1, HELD), UnavailableSeat(99, None)))
    assert inventory.seat(0).status is BLOCKED


def test_an_event_without_numbered_seats_has_none_to_block() -> None:
    unknown = SeatsUnavailable((UnavailableSeat(0, None),))

    assert asked(an_inventory(floor=4), block(0)) == unknown
    assert asked(an_inventory(floor=4), unblock(0)) == unknown
