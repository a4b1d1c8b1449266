"""What `docs/coverage.md` promises and no other test shows: the ways of the source documents, over HTTP, as their clients go them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

from db.identifiers import new_number
from domain.callers import Role
from domain.ids import EventId, PaymentId, UserId
from domain.users import User
from runtime.secrets import jwt_secret
from runtime.settings import read_settings
from tests.api.house import ADMIN, VISA, a_house
from tests.api.served import Served, a_server
from tests.api.stage import CREATE_EVENT, PUBLISH, an_event, an_organizer
from tests.notices.builders import notify
from tests.system.running import NO_TLS, command
from web.tokens import AccessTokens, SigningKey

SECRET = "s" * 32
PASSWORD = "Passw0rd"
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { ... on Session { accessToken user { id email username } } } }"
LOG_IN = """mutation ($input: LogInInput!) { logIn(input: $input) { ... on Session {
    accessToken refreshToken tokenType expiresIn user { id role } } } }"""
ME = "{ me { id email } }"
EVENT = "query ($id: ID!) { event(id: $id) { id name description startsAt capacity availableSeats venue { id } } }"
BOOK = """mutation ($input: CreateBookingInput!) { createBooking(input: $input) { ... on Refusal { code }
    ... on Booking { id status quantity } } }"""
TICKETS = """{ me { bookings { totalCount edges { node { status quantity event { id name startsAt }
    tickets { id ticketNumber status } } } } } }"""
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { ... on Refusal { code }
    ... on Cancellation { refundAmount { amount } booking { status tickets { status } } } } }"""
PAYMENT_OF = """query ($id: ID!) { booking(id: $id) { user { id } payment { id status providerTransactionId processedAt
    amount { minor currency } } } }"""
PAYMENT = "query ($id: ID!) { payment(id: $id) { booking { id user { id } } } }"
NOTIFICATIONS = "{ me { notifications { totalCount edges { node { id type subject sentAt booking { id } } } } } }"
SEEDED = "{ venues { totalCount } categories { id } events(first: 100) { totalCount edges { node { status } } } }"


@pytest.fixture(scope="module")
async def server(database_url: str, redis_url: str) -> AsyncIterator[Served]:
    async with a_server(database_url, redis_url, jwt_secret=SECRET) as server:
        yield server


async def ask(server: Served, token: str | None, document: str, **variables: object) -> Any:
    """What the one field answers to whoever has a token."""
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    transport = HTTPXAsyncTransport(f"http://{server.address}/graphql", headers=headers, timeout=30, verify=NO_TLS)
    async with Client(transport=transport, execute_timeout=30) as session:
        request = gql(document)
        request.variable_values = variables
        return next(iter((await session.execute(request)).values()))


async def test_from_registering_to_giving_tickets_back_at_an_event_without_a_venue(server: Served) -> None:
    name = f"ann-{new_number()}"
    person = {"email": f"{name}@coverage.example", "password": PASSWORD, "name": "Ann", "username": name[:30]}

    registered = await ask(server, None, REGISTER, input=person)
    session = await ask(server, None, LOG_IN, input={"email": person["email"].upper(), "password": PASSWORD})
    token = session["accessToken"]
    made = await server.ask(CREATE_EVENT, ADMIN, input=an_event(description="In the park."))
    await server.ask(PUBLISH, ADMIN, id=made["id"])
    before = await ask(server, None, EVENT, id=made["id"])
    places = {"quantity": {"tierId": made["tiers"][0]["id"], "quantity": 3}}
    booking = await ask(server, token, BOOK, input={"eventId": made["id"], "places": places, "payment": VISA})
    listed = await ask(server, token, TICKETS)
    after = await ask(server, None, EVENT, id=made["id"])
    given = await ask(server, token, CANCEL, input={"bookingId": booking["id"]})

    assert registered["user"] == {"id": session["user"]["id"], "email": person["email"], "username": person["username"]}
    assert (session["tokenType"], session["expiresIn"], session["user"]["role"]) == ("bearer", 1800, "USER")
    assert await ask(server, registered["accessToken"], ME) == {"id": session["user"]["id"], "email": person["email"]}
    assert (before["venue"], before["description"], before["capacity"], before["availableSeats"]) == (None, "In the park.", 10, 10)
    assert (booking["status"], booking["quantity"], after["availableSeats"]) == ("CONFIRMED", 3, 7)
    (edge,) = listed["bookings"]["edges"]
    assert edge["node"]["event"] == {name: before[name] for name in ("id", "name", "startsAt")}
    assert [ticket["status"] for ticket in edge["node"]["tickets"]] == ["VALID"] * 3
    assert given["refundAmount"] == {"amount": "60.00"}
    assert given["booking"] == {"status": "CANCELLED", "tickets": [{"status": "CANCELLED"}] * 3}
    kept = await ask(server, token, TICKETS)
    assert [edge["node"]["status"] for edge in kept["bookings"]["edges"]] == ["CANCELLED"], "the history keeps it"


