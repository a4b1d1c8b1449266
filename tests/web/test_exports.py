"""Exports over HTTP, on real sockets: who may, what is in a cell, and what becomes of the query when the client goes."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from domain.callers import Caller, Role
from domain.exports import ExportedPlace, bookings_path
from domain.ids import EventId, OrganizationId, UserId
from domain.inventory import EventStatus
from domain.money import Money
from domain.ports import Outage
from tests.web.toy import connected, eventually, serving, toy_app
from web.exports import AT_ONCE, HEAD, cells, lines

OURS, THEIRS = OrganizationId(1), OrganizationId(2)
EVENT, DRAFT, UNKNOWN = EventId(1), EventId(2), EventId(3)
CALLERS = {
    "admin": Caller(UserId(1), Role.ADMIN),
    "organizer": Caller(UserId(2), Role.ORGANIZER, frozenset((OURS,))),
    "elsewhere": Caller(UserId(3), Role.ORGANIZER, frozenset((THEIRS,))),
    "user": Caller(UserId(4), Role.USER),
}
PLACE = ExportedPlace(
    booking_code="EVT0000000001",
    booking_status="CONFIRMED",
    ticket_number="EVT0000000001-01",
    ticket_status="CHECKED_IN",
    tier="Stalls",
    section="Left",
    row="A",
    seat="1",
    price=Money(7500, "GBP"),
    buyer_name="Ann",
    buyer_email="ann@export.test",
    booked_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    checked_in_at=None,
)


@dataclass
class Office:
    """What is exported, and how many exports are open."""

    parts: list[list[ExportedPlace]]
    endless: bool = False
    fails_at: int | None = None
    open: int = 0
    sent: int = 0

    async def bookings(self, event_id: EventId) -> AsyncGenerator[list[ExportedPlace], None]:
        """The parts; or the first of them for ever."""
        self.open += 1
        try:
            if self.fails_at == 0:
                raise Outage("the database")
            for number, part in enumerate(self.parts, start=1):
                yield part
                self.sent += 1
                if number == self.fails_at:
                    raise Outage("the database")
            while self.endless:
                self.sent += 1
                yield self.parts[0]
                await asyncio.sleep(0)
        finally:
            self.open -= 1

    async def events_many(self, ids: list[EventId]) -> list[Any]:
        """A published event and a draft, both ours."""
        status = {EVENT: EventStatus.PUBLISHED, DRAFT: EventStatus.DRAFT}
        return [SimpleNamespace(status=status[one], organization_id=OURS) if one in status else None for one in ids]


def authenticate(token: str | None) -> Caller | None:
    return CALLERS[token] if token is not None else None


@contextmanager
def exporting(office: Office, **options: Any) -> Iterator[str]:
    """A server that exports; its address."""
    services = SimpleNamespace(catalogue=office, exports=office)
    with serving(toy_app(authenticate=authenticate, exporting=lambda: services, **options)) as address:
        yield address


async def fetched(address: str, event_id: object = EVENT, who: str | None = "organizer", method: str = "GET") -> httpx.Response:
    headers = {"authorization": f"Bearer {who}"} if who else {}
    async with httpx.AsyncClient() as client:
        return await client.request(method, f"http://{address}{bookings_path(str(event_id))}", headers=headers)


# Who may


@pytest.mark.parametrize(
    ("who", "event_id", "status", "code"),
    [
        ("admin", EVENT, 200, None),
        ("organizer", EVENT, 200, None),
        ("organizer", DRAFT, 200, None),
        ("elsewhere", EVENT, 403, "AUTH_UNAUTHORIZED"),
        ("elsewhere", DRAFT, 404, "EVENT_NOT_FOUND"),
        ("user", EVENT, 403, "AUTH_UNAUTHORIZED"),
        ("user", DRAFT, 404, "EVENT_NOT_FOUND"),
        (None, EVENT, 401, "UNAUTHENTICATED"),
        (None, UNKNOWN, 401, "UNAUTHENTICATED"),
        ("organizer", UNKNOWN, 404, "EVENT_NOT_FOUND"),
        ("organizer", "nonsense", 400, "VALIDATION_ERROR"),
        ("organizer", "usr_0000000000001", 400, "VALIDATION_ERROR"),
        ("organizer", "evt_0000000000001%0d%0aSet-Cookie:x", 400, "VALIDATION_ERROR"),
    ],
)
async def test_only_those_who_run_an_event_take_its_bookings_away(who: str | None, event_id: object, status: int, code: str | None) -> None:
    office = Office([[PLACE]])
    with exporting(office) as address:
        response = await fetched(address, event_id, who)

    assert response.status_code == status
    assert code is None or [error["extensions"]["code"] for error in response.json()["errors"]] == [code]
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert (office.sent, office.open) == (1 if status == 200 else 0, 0)


async def test_who_asks_too_much_is_refused_before_anything_is_read() -> None:
    async def admit(_facts: object, _operation: object) -> None:
        raise Outage("the counter")

    office = Office([[PLACE]])
    with exporting(office, admit=admit) as address:
        response = await fetched(address)

    assert (response.status_code, response.headers["retry-after"], office.sent) == (503, "1", 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_an_export_is_only_read(method: str) -> None:
    with exporting(Office([[PLACE]])) as address:
        response = await fetched(address, method=method)

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


# What is told


async def test_an_export_is_a_file_of_all_parts() -> None:
    office = Office([[PLACE, replace(PLACE, seat="2")], [replace(PLACE, seat="3")]])
    with exporting(office) as address:
        response = await fetched(address)
        head = await fetched(address, method="HEAD")

    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["content-disposition"] == f'attachment; filename="{EVENT}-bookings.csv"'
    assert response.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(response.text), strict=True))
    assert rows[0] == list(HEAD)
    assert [row[7] for row in rows[1:]] == ["1", "2", "3"]
    assert dict(zip(HEAD, rows[1], strict=True)) == {
        "Booking code": "EVT0000000001",
        "Booking status": "CONFIRMED",
        "Ticket number": "EVT0000000001-01",
        "Ticket status": "CHECKED_IN",
        "Tier": "Stalls",
        "Section": "Left",
        "Row": "A",
        "Seat": "1",
        "Price": "75.00",
        "Currency": "GBP",
        "Buyer name": "Ann",
        "Buyer e-mail": "ann@export.test",
        "Booked at": "2026-01-02T03:04:05Z",
        "Checked in at": "",
    }
    assert (head.status_code, head.content) == (200, b"")
    assert office.open == 0


async def test_an_event_without_bookings_has_a_head_alone() -> None:
    with exporting(Office([])) as address:
        response = await fetched(address)

    assert response.content == ",".join(HEAD).encode() + b"\r\n"


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x","y")'])
def test_no_cell_is_run_by_a_spreadsheet(evil: str) -> None:
    named = replace(PLACE, tier=evil, section=evil, row=evil, seat=evil, buyer_name=evil, buyer_email=evil)

    (row,) = csv.reader(io.StringIO(lines([cells(named)]).decode(), newline=""), strict=True)

    assert [row[n] for n in (4, 5, 6, 7, 10, 11)] == [f"'{evil}"] * 6


@pytest.mark.parametrize(
    "name", ['Anne "Ann" O\'Hara, Ph.D.', "two\r\nlines", "two\nlines", "a;b", " padded ", "Zoë 🎭 ‮evil", ",", '"', "1-1", "'"]
)
def test_any_name_is_read_back_as_it_is(name: str) -> None:
    written = lines([cells(replace(PLACE, buyer_name=name))])

    (row,) = csv.reader(io.StringIO(written.decode("utf-8"), newline=""), strict=True)

    assert row[10] == name
    assert written.endswith(b"\r\n")
    assert len(row) == len(HEAD)


# How it ends


async def test_a_client_that_hangs_up_ends_the_query() -> None:
    office = Office([[PLACE] * 200], endless=True)
    with exporting(office) as address:
        client = connected(address)
        client.sendall(f"GET {bookings_path(EVENT)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer organizer\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        await eventually(lambda: office.open == 1)
        client.close()

        await eventually(lambda: office.open == 0)


async def test_a_client_that_does_not_read_holds_up_the_query_and_not_the_memory() -> None:
    office = Office([[PLACE] * 200], endless=True)
    with exporting(office) as address:
        client = connected(address)
        client.sendall(f"GET {bookings_path(EVENT)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer organizer\r\n\r\n".encode())
        sent = -1
        async with asyncio.timeout(10):
            while office.sent != sent:
                sent = office.sent
                await asyncio.sleep(0.3)

        assert 0 < sent < 1000
        client.close()
        await eventually(lambda: office.open == 0)


async def test_a_server_that_stops_does_not_wait_for_an_export() -> None:
    office = Office([[PLACE]], endless=True)
    with exporting(office) as address:
        client = connected(address)
        client.sendall(f"GET {bookings_path(EVENT)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer organizer\r\n\r\n".encode())
        await eventually(lambda: office.open == 1)

    assert office.open == 0
    client.close()


async def test_an_outage_before_the_first_part_is_answered_as_one() -> None:
    with exporting(Office([[PLACE]], fails_at=0)) as address:
        response = await fetched(address)

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_an_export_that_breaks_off_is_seen_to_be_incomplete() -> None:
    office = Office([[PLACE], [PLACE]], fails_at=1)
    with exporting(office) as address:
        with pytest.raises(httpx.RemoteProtocolError):
            await fetched(address)
        await eventually(lambda: office.open == 0)


async def test_there_are_so_many_exports_at_a_time_and_no_more() -> None:
    office = Office([[PLACE]], endless=True)
    with exporting(office) as address:
        clients = [connected(address) for _ in range(AT_ONCE)]
        for client in clients:
            client.sendall(f"GET {bookings_path(EVENT)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer organizer\r\n\r\n".encode())
        await eventually(lambda: office.open == AT_ONCE)

        refused = await fetched(address)
        for client in clients:
            client.close()
        await eventually(lambda: office.open == 0)
        office.endless = False
        accepted = await fetched(address)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    assert accepted.status_code == 200
