"""Viewers of a seat map: they keep what they are told, and notice a gap at once."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from gql.transport.exceptions import TransportError

from domain.ids import EventId
from domain.places import Counts, PlaceStatus
from tests.db.events import Truth
from tests.system.running import NO_TLS, Running, asking, beside

WATCH = """subscription ($eventId: ID!, $after: Int) { seatMap(eventId: $eventId, after: $after) {
    version previousVersion changes { seatId seatNo status } summary { total available held booked blocked } statuses } }"""


@dataclass
class Viewer:
    """Somebody who watches an event, and what they know of its seats: those that are not available, by number."""

    event_id: str
    version: int | None = None
    seats: dict[int, str] = field(default_factory=dict)
    summary: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list, repr=False)
    snapshots: int = 0

    def take(self, update: dict[str, Any]) -> None:
        """Fold an update into what is known; fails where it does not follow on that."""
        previous = update["previousVersion"]
        if previous is None:
            self.seats = {}
            self.snapshots += 1
        else:
            assert previous == self.version, f"{update['version']} follows on {previous}, not on {self.version}"
            assert update["version"] >= previous
        for change in update["changes"]:
            self.seats[change["seatNo"]] = change["status"]
        self.seats = {seat_no: status for seat_no, status in self.seats.items() if status != "AVAILABLE"}
        if update["statuses"] is not None:
            assert unpacked(update["statuses"]) == self.seats
        self.version, self.summary = update["version"], update["summary"]
        self.told.append(update)

    def knows(self, truth: Truth) -> bool:
        """Whether all that this viewer knows is what the database holds."""
        return self.seats == {seat_no: status.name for seat_no, status in truth.seats.items()} and self.summary == in_words(
            sum(truth.counts.values(), Counts())
        )

    async def watch(self, running: Running) -> None:
        """Watch over a WebSocket, from what is known on, until it ends."""
        async with running.watcher() as session:
            request = asking(WATCH, {"eventId": self.event_id, "after": self.version})
            async with aclosing(session.subscribe(request)) as updates:
                async for answer in updates:
                    self.take(answer["seatMap"])

    async def watch_events(self, running: Running) -> None:
        """The same over server-sent events."""
        async with aclosing(events(running, WATCH, {"eventId": self.event_id, "after": self.version})) as updates:
            async for answer in updates:
                self.take(answer["seatMap"])

    async def keep_watching(self, running: Running) -> None:
        """Watch over a WebSocket, and come back whenever it ends."""
        while True:
            with suppress(TransportError, OSError):
                await self.watch(running)
            await asyncio.sleep(0.1)


@asynccontextmanager
async def viewing(running: Running, event_id: EventId | str) -> AsyncIterator[Viewer]:
    """A viewer over one WebSocket as long as the `async with` lasts; fails where it ends before, or misses something."""
    viewer = Viewer(str(event_id))
    async with beside(viewer.watch(running)) as (watching,):
        yield viewer
        assert not watching.done() or watching.exception() is not None, "the subscription ended"


async def events(running: Running, document: str, variables: Mapping[str, Any], token: str | None = None) -> AsyncGenerator[Any, None]:
    """The `data` of each event of a stream, until the server completes it."""
    headers = {"Accept": "text/event-stream", **({"Authorization": f"Bearer {token}"} if token else {})}
    body = {"query": document, "variables": variables}
    async with (
        httpx.AsyncClient(timeout=30, verify=NO_TLS) as client,
        client.stream("POST", running.url, json=body, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        kind = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data" and kind == "next":
                answer = json.loads(value)
                assert "errors" not in answer, answer
                yield answer["data"]
            elif kind == "complete":
                return


def unpacked(statuses: str) -> dict[int, str]:
    """The seats that are not available, by number, from two bits a seat."""
    packed = b64decode(statuses)
    found = {seat_no: packed[seat_no // 4] >> seat_no % 4 * 2 & 3 for seat_no in range(4 * len(packed))}
    return {seat_no: PlaceStatus(status).name for seat_no, status in found.items() if status}


def in_words(counts: Counts) -> dict[str, int]:
    """Counts as clients see them."""
    return {
        "total": counts.total,
        "available": counts.available,
        "held": counts.held,
        "booked": counts.booked,
        "blocked": counts.blocked,
    }
