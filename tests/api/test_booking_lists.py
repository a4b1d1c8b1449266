"""Lists of bookings for those who run events: who may, which ones, and that what belongs to a booking comes with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.callers import Caller
from domain.ids import BookingId, EventId
from tests.api.asking import Failed
from tests.api.house import ADMIN, FLOOR, VISA, House, a_house
from tests.api.stage import a_name, an_organizer

PAGE = "totalCount edges { node { id status bookingCode } cursor } pageInfo { hasNextPage hasPreviousPage endCursor }"
BOOKINGS = f"""query ($first: Int = 20, $after: String, $filter: BookingFilter) {{
    bookings(first: $first, after: $after, filter: $filter) {{ {PAGE} }} }}"""
OF_EVENT = f"""query ($id: ID!, $first: Int = 20, $after: String, $filter: BookingFilter) {{
    event(id: $id) {{ bookings(first: $first, after: $after, filter: $filter) {{ {PAGE} }} }} }}"""
MINE = f"query ($filter: BookingFilter) {{ me {{ bookings(filter: $filter) {{ {PAGE} }} }} }}"
EVERYTHING = """query ($id: ID!, $first: Int!) { bookings(first: $first, filter: {eventId: $id}) { edges { node { id user { name email }
    tickets { ticketNumber place { tier { name } } } payments { id status refunds { status } } refund { status } } } } }"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
ORGANIZATION = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"
EXPORT = "query ($id: ID!) { event(id: $id) { bookingsExportUrl } }"


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url) as house:
        yield house


async def ours(house: House) -> tuple[str, Caller]:
    """An event of a new organization, and who runs it."""
    organization = str((await house.ask(ORGANIZATION, ADMIN, name=a_name("organization")))["id"])
    return await house.event(organizationId=organization), an_organizer(organization)


def ids(page: Any) -> list[str]:
    assert page["totalCount"] >= len(page["edges"])
    return [edge["node"]["id"] for edge in page["edges"]]


async def refused(house: House, document: str, caller: Caller | None, **variables: Any) -> object:
    with pytest.raises(Failed) as failed:
        await house.ask(document, caller, **variables)
    return failed.value.code


async def test_an_organizer_lists_the_bookings_of_an_event_of_theirs_and_no_other(house: House) -> None:
    (event_id, organizer), (other, stranger) = await ours(house), await ours(house)
    user = await house.user()
    made = [(await house.take(user, event_id, FLOOR, 1))["id"] for _ in range(3)]
    await house.take(user, other, FLOOR, 1)
    filter = {"eventId": event_id}

    assert ids(await house.ask(BOOKINGS, organizer, filter=filter)) == made[::-1]
    assert ids((await house.ask(OF_EVENT, organizer, id=event_id))["bookings"]) == made[::-1]
    assert ids(await house.ask(BOOKINGS, ADMIN, filter=filter)) == made[::-1]
    for caller, code in ((stranger, "AUTH_UNAUTHORIZED"), (user, "AUTH_UNAUTHORIZED"), (None, "UNAUTHENTICATED")):
        assert await refused(house, BOOKINGS, caller, filter=filter) == code
        assert await refused(house, OF_EVENT, caller, id=event_id) == code
    assert await refused(house, BOOKINGS, organizer, filter={}) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, organizer) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, organizer, filter={"userId": str(user.user_id)}) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, organizer, filter={"eventId": str(EventId(1))}) == "EVENT_NOT_FOUND"
    assert await refused(house, BOOKINGS, user) == "AUTH_UNAUTHORIZED"


async def test_an_admin_lists_any_bookings(house: House) -> None:
    (event_id, _), (other, _) = await ours(house), await ours(house)
    ann, ben = await house.user(), await house.user()
    made = [(await house.take(user, event, FLOOR, 1))["id"] for event, user in ((event_id, ann), (other, ann), (event_id, ben))]

    async def found(**filter: object) -> list[str]:
        return ids(await house.ask(BOOKINGS, ADMIN, filter=filter))

    assert await found(userId=str(ann.user_id)) == [made[1], made[0]]
    assert await found(userId=str(ann.user_id), eventId=event_id) == [made[0]]
    assert await found(userId=str(ben.user_id), eventId=other) == []
    assert set(made) <= set(ids(await house.ask(BOOKINGS, ADMIN, first=100)))


async def test_a_booking_is_found_by_its_code(house: House) -> None:
    event_id, organizer = await ours(house)
    user = await house.user()
    made = [await house.take(user, event_id, FLOOR, 1) for _ in range(3)]
    code = made[1]["bookingCode"]

    assert ids(await house.ask(BOOKINGS, organizer, filter={"eventId": event_id, "bookingCode": code})) == [made[1]["id"]]
    assert ids(await house.ask(BOOKINGS, ADMIN, filter={"bookingCode": code})) == [made[1]["id"]]
    assert ids((await house.ask(MINE, user, filter={"bookingCode": code}))["bookings"]) == [made[1]["id"]]
    assert ids((await house.ask(MINE, await house.user(), filter={"bookingCode": code}))["bookings"]) == []
    for nonsense in ("", "EVT", code.lower(), f"{code}0", code[:-1], code.replace("EVT", "TVE"), f"EVT{'I' * 10}", f"EVT{'0' * 9}\0", "%"):
        assert await refused(house, BOOKINGS, ADMIN, filter={"bookingCode": nonsense}) == "VALIDATION_ERROR"
    for nobodys in ("EVT0000000000", "EVTZZZZZZZZZZ"):
        assert ids(await house.ask(BOOKINGS, organizer, filter={"eventId": event_id, "bookingCode": nobodys})) == []


