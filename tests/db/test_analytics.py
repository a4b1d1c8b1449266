"""What was sold in some days, against a calculation of its own over all rows of random histories."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.analytics import PostgresAnalytics, read
from db.identifiers import new_number
from db.pool import Pool, open_pool
from domain.analytics import DAYS_MOST, TOP_MOST, Analytics, Day, DayRange, TierSales, TopEvent, day_range, per_cent
from domain.answers import BookingCancelled, BookingPending
from domain.bookings import Booking, BookingStatus
from domain.catalogue import InvalidArgument
from domain.ids import EventId, OrganizationId
from domain.money import Money
from payments.sandbox import SandboxGateway
from payments.settlement import Settlement
from tests.db.events import House, TierSpec, a_user, an_event, begin, book, book_any, cancel, complete, standing

TODAY = datetime.now(UTC).date()
CURRENCIES = ("GBP", "GBP", "EUR", "JPY")
TABLES = ("event", "tier", "booking", "ticket", "payment", "refund")
STEPS = ("hold", "hold", "stand", "pay", "pay", "pay", "decline", "fail", "late", "cancel", "cancel", "part", "lapse", "owe", "stuck")
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def reading(fresh_database_url: str) -> AsyncIterator[Pool]:
    """A pool that plans as reads do."""
    pool = await open_pool(fresh_database_url, 2)
    yield pool
    await pool.close()


# Histories


class History:
    """What some people do with some events, through the box office and settlement; then each thing is moved to some day."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.random = Random(seed)
        self.users = [a_user() for _ in range(4)]
        self.organizations = [OrganizationId(new_number()) for _ in range(2)]
        self.events: list[EventId] = []
        self.held: list[Booking] = []
        self.paid: list[Booking] = []
        self.settlement = Settlement(house.office, {"sandbox": SandboxGateway()}, house.bookings, new_number)

    async def play(self, steps: int) -> None:
        """Live it, and scatter it over some days."""
        for number, organization_id in enumerate(self.organizations):
            await self.house.pool.execute("INSERT INTO organization VALUES ($1, $2, now())", organization_id, f"Organization {number}")
        for currency in CURRENCIES * 2:
            self.events.append(await self.an_event(currency))
        for _ in range(steps):
            await getattr(self, f"_{self.random.choice(STEPS)}")()
        await self.scatter()
        await self.settlement.close()

    async def an_event(self, currency: str) -> EventId:
        """One with a front, a back and a floor, whose names others share; some are cancelled, some drafts."""
        tiers = [TierSpec(8, price_minor=7500), TierSpec(8, price_minor=self.random.choice([0, 2500])), standing(30, 1999)]
        event_id = await an_event(self.house.pool, tiers=tiers, currency=currency)
        organization = self.random.choice([*self.organizations, None])
        await self.house.pool.execute("UPDATE event SET organization_id = $2 WHERE event_id = $1", event_id, organization)
        return event_id

    async def scatter(self) -> None:
        """Give everything a moment of its own within 12 days, to a second that may be the first or the last of a day."""
        pool = self.house.pool
        moments = {"booking": ("created_at", "confirmed_at"), "payment": ("created_at", "processed_at")}
        for table, columns in {**moments, "refund": ("created_at", "processed_at"), "event": ("starts_at",)}.items():
            name = {"event": "event_id"}.get(table, f"{table}_id")
            for (number,) in await pool.fetch(f"SELECT {name} FROM {table}"):
                for column in columns:
                    await pool.execute(
                        f"UPDATE {table} SET {column} = $2 WHERE {name} = $1 AND {column} IS NOT NULL", number, self.moment()
                    )
        await pool.execute("UPDATE event SET ends_at = starts_at + interval '1 h'")
        for event_id in self.random.sample(self.events, 2):
            await pool.execute("UPDATE event SET status = $2 WHERE event_id = $1", event_id, self.random.choice([0, 2]))

    def moment(self) -> datetime:
        """Some time within six days from now, often at the very edge of a day somewhere."""
        day = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(days=self.random.randint(-6, 6))
        edge = self.random.choice([timedelta(), timedelta(hours=1), timedelta(hours=-2), timedelta(hours=-5, minutes=-30)])
        return day + edge + self.random.choice([timedelta(), -timedelta(microseconds=1), timedelta(seconds=self.random.randrange(86400))])

    async def _hold(self) -> None:
        event_id, seats = self.random.choice(self.events), self.random.sample(range(16), self.random.randint(1, 4))
        self._keep(await self.house.office.submit(book(event_id, self.random.choice(self.users), *seats)))

    async def _stand(self) -> None:
        event_id, quantity = self.random.choice(self.events), self.random.randint(1, 3)
        self._keep(await self.house.office.submit(book_any(event_id, self.random.choice(self.users), quantity, tier_no=3)))

    def _keep(self, answer: object) -> None:
        if isinstance(answer, BookingPending):
            self.held.append(answer.booking)

    def _taken(self, bookings: list[Booking]) -> Booking | None:
        return bookings.pop(self.random.randrange(len(bookings))) if bookings else None

    async def _pay(self, method: str = "pm_card_visa") -> None:
        if booking := self._taken(self.held):
            await self.settlement.pay(begin(booking, method=method))
            self.paid.append(booking)

    async def _stuck(self) -> None:
        """A payment whose refund the gateway will not make, should it be asked to."""
        await self._pay("pm_card_refundFail")

    async def _decline(self) -> None:
        if booking := self._taken(self.held):
            await self.settlement.pay(begin(booking, method="pm_card_chargeDeclined"))
            self.held.append(booking)

    async def _fail(self) -> None:
        if booking := self._taken(self.held):
            await self.settlement.pay(begin(booking, method="pm_card_chargeDeclined", fails_booking=True))

    async def _late(self) -> None:
        """A payment that comes when the hold has ended and somebody else may have the seats."""
        if booking := self._taken(self.held):
            paying = begin(booking)
            await self.house.office.submit(paying)
            await self.house.end_hold(booking)
            await self.house.office.submit(book(booking.id.event_id, self.random.choice(self.users), *booking.seats[:1]))
            await self.house.office.submit(complete(paying.payment_id, booking))

    async def _lapse(self) -> None:
        if booking := self._taken(self.held):
            await self.house.end_hold(booking)

    async def _cancel(self) -> None:
        await self._give_back(self._taken(self.paid), give=True)

    async def _owe(self) -> None:
        await self._give_back(self._taken(self.paid), give=False)

    async def _part(self) -> None:
        if booking := self._taken(self.paid):
            await self._give_back(booking, give=True, ticket_nos=(1,))
            self.paid.append(booking)

    async def _give_back(self, booking: Booking | None, *, give: bool, **part: Any) -> None:
        if booking is None:
            return
        answer = await self.house.office.submit(replace(cancel(booking), **part))
        if isinstance(answer, BookingCancelled) and answer.refund is not None and answer.payment is not None and give:
            await self.settlement.give_back(answer.refund, answer.payment)


