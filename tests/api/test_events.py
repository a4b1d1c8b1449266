"""Events as clients see them: lists, details, and what organizers do with them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.identifiers import new_number
from domain.callers import Caller
from domain.ids import CategoryId, EventId, OrganizationId, SeatId, TierId, VenueId
from tests.api.stage import (
    ADMIN,
    CREATE_EVENT,
    INVALID,
    PUBLISH,
    REFUSAL,
    STARTS,
    USER,
    Stage,
    a_name,
    a_stage,
    an_event,
    an_organizer,
)

EVENTS = """query ($first: Int!, $after: String, $filter: EventFilter, $order: EventOrder) {
    events(first: $first, after: $after, filter: $filter, order: $order) {
        totalCount edges { node { id name } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
FULL = """query ($first: Int!, $filter: EventFilter) { events(first: $first, filter: $filter) { edges { node { id name availableSeats
    venue { name } category { name } organization { name } tiers { name price { amount minor currency } available } } } } }"""
EVENT = """query ($id: ID!) { event(id: $id) { id name description startsAt endsAt timezone onSaleAt offSaleAt status phase ticketLimit
    capacity availableSeats minPrice { amount minor currency } maxPrice { amount } category { id } organization { id } venue { id }
    tiers { id name kind capacity available price { minor } } } }"""
UPDATE = f"""mutation ($input: UpdateEventInput!) {{ updateEvent(input: $input) {{ {INVALID} ... on Event {{ name description startsAt
    offSaleAt ticketLimit category {{ id }} }} }} }}"""
DELETE = f"mutation ($id: ID!) {{ deleteEvent(eventId: $id) {{ {REFUSAL} ... on EventDeleted {{ eventId }} }} }}"
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
ORDERS = [{"by": by, "direction": direction} for by in ("START", "NAME", "PRICE") for direction in ("ASC", "DESC")]


@pytest.fixture(scope="module")
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with a_stage(database_url) as stage:
        yield stage


async def found(stage: Stage, caller: Caller | None = None, /, **filter: object) -> list[str]:
    """The events that a filter finds, by start."""
    page = await stage.ask(EVENTS, caller, first=100, filter=filter)
    assert page["totalCount"] == len(page["edges"])
    return [edge["node"]["id"] for edge in page["edges"]]


def at(day: int) -> str:
    """An instant so many days after STARTS."""
    return (STARTS + timedelta(days=day)).isoformat()


def floor(price_minor: int, capacity: int = 10) -> list[dict[str, object]]:
    """A tier of places to stand."""
    return [{"name": "Floor", "kind": "STANDING", "priceMinor": price_minor, "capacity": capacity}]


# Details


async def test_an_event_is_read_back_as_it_was_given(stage: Stage) -> None:
    venue, category, organization = await stage.venue(), await stage.category(), await stage.organization()
    tiers = [
        {"name": "Front", "price": "75.50", "sections": [{"section": "Stalls", "rows": ["A"]}]},
        {"name": "Back", "priceMinor": 2500},
        {"name": "Floor", "kind": "STANDING", "priceMinor": "0", "capacity": 100},
    ]
    facts = {"venueId": venue, "categoryId": category, "organizationId": organization, "ticketLimit": 4, "description": "Loud."}

    event_id = await stage.event(name="Gala 🎭", tiers=tiers, onSaleAt="2026-01-01T00:00:00+01:00", **facts)

    event = await stage.ask(EVENT, id=event_id)
    assert event == {
        "id": event_id,
        "name": "Gala 🎭",
        "description": "Loud.",
        "startsAt": "2031-05-01T19:30:00Z",
        "endsAt": "2031-05-01T21:30:00Z",
        "timezone": "Europe/London",
        "onSaleAt": "2025-12-31T23:00:00Z",
        "offSaleAt": "2031-05-01T19:30:00Z",
        "status": "PUBLISHED",
        "phase": "UPCOMING",
        "ticketLimit": 4,
        "capacity": 112,
        "availableSeats": 112,
        "minPrice": {"amount": "0.00", "minor": 0, "currency": "GBP"},
        "maxPrice": {"amount": "75.50"},
        "category": {"id": category},
        "organization": {"id": organization},
        "venue": {"id": venue},
        "tiers": [
            {"id": tier(event_id, 1), "name": "Front", "kind": "SEATED", "capacity": 6, "available": 6, "price": {"minor": 7550}},
            {"id": tier(event_id, 2), "name": "Back", "kind": "SEATED", "capacity": 6, "available": 6, "price": {"minor": 2500}},
            {"id": tier(event_id, 3), "name": "Floor", "kind": "STANDING", "capacity": 100, "available": 100, "price": {"minor": 0}},
        ],
    }


def tier(event_id: str, tier_no: int) -> str:
    return str(TierId(EventId.parse(event_id), tier_no))


async def test_an_event_of_100000_seats_takes_a_few_rows(stage: Stage) -> None:
    rows = [str(n) for n in range(1000)]
    venue = await stage.venue(sections=[{"bulk": {"name": "A", "rows": rows, "seatsPerRow": 100}}])

    event_id = await stage.event(venueId=venue, tiers=[{"name": "All", "priceMinor": 100}])

    number = EventId.parse(event_id)
    assert await stage.pool.fetchval("SELECT count(*) FROM tier WHERE event_id = $1", number) == 1
    assert await stage.pool.fetchval("SELECT count(*) FROM claim WHERE event_id = $1", number) == 0
    head = await stage.pool.fetchrow("SELECT tier_starts, tier_nos FROM inventory WHERE event_id = $1", number)
    assert head is not None
    assert (head["tier_starts"], head["tier_nos"]) == ([0], [1])
    assert (await stage.ask(EVENT, id=event_id))["availableSeats"] == 100_000


async def test_sales_begin_at_once_and_end_at_the_start_unless_told_otherwise(stage: Stage) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)

    event = await stage.ask(EVENT, id=await stage.event())

    assert before <= datetime.fromisoformat(event["onSaleAt"]) <= datetime.now(UTC) + timedelta(seconds=5)
    assert event["offSaleAt"] == event["startsAt"]


async def test_places_left_are_counted_as_they_are_taken(stage: Stage) -> None:
    event_id = await stage.event()

    await stage.take(event_id, 3)

    event = await stage.ask(EVENT, id=event_id)
    assert (event["capacity"], event["availableSeats"], event["tiers"][0]["available"]) == (10, 7, 7)


# Lists


async def test_each_filter_finds_its_events_and_all_together_narrow(stage: Stage) -> None:
    city = a_name("Łódź")
    venue, elsewhere = await stage.venue(city=city), await stage.venue()
    category, organization = await stage.category(), await stage.organization()
    word = a_name("Zauberflöte").replace(" ", "")
    one = await stage.event(venueId=venue, categoryId=category, startsAt=at(1), endsAt=at(2), tiers=floor(1000), name=f"Die {word}")
    two = await stage.event(
        venueId=venue, organizationId=organization, startsAt=at(2), endsAt=at(3), tiers=floor(5000), description=f"after {word}"
    )
    three = await stage.event(
        venueId=elsewhere, categoryId=category, organizationId=organization, startsAt=at(3), endsAt=at(4), tiers=floor(9000)
    )

    assert await found(stage, venueId=venue) == [one, two]
    assert await found(stage, categoryId=category) == [one, three]
    assert await found(stage, organizationId=organization) == [two, three]
    assert await found(stage, city=city.upper()) == [one, two]
    assert await found(stage, search=word.upper()) == [one, two]
    assert await found(stage, search=f"die {word}") == [one]
    assert await found(stage, search=f"{word} -die") == [two]
    assert await found(stage, venueId=venue, startsFrom=at(2)) == [two]
    assert await found(stage, venueId=venue, startsBefore=at(2)) == [one]
    assert await found(stage, venueId=venue, startsFrom=at(1), startsBefore=at(2)) == [one]
    assert await found(stage, venueId=venue, categoryId=category, phase="UPCOMING", status="PUBLISHED") == [one]
    assert await found(stage, venueId=venue, categoryId=category, organizationId=organization) == []


async def test_a_price_range_finds_events_whose_prices_touch_it(stage: Stage) -> None:
    venue = await stage.venue()
    both = [{"name": name, "kind": "STANDING", "priceMinor": price, "capacity": 5} for name, price in (("a", 1000), ("b", 3000))]
    event_id = await stage.event(venueId=venue, tiers=both)
    yen = await stage.event(venueId=venue, tiers=floor(2000), currency="JPY")

    async def priced(least: int | None, most: int | None, currency: str = "GBP") -> list[str]:
        return await found(stage, venueId=venue, prices={"currency": currency, "leastMinor": least, "mostMinor": most})

    assert await priced(None, None) == [event_id]
    assert await priced(3000, None) == [event_id]
    assert await priced(3001, None) == []
    assert await priced(None, 1000) == [event_id]
    assert await priced(None, 999) == []
    assert await priced(1500, 2500) == [event_id]
    assert await priced(2000, 2000, "JPY") == [yen]
    assert await priced(None, None, "\0") == []
    assert await priced(-(2**63), 2**63 - 1) == [event_id]


async def test_only_available_leaves_out_what_is_sold_out(stage: Stage) -> None:
    venue = await stage.venue()
    free, full = await stage.event(venueId=venue), await stage.event(venueId=venue, tiers=floor(1, capacity=2))
    await stage.take(full, 2)

    assert set(await found(stage, venueId=venue)) == {free, full}
    assert await found(stage, venueId=venue, onlyAvailable=True) == [free]


async def test_phases_follow_the_clock(stage: Stage) -> None:
    venue = await stage.venue()
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    over = await stage.event(venueId=venue, startsAt=(now - 2 * hour).isoformat(), endsAt=(now - hour).isoformat())
    running = await stage.event(venueId=venue, startsAt=(now - hour).isoformat(), endsAt=(now + hour).isoformat())
    coming = await stage.event(venueId=venue, startsAt=(now + hour).isoformat(), endsAt=(now + 2 * hour).isoformat())

    for phase, event_id in (("COMPLETED", over), ("ONGOING", running), ("UPCOMING", coming)):
        assert await found(stage, venueId=venue, phase=phase) == [event_id]
        assert (await stage.ask(EVENT, id=event_id))["phase"] == phase


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_all_pages_together_are_the_whole_list_though_events_are_equal(stage: Stage, order: dict[str, str], size: int) -> None:
    filter = {"venueId": await a_venue_of_equals(stage)}

    whole = await stage.ask(EVENTS, first=100, filter=filter, order=order)
    seen: list[Any] = []
    after = None
    more = True
    while more:
        page = await stage.ask(EVENTS, first=size, after=after, filter=filter, order=order)
        assert page["totalCount"] == 9
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        seen += page["edges"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == whole["edges"]
    assert len({edge["node"]["id"] for edge in seen}) == 9


async def test_orders_order_and_their_reverse_reverses(stage: Stage) -> None:
    filter = {"venueId": await a_venue_of_equals(stage)}

    async def names(**order: str) -> list[str]:
        page = await stage.ask(EVENTS, first=100, filter=filter, order=order)
        return [edge["node"]["name"] for edge in page["edges"]]

    by_name = await names(by="NAME")
    assert [name.lower() for name in by_name] == sorted(name.lower() for name in by_name)
    for by in ("START", "NAME", "PRICE"):
        assert await names(by=by, direction="DESC") == (await names(by=by))[::-1]
    assert await names() == await names(by="START", direction="ASC")


_equals: list[str] = []


async def a_venue_of_equals(stage: Stage) -> str:
    """A venue with nine events, many of them equal in start, name and price."""
    if not _equals:
        venue = await stage.venue()
        for number in range(9):
            day = number // 3
            await stage.event(
                venueId=venue,
                name=("Ball", "ball", "Aria")[number % 3],
                startsAt=at(day),
                endsAt=at(9),
                tiers=floor((500, 500, 200)[day]),
            )
        _equals.append(venue)
    return _equals[0]


async def test_a_cursor_of_an_event_that_is_gone_still_marks_its_place(stage: Stage) -> None:
    venue = await stage.venue()
    made = [await stage.draft(venueId=venue, startsAt=at(day), endsAt=at(9)) for day in range(3)]
    first = await stage.ask(EVENTS, ADMIN, first=2, filter={"venueId": venue})

    await stage.ask(DELETE, ADMIN, id=made[1])

    second = await stage.ask(EVENTS, ADMIN, first=2, after=first["pageInfo"]["endCursor"], filter={"venueId": venue})
    assert [edge["node"]["id"] for edge in second["edges"]] == [made[2]]


async def test_an_empty_page_is_a_page(stage: Stage) -> None:
    page = await stage.ask(EVENTS, first=0, filter={"venueId": await a_venue_of_equals(stage)})

    assert page["edges"] == []
    assert page["totalCount"] == 9
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


@pytest.mark.parametrize("first", [-1, 101, 2**31 - 1])
async def test_a_page_has_0_to_100_events(stage: Stage, first: int) -> None:
    assert await stage.refused(EVENTS, first=first) == "VALIDATION_ERROR"


async def test_only_a_cursor_of_the_same_order_is_taken(stage: Stage) -> None:
    filter = {"venueId": await a_venue_of_equals(stage)}
    cursors = {str(order): (await stage.ask(EVENTS, first=1, filter=filter, order=order))["pageInfo"]["endCursor"] for order in ORDERS}
    venues = "{ venues(first: 1) { pageInfo { endCursor } } }"
    foreign = (await stage.ask(venues))["pageInfo"]["endCursor"]
    good = cursors[str(ORDERS[0])]

    for order in ORDERS:
        for made_by, cursor in cursors.items():
            if made_by != str(order):
                assert await stage.refused(EVENTS, first=1, after=cursor, order=order) == "VALIDATION_ERROR"
        assert await stage.refused(EVENTS, first=1, after=foreign, order=order) == "VALIDATION_ERROR"
    for position in range(len(good)):
        other = "A" if good[position] != "A" else "B"
        tampered = good[:position] + other + good[position + 1 :]
        assert await stage.refused(EVENTS, first=1, after=tampered) == "VALIDATION_ERROR"
    for text in ("", " ", good[:-1], good + "A", good + "=", " " + good, "\0", "🎭", "\ud800", "A" * 10_000, str(EventId(7))):
        assert await stage.refused(EVENTS, first=1, after=text) == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "search",
    [
        "'",
        '"',
        '"unclosed',
        "& | ! ( ) <-> :* \\",
        "-",
        "or",
        "or or or - - -",
        "\\",
        "';DROP TABLE event;--",
        "\0",
        "a\0b",
        "\ud800",
        "🎭",
        "𝔄" * 1000,
        "x" * 100_000,
        "( " * 5000,
        "%",
        "\u202e",
        "a:b:c",
        "<script>",
        "\n\t",
        "﷽" * 300,
    ],
)
async def test_no_search_fails(stage: Stage, search: str) -> None:
    page = await stage.ask(EVENTS, first=1, filter={"search": search, "city": search})

    assert page["edges"] == []


async def test_a_blank_search_does_not_narrow(stage: Stage) -> None:
    venue = await a_venue_of_equals(stage)

    assert len(await found(stage, venueId=venue, search="  ")) == 9
    assert len(await found(stage, venueId=venue, search=None, city=None, status=None, phase=None)) == 9


async def test_ids_of_other_kinds_are_errors_in_filters(stage: Stage) -> None:
    for name in ("venueId", "categoryId", "organizationId"):
        for text in ("", str(EventId(7)), "ven_\0", "🎭", "ven_" + "Z" * 13):
            assert await stage.refused(EVENTS, first=1, filter={name: text}) == "VALIDATION_ERROR"
    assert await found(stage, venueId=str(VenueId(new_number()))) == []


async def test_extreme_instants_are_compared_like_others(stage: Stage) -> None:
    venue = await a_venue_of_equals(stage)

    assert len(await found(stage, venueId=venue, startsFrom="0001-01-01T00:00:00Z", startsBefore="9999-12-31T23:59:59Z")) == 9
    assert await found(stage, venueId=venue, startsFrom="9999-12-31T23:59:59Z") == []


async def test_a_page_takes_as_many_statements_however_long_it_is(stage: Stage) -> None:
    venue = await a_venue_of_equals(stage)
    bare = "query ($first: Int!, $filter: EventFilter) { events(first: $first, filter: $filter) { edges { node { id } } } }"

    assert await stage.statements(bare, first=9, filter={"venueId": venue}) == 1
    assert await stage.statements(EVENTS, first=9, filter={"venueId": venue}) == 2
    # Venues, categories and organizations are remembered from the first time.
    category, organization = await stage.category(), await stage.organization()
    for _ in range(3):
        await stage.event(venueId=await stage.venue(), categoryId=category, organizationId=organization)
    for first in (1, 2, 3):
        assert await stage.statements(FULL, first=first, filter={"categoryId": category}) == 2
    detail = "query ($id: ID!) { event(id: $id) { name availableSeats tiers { name } venue { name } } }"
    assert await stage.statements(detail, id=(await found(stage, venueId=venue))[0]) == 2


# Who sees what


async def test_a_draft_is_for_those_who_run_it(stage: Stage) -> None:
    ours, theirs = await stage.organization(), await stage.organization()
    member, stranger = an_organizer(ours), an_organizer(theirs)
    venue = await stage.venue()
    draft = await stage.draft(venueId=venue, organizationId=ours)

    for caller, sees in ((None, False), (USER, False), (stranger, False), (member, True), (ADMIN, True)):
        expected = [draft] if sees else []
        assert await found(stage, caller, venueId=venue) == expected
        assert await found(stage, caller, venueId=venue, status="DRAFT") == expected
        assert await found(stage, caller, venueId=venue, status="PUBLISHED") == []
        assert (await stage.ask(EVENT, caller, id=draft) is not None) == sees
        assert (await stage.ask(NODE, caller, id=draft) is not None) == sees
        assert (await stage.ask(NODE, caller, id=tier(draft, 1)) is not None) == sees


async def test_a_cancelled_event_is_found_by_who_asks_for_cancelled_ones_or_runs_it(stage: Stage) -> None:
    ours = await stage.organization()
    venue = await stage.venue()
    event_id = await stage.event(venueId=venue, organizationId=ours)
    await stage.cancel(event_id)

    assert await found(stage, venueId=venue) == []
    assert await found(stage, venueId=venue, status="CANCELLED") == [event_id]
    assert await found(stage, an_organizer(ours), venueId=venue) == [event_id]
    assert (await stage.ask(EVENT, id=event_id))["status"] == "CANCELLED"


async def test_events_are_written_by_members_of_their_organization_and_admins(stage: Stage) -> None:
    ours, theirs = await stage.organization(), await stage.organization()
    member, stranger = an_organizer(ours), an_organizer(theirs)
    draft, shown = await stage.draft(organizationId=ours), await stage.event(organizationId=ours)

    for caller, code in ((None, "UNAUTHENTICATED"), (USER, "AUTH_UNAUTHORIZED"), (stranger, "AUTH_UNAUTHORIZED")):
        assert await stage.refused(CREATE_EVENT, caller, input=an_event(organizationId=ours)) == code
        assert await stage.refused(UPDATE, caller, input={"eventId": shown, "name": "Ours"}) == code
        assert await stage.refused(DELETE, caller, id=shown) == code
    assert await stage.refused(CREATE_EVENT, member, input=an_event()) == "AUTH_UNAUTHORIZED"
    for caller in (USER, stranger):
        assert (await stage.ask(PUBLISH, caller, id=draft))["code"] == "EVENT_NOT_FOUND"
    assert (await stage.ask(UPDATE, member, input={"eventId": shown, "name": "New"}))["name"] == "New"
    assert (await stage.ask(PUBLISH, member, id=draft))["status"] == "PUBLISHED"
    assert EventId.parse(await stage.draft(member, organizationId=ours))


# Writes


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " \n"}, "name"),
        ({"name": "a\0"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"description": "x" * 10_001}, "description"),
        ({"endsAt": STARTS.isoformat()}, "endsAt"),
        ({"endsAt": at(-1)}, "endsAt"),
        ({"onSaleAt": at(2), "offSaleAt": at(1)}, "offSaleAt"),
        ({"offSaleAt": at(1)}, "offSaleAt"),
        ({"timezone": "Mars/Phobos"}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"ticketLimit": 0}, "ticketLimit"),
        ({"ticketLimit": -1}, "ticketLimit"),
        ({"ticketLimit": 2**31 - 1}, "ticketLimit"),
        ({"currency": "gbp"}, "currency"),
        ({"currency": "£"}, "currency"),
        ({"tiers": []}, "tiers"),
        ({"tiers": [{"name": f"{n}", "kind": "STANDING", "priceMinor": 1, "capacity": 1} for n in range(101)]}, "tiers"),
        ({"tiers": floor(1) * 2}, "tiers"),
        ({"tiers": floor(-1)}, "tiers.0.priceMinor"),
        ({"tiers": floor(10**12 + 1)}, "tiers.0.priceMinor"),
        ({"tiers": floor(1, capacity=0)}, "tiers.0.capacity"),
        ({"tiers": floor(1, capacity=-5)}, "tiers.0.capacity"),
        ({"tiers": floor(1, capacity=2**31 - 1)}, "tiers.0.capacity"),
        ({"tiers": [{"name": "", "kind": "STANDING", "priceMinor": 1, "capacity": 1}]}, "tiers.0.name"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "1", "priceMinor": 100}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "1.001"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "NaN"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "sNaN"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "-Infinity"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "1e999999999"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "1e-999999"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "-0.01"}]}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "capacity": 1, "price": "1.5"}], "currency": "JPY"}, "tiers.0.price"),
        ({"tiers": [{"name": "a", "kind": "STANDING", "priceMinor": 1}]}, "tiers.0.capacity"),
        ({"tiers": [{"name": "a", "priceMinor": 1}]}, "tiers.0.capacity"),
        ({"tiers": [{"name": "a", "priceMinor": 1, "sections": [{"section": "A"}]}]}, "tiers.0.sections"),
    ],
)
async def test_what_is_wrong_with_an_event_is_named(stage: Stage, facts: dict[str, object], field: str) -> None:
    refused = await stage.ask(CREATE_EVENT, ADMIN, input=an_event(**facts))

    assert refused["__typename"] == "ValidationFailed"
    assert field in {problem["field"] for problem in refused["fields"]}


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ([{"section": "Stalls", "rows": ["A"]}], "leave seats in no tier: section 'Stalls' rows B"),
        ([{"section": "Stalls"}, {"section": "Stalls", "rows": ["B"]}], "cover seats twice: section 'Stalls' rows B"),
        ([{"section": "Stalls", "rows": ["A", "A", "B"]}], "cover seats twice: section 'Stalls' rows A"),
        ([{"section": "Circle"}], "names a section 'Circle' that the layout does not have"),
        ([{"section": "Stalls", "rows": ["A", "\ud800"]}], "names rows that section 'Stalls' does not have: '\\ud800'"),
    ],
)
async def test_every_seat_belongs_to_exactly_one_tier(stage: Stage, tiers: list[dict[str, object]], said: str) -> None:
    priced = [{"name": "All", "priceMinor": 1, "sections": tiers}]

    refused = await stage.ask(CREATE_EVENT, ADMIN, input=an_event(venueId=await stage.venue(), tiers=priced))

    assert said in {problem["message"] for problem in refused["fields"]}


