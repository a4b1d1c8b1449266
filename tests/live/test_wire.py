"""Change sets on the wire."""

from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bookings import BookingStatus
from domain.changes import ChangeSet
from domain.ids import LARGEST, EventId
from domain.places import Counts, PlaceStatus
from live import wire

numbers = st.integers(0, LARGEST)
change_sets = st.builds(
    ChangeSet,
    event_id=numbers.map(EventId),
    version=numbers,
    seats=st.dictionaries(numbers, st.sampled_from(PlaceStatus)).map(
        lambda seats: tuple(sorted(seats.items(), key=lambda item: (item[1], item[0])))
    ),
    tiers=st.dictionaries(numbers, st.builds(Counts, numbers, numbers, numbers, numbers)).map(lambda tiers: tuple(tiers.items())),
    bookings=st.dictionaries(numbers, st.sampled_from(BookingStatus)).map(lambda bookings: tuple(bookings.items())),
    sale_changed=st.booleans(),
)


@given(change_sets)
def test_what_is_encoded_is_decoded(change_set: ChangeSet) -> None:
    assert wire.decode(wire.encode(change_set, "me")) == change_set


def test_seats_are_sent_by_status_so_that_a_seat_is_one_number() -> None:
    change_set = ChangeSet(EventId(7), 3, ((4, PlaceStatus.HELD), (5, PlaceStatus.HELD)), ((1, Counts(8, 2)),))

    message = wire.encode(change_set, "me")

    assert message == '[2,"me",7,3,[[],[4,5],[],[]],[[1,8,2,0,0]],[],false,false]'


def test_a_sender_knows_its_own_messages_and_no_others() -> None:
    message = wire.encode(ChangeSet(EventId(7), 3), "me")

    assert message.startswith(wire.opening("me"))
    assert not message.startswith(wire.opening("m"))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        "[1]",
        '[2,"me",7,3,[[],[],[],[]],[],[],false]',
        '[2,"me",7,-3,[[],[],[],[]],[],[],false,false]',
        '[2,"me",7,true,[[],[],[],[]],[],[],false,false]',
        '[2,"me",7,3.0,[[],[],[],[]],[],[],false,false]',
        '[2,"me",7,3,[[],[],[]],[],[],false,false]',
        '[2,"me",7,3,[[],["4"],[],[]],[],[],false,false]',
        '[2,"me",7,3,[[],5,[],[]],[],[],false,false]',
        '[2,"me",7,3,[[],[],[],[]],[[1,2]],[],false,false]',
        '[2,"me",7,3,[[],[],[],[]],[],[[1,99]],false,false]',
        '[2,"me",7,3,[[],[],[],[]],[],[[1,[]]],false,false]',
        '[2,"me",7,3,[[],[],[],[]],[],[],false,0]',
        '[2,"me",99999999999999999999999999,3,[[],[],[],[]],[],[],false,false]',
    ],
)
def test_a_message_that_is_no_change_set_is_malformed(message: str) -> None:
    with pytest.raises(wire.Malformed):
        wire.decode(message)


@given(st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3), lambda inner: st.lists(inner, max_size=8)))
def test_no_message_raises_anything_else(body: object) -> None:
    with suppress(wire.Malformed):
        wire.decode(orjson.dumps(body).decode())