async def test_bookings_are_narrowed_by_state_and_by_when_they_were_made(house: House) -> None:
    event_id, organizer = await ours(house)
    user = await house.user()
    made = [(await house.take(user, event_id, FLOOR, 1))["id"] for _ in range(4)]
    for number, booking_id in enumerate(made):
        await house.pool.execute(
            "UPDATE booking SET created_at = $1 WHERE event_id = $2 AND booking_id = $3",
            datetime(2026, 1, 1, number, tzinfo=UTC),
            EventId.parse(event_id),
            BookingId.parse(booking_id).number,
        )
    await house.cancel(user, made[2])
    await house.end_hold(made[3])

    async def found(**filter: object) -> list[int]:
        page = (await house.ask(OF_EVENT, organizer, id=event_id, filter=filter))["bookings"]
        assert page["totalCount"] == len(page["edges"])
        return [made.index(one) for one in ids(page)]

    assert await found() == [3, 2, 1, 0]
    assert await found(createdFrom="2026-01-01T01:00:00Z") == [3, 2, 1]
    assert await found(createdBefore="2026-01-01T01:00:00Z") == [0]
    assert await found(createdFrom="2026-01-01T02:00:00+01:00", createdBefore="2026-01-01T02:00:00Z") == [1]
    assert await found(status="CANCELLED") == [2]
    assert await found(status="EXPIRED") == [3]
    assert await found(status="PENDING") == [1, 0]
    assert await found(status="PENDING", createdFrom="2026-01-01T01:00:00Z") == [1]
    assert await found(userId=str(user.user_id), eventId=event_id) == [3, 2, 1, 0]


async def test_a_filter_that_contradicts_the_list_is_refused(house: House) -> None:
    (event_id, organizer), (other, _) = await ours(house), await ours(house)
    user = await house.user()

    assert await refused(house, OF_EVENT, organizer, id=event_id, filter={"eventId": other}) == "VALIDATION_ERROR"
    assert await refused(house, MINE, user, filter={"userId": str(ADMIN.user_id)}) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, ADMIN, filter={"eventId": "nonsense"}) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, ADMIN, filter={"userId": event_id}) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, ADMIN, first=101) == "VALIDATION_ERROR"
    assert await refused(house, BOOKINGS, ADMIN, after="nonsense") == "VALIDATION_ERROR"


async def test_all_pages_together_are_the_whole_list(house: House) -> None:
    event_id, organizer = await ours(house)
    user = await house.user()
    for _ in range(7):
        await house.take(user, event_id, FLOOR, 1)
    await house.pool.execute("UPDATE booking SET created_at = '2026-01-01' WHERE event_id = $1", EventId.parse(event_id))
    whole = ids((await house.ask(OF_EVENT, organizer, id=event_id))["bookings"])

    for size in (1, 3, 7):
        seen: list[str] = []
        after = None
        while True:
            page = (await house.ask(OF_EVENT, organizer, id=event_id, first=size, after=after))["bookings"]
            assert (page["totalCount"], page["pageInfo"]["hasPreviousPage"]) == (7, after is not None)
            seen += ids(page)
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == whole
    assert len(set(whole)) == 7


async def test_whoever_runs_an_event_sees_its_bookings_tickets_and_payments_one_by_one(house: House) -> None:
    (event_id, organizer), (_, stranger) = await ours(house), await ours(house)
    booking = await house.book(await house.user(), event_id, 0, payment=VISA)

    for document, field in (("booking", booking["id"]), ("payment", booking["payment"]["id"])):
        asked = f"query ($id: ID!) {{ {document}(id: $id) {{ id }} }}"
        assert await house.ask(asked, organizer, id=field) == {"id": field}
        assert await house.ask(asked, stranger, id=field) is None
    for thing in (booking["id"], booking["tickets"][0]["id"], booking["payment"]["id"]):
        assert (await house.ask(NODE, organizer, id=thing))["id"] == thing
        assert await house.ask(NODE, stranger, id=thing) is None


async def test_an_organizer_changes_nobodys_booking(house: House) -> None:
    event_id, organizer = await ours(house)
    booking = await house.book(await house.user(), event_id, 0)

    for answer in (await house.cancel(organizer, booking["id"]), await house.confirm(organizer, booking["id"])):
        assert answer["code"] == "BOOKING_NOT_FOUND"


async def test_many_bookings_are_read_in_as_few_statements_as_one(house: House) -> None:
    event_id, organizer = await ours(house)
    for _ in range(4):
        user = await house.user()
        booking = await house.take(user, event_id, FLOOR, 1, payment=VISA)
        await house.take(user, event_id, FLOOR, 1)
        await house.cancel(user, booking["id"])
    counted, asked = house.counting()

    async def statements(first: int) -> int:
        await counted.ask(EVERYTHING, organizer, id=event_id, first=first)
        asked.clear()
        assert len((await counted.ask(EVERYTHING, organizer, id=event_id, first=first))["edges"]) == first
        return len(asked)

    assert await statements(2) == await statements(8)


async def test_where_to_export_is_told_to_those_who_may(house: House) -> None:
    (event_id, organizer), (_, stranger) = await ours(house), await ours(house)

    for member in (organizer, ADMIN):
        assert (await house.ask(EXPORT, member, id=event_id))["bookingsExportUrl"] == f"/export/events/{event_id}/bookings.csv"
    for caller in (stranger, await house.user(), None):
        assert (await house.ask(EXPORT, caller, id=event_id))["bookingsExportUrl"] is None