async def test_an_event_names_things_there_are(stage: Stage) -> None:
    for name, missing, code in (
        ("venueId", VenueId(new_number()), "VENUE_NOT_FOUND"),
        ("categoryId", CategoryId(new_number()), "CATEGORY_NOT_FOUND"),
        ("organizationId", OrganizationId(new_number()), "ORGANIZATION_NOT_FOUND"),
    ):
        assert (await stage.ask(CREATE_EVENT, ADMIN, input=an_event(**{name: str(missing)})))["code"] == code
        assert await stage.refused(CREATE_EVENT, ADMIN, input=an_event(**{name: "x"})) == "VALIDATION_ERROR"


async def test_publishing_raises_the_version_and_tells_who_watches_once(stage: Stage) -> None:
    draft = await stage.draft()
    number = EventId.parse(draft)
    version = await stage.pool.fetchval("SELECT version FROM inventory WHERE event_id = $1", number)

    first, second = await stage.ask(PUBLISH, ADMIN, id=draft), await stage.ask(PUBLISH, ADMIN, id=draft)

    assert first["status"] == second["status"] == "PUBLISHED"
    assert await stage.pool.fetchval("SELECT version FROM inventory WHERE event_id = $1", number) == version + 1
    told = [change_set for change_set in stage.feed.told if change_set.event_id == number]
    assert [(change_set.version, change_set.sale_changed, change_set.seats) for change_set in told] == [(version + 1, True, ())]


