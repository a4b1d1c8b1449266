"""Rate limits over HTTP, on a Valkey of our own, which may die; one without a server, where only counting is tested."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import strawberry
from redis.asyncio import Redis
from starlette.applications import Starlette

from domain.accounts import Accounts, InvalidCredentials, LogInForm, PasswordChangeForm
from domain.callers import Caller, Role
from domain.ids import UserId
from engine.documents import Documents
from engine.engine import Engine
from engine.limits import OperationLimits
from engine.operations import Operation
from runtime.backing import Addresses
from runtime.settings import read_settings
from runtime.valkey import EmbeddedValkey
from tests.web.toy import Context, Query, eventually, serving
from web import tally as tally_module
from web.app import create_app
from web.faults import GraphQLFault
from web.rate_limits import MINUTE_S, RateLimits, Rates, account_of, booking_count, network_of
from web.tally import Counts, Demand, Tally
from wiring.app import make_app

QUERY = "{ hello }"
BOOK = "mutation { createBooking }"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def create_booking(self) -> int:
        return 1

    @strawberry.mutation
    def confirm_booking(self) -> int:
        return 1

    @strawberry.mutation
    def extend_booking(self) -> int:
        return 1

    @strawberry.mutation
    def cancel_booking(self) -> int:
        return 1

    @strawberry.mutation
    def transfer_ticket(self) -> int:
        return 1

    @strawberry.mutation
    def other(self, a: str = "") -> int:
        return 1


SCHEMA = strawberry.Schema(Query, Mutation)
DOCUMENTS = Documents(SCHEMA._schema, OperationLimits())


def authenticate(token: str | None) -> Caller | None:
    """A token is a role's name and a user's number."""
    if token is None:
        return None
    role, _, number = token.partition(".")
    return Caller(UserId(int(number)), Role[role])


@contextmanager
def limited(limits: RateLimits) -> Iterator[str]:
    """A server with limits, once Redis counts for it."""

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with limits.counting():
            await eventually(lambda: limits.tally.is_shared)
            yield

    app: Starlette = create_app(
        Engine(SCHEMA), Context, authenticate=authenticate, admit=limits.admit, charge=limits.charge, lifespan=lifespan
    )
    with serving(app) as address:
        yield address


async def asked(address: str, document: str = QUERY, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient() as client:
        return await client.post(f"http://{address}/graphql", json={"query": document}, headers=headers)


async def admitted(address: str, times: int, document: str = QUERY, token: str | None = None) -> int:
    """How many of so many are."""
    return [(await asked(address, document, token)).status_code for _ in range(times)].count(200)


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def a_slow_machine_is_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "PATIENCE_S", 2.0)


async def test_each_kind_of_caller_has_a_limit(own_valkey: EmbeddedValkey) -> None:
    rates = Rates(anonymous=2, authenticated=5, booking=3, admin=7)

    with limited(RateLimits(own_valkey.url, rates)) as address:
        assert await admitted(address, 4) == 2
        assert await admitted(address, 7, token="USER.1") == 5
        assert await admitted(address, 7, token="ORGANIZER.2") == 5, "another user has a limit of their own"
        assert await admitted(address, 4, BOOK, token="USER.3") == 3
        assert await admitted(address, 5, token="USER.3") == 1, "a booking that was refused was a request all the same"
        assert await admitted(address, 9, BOOK, token="ADMIN.4") == 7


async def test_a_refusal_says_when_to_come_again(own_valkey: EmbeddedValkey) -> None:
    with limited(RateLimits(own_valkey.url, Rates(anonymous=1))) as address:
        await asked(address)
        refused = await asked(address)

    (error,) = refused.json()["errors"]
    wait_s = error["extensions"]["retryAfter"]
    assert refused.status_code == 429
    assert error["extensions"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert "data" not in refused.json()
    assert 1 <= wait_s <= 2 * MINUTE_S
    assert refused.headers["retry-after"] == str(wait_s)


async def test_a_document_with_several_bookings_counts_each(own_valkey: EmbeddedValkey) -> None:
    both = "mutation { a: createBooking b: confirmBooking other }"

    with limited(RateLimits(own_valkey.url, Rates(booking=3))) as address:
        assert await admitted(address, 2, both, token="USER.1") == 1
        assert await admitted(address, 2, BOOK, token="USER.1") == 1
        assert await admitted(address, 3, "mutation { other }", token="USER.1") == 3
        many = await asked(address, "mutation { a: createBooking b: createBooking c: createBooking d: createBooking }", "USER.2")

    assert many.json()["errors"][0]["message"] == "A request may do this 3 times at most."
    assert "retry-after" not in many.headers


async def test_processes_count_together(own_valkey: EmbeddedValkey) -> None:
    rates = Rates(authenticated=6)

    with limited(RateLimits(own_valkey.url, rates)) as one, limited(RateLimits(own_valkey.url, rates)) as another:
        assert await admitted(one, 4, token="USER.1") + await admitted(another, 4, token="USER.1") == 6


async def test_a_crowd_at_once_gets_no_more_than_the_limit(own_valkey: EmbeddedValkey) -> None:
    tally = Tally(own_valkey.url)
    async with tally.counting():
        await eventually(lambda: tally.is_shared)

        waits = await asyncio.gather(*(tally.take(Demand("crowd", 100, MINUTE_S)) for _ in range(1000)))

    assert waits.count(0) == 100


async def test_without_redis_each_process_counts_alone_until_it_is_back(
    own_valkey: EmbeddedValkey, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    limits = RateLimits(own_valkey.url, Rates(authenticated=5))
    caplog.set_level(logging.INFO, "web.tally")

    with limited(limits) as address:
        assert await admitted(address, 7, token="USER.1") == 5
        own_valkey.stop()
        assert await admitted(address, 7, token="USER.1") == 5, "a count of its own, and no more than the limit"
        begun = time.monotonic()
        assert await admitted(address, 20, token="USER.1") == 0
        assert time.monotonic() - begun < 5
        await asyncio.sleep(1.2)  # several tries to reach it
        told = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        assert len(told) == 1, "once per outage"
        back = EmbeddedValkey(tmp_path)
        assert back.url == own_valkey.url
        back.start()
        try:
            await eventually(lambda: limits.tally.is_shared)
            assert await admitted(address, 7, token="USER.1") == 5
            assert caplog.records[-1].message == "Redis counts for the rate limits again"
        finally:
            back.stop()


async def test_a_redis_that_hangs_costs_a_moment_once(own_valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    limits = RateLimits(own_valkey.url, Rates(authenticated=5))
    with limited(limits) as address:
        assert await admitted(address, 1) == 1, "it has started"
        assert own_valkey.pid is not None
        os.kill(own_valkey.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            assert await admitted(address, 7, token="USER.1") == 5
            assert time.monotonic() - begun < 2
            assert not limits.tally.is_shared
        finally:
            os.kill(own_valkey.pid, signal.SIGCONT)
        await eventually(lambda: limits.tally.is_shared, 5)
        assert await admitted(address, 7, token="USER.2") == 5


async def test_a_redis_that_cannot_count_is_complained_of_once(
    own_valkey: EmbeddedValkey, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally_module, "TRY_AGAIN_S", 0.01)
    tally = Tally(own_valkey.url)
    async with Redis.from_url(own_valkey.url) as redis:
        await redis.set("rate:odd", "no hash")
    async with tally.counting():
        for _ in range(3):
            await eventually(lambda: tally.is_shared)
            await tally.take(Demand("odd", 2, MINUTE_S))

        assert await tally.take(Demand("even", 2, MINUTE_S)) == 0

    assert await tally.take(Demand("odd", 2, MINUTE_S)) > 0, "it was counted here"
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


async def test_nothing_is_limited_where_it_is_not_wanted() -> None:
    limits = RateLimits("redis://127.0.0.1:9", Rates())
    accounts = cast(Accounts, NoAccounts())

    for _ in range(300):
        await limits.admit(cast(Any, Facts()), Operation(QUERY))

    assert limits.for_client(accounts, None) is accounts


async def test_a_window_slides(redis_url: str) -> None:
    tally = Tally(redis_url)
    demand = Demand(f"slides {time.time_ns()}", 4, 1)
    async with tally.counting():
        await eventually(lambda: tally.is_shared)

        begun = time.monotonic()
        waits = [await tally.take(demand) for _ in range(5)]
        while waits[-1] and time.monotonic() - begun < 5:
            await asyncio.sleep(waits[-1] + 0.01)
            waits.append(await tally.take(demand))

    assert waits[:4] == [0, 0, 0, 0]
    assert 0 < waits[4] <= 2
    assert waits[5:] == [0], "the wait it told was enough"


async def test_what_is_given_back_can_be_had(redis_url: str) -> None:
    tally = Tally(redis_url)
    key = f"given back {time.time_ns()}"
    async with tally.counting():
        await eventually(lambda: tally.is_shared)

        waits = [await tally.take(Demand(key, 1, 3600, cost)) for cost in (1, 1, -1, 1, 1)]

    assert [wait > 0 for wait in waits] == [False, True, False, False, True]


def test_a_window_slides_in_memory_as_well() -> None:
    now = [120.0]
    counts = Counts(lambda: now[0])
    demand = Demand("one", 4, 60)

    waits = [counts.take((demand,)) for _ in range(5)]
    assert waits == [0, 0, 0, 0, 75]

    now[0] += 74
    assert counts.take((demand,)) == pytest.approx(1)
    now[0] += 1
    assert counts.take((demand,)) == 0
    assert counts.take((demand, Demand("other", 1, 60))) > 0
    assert counts.take((Demand("other", 1, 60),)) == 0, "it was not counted when the first was refused"
    now[0] += 1000
    assert [counts.take((demand,)) for _ in range(5)] == [0, 0, 0, 0, pytest.approx(20)]


def test_what_is_remembered_in_memory_is_bounded() -> None:
    counts = Counts(most=10)

    for number in range(100):
        counts.take((Demand(f"{number}", 1, 60),))

    assert counts.take((Demand("99", 1, 60),)) > 0
    assert counts.take((Demand("1", 1, 60),)) == 0


@pytest.mark.parametrize(
    ("document", "count"),
    [
        ("{ hello }", 0),
        ('mutation { other(a: "createBooking") }', 0),
        ("mutation { createBooking other }", 1),
        ("mutation { createBooking createBooking }", 1),
        ("mutation { a: createBooking b: cancelBooking c: extendBooking d: confirmBooking e: transferTicket f: other }", 5),
        ("mutation { ...F ... on Mutation { a: createBooking } ... { extendBooking } } fragment F on Mutation { cancelBooking }", 3),
        ("mutation A { createBooking } mutation B { a: createBooking b: createBooking }", 2),
        ("mutation { a: createBooking @skip(if: true) createBooking }", 2),
    ],
)
def test_bookings_are_the_root_fields_of_a_mutation(document: str, count: int) -> None:
    operation = Operation(document, name="B" if "mutation B" in document else None)

    assert booking_count(DOCUMENTS.prepare(operation)) == count


def test_addresses_of_one_subscriber_are_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of(None) == "-"


class NoAccounts:
    """Accounts in which only one can log in, with one password, and everybody has that one."""

    register = refresh_session = log_out = update_profile = user = user_by_email = None
    users_many = members_many = memberships_many = set_role = None

    async def log_in(self, form: LogInForm) -> object:
        await asyncio.sleep(0)
        if form.password == "outage":
            raise ConnectionError
        return "session" if (form.email, form.password) == ("ann@box.test", "right") else InvalidCredentials()

    async def change_password(self, user_id: UserId, form: PasswordChangeForm) -> object:
        return await self.log_in(LogInForm(form.current_password, "ann@box.test"))


class Facts:
    caller = None
    client = "192.0.2.1"


async def log_ins(accounts: Accounts, email: str, times: int, password: str = "wrong") -> list[object]:
    """What each is answered: the outcome, or the fault's code, message and wait."""

    async def one() -> object:
        try:
            return await accounts.log_in(LogInForm(password, email))
        except GraphQLFault as fault:
            return fault.code

    return list(await asyncio.gather(*(one() for _ in range(times))))


