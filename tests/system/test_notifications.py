"""Notifications of a running server: e-mail through a real mail server, the list and the live ones through `gql`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from db.pool import Pool, open_pool
from domain.changes import ChangeSet
from domain.notifications import NotificationKind
from live.feed import ChangeFeed
from tests.conftest import a_database
from tests.db.events import eventually
from tests.notices.builders import an_event, notify, state_of
from tests.notices.post import MailHouse, a_mail_house
from tests.system.people import people
from tests.system.running import Running, serving, settings

LIST = """{ me { unreadNotifications notifications { totalCount edges { node { id type subject body sentAt event { name } } } } } }"""
READ = "mutation ($ids: [ID!]!) { markNotificationsRead(ids: $ids) { ... on NotificationsRead { unreadNotifications } } }"
RECEIVED = "subscription { notificationReceived { id type subject } }"


@pytest.fixture(scope="module")
async def mail_house() -> AsyncIterator[MailHouse]:
    async with a_mail_house() as house:
        yield house


@pytest.fixture(scope="module")
async def server(
    database_server: str, migrated_template: str, redis_url: str, mail_house: MailHouse, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Running, Pool]]:
    """A server that delivers to the mail server, and its database."""
    log = tmp_path_factory.mktemp("notifications") / "server.log"
    async with a_database(database_server, migrated_template) as url:
        with serving(log, settings(url, redis_url, SMTP_URL=mail_house.url)) as running:
            pool = await open_pool(url, 4)
            yield running, pool
            await pool.close()


async def test_what_is_written_is_listed_mailed_and_told_live_to_its_user_alone(
    server: tuple[Running, Pool], mail_house: MailHouse, redis_url: str
) -> None:
    running, pool = server
    (ann, ben), event_id = await people(pool, 2), await an_event(pool, "Winter's Tale")
    feed = ChangeFeed(redis_url)
    await feed.start()

    async with running.watching(RECEIVED, {}, ann.token) as told, running.watching(RECEIVED, {}, ben.token) as others:
        await asyncio.sleep(1)  # no answer says that a subscription stands
        written = await notify(pool, event_id, ann.user_id, NotificationKind.EVENT_CANCELLED, reason="Storm")
        feed.publish(ChangeSet(event_id, 1, notified=(ann.user_id,)))
        await eventually(lambda: told, 2)
        unwoken = await notify(pool, event_id, ann.user_id)  # its wake-up was lost
        await eventually(lambda: len(told) == 2, 8)
    await feed.close()
    await eventually(lambda: len(mail_house.letters) == 2)

    listed = (await running.ask(LIST, token=ann.token))["notifications"]
    assert told[0] == {"id": str(written), "type": "EVENT_CANCELLED", "subject": "Winter's Tale is cancelled"}
    assert told[1]["id"] == str(unwoken)
    assert others == []
    assert [edge["node"]["id"] for edge in listed["edges"]] == [str(unwoken), str(written)]
    assert listed["edges"][1]["node"]["subject"] == "Winter's Tale is cancelled"
    assert (await running.ask(READ, {"ids": [str(written)]}, ann.token))["unreadNotifications"] == 1
    assert (await running.ask(LIST, token=ben.token))["notifications"]["totalCount"] == 0
    assert {letter["Subject"] for letter in mail_house.letters} == {edge["node"]["subject"] for edge in listed["edges"]}
    assert {letter["To"].addresses[0].addr_spec for letter in mail_house.letters} == {f"p{int(ann.user_id)}@boxoffice.test"}
    assert [int((await state_of(pool, one))[0]) for one in (written, unwoken)] == [1, 1]


async def test_who_watches_needs_a_token(server: tuple[Running, Pool]) -> None:
    assert await server[0].refusal_to_watch(RECEIVED, {}) == "UNAUTHENTICATED"


async def test_metrics_and_readiness_tell_of_the_mail(server: tuple[Running, Pool], tmp_path: Path, redis_url: str) -> None:
    running, pool = server
    user, event_id = (await people(pool, 1))[0], await an_event(pool)
    await pool.execute("UPDATE account SET email = 'nobody' WHERE user_id = $1", user.user_id)
    dead = await notify(pool, event_id, user.user_id)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as http:

        async def is_dead() -> bool:
            return (await state_of(pool, dead))[0].name == "DEAD"

        await eventually(is_dead)
        ready, metrics = await http.get("/ready"), (await http.get("/metrics")).text

    assert ready.status_code == 200
    assert ready.json()["checks"] == {name: {"status": "ok"} for name in ("database", "redis", "smtp")}
    assert 'boxoffice_notifications_total{outcome="dead",' in metrics
    assert any('outcome="dead"' in line and line.endswith(" 1.0") for line in metrics.splitlines())


async def test_a_server_books_on_without_its_mail_server(database_url: str, redis_url: str, tmp_path: Path) -> None:
    environment = settings(database_url, redis_url, SMTP_URL="smtp://127.0.0.1:1")
    with serving(tmp_path / "server.log", environment) as running:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as http:
            ready = await http.get("/ready")

    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert ready.json()["checks"]["smtp"] == {"status": "unavailable"}
