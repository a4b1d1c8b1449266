"""Analytics: what an organization, or the whole platform, sold in some days. Each figure says by which moment it is counted.

Currencies are never added up. What a figure counts follows from rows that are kept for good, so that the figures of a past day change only
where something that is counted by that day does: a hold that ends, a refund that is given back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.bookings import BookingStatus
from domain.catalogue import InvalidArgument
from domain.ids import EventId, OrganizationId
from domain.money import Money
from domain.venues import timezones

DAYS_MOST = 366
TOP_MOST = 20
"""So many events of a currency are ranked."""
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days from the first to the last, both included, as a time zone has them. `starts` are the instants at which each begins."""

    first: date
    last: date
    timezone: str
    starts: tuple[datetime, ...] = field(repr=False)
    ends_at: datetime

    @property
    def days(self) -> list[date]:
        """Every day, in order."""
        return [self.first + timedelta(days=number) for number in range(len(self.starts))]


def day_range(first: date, last: date, timezone: str) -> DayRange:
    """The days from one to another; raises InvalidArgument for days that are none, too many or too far away, and for an unknown zone."""
    if first > last:
        raise InvalidArgument("`from` is after `to`.")
    if first < EARLIEST or last > LATEST:
        raise InvalidArgument(f"`from` and `to` are from {EARLIEST} to {LATEST}.")
    count = (last - first).days + 1
    if count > DAYS_MOST:
        raise InvalidArgument(f"`from` and `to` have {DAYS_MOST} days at most between them, both included.")
    if timezone not in timezones():
        raise InvalidArgument("`timezone` is a name of the IANA time zone database: Europe/London.")
    zone = ZoneInfo(timezone)
    *starts, ends_at = (datetime.combine(first + timedelta(days=number), time(), zone).astimezone(UTC) for number in range(count + 1))
    return DayRange(first, last, timezone, tuple(starts), ends_at)


def per_cent(part: int, whole: int) -> float | None:
    """A share in per cent, to two decimal places; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day: bookings made, payments that succeeded, refunds that were given back. An amount for every currency of the whole answer."""

    date: date
    bookings: int
    revenue: tuple[Money, ...]
    refunds: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class TopEvent:
    """An event that earned something: payments that succeeded and bookings made in the range, and how full it is now."""

    event_id: EventId
    revenue: Money
    bookings: int
    booked: int
    capacity: int


@dataclass(frozen=True, slots=True)
class TierSales:
    """Tickets of bookings confirmed in the range, by their tier's name, and what they cost; those given back since are among them."""

    name: str
    tickets: int
    revenue: Money


@dataclass(frozen=True, slots=True)
class Analytics:
    """What was sold in a range of days, all read at one moment. Lists of money have an amount for every currency that occurs, by code.

    - `events` start in the range and are published; `cancelled_events` start in it and are cancelled. Drafts count nowhere.
    - `bookings` were made in the range, by what has become of them.
    - `tickets` were issued for bookings confirmed in the range; `cancelled_tickets` are those of them that were given back.
    - `revenue` are payments that succeeded in the range, those too whose money went back.
    - `refunds` were given back in the range; `owed` became due in it and have not been given back. `net` is revenue less refunds.
    - `booked` and `capacity` are places of `events`, as they are now; places kept off sale are among the capacity.
    """

    range: DayRange
    events: int
    cancelled_events: int
    booked: int
    capacity: int
    bookings: Mapping[BookingStatus, int]
    tickets: int
    cancelled_tickets: int
    revenue: tuple[Money, ...]
    refunds: tuple[Money, ...]
    owed: tuple[Money, ...]
    net: tuple[Money, ...]
    days: tuple[Day, ...]
    tiers: tuple[TierSales, ...]
    """By currency; within it the highest first, and those that are equal by name."""
    top_events: tuple[TopEvent, ...]
    """By currency; at most TOP_MOST of each, the highest first, and those that are equal by id."""


class AnalyticsReads(Protocol):
    """Where the figures come from. Raises Outage where the database does not answer in time."""

    async def analytics(self, days: DayRange, organization_id: OrganizationId | None) -> Analytics:
        """What an organization sold in some days, or, for None, everybody."""
        ...
