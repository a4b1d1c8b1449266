"""Accounts as clients see them, in two processes that know of one another only through the database."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from gql.transport.exceptions import TransportQueryError

from db.identifiers import new_number
from db.pool import Pool, open_pool
from domain.ids import OrganizationId, SeatId, UserId
from domain.users import ORGANIZATIONS_MOST
from tests.conftest import a_database
from tests.db.events import an_event
from tests.system.running import PASSWORD, SECRET, Running, asking, beside, code_of, command, eventually, serving, settings

NEW_SECRET = "another secret with which these tests sign"
EVERYWHERE_SECONDS = 1.0
SLOW_MACHINE_SECONDS = 2.0
SESSION = "... on Session { accessToken refreshToken user { id role } }"
REFUSAL = "... on Refusal { code }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ {SESSION} }} }}"
LOG_IN = f"mutation ($input: LogInInput!) {{ logIn(input: $input) {{ {SESSION} {REFUSAL} }} }}"
REFRESH = f"mutation ($token: String!) {{ refreshSession(refreshToken: $token) {{ {SESSION} ... on RefreshTokenInvalid {{ problem }} }} }}"
LOG_OUT = "mutation ($token: String!) { logOut(refreshToken: $token) }"
CHANGE = f"mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ {SESSION} {REFUSAL} }} }}"
ME = "{ me { id role organizations { id name } } }"
MEMBERS = "query ($id: ID!) { organization(id: $id) { members { userId role } } }"
ORGANIZATION = "mutation ($name: String!) { createOrganization(input: {name: $name}) { ... on Organization { id } } }"
ADD = f"""mutation ($input: AddMemberInput!) {{ addMember(input: $input) {{ {REFUSAL} ... on Organization {{ id }}
    ... on TooManyOrganizations {{ userId most }} }} }}"""
REMOVE = f"mutation ($input: RemoveMemberInput!) {{ removeMember(input: $input) {{ {REFUSAL} ... on Organization {{ id }} }} }}"
SET_ROLE = f"""mutation ($id: ID!, $role: Role!) {{ setRole(userId: $id, role: $role) {{ {REFUSAL} ... on User {{ id role }}
    ... on RoleFollowsMembership {{ userId organizationCount }} ... on OwnRoleKept {{ userId }} }} }}"""
WATCH = "subscription ($id: ID!) { bookingUpdated(id: $id) { id } }"
BOOK = "mutation ($input: CreateBookingInput!) { createBooking(input: $input) { ... on Booking { id } } }"
_names = count()


@dataclass(frozen=True)
class Pair:
    """Two processes on one database."""

    here: Running
    there: Running
    pool: Pool
    environment: dict[str, Any]

    async def session(self) -> Any:
        """The first session of somebody new."""
        return await self.here.ask(REGISTER, {"input": {"email": an_email(), "password": PASSWORD, "name": "Ann"}})

    async def log_in(self, email: str, password: str = PASSWORD) -> Any:
        """Another session."""
        return await self.here.ask(LOG_IN, {"input": {"email": email, "password": password}})

    async def admin(self) -> Any:
        """The session of a new admin."""
        email = an_email()
        told = command("admin", email, given=f"{PASSWORD}\n", **self.environment)
        assert told.returncode == 0, told.stderr
        return await self.log_in(email)


@pytest.fixture(scope="module")
async def pair(
    database_server: str, migrated_template: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    async with a_database(database_server, migrated_template) as url:
        mine = settings(url, redis_url)
        with (
            serving(folder / "here.log", mine) as here,
            serving(folder / "there.log", {**mine, "JWT_SECRET": NEW_SECRET, "JWT_PREVIOUS_SECRETS": SECRET}) as there,
        ):
            pool = await open_pool(url, 2)
            yield Pair(here, there, pool, mine)
            await pool.close()


def an_email() -> str:
    return f"accounts-{next(_names)}@boxoffice.test"


async def refusal(running: Running, token: str) -> str | None:
    """Why a token is not accepted; None where it is."""
    try:
        await running.ask("{ me { id } }", token=token)
    except TransportQueryError as refused:
        return code_of(refused)
    return None


async def refused_everywhere(pair: Pair, *tokens: str) -> None:
    """Fails unless tokens are refused at once where it was done, and within a second elsewhere; some more on a machine that is busy."""
    begun = time.monotonic()
    assert [await refusal(pair.here, token) for token in tokens] == ["UNAUTHENTICATED"] * len(tokens)
    while None in [await refusal(pair.there, token) for token in tokens]:
        assert time.monotonic() - begun < EVERYWHERE_SECONDS + SLOW_MACHINE_SECONDS
        await asyncio.sleep(0.02)
    assert [await refusal(pair.there, token) for token in tokens] == ["UNAUTHENTICATED"] * len(tokens)


async def test_a_log_out_ends_the_access_tokens_of_its_session_in_every_process(pair: Pair) -> None:
    first, other = await pair.session(), await pair.session()
    second = await pair.here.ask(REFRESH, {"token": first["refreshToken"]})
    tokens = [first["accessToken"], second["accessToken"]]
    assert [await refusal(pair.there, token) for token in tokens] == [None, None]

    assert await pair.here.ask(LOG_OUT, {"token": second["refreshToken"]}) is True

    await refused_everywhere(pair, *tokens)
    assert await refusal(pair.there, other["accessToken"]) is None


async def test_a_refresh_token_used_twice_ends_the_access_tokens_of_its_session(pair: Pair) -> None:
    first = await pair.session()
    second = await pair.here.ask(REFRESH, {"token": first["refreshToken"]})

    reused = await pair.here.ask(REFRESH, {"token": first["refreshToken"]})

    assert reused == {"problem": "REUSED"}
    await refused_everywhere(pair, first["accessToken"], second["accessToken"])


async def test_a_new_password_ends_the_access_tokens_of_all_sessions_but_the_new_one(pair: Pair) -> None:
    email = an_email()
    one = await pair.here.ask(REGISTER, {"input": {"email": email, "password": PASSWORD, "name": "Ann"}})
    other = await pair.log_in(email)

    change = {"currentPassword": PASSWORD, "newPassword": "An0ther password"}
    fresh = await pair.here.ask(CHANGE, {"input": change}, one["accessToken"])

    await refused_everywhere(pair, one["accessToken"], other["accessToken"])
    assert await refusal(pair.here, fresh["accessToken"]) is None
    assert await refusal(pair.there, fresh["accessToken"]) is None


async def test_what_a_session_watches_ends_with_it(pair: Pair) -> None:
    session = await pair.session()
    event_id = await an_event(pair.pool, 5)
    places = {"seats": [str(SeatId(event_id, 0))]}
    booking = await pair.here.ask(BOOK, {"input": {"eventId": str(event_id), "places": places}}, session["accessToken"])
    told: list[Any] = []
    ended: list[str] = []

    async def watch(running: Running) -> None:
        try:
            async with running.watcher(session["accessToken"]) as socket:
                async for answer in socket.subscribe(asking(WATCH, {"id": booking["id"]})):
                    told.append(answer)
        except TransportQueryError as refused:
            ended.append(code_of(refused))

    async with beside(watch(pair.here), watch(pair.there)):
        await eventually(lambda: len(told) == 2)
        await pair.here.ask(LOG_OUT, {"token": session["refreshToken"]})
        await eventually(lambda: len(ended) == 2)

    assert ended == ["UNAUTHENTICATED"] * 2


async def test_a_process_that_starts_later_knows_which_sessions_were_ended(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> None:
    session = await pair.session()
    await pair.here.ask(LOG_OUT, {"token": session["refreshToken"]})

    with serving(tmp_path_factory.mktemp("late") / "server.log", pair.environment) as late:
        assert await refusal(late, session["accessToken"]) == "UNAUTHENTICATED"


async def test_a_secret_is_replaced_without_logging_anybody_out(pair: Pair) -> None:
    old = await pair.session()

    new = await pair.there.ask(REFRESH, {"token": old["refreshToken"]})

    assert await refusal(pair.there, old["accessToken"]) is None
    assert await refusal(pair.there, new["accessToken"]) is None
    assert await refusal(pair.here, new["accessToken"]) == "UNAUTHENTICATED", "it does not know the new secret yet"


async def test_an_admin_is_made_or_promoted_from_the_command_line(pair: Pair) -> None:
    email = an_email()
    session = await pair.here.ask(REGISTER, {"input": {"email": email, "password": PASSWORD, "name": "Ann"}})

    weak = command("admin", email, given="short\n", **pair.environment)
    assert (weak.returncode, weak.stdout) == (1, "")
    assert "password has 8 to 256 characters" in weak.stderr.splitlines()
    nobody = command("admin", "no address", given=f"{PASSWORD}\n", **pair.environment)
    assert (nobody.returncode, nobody.stderr.splitlines()[-1]) == (1, "email is not a valid e-mail address")
    assert (await pair.log_in(email))["user"]["role"] == "USER"

    told = command("admin", email.upper(), given="N3w password\n", **pair.environment)

    assert (told.returncode, told.stdout) == (0, f"{email} is an admin.\n"), told.stderr
    promoted = await pair.log_in(email, "N3w password")
    assert promoted["user"] == {"id": session["user"]["id"], "role": "ADMIN"}
    assert (await pair.log_in(email))["code"] == "AUTH_INVALID_CREDENTIALS"
    assert (await pair.here.ask(REFRESH, {"token": session["refreshToken"]}))["problem"] == "REVOKED"


async def test_members_come_and_go_and_their_role_with_them(pair: Pair) -> None:
    admin, user = (await pair.admin())["accessToken"], await pair.session()
    user_id = user["user"]["id"]
    ids = [(await pair.here.ask(ORGANIZATION, {"name": name}, admin))["id"] for name in ("Opera", "Ballet")]

    for organization_id in (*ids, ids[0]):
        assert await pair.here.ask(ADD, {"input": {"organizationId": organization_id, "userId": user_id}}, admin) == {"id": organization_id}
    organizer = await pair.here.ask(REFRESH, {"token": user["refreshToken"]})

    assert organizer["user"]["role"] == "ORGANIZER"
    me = await pair.here.ask(ME, token=organizer["accessToken"])
    assert {found["id"]: found["name"] for found in me["organizations"]} == dict(zip(ids, ("Opera", "Ballet"), strict=True))
    members = {"members": [{"userId": user_id, "role": "ORGANIZER"}]}
    assert await pair.here.ask(MEMBERS, {"id": ids[0]}, organizer["accessToken"]) == members

    for organization_id, role in zip((*ids, ids[1]), ("ORGANIZER", "USER", "USER"), strict=True):
        gone = {"organizationId": organization_id, "userId": user_id}
        assert await pair.here.ask(REMOVE, {"input": gone}, admin) == {"id": organization_id}
        organizer = await pair.here.ask(REFRESH, {"token": organizer["refreshToken"]})
        assert organizer["user"]["role"] == role
    assert (await pair.here.ask(ME, token=organizer["accessToken"]))["organizations"] == []
    with pytest.raises(TransportQueryError) as refused:
        await pair.here.ask(MEMBERS, {"id": ids[0]}, organizer["accessToken"])
    assert code_of(refused.value) == "AUTH_UNAUTHORIZED"

    nowhere, nobody = str(OrganizationId(1)), str(UserId(1))
    for document in (ADD, REMOVE):
        assert await pair.here.ask(document, {"input": {"organizationId": nowhere, "userId": user_id}}, admin) == {
            "code": "ORGANIZATION_NOT_FOUND"
        }
        assert await pair.here.ask(document, {"input": {"organizationId": ids[0], "userId": nobody}}, admin) == {"code": "USER_NOT_FOUND"}


async def test_nobody_is_a_member_of_more_organizations_than_a_token_can_tell(pair: Pair) -> None:
    admin, user = (await pair.admin())["accessToken"], await pair.session()
    numbers = [new_number() for _ in range(ORGANIZATIONS_MOST + 1)]
    await pair.pool.execute(
        "INSERT INTO organization (organization_id, name, created_at) SELECT unnest($1::bigint[]), 'Many', now()", numbers
    )
    await pair.pool.execute(
        "INSERT INTO membership (organization_id, user_id) SELECT unnest($1::bigint[]), $2", numbers[2:], UserId.parse(user["user"]["id"])
    )
    inputs = [{"organizationId": str(OrganizationId(number)), "userId": user["user"]["id"]} for number in numbers]

    answers = await asyncio.gather(*(pair.here.ask(ADD, {"input": input}, admin) for input in inputs[:2]))

    full = {"code": "TOO_MANY_ORGANIZATIONS", "userId": user["user"]["id"], "most": ORGANIZATIONS_MOST}
    assert answers.count(full) == 1, "two at the same moment are counted one after the other"
    assert await pair.here.ask(ADD, {"input": inputs[2]}, admin) == {"id": inputs[2]["organizationId"]}, "a member stays one"


async def test_admins_give_the_role_and_take_it_but_not_from_themselves(pair: Pair) -> None:
    chief, user = await pair.admin(), await pair.session()
    admin, user_id = chief["accessToken"], user["user"]["id"]

    async def set_role(token: str, who: str, role: str) -> Any:
        return await pair.here.ask(SET_ROLE, {"id": who, "role": role}, token)

    assert await set_role(admin, user_id, "ORGANIZER") == {"code": "ROLE_FOLLOWS_MEMBERSHIP", "userId": user_id, "organizationCount": 0}
    assert await set_role(admin, user_id, "ADMIN") == {"id": user_id, "role": "ADMIN"}
    promoted = await pair.here.ask(REFRESH, {"token": user["refreshToken"]})
    assert promoted["user"]["role"] == "ADMIN"
    assert await set_role(promoted["accessToken"], user_id, "USER") == {"code": "OWN_ROLE_KEPT", "userId": user_id}
    assert await set_role(promoted["accessToken"], chief["user"]["id"], "USER") == {"id": chief["user"]["id"], "role": "USER"}
    with pytest.raises(TransportQueryError) as refused:
        await set_role(admin, user_id, "USER")
    assert code_of(refused.value) == "AUTH_UNAUTHORIZED", "the token still says ADMIN, the database does not"
    assert await set_role(promoted["accessToken"], str(UserId(1)), "USER") == {"code": "USER_NOT_FOUND"}


async def test_wrong_current_passwords_are_slowed(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> None:
    limited = {**pair.environment, "RATE_LIMITS": "1", "RATE_LIMIT_LOG_IN_ACCOUNT": "2"}
    session = await pair.session()
    wrong = {"input": {"currentPassword": "Wr0ng password", "newPassword": "An0ther password"}}

    with serving(tmp_path_factory.mktemp("limited") / "server.log", limited) as running:
        told = [await running.ask(CHANGE, wrong, session["accessToken"]) for _ in range(2)]
        async with httpx.AsyncClient() as client:
            body = {"query": CHANGE, "variables": wrong}
            refused = (await client.post(running.url, json=body, headers={"Authorization": f"Bearer {session['accessToken']}"})).json()

    assert told == [{"code": "AUTH_INVALID_CREDENTIALS"}] * 2
    assert refused["errors"][0]["extensions"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused["errors"][0]["extensions"]["retryAfter"] > 0
