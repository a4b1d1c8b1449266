"""Venues, organizations and categories as clients see them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from db.identifiers import new_number
from domain.callers import Caller
from domain.ids import EventId, OrganizationId, UserId, VenueId
from tests.api.stage import ADMIN, CREATE_VENUE, INVALID, REFUSAL, USER, Stage, a_name, a_stage, a_venue, an_organizer

UPDATE = f"""mutation ($input: UpdateVenueInput!) {{ updateVenue(input: $input) {{ {INVALID} ... on Venue {{ name city capacity state
    layout {{ seatCount }} }} }} }}"""
VENUE = """query ($id: ID!) { venue(id: $id) { id name address city state country postalCode timezone capacity
    layout { seatCount sections { name rows { label firstSeatNo seatCount runs { first count step } labels xs ys accessible companion
    restrictedView } } } } }"""
VENUES = """query ($first: Int!, $after: String, $filter: VenueFilter) { venues(first: $first, after: $after, filter: $filter) {
    totalCount edges { node { id name } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
CREATE_CATEGORY = (
    f"mutation ($input: CreateCategoryInput!) {{ createCategory(input: $input) {{ {INVALID} ... on Category {{ id slug }} }} }}"
)
ADD_MEMBER = f"mutation ($input: AddMemberInput!) {{ addMember(input: $input) {{ {REFUSAL} ... on Organization {{ id name }} }} }}"


@pytest.fixture(scope="module")
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with a_stage(database_url) as stage:
        yield stage


async def test_a_venue_in_bulk_is_read_back_as_it_was_given(stage: Stage) -> None:
    name = a_name("hall")

    venue_id = await stage.venue(name=name, state="England", postalCode="EC2Y 8DS")

    row: dict[str, object] = {"runs": [{"first": 1, "count": 6, "step": 1}], "labels": [], "xs": [], "ys": [], "accessible": []}
    row |= {"companion": [], "restrictedView": [], "seatCount": 6}
    assert await stage.ask(VENUE, id=venue_id) == {
        "id": venue_id,
        "name": name,
        "address": "Silk Street",
        "city": "London",
        "state": "England",
        "country": "GB",
        "postalCode": "EC2Y 8DS",
        "timezone": "Europe/London",
        "capacity": 12,
        "layout": {
            "seatCount": 12,
            "sections": [{"name": "Stalls", "rows": [{"label": "A", "firstSeatNo": 0, **row}, {"label": "B", "firstSeatNo": 6, **row}]}],
        },
    }


async def test_a_venue_seat_by_seat_keeps_numbers_coordinates_and_flags(stage: Stage) -> None:
    seats = [
        {"number": "2", "x": 0.5, "y": 1.0, "accessible": True},
        {"number": "4", "x": 1.5, "y": 1.0, "companion": True},
        {"number": "6a", "x": 3.25, "y": 1.25, "restrictedView": True},
    ]

    venue_id = await stage.venue(sections=[{"detailed": {"name": "Box", "rows": [{"label": "1", "seats": seats}]}}])

    layout = (await stage.ask(VENUE, id=venue_id))["layout"]
    assert layout["sections"][0]["rows"] == [
        {
            "label": "1",
            "firstSeatNo": 0,
            "seatCount": 3,
            "runs": [],
            "labels": ["2", "4", "6a"],
            "xs": [0.5, 1.5, 3.25],
            "ys": [1.0, 1.0, 1.25],
            "accessible": [0],
            "companion": [1],
            "restrictedView": [2],
        }
    ]


async def test_a_venue_of_100000_seats_is_normal_and_one_seat_more_is_refused(stage: Stage) -> None:
    rows = [str(n) for n in range(1000)]

    most = await stage.ask(CREATE_VENUE, ADMIN, input=a_venue(sections=[{"bulk": {"name": "A", "rows": rows, "seatsPerRow": 100}}]))
    more = [{"bulk": {"name": "A", "rows": rows, "seatsPerRow": 100}}, {"bulk": {"name": "B", "rows": ["1"], "seatsPerRow": 1}}]
    refused = await stage.ask(CREATE_VENUE, ADMIN, input=a_venue(sections=more))

    assert most["capacity"] == 100_000
    assert refused["code"] == "VALIDATION_ERROR"
    assert refused["fields"] == [{"field": "sections", "message": "the layout has 100001 seats; at most 100000 are possible"}]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"country": "UK"}, "country"),
        ({"country": "gb"}, "country"),
        ({"timezone": "London"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"capacity": 11}, "capacity"),
        ({"capacity": 0, "sections": None}, "capacity"),
        ({"capacity": -1, "sections": None}, "capacity"),
        ({"capacity": 2**31 - 1}, "capacity"),
        ({"sections": None}, "capacity"),
        ({"sections": []}, "sections"),
        ({"sections": [{"bulk": {"name": "A", "rows": ["1", "1"], "seatsPerRow": 5}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "A", "rows": ["1"], "seatsPerRow": 0}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "A", "rows": ["1"], "seatsPerRow": -5}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "A", "rows": ["1"], "seatsPerRow": 2**31 - 1}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "A", "rows": [], "seatsPerRow": 5}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "A\0", "rows": ["1"], "seatsPerRow": 5}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "\ud800", "rows": ["1"], "seatsPerRow": 5}}]}, "sections"),
        ({"sections": [{"bulk": {"name": "A", "rows": ["1"], "seatsPerRow": 5}}] * 2}, "sections"),
        ({"sections": [{"detailed": {"name": "A", "rows": [{"label": "1", "seats": [{"number": "1"}] * 2}]}}]}, "sections"),
        ({"sections": [{"detailed": {"name": "A", "rows": [{"label": "1", "seats": [{"number": "1", "x": 1e9, "y": 0}]}]}}]}, "sections"),
    ],
)
async def test_what_is_wrong_with_a_venue_is_named(stage: Stage, facts: dict[str, object], field: str) -> None:
    refused = await stage.ask(CREATE_VENUE, ADMIN, input=a_venue(**facts))

    assert refused["__typename"] == "ValidationFailed"
    assert field in {problem["field"] for problem in refused["fields"]}