async def test_log_ins_that_fail_are_slowed_by_account(own_valkey: EmbeddedValkey) -> None:
    limits = RateLimits(own_valkey.url, Rates(log_in_account=3))
    accounts = [limits.for_client(cast(Accounts, NoAccounts()), f"192.0.2.{n}") for n in range(3)]
    async with limits.counting():
        await eventually(lambda: limits.tally.is_shared)

        for email in ("ann@box.test", "nobody@box.test"):
            told = await log_ins(accounts[0], email, 5)
            assert (told.count(InvalidCredentials()), told.count("RATE_LIMIT_EXCEEDED")) == (3, 2), email
        assert await log_ins(accounts[1], "Ann@BOX.test", 1, "right") == ["RATE_LIMIT_EXCEEDED"], "from elsewhere and in other letters"
        assert await log_ins(accounts[1], "ben@box.test", 1) == [InvalidCredentials()]


async def test_log_ins_that_fail_are_slowed_by_address(own_valkey: EmbeddedValkey) -> None:
    limits = RateLimits(own_valkey.url, Rates(log_in_account=100, log_in_address=3))
    here, there = (limits.for_client(cast(Accounts, NoAccounts()), f"192.0.2.{n}") for n in range(2))
    async with limits.counting():
        await eventually(lambda: limits.tally.is_shared)

        told = [(await log_ins(here, f"user{n}@box.test", 1))[0] for n in range(4)]

        assert told == [InvalidCredentials()] * 3 + ["RATE_LIMIT_EXCEEDED"]
        assert await log_ins(there, "ann@box.test", 1, "right") == ["session"]


