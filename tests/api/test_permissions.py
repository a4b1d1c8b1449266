"""Who may do what: every query and mutation, asked by everybody, over HTTP. One table says what each is answered."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import count
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, cast

import pytest
from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from graphql import GraphQLObjectType, get_named_type, is_composite_type, is_union_type

from db.identifiers import new_number
from db.pool import Pool, open_pool
from domain.callers import Role
from domain.ids import EventId, OrganizationId, SeatId, TierId, UserId
from domain.users import User
from resolvers.root import make_schema
from runtime.backing import Addresses
from runtime.settings import Settings, read_settings
from tests.system.running import NO_TLS
from tests.web.toy import serving
from wiring.app import make_app
from wiring.keys import tokens_of

SCHEMA = make_schema()._schema
QUERIES = cast(GraphQLObjectType, SCHEMA.query_type).fields
MUTATIONS = cast(GraphQLObjectType, SCHEMA.mutation_type).fields


class Who(Enum):
    """Everybody who may ask."""

    NOBODY = "nobody"
    OWNER = "the user whose booking it is"
    OTHER = "another user"
    ELSEWHERE = "an organizer of another organization"
    ORGANIZER = "an organizer of this one"
    ADMIN = "an admin"


class Answers(NamedTuple):
    """What each is answered: `YES`, `NULL` for nothing, or the code of a refusal or an error."""

    nobody: str
    owner: str
    other: str
    elsewhere: str
    organizer: str
    admin: str


YES, NULL, LOG_IN, NO = "YES", "NULL", "UNAUTHENTICATED", "AUTH_UNAUTHORIZED"


def anybody(yes: str = YES) -> Answers:
    return Answers(yes, yes, yes, yes, yes, yes)


def users(yes: str = YES) -> Answers:
    return Answers(LOG_IN, yes, yes, yes, yes, yes)


def owners(hidden: str, nobody: str = LOG_IN) -> Answers:
    return Answers(nobody, YES, hidden, hidden, hidden, YES)


def owners_and_organizers(hidden: str, nobody: str = LOG_IN) -> Answers:
    return Answers(nobody, YES, hidden, hidden, YES, YES)


def organizers(no: str = NO, nobody: str = LOG_IN) -> Answers:
    return Answers(nobody, no, no, no, YES, YES)


def admins() -> Answers:
    return Answers(LOG_IN, NO, NO, NO, NO, YES)


NEW_EVENT = (
    'name: $name, startsAt: "2031-05-01T19:30:00Z", endsAt: "2031-05-01T21:30:00Z", currency: "GBP", timezone: "Europe/London", '
    'tiers: [{name: "Floor", kind: STANDING, priceMinor: 2000, capacity: 10}]'
)
NEW_VENUE = 'name: $name, address: "Silk Street", city: "London", country: "GB", timezone: "Europe/London", capacity: 10'

TABLE: list[tuple[str, Answers]] = [
    # A field with its arguments, in which a `$word` stands for what MAKERS makes of it; and, where they matter, what is asked of it.
    ("me", users()),
    ("me { bookings { totalCount } stats { totalBookings } organizations { id } }", users()),
    ("node(id: $booking)", owners_and_organizers(NULL, nobody=NULL)),
    ("node(id: $owner) { ... on User { organizations { id } } }", owners(NULL, nobody=NULL)),
    ("event(id: $event)", anybody()),
    ("event(id: $draft)", organizers(NULL, nobody=NULL)),
    ("events", anybody()),
    ("venue(id: $venue)", anybody()),
    ("venues", anybody()),
    ("categories", anybody()),
    ("organization(id: $organization)", anybody()),
    ("organization(id: $organization) { members { name } }", organizers()),
    ("booking(id: $booking)", owners_and_organizers(NULL)),
    ("booking(id: $booking) { user { name bookings { totalCount } } }", owners(NO)._replace(other=NULL, elsewhere=NULL)),
    ("bookings", admins()._replace(elsewhere="VALIDATION_ERROR", organizer="VALIDATION_ERROR")),
    ("bookings(filter: {eventId: $event})", organizers()),
    ("event(id: $event) { bookings { totalCount } }", organizers()),
    ("event(id: $event) { audit { totalCount } }", organizers()),
    ('analytics(from: "2026-01-01", to: "2026-01-31")', admins()),
    ('analytics(from: "2026-01-01", to: "2026-01-31", organizationId: $organization)', organizers()),
    ("audit", admins()),
    ("health", anybody()),
    ("payment(id: $payment)", owners_and_organizers(NULL)),
    ('register(input: {email: $email, password: "Passw0rd", name: "Ann"})', anybody()),
    ('logIn(input: {email: $email, password: "Passw0rd"})', anybody("AUTH_INVALID_CREDENTIALS")),
    ('refreshSession(refreshToken: "none of ours")', anybody("AUTH_REFRESH_TOKEN_INVALID")),
    ('logOut(refreshToken: "none of ours")', anybody()),
    ('updateProfile(input: {name: "Ann"})', users()),
    ('changePassword(input: {currentPassword: "x", newPassword: "short"})', users("VALIDATION_ERROR")),
    ("setRole(userId: $user, role: ADMIN)", admins()),
    ("updateNotificationPreferences(input: {})", users()),
    ("markNotificationsRead(ids: [])", users("VALIDATION_ERROR")),
    (f"createVenue(input: {{{NEW_VENUE}}})", admins()),
    ('updateVenue(input: {venueId: $venue, city: "Leeds"})', admins()),
    ("createCategory(input: {slug: $slug, name: $name})", admins()),
    ("updateCategory(input: {categoryId: $category, name: $name})", admins()),
    ("deleteCategory(categoryId: $category)", admins()),
    ("createOrganization(input: {name: $name})", admins()),
    ("addMember(input: {organizationId: $organization, userId: $user})", admins()),
    ("removeMember(input: {organizationId: $organization, userId: $user})", admins()),
    (f"createEvent(input: {{organizationId: $organization, {NEW_EVENT}}})", organizers()),
    (f"createEvent(input: {{{NEW_EVENT}}})", admins()),
    ("updateEvent(input: {eventId: $draft, name: $name})", organizers("EVENT_NOT_FOUND")),
    ("updateEvent(input: {eventId: $event, name: $name})", organizers()),
    ("cancelEvent(input: {eventId: $draft})", organizers("EVENT_NOT_FOUND")),
    ("repriceTier(input: {tierId: $tier, priceMinor: 2500})", organizers("EVENT_NOT_FOUND")),
    ("updateTier(input: {tierId: $tier, capacity: 20})", organizers("EVENT_NOT_FOUND")),
    ("event(id: $event) { cancellation { done } }", anybody()),
    ("publishEvent(eventId: $draft)", organizers("EVENT_NOT_FOUND")),
    ("deleteEvent(eventId: $draft)", organizers("EVENT_NOT_FOUND")),
    ("blockSeats(eventId: $event, seats: [$seat])", organizers()),
    ("unblockSeats(eventId: $event, seats: [$seat])", organizers()),
    ("createBooking(input: {eventId: $event, places: {seats: [$seat]}})", users()),
    ("extendBooking(bookingId: $booking)", owners("BOOKING_NOT_FOUND")),
    ('confirmBooking(input: {bookingId: $booking, payment: {token: "pm_card_visa"}})', owners("BOOKING_NOT_FOUND")),
    ("cancelBooking(input: {bookingId: $booking})", owners("BOOKING_NOT_FOUND")),
    ("joinWaitlist(input: {eventId: $event, quantity: 1})", users("PLACES_AVAILABLE")),
    ("leaveWaitlist(entryId: $offer)", owners("WAITLIST_ENTRY_NOT_FOUND")),
    ("acceptOffer(entryId: $offer)", owners("WAITLIST_ENTRY_NOT_FOUND")),
    ("declineOffer(entryId: $offer)", owners("WAITLIST_ENTRY_NOT_FOUND")),
    ("node(id: $offer) { ... on WaitlistEntry { position } }", owners_and_organizers(NULL, nobody=NULL)),
    ("event(id: $event) { myWaitlistEntry { id } waitlistLength }", anybody()),
    ("event(id: $event) { waitlist { totalCount } }", organizers()),
    ("me { waitlistEntries { totalCount } }", users()),
    ("cancellationQuote(input: {bookingId: $booking})", owners("BOOKING_NOT_FOUND")),
    ("node(id: $ticket)", owners_and_organizers(NULL, nobody=NULL)),
    ("transferTicket(input: {ticketId: $ticket, toEmail: $registered})", owners("TICKET_NOT_FOUND")),
    ("checkIn(ticketId: $ticket)", organizers()),
    (
        'checkInByCode(input: {eventId: $event, code: "no code"})',
        organizers()._replace(organizer="ENTRY_CODE_INVALID", admin="ENTRY_CODE_INVALID"),
    ),
    ("event(id: $event) { attendance { sold } }", anybody()),
]
"""Whoever adds a query or a mutation adds a line."""


def name_of(line: str) -> str:
    """The field that a line asks for."""
    return line.partition("(")[0].partition(" ")[0]


def document_of(line: str) -> str:
    """A whole document for a line, which asks for no more than is needed to see what was answered."""
    name = name_of(line)
    kind = get_named_type((QUERIES.get(name) or MUTATIONS[name]).type)
    if line.endswith("}") or not is_composite_type(kind):
        selection = ""
    else:
        selection = "{ __typename ... on Refusal { code } }" if is_union_type(kind) else "{ __typename }"
    return f"{'query' if name in QUERIES else 'mutation'} {{ {line} {selection} }}"


@dataclass
class World:
    """A server, a client of it for everybody, and things made for them to ask about."""

    settings: Settings
    pool: Pool
    clients: dict[Who, AsyncClientSession] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    seat_nos: Any = field(default_factory=count)

    async def answered(self, who: Who, line: str) -> str:
        """What somebody is answered."""
        try:
            answer = await self.ask(who, document_of(line))
        except TransportQueryError as refused:
            return str((refused.errors or [])[0]["extensions"]["code"])
        if answer is None:
            return NULL
        return str(answer["code"]) if isinstance(answer, dict) and "code" in answer else YES

    async def ask(self, who: Who, document: str) -> Any:
        """What the one field of a document answers, in which each `$word` is made first."""
        words = {word: json.dumps(await self.made(word)) for word in Template(document).get_identifiers()}
        return next(iter((await self.clients[who].execute(gql(Template(document).substitute(words)))).values()))

    async def made(self, word: str) -> str:
        """Something that a word stands for: what all share, or something new."""
        return self.ids[word] if word in self.ids else await MAKERS[word](self)

    async def person(self, role: Role) -> User:
        """Somebody new, with a password that nobody has."""
        number = new_number()
        user = User(UserId(number), f"p{number}@permissions.test", "Pat Person", role, datetime.now(UTC))
        await self.pool.execute(
            "INSERT INTO account (user_id, email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $2, $3, $4, '!', $5)",
            *(user.user_id, user.email, user.name, user.role, user.created_at),
        )
        return user

    async def booking(self) -> str:
        """A new hold of the owner's."""
        held = "mutation { createBooking(input: {eventId: $event, places: {seats: [$seat]}}) { ... on Booking { id } } }"
        return str((await self.ask(Who.OWNER, held))["id"])

    async def ticket(self) -> str:
        """A new ticket of the owner's."""
        paid = """mutation { confirmBooking(input: {bookingId: $booking, payment: {token: "pm_card_visa"}}) {
            ... on Booking { tickets { id } } } }"""
        return str((await self.ask(Who.OWNER, paid))["tickets"][0]["id"])

    async def draft(self) -> str:
        """A new draft of the organization's."""
        made = f"mutation {{ createEvent(input: {{organizationId: $organization, {NEW_EVENT}}}) {{ ... on Event {{ id }} }} }}"
        return str((await self.ask(Who.ADMIN, made))["id"])

    async def offer(self) -> str:
        """A new entry of the owner's in the waitlist of an event of the organization's, with an open offer."""
        event_id = await self.draft()
        event, tier_id = json.dumps(event_id), json.dumps(str(TierId(EventId.parse(event_id), 1)))
        await self.ask(Who.ADMIN, f"mutation {{ publishEvent(eventId: {event}) {{ __typename }} }}")
        all_places = f"eventId: {event}, places: {{quantity: {{tierId: {tier_id}, quantity: 10}}}}"
        held = await self.ask(Who.ADMIN, f"mutation {{ createBooking(input: {{{all_places}}}) {{ ... on Booking {{ id }} }} }}")
        joins = f"mutation {{ joinWaitlist(input: {{eventId: {event}, quantity: 1}}) {{ ... on WaitlistEntry {{ id }} }} }}"
        entry = await self.ask(Who.OWNER, joins)
        await self.ask(Who.ADMIN, f"mutation {{ cancelBooking(input: {{bookingId: {json.dumps(held['id'])}}}) {{ __typename }} }}")
        return str(entry["id"])


