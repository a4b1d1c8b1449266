"""Events whose boards are open are not read again and again, and nobody sees one as it was who must not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from db.catalogue_writes import PostgresCatalogueWriter
from db.layouts import Layouts
from domain.event_changes import EventChange
from domain.ids import EventId
from resolvers.events_at_hand import SECONDS, EventsAtHand
from tests.api.stage import ADMIN, PUBLISH, USER, LocalFeed, Stage, a_stage

MAP = "query ($id: ID!) { event(id: $id) { name status seatMap { version } } }"
EVENT = "query ($id: ID!) { event(id: $id) { name status } }"
RENAME = """mutation ($id: ID!, $name: String!) {
    updateEvent(input: {eventId: $id, name: $name}) { __typename ... on Event { name } } }"""
CANCEL = """mutation ($id: ID!) { cancelEvent(input: {eventId: $id, reason: "Rain"}) { __typename ... on Event { status } } }"""
DELETE = "mutation ($id: ID!) { deleteEvent(eventId: $id) { __typename } }"


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with a_stage(database_url) as stage:
        yield stage


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("resolvers.loaders.EVENTS_AT_HAND", EventsAtHand(clock=clock))
    return clock


async def looked_at(stage: Stage, event_id: str) -> None:
    """Its board is open, and it is at hand."""
    for _ in range(2):
        await stage.ask(MAP, ADMIN, id=event_id)
    assert await stage.statements(MAP, ADMIN, id=event_id) == 0


@pytest.mark.usefixtures("clock")
async def test_an_event_whose_board_is_closed_is_read_each_time(stage: Stage) -> None:
    event_id = await stage.event()

    assert await stage.statements(EVENT, id=event_id) == 1


async def test_an_event_at_hand_is_read_about_once_a_second(stage: Stage, clock: Clock) -> None:
    event_id = await stage.event()
    await looked_at(stage, event_id)

    clock.now += SECONDS
    stage.asked.clear()
    await stage.ask(EVENT, id=event_id)

    assert await stage.statements(EVENT, id=event_id) == 0
    await stage.pool.execute("UPDATE event SET name = 'Other' WHERE event_id = $1", EventId.parse(event_id))
    assert (await stage.ask(EVENT, id=event_id))["name"] != "Other"
    clock.now += SECONDS
    assert (await stage.ask(EVENT, id=event_id))["name"] == "Other"


@pytest.mark.usefixtures("clock")
async def test_what_is_changed_here_is_seen_at_once(stage: Stage) -> None:
    event_id = await stage.event()
    await looked_at(stage, event_id)

    await stage.ask(RENAME, ADMIN, id=event_id, name="Another name")
    assert (await stage.ask(MAP, id=event_id))["name"] == "Another name"
    await stage.ask(CANCEL, ADMIN, id=event_id)

    assert (await stage.ask(MAP, id=event_id))["status"] == "CANCELLED"


@pytest.mark.usefixtures("clock")
async def test_what_another_process_changed_is_seen_once_its_change_was_told(stage: Stage) -> None:
    event_id, feed = await stage.event(), LocalFeed()
    elsewhere = PostgresCatalogueWriter(stage.pool, Layouts(), feed, lambda: None)
    await looked_at(stage, event_id)

    await elsewhere.update_event(EventId.parse(event_id), EventChange(name="Another name"))
    for change_set in feed.told:
        stage.feed.publish(change_set)

    assert len(feed.told) == 1
    assert (await stage.ask(MAP, id=event_id))["name"] == "Another name"


@pytest.mark.usefixtures("clock")
async def test_seats_that_are_taken_change_nothing_about_the_event(stage: Stage) -> None:
    event_id = await stage.event()
    await looked_at(stage, event_id)

    await stage.take(event_id, 2)

    assert await stage.statements(MAP, id=event_id) == 0


@pytest.mark.usefixtures("clock")
async def test_a_draft_at_hand_is_seen_by_those_alone_who_may(stage: Stage) -> None:
    draft = await stage.draft()
    await looked_at(stage, draft)

    assert [await stage.ask(MAP, caller, id=draft) for caller in (None, USER)] == [None, None]
    await stage.ask(PUBLISH, ADMIN, id=draft)

    assert (await stage.ask(MAP, id=draft))["status"] == "PUBLISHED"


@pytest.mark.usefixtures("clock")
async def test_a_draft_that_was_forgotten_is_gone_at_once(stage: Stage) -> None:
    draft = await stage.draft()
    await looked_at(stage, draft)

    await stage.ask(DELETE, ADMIN, id=draft)

    assert await stage.ask(EVENT, ADMIN, id=draft) is None
