"""The catalogue in the database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import cast

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from db.box_office import BoxOffice
from db.catalogue import PostgresCatalogue
from db.catalogue_writes import PostgresCatalogueWriter
from db.identifiers import new_number
from db.layouts import Layouts
from db.narrowing import BEHIND, ORDERS, narrowed
from db.plans import SeatingPlans
from db.pool import Pool, open_pool
from domain.answers import BookingPending
from domain.callers import Caller, Role
from domain.catalogue import EventFilter, EventOrder, EventOrderBy, Place, PriceRange
from domain.changes import ChangeSet
from domain.commands import BookQuantity
from domain.event_changes import EventChange
from domain.events import Event, EventNotEditable, EventPhase
from domain.ids import BookingId, CategoryId, EventId, OrganizationId, UserId, VenueId
from domain.inventory import EventStatus
from domain.places import Counts, Tier, TierKind
from domain.ports import Outage
from domain.refusals import EventNotFound, EventNotOnSale, TicketLimitReached
from domain.tiers import TierForm
from tests.db.catalogue import STARTS, Silent, a_form, made_event, made_venue

ADMIN = Caller(UserId(1), Role.ADMIN)


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, 4)
    yield pool
    await pool.close()


@pytest.fixture
def catalogue(pool: Pool) -> PostgresCatalogue:
    return PostgresCatalogue(pool, Layouts())


class Telling:
    """A publisher that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[ChangeSet] = []

    def publish(self, change_set: ChangeSet) -> None:
        self.told.append(change_set)


async def version_of(pool: Pool, event: Event) -> int:
    version: int = await pool.fetchval("SELECT version FROM inventory WHERE event_id = $1", event.event_id)
    return version


async def test_a_new_event_is_read_back_as_it_was_answered(pool: Pool, catalogue: PostgresCatalogue) -> None:
    venue = await made_venue(pool)
    tiers = (TierForm("Seats", price_minor=500), TierForm("Floor", TierKind.STANDING, price_minor=100, capacity=7))

    event = await made_event(pool, a_form(*tiers, venue_id=venue.venue_id, ticket_limit=3))

    assert await catalogue.events_many([event.event_id]) == [event]
    assert await catalogue.tiers_many([event.event_id]) == [
        (
            Tier(1, "Seats", TierKind.SEATED, 500, Counts(available=12)),
            Tier(2, "Floor", TierKind.STANDING, 100, Counts(available=7)),
        )
    ]
    assert await catalogue.venues_many([venue.venue_id]) == [venue]
    assert (event.status, event.capacity, event.layout_id) == (EventStatus.DRAFT, 19, venue.layout_id)


async def test_reads_of_many_answer_in_the_order_asked_and_none_for_what_is_not_there(pool: Pool, catalogue: PostgresCatalogue) -> None:
    one, two = await made_event(pool, a_form()), await made_event(pool, a_form())
    missing = EventId(new_number())

    assert await catalogue.events_many([two.event_id, missing, one.event_id]) == [two, None, one]
    assert [len(tiers) for tiers in await catalogue.tiers_many([missing, one.event_id])] == [0, 1]
    assert await catalogue.venues_many([VenueId(new_number())]) == [None]
    assert await catalogue.categories_many([CategoryId(new_number())]) == [None]
    assert await catalogue.organizations_many([OrganizationId(new_number())]) == [None]
    assert await catalogue.events_many([]) == []


async def test_every_filter_with_every_order_is_a_statement_that_the_database_understands(pool: Pool) -> None:
    whole = EventFilter(
        VenueId(1),
        CategoryId(1),
        OrganizationId(1),
        EventStatus.PUBLISHED,
        EventPhase.ONGOING,
        STARTS,
        STARTS,
        "London",
        "gala",
        PriceRange("GBP", 1, 2),
        only_available=True,
    )
    callers = (None, ADMIN, Caller(UserId(2), Role.ORGANIZER, frozenset((OrganizationId(1),))))

    async with pool.acquire() as connection:
        for filter, caller, by in product((EventFilter(), whole), callers, ORDERS):
            asked = narrowed("SELECT FROM event", caller, filter)
            asked.where(BEHIND[by], None, None)
            asked.ending(ORDERS[by], None)
            statement = await connection.prepare(asked.text)
            assert len(statement.get_parameters()) == len(asked.arguments)


hostile = some.one_of(some.text(max_size=300), some.text("'\"\\-|&!():*<>% \0\ud800ora", max_size=300))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(text=hostile)
async def test_no_text_that_anybody_types_makes_a_list_fail(pool: Pool, text: str) -> None:
    catalogue = PostgresCatalogue(pool, Layouts())
    filter = EventFilter(search=text, city=text, prices=PriceRange(text))

    assert await catalogue.events(None, filter, EventOrder(), most=1) == []
    assert await catalogue.count_events(None, filter) == 0
    await catalogue.events(None, EventFilter(search=text), EventOrder(EventOrderBy.NAME), most=1, after=Place("", 1))
    assert await catalogue.venues(text, text, most=1) == []


async def test_the_first_page_by_start_reads_an_index_in_order(pool: Pool) -> None:
    asked = narrowed("EXPLAIN SELECT FROM event", None, EventFilter())
    asked.where(BEHIND[EventOrderBy.START, False], STARTS, 1)
    asked.ending(ORDERS[EventOrderBy.START, False], 21)

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch(asked.text, *asked.arguments))

    assert "event_by_start" in plan
    assert "Sort" not in plan