async def text(_: World) -> str:
    return f"thing-{new_number()}"


async def email(_: World) -> str:
    return f"e{new_number()}@permissions.test"


async def tier(world: World) -> str:
    return str(TierId(EventId.parse(await world.draft()), 1))


async def category(world: World) -> str:
    made = "mutation { createCategory(input: {slug: $slug, name: $name}) { ... on Category { id } } }"
    return str((await world.ask(Who.ADMIN, made))["id"])


async def seat(world: World) -> str:
    return str(SeatId(EventId.parse(world.ids["event"]), next(world.seat_nos)))


async def user(world: World) -> str:
    return str((await world.person(Role.USER)).user_id)


async def registered(world: World) -> str:
    return (await world.person(Role.USER)).email


MAKERS: dict[str, Callable[[World], Awaitable[str]]] = {
    "name": text,
    "slug": text,
    "email": email,
    "seat": seat,
    "user": user,
    "registered": registered,
    "booking": World.booking,
    "offer": World.offer,
    "ticket": World.ticket,
    "draft": World.draft,
    "tier": tier,
    "category": category,
}
"""How a word's thing is made for each line anew. `organization`, `venue`, `event`, `owner` and `payment` are everybody's."""


@pytest.fixture(scope="module")
async def world(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    state: Path = tmp_path_factory.mktemp("permissions")
    settings = read_settings(state_dir=state, jwt_secret="s" * 32, rate_limits=False)
    app = make_app(settings, Addresses(database_url, database_url, redis_url))
    async with AsyncExitStack() as stack:
        address = stack.enter_context(serving(app))
        pool = await open_pool(database_url, 2)
        stack.push_async_callback(pool.close)
        made = World(settings, pool)
        await let_in(made, stack, address)
        await furnish(made)
        yield made


async def let_in(world: World, stack: AsyncExitStack, address: str) -> None:
    """A client for everybody, with a token such as they would get from a log-in."""
    tokens = tokens_of(world.settings)
    ours, theirs = [OrganizationId(new_number()) for _ in range(2)]
    world.ids["organization"] = str(ours)
    for organization_id in (ours, theirs):
        await world.pool.execute("INSERT INTO organization (organization_id, name, created_at) VALUES ($1, 'Ours', now())", organization_id)
    roles = {
        Who.OWNER: (Role.USER, ()),
        Who.OTHER: (Role.USER, ()),
        Who.ELSEWHERE: (Role.ORGANIZER, (theirs,)),
        Who.ORGANIZER: (Role.ORGANIZER, (ours,)),
        Who.ADMIN: (Role.ADMIN, ()),
    }
    headers: dict[Who, dict[str, str]] = {Who.NOBODY: {}}
    for who, (role, organizations) in roles.items():
        person = await world.person(role)
        headers[who] = {"Authorization": f"Bearer {tokens.sign(person, organizations).text}"}
        if who is Who.OWNER:
            world.ids["owner"] = str(person.user_id)
    for who, header in headers.items():
        transport = HTTPXAsyncTransport(f"http://{address}/graphql", headers=header, timeout=30, verify=NO_TLS)
        world.clients[who] = await stack.enter_async_context(Client(transport=transport, execute_timeout=30))


async def furnish(world: World) -> None:
    """What all lines share: a venue, a published event with more seats than there are questions, and a payment of the owner's."""
    rows = json.dumps([str(number) for number in range(20)])
    seats = f'sections: [{{bulk: {{name: "Stalls", rows: {rows}, seatsPerRow: 50}}}}]'
    place = NEW_VENUE.replace("capacity: 10", seats)
    world.ids["venue"] = (await world.ask(Who.ADMIN, f"mutation {{ createVenue(input: {{{place}}}) {{ ... on Venue {{ id }} }} }}"))["id"]
    facts = NEW_EVENT.replace('timezone: "Europe/London", ', "").replace(
        "kind: STANDING, priceMinor: 2000, capacity: 10", "priceMinor: 2000"
    )
    event = f"mutation {{ createEvent(input: {{organizationId: $organization, venueId: $venue, {facts}}}) {{ ... on Event {{ id }} }} }}"
    world.ids["event"] = (await world.ask(Who.ADMIN, event))["id"]
    await world.ask(Who.ADMIN, "mutation { publishEvent(eventId: $event) { __typename } }")
    paid = """mutation { confirmBooking(input: {bookingId: $booking, payment: {token: "pm_card_visa"}}) {
        ... on Booking { payment { id } } } }"""
    world.ids["payment"] = (await world.ask(Who.OWNER, paid))["payment"]["id"]


def test_every_query_and_mutation_has_a_line() -> None:
    assert {name_of(line) for line, _ in TABLE} == QUERIES.keys() | MUTATIONS.keys()


@pytest.mark.parametrize(("line", "answers"), TABLE, ids=[line for line, _ in TABLE])
async def test_each_is_answered_as_the_table_says(world: World, line: str, answers: Answers) -> None:
    told = Answers(*[await world.answered(who, line) for who in Who])

    assert told == answers