async def test_the_payment_of_a_booking_is_found_by_the_booking(server: Served) -> None:
    user, event_id = await server.user(), await server.event()
    paid, pending = await server.sold(user, event_id, 0), await server.book(user, event_id, 1)

    found = await server.ask(PAYMENT_OF, user, id=paid["id"])

    payment = found["payment"]
    assert (payment["id"], payment["status"], payment["amount"]) == (paid["payment"]["id"], "SUCCEEDED", {"minor": 7500, "currency": "GBP"})
    assert payment["providerTransactionId"].startswith("ch_sandbox_")
    assert payment["processedAt"].endswith("Z")
    owner = {"id": str(user.user_id)}
    assert found["user"] == owner
    assert await server.ask(PAYMENT, user, id=payment["id"]) == {"booking": {"id": paid["id"], "user": owner}}
    assert await server.ask(PAYMENT_OF, ADMIN, id=paid["id"]) == found
    assert (await server.ask(PAYMENT_OF, user, id=pending["id"]))["payment"] is None, "nobody has paid"
    for stranger in (await server.user(), an_organizer()):
        assert await server.ask(PAYMENT_OF, stranger, id=paid["id"]) is None
    nobodys = str(PaymentId(EventId.parse(event_id), new_number()))
    assert await server.ask(PAYMENT, user, id=nobodys) is None


async def test_a_list_whose_length_nobody_asks_for_has_twenty(server: Served) -> None:
    user, event_id = await server.user(), await server.event()
    organization = await server.ask('mutation { createOrganization(input: {name: "Many"}) { ... on Organization { id } } }', ADMIN)
    for _ in range(21):
        await server.ask(CREATE_EVENT, ADMIN, input=an_event(organizationId=organization["id"]))
    written = [await notify(server.pool, EventId.parse(event_id), user.user_id, ago=timedelta(minutes=n)) for n in range(21)]
    document = "query ($filter: EventFilter) { events(filter: $filter) { totalCount edges { node { id } } pageInfo { hasNextPage } } }"

    events = await server.ask(document, ADMIN, filter={"organizationId": organization["id"]})
    notifications = (await server.ask(NOTIFICATIONS, user))["notifications"]

    assert (events["totalCount"], len(events["edges"]), events["pageInfo"]) == (21, 20, {"hasNextPage": True})
    assert notifications["totalCount"] == 21
    assert [edge["node"]["id"] for edge in notifications["edges"]] == [str(one) for one in written[:20]], "the most recent"


async def test_an_old_token_is_told_from_one_that_never_was_good(server: Served) -> None:
    def an_hour_ago() -> datetime:
        return datetime.now(UTC) - timedelta(hours=1)

    keys = [SigningKey.of(jwt_secret(read_settings(jwt_secret=SECRET)))]
    ann = User(UserId(new_number()), "ann@coverage.example", "Ann", Role.USER, datetime.now(UTC))
    old = AccessTokens(keys, clock=an_hour_ago).sign(ann, ()).text

    for token, code in ((old, "AUTH_TOKEN_EXPIRED"), (f"{old}x", "UNAUTHENTICATED"), (None, "UNAUTHENTICATED")):
        with pytest.raises(TransportQueryError) as refused:
            await ask(server, token, "{ bookings { totalCount } }")
        assert (refused.value.errors or [])[0]["extensions"]["code"] == code


async def test_the_seed_command_of_the_source_fills_an_empty_database(fresh_database_url: str, redis_url: str, tmp_path: Path) -> None:
    words = ["seed", "--flush", "--users", "20", "--orgs", "5", "--venues", "6", "--cats", "6", "--events", "12", "--bookings", "80"]

    said = command(*words, DATABASE_URL=fresh_database_url, REDIS_URL=redis_url, STATE_DIR=str(tmp_path))

    assert said.returncode == 0, said.stderr
    async with a_house(fresh_database_url, redis_url) as house:
        found = await house.data(SEEDED, ADMIN)
        bookings = await house.ask("{ bookings { totalCount } }", ADMIN)
        organizations = await house.pool.fetchval("SELECT count(*) FROM organization")
    assert (found["venues"]["totalCount"], len(found["categories"]), found["events"]["totalCount"]) == (6, 6, 12)
    assert (bookings["totalCount"], organizations) == (80, 5)
    assert {edge["node"]["status"] for edge in found["events"]["edges"]} >= {"DRAFT", "PUBLISHED"}
