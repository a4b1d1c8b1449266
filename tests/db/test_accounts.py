"""Users and their sessions in a real PostgreSQL, also when several come at the same moment."""

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from db.accounts import SQL, PostgresAccounts
from db.identifiers import new_number
from db.pool import Pool, open_pool
from domain.accounts import (
    EmailAddress,
    EmailAlreadyExists,
    KnownUser,
    NewRefreshToken,
    ProfileChange,
    RefreshTokenInvalid,
    RefreshTokenProblem,
    Registration,
    User,
    UsernameAlreadyExists,
)
from domain.callers import Role
from domain.ids import UserId
from domain.ports import Outage

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
names = itertools.count()


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, 8)
    yield pool
    await pool.close()


@pytest.fixture
def store(pool: Pool) -> PostgresAccounts:
    return PostgresAccounts(pool)


def a_token(now: datetime = NOW) -> NewRefreshToken:
    return NewRefreshToken(hashlib.sha256(secrets.token_bytes()).digest(), now, now + timedelta(days=30))


def a_registration(**facts: Any) -> Registration:
    email = EmailAddress(f"Person-{next(names)}@db.example")
    return replace(Registration(email, "Ann", None, None), **facts)


async def a_user(store: PostgresAccounts, token: NewRefreshToken | None = None, **facts: Any) -> KnownUser:
    known = await store.add(a_registration(**facts), "first hash", token or a_token())
    assert isinstance(known, KnownUser)
    return known


async def problem_of(store: PostgresAccounts, token: NewRefreshToken, now: datetime = LATER) -> RefreshTokenProblem | None:
    """Why a token buys nothing; None where it bought a session."""
    answer = await store.exchange(token.token_hash, a_token(now))
    return answer.problem if isinstance(answer, RefreshTokenInvalid) else None


async def test_every_statement_is_one_that_the_database_understands(pool: Pool) -> None:
    async with pool.acquire() as connection:
        for text in SQL.values():
            await connection.prepare(text)


async def test_a_new_user_can_be_found_by_id_email_and_username_in_any_letters(store: PostgresAccounts) -> None:
    known = await a_user(store, username="Db_Ann", phone="+442079460018", name="李白 \U0001f3ad")

    email = EmailAddress(known.user.email.upper())
    assert known.user.role is Role.USER
    assert known.user.created_at == NOW
    assert await store.by_id(known.user.user_id) == known
    assert await store.by_email(email) == known
    assert await store.by_username("dB_aNN") == known


async def test_nobody_is_found_where_nobody_is(store: PostgresAccounts) -> None:
    assert await store.by_id(UserId(1)) is None
    assert await store.by_email(EmailAddress("nobody@db.example")) is None
    assert await store.by_username("nobody") is None


async def test_many_users_are_found_at_once_and_only_those_there_are(store: PostgresAccounts) -> None:
    ann, ben = (await a_user(store)).user, (await a_user(store)).user

    assert await store.by_ids([ann.user_id, UserId(1), ben.user_id, ann.user_id]) == {ann.user_id: ann, ben.user_id: ben}
    assert await store.by_ids([]) == {}


async def test_an_email_in_other_letters_is_taken_and_nothing_is_kept(store: PostgresAccounts, pool: Pool) -> None:
    known = await a_user(store)
    token = a_token()

    answer = await store.add(a_registration(email=EmailAddress(known.user.email.upper())), "hash", token)

    assert answer == EmailAlreadyExists(known.user.email.upper())
    assert await pool.fetchrow(SQL["refresh_token"], token.token_hash) is None


async def test_a_username_in_other_letters_is_taken(store: PostgresAccounts) -> None:
    await a_user(store, username="taken")

    assert await store.add(a_registration(username="TAKEN"), "hash", a_token()) == UsernameAlreadyExists("TAKEN")


async def test_of_many_who_register_one_email_at_the_same_moment_one_does(store: PostgresAccounts) -> None:
    registration = a_registration()

    answers = await asyncio.gather(*(store.add(registration, "hash", a_token()) for _ in range(8)))

    assert sum(isinstance(answer, KnownUser) for answer in answers) == 1
    assert answers.count(EmailAlreadyExists(registration.email.text)) == 7


async def test_a_broken_promise_is_a_fault_and_no_refusal(store: PostgresAccounts) -> None:
    token = a_token()
    await a_user(store, token)

    with pytest.raises(asyncpg.UniqueViolationError):
        await store.add(a_registration(), "hash", token)


