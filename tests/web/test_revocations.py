"""Sessions that were ended: how long they are remembered, how a process hears of them, and what ends with them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from domain.ports import Outage
from tests.web.toy import eventually, serving, toy_app
from web import revocations
from web.faults import GraphQLFault
from web.revocations import OVERLAP, RevokedSessions

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
WHO = gql("{ who }")
PUBLIC = gql("{ poll }")
PRIVATE = gql("subscription { private }")


@dataclass
class Kept:
    """What a database keeps of ended sessions, and a clock."""

    ended: dict[int, datetime] = field(default_factory=dict)
    now: datetime = NOON
    is_out: bool = False
    asked: list[datetime] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    async def ended_since(self, instant: datetime) -> Sequence[int]:
        if self.is_out:
            raise Outage("the database")
        self.asked.append(instant)
        return [session_id for session_id, ended_at in self.ended.items() if ended_at >= instant]


async def test_a_process_that_starts_learns_all_that_still_matters() -> None:
    kept = Kept({1: NOON - HALF_AN_HOUR, 2: NOON - timedelta(hours=1)})
    revoked = RevokedSessions(HALF_AN_HOUR, kept.clock)

    await revoked.look(kept)

    assert 1 in revoked
    assert 2 not in revoked


async def test_a_look_reaches_back_before_the_last_that_succeeded() -> None:
    kept = Kept()
    revoked = RevokedSessions(HALF_AN_HOUR, kept.clock)
    await revoked.look(kept)

    kept.now, kept.is_out = NOON + timedelta(minutes=5), True
    with pytest.raises(Outage):
        await revoked.look(kept)
    kept.ended[1], kept.is_out = NOON - timedelta(seconds=30), False
    kept.now = NOON + timedelta(minutes=10)
    await revoked.look(kept)

    assert kept.asked == [NOON - HALF_AN_HOUR - OVERLAP, NOON - OVERLAP]
    assert 1 in revoked, "it was committed after the first look by a process whose clock is slow"


async def test_what_was_ended_is_forgotten_once_no_token_can_be_good() -> None:
    kept = Kept()
    revoked = RevokedSessions(HALF_AN_HOUR, kept.clock)
    revoked.revoke([1])

    kept.now += HALF_AN_HOUR
    await revoked.look(kept)
    assert 1 in revoked

    kept.now += OVERLAP
    await revoked.look(kept)
    assert 1 not in revoked


async def test_who_follows_waits_an_outage_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "EVERY_SECONDS", 0.001)
    kept = Kept(is_out=True)
    revoked = RevokedSessions(HALF_AN_HOUR, kept.clock)
    following = asyncio.create_task(revoked.follow(kept))
    try:
        await asyncio.sleep(0.02)
        kept.ended[1], kept.is_out = NOON, False

        await eventually(lambda: 1 in revoked)
    finally:
        following.cancel()


def test_who_watches_hears_once_and_only_while_watching() -> None:
    revoked = RevokedSessions(HALF_AN_HOUR)
    heard: list[str] = []

    with revoked.watching(1, lambda: heard.append("early")):
        pass
    with revoked.watching(1, lambda: heard.append("one")), revoked.watching(1, lambda: heard.append("other")):
        revoked.revoke([2])
        assert heard == []
        revoked.revoke([1])
        revoked.revoke([1])
    with revoked.watching(1, lambda: heard.append("late")):
        pass

    assert sorted(heard) == ["late", "one", "other"]
    assert revoked._watchers == {}


@dataclass(frozen=True)
class Caller:
    """As access tokens have them."""

    name: str
    session_id: int
    expires_at: datetime


class Accepting:
    """Accepts a session's number as its token, until it is ended."""

    def __init__(self) -> None:
        self.revoked = RevokedSessions(HALF_AN_HOUR)
        self.loop: asyncio.AbstractEventLoop | None = None

    def authenticate(self, token: str | None) -> Caller | None:
        self.loop = asyncio.get_running_loop()
        if token is None:
            return None
        if int(token) in self.revoked:
            raise GraphQLFault("UNAUTHENTICATED", "Log in again.")
        return Caller("ann", int(token), datetime.now(UTC) + HALF_AN_HOUR)

    def end(self, session_id: int) -> None:
        """End a session, in the server's own thread."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.revoked.revoke, [session_id])


def code_of(refused: TransportQueryError) -> object:
    return (refused.errors or [])[0]["extensions"]["code"]


async def test_a_subscription_ends_with_its_session_and_its_socket_does_nothing_more() -> None:
    accepting = Accepting()
    told: list[object] = []
    with serving(toy_app(authenticate=accepting.authenticate, revoked=accepting.revoked)) as address:
        transport = WebsocketsTransport(f"ws://{address}/graphql", init_payload={"authorization": "Bearer 1"})
        other = WebsocketsTransport(f"ws://{address}/graphql", init_payload={"authorization": "Bearer 2"})
        async with Client(transport=transport) as session, Client(transport=other) as bystander:
            assert await session.execute(WHO) == {"who": "ann"}
            watching = session.subscribe(PRIVATE)
            told.append(await anext(watching))
            accepting.end(1)
            with pytest.raises(TransportQueryError) as ended:
                await anext(watching)
            with pytest.raises(TransportQueryError) as refused:
                await session.execute(WHO)
            assert await bystander.execute(WHO) == {"who": "ann"}

    assert told == [{"private": "ann"}]
    assert [code_of(error.value) for error in (ended, refused)] == ["UNAUTHENTICATED"] * 2


async def test_what_everybody_may_see_goes_on_without_its_caller() -> None:
    accepting = Accepting()
    with serving(toy_app(authenticate=accepting.authenticate, revoked=accepting.revoked)) as address:
        transport = WebsocketsTransport(f"ws://{address}/graphql", init_payload={"authorization": "Bearer 1"})
        async with Client(transport=transport) as session:
            before = await session.execute(PUBLIC)
            accepting.end(1)
            await eventually(lambda: 1 in accepting.revoked)
            after = await session.execute(PUBLIC)

    assert [answer["poll"].split()[1] for answer in (before, after)] == ["ann", "nobody"]


async def test_an_event_stream_ends_with_its_session() -> None:
    accepting = Accepting()
    headers = {"accept": "text/event-stream", "authorization": "Bearer 1"}
    with serving(toy_app(authenticate=accepting.authenticate, revoked=accepting.revoked)) as address:
        async with (
            httpx.AsyncClient(timeout=5) as client,
            client.stream("POST", f"http://{address}/graphql", json={"query": "subscription { private }"}, headers=headers) as response,
        ):
            lines = []
            async for line in response.aiter_lines():
                lines.append(line)
                if "ann" in line:
                    accepting.end(1)

    assert any('"code":"UNAUTHENTICATED"' in line for line in lines)
    assert "event: complete" in lines
