"""The world of the catalogue's tests: a process with a real database and boards but no edge, and people who ask it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, cast

import strawberry
from strawberry.schema.config import StrawberryConfig

from db.boards import BoardReads
from db.box_office import BoxOffice
from db.catalogue import PostgresCatalogue
from db.catalogue_writes import PostgresCatalogueWriter
from db.identifiers import new_number
from db.layouts import Layouts
from db.plans import SeatingPlans
from db.pool import Pool, open_pool
from domain.callers import Caller, Role
from domain.catalogue import CatalogueWriter
from domain.changes import ChangeSet
from domain.commands import BlockSeats, BookQuantity, BookSeats
from domain.ids import BookingId, EventId, OrganizationId, SeatId, UserId
from live.boards import Boards
from resolvers.categories import CategoryMutations
from resolvers.context import Context, Services
from resolvers.events import EventMutations, EventQueries
from resolvers.tiers import TierMutations
from resolvers.venues import VenueMutations, VenueQueries
from schema.scalars import SCALARS
from tests.api.asking import Asking, Failed

STARTS = datetime(2031, 5, 1, 19, 30, tzinfo=UTC)
ADMIN = Caller(UserId(1), Role.ADMIN)
USER = Caller(UserId(2), Role.USER)
_names = count(1)


@strawberry.type
class Query(EventQueries, VenueQueries):
    pass


@strawberry.type
class Mutation(EventMutations, TierMutations, CategoryMutations, VenueMutations):
    pass


ASKING = Asking(strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS)))
REFUSAL = "__typename ... on Refusal { code message }"
INVALID = f"{REFUSAL} ... on ValidationFailed {{ fields {{ field message }} }}"
CREATE_VENUE = f"mutation ($input: CreateVenueInput!) {{ createVenue(input: $input) {{ {INVALID} ... on Venue {{ id capacity }} }} }}"
CREATE_EVENT = f"""mutation ($input: CreateEventInput!) {{ createEvent(input: $input) {{ {INVALID} ... on Event {{ id status capacity
    tiers {{ id name }} }} }} }}"""
PUBLISH = f"mutation ($id: ID!) {{ publishEvent(eventId: $id) {{ {REFUSAL} ... on Event {{ id status }} }} }}"


def a_name(word: str = "thing") -> str:
    """One that nothing else has."""
    return f"{word} {next(_names)}-{new_number()}"


def an_organizer(*organizations: str) -> Caller:
    """A member of these organizations."""
    return Caller(UserId(3), Role.ORGANIZER, frozenset(map(OrganizationId.parse, organizations)))


@dataclass
class LocalFeed:
    """A change feed of one process."""

    followers: dict[EventId, Callable[[ChangeSet | None], None]] = field(default_factory=dict)
    told: list[ChangeSet] = field(default_factory=list)

    def follow(self, event_id: EventId, hear: Callable[[ChangeSet | None], None]) -> None:
        self.followers[event_id] = hear

    def unfollow(self, event_id: EventId) -> None:
        self.followers.pop(event_id, None)

    def publish(self, change_set: ChangeSet) -> None:
        self.told.append(change_set)
        if (hear := self.followers.get(change_set.event_id)) is not None:
            hear(change_set)


@dataclass
class CountingPool:
    """A pool that remembers what is asked of it."""

    pool: Pool
    asked: list[str] = field(default_factory=list)

    @property
    def kept(self) -> "CountingPool":
        return self

    @asynccontextmanager
    async def lend(self, within_seconds: float) -> AsyncIterator[Any]:
        async with self.pool.kept.lend(within_seconds) as connection:
            with connection.query_logger(lambda record: self.asked.append(record.query)):
                yield connection


@dataclass
class Stage:
    """A process without its edge: a document and who asks in, an answer out."""

    pool: Pool
    services: Services
    writer: CatalogueWriter
    office: BoxOffice
    feed: LocalFeed
    asked: list[str]

    async def ask(self, document: str, caller: Caller | None = None, /, **variables: object) -> Any:
        """What the one field answers; raises Failed on an error."""
        context = Context(services=self.services, caller=caller, request_id="test")
        return next(iter((await ASKING.answer(document, variables, context)).values()))

    async def refused(self, document: str, caller: Caller | None = None, /, **variables: object) -> object:
        """The code of the error that is answered."""
        try:
            answer = await self.ask(document, caller, **variables)
        except Failed as failed:
            return failed.code
        raise AssertionError(f"answered {answer}")

    async def statements(self, document: str, caller: Caller | None = None, /, **variables: object) -> int:
        """How many statements an answer takes, of a document that is asked for the second time."""
        await self.ask(document, caller, **variables)
        await asyncio.sleep(0)  # asyncpg tells of a statement one turn later
        self.asked.clear()
        await self.ask(document, caller, **variables)
        await asyncio.sleep(0)
        return len(self.asked)

    async def organization(self) -> str:
        """A new one's id."""
        made = await self.ask(
            "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }", ADMIN, name=a_name()
        )
        return str(made["id"])

    async def category(self) -> str:
        """A new one's id."""
        document = "mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { ... on Category { id } } }"
        slug = a_name("kind").replace(" ", "-")
        return str((await self.ask(document, ADMIN, input={"slug": slug, "name": slug}))["id"])

    async def venue(self, **facts: object) -> str:
        """A new one's id: of 12 seats in two rows, unless told otherwise."""
        given = a_venue(**facts)
        made = await self.ask(CREATE_VENUE, ADMIN, input=given)
        assert made["__typename"] == "Venue", made
        return str(made["id"])

    async def draft(self, caller: Caller = ADMIN, /, **facts: object) -> str:
        """A new draft's id: 10 places to stand, unless told otherwise."""
        made = await self.ask(CREATE_EVENT, caller, input=an_event(**facts))
        assert made["__typename"] == "Event", made
        return str(made["id"])

    async def event(self, **facts: object) -> str:
        """A new published event's id."""
        event_id = await self.draft(ADMIN, **facts)
        await self.ask(PUBLISH, ADMIN, id=event_id)
        return event_id

    async def hold(self, event_id: str, *seats: int) -> None:
        """Hold some seats."""
        parsed = EventId.parse(event_id)
        await self.office.submit(BookSeats(BookingId(parsed, new_number()), UserId(new_number()), seats))

    async def take(self, event_id: str, quantity: int) -> None:
        """Hold places of the first tier."""
        parsed = EventId.parse(event_id)
        await self.office.submit(BookQuantity(BookingId(parsed, new_number()), UserId(new_number()), 1, quantity))

    async def block(self, event_id: str, *seats: int) -> None:
        """Keep some seats off sale."""
        await self.office.submit(BlockSeats(EventId.parse(event_id), seats))

    async def cancel(self, event_id: str) -> None:
        """Cancel an event, as far as the catalogue sees of it."""
        await self.pool.execute("UPDATE event SET status = 2 WHERE event_id = $1", EventId.parse(event_id))


