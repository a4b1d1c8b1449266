"""Seat maps as clients see them."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.event_changes import EventChange
from domain.ids import EventId, SeatId, TierId
from tests.api.stage import ADMIN, Stage, a_seat, a_stage

SUMMARY = "summary { total available held booked blocked byTier { tierId total available held booked blocked } }"
TYPED = f"""query ($id: ID!, $section: String, $tier: ID, $status: SeatStatus) {{ event(id: $id) {{
    seatMap(section: $section, tier: $tier, status: $status) {{ version {SUMMARY} sections {{ name rows {{ label seats {{
        id seatNo section row number status accessible companion restrictedView x y price {{ minor currency }}
        tier {{ id name capacity available }} }} }} }} }} }} }}"""
COMPACT = """query ($id: ID!) { event(id: $id) { seatMap { version statuses layout { etag seatCount seatIdPrefix
    sections { name rows { label firstSeatNo seatCount runs { first count step } labels xs ys accessible companion restrictedView } }
    tierRuns { tierId firstSeatNo count } } } } }"""
BOTH = """query ($id: ID!) { event(id: $id) { seatMap { version statuses summary { held available blocked }
    sections { rows { seats { seatNo status tier { available } } } } } } }"""
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
STATUSES = ("AVAILABLE", "HELD", "BOOKED", "BLOCKED")


@pytest.fixture(scope="module")
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with a_stage(database_url) as stage:
        yield stage


async def a_house(stage: Stage) -> str:
    """Stalls with rows A and B of six seats at 50, a circle of three odd seats with coordinates at 30, and 10 places to stand."""
    odd = [
        {"number": "1", "x": 0, "y": 9.5, "accessible": True},
        {"number": "3", "x": 1, "y": 9.5, "companion": True},
        {"number": "5x", "x": 2.25, "y": 9, "restrictedView": True},
    ]
    venue = await stage.venue(
        sections=[
            {"bulk": {"name": "Stalls", "rows": ["A", "B"], "seatsPerRow": 6}},
            {"detailed": {"name": "Circle", "rows": [{"label": "1", "seats": odd}]}},
        ]
    )
    tiers = [
        {"name": "Front", "priceMinor": 5000, "sections": [{"section": "Stalls", "rows": ["A"]}]},
        {"name": "Rest", "priceMinor": 3000},
        {"name": "Floor", "kind": "STANDING", "priceMinor": 1000, "capacity": 10},
    ]
    return await stage.event(venueId=venue, tiers=tiers)


async def a_map(stage: Stage, event_id: str, /, **narrowed: object) -> Any:
    return (await stage.ask(TYPED, id=event_id, **narrowed))["seatMap"]


def seats_of(seat_map: Any) -> list[Any]:
    return [seat for section in seat_map["sections"] for row in section["rows"] for seat in row["seats"]]


def tier(event_id: str, tier_no: int) -> str:
    return str(TierId(EventId.parse(event_id), tier_no))


def unpacked(statuses: str, count: int) -> list[str]:
    data = b64decode(statuses)
    return [STATUSES[data[n // 4] >> n % 4 * 2 & 3] for n in range(count)]


async def test_a_map_tells_of_each_seat_where_it_is_what_it_costs_and_whether_it_is_free(stage: Stage) -> None:
    event_id = await a_house(stage)
    await stage.hold(event_id, 1, 12)
    await stage.block(event_id, 14)

    seat_map = await a_map(stage, event_id)

    seats = seats_of(seat_map)
    assert [(section["name"], [row["label"] for row in section["rows"]]) for section in seat_map["sections"]] == [
        ("Stalls", ["A", "B"]),
        ("Circle", ["1"]),
    ]
    assert [seat["id"] for seat in seats] == [str(SeatId(EventId.parse(event_id), n)) for n in range(15)]
    assert [seat["status"] for seat in seats] == ["AVAILABLE", "HELD", *["AVAILABLE"] * 10, "HELD", "AVAILABLE", "BLOCKED"]
    assert seats[1] == {
        "id": a_seat(event_id, 1),
        "seatNo": 1,
        "section": "Stalls",
        "row": "A",
        "number": "2",
        "status": "HELD",
        "accessible": False,
        "companion": False,
        "restrictedView": False,
        "x": None,
        "y": None,
        "price": {"minor": 5000, "currency": "GBP"},
        "tier": {"id": tier(event_id, 1), "name": "Front", "capacity": 6, "available": 5},
    }
    assert [(seat["number"], seat["x"], seat["y"]) for seat in seats[12:]] == [("1", 0.0, 9.5), ("3", 1.0, 9.5), ("5x", 2.25, 9.0)]
    assert [(seat["accessible"], seat["companion"], seat["restrictedView"]) for seat in seats[12:]] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert seats[13]["tier"] == {"id": tier(event_id, 2), "name": "Rest", "capacity": 9, "available": 7}
    assert seat_map["summary"] == {
        "total": 25,
        "available": 22,
        "held": 2,
        "booked": 0,
        "blocked": 1,
        "byTier": [
            {"tierId": tier(event_id, 1), "total": 6, "available": 5, "held": 1, "booked": 0, "blocked": 0},
            {"tierId": tier(event_id, 2), "total": 9, "available": 7, "held": 1, "booked": 0, "blocked": 1},
            {"tierId": tier(event_id, 3), "total": 10, "available": 10, "held": 0, "booked": 0, "blocked": 0},
        ],
    }


async def test_a_map_is_narrowed_by_section_tier_and_status_and_its_summary_is_not(stage: Stage) -> None:
    event_id = await a_house(stage)
    await stage.hold(event_id, 1, 12)
    whole = await a_map(stage, event_id)

    async def narrowed(**by: object) -> list[int]:
        seat_map = await a_map(stage, event_id, **by)
        assert seat_map["summary"] == whole["summary"]
        return [seat["seatNo"] for seat in seats_of(seat_map)]

    assert await narrowed(section="Circle") == [12, 13, 14]
    assert await narrowed(tier=tier(event_id, 1)) == [0, 1, 2, 3, 4, 5]
    assert await narrowed(tier=tier(event_id, 3)) == []
    assert await narrowed(tier=tier(event_id, 99)) == []
    assert await narrowed(status="HELD") == [1, 12]
    assert await narrowed(status="BOOKED") == []
    assert await narrowed(section="Stalls", tier=tier(event_id, 1), status="AVAILABLE") == [0, 2, 3, 4, 5]
    assert await narrowed(section="Balcony\0") == []
    assert (await a_map(stage, event_id, status="HELD"))["sections"][1]["rows"][0]["label"] == "1"
    other = tier(await stage.event(), 1)
    assert await stage.refused(TYPED, id=event_id, tier=other) == "VALIDATION_ERROR"
    assert await stage.refused(TYPED, id=event_id, tier="x") == "VALIDATION_ERROR"


async def test_the_compact_form_tells_the_same_as_the_typed_one(stage: Stage) -> None:
    event_id = await a_house(stage)
    await stage.hold(event_id, 0, 5, 13)
    await stage.block(event_id, 7)

    compact = (await stage.ask(COMPACT, id=event_id))["seatMap"]
    typed = await a_map(stage, event_id)

    layout = compact["layout"]
    rebuilt = []
    for section in layout["sections"]:
        for row in section["rows"]:
            numbers = row["labels"] or [str(run["first"] + i * run["step"]) for run in row["runs"] for i in range(run["count"])]
            assert len(numbers) == row["seatCount"]
            for position, number in enumerate(numbers):
                seat_no = row["firstSeatNo"] + position
                runs = [run for run in layout["tierRuns"] if run["firstSeatNo"] <= seat_no < run["firstSeatNo"] + run["count"]]
                digits = "".join(DIGITS[seat_no >> shift & 31] for shift in (15, 10, 5, 0))
                rebuilt.append((layout["seatIdPrefix"] + digits, section["name"], row["label"], number, runs[0]["tierId"]))
    seats = seats_of(typed)
    assert rebuilt == [(seat["id"], seat["section"], seat["row"], seat["number"], seat["tier"]["id"]) for seat in seats]
    assert unpacked(compact["statuses"], layout["seatCount"]) == [seat["status"] for seat in seats]
    assert compact["version"] == typed["version"]
    circle = layout["sections"][1]["rows"][0]
    assert (circle["xs"], circle["ys"]) == ([0.0, 1.0, 2.25], [9.5, 9.5, 9.0])
    assert (circle["accessible"], circle["companion"], circle["restrictedView"]) == ([0], [1], [2])


async def test_the_layout_keeps_its_etag_while_seats_are_sold(stage: Stage) -> None:
    event_id, other = await a_house(stage), await a_house(stage)

    before = (await stage.ask(COMPACT, id=event_id))["seatMap"]
    await stage.hold(event_id, 3)
    after = (await stage.ask(COMPACT, id=event_id))["seatMap"]
    another = (await stage.ask(COMPACT, id=other))["seatMap"]

    assert after["version"] == before["version"] + 1
    assert after["layout"] == before["layout"]
    assert after["statuses"] != before["statuses"]
    assert another["layout"]["etag"] != before["layout"]["etag"]


async def test_an_event_without_numbered_seats_has_a_summary_alone(stage: Stage) -> None:
    event_id = await stage.event()
    await stage.take(event_id, 4)

    seat_map = await a_map(stage, event_id)
    compact = (await stage.ask(COMPACT, id=event_id))["seatMap"]

    assert seat_map["sections"] == []
    assert (seat_map["summary"]["total"], seat_map["summary"]["available"], seat_map["summary"]["held"]) == (10, 6, 4)
    assert compact["statuses"] == ""
    assert (compact["layout"]["seatCount"], compact["layout"]["sections"], compact["layout"]["tierRuns"]) == (0, [], [])


async def test_a_new_price_is_on_the_map_with_the_next_version(stage: Stage) -> None:
    event_id = await a_house(stage)
    before = await a_map(stage, event_id)

    await stage.pool.execute("UPDATE tier SET price_minor = 9900 WHERE event_id = $1 AND tier_no = 1", EventId.parse(event_id))
    await stage.writer.update_event(EventId.parse(event_id), EventChange(description="Dearer."))
    while (after := await a_map(stage, event_id))["version"] == before["version"]:  # noqa: ASYNC110 -- a client would ask again, too
        await asyncio.sleep(0.05)  # the board is reading what has changed

    assert seats_of(before)[0]["price"]["minor"] == 5000
    assert seats_of(after)[0]["price"]["minor"] == 9900


async def test_every_answer_is_of_one_version_while_seats_are_taken(stage: Stage) -> None:
    venue = await stage.venue(sections=[{"bulk": {"name": "Stalls", "rows": ["A"], "seatsPerRow": 60}}])
    event_id = await stage.event(venueId=venue, tiers=[{"name": "All", "priceMinor": 1}])

    async def sell() -> None:
        for seat_no in range(60):
            await stage.hold(event_id, seat_no)

    async def look() -> list[Any]:
        found = []
        while not selling.done():
            found.append((await stage.ask(BOTH, id=event_id))["seatMap"])
            await asyncio.sleep(0)
        return found

    selling = asyncio.create_task(sell())
    looks = [seat_map for found in await asyncio.gather(look(), look()) for seat_map in found]
    await selling

    for seat_map in looks:
        seats = seats_of(seat_map)
        held = [seat for seat in seats if seat["status"] == "HELD"]
        assert len(held) == seat_map["summary"]["held"] == seat_map["version"] - 1
        assert unpacked(seat_map["statuses"], 60) == [seat["status"] for seat in seats]
        assert {seat["tier"]["available"] for seat in seats} == {60 - len(held)}
    assert len({seat_map["version"] for seat_map in looks}) > 1


async def test_a_map_takes_no_statement_but_at_most_the_events_once_its_board_is_open(stage: Stage) -> None:
    event_id = await a_house(stage)

    assert await stage.statements(TYPED, id=event_id) <= 1
    assert await stage.statements(COMPACT, id=event_id) <= 1


async def test_a_draft_has_no_map_for_others(stage: Stage) -> None:
    draft = await stage.draft(venueId=await stage.venue(), tiers=[{"name": "All", "priceMinor": 1}])

    assert await stage.ask(TYPED, id=draft) is None
    assert len(seats_of((await stage.ask(TYPED, ADMIN, id=draft))["seatMap"])) == 12


async def test_a_map_of_100000_seats_is_read_compact(stage: Stage) -> None:
    rows = [str(n) for n in range(500)]
    venue = await stage.venue(sections=[{"bulk": {"name": f"Block {n}", "rows": rows, "seatsPerRow": 100}} for n in range(2)])
    event_id = await stage.event(venueId=venue, tiers=[{"name": "All", "priceMinor": 100}])
    await stage.hold(event_id, 99_999)

    compact = (await stage.ask("query ($id: ID!) { event(id: $id) { seatMap { statuses layout { seatCount etag } } } }", id=event_id))[
        "seatMap"
    ]
    last = seats_of(await a_map(stage, event_id, status="HELD"))

    assert compact["layout"]["seatCount"] == 100_000
    assert len(b64decode(compact["statuses"])) == 25_000
    assert [(seat["id"], seat["section"], seat["row"], seat["number"]) for seat in last] == [
        (a_seat(event_id, 99_999), "Block 1", "499", "100")
    ]