async def test_a_change_of_the_sale_raises_the_version_and_is_told_after_the_commit(pool: Pool) -> None:
    publisher = Telling()
    writer = PostgresCatalogueWriter(pool, Layouts(), publisher)
    event = await made_event(pool, a_form())
    version = await version_of(pool, event)

    await writer.publish_event(event.event_id)
    await writer.update_event(event.event_id, EventChange(ticket_limit=1))

    assert await version_of(pool, event) == version + 2
    assert publisher.told == [ChangeSet(event.event_id, version + n, sale_changed=True) for n in (1, 2)]


async def test_a_refused_change_leaves_the_version_and_tells_nobody(pool: Pool) -> None:
    publisher = Telling()
    writer = PostgresCatalogueWriter(pool, Layouts(), publisher)
    event = await made_event(pool, a_form())
    version = await version_of(pool, event)

    await writer.update_event(event.event_id, EventChange(name=""))
    await writer.update_event(event.event_id, EventChange(name="New", category_id=CategoryId(new_number())))

    assert await version_of(pool, event) == version
    assert publisher.told == []
    assert (await PostgresCatalogue(pool, Layouts()).events_many([event.event_id])) == [event]


async def test_an_event_whose_tiers_cannot_be_stored_is_not_there_at_all(fresh_database_url: str) -> None:
    pool = await open_pool(fresh_database_url, 2)
    await pool.execute("ALTER TABLE tier ADD CONSTRAINT tier_none CHECK (tier_no < 0)")

    with pytest.raises(asyncpg.CheckViolationError):
        await made_event(pool, a_form())

    assert await pool.fetchval("SELECT count(*) FROM event") == 0
    assert await pool.fetchval("SELECT count(*) FROM inventory") == 0
    await pool.close()


async def test_the_box_office_sells_by_what_the_catalogue_says_from_the_next_batch_on(database_url: str, pool: Pool) -> None:
    writing = await open_pool(database_url, 2, for_writing=True)
    office = BoxOffice(writing, SeatingPlans(Layouts().load), Silent())
    writer = PostgresCatalogueWriter(pool, Layouts(), Silent())
    event = await made_event(pool, a_form())
    user = UserId(new_number())

    async def take(quantity: int) -> object:
        return await office.submit(BookQuantity(BookingId(event.event_id, new_number()), user, 1, quantity))

    as_draft = await take(1)
    await writer.publish_event(event.event_id)
    published = await take(1)
    await writer.update_event(event.event_id, EventChange(ticket_limit=2))
    limited = await take(2)
    await writer.update_event(event.event_id, EventChange(on_sale_at=datetime.now(UTC) + timedelta(days=1)))
    not_yet = await take(1)

    assert isinstance(as_draft, EventNotFound)
    assert isinstance(published, BookingPending)
    assert limited == TicketLimitReached(limit=2, taken=1)
    assert isinstance(not_yet, EventNotOnSale)
    await office.close()
    await writing.close()


async def test_changes_and_bookings_at_the_same_time_leave_no_version_out(database_url: str, pool: Pool) -> None:
    writing = await open_pool(database_url, 2, for_writing=True)
    publisher = Telling()
    office = BoxOffice(writing, SeatingPlans(Layouts().load), publisher)
    writer = PostgresCatalogueWriter(pool, Layouts(), publisher)
    event = await made_event(pool, a_form(TierForm("Floor", TierKind.STANDING, price_minor=1, capacity=100)))
    await writer.publish_event(event.event_id)

    async def sell() -> None:
        for _ in range(25):
            booking_id = BookingId(event.event_id, new_number())
            assert isinstance(await office.submit(BookQuantity(booking_id, UserId(new_number()), 1, 1)), BookingPending)

    async def change() -> None:
        for number in range(25):
            await writer.update_event(event.event_id, EventChange(ticket_limit=number + 1))

    await asyncio.gather(sell(), change())

    versions = sorted(change_set.version for change_set in publisher.told)
    assert versions == list(range(1, 52))
    assert await version_of(pool, event) == 51
    assert await pool.fetchval("SELECT held FROM tier WHERE event_id = $1", event.event_id) == 25
    await office.close()
    await writing.close()


async def test_a_booked_event_is_not_forgotten_though_it_is_a_draft_again(pool: Pool) -> None:
    writer = PostgresCatalogueWriter(pool, Layouts(), Silent())
    event = await made_event(pool, a_form())
    await pool.execute(
        "INSERT INTO booking (event_id, booking_id, user_id, status, quantity, lines, total_minor, currency, created_at, expires_at, "
        "extended) VALUES ($1, 1, 1, 4, 1, '[]', 0, 'GBP', now(), now(), false)",
        event.event_id,
    )

    assert await writer.delete_event(event.event_id) == EventNotEditable(event.event_id, EventStatus.DRAFT)


async def test_a_database_that_cannot_be_had_is_an_outage(database_url: str) -> None:
    pool = await open_pool(database_url, 1)
    catalogue, writer = PostgresCatalogue(pool, Layouts()), PostgresCatalogueWriter(pool, Layouts(), Silent())
    await pool.close()

    with pytest.raises(Outage):
        await catalogue.categories()
    with pytest.raises(Outage):
        await writer.create_organization("Ours")


async def test_a_write_whose_connection_breaks_says_that_it_may_have_been_done(pool: Pool) -> None:
    class Breaking:
        """A pool whose connections break when they should commit."""

        def acquire(self, timeout: float) -> "Breaking":
            return self

        def transaction(self) -> "Breaking":
            return self

        async def __aenter__(self) -> "Breaking":
            return self

        async def __aexit__(self, *raised: object) -> None:
            pass

        async def fetchval(self, *_: object) -> None:
            raise ConnectionResetError

    writer = PostgresCatalogueWriter(cast(Pool, Breaking()), Layouts(), Silent())

    with pytest.raises(Outage) as outage:
        await writer.create_organization("Ours")

    assert outage.value.outcome_unknown
