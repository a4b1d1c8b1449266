"""An export from end to end: a whole server on a real database, the path that an event tells, and a spreadsheet's view of hostile names."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.callers import Caller, Role
from domain.ids import OrganizationId
from domain.users import User
from runtime.backing import Addresses
from runtime.settings import Settings, read_settings
from tests.api.house import ADMIN, VISA, House, a_house
from tests.api.stage import a_name
from tests.web.toy import serving
from web.exports import HEAD
from wiring.app import make_app
from wiring.keys import tokens_of

ORGANIZATION = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"
EVIL = '=HYPERLINK("http://evil.test","Zoë\r\n;,")'


@dataclass
class World:
    """A house to make things in, and a server on the same database."""

    house: House
    settings: Settings
    client: httpx.AsyncClient

    async def get(self, path: str, caller: Caller | None) -> httpx.Response:
        """What somebody is sent."""
        headers = {"Authorization": f"Bearer {await self.token(caller)}"} if caller is not None else {}
        return await self.client.get(path, headers=headers)

    async def token(self, caller: Caller) -> str:
        """An access token such as a log-in would bring."""
        (user,) = await self.house.services.accounts.users_many([caller.user_id])
        assert isinstance(user, User)
        signed: Any = tokens_of(self.settings).sign(user, tuple(caller.organizations))
        return str(signed.text)


@pytest.fixture(scope="module")
async def world(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    state: Path = tmp_path_factory.mktemp("exports")
    settings = read_settings(state_dir=state, jwt_secret="s" * 32, rate_limits=False)
    async with AsyncExitStack() as stack:
        address = stack.enter_context(serving(make_app(settings, Addresses(database_url, database_url, redis_url))))
        house = await stack.enter_async_context(a_house(database_url, redis_url))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{address}", timeout=20))
        yield World(house, settings, client)


async def test_those_who_run_an_event_take_its_bookings_away_as_rows(world: World) -> None:
    house = world.house
    organization = (await house.ask(ORGANIZATION, ADMIN, name=a_name("organization")))["id"]
    organizer = await a_person(world, Role.ORGANIZER, OrganizationId.parse(organization))
    tiers = [{"name": "-Front", "price": "75.00"}, {"name": "Floor", "kind": "STANDING", "price": "20.00", "capacity": 10}]
    event_id = await house.event(organizationId=organization, tiers=tiers)
    buyer = await house.user()
    await house.pool.execute("UPDATE account SET name = $2 WHERE user_id = $1", buyer.user_id, EVIL)
    seats = await house.book(buyer, event_id, 0, 7, payment=VISA)
    standing = await house.take(buyer, event_id, 2, 1)
    path = (await house.ask("query ($id: ID!) { event(id: $id) { bookingsExportUrl } }", organizer, id=event_id))["bookingsExportUrl"]

    response = await world.get(path, organizer)

    assert response.status_code == 200
    head, *rows = csv.reader(io.StringIO(response.content.decode("utf-8"), newline=""), strict=True)
    assert tuple(head) == HEAD
    told = [dict(zip(HEAD, row, strict=True)) for row in rows]
    assert [one["Booking code"] for one in told] == [seats["bookingCode"], seats["bookingCode"], standing["bookingCode"]]
    assert [one["Ticket number"] for one in told] == [*(ticket["ticketNumber"] for ticket in seats["tickets"]), ""]
    assert [(one["Tier"], one["Section"], one["Row"], one["Seat"], one["Price"]) for one in told] == [
        ("'-Front", "Stalls", "A", "1", "75.00"),
        ("'-Front", "Stalls", "B", "2", "75.00"),
        ("Floor", "", "", "", "20.00"),
    ]
    assert {one["Buyer name"] for one in told} == {f"'{EVIL}"}
    assert [one["Booking status"] for one in told] == ["CONFIRMED", "CONFIRMED", "PENDING"]
    assert {one["Booked at"] for one in told} == {seats["createdAt"], standing["createdAt"]}


async def test_nobody_else_does(world: World) -> None:
    event_id = await world.house.event()
    path = f"/export/events/{event_id}/bookings.csv"
    stranger = await a_person(world, Role.ORGANIZER, OrganizationId(7))

    for caller, status in ((None, 401), (await world.house.user(), 403), (stranger, 403)):
        assert (await world.get(path, caller)).status_code == status
    forged = await world.client.get(path, headers={"Authorization": "Bearer of.no.token"})
    assert forged.status_code == 401


async def a_person(world: World, role: Role, *organizations: OrganizationId) -> Caller:
    """Somebody new with a role."""
    user = await world.house.user()
    await world.house.pool.execute("UPDATE account SET role = $2 WHERE user_id = $1", user.user_id, role)
    return Caller(user.user_id, role, frozenset(organizations))
