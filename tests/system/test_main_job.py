"""The main job, as clients see it: seats are found, taken, paid for and given back, and whoever watches sees each step."""

from typing import Any

from domain.ids import EventId
from tests.db.events import an_event, read_truth, standing
from tests.system.conftest import House
from tests.system.people import BAD_CARD, buying, people
from tests.system.running import ask, beside, eventually
from tests.system.viewers import Viewer, unpacked, viewing

LIST = """{ events(first: 10) { totalCount edges { node { id name availableSeats tiers { id name kind available price { minor } } } } } }"""
MAP = """query ($id: ID!) { event(id: $id) { seatMap { version statuses summary { total available held booked blocked }
    sections { rows { seats { id seatNo status } } } layout { seatCount seatIdPrefix } } } }"""
AVAILABILITY = """subscription ($ids: [ID!]!) { availability(eventIds: $ids) { eventId version summary { available held booked } } }"""
BOOKING_UPDATED = """subscription ($id: ID!) { bookingUpdated(id: $id) { id status tickets { status } payment { status } } }"""


async def test_seats_are_found_booked_declined_paid_and_given_back_while_others_watch(house: House) -> None:
    running = house.running
    uma = await running.token_of("user@boxoffice.test")
    shown = next(edge["node"] for edge in (await running.ask(LIST))["edges"] if len(edge["node"]["tiers"]) == 4)
    seats = await free_seats(house, shown["id"], 2)
    by_events = Viewer(shown["id"])

    async with viewing(running, shown["id"]) as by_socket, beside(by_events.watch_events(running)), buying(running, uma) as buyer:
        await eventually(lambda: bool(by_socket.told and by_events.told))
        seen = []

        async def each_sees(step: Any, status: str | None) -> Any:
            await eventually(lambda: all(viewer.seats.get(seat) == status for viewer in (by_socket, by_events) for seat in seats))
            seen.append(step["__typename"])
            return step

        booked = await each_sees(await buyer.book(shown["id"], *seats), "HELD")
        declined = await each_sees(await buyer.pay(booked["id"], BAD_CARD), "HELD")
        paid = await each_sees(await buyer.pay(booked["id"]), "BOOKED")
        cancelled = await each_sees(await buyer.cancel(booked["id"]), None)
        truth = await read_truth(house.pool, EventId.parse(shown["id"]))

    assert seen == ["Booking", "PaymentFailed", "Booking", "Cancellation"]
    assert (booked["status"], booked["quantity"], len(booked["seats"])) == ("PENDING", 2, 2)
    assert (declined["code"], declined["failure"], declined["heldUntil"] is not None) == ("PAYMENT_FAILED", "card_declined", True)
    assert (paid["status"], paid["payment"]["status"], len(paid["tickets"])) == ("CONFIRMED", "SUCCEEDED", 2)
    assert (cancelled["booking"]["status"], cancelled["refundStatus"]) == ("CANCELLED", "SUCCEEDED")
    assert cancelled["refundAmount"]["minor"] == booked["totalAmount"]["minor"] > 0
    assert by_socket.knows(truth)
    assert by_events.knows(truth)
    assert by_socket.snapshots == by_events.snapshots == 1
    truth.must_be_sound(invented=True)


async def test_the_typed_map_the_compact_map_and_what_a_viewer_was_told_are_one(house: House) -> None:
    event_id = await an_event(house.pool, 41)
    (ann,) = await people(house.pool, 1)

    async with viewing(house.running, event_id) as viewer, buying(house.running, ann.token) as buyer:
        first = await buyer.book(event_id, 0, 40)
        await buyer.book(event_id, 7, 8, 9)
        await buyer.pay(first["id"])
        await eventually(lambda: len(viewer.seats) == 5 and viewer.seats.get(40) == "BOOKED")
        shown = (await ask(buyer.session, MAP, id=str(event_id)))["seatMap"]

    typed = {seat["seatNo"]: seat for section in shown["sections"] for row in section["rows"] for seat in row["seats"]}
    assert viewer.seats == {0: "BOOKED", 7: "HELD", 8: "HELD", 9: "HELD", 40: "BOOKED"}
    assert {seat_no: seat["status"] for seat_no, seat in typed.items() if seat["status"] != "AVAILABLE"} == viewer.seats
    assert unpacked(shown["statuses"]) == viewer.seats
    assert viewer.summary == shown["summary"] == {"total": 41, "available": 36, "held": 3, "booked": 2, "blocked": 0}
    assert len(typed) == shown["layout"]["seatCount"] == 41
    assert all(seat["id"].startswith(shown["layout"]["seatIdPrefix"]) for seat in typed.values())


