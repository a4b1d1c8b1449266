"""What is asked of a seeding, and what is invented, before any of it is stored."""

from random import Random

import pytest

from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.places import SeatingPlan, plan_of
from domain.seeds import Wanted
from runtime.command_line import parsed, wanted_of
from runtime.seed_bookings import DECK, Fate, Seats
from runtime.seed_houses import hall, layout_of
from runtime.seeding import progress_bar
from tests.system.running import command


def test_the_command_of_the_specification_is_understood() -> None:
    words = ["seed", "--flush", "--users", "20", "--orgs", "5", "--venues", "6", "--cats", "6", "--events", "12", "--bookings", "80"]

    assert wanted_of(parsed(words)) == Wanted(20, 5, 6, 6, 12, 80, flush=True)
    assert wanted_of(parsed(["seed"])) == Wanted()


@pytest.mark.parametrize(
    ("wanted", "sentences"),
    [
        (Wanted(users=-3), ["--users should be 0 to 1000000, not -3."]),
        (Wanted(events=10**9, cats=-1), ["--cats should be 0 to 1000, not -1.", "--events should be 0 to 100000, not 1000000000."]),
        (Wanted(seats=0), ["--seats should be 20 to 100000, not 0."]),
        (Wanted(events=0), ["--bookings needs events to book: ask for --events as well."]),
        (Wanted(users=0), ["--bookings needs users who book: ask for --users as well."]),
        (Wanted(0, 0, 0, 0, 0, 0), []),
        (Wanted(), []),
    ],
)
def test_what_cannot_be_had_is_said_in_sentences(wanted: Wanted, sentences: list[str]) -> None:
    assert wanted.problems() == sentences


def test_a_number_that_is_none_is_refused_by_the_command_line() -> None:
    said = command("seed", "--users", "many")

    assert said.returncode == 2
    assert "argument --users: invalid int value: 'many'" in said.stderr


def rows_of(*counts: int) -> SeatingPlan:
    layout = parse_layout([SectionDraft("Stalls", [RowDraft(str(n), count) for n, count in enumerate(counts)])])
    assert isinstance(layout, Layout)
    return plan_of(layout, [1] * len(counts))


@pytest.mark.parametrize("fullness", [0.05, 0.5, 1.0])
def test_every_seat_is_handed_out_once(fullness: float) -> None:
    seats, chance = Seats(rows_of(7, 12, 3, 20), 1, fullness, Random(1)), Random(2)
    taken: list[int] = []

    while found := seats.take(chance.randint(1, 4)) or seats.take(1):
        taken += found

    assert sorted(taken) == list(range(42))


def test_seats_that_are_taken_together_stand_side_by_side_while_there_are_such() -> None:
    seats = Seats(rows_of(10, 10), 1, 0.3, Random(1))

    for _ in range(3):
        found = seats.take(3)
        assert found == tuple(range(found[0], found[0] + 3))
        assert found[0] // 10 == found[-1] // 10, "in one row"


def test_more_seats_than_are_left_are_not_had_and_stay() -> None:
    seats = Seats(rows_of(3), 1, 1.0, Random(1))

    assert seats.take(4) == ()
    assert sorted(seats.take(2) + seats.take(1)) == [0, 1, 2]
    assert seats.take(1) == ()


def test_a_deck_has_every_fate() -> None:
    assert set(DECK) == set(Fate)
    assert len(DECK) == 40


@pytest.mark.parametrize("seats", [20, 199, 200, 1_200, 20_000, 100_000])
def test_a_hall_has_about_as_many_seats_as_were_asked_for(seats: int) -> None:
    assert seats - 3 <= layout_of(hall(seats)).seat_count <= seats


def test_progress_is_a_bar_of_all_there_is_to_do() -> None:
    with progress_bar(Wanted(users=3, events=2, bookings=10)) as bar:
        assert bar.total == 15
