"""Ids: each has exactly one spelling, says what it names, and refuses all else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import (
    DIGITS,
    KINDS,
    LARGEST,
    TICKETS_MOST,
    BookingId,
    EventId,
    EventScopedId,
    GlobalId,
    MalformedId,
    PaymentId,
    RefundId,
    SeatId,
    TicketId,
    TierId,
    UserId,
    parse_any,
)

GLOBAL = [kind for kind in KINDS.values() if issubclass(kind, GlobalId)]
SCOPED = [kind for kind in KINDS.values() if issubclass(kind, EventScopedId)]
Kind = type[GlobalId] | type[EventScopedId]
SMALL_MOST = 2**20 - 1

large_numbers = st.integers(1, LARGEST)


def most_of(kind: type[EventScopedId]) -> int:
    """The largest number of its kind."""
    return SMALL_MOST if kind in (SeatId, TierId) else kind.largest


@given(number=large_numbers, kind=st.sampled_from(GLOBAL))
def test_an_id_that_stands_alone_is_read_as_it_was_written(number: int, kind: type[GlobalId]) -> None:
    written = str(kind(number))

    assert kind.parse(written) == number
    assert type(parse_any(written)) is kind


@given(event=large_numbers, number=st.integers(0, 2**68 - 1), kind=st.sampled_from(SCOPED))
def test_an_id_within_an_event_is_read_as_it_was_written(event: int, number: int, kind: type[EventScopedId]) -> None:
    named = kind(EventId(event), min(number, most_of(kind)))

    assert kind.parse(str(named)) == named
    assert parse_any(str(named)) == named


@given(
    text=st.text(max_size=40) | st.builds("{}_{}".format, st.sampled_from(list(KINDS)), st.text(alphabet=DIGITS, min_size=12, max_size=28))
)
def test_a_text_that_is_read_as_an_id_is_its_only_spelling(text: str) -> None:
    try:
        named = parse_any(text)
    except MalformedId:
        return

    assert str(named) == text


def test_ids_are_spelled_like_this() -> None:
    event_id = EventId(7)

    assert str(event_id) == repr(event_id) == f"{event_id}" == "evt_0000000000007"
    assert str(SeatId(event_id, 31)) == "seat_0000000000007000Z"
    assert str(TierId(event_id, 32)) == "tier_00000000000070010"
    assert str(BookingId(event_id, LARGEST)) == "bkg_00000000000077ZZZZZZZZZZZZ"
    assert str(PaymentId(event_id, 1)) == "pay_00000000000070000000000001"
    assert str(RefundId(event_id, 1)) == "rfd_00000000000070000000000001"
    assert str(TicketId(event_id, 33)) == "tkt_000000000000700000000000011"


EVT = "evt_0000000000007"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("evt_", id="no digits"),
        pytest.param("7", id="a bare number"),
        pytest.param(EVT[:-1], id="too short"),
        pytest.param(EVT + "0", id="too long"),
        pytest.param(EVT + "0" * 100_000, id="far too long"),
        pytest.param("evt_" + "0" * 13, id="zero"),
        pytest.param("evt_" + "8" + "0" * 12, id="64 bits"),
        pytest.param("evt_" + "Z" * 13, id="65 bits"),
        pytest.param("evt_000000000000a", id="lower case"),
        pytest.param("EVT_0000000000007", id="prefix in upper case"),
        pytest.param("evt-0000000000007", id="another mark between"),
        pytest.param("evt_000000000000O", id="O for 0"),
        pytest.param("evt_000000000000I", id="I for 1"),
        pytest.param("evt_000000000000L", id="L for 1"),
        pytest.param("evt_000000000000U", id="U is no digit"),
        pytest.param("evt_00000000000-7", id="a sign"),
        pytest.param("evt_00000000000_7", id="an underscore"),
        pytest.param("evt_000000000000\0", id="NUL"),
        pytest.param(EVT[:-1] + "\n", id="a line's end within"),
        pytest.param(EVT + "\n", id="a line's end behind"),
        pytest.param(" " + EVT, id="a blank before"),
        pytest.param("evt_000000000000٧", id="an Arabic digit"),
        pytest.param("evt_000000000000７", id="a wide digit"),
        pytest.param("evt_000000000000²", id="a raised digit"),
        pytest.param("evt_000000000000\ud800", id="half a character"),
        pytest.param("usr_0000000000007", id="another kind"),
        pytest.param("bkg_00000000000070000000000001", id="another kind, longer"),
    ],
)
def test_what_is_not_an_events_id(text: str) -> None:
    with pytest.raises(MalformedId):
        EventId.parse(text)


@pytest.mark.parametrize("kind", [*GLOBAL, *SCOPED])
@pytest.mark.parametrize("other", [*GLOBAL, *SCOPED])
def test_an_id_of_one_kind_is_not_read_as_another(kind: Kind, other: Kind) -> None:
    text = str(kind(7)) if issubclass(kind, GlobalId) else str(kind(EventId(7), 1))

    if kind is other:
        assert str(kind.parse(text)) == text
    else:
        with pytest.raises(MalformedId):
            other.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("bkg_" + "0" * 13 + "0000000000001", id="no event"),
        pytest.param("bkg_" + "Z" * 13 + "0000000000001", id="an event of 65 bits"),
        pytest.param("bkg_0000000000007" + "8" + "0" * 12, id="a number of 64 bits"),
        pytest.param("bkg_0000000000007000000000000l", id="lower case"),
        pytest.param("bkg_0000000000007000000000000\0", id="NUL"),
        pytest.param("bkg_000000000000٧0000000000001", id="an Arabic digit in the event"),
        pytest.param("bkg_0000000000007", id="only the event"),
    ],
)
def test_what_is_not_a_bookings_id(text: str) -> None:
    with pytest.raises(MalformedId):
        BookingId.parse(text)


@pytest.mark.parametrize("text", ["", "_", "evt", "xyz_0000000000007", "_evt_0000000000007", "\0", "٧_0000000000007"])
def test_what_is_no_id_of_any_kind(text: str) -> None:
    with pytest.raises(MalformedId):
        parse_any(text)


def test_a_malformed_id_tells_the_form_and_nothing_else() -> None:
    with pytest.raises(MalformedId, match=r"^not an id of the form evt_…$"):
        EventId.parse("evt_secret")


def test_ids_of_two_kinds_within_an_event_are_never_equal() -> None:
    assert len({kind(EventId(7), 1) for kind in SCOPED}) == len(SCOPED)


def test_ids_sort_by_event_and_number() -> None:
    first, second, third = SeatId(EventId(1), 9), SeatId(EventId(2), 0), SeatId(EventId(2), 1)

    assert sorted([third, first, second]) == [first, second, third]


def test_an_id_that_stands_alone_is_the_number_the_database_stores() -> None:
    assert UserId.parse("usr_000000000000Z") == 31


def test_a_bookings_code_is_its_ids_highest_50_bits() -> None:
    booking_id = BookingId(EventId(7), 0b1 << 62 | 0b11 << 13 | 0b1_1111_1111_1111)

    assert booking_id.code == "EVTG000000003"


@given(number=st.integers(0, LARGEST), lower=st.integers(0, 2**13 - 1))
def test_the_bookings_of_one_code_are_a_range_of_ids(number: int, lower: int) -> None:
    first = number >> 13 << 13

    assert BookingId(EventId(7), first | lower).code == BookingId(EventId(7), number).code
    assert first == 0 or BookingId(EventId(7), first - 1).code != BookingId(EventId(7), number).code


@given(event=large_numbers, number=st.integers(0, LARGEST), ticket_no=st.integers(1, TICKETS_MOST))
def test_a_ticket_names_its_booking_and_its_place_there(event: int, number: int, ticket_no: int) -> None:
    booking_id = BookingId(EventId(event), number)

    ticket_id = TicketId.of(booking_id, ticket_no)

    assert (ticket_id.booking_id, ticket_id.ticket_no) == (booking_id, ticket_no)
    assert TicketId.parse(str(ticket_id)) == ticket_id
    assert ticket_id.code == f"{booking_id.code}-{ticket_no:02}"


@pytest.mark.parametrize("ticket_no", [-1, 0, TICKETS_MOST + 1])
def test_a_ticket_number_that_would_name_another_bookings_ticket(ticket_no: int) -> None:
    with pytest.raises(AssertionError, match="another booking's"):
        TicketId.of(BookingId(EventId(7), 1), ticket_no)
