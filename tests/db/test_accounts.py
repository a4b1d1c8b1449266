"""Users and their sessions in a real PostgreSQL, also when several come at the same moment."""

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from db.accounts import SQL, PostgresAccounts
from db.identifiers import new_number
from db.pool import Pool, open_pool
from domain.accounts import EmailAlreadyExists, ProfileChange, Registration, UsernameAlreadyExists
from domain.callers import Role
from domain.ids import UserId
from domain.ports import Outage
from domain.roles import NotAnAdmin
from domain.sessions import BegunSession, NewRefreshToken, RefreshTokenInvalid, RefreshTokenProblem
from domain.users import EmailAddress, KnownUser, User

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
    return PostgresAccounts(pool, Ended())


@dataclass
class Ended:
    """Hears which sessions were ended."""

    told: list[int] = field(default_factory=list)

    def revoke(self, session_ids: Iterable[int]) -> None:
        self.told += session_ids


def a_token(now: datetime = NOW) -> NewRefreshToken:
    return NewRefreshToken(hashlib.sha256(secrets.token_bytes()).digest(), now, now + timedelta(days=30))


def a_registration(**facts: Any) -> Registration:
    email = EmailAddress(f"Person-{next(names)}@db.example")
    return replace(Registration(email, "Ann", None, None), **facts)


async def a_user(store: PostgresAccounts, token: NewRefreshToken | None = None, **facts: Any) -> KnownUser:
    begun = await store.add(a_registration(**facts), "first hash", token or a_token())
    assert isinstance(begun, BegunSession)
    return begun.known


async def known_by(store: PostgresAccounts, token: NewRefreshToken, successor: NewRefreshToken) -> KnownUser | None:
    """Whose session a token continues."""
    begun = await store.exchange(token.token_hash, successor)
    return begun.known if isinstance(begun, BegunSession) else None


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

    assert sum(isinstance(answer, BegunSession) for answer in answers) == 1
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

    assert await known_by(store, first, second) == known
    assert await known_by(store, second, third) == known
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

        assert [answer.known for answer in answers if isinstance(answer, BegunSession)] == [known]
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


async def test_whoever_ends_sessions_tells_which_once_they_are_ended(pool: Pool) -> None:
    ended = Ended()
    store = PostgresAccounts(pool, ended)
    tokens = [a_token() for _ in range(4)]
    begun = await store.add(a_registration(), "first hash", tokens[0])
    assert isinstance(begun, BegunSession)
    others = [await store.begin_session(begun.known, token, None) for token in tokens[1:]]
    ids = [begun.session_id, *(other.session_id for other in others if other is not None)]

    await store.end_session(tokens[0].token_hash, LATER)
    assert ended.told == ids[:1]

    successor = await store.exchange(tokens[1].token_hash, a_token(LATER))
    assert successor == BegunSession(begun.known, ids[1]), "the session stays the same"
    await store.exchange(tokens[1].token_hash, a_token(LATER))
    assert ended.told == ids[:2]

    fresh = await store.change_password(begun.known, "second hash", a_token(LATER))
    assert ended.told[:2] == ids[:2]
    assert sorted(ended.told[2:]) == sorted(ids[2:])
    assert fresh is not None
    assert fresh.session_id not in ended.told


async def test_what_was_ended_since_an_instant_is_known_to_every_process(store: PostgresAccounts) -> None:
    instant = datetime(2040, 1, 1, tzinfo=UTC)
    tokens = [a_token(), a_token(), a_token()]
    begun = [await store.add(a_registration(), "hash", token) for token in tokens]

    for token, seconds in zip(tokens, (-1, 0, 1), strict=True):
        await store.end_session(token.token_hash, instant + timedelta(seconds=seconds))

    wanted = [session.session_id for session in begun[1:] if isinstance(session, BegunSession)]
    assert sorted(await store.ended_since(instant)) == sorted(wanted)


async def test_two_admins_cannot_take_the_role_from_one_another(store: PostgresAccounts, pool: Pool) -> None:
    for _ in range(5):
        ann, ben = [(await a_user(store)).user.user_id for _ in range(2)]
        await pool.execute("UPDATE account SET role = 2 WHERE user_id = ANY ($1)", [ann, ben])

        answers = await asyncio.gather(store.set_role(ann, Role.USER, ben), store.set_role(ben, Role.USER, ann))

        assert sum(isinstance(answer, User) for answer in answers) == 1
        assert answers.count(NotAnAdmin()) == 1


async def test_who_is_appointed_has_the_new_password_and_no_other_session(pool: Pool) -> None:
    ended = Ended()
    store = PostgresAccounts(pool, ended)
    token = a_token()
    begun = await store.add(a_registration(), "first hash", token)
    assert isinstance(begun, BegunSession)
    user = begun.known.user

    promoted = await store.appoint_admin(EmailAddress(user.email.upper()), "their hash", "Other", LATER)
    made = await store.appoint_admin(a_registration().email, "a hash", "Ada", LATER)

    assert promoted == replace(user, role=Role.ADMIN)
    assert await store.by_id(user.user_id) == KnownUser(promoted, "their hash")
    assert await problem_of(store, token) is RefreshTokenProblem.REVOKED
    assert ended.told == [begun.session_id]
    assert await store.by_id(made.user_id) == KnownUser(made, "a hash")
    assert (made.name, made.role, made.created_at) == ("Ada", Role.ADMIN, LATER)


async def test_a_database_that_cannot_be_had_is_an_outage(database_url: str) -> None:
    pool = await open_pool(database_url, 1)
    store = PostgresAccounts(pool, Ended())
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
