"""Whatever users ask of two processes, in whatever order and while time passes: the rows agree, and viewers were told just that.

The two take turns, so that what each of them knows of the seats is out of date again and again.
"""

from asyncio import gather
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.errands import ErrandRunner
from domain.answers import AlreadyBooked, BookingPending, PaymentBegun
from domain.asks import Asks
from domain.bookings import BookingStatus, TicketStatus
from domain.commands import BookBest, BookQuantity, QuoteCancellation
from tests.db.events import House, TierSpec, a_user, an_event, book, book_any, standing
from tests.db.play import SEATS, USERS, Play, a_newcomer_decides, is_waited_for_in_vain, steps

quiet = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(quiet, max_examples=20)
@given(
    played=st.lists(steps, min_size=5, max_size=25),
    ticket_limit=st.sampled_from([None, 4]),
    sold_out=st.booleans(),
    avoids_orphans=st.booleans(),
)
async def test_rows_agree_and_viewers_know_them_after_every_step(
    house: House, other_house: House, played: list[tuple[str, Any]], ticket_limit: int | None, sold_out: bool, avoids_orphans: bool
) -> None:
    tiers = [TierSpec(5), TierSpec(3), standing(4)]
    event_id = await an_event(house.pool, tiers=tiers, ticket_limit=ticket_limit, avoids_orphans=avoids_orphans)
    houses = (house, other_house)
    play = Play(event_id, house.pool, [a_user() for _ in range(USERS)])
    for seats in ((0, 1), (2, 3, 4), (5, 6, 7)) if sold_out else ():
        play.bookings.append(await house.held(event_id, a_user(), *seats))
    if sold_out:  # one has paid, and two of the users wait
        for what in ("begin", "complete"):
            await house.office.submit(await play.command(what, 1, play.users[0]))
        play.learn(await house.office.submit(book_any(event_id, a_user(), 4, tier_no=3)))
        play.learn(await other_house.office.submit(play.anew("join", (None, 2, True), play.users[0])))
        play.learn(await house.office.submit(play.anew("join", (1, 1, False), play.users[1])))

    for what, facts in played:
        if what == "ask":
            asked = [(houses[elsewhere], await play.command(wish, about, play.users[user])) for (wish, about), user, elsewhere in facts]
            alone = asked[0][1] if len(asked) == 1 else None
            expected = await a_newcomer_decides(house, alone) if isinstance(alone, BookBest | BookQuantity | QuoteCancellation) else None
            answers = await gather(*(asked_house.office.submit(command) for asked_house, command in asked))
            for answer in answers:
                play.learn(answer)
            assert all(answer.payment.amount == answer.booking.total for answer in answers if isinstance(answer, PaymentBegun))
            if expected is not None:
                assert type(answers[0]) is type(expected)
                if isinstance(expected, BookingPending):
                    assert answers[0].booking.lines == expected.booking.lines, "what it knew of the seats was not so"
        else:
            await play.happens(what, facts, houses)
        truth = await house.truth(event_id)
        truth.must_be_sound()
        truth.must_be_told_by(*houses, event_id=event_id, untold=play.untold)
        truth.must_be_known_by(*houses, event_id=event_id)
        assert not await is_waited_for_in_vain(house, event_id)
        if ticket_limit is not None:
            truth.must_keep(ticket_limit)

    await play.cancel_event()
    for runner in [ErrandRunner(each.pool, each.office, 2) for each in houses] * 50:
        if not await play.open_errands():
            break
        await gather(*(runner.advance(event_id, errand_no) for errand_no in await play.open_errands()))
    truth = await house.truth(event_id)
    truth.must_be_sound()
    truth.must_be_told_by(*houses, event_id=event_id, untold=play.untold)
    truth.must_be_known_by(*houses, event_id=event_id)
    assert truth.waiting == 0
    assert not truth.of_status(BookingStatus.PENDING)
    assert not truth.of_status(BookingStatus.CONFIRMED)
    assert {ticket["status"] for ticket in truth.tickets} <= {TicketStatus.CANCELLED}


seat_lists = st.lists(st.integers(0, SEATS), min_size=1, max_size=3)


@settings(quiet, max_examples=20)
@given(
    crowd=st.lists(st.tuples(seat_lists, st.booleans()), min_size=2, max_size=40),
    quantities=st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.booleans()), max_size=20),
)
async def test_everyone_at_once_gets_all_or_nothing(
    house: House, other_house: House, crowd: list[tuple[list[int], bool]], quantities: list[tuple[int, bool, bool]]
) -> None:
    event_id = await an_event(house.pool, SEATS)
    commands: list[tuple[Asks[Any], bool]] = [(book(event_id, a_user(), *seats), elsewhere) for seats, elsewhere in crowd]
    for quantity, together, elsewhere in quantities:
        any_of_them = book_any(event_id, a_user(), quantity)
        best = BookBest(any_of_them.booking_id, any_of_them.user_id, quantity)
        commands.append((best if together else any_of_them, elsewhere))

    answers = await gather(*((other_house if elsewhere else house).office.submit(command) for command, elsewhere in commands))

    truth = await house.truth(event_id)
    truth.must_be_sound()
    truth.must_be_told_by(house, other_house, event_id=event_id)
    truth.must_be_known_by(house, other_house, event_id=event_id)
    assert sum(answer.booking.quantity for answer in answers if isinstance(answer, BookingPending)) == truth.counts[1].held
    for answer, (seats, _) in zip(answers, crowd, strict=False):
        assert not isinstance(answer, BookingPending) or set(answer.booking.seats) == set(seats)
    for answer, (command, _) in zip(answers, commands, strict=True):
        assert not isinstance(answer, AlreadyBooked)
        if isinstance(command, BookBest) and isinstance(answer, BookingPending):
            first = min(answer.booking.seats)
            assert answer.booking.seats == tuple(range(first, first + command.quantity))
