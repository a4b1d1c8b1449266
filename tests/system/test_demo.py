"""The demo data of a server's first start: sound by the checks that real bookings are held to, and something to look at for everybody."""

from domain.ids import EventId
from tests.db.events import read_truth
from tests.system.conftest import House

OWNER = "Riverside Productions"
MINE = """{ me { notifications { edges { node { type } } }
    bookings { edges { node { status tickets { status } refund { status } event { name } } } } } }"""
RUN = """{ me { organizations { events(first: 100) { edges { node { status bookings { totalCount } } } } } } }"""


async def test_what_was_sold_is_sound(house: House) -> None:
    rows = await house.pool.fetch(
        "SELECT event_id FROM event JOIN organization USING (organization_id) WHERE organization.name = $1", OWNER
    )

    assert len(rows) > 100
    for row in rows:
        (await read_truth(house.pool, EventId(row["event_id"]))).must_be_sound(invented=True)


async def test_the_user_has_visits_to_come_one_given_back_and_news(house: House) -> None:
    me = await house.running.ask(MINE, token=await house.running.token_of("user@boxoffice.test"))
    bookings = [edge["node"] for edge in me["bookings"]["edges"]]
    told = {edge["node"]["type"] for edge in me["notifications"]["edges"]}

    assert any(booking["status"] == "CONFIRMED" and booking["tickets"] for booking in bookings)
    assert any(booking["status"] == "CANCELLED" and booking["refund"]["status"] == "SUCCEEDED" for booking in bookings if booking["refund"])
    assert {"BOOKING_CONFIRMED", "BOOKING_CANCELLED", "PAYMENT_FAILED"} <= told


async def test_the_organizer_has_events_of_every_status_and_sales_to_watch(house: House) -> None:
    me = await house.running.ask(RUN, token=await house.running.token_of("organizer@boxoffice.test"))
    (organization,) = me["organizations"]
    events = [edge["node"] for edge in organization["events"]["edges"]]

    assert {event["status"] for event in events} == {"DRAFT", "PUBLISHED", "CANCELLED"}
    assert sum(event["bookings"]["totalCount"] for event in events) > 5_000