async def test_log_ins_that_succeed_or_never_were_looked_at_do_not_count() -> None:
    limits = RateLimits("redis://127.0.0.1:9", Rates(log_in_account=2, log_in_address=2))
    accounts = limits.for_client(cast(Accounts, NoAccounts()), None)

    for _ in range(5):
        assert await log_ins(accounts, "ann@box.test", 1, "right") == ["session"]
        with pytest.raises(ConnectionError):
            await log_ins(accounts, "ann@box.test", 1, "outage")


async def test_wrong_current_passwords_are_slowed_as_log_ins_are_but_counted_apart() -> None:
    limits = RateLimits("redis://127.0.0.1:9", Rates(log_in_account=3, log_in_address=5))
    accounts = limits.for_client(cast(Accounts, NoAccounts()), "192.0.2.1")

    async def change(user: int, password: str) -> object:
        try:
            return await accounts.change_password(UserId(user), PasswordChangeForm(password, "N3w password"))
        except GraphQLFault as fault:
            return fault.code

    assert [await change(1, "right") for _ in range(5)] == ["session"] * 5
    told = await asyncio.gather(*(change(1, "wrong") for _ in range(5)))
    assert (told.count(InvalidCredentials()), told.count("RATE_LIMIT_EXCEEDED")) == (3, 2)
    assert await change(1, "right") == "RATE_LIMIT_EXCEEDED", "or one could go on guessing"
    assert await log_ins(accounts, "ann@box.test", 1, "right") == ["session"]
    assert await change(2, "wrong") == InvalidCredentials(), "another user"
    assert await log_ins(accounts, "ben@box.test", 1) == [InvalidCredentials()]
    assert await change(3, "wrong") == "RATE_LIMIT_EXCEEDED", "this address has guessed enough"