async def test_a_cancelled_event_is_neither_published_nor_changed_nor_deleted(stage: Stage) -> None:
    event_id = await stage.event()
    await stage.cancel(event_id)

    answers = [
        await stage.ask(PUBLISH, ADMIN, id=event_id),
        await stage.ask(UPDATE, ADMIN, input={"eventId": event_id, "name": "New"}),
        await stage.ask(DELETE, ADMIN, id=event_id),
    ]

    assert {answer["code"] for answer in answers} == {"EVENT_NOT_EDITABLE"}


async def test_an_update_changes_what_it_names_and_sales_follow_the_start(stage: Stage) -> None:
    category = await stage.category()
    event_id = await stage.event(categoryId=category, ticketLimit=2, description="Old.")

    answer = await stage.ask(UPDATE, ADMIN, input={"eventId": event_id, "startsAt": at(1), "endsAt": at(2), "ticketLimit": None})

    assert answer["ticketLimit"] is None
    assert answer["offSaleAt"] == answer["startsAt"] == "2031-05-02T19:30:00Z"
    assert (answer["description"], answer["category"]) == ("Old.", {"id": category})
    told = [change_set for change_set in stage.feed.told if change_set.event_id == EventId.parse(event_id)]
    assert [change_set.version for change_set in told] == [1, 2]


