"""Everything that can be asked, asked wrongly over HTTP: each time a typed refusal or an error with a code, and nothing is changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from db.pool import Pool
from domain.callers import Role
from domain.ids import (
    BookingId,
    CategoryId,
    EntryId,
    EventId,
    LayoutId,
    NotificationId,
    OrganizationId,
    PaymentId,
    SeatId,
    TicketId,
    TierId,
    UserId,
    VenueId,
)
from domain.inventory import EventStatus
from domain.users import User
from tests.db.events import an_event, read_truth, standing
from tests.system.conftest import House
from tests.system.documents import Operation, operations
from tests.system.people import BOOK, Person, a_person, buying, seat_ids
from tests.system.running import NO_TLS
from web.tokens import AccessTokens, SigningKey

TABLES = (
    *("account", "booking", "category", "claim", "event", "inventory", "layout", "membership", "organization"),
    *("payment", "receipt", "refresh_token", "refund", "ticket", "tier", "venue"),
    *("audit", "errand", "notification", "waitlist_entry"),
)
UNKNOWN = 1 << 62
AT_ONCE = 4
LONG = "x" * 20_000
NO_IDS: tuple[object, ...] = (
    "",
    " ",
    "x",
    "evt_",
    "evt_0000000000000",
    "EVT_0000000000001",
    "\0",
    "🎭" * 17,
    LONG,
    "usr_ZZZZZZZZZZZZZ",
    -1,
    2**63,
    1.5,
    True,
    [],
    {},
)
NO_VALUES: tuple[object, ...] = (
    *(None, [], {"a": {"b": None}}, True, 0, -1, 1.5, 2**31, 2**53, 10**40),
    *("", "\0", "a\0b", "🎭", "\ud800", LONG, "NaN", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
)


@dataclass(frozen=True)
class Answer:
    """What came back, whatever the status."""

    status: int
    body: dict[str, Any]

    @property
    def codes(self) -> list[str]:
        """The codes of errors, or of the refusal."""
        if self.body.get("errors"):
            return [error["extensions"]["code"] for error in self.body["errors"]]
        value = self.value
        return [value["code"]] if isinstance(value, dict) and "code" in value else []

    @property
    def value(self) -> Any:
        """What the one field answers."""
        return next(iter((self.body.get("data") or {"": None}).values()))

    @property
    def is_civil(self) -> bool:
        """Whether it is as the contract promises: data, or errors with a code and the request's id, none of them our fault."""
        errors = self.body.get("errors", ())
        told = all(error["extensions"]["code"] and error["extensions"]["requestId"] for error in errors)
        return told and bool(errors or "data" in self.body) and not {"SERVER_ERROR", "SERVICE_UNAVAILABLE"}.intersection(self.codes)


@dataclass
class Asker:
    """A client that sends whatever it is told to."""

    running_url: str
    client: httpx.AsyncClient

    async def ask(self, document: str, variables: object, token: str | None = None, **more: Any) -> Answer:
        """One request, an event stream where it is a subscription: its first event."""
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token is not None else {})}
        body = json.dumps({"query": document, "variables": variables, **more}).encode()
        if not document.startswith("subscription"):
            answer = await self.client.post(self.running_url, content=body, headers=headers)
            return Answer(answer.status_code, answer.json())
        headers["Accept"] = "text/event-stream"
        async with self.client.stream("POST", self.running_url, content=body, headers=headers) as stream:
            if not stream.headers["content-type"].startswith("text/event-stream"):
                return Answer(stream.status_code, json.loads(await stream.aread()))
            async for line in stream.aiter_lines():
                if line.startswith("data:") and line != "data:":
                    return Answer(200, json.loads(line.removeprefix("data:")))
        raise AssertionError("the stream told nothing")


@pytest.fixture(scope="module")
async def asker(house: House) -> AsyncIterator[Asker]:
    async with httpx.AsyncClient(verify=NO_TLS, timeout=30) as client:
        yield Asker(house.running.url, client)


@dataclass(frozen=True)
class World:
    """Things that exist, and who may do everything with them."""

    operations: list[Operation]
    admin: str
    event_id: EventId
    booking_id: str
    owner: Person


