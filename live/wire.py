"""Change sets as text, for the way from the process that committed to all others."""

from typing import Any

import orjson

from domain.bookings import BookingStatus
from domain.changes import ChangeSet
from domain.ids import EventId
from domain.places import Counts, PlaceStatus

FORMAT = 2


class Malformed(ValueError):
    """A message that is no change set, or one in a format this process does not know."""


def encode(change_set: ChangeSet, sender: str) -> str:
    """A change set as one line: format, who sent it, event, version, seat numbers by status, tiers, bookings, whether the sale
    changed, whether the waitlist did."""
    seats: tuple[list[int], ...] = tuple([] for _ in PlaceStatus)
    for seat_no, status in change_set.seats:
        seats[status].append(seat_no)
    tiers = [[tier_no, counts.available, counts.held, counts.booked, counts.blocked] for tier_no, counts in change_set.tiers]
    bookings = [[booking_no, int(status)] for booking_no, status in change_set.bookings]
    body = [
        FORMAT,
        sender,
        int(change_set.event_id),
        change_set.version,
        seats,
        tiers,
        bookings,
        change_set.sale_changed,
        change_set.waitlist_changed,
    ]
    return orjson.dumps(body).decode()


def opening(sender: str) -> str:
    """How every message of a sender begins, so that it knows its own without reading on."""
    return orjson.dumps([FORMAT, sender]).decode()[:-1] + ","


def decode(message: str) -> ChangeSet:
    """The change set a message tells; raises Malformed, and nothing else, whatever the message is."""
    try:
        return _change_set(orjson.loads(message))
    except (ValueError, TypeError) as reason:
        raise Malformed(f"not a change set: {reason}") from reason


def _change_set(body: Any) -> ChangeSet:
    match body:
        case [2, str(), event_id, version, [_, _, _, _] as seats, list() as tiers, list() as bookings, bool(sale), bool(waitlist)]:
            return ChangeSet(
                event_id=EventId(_number(event_id)),
                version=_number(version),
                seats=tuple((_number(seat_no), status) for status in PlaceStatus for seat_no in seats[status]),
                tiers=tuple((_number(tier_no), Counts(*map(_number, (a, h, b, x)))) for tier_no, a, h, b, x in tiers),
                bookings=tuple((_number(booking_no), BookingStatus(status)) for booking_no, status in bookings),
                sale_changed=sale,
                waitlist_changed=waitlist,
            )
        case _:
            raise Malformed("unknown format")


def _number(value: object) -> int:
    if type(value) is not int or value < 0:  # a bool is an int too
        raise Malformed(f"{value!r} is no number")
    return value