async def test_astral_characters_are_names_like_others(stage: Stage) -> None:
    name = a_name("🎭 Θέατρο")

    venue_id = await stage.venue(name=name, sections=[{"bulk": {"name": "🎫", "rows": ["𝔄"], "seatsPerRow": 2}}])

    venue = await stage.ask(VENUE, id=venue_id)
    assert (venue["name"], venue["layout"]["sections"][0]["name"]) == (name, "🎫")


async def test_an_update_changes_what_it_names_and_a_new_layout_counts_the_capacity_anew(stage: Stage) -> None:
    venue_id = await stage.venue(state="England")

    renamed = await stage.ask(UPDATE, ADMIN, input={"venueId": venue_id, "name": "New", "state": None})
    sections = [{"bulk": {"name": "All", "rows": ["1"], "seatsPerRow": 3}}]
    rebuilt = await stage.ask(UPDATE, ADMIN, input={"venueId": venue_id, "sections": sections})
    emptied = await stage.ask(UPDATE, ADMIN, input={"venueId": venue_id, "sections": None})

    assert renamed == {
        "__typename": "Venue",
        "name": "New",
        "city": "London",
        "capacity": 12,
        "state": None,
        "layout": {"seatCount": 12},
    }
    assert (rebuilt["capacity"], rebuilt["layout"]) == (3, {"seatCount": 3})
    assert (emptied["capacity"], emptied["layout"]) == (3, None)


async def test_an_update_is_checked_as_a_whole(stage: Stage) -> None:
    venue_id = await stage.venue()

    refused = await stage.ask(UPDATE, ADMIN, input={"venueId": venue_id, "name": None, "capacity": 11})
    missing = await stage.ask(UPDATE, ADMIN, input={"venueId": str(VenueId(new_number())), "name": "New"})

    assert {problem["field"] for problem in refused["fields"]} == {"name", "capacity"}
    assert missing["code"] == "VENUE_NOT_FOUND"


@pytest.mark.parametrize(
    ("caller", "code"), [(None, "UNAUTHENTICATED"), (USER, "AUTH_UNAUTHORIZED"), (an_organizer(), "AUTH_UNAUTHORIZED")]
)
async def test_only_admins_write_venues_categories_and_organizations(stage: Stage, caller: Caller | None, code: str) -> None:
    member = {"organizationId": str(OrganizationId(1)), "userId": str(UserId(1))}

    assert await stage.refused(CREATE_VENUE, caller, input=a_venue()) == code
    assert await stage.refused(UPDATE, caller, input={"venueId": str(VenueId(1))}) == code
    assert await stage.refused(CREATE_CATEGORY, caller, input={"slug": "a", "name": "A"}) == code
    assert await stage.refused(ADD_MEMBER, caller, input=member) == code
    assert await stage.refused('mutation { createOrganization(input: {name: "A"}) { __typename } }', caller) == code


async def test_paging_through_venues_meets_each_once_in_order_though_names_are_equal(stage: Stage) -> None:
    city = a_name("city")
    names = ["b", "A", "a", "B", "a", "ä", "b"]
    made = [await stage.venue(name=name, city=city) for name in names]
    filter = {"city": city.upper(), "country": "GB"}

    whole = await stage.ask(VENUES, first=100, filter=filter)
    seen: list[str] = []
    after = None
    while True:
        page = await stage.ask(VENUES, first=2, after=after, filter=filter)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert whole["totalCount"] == 7
    assert seen == [edge["node"]["id"] for edge in whole["edges"]]
    assert sorted(seen) == sorted(made)
    assert [edge["node"]["name"].lower() for edge in whole["edges"]] == ["a", "a", "a", "b", "b", "b", "ä"]