@pytest.fixture(scope="module")
async def world(house: House) -> World:
    event_id, draft_id = await an_event(house.pool, 30), await an_event(house.pool, 5, status=EventStatus.DRAFT)
    to_cancel, to_change = await an_event(house.pool, 5), await an_event(house.pool, 5)
    owner, member = await a_person(house.pool), await a_person(house.pool)
    async with buying(house.running, owner.token) as buyer:
        booked = await buyer.book(event_id, 0)
        paid = await buyer.book(event_id, 1)
        await buyer.pay(paid["id"])
    payment = await house.pool.fetchval("SELECT payment_id FROM payment WHERE event_id = $1", event_id)
    venue, category, organization = [
        await house.pool.fetchval(f"SELECT min({table}_id) FROM {table}") for table in ("venue", "category", "organization")
    ]
    venue_id, category_id, organization_id = str(VenueId(venue)), str(CategoryId(category)), str(OrganizationId(organization))
    samples = {
        **{"eventId": str(event_id), "eventIds": [str(event_id)], "venueId": venue_id, "categoryId": category_id},
        **{"organizationId": organization_id, "bookingId": booked["id"], "tierId": str(TierId(event_id, 1)), "userId": str(member.user_id)},
        **{"event.id": str(event_id), "node.id": str(event_id), "venue.id": venue_id, "organization.id": organization_id},
        **{"booking.id": booked["id"], "bookingUpdated.id": booked["id"], "payment.id": str(PaymentId(event_id, payment))},
        **{
            "deleteEvent.eventId": str(draft_id),
            **{
                "CancelEventInput.eventId": str(to_cancel),
                "UpdateEventInput.eventId": str(to_change),
                "updateEvent.eventId": str(to_change),
            },
            **{f"{kind}.seats": seat_ids(event_id, [1]) for kind in ("CancelBookingInput", "CancellationQuoteInput")},
            **{f"{kind}.tickets": None for kind in ("CancelBookingInput", "CancellationQuoteInput")},
            **{"ticketId": str(TicketId.of(BookingId.parse(paid["id"]), 1)), "entryId": str(EntryId(event_id, UNKNOWN))},
            "markNotificationsRead.ids": [str(NotificationId(event_id, UNKNOWN))],
            "blockSeats.seats": seat_ids(event_id, [20]),
            "unblockSeats.seats": seat_ids(event_id, [20]),
            "after": None,
            "seatMap.after": 0,
            "idempotencyKey": None,
        },
        "PlacesInput": {"seats": seat_ids(event_id, [21])},
        "TierInput": {"name": "Floor", "kind": "STANDING", "priceMinor": 100, "capacity": 10},
        "SectionInput": {"detailed": {"name": "Stalls", "rows": [{"label": "A", "seats": [{"number": "1", "x": 1.0, "y": 2.0}]}]}},
        "LogInInput": {"email": "nobody@boxoffice.test", "password": "Box-0ffice?"},
        **{"country": "GB", "timezone": "Europe/London", "currency": "GBP", "endsAt": "2031-05-01T21:30:00Z", "slug": "some-words"},
        **{"onSaleAt": "2026-01-01T10:00:00Z", "offSaleAt": "2031-05-01T19:00:00Z", "phone": "+441234567890", "username": None},
    }
    return World(operations(samples), await house.running.token_of("admin@boxoffice.test"), event_id, booked["id"], owner)


async def rows_in(pool: Pool) -> dict[str, int]:
    """How many rows each table has, and the sum of all versions."""
    counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES)
    row = await pool.fetchrow(f"SELECT {counts}, (SELECT sum(version) FROM inventory) AS versions")
    assert row is not None
    return dict(row)


