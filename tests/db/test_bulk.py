"""Invented data in the tables: sound by the checks that real bookings are held to, and sold on from at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from db.accounts import PostgresAccounts
from db.bulk import SQL, BulkStore
from db.identifiers import new_number
from domain.answers import BookingConfirmed, BookingPending
from domain.bookings import BookingStatus, PaymentStatus, RefundStatus
from domain.callers import Role
from domain.commands import BookQuantity
from domain.ids import BookingId, EventId, UserId
from domain.inventory import BookingPolicy, EventStatus
from domain.seeds import Wanted
from domain.users import EmailAddress
from runtime.demo import PASSWORD
from runtime.seeding import SeedFailed, plant
from tests.db.events import House, a_house, begin, complete, read_truth
from web.auth import AccountDesk
from web.passwords import Passwords
from web.tokens import AccessTokens, SigningKey

SMALL = Wanted(users=20, seed=7)


class Counting:
    """How far the work has come."""

    def __init__(self) -> None:
        self.done = 0.0

    def update(self, n: float | None = 1) -> None:
        self.done += n or 0


@pytest.fixture
async def empty_house(fresh_database_url: str) -> AsyncIterator[House]:
    async with a_house(fresh_database_url) as house:
        yield house


def tokens_for_tests() -> AccessTokens:
    return AccessTokens([SigningKey.of(b"a secret for these tests alone, long enough")], timedelta(minutes=5))


async def planted(house: House, wanted: Wanted, progress: Counting | None = None, store: BulkStore | None = None) -> str:
    """What is said of a seeding."""
    passwords = Passwords()
    tokens = tokens_for_tests()
    desk = AccountDesk(PostgresAccounts(house.pool, tokens.revoked), passwords, tokens, timedelta(days=1))
    try:
        return await plant(store or BulkStore(house.pool), desk, passwords.hash, wanted, BookingPolicy(), progress or Counting())
    finally:
        passwords.close()


async def events_of(house: House) -> list[EventId]:
    return [EventId(row["event_id"]) for row in await house.pool.fetch("SELECT event_id FROM event ORDER BY name, event_id")]


async def all_must_be_sound(house: House) -> None:
    """What tests of the box office ask of every event, and what only the catalogue knows."""
    for event_id in await events_of(house):
        truth = await read_truth(house.pool, event_id)
        truth.must_be_sound(invented=True)
        limit = await house.pool.fetchval("SELECT ticket_limit FROM event WHERE event_id = $1", event_id)
        if limit is not None:
            truth.must_keep(limit)
        status = await house.pool.fetchval("SELECT status FROM event WHERE event_id = $1", event_id)
        if status != EventStatus.PUBLISHED:
            assert not truth.of_status(BookingStatus.PENDING) + truth.of_status(BookingStatus.CONFIRMED)


async def test_what_is_seeded_is_sound_and_there_is_some_of_everything(empty_house: House) -> None:
    progress = Counting()

    said = await planted(empty_house, SMALL, progress)

    pool = empty_house.pool
    assert "80 bookings" in said
    assert progress.done == 20 + 12 + 80
    await all_must_be_sound(empty_house)
    assert await pool.fetchval("SELECT count(*) FROM booking") == 80
    assert await pool.fetchval("SELECT count(*) FROM account") == 20 + 3
    assert {row[0] for row in await pool.fetch("SELECT DISTINCT status FROM booking")} == set(BookingStatus)
    assert {row[0] for row in await pool.fetch("SELECT DISTINCT status FROM event")} == set(EventStatus)
    assert {row[0] for row in await pool.fetch("SELECT DISTINCT status FROM payment")} == set(PaymentStatus)
    assert {row[0] for row in await pool.fetch("SELECT DISTINCT status FROM refund")} <= set(RefundStatus)
    assert await pool.fetchval("SELECT count(DISTINCT currency) FROM event") >= 5
    assert await pool.fetchval("SELECT count(DISTINCT timezone) FROM event") >= 5
    assert await pool.fetchval("SELECT count(*) FROM membership") >= 5
    assert await pool.fetchval("SELECT count(DISTINCT password_hash) FROM account WHERE email LIKE '%@example.test'") == 1


IMPOSSIBLE = """
SELECT count(*) FROM booking JOIN event USING (event_id) JOIN account USING (user_id)
WHERE booking.created_at < account.created_at OR booking.created_at < event.on_sale_at OR booking.created_at >= event.off_sale_at
    OR greatest(booking.created_at, booking.confirmed_at, booking.cancelled_at) > now() OR booking.confirmed_at > booking.expires_at
    OR booking.cancelled_at < booking.confirmed_at OR (booking.status = 0) <> (booking.expires_at > now() AND booking.confirmed_at IS NULL
        AND booking.status NOT IN (2, 3, 4))
