"""Analytics as organizers and admins ask for them: who may, which days, and that a few known sales are told right."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db.identifiers import new_number
from domain.callers import Caller
from domain.ids import OrganizationId
from tests.api.asking import Failed
from tests.api.house import ADMIN, DECLINED, FLOOR, VISA, House, a_house
from tests.api.stage import a_name, an_organizer

FIGURES = """events cancelledEvents bookings tickets cancelledTickets averageUtilization revenue { amount currency }
    refunds { amount currency } refundsOwed { amount currency } net { amount currency } bookingsByStatus { status bookings }"""
ANALYTICS = f"""query ($from: Date!, $to: Date!, $organization: ID, $timezone: String = "UTC", $top: Int = 5) {{
    analytics(from: $from, to: $to, organizationId: $organization, timezone: $timezone) {{ from to timezone {FIGURES}
        daily {{ date bookings revenue {{ amount currency }} refunds {{ amount }} }}
        topEvents(first: $top) {{ event {{ id name }} bookings revenue {{ amount currency }} utilization }}
        revenueByTier {{ tier tickets revenue {{ amount currency }} }} }} }}"""
TODAY = datetime.now(UTC).date()
ORGANIZATION = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url) as house:
        yield house


async def an_organization(house: House) -> str:
    return str((await house.ask(ORGANIZATION, ADMIN, name=a_name("organization")))["id"])


async def told(
    house: House, caller: Caller | None, organization: str | None, first: object = TODAY, last: object = TODAY, **more: Any
) -> Any:
    """What somebody is told of some days."""
    days: dict[str, Any] = {"from": str(first), "to": str(last)}
    return await house.ask(ANALYTICS, caller, **days, organization=organization, **more)


async def refused(house: House, *arguments: Any, **more: Any) -> object:
    """The code of the error that is answered instead."""
    with pytest.raises(Failed) as failed:
        await told(house, *arguments, **more)
    return failed.value.code


async def test_a_few_sales_are_told_as_they_were(house: House) -> None:
    organization = await an_organization(house)
    pounds, euros = [await house.event(organizationId=organization, currency=currency) for currency in ("GBP", "EUR")]
    user = await house.user()
    kept = await house.book(user, pounds, 0, 6, payment=VISA)
    given_back = await house.book(user, pounds, 1, payment=VISA)
    await house.cancel(user, given_back["id"])
    await house.book(user, pounds, 2, payment=DECLINED)
    await house.take(user, euros, FLOOR, 3, payment=VISA)
    lapsed = await house.book(user, euros, 0)
    await house.end_hold(lapsed["id"])
    starts = date(2031, 5, 1)

    figures = await told(house, an_organizer(organization), organization)
    later = await told(house, ADMIN, organization, starts, starts)

    assert kept["status"] == "CONFIRMED"
    assert figures["daily"] == [
        {
            "date": str(TODAY),
            "bookings": 5,
            "revenue": [{"amount": "60.00", "currency": "EUR"}, {"amount": "175.00", "currency": "GBP"}],
            "refunds": [{"amount": "0.00"}, {"amount": "75.00"}],
        }
    ]
    assert (figures["from"], figures["to"], figures["timezone"]) == (str(TODAY), str(TODAY), "UTC")
    assert (figures["events"], figures["averageUtilization"], figures["bookings"]) == (0, None, 5)
    assert (figures["tickets"], figures["cancelledTickets"]) == (6, 1)
    assert figures["revenue"] == [{"amount": "60.00", "currency": "EUR"}, {"amount": "175.00", "currency": "GBP"}]
    assert figures["refunds"] == [{"amount": "0.00", "currency": "EUR"}, {"amount": "75.00", "currency": "GBP"}]
    assert figures["refundsOwed"] == [{"amount": "0.00", "currency": "EUR"}, {"amount": "0.00", "currency": "GBP"}]
    assert figures["net"] == [{"amount": "60.00", "currency": "EUR"}, {"amount": "100.00", "currency": "GBP"}]
    assert {one["status"]: one["bookings"] for one in figures["bookingsByStatus"]} == {
        "PENDING": 0,
        "CONFIRMED": 2,
        "FAILED": 1,
        "EXPIRED": 1,
        "CANCELLED": 1,
    }
    assert [(one["event"]["id"], one["bookings"], one["revenue"]["amount"], one["utilization"]) for one in figures["topEvents"]] == [
        (euros, 2, "60.00", 13.64),
        (pounds, 3, "175.00", 9.09),
    ]
    assert figures["revenueByTier"] == [
        {"tier": "Floor", "tickets": 3, "revenue": {"amount": "60.00", "currency": "EUR"}},
        {"tier": "Front", "tickets": 2, "revenue": {"amount": "150.00", "currency": "GBP"}},
        {"tier": "Back", "tickets": 1, "revenue": {"amount": "25.00", "currency": "GBP"}},
    ]
    assert (later["events"], later["averageUtilization"], later["bookings"], later["revenue"]) == (2, 11.36, 0, [])


async def test_the_best_are_as_many_as_are_asked_for(house: House) -> None:
    organization, user = await an_organization(house), await house.user()
    for quantity in (1, 3, 2):
        await house.take(user, await house.event(organizationId=organization), FLOOR, quantity, payment=VISA)

    for top, amounts in ((0, []), (1, ["60.00"]), (2, ["60.00", "40.00"]), (20, ["60.00", "40.00", "20.00"])):
        found = (await told(house, ADMIN, organization, top=top))["topEvents"]
        assert [one["revenue"]["amount"] for one in found] == amounts
    for top in (-1, 21):
        assert await refused(house, ADMIN, organization, top=top) == "VALIDATION_ERROR"


async def test_an_organizer_sees_their_own_organization_alone(house: House) -> None:
    ours, theirs = await an_organization(house), await an_organization(house)
    user = await house.user()
    await house.take(user, await house.event(organizationId=theirs), FLOOR, 1, payment=VISA)

    assert (await told(house, an_organizer(ours), ours))["bookings"] == 0
    assert (await told(house, an_organizer(ours, theirs), theirs))["bookings"] == 1
    for organization in (theirs, None, str(OrganizationId(new_number()))):
        assert await refused(house, an_organizer(ours), organization) == "AUTH_UNAUTHORIZED"
    for caller, code in ((user, "AUTH_UNAUTHORIZED"), (None, "UNAUTHENTICATED")):
        assert await refused(house, caller, ours) == code
        assert await refused(house, caller, None) == code


async def test_an_admin_sees_any_organization_and_all_together(house: House) -> None:
    organization, user = await an_organization(house), await house.user()
    await house.take(user, await house.event(organizationId=organization), FLOOR, 1, payment=VISA)
    before = (await told(house, ADMIN, None))["bookings"]
    await house.take(user, await house.event(), FLOOR, 1)

    assert (await told(house, ADMIN, organization))["bookings"] == 1
    assert (await told(house, ADMIN, None))["bookings"] == before + 1
    assert await refused(house, ADMIN, str(OrganizationId(new_number()))) == "ORGANIZATION_NOT_FOUND"
    assert await refused(house, ADMIN, "evt_1") == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-01-02", "2026-01-01"), ("2026-01-01", "2027-01-02"), ("0001-01-01", "9999-12-31"), ("9999-12-31", "9999-12-31")],
)
async def test_days_that_cannot_be_are_refused(house: House, first: str, last: str) -> None:
    assert await refused(house, ADMIN, None, first, last) == "VALIDATION_ERROR"


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "20260101", "2026-W01-1", "2026-01-01T00:00:00Z", "٢٠٢٦-٠١-٠١", "-001-01-01"])
async def test_what_is_no_day_is_a_bad_request(house: House, text: str) -> None:
    with pytest.raises(Failed) as failed:
        await told(house, ADMIN, None, text, "2026-01-01")
    assert "Date" in failed.value.message


async def test_a_whole_leap_year_has_all_its_days_in_order(house: House) -> None:
    figures = await told(house, ADMIN, await an_organization(house), "2028-01-01", "2028-12-31")

    days = [date.fromisoformat(day["date"]) for day in figures["daily"]]
    assert days == [date(2028, 1, 1) + timedelta(days=n) for n in range(366)]
    assert figures["revenue"] == figures["net"] == []


async def test_days_begin_where_they_are_asked_to(house: House) -> None:
    organization, user = await an_organization(house), await house.user()
    booking = await house.take(user, await house.event(organizationId=organization), FLOOR, 1)
    await house._change(booking["id"], "UPDATE booking SET created_at = '2026-03-01T23:30:00Z' WHERE event_id = $1 AND booking_id = $2")

    for timezone, day in (("UTC", "2026-03-01"), ("Europe/Paris", "2026-03-02"), ("America/New_York", "2026-03-01")):
        figures = await told(house, ADMIN, organization, "2026-02-28", "2026-03-03", timezone=timezone)
        assert [one["date"] for one in figures["daily"] if one["bookings"]] == [day]
    assert await refused(house, ADMIN, organization, timezone="Mars/Olympus") == "VALIDATION_ERROR"