# The other calculation


async def all_rows(pool: Pool) -> Rows:
    """Everything there is."""
    return {table: [dict(row) for row in await pool.fetch(f"SELECT * FROM {table}")] for table in TABLES}


def calculated(rows: Rows, first: date, last: date, timezone: str, organization_id: OrganizationId | None) -> Analytics:
    """The figures, row by row, by the words that describe them."""
    zone, now = ZoneInfo(timezone), datetime.now(UTC)

    def day_of(moment: datetime | None) -> date | None:
        day = moment.astimezone(zone).date() if moment else None
        return day if day is not None and first <= day <= last else None

    events = {e["event_id"]: e for e in rows["event"] if organization_id is None or e["organization_id"] == organization_id}
    tiers = {(tier["event_id"], tier["tier_no"]): tier for tier in rows["tier"]}
    bookings = {(b["event_id"], b["booking_id"]): b for b in rows["booking"] if b["event_id"] in events}
    full = {
        number: (
            sum(tier["booked"] for tier in rows["tier"] if tier["event_id"] == number),
            sum(tier["capacity"] for tier in rows["tier"] if tier["event_id"] == number),
        )
        for number in events
    }
    shown = [number for number, event in events.items() if event["status"] == 1 and day_of(event["starts_at"])]
    status: Counter[int] = Counter()
    made: Counter[Any] = Counter()
    made_of: Counter[int] = Counter()
    for booking in bookings.values():
        if day := day_of(booking["created_at"]):
            lapsed = booking["status"] == BookingStatus.PENDING and booking["expires_at"] <= now
            status[BookingStatus.EXPIRED if lapsed else booking["status"]] += 1
            made[day] += 1
            made_of[booking["event_id"]] += 1

    revenue: Counter[Any] = Counter()
    earned: dict[str, Counter[int]] = {}
    for payment in rows["payment"]:
        if payment["event_id"] in events and payment["status"] == 1 and (day := day_of(payment["processed_at"])):
            revenue[day, payment["currency"]] += payment["amount_minor"]
            earned.setdefault(payment["currency"], Counter())[payment["event_id"]] += payment["amount_minor"]
    refunds: Counter[Any] = Counter()
    owed: Counter[str] = Counter()
    for refund in rows["refund"]:
        if refund["event_id"] not in events:
            continue
        if refund["status"] == 1:
            if day := day_of(refund["processed_at"]):
                refunds[day, refund["currency"]] += refund["amount_minor"]
        elif day_of(refund["created_at"]):
            owed[refund["currency"]] += refund["amount_minor"]

    sold: dict[tuple[str, str], list[int]] = {}
    cancelled = 0
    for ticket in rows["ticket"]:
        bought = bookings.get((ticket["event_id"], ticket["booking_id"]))
        if bought and day_of(bought["confirmed_at"]):
            line = sold.setdefault((bought["currency"], tiers[ticket["event_id"], ticket["tier_no"]]["name"]), [0, 0])
            line[0] += 1
            line[1] += ticket["price_minor"]
            cancelled += ticket["status"] == 1

    codes = sorted({code for _, code in revenue} | {code for _, code in refunds} | set(owed) | {code for code, _ in sold})
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    total = {code: sum(minor for (_, c), minor in revenue.items() if c == code) for code in codes}
    back = {code: sum(minor for (_, c), minor in refunds.items() if c == code) for code in codes}
    return Analytics(
        range=day_range(first, last, timezone),
        events=len(shown),
        cancelled_events=sum(event["status"] == 2 and day_of(event["starts_at"]) is not None for event in events.values()),
        booked=sum(full[number][0] for number in shown),
        capacity=sum(full[number][1] for number in shown),
        bookings={one: status[one] for one in BookingStatus},
        tickets=sum(count for count, _ in sold.values()),
        cancelled_tickets=cancelled,
        revenue=tuple(Money(total[code], code) for code in codes),
        refunds=tuple(Money(back[code], code) for code in codes),
        owed=tuple(Money(owed[code], code) for code in codes),
        net=tuple(Money(total[code] - back[code], code) for code in codes),
        days=tuple(
            Day(day, made[day], tuple(Money(revenue[day, c], c) for c in codes), tuple(Money(refunds[day, c], c) for c in codes))
            for day in days
        ),
        tiers=tuple(
            TierSales(name, count, Money(minor, code))
            for (code, name), (count, minor) in sorted(sold.items(), key=lambda one: (one[0][0], -one[1][1], one[0][1]))
        ),
        top_events=tuple(
            TopEvent(EventId(number), Money(minor, code), made_of[number], *full[number])
            for code in sorted(earned)
            for number, minor in sorted(earned[code].items(), key=lambda one: (-one[1], one[0]))[:TOP_MOST]
            if minor
        ),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_every_figure_is_what_a_calculation_over_all_rows_says(fresh_house: House, reading: Pool, seed: int) -> None:
    history = History(fresh_house, seed)
    await history.play(160)
    rows, analytics = await all_rows(fresh_house.pool), PostgresAnalytics(reading)
    ranges = [(-1, 1), (0, 0), (-6, 6), (-3, 2), (-8, 8), (30, 40), (-180, 185)]

    for from_day, to_day in ranges:
        first, last = TODAY + timedelta(days=from_day), TODAY + timedelta(days=to_day)
        for timezone in ("UTC", "Europe/Paris", "Asia/Kolkata"):
            for organization_id in (None, *history.organizations):
                expected = calculated(rows, first, last, timezone, organization_id)
                found = await analytics.analytics(day_range(first, last, timezone), organization_id)
                assert found == expected, (seed, first, last, timezone, organization_id)
    whole = await analytics.analytics(day_range(TODAY - timedelta(days=9), TODAY + timedelta(days=9), "UTC"), None)
    assert all(whole.bookings[status] for status in BookingStatus), "the history has everything in it"
    assert {money.currency for money in whole.revenue} == set(CURRENCIES)
    assert all(sum(money.minor for money in amounts) for amounts in (whole.revenue, whole.refunds, whole.owed))
    assert whole.cancelled_tickets


async def test_of_each_currency_the_best_are_ranked(fresh_house: House, reading: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    await History(fresh_house, 5).play(120)
    days = day_range(TODAY - timedelta(days=9), TODAY + timedelta(days=9), "UTC")
    everybody = (await PostgresAnalytics(reading).analytics(days, None)).top_events
    monkeypatch.setattr("db.analytics.TOP_MOST", 1)

    best = (await PostgresAnalytics(reading).analytics(days, None)).top_events

    assert len(everybody) > len(best) == len(set(CURRENCIES))
    assert best == tuple(next(top for top in everybody if top.revenue.currency == currency) for currency in sorted(set(CURRENCIES)))


async def test_money_that_came_too_late_is_revenue_and_goes_back_but_is_no_tiers(fresh_house: House, reading: Pool) -> None:
    event_id = await an_event(fresh_house.pool, 2)
    booking = await fresh_house.held(event_id, a_user(), 0)
    paying = begin(booking)
    await fresh_house.office.submit(paying)
    await fresh_house.end_hold(booking)
    await fresh_house.held(event_id, a_user(), 0)
    await fresh_house.office.submit(complete(paying.payment_id, booking))

    found = await PostgresAnalytics(reading).analytics(day_range(TODAY - timedelta(days=1), TODAY + timedelta(days=1), "UTC"), None)

    assert (found.revenue, found.refunds, found.owed) == ((Money(7500, "GBP"),), (Money(0, "GBP"),), (Money(7500, "GBP"),))
    assert (found.tiers, found.tickets, found.bookings[BookingStatus.EXPIRED]) == ((), 0, 1)


async def test_an_empty_platform_has_empty_days(fresh_database_url: str, reading: Pool) -> None:
    found = await PostgresAnalytics(reading).analytics(day_range(date(2028, 2, 27), date(2028, 3, 1), "UTC"), None)

    assert [(day.date, day.bookings, day.revenue) for day in found.days] == [
        (day, 0, ()) for day in (date(2028, 2, 27), date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1))
    ]
    assert (found.events, found.revenue, found.top_events, per_cent(found.booked, found.capacity)) == (0, (), (), None)


async def test_a_year_takes_as_many_statements_as_a_day(fresh_house: House, reading: Pool) -> None:
    await History(fresh_house, 7).play(60)
    counted = []

    for days in (0, 0, DAYS_MOST - 1):
        asked: list[str] = []
        async with reading.acquire() as connection:
            with connection.query_logger(lambda record, asked=asked: asked.append(record.query)):
                await read(connection, day_range(TODAY - timedelta(days=days), TODAY, "UTC"), None)
        counted.append(len(asked))

    assert counted[1] == counted[2]
    assert counted[1] <= 10


# Days


@pytest.mark.parametrize("timezone", ["Europe/London", "America/Santiago", "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu"])
def test_days_follow_on_each_other_and_begin_at_midnight_or_the_first_moment_after_it(timezone: str) -> None:
    days = day_range(date(2011, 6, 1), date(2012, 5, 31), timezone)
    zone = ZoneInfo(timezone)

    assert len(days.days) == len(days.starts) == DAYS_MOST
    for start, end in pairwise([*days.starts, days.ends_at]):
        assert timedelta(0) <= end - start <= timedelta(hours=25)
    for day, start in zip(days.days, days.starts, strict=True):
        assert (start - timedelta(microseconds=1)).astimezone(zone).date() < day
        assert start.astimezone(zone).date() >= day


@pytest.mark.parametrize(
    ("first", "last", "timezone"),
    [
        (date(2026, 1, 2), date(2026, 1, 1), "UTC"),
        (date(2026, 1, 1), date(2027, 1, 2), "UTC"),
        (date.min, date.min, "UTC"),
        (date.max, date.max, "UTC"),
        (date.min, date.max, "UTC"),
        (date(2026, 1, 1), date(2026, 1, 1), "Europe/Atlantis"),
        (date(2026, 1, 1), date(2026, 1, 1), ""),
        (date(2026, 1, 1), date(2026, 1, 1), "../../etc/passwd"),
        (date(2026, 1, 1), date(2026, 1, 1), "\0"),
    ],
)
def test_days_that_cannot_be_are_refused(first: date, last: date, timezone: str) -> None:
    with pytest.raises(InvalidArgument):
        day_range(first, last, timezone)


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2999, 12, 31)])
def test_the_first_and_the_last_day_that_can_be_asked_for_have_moments(day: date, timezone: str) -> None:
    found: DayRange = day_range(day, day, timezone)

    assert found.ends_at - found.starts[0] == timedelta(days=1)


def test_a_share_of_nothing_is_no_share() -> None:
    assert (per_cent(0, 0), per_cent(0, 3), per_cent(2, 3), per_cent(3, 3)) == (None, 0.0, 66.67, 100.0)
