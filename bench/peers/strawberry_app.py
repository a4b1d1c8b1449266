"""A seat shop with Strawberry, SQLAlchemy's asynchronous ORM and broadcaster, as their documentation shows how.

    python -m uvicorn bench.peers.strawberry_app:app

It finds DATABASE_URL, POOL, REDIS_URL and JWT_SECRET in its environment.
"""

import asyncio
import json
import os
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypedDict

import jwt
import strawberry
from broadcaster import Broadcast, BroadcastBackend
from broadcaster import Event as Published
from redis.asyncio import Redis
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from bench.peers.strawberry_tables import BookingRow, EventRow, SeatRow, TierRow, VenueRow

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:"), pool_size=int(os.environ["POOL"]), max_overflow=0
)
Session = async_sessionmaker(engine, expire_on_commit=False)
HOLD = timedelta(seconds=300)


class RedisBackend(BroadcastBackend):
    """broadcaster's own backend for Redis delivers nothing with redis-py 8: this one does what it was to do."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url)
        self._heard = self._redis.pubsub(ignore_subscribe_messages=True)
        self._subscribed = asyncio.Event()

    async def connect(self) -> None:
        await self._redis.ping()

    async def disconnect(self) -> None:
        await self._heard.aclose()  # type: ignore[no-untyped-call]
        await self._redis.aclose()

    async def subscribe(self, channel: str) -> None:
        await self._heard.subscribe(channel)
        self._subscribed.set()

    async def unsubscribe(self, channel: str) -> None:
        await self._heard.unsubscribe(channel)

    async def publish(self, channel: str, message: Any) -> None:
        await self._redis.publish(channel, message)

    async def next_published(self) -> Published:
        await self._subscribed.wait()
        while (message := await self._heard.get_message(timeout=None)) is None:
            pass
        return Published(channel=message["channel"].decode(), message=message["data"].decode())


broadcast = Broadcast(backend=RedisBackend(os.environ["REDIS_URL"]))


async def load_venues(ids: list[int]) -> list[VenueRow]:
    """A venue for each id."""
    async with Session() as session:
        rows = {row.venue_id: row for row in await session.scalars(select(VenueRow).where(VenueRow.venue_id.in_(ids)))}
    return [rows[venue_id] for venue_id in ids]


async def load_tiers(ids: list[int]) -> list[list[TierRow]]:
    """The tiers of each event."""
    found: dict[int, list[TierRow]] = defaultdict(list)
    async with Session() as session:
        for row in await session.scalars(select(TierRow).where(TierRow.event_id.in_(ids)).order_by(TierRow.tier_id)):
            found[row.event_id].append(row)
    return [found[event_id] for event_id in ids]


async def load_seats(ids: list[int]) -> list[list[SeatRow]]:
    """The seats of each event, section by section and row by row."""
    found: dict[int, list[SeatRow]] = defaultdict(list)
    async with Session() as session:
        for row in await session.scalars(select(SeatRow).where(SeatRow.event_id.in_(ids)).order_by(SeatRow.seat_id)):
            found[row.event_id].append(row)
    return [found[event_id] for event_id in ids]


class Context(TypedDict):
    """What a request has for itself."""

    request: Request | WebSocket
    venues: DataLoader[int, VenueRow]
    tiers: DataLoader[int, list[TierRow]]
    seats: DataLoader[int, list[SeatRow]]


Info = strawberry.Info[Context, None]


@strawberry.enum
class SeatStatus(Enum):
    AVAILABLE = "AVAILABLE"
    HELD = "HELD"
    BOOKED = "BOOKED"


@strawberry.type
class Venue:
    id: strawberry.ID
    name: str
    city: str


@strawberry.type
class Tier:
    name: str
    price: int
    available: int


@strawberry.type
class Seat:
    id: strawberry.ID
    number: int
    status: SeatStatus
    price: int


@strawberry.type
class Row:
    label: str
    seats: list[Seat]


@strawberry.type
class Section:
    name: str
    rows: list[Row]


@strawberry.type
class Event:
    id: strawberry.ID
    name: str
    starts_at: datetime
    row: strawberry.Private[EventRow]

    @classmethod
    def of(cls, row: EventRow) -> "Event":
        return cls(id=strawberry.ID(str(row.event_id)), name=row.name, starts_at=row.starts_at, row=row)

    @strawberry.field
    async def venue(self, info: Info) -> Venue:
        row = await info.context["venues"].load(self.row.venue_id)
        return Venue(id=strawberry.ID(str(row.venue_id)), name=row.name, city=row.city)

    @strawberry.field
    async def tiers(self, info: Info) -> list[Tier]:
        rows = await info.context["tiers"].load(self.row.event_id)
        return [Tier(name=row.name, price=row.price, available=row.available) for row in rows]

    @strawberry.field
    async def available_seats(self, info: Info) -> int:
        return sum(row.available for row in await info.context["tiers"].load(self.row.event_id))

    @strawberry.field
    async def sections(self, info: Info) -> list[Section]:
        return in_sections(await info.context["seats"].load(self.row.event_id))


def in_sections(rows: Sequence[SeatRow]) -> list[Section]:
    """Seats as a tree."""
    tree: dict[str, dict[str, list[Seat]]] = {}
    for row in rows:
        seat = Seat(id=strawberry.ID(str(row.seat_id)), number=row.number, status=SeatStatus(row.status), price=row.price)
        tree.setdefault(row.section, {}).setdefault(row.row_label, []).append(seat)
    return [Section(name=name, rows=[Row(label=label, seats=seats) for label, seats in found.items()]) for name, found in tree.items()]


@strawberry.type
class Hold:
    ok: bool
    booking_id: strawberry.ID | None = None
    total: int | None = None
    message: str | None = None


@strawberry.type
class SeatChange:
    seat_id: strawberry.ID
    status: SeatStatus


@strawberry.type
class SeatsChanged:
    changes: list[SeatChange]
    available_seats: int


@strawberry.type
class Query:
    @strawberry.field
    async def events(self, first: int = 20) -> list[Event]:
        async with Session() as session:
            rows = await session.scalars(select(EventRow).order_by(EventRow.starts_at, EventRow.event_id).limit(min(first, 100)))
            return [Event.of(row) for row in rows]

    @strawberry.field
    async def event(self, id: strawberry.ID) -> Event | None:
        async with Session() as session:
            row = await session.get(EventRow, int(id))
        return Event.of(row) if row else None


def user_of(info: Info) -> int:
    """Who asks; raises PermissionError for nobody."""
    scheme, _, token = info.context["request"].headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise PermissionError("Log in first.")
    return int(jwt.decode(token, os.environ["JWT_SECRET"], algorithms=["HS256"])["sub"])


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def hold_seats(self, info: Info, event_id: strawberry.ID, seat_ids: list[strawberry.ID]) -> Hold:
        user_id, event, ids = user_of(info), int(event_id), {int(seat_id) for seat_id in seat_ids}
        wanted = select(SeatRow).where(SeatRow.event_id == event, SeatRow.seat_id.in_(ids), SeatRow.status == "AVAILABLE")
        async with Session.begin() as session:
            seats = (await session.scalars(wanted.order_by(SeatRow.seat_id).with_for_update())).all()
            if len(seats) != len(ids):
                return Hold(ok=False, message="Not all of these seats are available.")
            total = sum(seat.price for seat in seats)
            booking = BookingRow(user_id=user_id, event_id=event, total=total, expires_at=datetime.now(UTC) + HOLD)
            session.add(booking)
            await session.flush()
            for seat in seats:
                seat.status, seat.booking_id = "HELD", booking.booking_id
            for tier_id, taken in sorted(Counter(seat.tier_id for seat in seats).items()):
                await session.execute(update(TierRow).where(TierRow.tier_id == tier_id).values(available=TierRow.available - taken))
            left = await session.scalar(select(func.sum(TierRow.available)).where(TierRow.event_id == event))
        await broadcast.publish(f"seats:{event}", json.dumps({"held": sorted(ids), "available": left}))
        return Hold(ok=True, booking_id=strawberry.ID(str(booking.booking_id)), total=total)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def seats_changed(self, event_id: strawberry.ID) -> AsyncGenerator[SeatsChanged, None]:
        async with broadcast.subscribe(channel=f"seats:{int(event_id)}") as subscriber:
            async for published in subscriber:  # type: ignore[union-attr]  # its annotation allows None
                told = json.loads(published.message)  # type: ignore[union-attr]
                changes = [SeatChange(seat_id=strawberry.ID(str(seat_id)), status=SeatStatus.HELD) for seat_id in told["held"]]
                yield SeatsChanged(changes=changes, available_seats=told["available"])


class Shop(GraphQL[Context, None]):
    """Strawberry's own application, with loaders for each request."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return {
            "request": request,
            "venues": DataLoader(load_venues),
            "tiers": DataLoader(load_tiers),
            "seats": DataLoader(load_seats),
        }


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """What is open while it serves."""
    async with broadcast:
        yield
    await engine.dispose()


async def ready(_request: Request) -> Response:
    """Whether it serves: it does."""
    return PlainTextResponse("yes")


graphql = Shop(strawberry.Schema(Query, Mutation, Subscription, extensions=[ParserCache, ValidationCache]))
app = Starlette(lifespan=lifespan, routes=[Route("/ready", ready), Route("/graphql", graphql), WebSocketRoute("/graphql", graphql)])
