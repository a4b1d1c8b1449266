"""Looking at bookings and payments."""

from datetime import UTC, datetime, timedelta

import strawberry
from strawberry import ID

from domain.bookings import Booking as BookingRecord
from domain.bookings import BookingStatus as BookingState
from domain.ids import BookingId, MalformedId, PaymentId, UserId
from resolvers import permissions
from resolvers.context import Info
from schema.bookings import Booking, BookingConnection, BookingEdge, BookingFilter, Payment, UserStats
from schema.nodes import PageInfo
from schema.scalars import Money

PAGE_MOST = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@strawberry.type
class BookingQueries:
    """What users ask of bookings."""

    @strawberry.field(description="One booking: its owner's, or any for an admin; null where there is none of yours.")
    async def booking(self, info: Info, id: ID) -> Booking | None:
        """Its owner or an admin."""
        caller = permissions.user(info)
        found = await info.context.booking_loaders.bookings.load(BookingId.parse(id))
        return Booking.of(found) if found is not None and caller.owns(found.user_id) else None

    @strawberry.field(description="One payment: its owner's, or any for an admin; null where there is none of yours.")
    async def payment(self, info: Info, id: ID) -> Payment | None:
        """Its owner or an admin."""
        caller = permissions.user(info)
        found = await info.context.services.bookings.payment(PaymentId.parse(id))
        return Payment.of(found) if found is not None and caller.owns(found.user_id) else None


async def bookings_of(info: Info, user_id: UserId, first: int, after: str | None, filter: BookingFilter | None) -> BookingConnection:
    """A page of a user's bookings, newest first. Raises BadPage for a page that cannot be."""
    if not 0 <= first <= PAGE_MOST:
        raise BadPage(f"`first` is 0 to {PAGE_MOST}.")
    status = BookingState[filter.status.name] if filter is not None and filter.status is not None else None
    reads = info.context.services.bookings
    found = await reads.of_user(user_id, most=first + 1, status=status, after=place_of(after) if after is not None else None)
    edges = [BookingEdge(node=Booking.of(record), cursor=cursor_of(record)) for record in found[:first]]
    page = PageInfo(
        has_next_page=len(found) > first,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return BookingConnection(edges=edges, page_info=page, total_count=await reads.count_of_user(user_id, status))


async def stats_of(info: Info, user_id: UserId) -> UserStats:
    """What a user has booked, in numbers."""
    stats = await info.context.services.bookings.stats_of_user(user_id)
    spent = [Money.of(amount) for amount in stats.spent]
    return UserStats(total_bookings=stats.bookings, upcoming_events=stats.upcoming_events, total_spent=spent)


class BadPage(ValueError):
    """A page that cannot be: its size, or a cursor that is none of this list's."""

    code = "VALIDATION_ERROR"


def cursor_of(booking: BookingRecord) -> str:
    """A booking's place among its user's: when it was made, and its id."""
    return f"{(booking.created_at - EPOCH) // MICROSECOND}.{booking.id}"


def place_of(cursor: str) -> tuple[datetime, int]:
    """The place that a cursor names; raises BadPage for a text that is no cursor."""
    moment, _, booking_id = cursor.partition(".")
    try:
        micros = int(moment) if moment.isascii() and moment.isdigit() and len(moment) <= 16 else -1
        number = BookingId.parse(booking_id).number
    except MalformedId:
        micros, number = -1, 0
    if micros < 0:
        raise BadPage("`after` is a cursor of this list.")
    return EPOCH + micros * MICROSECOND, number