@asynccontextmanager
async def a_stage(database_url: str) -> AsyncIterator[Stage]:
    """A process, as long as the `async with` lasts."""
    pool = await open_pool(database_url, 4)
    writing = await open_pool(database_url, 2, for_writing=True)
    counting = CountingPool(pool)
    layouts, feed = Layouts(), LocalFeed()
    plans = SeatingPlans(layouts.load)
    boards = Boards(BoardReads(pool, plans), feed, check_every=timedelta(seconds=30))
    await boards.start()
    office = BoxOffice(writing, plans, feed)
    catalogue = PostgresCatalogue(cast(Pool, counting), layouts)
    writer = PostgresCatalogueWriter(pool, layouts, feed, catalogue.forget)
    services = SimpleNamespace(
        catalogue=catalogue,
        catalogue_writer=writer,
        seat_boards=boards,
        bookings=None,
        box_office=office,
        cancellation=office.policy.cancellation,
        accounts=None,
    )
    try:
        yield Stage(pool, cast(Services, services), writer, office, feed, counting.asked)
    finally:
        await office.close()
        await boards.close()
        await writing.close()
        await pool.close()


def a_venue(**facts: object) -> dict[str, object]:
    """What to say of a venue: 12 seats in two rows."""
    return {
        "name": a_name("hall"),
        "address": "Silk Street",
        "city": "London",
        "country": "GB",
        "timezone": "Europe/London",
        "sections": [{"bulk": {"name": "Stalls", "rows": ["A", "B"], "seatsPerRow": 6}}],
        **facts,
    }


def an_event(**facts: object) -> dict[str, object]:
    """What to say of an event: 10 places to stand, in no venue."""
    where = {} if "venueId" in facts else {"timezone": "Europe/London"}
    return {
        "name": a_name("event"),
        "startsAt": STARTS.isoformat(),
        "endsAt": (STARTS + timedelta(hours=2)).isoformat(),
        "currency": "GBP",
        "tiers": [{"name": "Floor", "kind": "STANDING", "priceMinor": 2000, "capacity": 10}],
        **where,
        **facts,
    }


def a_seat(event_id: str, seat_no: int) -> str:
    """A seat's id."""
    return str(SeatId(EventId.parse(event_id), seat_no))