async def each(asker: Asker, asked: Iterable[tuple[Operation, dict[str, Any]]], token: str | None) -> list[tuple[Operation, Any, Answer]]:
    """Ask all of it, a few at once; every answer must be a civil one."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(operation: Operation, variables: dict[str, Any]) -> tuple[Operation, Any, Answer]:
        async with gate:
            answer = await asker.ask(operation.document, variables, token)
        return operation, variables, answer

    answers = await asyncio.gather(*(one(operation, variables) for operation, variables in asked))
    assert [(operation.name, str(variables)[:400], answer) for operation, variables, answer in answers if not answer.is_civil] == []
    return answers


@pytest.mark.timeout(120)
async def test_an_id_that_names_nothing_is_refused_everywhere_and_changes_nothing(house: House, asker: Asker, world: World) -> None:
    before = await rows_in(house.pool)
    foreign = [str(UserId(UNKNOWN)), str(LayoutId(UNKNOWN)), str(EventId(UNKNOWN)), str(SeatId(EventId(UNKNOWN), 1))]
    unknown = [
        str(BookingId(world.event_id, UNKNOWN)),
        str(VenueId(UNKNOWN)),
        str(TierId(EventId(UNKNOWN), 1)),
        str(OrganizationId(UNKNOWN)),
    ]

    asked = (
        (operation, operation.spoiled(path, value))
        for operation in world.operations
        for path in operation.leaves("ID")
        for value in (*NO_IDS, *foreign, *unknown)
    )
    answers = await each(asker, asked, world.admin)

    done = [(operation.name, variables) for operation, variables, answer in answers if not answer.codes and not harmless(operation, answer)]
    assert done == []
    assert await rows_in(house.pool) == before


def harmless(operation: Operation, answer: Answer) -> bool:
    """Whether an answer without a refusal is one all the same: there is no such thing, or a list with nothing in it."""
    return operation.kind == "query" and (answer.value is None or operation.name in ("events", "venues", "bookings", "audit"))


@pytest.mark.timeout(120)
async def test_whatever_stands_where_a_value_should_it_is_never_our_fault(asker: Asker, world: World) -> None:
    asked = (
        (operation, operation.spoiled(path, value))
        for operation in world.operations
        for path in operation.leaves()
        if path not in operation.leaves("ID")
        for value in NO_VALUES
    )

    answers = await each(asker, asked, world.admin)

    assert len(answers) > 500
    assert any(answer.codes == ["VALIDATION_ERROR"] for _, _, answer in answers)


async def test_what_must_be_there_and_is_not_is_named(house: House, asker: Asker, world: World) -> None:
    before = await rows_in(house.pool)

    asked = ((operation, variables) for operation in world.operations for variables in operation.without())
    answers = await each(asker, asked, world.admin)

    assert {tuple(answer.codes) for _, _, answer in answers} == {("BAD_REQUEST",)}
    assert {operation.name for operation, _, _ in answers} >= {"createBooking", "seatMap", "logOut", "node"}
    assert await rows_in(house.pool) == before


async def test_of_two_ways_exactly_one_is_taken(house: House, asker: Asker, world: World) -> None:
    before = await rows_in(house.pool)
    seats, quantity = seat_ids(world.event_id, [22]), {"tierId": str(TierId(world.event_id, 1)), "quantity": 1}

    answers = [
        await asker.ask(BOOK, {"input": {"eventId": str(world.event_id), "places": places}}, world.owner.token)
        for places in ({"seats": seats, "quantity": quantity}, {}, {"seats": None}, {"seats": seats, "quantity": None})
    ]

    assert [answer.codes for answer in answers] == [["BAD_REQUEST"]] * 4
    assert await rows_in(house.pool) == before


async def test_seats_that_cannot_be_booked_are_refused(house: House, asker: Asker, world: World) -> None:
    other = await an_event(house.pool, 30)
    before = await rows_in(house.pool)
    chosen = {
        "none": [],
        "twice": seat_ids(world.event_id, [3, 3]),
        "eleven": seat_ids(world.event_id, range(2, 13)),
        "thousands": seat_ids(world.event_id, [2]) * 5000,
        "of two events": [*seat_ids(world.event_id, [4]), *seat_ids(other, [4])],
        "not there": seat_ids(world.event_id, [30]),
        "far beyond": seat_ids(world.event_id, [1_000_000]),
    }

    answers = {
        name: (await asker.ask(BOOK, {"input": {"eventId": str(world.event_id), "places": {"seats": seats}}}, world.owner.token)).codes
        for name, seats in chosen.items()
    }

    assert answers == {
        "none": ["INVALID_SEAT_COUNT"],
        "twice": ["VALIDATION_ERROR"],
        "eleven": ["INVALID_SEAT_COUNT"],
        "thousands": ["VALIDATION_ERROR"],
        "of two events": ["VALIDATION_ERROR"],
        "not there": ["BOOKING_SEATS_UNAVAILABLE"],
        "far beyond": ["BOOKING_SEATS_UNAVAILABLE"],
    }
    assert await rows_in(house.pool) == before


async def test_quantities_that_cannot_be_are_refused(house: House, asker: Asker, world: World) -> None:
    event_id = await an_event(house.pool, tiers=[standing(1000)])
    before = await rows_in(house.pool)

    answers: dict[object, str] = {}
    for quantity in (0, -1, 11, 2**31 - 1, -(2**31), 2**31, 2**53, 1.5, "2", None):
        places = {"quantity": {"tierId": str(TierId(event_id, 1)), "quantity": quantity}}
        answers[quantity] = (await asker.ask(BOOK, {"input": {"eventId": str(event_id), "places": places}}, world.owner.token)).codes[0]
    strange = await asker.ask(
        BOOK,
        {"input": {"eventId": str(event_id), "places": {"quantity": {"tierId": str(TierId(event_id, 9)), "quantity": 1}}}},
        world.owner.token,
    )

    counted, no_int = "INVALID_SEAT_COUNT", "BAD_REQUEST"
    assert answers == dict.fromkeys((0, -1, 11, 2**31 - 1, -(2**31)), counted) | dict.fromkeys((2**31, 2**53, 1.5, "2", None), no_int)
    assert strange.codes == ["TIER_NOT_FOUND"]
    assert await rows_in(house.pool) == before


async def test_events_that_do_not_sell_now_sell_nothing(house: House, asker: Asker, world: World) -> None:
    events = {
        "began": await an_event(house.pool, 5, starts_in=timedelta(hours=-1), on_sale_in=timedelta(days=-9)),
        "not yet": await an_event(house.pool, 5, on_sale_in=timedelta(days=1)),
        "cancelled": await an_event(house.pool, 5, status=EventStatus.CANCELLED),
        "draft": await an_event(house.pool, 5, status=EventStatus.DRAFT),
    }
    before = await rows_in(house.pool)

    answers = {}
    for name, event_id in events.items():
        answer = await asker.ask(
            BOOK, {"input": {"eventId": str(event_id), "places": {"seats": seat_ids(event_id, [1])}}}, world.owner.token
        )
        answers[name] = answer.codes

    assert answers == {
        "began": ["EVENT_NOT_ON_SALE"],
        "not yet": ["EVENT_NOT_ON_SALE"],
        "cancelled": ["EVENT_NOT_ON_SALE"],
        "draft": ["EVENT_NOT_FOUND"],
    }
    assert await rows_in(house.pool) == before


async def test_a_token_that_does_not_hold_opens_nothing(house: House, asker: Asker, world: World) -> None:
    expired = await a_person(house.pool, Role.ADMIN, valid=timedelta(seconds=-5))
    forger = AccessTokens([SigningKey.of(b"a secret of somebody else's, long enough")])
    head, claims, seal = world.admin.split(".")
    tokens = {
        "expired": expired.token,
        "forged": forger.sign(User(UserId(1), "admin@boxoffice.test", "Ada Admin", Role.ADMIN, datetime.now(UTC)), []).text,
        "cut": world.admin[:-3],
        "none at all": "x",
        "no algorithm": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.",
        "another's claims": f"{head}.{world.owner.token.split('.')[1]}.{seal}",
        "long": LONG,
    }
    before = await rows_in(house.pool)

    codes: dict[str, set[str]] = {name: set() for name in tokens}
    for name, token in tokens.items():
        for operation, _, answer in await each(asker, ((one, one.variables) for one in world.operations), token):
            assert answer.codes, (name, operation.name, answer.body)
            codes[name].update(answer.codes)
    by_nobody = {
        operation.name: answer.codes
        for operation, _, answer in await each(asker, ((one, one.variables) for one in world.operations if asks_for_a_user(one)), None)
    }

    assert codes.pop("expired") == {"AUTH_TOKEN_EXPIRED"}
    assert set().union(*codes.values()) == {"UNAUTHENTICATED"}
    assert set(map(tuple, by_nobody.values())) == {("UNAUTHENTICATED",)}, by_nobody
    assert await rows_in(house.pool) == before


async def test_what_is_somebody_elses_is_as_if_it_were_not_there(house: House, asker: Asker, world: World) -> None:
    stranger = await a_person(house.pool)
    before = await rows_in(house.pool)
    theirs = {"booking", "payment", "confirmBooking", "extendBooking", "cancelBooking", "bookingUpdated"}
    runs = {"updateEvent", "publishEvent", "blockSeats", "unblockSeats", "createEvent", "createVenue", "updateVenue", "createCategory"}

    answers = {
        operation.name: answer
        for operation, _, answer in await each(
            asker, ((one, one.variables) for one in world.operations if one.name in theirs | runs), stranger.token
        )
    }

    assert {name: answers[name].codes for name in theirs} == {
        **{name: ["BOOKING_NOT_FOUND"] for name in theirs},
        **{"booking": [], "payment": []},
    }
    assert answers["booking"].value is answers["payment"].value is None
    assert {name: answers[name].codes for name in runs} == {name: ["AUTH_UNAUTHORIZED"] for name in runs}
    assert await rows_in(house.pool) == before
    (await read_truth(house.pool, world.event_id)).must_be_sound()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": "{"}',
        b'"\\ud800"',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"query": null}',
    ],
)
async def test_a_body_that_is_no_request_is_told_so(asker: Asker, body: bytes) -> None:
    answer = await asker.client.post(asker.running_url, content=body, headers={"Content-Type": "application/json"})

    told = Answer(answer.status_code, answer.json())
    assert told.is_civil
    assert answer.status_code == 400 or told.codes == ["GRAPHQL_PARSE_FAILED"]
    assert told.codes


def asks_for_a_user(operation: Operation) -> bool:
    """Whether nobody without a token may ask this."""
    everybodys = {"event", "events", "node", "venue", "venues", "organization", "seatMap", "availability"}
    return operation.name not in everybodys | {"register", "logIn", "refreshSession", "logOut"}
