"""Reads of what was sold in some days, all of one moment."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from db.pool import Connection, Pool, reading
from db.statements import statements
from domain.analytics import TOP_MOST, Analytics, Day, DayRange, TierSales, TopEvent
from domain.bookings import BookingStatus
from domain.ids import EventId, OrganizationId
from domain.inventory import EventStatus
from domain.money import Money

SQL = statements("analytics")
Row = asyncpg.Record


class PostgresAnalytics:
    """The `AnalyticsReads` of a process. A constant number of statements, however many days, events and bookings."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def analytics(self, days: DayRange, organization_id: OrganizationId | None) -> Analytics:
        """What an organization sold in some days, or, for None, everybody."""

        async def ask(connection: Connection) -> Analytics:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await read(connection, days, organization_id)

        found: Analytics = await reading(self.pool, ask)
        return found


async def read(connection: Connection, days: DayRange, organization_id: OrganizationId | None) -> Analytics:
    """All figures, in a transaction that sees one moment."""
    scope = (days.starts[0], days.ends_at, organization_id)
    by_day = (*scope, list(days.starts))
    events = {EventStatus(row["status"]): row for row in await connection.fetch(SQL["events"], *scope)}
    bookings = await connection.fetch(SQL["bookings"], *by_day)
    revenue = daily(await connection.fetch(SQL["revenue"], *by_day))
    refunds = daily(await connection.fetch(SQL["refunds"], *by_day))
    owed = Counter({row["currency"]: row["minor"] for row in await connection.fetch(SQL["owed"], *scope)})
    tiers = await connection.fetch(SQL["tiers"], *scope)
    top = await connection.fetch(SQL["top_events"], *scope, TOP_MOST)
    facts = await connection.fetch(SQL["top_facts"], *scope[:2], sorted({row["event_id"] for row in top}))

    currencies = sorted({currency for _, currency in (*revenue, *refunds)} | owed.keys() | {row["currency"] for row in tiers})
    earned, given_back = by_currency(revenue), by_currency(refunds)
    net = {currency: earned[currency] - given_back[currency] for currency in currencies}
    made = sums((row["day"], row["bookings"]) for row in bookings)
    published, cancelled = events.get(EventStatus.PUBLISHED), events.get(EventStatus.CANCELLED)
    return Analytics(
        range=days,
        events=published["events"] if published else 0,
        cancelled_events=cancelled["events"] if cancelled else 0,
        booked=published["booked"] if published else 0,
        capacity=published["capacity"] if published else 0,
        bookings=became(bookings),
        tickets=sum(row["tickets"] for row in tiers),
        cancelled_tickets=sum(row["cancelled"] for row in tiers),
        revenue=amounts(earned, currencies),
        refunds=amounts(given_back, currencies),
        owed=amounts(owed, currencies),
        net=amounts(net, currencies),
        days=tuple(
            Day(
                day,
                made[number],
                tuple(Money(revenue[number, currency], currency) for currency in currencies),
                tuple(Money(refunds[number, currency], currency) for currency in currencies),
            )
            for number, day in enumerate(days.days, start=1)
        ),
        tiers=tuple(sorted(map(tier_sales, tiers), key=lambda tier: (tier.revenue.currency, -tier.revenue.minor, tier.name))),
        top_events=tuple(top_event(row, {fact["event_id"]: fact for fact in facts}) for row in top),
    )


def sums(counted: Iterable[tuple[Any, int]]) -> Counter[Any]:
    """What is counted under each name, added up."""
    found: Counter[Any] = Counter()
    for name, count in counted:
        found[name] += count
    return found


def daily(rows: list[Row]) -> Counter[tuple[int, str]]:
    """Minor units by the number of the day, from 1, and the currency."""
    return sums(((row["day"], row["currency"]), row["minor"]) for row in rows)


def by_currency(days: Counter[tuple[int, str]]) -> Counter[str]:
    """Minor units of all days together, by currency."""
    return sums((currency, minor) for (_, currency), minor in days.items())


def amounts(minor: Mapping[str, int], currencies: list[str]) -> tuple[Money, ...]:
    """An amount for each currency."""
    return tuple(Money(minor.get(currency, 0), currency) for currency in currencies)


def became(rows: list[Row]) -> dict[BookingStatus, int]:
    """How many bookings stand so, for every state there is."""
    found = sums((row["status"], row["bookings"]) for row in rows)
    return {status: found[status] for status in BookingStatus}


def tier_sales(row: Row) -> TierSales:
    """What a tier's tickets brought."""
    return TierSales(row["name"], row["tickets"], Money(row["minor"], row["currency"]))


def top_event(row: Row, facts: Mapping[int, Row]) -> TopEvent:
    """An event that is ranked, with what `top_facts` says of it."""
    fact = facts[row["event_id"]]
    return TopEvent(EventId(row["event_id"]), Money(row["minor"], row["currency"]), fact["bookings"], fact["booked"], fact["capacity"])