def test_an_account_is_known_by_what_was_typed() -> None:
    ann = account_of(LogInForm("", "ann@box.test"))

    assert ann == account_of(LogInForm("", " ANN@Box.TEST "))
    assert ann != account_of(LogInForm("", "ben@box.test"))
    assert account_of(LogInForm("", username="Ann")) == account_of(LogInForm("", username="ann"))
    assert account_of(LogInForm("", "no address")) != account_of(LogInForm("", "none either"))
    assert "ann" not in ann


async def test_the_server_has_its_limits_and_tells_of_them(own_valkey: EmbeddedValkey, database_url: str, tmp_path: Path) -> None:
    settings = read_settings(state_dir=tmp_path, rate_limit_anonymous=5, rate_limit_log_in_account=1)
    log_in = """mutation { logIn(input: {email: "nobody@box.test", password: "wrong"}) { __typename } }"""

    with serving(make_app(settings, Addresses(database_url, database_url, own_valkey.url))) as address:
        assert (await asked(address, "{ events { totalCount } }")).status_code == 200  # it has started
        told = [(await asked(address, log_in)).json() for _ in range(2)]
        refused = (await admitted(address, 10), (await asked(address)).status_code)
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(f"http://{address}/metrics")).text

    assert told[0] == {"data": {"logIn": {"__typename": "InvalidCredentials"}}}
    assert told[1]["errors"][0]["extensions"]["code"] == "RATE_LIMIT_EXCEEDED"
    assert refused[1] == 429
    assert 'boxoffice_operations_total{code="RATE_LIMIT_EXCEEDED",kind="refused"' in metrics
    assert "boxoffice_commands_total{" in metrics
    assert "boxoffice_pool_connections{" in metrics