async def test_an_update_is_checked_as_a_whole(stage: Stage) -> None:
    event_id = await stage.event()

    refused = await stage.ask(UPDATE, ADMIN, input={"eventId": event_id, "name": None, "startsAt": at(5), "ticketLimit": 0})
    missing = await stage.ask(UPDATE, ADMIN, input={"eventId": event_id, "categoryId": str(CategoryId(new_number()))})

    assert {problem["field"] for problem in refused["fields"]} == {"name", "endsAt", "ticketLimit"}
    assert missing["code"] == "CATEGORY_NOT_FOUND"


async def test_only_a_draft_is_deleted_and_leaves_nothing(stage: Stage) -> None:
    draft, shown = await stage.draft(), await stage.event()

    assert await stage.ask(DELETE, ADMIN, id=draft) == {"__typename": "EventDeleted", "eventId": draft}
    assert (await stage.ask(DELETE, ADMIN, id=draft))["code"] == "EVENT_NOT_FOUND"
    assert (await stage.ask(DELETE, ADMIN, id=shown))["code"] == "EVENT_NOT_EDITABLE"
    for table in ("event", "inventory", "tier", "claim"):
        count = f"SELECT count(*) FROM {table} WHERE event_id = $1"
        assert await stage.pool.fetchval(count, EventId.parse(draft)) == 0