"""


async def test_no_booking_was_made_before_its_user_or_outside_the_sale(empty_house: House) -> None:
    await planted(empty_house, SMALL)

    impossible = await empty_house.pool.fetchval(IMPOSSIBLE)

    assert impossible == 0


async def test_the_box_office_sells_on_at_once(empty_house: House) -> None:
    await planted(empty_house, SMALL)
    rows = await empty_house.pool.fetch(
        "SELECT event_id, ticket_limit FROM event WHERE status = 1 AND on_sale_at <= now() AND now() < off_sale_at"
    )
    user = UserId(new_number())

    for row in rows:
        event_id = EventId(row["event_id"])
        for tier in await empty_house.pool.fetch("SELECT tier_no FROM tier WHERE event_id = $1", event_id):
            command = BookQuantity(BookingId(event_id, new_number()), user, tier["tier_no"], 2)
            pending = await empty_house.office.submit(command)
            assert isinstance(pending, BookingPending), pending
            payment = begin(pending.booking)
            await empty_house.office.submit(payment)
            confirmed = await empty_house.office.submit(complete(payment.payment_id, pending.booking))
            assert isinstance(confirmed, BookingConfirmed), confirmed

    assert len(rows) >= 5
    await all_must_be_sound(empty_house)


async def test_seeding_adds_to_what_is_there_and_flush_starts_anew_but_for_admins(empty_house: House) -> None:
    await planted(empty_house, SMALL)
    await planted(empty_house, Wanted(users=10, seed=8))
    assert await empty_house.pool.fetchval("SELECT count(*) FROM event") == 24
    admins = await empty_house.pool.fetch("SELECT user_id FROM account WHERE role = $1", Role.ADMIN)

    said = await planted(empty_house, Wanted(0, 0, 0, 0, 0, 0, flush=True))

    assert "Removed 32 users, 10 organizations, 12 venues, 6 categories, 24 events, 160 bookings" in said
    assert "admins are still there" in said
    left = await empty_house.pool.fetch("SELECT user_id, email FROM account ORDER BY email")
    assert [row["email"] for row in left] == [f"{name}@boxoffice.test" for name in ("admin", "organizer", "user")]
    assert left[0]["user_id"] == admins[0]["user_id"], "an admin is kept, not made again"


async def test_flush_empties_every_table_there_is(empty_house: House) -> None:
    await planted(empty_house, SMALL)
    tables = [
        row["tablename"] for row in await empty_house.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ]
    truncated = {name for name in tables if name not in ("account", "refresh_token", "alembic_version")}
    named = set(SQL["empty"].removeprefix("TRUNCATE").replace("\n", " ").replace(",", " ").split())

    await BulkStore(empty_house.pool).flush()

    assert named == truncated, "a table was added: add it to `empty` in db/sql/bulk.sql"
    for name in truncated:
        assert await empty_house.pool.fetchval(f'SELECT count(*) FROM "{name}"') == 0, name


async def test_the_same_seed_invents_the_same_again_and_says_so_where_it_is_there(empty_house: House) -> None:
    shape = "SELECT string_agg(concat_ws(' ', event_id, name, capacity, currency, status), ';' ORDER BY event_id) FROM event"
    sold = "SELECT string_agg(concat_ws(' ', booking_id, user_id, status, lines), ';' ORDER BY booking_id) FROM booking"
    await planted(empty_house, SMALL)
    first = [await empty_house.pool.fetchval(question) for question in (shape, sold)]

    with pytest.raises(SeedFailed, match="--seed 7 makes is there already"):
        await planted(empty_house, SMALL)
    await planted(empty_house, Wanted(users=20, seed=7, flush=True))

    assert [await empty_house.pool.fetchval(question) for question in (shape, sold)] == first


class Breaking(BulkStore):
    """A store that is cut off in the middle of an event."""

    def __init__(self, house: House, after: int) -> None:
        super().__init__(house.pool)
        self.left = after

    async def add_event(self, event: Any) -> None:
        self.left -= 1
        if self.left < 0:
            event.refunds = [object()]
        await super().add_event(event)


async def test_what_an_interrupted_seeding_leaves_is_whole(empty_house: House) -> None:
    with pytest.raises(AttributeError):
        await planted(empty_house, SMALL, store=Breaking(empty_house, after=8))

    assert len(await events_of(empty_house)) == 8
    await all_must_be_sound(empty_house)
    assert await empty_house.pool.fetchval("SELECT count(*) FROM booking WHERE event_id NOT IN (SELECT event_id FROM event)") == 0


async def test_users_log_in_with_the_password_of_the_demo(empty_house: House) -> None:
    await planted(empty_house, SMALL)
    email = await empty_house.pool.fetchval("SELECT email FROM account WHERE email LIKE '%@example.test' ORDER BY user_id LIMIT 1")
    known = await PostgresAccounts(empty_house.pool, tokens_for_tests().revoked).by_email(EmailAddress(email))
    passwords = Passwords()

    assert known is not None
    assert await passwords.verify(PASSWORD, known.password_hash)
    passwords.close()


async def test_without_venues_organizations_or_categories_events_have_places_without_numbers(empty_house: House) -> None:
    await planted(empty_house, Wanted(users=5, orgs=0, venues=0, cats=0, events=12, bookings=40, seed=1))

    await all_must_be_sound(empty_house)
    assert await empty_house.pool.fetchval("SELECT count(*) FROM booking") == 40
    assert await empty_house.pool.fetchval("SELECT count(*) FROM claim") == 0


async def test_a_full_house_is_said_and_sound(empty_house: House) -> None:
    said = await planted(empty_house, Wanted(users=200, venues=1, events=1, bookings=400, seats=100, seed=3))

    booked = await empty_house.pool.fetchval("SELECT count(*) FROM booking")
    assert 30 < booked < 400
    assert f"{400 - booked} bookings found no place" in said
    await all_must_be_sound(empty_house)