async def test_a_user_is_known_with_their_organizations_in_order(store: PostgresAccounts, pool: Pool) -> None:
    known = await a_user(store)
    organizations = sorted(new_number() for _ in range(3))
    for organization_id in reversed(organizations):
        await pool.execute("INSERT INTO organization (organization_id, name, created_at) VALUES ($1, 'Opera', $2)", organization_id, NOW)
        await pool.execute("INSERT INTO membership (organization_id, user_id) VALUES ($1, $2)", organization_id, known.user.user_id)

    found = await store.by_id(known.user.user_id)

    assert found is not None
    assert list(found.organizations) == organizations


async def test_a_token_buys_one_session_and_a_second_use_ends_the_family(store: PostgresAccounts) -> None:
    first, second, third = a_token(), a_token(LATER), a_token(LATER)
    known = await a_user(store, first)

    assert await store.exchange(first.token_hash, second) == known
    assert await store.exchange(second.token_hash, third) == known
    assert await problem_of(store, first) is RefreshTokenProblem.REUSED
    assert await problem_of(store, third) is RefreshTokenProblem.REVOKED
    assert await problem_of(store, first) is RefreshTokenProblem.REVOKED


async def test_a_reuse_leaves_other_families_alone(store: PostgresAccounts) -> None:
    token, elsewhere = a_token(), a_token()
    known = await a_user(store, token)
    await store.begin_session(known, elsewhere, None)

    await store.exchange(token.token_hash, a_token(LATER))
    assert await problem_of(store, token) is RefreshTokenProblem.REUSED

    assert await problem_of(store, elsewhere) is None


async def test_a_token_is_good_until_it_expires(store: PostgresAccounts) -> None:
    token, other = a_token(), a_token()
    known = await a_user(store, token)
    await store.begin_session(known, other, None)

    assert await problem_of(store, token, token.expires_at - timedelta(microseconds=1)) is None
    assert await problem_of(store, other, other.expires_at) is RefreshTokenProblem.EXPIRED


async def test_an_unknown_token_buys_nothing(store: PostgresAccounts) -> None:
    assert await problem_of(store, a_token()) is RefreshTokenProblem.UNKNOWN


@pytest.mark.parametrize("uses", [2, 8])
async def test_of_uses_at_the_same_moment_one_wins_and_the_family_ends(store: PostgresAccounts, uses: int) -> None:
    for _ in range(5):
        token = a_token()
        known = await a_user(store, token)
        successors = [a_token(LATER) for _ in range(uses)]

        answers = await asyncio.gather(*(store.exchange(token.token_hash, successor) for successor in successors))

        assert answers.count(known) == 1
        assert answers.count(RefreshTokenInvalid(RefreshTokenProblem.REUSED)) == 1  # the next finds the family ended
        assert answers.count(RefreshTokenInvalid(RefreshTokenProblem.REVOKED)) == uses - 2
        problems = [await problem_of(store, successor) for successor in successors]
        assert problems.count(RefreshTokenProblem.REVOKED) == 1
        assert problems.count(RefreshTokenProblem.UNKNOWN) == uses - 1


async def test_a_log_out_ends_the_family_by_any_of_its_tokens_and_no_other(store: PostgresAccounts) -> None:
    first, second, elsewhere = a_token(), a_token(LATER), a_token()
    known = await a_user(store, first)
    await store.exchange(first.token_hash, second)
    await store.begin_session(known, elsewhere, None)

    assert await store.end_session(first.token_hash, LATER) is True

    assert await store.end_session(second.token_hash, LATER) is False
    assert await problem_of(store, second) is RefreshTokenProblem.REVOKED
    assert await problem_of(store, elsewhere) is None


async def test_there_is_nothing_to_end_where_a_session_has_expired_or_never_began(store: PostgresAccounts) -> None:
    token = a_token()
    await a_user(store, token)

    assert await store.end_session(token.token_hash, token.expires_at) is False
    assert await store.end_session(a_token().token_hash, NOW) is False


async def test_no_session_slips_past_a_log_out_or_a_new_password_of_the_same_moment(store: PostgresAccounts) -> None:
    for round_no in range(20):
        token, successor, other, fresh = a_token(), a_token(LATER), a_token(LATER), a_token(LATER)
        known = await a_user(store, token)

        if round_no % 2:
            await asyncio.gather(store.exchange(token.token_hash, successor), store.end_session(token.token_hash, LATER))
        else:
            await asyncio.gather(
                store.exchange(token.token_hash, successor),
                store.begin_session(known, other, None),
                store.change_password(known, "new hash", fresh),
            )

        assert await problem_of(store, successor) in (RefreshTokenProblem.REVOKED, RefreshTokenProblem.UNKNOWN)
        assert await problem_of(store, other) in (RefreshTokenProblem.REVOKED, RefreshTokenProblem.UNKNOWN)


