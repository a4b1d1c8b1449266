"""The audit trail as admins and organizers read it; and health, as everybody does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.callers import Caller, Role
from domain.ids import OrganizationId
from tests.api.asking import Failed
from tests.api.house import ADMIN, House, a_house
from tests.api.stage import CREATE_EVENT, CREATE_VENUE, a_name, a_venue, an_event, an_organizer

ENTRY = "at user { userId name } action subject eventId facts"
AUDIT = f"""query ($first: Int = 20, $after: String, $filter: AuditFilter) {{ audit(first: $first, after: $after, filter: $filter) {{
    totalCount edges {{ node {{ {ENTRY} }} cursor }} pageInfo {{ hasNextPage endCursor }} }} }}"""
OF_EVENT = f"query ($id: ID!) {{ event(id: $id) {{ audit {{ totalCount edges {{ node {{ {ENTRY} }} }} }} }} }}"
UPDATE = "mutation ($input: UpdateEventInput!) { updateEvent(input: $input) { __typename } }"
PUBLISH = "mutation ($id: ID!) { publishEvent(eventId: $id) { __typename } }"
ORGANIZATION = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"
HEALTH = "{ health { status version uptime dependencies { name status } } }"


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url) as house:
        yield house


async def entries(house: House, caller: Caller = ADMIN, **filter: object) -> list[Any]:
    """What the trail has, the oldest first."""
    page = await house.ask(AUDIT, caller, first=100, filter=filter)
    assert page["totalCount"] == len(page["edges"])
    return [edge["node"] for edge in reversed(page["edges"])]


async def an_admin(house: House) -> Caller:
    """Somebody new, whose name is known."""
    return Caller((await house.user()).user_id, Role.ADMIN)


async def test_who_changed_what_is_told_with_before_and_after(house: House) -> None:
    admin = await an_admin(house)
    organization = (await house.ask(ORGANIZATION, admin, name=a_name("organization")))["id"]
    organizer = Caller((await house.user()).user_id, Role.ORGANIZER, frozenset((OrganizationId.parse(organization),)))
    event_id = (await house.ask(CREATE_EVENT, organizer, input=an_event(organizationId=organization)))["id"]
    await house.ask(UPDATE, organizer, input={"eventId": event_id, "ticketLimit": 3})
    await house.ask(UPDATE, organizer, input={"eventId": event_id, "ticketLimit": 3})  # changes nothing, so that nothing is written down
    await house.ask(PUBLISH, admin, id=event_id)

    made, changed, published = await entries(house, eventId=event_id)

    assert (made["action"], made["subject"], made["eventId"]) == ("createEvent", event_id, event_id)
    assert made["user"] == {"userId": str(organizer.user_id), "name": "Ann"}
    assert made["facts"]["organizationId"] == [None, organization]
    assert not {"eventId", "phase", "createdAt"} & made["facts"].keys()
    assert (changed["action"], changed["facts"]) == ("updateEvent", {"ticketLimit": [None, 3]})
    assert (published["action"], published["facts"]) == ("publishEvent", {"status": ["DRAFT", "PUBLISHED"]})
    assert published["user"]["userId"] == str(admin.user_id)
    assert [one["action"] for one in await entries(house, userId=str(admin.user_id))] == ["createOrganization", "publishEvent"]
    assert [one["action"] for one in await entries(house, userId=str(admin.user_id), action="publishEvent")] == ["publishEvent"]
    assert [one["action"] for one in await entries(house, eventId=event_id, **{"from": changed["at"]})] == ["updateEvent", "publishEvent"]
    assert [one["action"] for one in await entries(house, eventId=event_id, before=changed["at"])] == ["createEvent"]


async def test_what_no_event_owns_is_told_to_admins(house: House) -> None:
    admin = await an_admin(house)
    venue = await house.ask(CREATE_VENUE, admin, input=a_venue(city="Leeds"))

    (entry,) = await entries(house, userId=str(admin.user_id))

    assert (entry["action"], entry["subject"], entry["eventId"], entry["facts"]["city"]) == (
        "createVenue",
        venue["id"],
        None,
        [None, "Leeds"],
    )


async def test_the_trail_is_for_admins_and_an_events_for_those_who_run_it(house: House) -> None:
    organization = (await house.ask(ORGANIZATION, ADMIN, name=a_name("organization")))["id"]
    event_id = await house.event(organizationId=organization)
    user = await house.user()

    for caller, code in ((user, "AUTH_UNAUTHORIZED"), (an_organizer(organization), "AUTH_UNAUTHORIZED"), (None, "UNAUTHENTICATED")):
        with pytest.raises(Failed) as failed:
            await house.ask(AUDIT, caller)
        assert failed.value.code == code
    for caller in (an_organizer(organization), ADMIN):
        trail = (await house.ask(OF_EVENT, caller, id=event_id))["audit"]
        assert [edge["node"]["action"] for edge in trail["edges"]] == ["publishEvent", "createEvent"]
        assert trail["totalCount"] == 2
    for stranger, code in ((user, "AUTH_UNAUTHORIZED"), (an_organizer(), "AUTH_UNAUTHORIZED"), (None, "UNAUTHENTICATED")):
        with pytest.raises(Failed) as failed:
            await house.ask(OF_EVENT, stranger, id=event_id)
        assert failed.value.code == code


@pytest.mark.parametrize(
    "variables",
    [
        {"first": 101},
        {"first": -1},
        {"after": "nonsense"},
        {"filter": {"eventId": "x"}},
        {"filter": {"userId": "evt_0000000000001"}},
    ],
)
async def test_a_page_that_cannot_be_is_refused(house: House, variables: dict[str, Any]) -> None:
    with pytest.raises(Failed) as failed:
        await house.ask(AUDIT, ADMIN, **variables)
    assert failed.value.code == "VALIDATION_ERROR"


async def test_all_pages_together_are_the_whole_trail(house: House) -> None:
    admin = await an_admin(house)
    for _ in range(5):
        await house.ask(ORGANIZATION, admin, name=a_name("organization"))
    filter = {"userId": str(admin.user_id)}
    whole = await house.ask(AUDIT, ADMIN, filter=filter)

    seen: list[Any] = []
    after, more = None, True
    while more:
        page = await house.ask(AUDIT, ADMIN, first=2, after=after, filter=filter)
        seen += page["edges"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == whole["edges"]
    assert len(seen) == 5


async def test_health_is_told_to_anybody(house: House) -> None:
    health = await house.ask(HEALTH)

    assert health.pop("uptime") > 0
    assert health.pop("version")
    assert health == {"status": "OK", "dependencies": [{"name": "database", "status": "OK"}, {"name": "redis", "status": "OK"}]}


async def test_an_organizations_events_are_those_that_one_may_see(house: House) -> None:
    organization = (await house.ask(ORGANIZATION, ADMIN, name=a_name("organization")))["id"]
    shown = await house.event(organizationId=organization)
    draft = (await house.ask(CREATE_EVENT, ADMIN, input=an_event(organizationId=organization)))["id"]
    document = "query ($id: ID!) { organization(id: $id) { events { totalCount edges { node { id } } } } }"

    for caller, seen in (
        (None, {shown}),
        (await house.user(), {shown}),
        (an_organizer(organization), {shown, draft}),
        (ADMIN, {shown, draft}),
    ):
        events = (await house.ask(document, caller, id=organization))["events"]
        assert {edge["node"]["id"] for edge in events["edges"]} == seen
        assert events["totalCount"] == len(seen)
