"""What people watch: an event's seats, events' counts and their own bookings, as told by this process and by another."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from db.identifiers import new_number
from domain.bookings import IdempotencyKey
from domain.callers import Caller
from domain.commands import BeginPayment, FailPayment
from domain.ids import BookingId, EventId, PaymentId
from tests.api.asking import Failed
from tests.api.house import ADMIN, BLOCK, DECLINED, FLOOR, SLOW, VISA, House, a_house, a_key, nobodys_booking, seat

SEATS = """subscription ($id: ID!, $after: Int) { seatMap(eventId: $id, after: $after) { version previousVersion statuses
    changes { seatId seatNo status } summary { total available held booked blocked byTier { tierId available } } } }"""
COUNTS = """subscription ($ids: [ID!]!) { availability(eventIds: $ids) { eventId version summary { available held booked } } }"""
BOOKING = """subscription ($id: ID!) { bookingUpdated(id: $id) { id status expiresAt serverTime tickets { ticketNumber status }
    payments { status } payment { status failure } refund { status } event { availableSeats } } }"""
MAP = "query ($id: ID!) { event(id: $id) { seatMap { version statuses summary { available held booked blocked } } } }"
MISSING = "evt_0000000000001"
SECONDS = 10


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    async with a_house(database_url, redis_url, payment_wait_seconds=1) as house:
        yield house


@pytest.fixture(scope="module")
async def other_house(database_url: str, redis_url: str) -> AsyncIterator[House]:
    """A second process on the same database and Redis."""
    async with a_house(database_url, redis_url) as house:
        yield house


class Viewer:
    """An open subscription: the seats as they were told, each update on top of the one before."""

    def __init__(self, updates: AsyncIterator[Any]) -> None:
        self.updates = updates
        self.version = -1
        self.taken: dict[int, str] = {}

    async def next(self) -> Any:
        """The next update, taken in; it must follow on the one before or replace all."""
        update = await asyncio.wait_for(anext(self.updates), SECONDS)
        if update["previousVersion"] is None:
            self.taken.clear()
        else:
            assert update["previousVersion"] == self.version
            assert update["statuses"] is None
        self.version = update["version"]
        self.taken.update({change["seatNo"]: change["status"] for change in update["changes"]})
        return update

    async def until(self, version: int) -> Any:
        """The update that brings it to a version."""
        while (update := await self.next())["version"] < version:
            pass
        return update

    @property
    def seats(self) -> dict[int, str]:
        """The seats that are not available."""
        return {seat_no: status for seat_no, status in sorted(self.taken.items()) if status != "AVAILABLE"}


def unpacked(statuses: str) -> dict[int, str]:
    """The seats that are not available, of a packed map."""
    names = ("AVAILABLE", "HELD", "BOOKED", "BLOCKED")
    seats = enumerate(names[byte >> shift & 3] for byte in b64decode(statuses) for shift in (0, 2, 4, 6))
    return {seat_no: status for seat_no, status in seats if status != "AVAILABLE"}


async def told_until(updates: AsyncIterator[Any], status: str) -> list[Any]:
    """All updates of a booking, up to the one with a status."""
    told = [await asyncio.wait_for(anext(updates), SECONDS)]
    while told[-1]["status"] != status:
        told.append(await asyncio.wait_for(anext(updates), SECONDS))
    return told


async def refused(house: House, document: str, caller: Caller | None = None, /, **variables: object) -> object:
    """The code of the error that a subscription begins with."""
    async with aclosing(house.watch(document, caller, **variables)) as updates:
        with pytest.raises(Failed) as failed:
            await asyncio.wait_for(anext(updates), SECONDS)
    return failed.value.code


# Seats


async def test_a_viewer_begins_with_all_there_is(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    await house.book(user, event_id, 0, 6)
    await house.book(user, event_id, 1, payment=VISA)
    await house.ask(BLOCK, ADMIN, id=event_id, seats=[seat(event_id, 11)])

    async with aclosing(house.watch(SEATS, id=event_id)) as updates:
        first = await Viewer(updates).next()

    states = {0: "HELD", 1: "BOOKED", 6: "HELD", 11: "BLOCKED"}
    assert first["previousVersion"] is None
    assert first["changes"] == [{"seatId": seat(event_id, n), "seatNo": n, "status": status} for n, status in states.items()]
    assert unpacked(first["statuses"]) == states
    by_tier = first["summary"].pop("byTier")
    assert first["summary"] == {"total": 22, "available": 18, "held": 2, "booked": 1, "blocked": 1}
    assert [tier["available"] for tier in by_tier] == [4, 4, 10]


@pytest.mark.parametrize("where", ["here", "in another process"])
async def test_a_viewer_follows_every_change(house: House, other_house: House, where: str) -> None:
    user, event_id = await house.user(), await house.event()
    seller = house if where == "here" else other_house

    async with aclosing(house.watch(SEATS, id=event_id)) as updates:
        viewer = Viewer(updates)
        begun = (await viewer.next())["version"]
        booking = await seller.book(user, event_id, 3, 4)
        held = await viewer.until(begun + 1)
        assert held["changes"] == [{"seatId": seat(event_id, n), "seatNo": n, "status": "HELD"} for n in (3, 4)]
        assert held["summary"]["held"] == 2
        await seller.confirm(user, booking["id"])
        await seller.cancel(user, booking["id"])
        await seller.book(user, event_id, 4)
        present = (await seller.ask(MAP, id=event_id))["seatMap"]
        while viewer.version < present["version"]:
            await viewer.next()

    assert viewer.seats == unpacked(present["statuses"]) == {4: "HELD"}


async def test_a_viewer_who_comes_back_is_told_what_they_missed(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    async with aclosing(house.watch(SEATS, id=event_id)) as updates:
        viewer = Viewer(updates)
        version = (await viewer.next())["version"]
        first = await house.book(user, event_id, 0)
        await house.book(user, event_id, 1)
        await house.cancel(user, first["id"])

        async with aclosing(house.watch(SEATS, id=event_id, after=version)) as again:
            missed = await asyncio.wait_for(anext(again), SECONDS)

    assert (missed["previousVersion"], missed["version"], missed["statuses"]) == (version, version + 3, None)
    assert {change["seatNo"]: change["status"] for change in missed["changes"]} == {0: "AVAILABLE", 1: "HELD"}


async def test_a_viewer_who_knows_all_is_told_so(house: House) -> None:
    event_id = await house.event()
    async with aclosing(house.watch(SEATS, id=event_id)) as updates:
        version = (await Viewer(updates).next())["version"]

        async with aclosing(house.watch(SEATS, id=event_id, after=version)) as again:
            nothing = await asyncio.wait_for(anext(again), SECONDS)

    assert (nothing["previousVersion"], nothing["version"], nothing["changes"]) == (version, version, [])


@pytest.mark.parametrize("after", [-1, 2**31 - 1])
async def test_a_version_that_cannot_be_known_begins_anew(house: House, after: int) -> None:
    user, event_id = await house.user(), await house.event()
    await house.book(user, event_id, 0)

    async with aclosing(house.watch(SEATS, id=event_id, after=after)) as updates:
        first = await asyncio.wait_for(anext(updates), SECONDS)

    assert first["previousVersion"] is None
    assert unpacked(first["statuses"]) == {0: "HELD"}


async def test_a_hold_that_ends_is_told_without_anybody_asking(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)

    async with aclosing(house.watch(SEATS, id=event_id)) as updates:
        viewer = Viewer(updates)
        await viewer.next()
        assert viewer.seats == {0: "HELD"}
        await house.end_hold(booking["id"])
        while viewer.seats:
            await viewer.next()


async def test_an_event_that_cannot_be_seen_cannot_be_watched(house: House) -> None:
    draft, published = await house.event(), await house.event()
    await house.pool.execute("UPDATE event SET status = 0 WHERE event_id = $1", EventId.parse(draft))

    for event_id in (MISSING, draft):
        assert await refused(house, SEATS, id=event_id) == "EVENT_NOT_FOUND"
        assert await refused(house, COUNTS, ids=[published, event_id]) == "EVENT_NOT_FOUND"
    assert await refused(house, SEATS, id="A1") == "VALIDATION_ERROR"
    assert await refused(house, COUNTS, ids=[]) == "VALIDATION_ERROR"
    assert await refused(house, COUNTS, ids=[published] * 101) == "VALIDATION_ERROR"
    async with aclosing(house.watch(SEATS, ADMIN, id=draft)) as updates:
        assert (await asyncio.wait_for(anext(updates), SECONDS))["previousVersion"] is None


# Counts


async def test_counts_of_several_events_are_told_whenever_they_change(house: House, other_house: House) -> None:
    user, first, second = await house.user(), await house.event(), await house.event()

    async with aclosing(house.watch(COUNTS, ids=[first, second])) as updates:
        begun = [await asyncio.wait_for(anext(updates), SECONDS) for _ in range(2)]
        await house.take(user, first, FLOOR, 2)
        here = await asyncio.wait_for(anext(updates), SECONDS)
        await other_house.book(user, second, 0, payment=VISA)
        there = await asyncio.wait_for(anext(updates), SECONDS)
        while there["summary"]["booked"] == 0:
            there = await asyncio.wait_for(anext(updates), SECONDS)

    free = {"available": 22, "held": 0, "booked": 0}
    assert {update["eventId"]: update["summary"] for update in begun} == {first: free, second: free}
    assert (here["eventId"], here["summary"]) == (first, {"available": 20, "held": 2, "booked": 0})
    assert (there["eventId"], there["summary"]) == (second, {"available": 21, "held": 0, "booked": 1})


# Bookings


@pytest.mark.parametrize("where", ["here", "in another process"])
async def test_an_owner_follows_their_booking_with_all_that_belongs_to_it(house: House, other_house: House, where: str) -> None:
    user, event_id = await house.user(), await house.event()
    seller = house if where == "here" else other_house
    booking = await house.book(user, event_id, 0)

    async with aclosing(house.watch(BOOKING, user, id=booking["id"])) as updates:
        (pending,) = await told_until(updates, "PENDING")
        await seller.confirm(user, booking["id"], DECLINED)
        await seller.confirm(user, booking["id"])
        confirmed = (await told_until(updates, "CONFIRMED"))[-1]
        await seller.cancel(user, booking["id"])
        cancelled = (await told_until(updates, "CANCELLED"))[-1]

    assert (pending["tickets"], pending["payment"], pending["event"]) == ([], None, {"availableSeats": 21})
    ticket = f"{booking['bookingCode']}-01"
    assert confirmed["tickets"] == [{"ticketNumber": ticket, "status": "VALID"}]
    assert confirmed["payments"] == [{"status": "FAILED"}, {"status": "SUCCEEDED"}]
    assert confirmed["payment"] == {"status": "SUCCEEDED", "failure": None}
    assert cancelled["tickets"] == [{"ticketNumber": ticket, "status": "CANCELLED"}]
    assert cancelled["refund"]["status"] in ("PENDING", "SUCCEEDED")
    assert cancelled["event"] == {"availableSeats": 22}
    assert cancelled["serverTime"] > pending["serverTime"]


async def test_a_payment_that_takes_long_is_told_when_it_is_done(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)

    async with aclosing(house.watch(BOOKING, user, id=booking["id"])) as updates:
        answer = await house.confirm(user, booking["id"], SLOW)
        assert (answer["__typename"], answer["status"], answer["payment"]["status"]) == ("Booking", "PENDING", "PENDING")
        confirmed = (await told_until(updates, "CONFIRMED"))[-1]

    assert confirmed["payment"]["status"] == "SUCCEEDED"
    assert len(confirmed["tickets"]) == 1


async def test_a_decline_is_told(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)

    parsed, office = BookingId.parse(booking["id"]), house.services.box_office
    payment = PaymentId(parsed.event_id, new_number())

    async with aclosing(house.watch(BOOKING, user, id=booking["id"])) as updates:
        await told_until(updates, "PENDING")
        await office.submit(BeginPayment(parsed, payment, user, "sandbox", "pm_card_visa", IdempotencyKey(a_key(), 0)))
        begun = await asyncio.wait_for(anext(updates), SECONDS)
        assert begun["payments"] == [{"status": "PENDING"}]
        await office.submit(FailPayment(parsed, payment, "card_declined"))
        declined = await asyncio.wait_for(anext(updates), 2)

    assert declined["payments"] == [{"status": "FAILED"}]


async def test_a_booking_whose_hold_ends_is_told(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)

    async with aclosing(house.watch(BOOKING, ADMIN, id=booking["id"])) as updates:
        await told_until(updates, "PENDING")
        await house.end_hold(booking["id"])
        expired = (await told_until(updates, "EXPIRED"))[-1]

    assert expired["id"] == booking["id"]


async def test_a_booking_is_watched_by_its_owner_and_admins_alone(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)

    assert await refused(house, BOOKING, await house.user(), id=booking["id"]) == "BOOKING_NOT_FOUND"
    assert await refused(house, BOOKING, user, id=nobodys_booking(event_id)) == "BOOKING_NOT_FOUND"
    assert await refused(house, BOOKING, None, id=booking["id"]) == "UNAUTHENTICATED"
    assert await refused(house, BOOKING, user, id="bkg_1") == "VALIDATION_ERROR"


async def test_who_leaves_is_forgotten(house: House) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.book(user, event_id, 0)
    boards: Any = house.services.watching
    before = boards.viewer_count

    for document, variables in ((SEATS, {"id": event_id}), (COUNTS, {"ids": [event_id]}), (BOOKING, {"id": booking["id"]})):
        async with aclosing(house.watch(document, user, **variables)) as updates:
            await asyncio.wait_for(anext(updates), SECONDS)
            assert boards.viewer_count == before + 1
        assert boards.viewer_count == before