async def test_a_new_password_ends_every_session_and_begins_one(store: PostgresAccounts) -> None:
    here, there, fresh = a_token(), a_token(), a_token(LATER)
    known = await a_user(store, here)
    bystander_token = a_token()
    await a_user(store, bystander_token)
    await store.begin_session(known, there, None)

    assert await store.change_password(known, "second hash", fresh) is not None

    assert await problem_of(store, here) is RefreshTokenProblem.REVOKED
    assert await problem_of(store, there) is RefreshTokenProblem.REVOKED
    assert await problem_of(store, fresh) is None
    assert await problem_of(store, bystander_token) is None
    assert await store.by_id(known.user.user_id) == replace(known, password_hash="second hash")


async def test_of_two_who_change_a_password_at_the_same_moment_one_does(store: PostgresAccounts) -> None:
    known = await a_user(store)

    answers = await asyncio.gather(*(store.change_password(known, f"hash {number}", a_token()) for number in range(4)))

    assert sum(answer is not None for answer in answers) == 1


async def test_a_log_in_with_a_password_that_was_just_replaced_begins_nothing(store: PostgresAccounts) -> None:
    known = await a_user(store)
    await store.change_password(known, "second hash", a_token())
    token = a_token()

    assert await store.begin_session(known, token, None) is None

    assert await problem_of(store, token) is RefreshTokenProblem.UNKNOWN


async def test_a_log_in_may_bring_a_better_hash_of_the_same_password(store: PostgresAccounts) -> None:
    token = a_token()
    known = await a_user(store, token)

    await store.begin_session(known, a_token(), "better hash")

    assert await store.by_id(known.user.user_id) == replace(known, password_hash="better hash")
    assert await problem_of(store, token) is None


async def test_a_profile_changes_where_the_change_says_so(store: PostgresAccounts) -> None:
    known = await a_user(store, phone="5550100")
    user = known.user

    assert await store.change_profile(user.user_id, ProfileChange()) == user
    assert await store.change_profile(user.user_id, ProfileChange(name="Ben")) == replace(user, name="Ben")
    assert await store.change_profile(user.user_id, ProfileChange(phone=None)) == replace(user, name="Ben", phone=None)
    assert await store.change_profile(UserId(1), ProfileChange(name="Ben")) is None


async def test_tokens_that_expired_are_swept_away_with_the_next(store: PostgresAccounts, pool: Pool) -> None:
    token = a_token()
    known = await a_user(store, token)

    await store.begin_session(known, a_token(token.expires_at), None)

    count = await pool.fetchval("SELECT count(*) FROM refresh_token WHERE user_id = $1", known.user.user_id)
    assert count == 1


async def test_an_account_is_ensured_once_and_keeps_all_but_the_role(store: PostgresAccounts) -> None:
    email = EmailAddress("Chief@db.example")

    made = await store.ensure_account(email, "hash", "Chief", Role.ADMIN, NOW)
    again = await store.ensure_account(EmailAddress("chief@db.example"), "other hash", "Other", Role.USER, LATER)

    assert made == User(made.user_id, "Chief@db.example", "Chief", Role.ADMIN, NOW)
    assert again == replace(made, role=Role.USER)
    assert await store.by_id(made.user_id) == KnownUser(again, "hash")


async def test_of_many_processes_that_ensure_an_account_all_find_the_same(store: PostgresAccounts) -> None:
    email = EmailAddress("first-admin@db.example")

    users = await asyncio.gather(*(store.ensure_account(email, "hash", "Admin", Role.ADMIN, NOW) for _ in range(6)))

    assert len(set(users)) == 1


async def test_a_database_that_cannot_be_had_is_an_outage(database_url: str) -> None:
    pool = await open_pool(database_url, 1)
    store = PostgresAccounts(pool)
    await pool.close()

    with pytest.raises(Outage) as read:
        await store.by_id(UserId(1))
    with pytest.raises(Outage) as written:
        await store.add(a_registration(), "hash", a_token())

    assert not read.value.outcome_unknown
    assert not written.value.outcome_unknown


async def test_a_write_whose_connection_breaks_is_an_outage(store: PostgresAccounts, pool: Pool) -> None:
    known = await a_user(store)

    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute(SQL["lock_account"], known.user.user_id)
        waiting = asyncio.create_task(store.begin_session(known, a_token(), None))
        ended = None
        while not ended:
            ended = await blocker.fetchval(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1"
            )
        with pytest.raises(Outage):
            await waiting
