"""The board alone: what follows, what does not, what is remembered, how it is packed."""

from base64 import b64decode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bookings import BookingStatus
from domain.changes import BoardState, ChangeSet
from domain.ids import EventId
from domain.places import Counts, PlaceStatus
from live.board import CHANGES_LEAST, Applied, Board, pack
from tests.live.truth import a_plan

AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus
EVENT = EventId(7)


def a_board(seats: int = 12, version: int = 10) -> Board:
    return Board(BoardState(EVENT, version, (), ((1, Counts(seats // 2)), (2, Counts(seats - seats // 2)))), a_plan(seats))


def changed(version: int, *seats: tuple[int, PlaceStatus], tiers: tuple[tuple[int, Counts], ...] = ()) -> ChangeSet:
    return ChangeSet(EVENT, version, seats, tiers)


def test_the_next_change_set_is_applied() -> None:
    board = a_board()

    applied = board.apply(changed(11, (3, HELD), tiers=((1, Counts(5, 1)),)))

    assert applied is Applied.DONE
    assert (board.version, board.status_of(3), board.taken) == (11, HELD, ((3, HELD),))
    assert board.tiers == {1: Counts(5, 1), 2: Counts(6)}
    assert board.total == Counts(11, 1)


def test_an_older_change_set_is_ignored() -> None:
    board = a_board()

    assert board.apply(changed(10, (3, HELD))) is Applied.OLD
    assert board.taken == ()


@pytest.mark.parametrize(
    "change_set",
    [changed(12, (3, HELD)), replace(changed(11), sale_changed=True), changed(11, (12, HELD))],
    ids=["a later version", "a changed sale", "a seat the plan does not have"],
)
def test_what_does_not_follow_is_a_gap_and_changes_nothing(change_set: ChangeSet) -> None:
    board = a_board()

    assert board.apply(change_set) is Applied.GAP
    assert (board.version, board.taken) == (10, ())


def test_a_viewer_is_told_the_merged_changes_since_its_version() -> None:
    board = a_board()
    for change_set in (changed(11, (3, HELD), (4, HELD)), changed(12, (3, BOOKED)), changed(13, (5, HELD), (4, AVAILABLE))):
        board.apply(change_set)

    update = board.update(11)

    assert (update.version, update.previous_version, update.packed) == (13, 11, None)
    assert update.changes == ((3, BOOKED), (4, AVAILABLE), (5, HELD))


def test_a_viewer_that_knows_everything_is_told_so() -> None:
    board = a_board()

    update = board.update(10)

    assert (update.version, update.previous_version, update.changes, update.packed) == (10, 10, (), None)


@pytest.mark.parametrize("after", [None, -1, 9, 12, 2**80])
def test_a_version_the_board_cannot_tell_from_is_answered_with_a_snapshot(after: int | None) -> None:
    board = a_board()
    board.apply(changed(11, (3, HELD)))

    update = board.update(after)

    assert (update.version, update.previous_version) == (11, None)
    assert update.changes == ((3, HELD),)
    assert update.packed == board.packed


def test_more_changes_than_a_snapshot_is_large_are_a_snapshot() -> None:
    board = a_board(seats=1000)
    for version in range(11, 11 + 2 * CHANGES_LEAST):
        board.apply(changed(version, (version, HELD)))

    assert board.update(board.version - CHANGES_LEAST).previous_version is not None
    assert board.update(board.version - CHANGES_LEAST - 1).previous_version is None


def test_one_commit_larger_than_a_snapshot_is_a_snapshot() -> None:
    board = a_board(seats=1000)

    board.apply(changed(11, *((seat_no, HELD) for seat_no in range(CHANGES_LEAST + 1))))

    assert board.update(10).previous_version is None
    assert board.update(11).previous_version == 11


def test_the_same_seats_over_and_over_are_told_as_changes_for_ever() -> None:
    board = a_board()
    for version in range(11, 11 + 20 * CHANGES_LEAST):
        board.apply(changed(version, (version % 4, HELD if version % 8 < 4 else AVAILABLE)))

    assert len(board.update(10).changes) == 4


def test_a_thousand_viewers_with_one_cursor_cost_one_merge_per_change() -> None:
    board = a_board()
    board.apply(changed(11, (3, HELD)))

    updates = {id(board.update(10)) for _ in range(1000)}

    assert (len(updates), board.merges) == (1, 1)


def test_a_repair_over_several_versions_is_told_as_one_change() -> None:
    board = a_board()
    board.apply(changed(11, (3, HELD)))

    applied = board.repair(BoardState(EVENT, 15, ((3, BOOKED), (8, BLOCKED)), ((1, Counts(5, 0, 1)), (2, Counts(5, 0, 0, 1)))), a_plan())

    assert applied is Applied.DONE
    assert board.update(11).changes == ((3, BOOKED), (8, BLOCKED))
    assert (board.update(11).version, board.update(11).sale_changed) == (15, True)
    assert board.tiers == {1: Counts(5, 0, 1), 2: Counts(5, 0, 0, 1)}


def test_a_repair_older_than_the_board_changes_nothing() -> None:
    board = a_board()
    board.apply(changed(11, (3, HELD)))

    assert board.repair(BoardState(EVENT, 10, ((3, BOOKED),), ()), a_plan()) is Applied.OLD
    assert board.taken == ((3, HELD),)


def test_a_snapshot_frees_the_seats_it_does_not_name() -> None:
    board = a_board()
    board.apply(changed(11, (3, HELD), (4, HELD)))

    board.replace(BoardState(EVENT, 12, ((4, BOOKED),), ()), a_plan())

    assert board.update(11).changes == ((3, AVAILABLE), (4, BOOKED))


def test_a_house_of_another_size_is_a_gap() -> None:
    board = a_board()

    assert board.replace(BoardState(EVENT, 12, (), ()), a_plan(24)) is Applied.GAP
    assert board.repair(BoardState(EVENT, 12, (), ()), None) is Applied.GAP


def test_an_equal_plan_stays_the_same_object() -> None:
    board = a_board()
    plan = board.plan

    board.repair(BoardState(EVENT, 12, (), ()), a_plan())

    assert board.plan is plan


def test_the_bookings_that_changed_are_known_until_a_repair() -> None:
    board = a_board()
    board.apply(ChangeSet(EVENT, 11, bookings=((1, BookingStatus.PENDING),)))
    board.apply(ChangeSet(EVENT, 12, bookings=((1, BookingStatus.CONFIRMED), (2, BookingStatus.PENDING))))

    before = board.bookings_since(10)
    board.repair(BoardState(EVENT, 13, (), ()), a_plan())

    assert sorted(before or ()) == [(1, BookingStatus.CONFIRMED), (2, BookingStatus.PENDING)]
    assert board.bookings_since(12) is None
    assert board.bookings_since(13) == []


def test_an_event_without_numbered_seats_has_counts_only() -> None:
    board = Board(BoardState(EVENT, 1, (), ((3, Counts(100)),)), None)

    board.apply(ChangeSet(EVENT, 2, tiers=((3, Counts(98, 2)),)))

    assert (board.seat_count, board.packed, board.total) == (0, "", Counts(98, 2))
    assert board.update(1).counts == {3: Counts(98, 2)}


def test_the_first_seat_is_in_the_lowest_bits() -> None:
    assert b64decode(pack(bytes([HELD, BOOKED, BLOCKED, AVAILABLE, BLOCKED]))) == bytes([0b00_11_10_01, 0b11])


@given(st.binary(max_size=70).map(lambda some: bytes(byte & 3 for byte in some)))
def test_what_is_packed_is_every_seat_in_order(statuses: bytes) -> None:
    packed = b64decode(pack(statuses))

    assert len(packed) == (len(statuses) + 3) // 4
    assert bytes(packed[seat_no // 4] >> seat_no % 4 * 2 & 3 for seat_no in range(len(statuses))) == statuses
