"""Exports over HTTP: an event's bookings as CSV, sent while they are read, so that no export is ever in memory as a whole.

Source: RFC 4180, and for cells that a spreadsheet would run: owasp.org/www-community/attacks/CSV_Injection
"""

import asyncio
import csv
import io
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from domain.callers import Caller
from domain.catalogue import Catalogue
from domain.events import Event, manages, may_see
from domain.exports import BookingExports, ExportedPlace, bookings_path
from domain.ids import EventId
from domain.ports import Outage
from engine.operations import Operation
from web.edge import Edge
from web.faults import STATUSES, UNAUTHENTICATED, UNAUTHORIZED, BadRequest, GraphQLFault
from web.graphql_http import LEGACY_JSON, respond
from web.headers import Connection, Stuck
from web.requests import RequestFacts, headers_of, token_of

HEAD = (
    *("Booking code", "Booking status", "Ticket number", "Ticket status", "Tier", "Section", "Row", "Seat", "Price", "Currency"),
    *("Buyer name", "Buyer e-mail", "Booked at", "Checked in at"),
)
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")
EVENT_NOT_FOUND = "EVENT_NOT_FOUND"
COUNTED_AS = Operation("query bookingsExport { __typename }")
"""What an export is to the rate limits: one query."""
AT_ONCE = 2
"""Exports of a process at a time: each has a connection to the database to itself, which others' reads then lack."""
EXPORT_SECONDS = 300.0
"""The longest that one may take, however slowly it is read; 100,000 rows take some seconds."""

logger = logging.getLogger(__name__)


class Exporting(Protocol):
    """What of a process's services exports need."""

    @property
    def catalogue(self) -> Catalogue:
        """Where events are found."""
        ...

    @property
    def exports(self) -> BookingExports:
        """Where their bookings are."""
        ...


class BookingsExport:
    """The ASGI endpoint of `/export/events/{event_id}/bookings.csv`. A refusal is a GraphQL response without data, by its HTTP status."""

    def __init__(self, edge: Edge, services: Callable[[], Exporting], within_seconds: float = EXPORT_SECONDS) -> None:
        self._edge = edge
        self._services = services
        self._within_seconds = within_seconds
        self._running = 0

    @property
    def route(self) -> Route:
        """Where it is."""
        return Route(bookings_path("{event_id}"), self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id: str = scope["state"]["request_id"]
        try:
            await self._export(scope, receive, send)
        except Stuck:
            raise
        except Exception as exception:
            answer = self._edge.faults.refuse(exception, request_id)
            status = exception.status if isinstance(exception, BadRequest) else STATUSES.get(answer.code or "", 400)
            status = 404 if answer.code == EVENT_NOT_FOUND else status
            more = dict(exception.headers) if isinstance(exception, BadRequest) else {}
            if status == 401:
                more["www-authenticate"] = "Bearer"
            await respond(send, status, LEGACY_JSON, answer, more)

    async def _export(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            raise BadRequest("Use GET.", 405, {"allow": "GET, HEAD"})
        headers, client = headers_of(scope), scope["client"]
        caller = self._edge.authenticate(token_of(headers.get("authorization")))
        request_id: str = scope["state"]["request_id"]
        facts = RequestFacts(request_id=request_id, connection="http", caller=caller, client=client[0] if client else None, headers=headers)
        await self._edge.admit(facts, COUNTED_AS)
        event_id = EventId.parse(scope["path_params"]["event_id"])
        services = self._services()
        (event,) = await services.catalogue.events_many([event_id])
        checked(caller, event)
        if self._running >= AT_ONCE:
            raise Outage("As many exports as may are under way.", retry_after_ms=10_000)
        self._running += 1
        try:
            async with aclosing(services.exports.bookings(event_id)) as parts:
                await self._stream(parts, event_id, scope, receive, send)
        finally:
            self._running -= 1

    async def _stream(
        self, parts: AsyncGenerator[list[ExportedPlace], None], event_id: EventId, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send all parts, unless the client goes, takes too long or the server stops: then the query ends and the response is cut off."""
        first: list[ExportedPlace] = await anext(parts, [])  # before anything is said, so that an outage is answered as one
        name = f'attachment; filename="{event_id}-bookings.csv"'
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/csv; charset=utf-8; header=present"),
                    (b"content-disposition", name.encode()),
                    (b"cache-control", b"no-store"),
                ],
            }
        )

        async def write() -> None:
            await send({"type": "http.response.body", "body": lines([HEAD, *map(cells, first)]), "more_body": True})
            async for part in parts:
                await send({"type": "http.response.body", "body": lines(map(cells, part)), "more_body": True})

        if scope["method"] == "GET":
            await self._until_gone(write(), receive, scope)
        await send({"type": "http.response.body", "body": b""})

    async def _until_gone(self, write: Coroutine[Any, Any, None], receive: Receive, scope: Scope) -> None:
        """Write to the end; raises Stuck, with the connection dropped so that the client knows that something is missing, otherwise."""

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        def end() -> None:
            writing.cancel()

        writing, leaving = asyncio.create_task(write), asyncio.create_task(gone())
        with self._edge.streams.opened(end):
            try:
                await asyncio.wait([writing, leaving], timeout=self._within_seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                end()
                has_left = leaving.done()
                leaving.cancel()
                outcome, _ = await asyncio.gather(writing, leaving, return_exceptions=True)
        if outcome is None:
            return
        if not has_left and not isinstance(outcome, Stuck):
            logger.warning("An export was cut off in request %s: %r", scope["state"]["request_id"], outcome)
        connection: Connection = scope["state"]["connection"]
        connection.hang_up()
        await asyncio.sleep(0)  # the transport tells the protocol that it is lost
        raise Stuck


def checked(caller: Caller | None, event: Event | None) -> Event:
    """The event, for whoever runs it; raises UNAUTHENTICATED, AUTH_UNAUTHORIZED or EVENT_NOT_FOUND for anybody else."""
    if caller is None:
        raise GraphQLFault(UNAUTHENTICATED, "Log in first: this needs an access token.")
    if event is None or not may_see(caller, event):
        raise GraphQLFault(EVENT_NOT_FOUND, "There is no such event.")
    if not manages(caller, event):
        raise GraphQLFault(UNAUTHORIZED, "Your account may not do this.")
    return event


def lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Rows as RFC 4180 has them, in UTF-8."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


def cells(place: ExportedPlace) -> list[str]:
    """A place's row."""
    told = (
        *(place.booking_code, place.booking_status, place.ticket_number, place.ticket_status),
        *(place.tier, place.section, place.row, place.seat, str(place.price.amount), place.price.currency),
        *(place.buyer_name, place.buyer_email, instant(place.booked_at), instant(place.checked_in_at)),
    )
    return [safe(cell or "") for cell in told]


def safe(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe comes before what would be one."""
    return f"'{cell}" if cell.startswith(RUN_BY_SPREADSHEETS) else cell


def instant(moment: datetime | None) -> str:
    """An instant in UTC, as GraphQL answers it; blank for none."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment is not None else ""
