"""Subscriptions over real sockets that ask the same: what is everybody's is told to all alike, and what is somebody's to nobody else."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from tests.db.events import an_event, standing
from tests.system.conftest import House
from tests.system.people import buying, people
from tests.web.test_ws import INIT, Socket, a_socket, code_of, subscribe

AVAILABILITY = """subscription ($ids: [ID!]!) { availability(eventIds: $ids) { eventId version summary { available held booked } } }"""
BOOKING_UPDATED = """subscription ($id: ID!) { bookingUpdated(id: $id) { id status } }"""
VIEWERS = 20


def init(token: str | None) -> dict[str, Any]:
    """How somebody greets the server."""
    return {**INIT, "payload": {"authorization": token} if token else {}}


async def told(socket: Socket) -> Any:
    """What the one field of a response says."""
    message = await socket.hear()
    assert message["type"] == "next", message
    return next(iter(message["payload"]["data"].values()))


async def test_everybody_who_watches_the_same_counts_is_told_the_same_in_the_same_order(house: House) -> None:
    hall, floor = await an_event(house.pool, 10), await an_event(house.pool, tiers=[standing(100)])
    ann, ben = await people(house.pool, 2)
    address = f"127.0.0.1:{house.running.port}"

    async with AsyncExitStack() as stack:
        viewers = []
        for number in range(VIEWERS):
            viewer = await stack.enter_async_context(a_socket(address, init=init((None, ann.token, ben.token)[number % 3])))
            await viewer.say(subscribe(AVAILABILITY, f"counts {number}", variables={"ids": [str(hall), str(floor)]}))
            viewers.append(viewer)
        begun = [[await told(viewer), await told(viewer)] for viewer in viewers]
        buyer = await stack.enter_async_context(buying(house.running, ann.token))
        await buyer.book(hall, 0, 1)
        held = [await told(viewer) for viewer in viewers]
        await viewers[0].say({"id": "counts 0", "type": "complete"}, {"type": "ping"})
        left = await viewers[0].hear()
        await buyer.book(hall, 2)
        more = [await told(viewer) for viewer in viewers[1:]]
        await viewers[0].say({"type": "ping"})
        after = await viewers[0].hear()

    assert [counts["eventId"] for counts in begun[0]] == [str(hall), str(floor)]
    assert [counts["summary"]["available"] for counts in begun[0]] == [10, 100]
    assert begun == [begun[0]] * VIEWERS
    assert (held[0]["eventId"], held[0]["summary"]) == (str(hall), {"available": 8, "held": 2, "booked": 0})
    assert held == [held[0]] * VIEWERS
    assert (more[0]["version"], more[0]["summary"]) == (held[0]["version"] + 1, {"available": 7, "held": 3, "booked": 0})
    assert more == [more[0]] * (VIEWERS - 1)
    assert (left, after) == ({"type": "pong"}, {"type": "pong"}), "who has completed is told no more"


async def test_nobody_is_told_of_anothers_booking_for_asking_as_its_owner_does(house: House) -> None:
    """The same document and the same variables, while the owner watches: with another's token, and without one."""
    event_id = await an_event(house.pool, 10)
    ann, ben = await people(house.pool, 2)
    address = f"127.0.0.1:{house.running.port}"

    async with (
        buying(house.running, ann.token) as buyer,
        a_socket(address, init=init(ann.token)) as owner,
        a_socket(address, init=init(ben.token)) as other,
        a_socket(address, init=init(None)) as stranger,
    ):
        booked = await buyer.book(event_id, 0)
        asked = subscribe(BOOKING_UPDATED, "b", variables={"id": booked["id"]})
        await owner.say(asked)
        first = await told(owner)
        await asyncio.gather(other.say(asked), stranger.say(asked))
        refusals = [code_of(await other.hear()), code_of(await stranger.hear())]
        await buyer.pay(booked["id"])
        while (last := await told(owner))["status"] != "CONFIRMED":
            pass
        await asyncio.gather(other.say({"type": "ping"}), stranger.say({"type": "ping"}))
        nothing = [await other.hear(), await stranger.hear()]

    assert first == {"id": booked["id"], "status": "PENDING"}
    assert last == {"id": booked["id"], "status": "CONFIRMED"}
    assert refusals == ["BOOKING_NOT_FOUND", "UNAUTHENTICATED"]
    assert nothing == [{"type": "pong"}] * 2
