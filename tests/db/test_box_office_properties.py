"""Whatever users ask of two processes, in whatever order and while time passes: the rows agree, and viewers were told just that."""

from asyncio import gather
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.answers import AlreadyBooked, BookingPending, PaymentBegun
from domain.asks import Asks
from domain.bookings import Booking
from domain.commands import BlockSeats, CompleteRefund, ExpireDue, FailPayment, UnblockSeats
from domain.ids import EventId, PaymentId, RefundId, UserId
from tests.db.events import House, TierSpec, a_user, an_event, begin, book, book_any, cancel, complete, extend, key, standing

SEATS = 8
USERS = 3
seat_lists = st.lists(st.integers(0, SEATS), min_size=1, max_size=3)
places = st.integers(0, 30)
"""Which of the bookings made so far, counted around."""
asks = st.one_of(
    st.tuples(st.just("book"), seat_lists),
    st.tuples(st.just("book"), seat_lists),
    st.tuples(st.just("book any"), st.tuples(st.integers(1, 4), st.integers(1, 3))),
    st.tuples(st.just("book again"), places),
    st.tuples(st.sampled_from(["extend", "begin", "begin and fail", "complete", "complete", "fail", "cancel", "refund"]), places),
    st.tuples(st.sampled_from(["block", "unblock"]), seat_lists),
    st.tuples(st.just("expire"), st.none()),
)
steps = st.one_of(
    st.tuples(st.just("ask"), st.lists(st.tuples(asks, st.integers(0, USERS - 1), st.booleans()), min_size=1, max_size=4)),
    st.tuples(st.just("ask"), st.lists(st.tuples(asks, st.integers(0, USERS - 1), st.booleans()), min_size=1, max_size=4)),
    st.tuples(st.just("time passes"), places),
)


@dataclass
class Play:
    """What users know by now."""

    event_id: EventId
    users: list[UserId]
    commands: list[Any] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    payments: list[tuple[PaymentId, Booking]] = field(default_factory=list)
    refunds: list[tuple[RefundId, Booking]] = field(default_factory=list)

    def command(self, what: str, facts: Any, user: UserId) -> Asks[Any]:
        match what:
            case "book":
                command = book(self.event_id, user, *facts, idempotency=key())
                self.commands.append(command)
                return command
            case "book any":
                return book_any(self.event_id, user, facts[1], tier_no=facts[0])
            case "book again" if self.commands:
                return self.commands[facts % len(self.commands)]  # type: ignore[no-any-return]
            case "extend" if self.bookings:
                return extend(self.booking(facts))
            case "begin" | "begin and fail" if self.bookings:
                paying = begin(self.booking(facts), fails_booking=what == "begin and fail")
                self.payments.append((paying.payment_id, self.booking(facts)))
                return paying
            case "complete" | "fail" if self.payments:
                payment_id, booking = self.payments[facts % len(self.payments)]
                return complete(payment_id, booking) if what == "complete" else FailPayment(booking.id, payment_id, "card_declined")
            case "cancel" if self.bookings:
                cancelling = cancel(self.booking(facts))
                self.refunds.append((cancelling.refund_id, self.booking(facts)))
                return cancelling
            case "refund" if self.refunds:
                refund_id, booking = self.refunds[facts % len(self.refunds)]
                return CompleteRefund(booking.id, refund_id, "re_1")
            case "block":
                return BlockSeats(self.event_id, tuple(facts))
            case "unblock":
                return UnblockSeats(self.event_id, tuple(facts))
            case _:
                return ExpireDue(self.event_id)

    def booking(self, place: int) -> Booking:
        return self.bookings[place % len(self.bookings)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(played=st.lists(steps, min_size=5, max_size=25), ticket_limit=st.sampled_from([None, 4]))
async def test_rows_agree_and_viewers_know_them_after_every_step(
    house: House, other_house: House, played: list[tuple[str, Any]], ticket_limit: int | None
) -> None:
    event_id = await an_event(house.pool, tiers=[TierSpec(5), TierSpec(3), standing(4)], ticket_limit=ticket_limit)
    play = Play(event_id, [a_user() for _ in range(USERS)])

    for what, facts in played:
        if what == "time passes" and play.bookings:
            await house.end_hold(play.booking(facts))
        elif what == "ask":
            asked = [
                (other_house if elsewhere else house).office.submit(play.command(wish, about, play.users[user]))
                for (wish, about), user, elsewhere in facts
            ]
            answers = await gather(*asked)
            play.bookings += [answer.booking for answer in answers if isinstance(answer, BookingPending | AlreadyBooked)]
            assert all(answer.payment.amount == answer.booking.total for answer in answers if isinstance(answer, PaymentBegun))
        truth = await house.truth(event_id)
        truth.must_be_sound()
        truth.must_be_told_by(house, other_house, event_id=event_id)
        if ticket_limit is not None:
            truth.must_keep(ticket_limit)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    crowd=st.lists(st.tuples(seat_lists, st.booleans()), min_size=2, max_size=40),
    quantities=st.lists(st.integers(1, 3), max_size=10),
)
async def test_everyone_at_once_gets_all_or_nothing(
    house: House, other_house: House, crowd: list[tuple[list[int], bool]], quantities: list[int]
) -> None:
    event_id = await an_event(house.pool, SEATS)
    commands: list[tuple[Asks[Any], bool]] = [(book(event_id, a_user(), *seats), elsewhere) for seats, elsewhere in crowd]
    commands += [(book_any(event_id, a_user(), quantity), False) for quantity in quantities]

    answers = await gather(*((other_house if elsewhere else house).office.submit(command) for command, elsewhere in commands))

    truth = await house.truth(event_id)
    truth.must_be_sound()
    truth.must_be_told_by(house, other_house, event_id=event_id)
    assert sum(answer.booking.quantity for answer in answers if isinstance(answer, BookingPending)) == truth.counts[1].held
    for answer, (seats, _) in zip(answers, crowd, strict=False):
        assert not isinstance(answer, BookingPending) or set(answer.booking.seats) == set(seats)
