"""Commands: whose event they are for, and all that must be loaded to decide them."""

import pytest

from domain.commands import Command, event_of
from domain.touched import Touched, touched_by
from tests.domain.builders import (
    EVENT,
    STALLS,
    a_booking_id,
    a_caller,
    a_key,
    a_refund_id,
    a_user,
    an_admin,
    begin,
    block,
    book,
    book_any,
    cancel,
    charged,
    declined,
    expire_due,
    extend,
    given_back,
    unblock,
)

BOOKING = a_booking_id(8)
KEY = a_key("K")
ANN = a_user("ann")
COMMANDS: list[tuple[Command, Touched]] = [
    (book("ann", 1, 2, id=BOOKING), Touched(seats={1, 2}, users={ANN})),
    (book("ann", 1, id=BOOKING, key=KEY), Touched(seats={1}, users={ANN}, keys={(ANN, "K")})),
    (book_any("ann", 2, STALLS, id=BOOKING, key=KEY), Touched(any_seat=True, users={ANN}, keys={(ANN, "K")})),
    (extend("ann", BOOKING, key=KEY), Touched(bookings={8}, keys={(ANN, "K")})),
    (begin("ann", BOOKING, key=KEY), Touched(bookings={8}, keys={(ANN, "K")})),
    (begin(an_admin(), BOOKING, key=KEY), Touched(bookings={8}, keys={(an_admin().user_id, "K")})),
    (charged(begin("ann", BOOKING), 1, 2, user="ann"), Touched(seats={1, 2}, bookings={8}, users={ANN})),
    (declined(begin("ann", BOOKING)), Touched(bookings={8})),
    (given_back(BOOKING, a_refund_id()), Touched(bookings={8})),
    (cancel(a_caller("ann"), BOOKING, key=KEY), Touched(bookings={8}, tickets={8}, keys={(ANN, "K")})),
    (block(1, 2), Touched(seats={1, 2})),
    (unblock(1, 2), Touched(seats={1, 2})),
    (expire_due(), Touched()),
]


@pytest.mark.parametrize(("command", "touched"), COMMANDS)
def test_what_a_command_touches(command: Command, touched: Touched) -> None:
    assert touched_by([command]) == touched


@pytest.mark.parametrize(("command", "_"), COMMANDS)
def test_which_event_a_command_is_for(command: Command, _: Touched) -> None:
    assert event_of(command) == EVENT


@pytest.mark.parametrize("command", [book("ann", 1, id=BOOKING), book_any("ann", 2, id=BOOKING)])
def test_a_new_booking_is_looked_for_only_where_it_may_have_been_made_before(command: Command) -> None:
    assert touched_by([command]).bookings == set()
    assert touched_by([command], again=True).bookings == {8}


def test_a_batch_touches_all_that_its_commands_touch() -> None:
    batch: list[Command] = [
        book("ann", 1, 2, id=BOOKING),
        book_any("ben", 1, STALLS, key=KEY),
        cancel("ann", BOOKING, key=KEY),
        block(2, 3),
    ]

    assert touched_by(batch) == Touched(
        seats={1, 2, 3}, any_seat=True, bookings={8}, tickets={8}, users={ANN, a_user("ben")}, keys={(ANN, "K"), (a_user("ben"), "K")}
    )
