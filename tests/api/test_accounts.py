"""Accounts as clients see them: through the schema, with the real rules, tokens and database."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import strawberry
from argon2 import PasswordHasher
from strawberry.schema.config import StrawberryConfig

from db.accounts import PostgresAccounts
from db.pool import Pool, open_pool
from domain.callers import Role
from domain.ids import UserId
from resolvers.accounts import AccountMutations, AccountQueries
from resolvers.context import Context
from schema.scalars import SCALARS
from web.auth import AccountDesk
from web.faults import GraphQLFault
from web.passwords import Passwords
from web.tokens import AccessTokens, SigningKey

START = datetime(2030, 1, 1, 12, tzinfo=UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "Passw0rd"
SESSION = """... on Session {
    accessToken refreshToken tokenType expiresIn expiresAt user { __typename id email username name phone role createdAt } }"""
REFUSAL = """... on Refusal { __typename code message }
    ... on ValidationFailed { fields { field message } }"""
REGISTER = f"""mutation ($input: RegisterInput!) {{ register(input: $input) {{ {SESSION} {REFUSAL}
    ... on EmailAlreadyExists {{ email }} ... on UsernameAlreadyExists {{ username }} }} }}"""
LOG_IN = f"mutation ($input: LogInInput!) {{ logIn(input: $input) {{ {SESSION} {REFUSAL} }} }}"
REFRESH = f"""mutation ($token: String!) {{ refreshSession(refreshToken: $token) {{ {SESSION}
    ... on RefreshTokenInvalid {{ __typename code problem }} }} }}"""
LOG_OUT = "mutation ($token: String!) { logOut(refreshToken: $token) }"
UPDATE = f"mutation ($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ ... on User {{ name phone }} {REFUSAL} }} }}"
CHANGE = f"mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ {SESSION} {REFUSAL} }} }}"
ME = "{ me { id email username name phone role createdAt } }"
names = itertools.count()


@strawberry.type
class Query(AccountQueries):
    pass


@strawberry.type
class Mutation(AccountMutations):
    pass


SCHEMA = strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS))


@dataclass
class World:
    """A server without its edge: a token in, an answer out, and a clock one can put forward."""

    desk: AccountDesk
    tokens: AccessTokens
    store: PostgresAccounts
    now: datetime = START

    async def ask(self, document: str, token: str | None = None, /, **variables: object) -> Any:
        """What the one field answers; fails on an error."""
        result = await self._run(document, token, variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return next(iter(result.data.values()))

    async def code(self, document: str, token: str | None = None, /, **variables: object) -> object:
        """The code of the error that is answered."""
        result = await self._run(document, token, variables)
        assert result.errors is not None
        return getattr(result.errors[0].original_error, "code", None)

    async def session(self, **facts: object) -> Any:
        """The first session of somebody new."""
        return await self.ask(REGISTER, input={"email": an_email(), "password": PASSWORD, "name": "Ann", **facts})

    async def _run(self, document: str, token: str | None, variables: dict[str, Any]) -> Any:
        services = cast(Any, SimpleNamespace(accounts=self.desk))
        context = Context(services=services, caller=self.tokens.authenticate(token), request_id="test")
        return await SCHEMA.execute(document, variables, context_value=context)


@pytest.fixture(scope="module")
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, 6)
    yield pool
    await pool.close()


@pytest.fixture
def world(pool: Pool) -> World:
    return a_world(pool)


def a_world(pool: Pool, passwords: Passwords | None = None) -> World:
    def clock() -> datetime:
        return made.now

    tokens = AccessTokens([SigningKey("test", b"k" * 32)], clock=clock)
    store = PostgresAccounts(pool, tokens.revoked)
    made = World(AccountDesk(store, passwords or Passwords(QUICK), tokens, clock=clock), tokens, store)
    return made


def an_email() -> str:
    return f"person-{next(names)}@api.example"


async def test_a_registration_answers_the_user_and_a_session(world: World) -> None:
    email = f"Person-{next(names)}@API.example"

    session = await world.ask(
        REGISTER, input={"email": email, "password": PASSWORD, "name": " علي 🎭 ", "username": "Api_Ann", "phone": "+44 20 7946 0018"}
    )

    user = session["user"]
    assert user["id"].startswith("usr_")
    assert user == {
        "__typename": "User",
        "id": user["id"],
        "email": email.replace("API", "api"),
        "username": "Api_Ann",
        "name": "علي 🎭",
        "phone": "+442079460018",
        "role": "USER",
        "createdAt": "2030-01-01T12:00:00Z",
    }
    assert session["tokenType"] == "bearer"
    assert session["expiresIn"] == 1800
    assert session["expiresAt"] == "2030-01-01T12:30:00Z"
    me = await world.ask(ME, session["accessToken"])
    assert {"__typename": "User", **me} == user


async def test_an_email_in_other_letters_is_refused(world: World) -> None:
    session = await world.session()

    answer = await world.ask(REGISTER, input={"email": session["user"]["email"].upper(), "password": PASSWORD, "name": "Ben"})

    assert answer["__typename"] == "EmailAlreadyExists"
    assert answer["code"] == "EMAIL_ALREADY_EXISTS"
    assert answer["email"].lower() == session["user"]["email"]


async def test_a_username_in_other_letters_is_refused(world: World) -> None:
    await world.session(username="api-taken")

    answer = await world.session(username="API-Taken")

    assert (answer["__typename"], answer["code"], answer["username"]) == ("UsernameAlreadyExists", "USERNAME_ALREADY_EXISTS", "API-Taken")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "nowhere"}, "email"),
        ({"email": "a" * 100_000 + "@example.org"}, "email"),
        ({"email": "ann@exa\0mple.org"}, "email"),
        ({"email": "ann\u202e@example.org"}, "email"),
        ({"name": "A"}, "name"),
        ({"name": "A" * 100_000}, "name"),
        ({"name": "Ann\0"}, "name"),
        ({"name": "Ann\ud800"}, "name"),
        ({"name": "Ann\r\nBcc: all@example.org"}, "name"),
        ({"password": "passw0rd"}, "password"),
        ({"password": "P0" + "x" * 100_000}, "password"),
        ({"password": "Passw0rd\0"}, "password"),
        ({"username": "no spaces"}, "username"),
        ({"username": "ann\U0001d504"}, "username"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "1\0234567"}, "phone"),
    ],
)
async def test_a_form_that_breaks_a_rule_is_told_which(world: World, facts: dict[str, str], field: str) -> None:
    answer = await world.session(**facts)

    assert answer["__typename"] == "ValidationFailed"
    assert answer["code"] == "VALIDATION_ERROR"
    assert answer["fields"][0]["field"] == field


@pytest.mark.parametrize("wrong", [{"email": 1}, {"name": None}, {"password": ["Passw0rd"]}, {"phone": 442079460018}, {"role": "ADMIN"}])
async def test_inputs_of_wrong_types_are_no_faults_of_ours(world: World, wrong: dict[str, object]) -> None:
    result = await world._run(REGISTER, None, {"input": {"email": an_email(), "password": PASSWORD, "name": "Ann", **wrong}})

    assert result.data is None
    assert "$input" in result.errors[0].message


async def test_one_logs_in_by_email_or_username_in_any_letters(world: World) -> None:
    session = await world.session(username="api-login")
    user = session["user"]

    by_email = await world.ask(LOG_IN, input={"email": f" {user['email'].upper()} ", "password": PASSWORD})
    by_username = await world.ask(LOG_IN, input={"username": "API-Login", "password": PASSWORD})

    assert by_email["user"] == by_username["user"] == user
    assert len({session["refreshToken"], by_email["refreshToken"], by_username["refreshToken"]}) == 3


@pytest.mark.parametrize(
    "login",
    [
        {"email": "nobody@api.example", "password": PASSWORD},
        {"username": "nobody", "password": PASSWORD},
        {"email": "no address", "password": PASSWORD},
        {"email": "", "password": PASSWORD},
        {"email": "nobody@api.example\0", "password": PASSWORD},
        {"username": "no\0body", "password": PASSWORD},
        {"username": "' OR 1=1 --", "password": PASSWORD},
        {"username": "n" * 100_000, "password": PASSWORD},
        {"email": "n" * 100_000 + "@api.example", "password": PASSWORD},
        {"username": "api-known", "password": "wrong"},
        {"username": "api-known", "password": ""},
        {"username": "api-known", "password": PASSWORD.lower()},
        {"username": "api-known", "password": PASSWORD + "\0"},
        {"username": "api-known", "password": PASSWORD + " "},
        {"username": "api-known", "password": "\ud800"},
        {"username": "api-known", "password": "\U0001d504\u202e" * 50_000},
    ],
)
async def test_who_is_unknown_and_whose_password_is_wrong_are_told_the_same(world: World, login: dict[str, str]) -> None:
    await world.session(username="api-known")  # known from the first of these tests on

    answer = await world.ask(LOG_IN, input=login)

    assert answer == {
        "__typename": "InvalidCredentials",
        "code": "AUTH_INVALID_CREDENTIALS",
        "message": "The name or the password is not right.",
    }


async def test_a_log_in_for_nobody_verifies_as_many_passwords_as_one_for_somebody(pool: Pool) -> None:
    verified: list[str | None] = []

    class Counted(Passwords):
        async def verify(self, password: str, password_hash: str | None) -> bool:
            verified.append(password_hash)
            return await super().verify(password, password_hash)

    world = a_world(pool, Counted(QUICK))
    session = await world.session()

    for email in (session["user"]["email"], an_email(), "no address"):
        await world.ask(LOG_IN, input={"email": email, "password": "wrong"})

    assert [password_hash is None for password_hash in verified] == [False, True, True]


@pytest.mark.parametrize("login", [{}, {"email": None}, {"email": "ann@api.example", "username": "ann"}])
async def test_a_log_in_names_its_user_one_way(world: World, login: dict[str, str]) -> None:
    answer = await world.ask(LOG_IN, input={**login, "password": PASSWORD})

    assert answer["__typename"] == "ValidationFailed"


async def test_an_outdated_hash_is_replaced_at_the_next_log_in(world: World, pool: Pool) -> None:
    session = await world.session()
    login = {"email": session["user"]["email"], "password": PASSWORD}
    stronger = a_world(pool, Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)))

    assert "accessToken" in await stronger.ask(LOG_IN, input=login)

    caller = world.tokens.authenticate(session["accessToken"])
    assert caller is not None
    known = await world.store.by_id(caller.user_id)
    assert known is not None
    assert "$m=16,t=2,p=1$" in known.password_hash
    assert "accessToken" in await stronger.ask(LOG_IN, input=login)


async def test_a_refresh_token_buys_a_session_once_and_reuse_ends_the_family(world: World) -> None:
    first = await world.session()
    world.now += timedelta(minutes=40)

    second = await world.ask(REFRESH, token=first["refreshToken"])

    assert second["expiresAt"] == "2030-01-01T13:10:00Z"
    assert await world.ask(ME, second["accessToken"])
    reused = await world.ask(REFRESH, token=first["refreshToken"])
    assert reused == {"__typename": "RefreshTokenInvalid", "code": "AUTH_REFRESH_TOKEN_INVALID", "problem": "REUSED"}
    assert (await world.ask(REFRESH, token=second["refreshToken"]))["problem"] == "REVOKED"


async def test_of_two_refreshes_at_the_same_moment_one_wins(world: World) -> None:
    session = await world.session()

    answers = await asyncio.gather(*(world.ask(REFRESH, token=session["refreshToken"]) for _ in range(2)))

    assert sorted(answer.get("problem", "won") for answer in answers) == ["REUSED", "won"]


async def test_a_refresh_token_lives_30_days_and_its_successor_30_more(world: World) -> None:
    one, other = await world.session(), await world.session()

    world.now += timedelta(days=30) - timedelta(seconds=1)
    successor = await world.ask(REFRESH, token=one["refreshToken"])
    world.now += timedelta(seconds=1)

    assert (await world.ask(REFRESH, token=other["refreshToken"]))["problem"] == "EXPIRED"
    world.now += timedelta(days=29)
    assert "accessToken" in await world.ask(REFRESH, token=successor["refreshToken"])


@pytest.mark.parametrize("token", ["", "garbage", "\0", "\ud800", "\U0001d504", "x" * 100_000])
async def test_what_is_no_refresh_token_buys_nothing(world: World, token: str) -> None:
    assert (await world.ask(REFRESH, token=token))["problem"] == "UNKNOWN"
    assert await world.ask(LOG_OUT, token=token) is False


async def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(world: World) -> None:
    session = await world.session()

    assert (await world.ask(REFRESH, token=session["accessToken"]))["problem"] == "UNKNOWN"
    with pytest.raises(GraphQLFault) as refused:
        await world.ask(ME, session["refreshToken"])
    assert refused.value.code == "UNAUTHENTICATED"


async def test_a_log_out_ends_the_session(world: World) -> None:
    session = await world.session()

    assert await world.ask(LOG_OUT, token=session["refreshToken"]) is True

    assert (await world.ask(REFRESH, token=session["refreshToken"]))["problem"] == "REVOKED"
    assert await world.ask(LOG_OUT, token=session["refreshToken"]) is False


async def test_a_session_tells_of_the_user_as_they_are_now(world: World) -> None:
    session = await world.session()
    await world.desk.ensure_user(session["user"]["email"], "unused", "Unused", Role.ORGANIZER)

    refreshed = await world.ask(REFRESH, token=session["refreshToken"])

    caller = world.tokens.authenticate(refreshed["accessToken"])
    assert refreshed["user"]["role"] == "ORGANIZER"
    assert caller is not None
    assert caller.role is Role.ORGANIZER


async def test_a_profile_changes_only_where_it_is_told_to(world: World) -> None:
    session = await world.session(phone="030 1234567")
    token = session["accessToken"]

    assert await world.ask(UPDATE, token, input={}) == {"name": "Ann", "phone": "0301234567"}
    assert await world.ask(UPDATE, token, input={"name": "Ben"}) == {"name": "Ben", "phone": "0301234567"}
    assert await world.ask(UPDATE, token, input={"phone": None}) == {"name": "Ben", "phone": None}
    answer = await world.ask(UPDATE, token, input={"name": None, "phone": "x"})
    assert [problem["field"] for problem in answer["fields"]] == ["name", "phone"]
    assert (await world.ask(ME, token))["name"] == "Ben"


async def test_a_new_password_needs_the_current_one_and_ends_all_other_sessions(world: World) -> None:
    here = await world.session()
    login = {"email": here["user"]["email"], "password": PASSWORD}
    there = await world.ask(LOG_IN, input=login)

    change = {"currentPassword": "Wr0ng password", "newPassword": "An0ther password"}
    refused = await world.ask(CHANGE, here["accessToken"], input=change)
    session = await world.ask(CHANGE, here["accessToken"], input={**change, "currentPassword": PASSWORD})

    assert refused["code"] == "AUTH_INVALID_CREDENTIALS"
    assert (await world.ask(REFRESH, token=here["refreshToken"]))["problem"] == "REVOKED"
    assert (await world.ask(REFRESH, token=there["refreshToken"]))["problem"] == "REVOKED"
    assert "accessToken" in await world.ask(REFRESH, token=session["refreshToken"])
    assert (await world.ask(LOG_IN, input=login))["code"] == "AUTH_INVALID_CREDENTIALS"
    assert "accessToken" in await world.ask(LOG_IN, input={**login, "password": "An0ther password"})


async def test_a_new_password_keeps_the_rules_too(world: World) -> None:
    session = await world.session()

    answer = await world.ask(CHANGE, session["accessToken"], input={"currentPassword": PASSWORD, "newPassword": "short"})

    assert {problem["field"] for problem in answer["fields"]} == {"newPassword"}


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (ME, {}),
        (UPDATE, {"input": {"name": "Ben"}}),
        (CHANGE, {"input": {"currentPassword": PASSWORD, "newPassword": PASSWORD}}),
    ],
)
async def test_what_is_about_oneself_needs_a_token_that_is_good(world: World, document: str, variables: dict[str, Any]) -> None:
    session = await world.session()

    assert await world.code(document, **variables) == "UNAUTHENTICATED"
    with pytest.raises(GraphQLFault) as forged:
        await world.ask(document, session["accessToken"][:-2] + "xx", **variables)
    world.now += timedelta(minutes=30)
    with pytest.raises(GraphQLFault) as expired:
        await world.ask(document, session["accessToken"], **variables)

    assert forged.value.code == "UNAUTHENTICATED"
    assert expired.value.code == "AUTH_TOKEN_EXPIRED"


async def test_whoever_is_gone_has_no_profile(world: World, pool: Pool) -> None:
    session = await world.session()
    await pool.execute("DELETE FROM account WHERE email = $1", session["user"]["email"])
    token = session["accessToken"]

    assert await world.ask(ME, token) is None
    assert (await world.ask(UPDATE, token, input={"name": "Ben"}))["code"] == "USER_NOT_FOUND"
    change = {"currentPassword": PASSWORD, "newPassword": PASSWORD}
    assert (await world.ask(CHANGE, token, input=change))["code"] == "USER_NOT_FOUND"
    assert (await world.ask(REFRESH, token=session["refreshToken"]))["problem"] == "UNKNOWN"


async def test_demo_accounts_can_log_in_and_are_made_once(world: World) -> None:
    made = await world.desk.ensure_user("admin@boxoffice.test", "Box-0ffice!", "Ada", Role.ADMIN)
    again = await world.desk.ensure_user("Admin@BoxOffice.test", "other", "Other", Role.ADMIN)

    session = await world.ask(LOG_IN, input={"email": "admin@boxoffice.test", "password": "Box-0ffice!"})

    assert made == again
    assert session["user"]["role"] == "ADMIN"


async def test_many_users_come_in_the_order_of_their_ids(world: World) -> None:
    ann, ben = [await world.desk.ensure_user(an_email(), PASSWORD, name) for name in ("Ann", "Ben")]

    assert await world.desk.users_many([ben.user_id, UserId(1), ann.user_id, ben.user_id]) == [ben, None, ann, ben]


def test_everything_clients_see_is_described() -> None:
    types = SCHEMA._schema.type_map.values()
    ours = [type_ for type_ in types if not type_.name.startswith("__") and type_.name not in ("Query", "Mutation")]

    assert all(type_.description for type_ in ours)
    for type_ in types:
        fields = getattr(type_, "fields", {})
        assert type_.name.startswith("__") or all(field.description for field in fields.values()), type_.name