@pytest.mark.parametrize(
    "arguments",
    [{"first": -1}, {"first": 101}, {"first": 1, "after": "x"}, {"first": 1, "after": ""}, {"first": 1, "after": "Ω"}],
)
async def test_a_page_that_cannot_be_is_an_error(stage: Stage, arguments: dict[str, object]) -> None:
    assert await stage.refused(VENUES, **arguments) == "VALIDATION_ERROR"


@pytest.mark.parametrize("city", ["a\0b", "\ud800", "'; DROP TABLE venue; --", "%", "x" * 100_000])
async def test_a_city_that_no_venue_can_have_finds_nothing(stage: Stage, city: str) -> None:
    assert (await stage.ask(VENUES, first=1, filter={"city": city}))["edges"] == []


async def test_an_unknown_venue_is_null_and_what_is_no_venue_id_an_error(stage: Stage) -> None:
    assert await stage.ask(VENUE, id=str(VenueId(new_number()))) is None
    for text in ("", "ven_", "ven_0000000000000", str(EventId(7)), "ven_\0", "🎭"):
        assert await stage.refused(VENUE, id=text) == "VALIDATION_ERROR"


async def test_categories_are_listed_by_name_and_no_two_share_a_slug(stage: Stage) -> None:
    slug = a_name("kind").replace(" ", "-")

    made = await stage.ask(CREATE_CATEGORY, ADMIN, input={"slug": slug, "name": "zzz"})
    again = await stage.ask(CREATE_CATEGORY, ADMIN, input={"slug": slug, "name": "aaa"})

    assert made["slug"] == slug
    assert again["fields"] == [{"field": "slug", "message": "is another category's"}]
    listed = await stage.ask("{ categories { id name } }")
    assert {"id": made["id"], "name": "zzz"} in listed
    assert [category["name"].lower() for category in listed] == sorted(category["name"].lower() for category in listed)


@pytest.mark.parametrize("slug", ["", "A", "a b", "-a", "a--b", "a\0", "é", "x" * 61, "a\n"])
async def test_a_slug_has_small_letters_digits_and_single_hyphens(stage: Stage, slug: str) -> None:
    refused = await stage.ask(CREATE_CATEGORY, ADMIN, input={"slug": slug, "name": "A"})

    assert [problem["field"] for problem in refused["fields"]] == ["slug"]


async def test_a_member_becomes_an_organizer_once_and_an_admin_stays_one(stage: Stage) -> None:
    organization = await stage.organization()
    user, admin = await an_account(stage, role=0), await an_account(stage, role=2)

    for user_id in (user, user, admin):
        answer = await stage.ask(ADD_MEMBER, ADMIN, input={"organizationId": organization, "userId": str(user_id)})
        assert answer["id"] == organization

    members = await stage.pool.fetch("SELECT user_id FROM membership WHERE organization_id = $1", OrganizationId.parse(organization))
    assert sorted(row["user_id"] for row in members) == sorted((user, admin))
    roles = await stage.pool.fetch("SELECT role FROM account WHERE user_id = ANY ($1) ORDER BY role", [user, admin])
    assert [row["role"] for row in roles] == [1, 2]


async def test_only_users_become_members_of_organizations_there_are(stage: Stage) -> None:
    organization, user = await stage.organization(), await an_account(stage, role=0)

    nobody = await stage.ask(ADD_MEMBER, ADMIN, input={"organizationId": organization, "userId": str(UserId(new_number()))})
    nowhere = await stage.ask(ADD_MEMBER, ADMIN, input={"organizationId": str(OrganizationId(new_number())), "userId": str(user)})

    assert nobody["code"] == "USER_NOT_FOUND"
    assert nowhere["code"] == "ORGANIZATION_NOT_FOUND"


async def test_a_venues_events_are_a_list_of_their_own(stage: Stage) -> None:
    venue_id = await stage.venue()
    shown, _ = await stage.event(venueId=venue_id), await stage.draft(venueId=venue_id)
    document = "query ($id: ID!) { venue(id: $id) { events(first: 5) { totalCount edges { node { id venue { id } } } } } }"

    venue = await stage.ask(document, id=venue_id)

    assert venue["events"] == {"totalCount": 1, "edges": [{"node": {"id": shown, "venue": {"id": venue_id}}}]}


async def an_account(stage: Stage, role: int) -> UserId:
    """A registered user with no password."""
    user_id = UserId(new_number())
    await stage.pool.execute(
        "INSERT INTO account (user_id, email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $2, 'Ann', $3, '', $4)",
        user_id,
        f"{user_id}@catalogue.example",
        role,
        datetime.now(UTC),
    )
    return user_id