# Ids


async def test_everything_with_an_id_is_found_by_it_alone(stage: Stage) -> None:
    venue, category, organization = await stage.venue(), await stage.category(), await stage.organization()
    event_id = await stage.event(venueId=venue)

    for one, kind in (
        (event_id, "Event"),
        (tier(event_id, 1), "Tier"),
        (venue, "Venue"),
        (category, "Category"),
        (organization, "Organization"),
    ):
        assert await stage.ask(NODE, id=one) == {"__typename": kind, "id": one}


async def test_ids_of_nothing_are_null_and_what_is_no_id_is_an_error(stage: Stage) -> None:
    event_id = await stage.event()

    for missing in (EventId(new_number()), VenueId(new_number()), CategoryId(1), OrganizationId(1), TierId(EventId(1), 1)):
        assert await stage.ask(NODE, id=str(missing)) is None
    assert await stage.ask(NODE, id=tier(event_id, 2)) is None
    assert await stage.ask(EVENT, id=str(EventId(new_number()))) is None
    for text in ("", "evt", "evt_", event_id.lower(), event_id + "0", "evt_\0", "🎭", "\ud800", str(SeatId(EventId.parse(event_id), 0))):
        assert await stage.refused(NODE, id=text) == "VALIDATION_ERROR"
        assert await stage.refused(EVENT, id=text) == "VALIDATION_ERROR"
