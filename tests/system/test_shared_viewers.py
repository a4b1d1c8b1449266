"""Two hundred viewers of one event, of whom one stops reading: the others do not notice, nothing is kept for it, and it catches up."""

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

import orjson
import psutil
import pytest

from bench.wire import SocketClient
from db.box_office import BoxOffice
from db.layouts import Layouts
from db.plans import SeatingPlans
from db.pool import open_pool
from live.feed import ChangeFeed
from tests.db.events import a_user, an_event, book, read_truth
from tests.system.conftest import House
from tests.system.running import eventually
from tests.system.viewers import WATCH, Viewer

SEATS = 3000
VIEWERS = 200
CHANGES = 300
IN_TIME_SECONDS = 5.0
"""After the last of the changes; a tenth of it is usual, the rest is for a slow machine."""
MOST_MIB = 64.0
"""What the server may grow by meanwhile. One queue of all that was not read would be as much for each few of such viewers."""
LEAST_BYTES = 2048


def folding(viewer: Viewer) -> Callable[[bytes], None]:
    """Hands a viewer each message that comes."""

    def hear(message: bytes) -> None:
        viewer.take(orjson.loads(message)["payload"]["data"]["seatMap"])

    return hear


async def connected(house: House, viewer: Viewer, *, narrow: bool = False) -> asyncio.Transport:
    """A viewer on a socket of its own; one that is narrow takes little at a time, and so notices early that nobody reads."""
    made = socket.socket()
    if narrow:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LEAST_BYTES)
    made.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(made, ("127.0.0.1", house.running.port))
    variables: dict[str, object] = {"eventId": viewer.event_id}
    _, client = await loop.create_connection(lambda: SocketClient(house.running.port, WATCH, variables, folding(viewer)), sock=made)
    return client.transport


@pytest.mark.timeout(120)
async def test_one_of_two_hundred_viewers_who_stops_reading_harms_nobody_and_catches_up(house: House) -> None:
    event_id = await an_event(house.pool, SEATS)
    viewers = [Viewer(str(event_id)) for _ in range(VIEWERS)]
    stalled, *others = viewers
    pool = await open_pool(house.database_url, 4, for_writing=True)
    feed = ChangeFeed(house.redis_url)
    await feed.start()
    office = BoxOffice(pool, SeatingPlans(Layouts().load), feed)
    transports = [await connected(house, viewer, narrow=viewer is stalled) for viewer in viewers]
    try:
        await eventually(lambda: all(viewer.told for viewer in viewers), seconds=30)
        before = memory_mib(house)
        transports[0].pause_reading()

        for number in range(CHANGES):
            await office.submit(book(event_id, a_user(), *range(10 * number, 10 * number + 10)))
        truth = await read_truth(house.pool, event_id)
        began = time.monotonic()
        await eventually(lambda: all(viewer.knows(truth) for viewer in others), seconds=IN_TIME_SECONDS)
        took_s = time.monotonic() - began
        grown = memory_mib(house) - before
        was_behind = not stalled.knows(truth)
        transports[0].resume_reading()
        await eventually(lambda: stalled.knows(truth), seconds=10)
    finally:
        for transport in transports:
            transport.abort()
        await office.close()
        await feed.close()
        await pool.close()

    truth.must_be_sound()
    assert was_behind
    assert len(stalled.told) <= len(others[0].told)
    assert took_s < IN_TIME_SECONDS
    assert grown < MOST_MIB


def memory_mib(house: House) -> float:
    """What the server's process takes."""
    found: Any = psutil.Process(house.running.pid).memory_info()
    return float(found.rss) / 2**20
