"""A running server with its pages, and what tests prepare there through its API before anybody opens a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from domain.callers import Role
from domain.ids import UserId
from domain.users import User
from tests.system.people import BOOK, CANCEL, CONFIRM, GOOD_CARD, REFUSAL, TOKENS, seat_ids
from tests.system.running import PASSWORD, Running

SESSION = "accessToken refreshToken expiresIn user { id name email role }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ {REFUSAL} ... on Session {{ {SESSION} }} }} }}"
LOG_IN = f"mutation ($input: LogInInput!) {{ logIn(input: $input) {{ {REFUSAL} ... on Session {{ {SESSION} }} }} }}"
INVALID = f"{REFUSAL} ... on ValidationFailed {{ fields {{ field message }} }}"
CREATE_VENUE = f"mutation ($input: CreateVenueInput!) {{ createVenue(input: $input) {{ {INVALID} ... on Venue {{ id }} }} }}"
CREATE_EVENT = f"mutation ($input: CreateEventInput!) {{ createEvent(input: $input) {{ {INVALID} ... on Event {{ id tiers {{ id }} }} }} }}"
PUBLISH = f"mutation ($id: ID!) {{ publishEvent(eventId: $id) {{ {REFUSAL} ... on Event {{ id }} }} }}"
TICKETS = "query ($id: ID!) { booking(id: $id) { tickets { id entryCode } } }"
CREATE_ORGANIZATION = f"""mutation ($input: CreateOrganizationInput!) {{
    createOrganization(input: $input) {{ {REFUSAL} ... on Organization {{ id }} }} }}"""
ADD_MEMBER = f"mutation ($input: AddMemberInput!) {{ addMember(input: $input) {{ {REFUSAL} ... on Organization {{ id }} }} }}"
HOUSE = [{"bulk": {"name": "Stalls", "rows": ["A", "B", "C"], "seatsPerRow": 8}}]
"""24 seats, number 0 at the left of row A."""
TIERS = [
    {"name": "Front", "price": "75.00", "sections": [{"section": "Stalls", "rows": ["A"]}]},
    {"name": "Back", "price": "25.00"},
]
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    name: str
    email: str
    session: Mapping[str, Any]
    """As the API answered it."""

    @property
    def token(self) -> str:
        """What requests show."""
        token: str = self.session["accessToken"]
        return token


@dataclass(frozen=True)
class Site:
    """A server, the pages it sends, and an admin's hands."""

    running: Running
    host: str = "127.0.0.1"
    """By which name pages are opened."""

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:8000`."""
        return f"http://{self.host}:{self.running.port}"

    async def ask(self, document: str, variables: Mapping[str, Any], token: str | None = None) -> Any:
        """What the one field answers; a refusal fails the test."""
        answer = await self.running.ask(document, variables, token)
        assert "code" not in (answer or {}), answer
        return answer

    async def a_person(self, name: str = "Pat Person") -> Person:
        """Somebody new, who is registered."""
        email = f"browser-{next(_numbers)}@people.example"
        return Person(name, email, await self.ask(REGISTER, {"input": {"email": email, "password": PASSWORD, "name": name}}))

    async def logged_in(self, email: str) -> Person:
        """Somebody who is known already, with a session of their own."""
        session = await self.ask(LOG_IN, {"input": {"email": email, "password": PASSWORD}})
        return Person(session["user"]["name"], email, session)

    async def an_organizer(self) -> tuple[Person, str]:
        """Somebody new who runs events, and the id of their organization."""
        person, admin = await self.a_person("Olga Organizer"), an_admin()
        organization = await self.ask(CREATE_ORGANIZATION, {"input": {"name": f"Productions {next(_numbers)}"}}, admin)
        member = {"organizationId": organization["id"], "userId": person.session["user"]["id"]}
        await self.ask(ADD_MEMBER, {"input": member}, admin)
        return await self.logged_in(person.email), organization["id"]

    async def a_venue(self, name: str, sections: Sequence[object] = HOUSE) -> str:
        """A venue's id."""
        place = {"address": "Silk Street", "city": "London", "country": "GB", "timezone": "Europe/London"}
        venue_id: str = (await self.ask(CREATE_VENUE, {"input": {"name": name, "sections": sections, **place}}, an_admin()))["id"]
        return venue_id

    async def an_event(
        self, name: str = "", *, sections: Sequence[object] = HOUSE, tiers: Sequence[object] = TIERS, **facts: object
    ) -> str:
        """A published event's id: 24 seats in three rows, the first dearer, unless told otherwise."""
        name, admin = name or f"Evening {next(_numbers)}", an_admin()
        venue_id = await self.a_venue(f"House of {name}"[:200], sections)
        starts = datetime.now(UTC) + timedelta(days=30)
        when = {"startsAt": starts.isoformat(), "endsAt": (starts + timedelta(hours=2)).isoformat()}
        draft = {"name": name, "venueId": venue_id, "currency": "GBP", "tiers": tiers, **when, **facts}
        event_id: str = (await self.ask(CREATE_EVENT, {"input": draft}, admin))["id"]
        await self.ask(PUBLISH, {"id": event_id}, admin)
        return event_id

    async def holds(self, person: Person, event_id: str, *seats: int) -> str:
        """The id of a booking of some seats, which is not paid."""
        places = {"seats": seat_ids(event_id, seats)}
        booking_id: str = (await self.ask(BOOK, {"input": {"eventId": event_id, "places": places}}, person.token))["id"]
        return booking_id

    async def buys(self, person: Person, event_id: str, *seats: int) -> str:
        """The id of a booking of some seats, which is paid."""
        booking_id = await self.holds(person, event_id, *seats)
        await self.ask(CONFIRM, {"input": {"bookingId": booking_id, "payment": {"token": GOOD_CARD}}}, person.token)
        return booking_id

    async def gives_back(self, person: Person, booking_id: str) -> None:
        """Cancel a booking."""
        await self.ask(CANCEL, {"input": {"bookingId": booking_id}}, person.token)

    async def entry_codes(self, person: Person, booking_id: str) -> list[str]:
        """What the QR codes of a booking's tickets say."""
        return [ticket["entryCode"] for ticket in (await self.ask(TICKETS, {"id": booking_id}, person.token))["tickets"]]


def an_admin() -> str:
    """The token of an admin who is nowhere written down: these tests sign with the server's own secret."""
    return TOKENS.sign(User(UserId(1), "root@boxoffice.test", "Root", Role.ADMIN, datetime.now(UTC)), []).text