async def test_counts_of_several_events_are_told_first_all_and_then_as_they_change(house: House) -> None:
    hall, floor = await an_event(house.pool, 10), await an_event(house.pool, tiers=[standing(100)])
    (ann,) = await people(house.pool, 1)

    async with (
        house.running.watching(AVAILABILITY, {"ids": [str(hall), str(floor)]}) as told,
        buying(house.running, ann.token) as buyer,
    ):
        await eventually(lambda: len(told) == 2)
        booked = await buyer.book(hall, 1, 2, 3)
        await eventually(lambda: len(told) == 3)
        await buyer.pay(booked["id"])
        await eventually(lambda: told[-1]["summary"] == {"available": 7, "held": 0, "booked": 3})

    first = {update["eventId"]: update["summary"] for update in told[:2]}
    empty = {"held": 0, "booked": 0}
    assert first == {str(hall): {"available": 10, **empty}, str(floor): {"available": 100, **empty}}
    assert [update["eventId"] for update in told[2:]] == [str(hall)] * len(told[2:])
    assert told[2]["summary"] == {"available": 7, "held": 3, "booked": 0}
    assert [update["version"] for update in told[2:]] == sorted({update["version"] for update in told[2:]})


async def test_an_owner_is_told_each_state_of_a_booking(house: House) -> None:
    event_id = await an_event(house.pool, 10)
    (ann,) = await people(house.pool, 1)

    async with buying(house.running, ann.token) as buyer:
        booked = await buyer.book(event_id, 4, 5)
        async with house.running.watching(BOOKING_UPDATED, {"id": booked["id"]}, ann.token) as told:
            await eventually(lambda: len(told) == 1)
            await buyer.pay(booked["id"])
            await eventually(lambda: told[-1]["status"] == "CONFIRMED")
            await buyer.cancel(booked["id"])
            await eventually(lambda: told[-1]["status"] == "CANCELLED")

    states = [update["status"] for update in told]
    assert list(dict.fromkeys(states)) == ["PENDING", "CONFIRMED", "CANCELLED"]
    assert states == sorted(states, key=["PENDING", "CONFIRMED", "CANCELLED"].index)
    confirmed = next(update for update in told if update["status"] == "CONFIRMED")
    assert confirmed["tickets"] == [{"status": "VALID"}] * 2
    assert confirmed["payment"] == {"status": "SUCCEEDED"}
    assert told[-1]["tickets"] == [{"status": "CANCELLED"}] * 2


async def test_nobody_else_is_told_of_a_booking(house: House) -> None:
    event_id = await an_event(house.pool, 10)
    ann, ben = await people(house.pool, 2)
    async with buying(house.running, ann.token) as buyer:
        booked = await buyer.book(event_id, 4)

    by_ben = await house.running.refusal_to_watch(BOOKING_UPDATED, {"id": booked["id"]}, ben.token)
    by_nobody = await house.running.refusal_to_watch(BOOKING_UPDATED, {"id": booked["id"]})

    assert (by_ben, by_nobody) == ("BOOKING_NOT_FOUND", "UNAUTHENTICATED")


async def free_seats(house: House, event_id: str, count: int) -> list[int]:
    """Seats that nobody has, by number, as a client finds them on the map."""
    shown = (await house.running.ask(MAP, {"id": event_id}))["seatMap"]
    seats = [seat for section in shown["sections"] for row in section["rows"] for seat in row["seats"] if seat["status"] == "AVAILABLE"]
    assert len(seats) == shown["summary"]["available"]
    return [seat["seatNo"] for seat in seats[-count:]]
