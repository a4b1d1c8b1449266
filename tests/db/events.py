"""The world of these tests: events with a box office on a real database, the commands of users, and what must be true of every row."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeAlias
from zlib import crc32

import orjson

from db.bookings import Bookings
from db.box_office import BoxOffice, Limits
from db.identifiers import new_number
from db.layouts import Layouts, write_layout
from db.plans import SeatingPlans
from db.pool import Connection, Pool, close_pool, open_pool
from domain.answers import BookingPending
from domain.bookings import Booking, BookingStatus, IdempotencyKey
from domain.callers import Caller, Role
from domain.changes import ChangeSet
from domain.commands import BeginPayment, BookQuantity, BookSeats, CancelBooking, CompletePayment, ExtendBooking
from domain.ids import BookingId, EventId, LayoutId, PaymentId, RefundId, UserId
from domain.inventory import BookingPolicy, EventStatus
from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.places import Counts, PlaceStatus, TierKind
from tests.db.soundness import (
    bookings_must_be_sound,
    everybody_must_be_told,
    money_must_be_sound,
    seats_in,
    tickets_must_be_sound,
    waitlist_must_be_sound,
)

Database: TypeAlias = "Pool | Connection"
AVAILABLE, HELD, BOOKED, BLOCKED = PlaceStatus
PRICE_MINOR = 7500
_keys = count(1)


@dataclass(frozen=True, slots=True)
class TierSpec:
    """A tier to be made: with seats of the layout, from the front, or with room to stand."""

    places: int
    kind: TierKind = TierKind.SEATED
    price_minor: int = PRICE_MINOR


def standing(places: int, price_minor: int = PRICE_MINOR) -> TierSpec:
    return TierSpec(places, TierKind.STANDING, price_minor)


async def an_event(
    database: Database,
    seats: int = 10,
    *,
    tiers: Sequence[TierSpec] = (),
    ticket_limit: int | None = None,
    status: EventStatus = EventStatus.PUBLISHED,
    starts_in: timedelta = timedelta(days=30),
    on_sale_in: timedelta = timedelta(days=-1),
    currency: str = "GBP",
    avoids_orphans: bool = False,
) -> EventId:
    """An event on sale with `seats` seats in tier 1, or with `tiers`, numbered from 1."""
    tiers = tiers or (TierSpec(seats),)
    seat_count = sum(tier.places for tier in tiers if tier.kind is TierKind.SEATED)
    event_id, venue_id, now = EventId(new_number()), new_number(), datetime.now(UTC)
    capacity = sum(tier.places for tier in tiers)
    await database.execute(
        "INSERT INTO venue (venue_id, name, address, city, country, timezone, capacity, created_at) "
        "VALUES ($1, 'Barbican', 'Silk Street', 'London', 'GB', 'Europe/London', $2, $3)",
        venue_id,
        capacity,
        now,
    )
    layout_id = await a_layout(database, venue_id, seat_count) if seat_count else None
    prices = [tier.price_minor for tier in tiers]
    await database.execute(
        "INSERT INTO event (event_id, name, description, venue_id, layout_id, status, starts_at, ends_at, on_sale_at, off_sale_at, "
        "timezone, ticket_limit, currency, min_price_minor, max_price_minor, capacity, created_at, avoids_orphans) "
        "VALUES ($1, 'Gala', '', $2, $3, $4, $5, $6, $7, $5, 'Europe/London', $8, $9, $10, $11, $12, $13, $14)",
        event_id,
        venue_id,
        layout_id,
        status,
        now + starts_in,
        now + starts_in + timedelta(hours=2),
        now + on_sale_in,
        ticket_limit,
        currency,
        min(prices),
        max(prices),
        capacity,
        now,
        avoids_orphans,
    )
    starts, tier_nos = seating(tiers) if seat_count else (None, None)
    await database.execute("INSERT INTO inventory VALUES ($1, 0, 1, $2, $3)", event_id, starts, tier_nos)
    for tier_no, tier in enumerate(tiers, start=1):
        await database.execute(
            "INSERT INTO tier VALUES ($1, $2, $3, $4, $5, $6, $6, 0, 0, 0)",
            event_id,
            tier_no,
            f"Tier {tier_no}",
            tier.kind,
            tier.price_minor,
            tier.places,
        )
    return event_id


def seating(tiers: Sequence[TierSpec]) -> tuple[list[int], list[int]]:
    """Which tier each run of seats is in: the tiers in order, from the front."""
    starts, tier_nos, at = [], [], 0
    for tier_no, tier in enumerate(tiers, start=1):
        if tier.kind is TierKind.SEATED:
            starts.append(at)
            tier_nos.append(tier_no)
            at += tier.places
    return starts, tier_nos


async def a_layout(database: Database, venue_id: int, seats: int) -> LayoutId:
    """One row of seats."""
    layout_id, layout = LayoutId(new_number()), parse_layout([SectionDraft("Stalls", [RowDraft("A", seats)])])
    assert isinstance(layout, Layout)
    await database.execute(
        "INSERT INTO layout (layout_id, venue_id, seat_count, plan, created_at) VALUES ($1, $2, $3, $4, now())",
        layout_id,
        venue_id,
        seats,
        write_layout(layout),
    )
    return layout_id


@dataclass
class House:
    """A process: its box office with a pool of its own, and all that it told viewers."""

    pool: Pool
    office: BoxOffice
    bookings: Bookings
    told: list[ChangeSet] = field(default_factory=list, repr=False)

    def told_of(self, event_id: EventId) -> list[ChangeSet]:
        """What viewers of an event were told, in order."""
        return [change_set for change_set in self.told if change_set.event_id == event_id]

    async def held(self, event_id: EventId, user_id: UserId, *seats: int) -> Booking:
        """A pending booking of some seats."""
        pending = await self.office.submit(book(event_id, user_id, *seats))
        assert isinstance(pending, BookingPending), pending
        return pending.booking

    async def end_hold(self, booking: Booking) -> None:
        """Let a hold's time be over, and that of the offer it may be."""
        await self.pool.execute(
            "WITH ended AS (UPDATE booking SET expires_at = now() - interval '1 second' WHERE event_id = $1 AND booking_id = $2 "
            "RETURNING event_id, booking_id, expires_at) "
            "UPDATE waitlist_entry SET offer_expires_at = ended.expires_at FROM ended "
            "WHERE waitlist_entry.event_id = ended.event_id AND entry_id = booking_id AND status = 1",
            booking.id.event_id,
            booking.id.number,
        )

    async def status_of(self, booking: Booking) -> BookingStatus:
        """The state of a booking as it is stored."""
        number: int = await self.pool.fetchval(
            "SELECT status FROM booking WHERE event_id = $1 AND booking_id = $2", booking.id.event_id, booking.id.number
        )
        return BookingStatus(number)

    async def truth(self, event_id: EventId) -> "Truth":
        """All rows of an event."""
        return await read_truth(self.pool, event_id)


@asynccontextmanager
async def a_house(
    database_url: str, *, connections: int = 4, limits: Limits | None = None, policy: BookingPolicy | None = None
) -> AsyncIterator[House]:
    """A process that sells, as long as the `async with` lasts."""
    pool = await open_pool(database_url, connections, for_writing=True)
    told: list[ChangeSet] = []
    house = House(pool, BoxOffice(pool, SeatingPlans(Layouts().load), Telling(told.append), policy, limits), Bookings(pool), told)
    try:
        yield house
    finally:
        await house.office.close()
        await close_pool(pool)


@dataclass(frozen=True)
class Telling:
    """A publisher whose viewers are a list."""

    publish: Callable[[ChangeSet], None]


def a_user() -> UserId:
    """Somebody whom no other test knows."""
    return UserId(new_number())


def a_caller(user_id: UserId, role: Role = Role.USER) -> Caller:
    return Caller(user_id, role)


def key(text: str | None = None, asks: object = "") -> IdempotencyKey:
    """A key for a request, a new one unless named, with a fingerprint of what is asked."""
    return IdempotencyKey(text or f"key {next(_keys)}", crc32(repr(asks).encode()))


def book(event_id: EventId, user_id: UserId, *seats: int, idempotency: IdempotencyKey | None = None) -> BookSeats:
    return BookSeats(BookingId(event_id, new_number()), user_id, seats, idempotency)


def book_any(
    event_id: EventId, user_id: UserId, quantity: int, *, tier_no: int = 1, idempotency: IdempotencyKey | None = None
) -> BookQuantity:
    return BookQuantity(BookingId(event_id, new_number()), user_id, tier_no, quantity, idempotency)


def extend(booking: Booking, idempotency: IdempotencyKey | None = None) -> ExtendBooking:
    return ExtendBooking(booking.id, a_caller(booking.user_id), idempotency or key())


def cancel(booking: Booking, idempotency: IdempotencyKey | None = None) -> CancelBooking:
    return CancelBooking(booking.id, RefundId(booking.id.event_id, new_number()), a_caller(booking.user_id), idempotency or key())


def begin(
    booking: Booking, *, method: str = "pm_card_visa", idempotency: IdempotencyKey | None = None, fails_booking: bool = False
) -> BeginPayment:
    return BeginPayment(
        booking_id=booking.id,
        payment_id=PaymentId(booking.id.event_id, new_number()),
        by=a_caller(booking.user_id),
        gateway="sandbox",
        method=method,
        idempotency=idempotency or key(),
        fails_booking=fails_booking,
    )


def complete(payment_id: PaymentId, booking: Booking, reference: str = "ch_1") -> CompletePayment:
    refund_id = RefundId(booking.id.event_id, new_number())
    return CompletePayment(booking.id, payment_id, refund_id, reference, booking.seats, booking.user_id)


@dataclass(frozen=True, slots=True)
class Truth:
    """All rows of an event, read at one moment."""

    version: int
    tiers: dict[int, tuple[TierKind, Counts]]
    claims: dict[int, tuple[PlaceStatus, int | None, int]]
    """Status, booking and version by seat."""
    bookings: list[dict[str, Any]]
    tickets: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
    waiting: int
    tier_starts: list[int]
    tier_nos: list[int]

    @property
    def seats(self) -> dict[int, PlaceStatus]:
        """The seats that are not available."""
        return {seat_no: status for seat_no, (status, _, _) in self.claims.items() if status is not AVAILABLE}

    @property
    def counts(self) -> dict[int, Counts]:
        return {tier_no: counts for tier_no, (_, counts) in self.tiers.items()}

    def of_status(self, status: BookingStatus) -> list[dict[str, Any]]:
        return [booking for booking in self.bookings if booking["status"] == status]

    def must_be_sound(self, *, invented: bool = False) -> None:
        """What is true of every event after every commit; of bookings that were invented nobody is told."""
        holding = {b["booking_id"]: b for b in self.bookings if b["status"] in (BookingStatus.PENDING, BookingStatus.CONFIRMED)}
        states = {BookingStatus.PENDING: HELD, BookingStatus.CONFIRMED: BOOKED}
        promised = [
            (seat_no, (states[BookingStatus(booking["status"])], number))
            for number, booking in holding.items()
            for seat_no in seats_in(booking)
        ]
        owned = {seat_no: (status, owner) for seat_no, (status, owner, _) in self.claims.items() if status in (HELD, BOOKED)}
        assert len(dict(promised)) == len(promised), "a seat has two owners"
        assert dict(promised) == owned, "bookings and claims do not agree"
        assert all(version <= self.version for _, _, version in self.claims.values())
        for tier_no, (kind, counts) in self.tiers.items():
            assert counts == self._counted(tier_no, kind, counts, holding.values()), f"tier {tier_no} miscounts"
        bookings_must_be_sound(self)
        tickets_must_be_sound(self)
        money_must_be_sound(self)
        waitlist_must_be_sound(self)
        if not invented:
            everybody_must_be_told(self)

    def must_keep(self, ticket_limit: int) -> None:
        """That no user has more places than the event allows one."""
        taken: Counter[int] = Counter()
        for booking in self.bookings:
            if booking["status"] in (BookingStatus.PENDING, BookingStatus.CONFIRMED):
                taken[booking["user_id"]] += booking["quantity"]
        assert max(taken.values(), default=0) <= ticket_limit

    def _counted(self, tier_no: int, kind: TierKind, counts: Counts, holding: Iterable[dict[str, Any]]) -> Counts:
        places: Counter[PlaceStatus] = Counter()
        if kind is TierKind.SEATED:
            tier_of = {seat_no: self.tier_of(seat_no) for seat_no in self.seats}
            places.update(status for seat_no, status in self.seats.items() if tier_of[seat_no] == tier_no)
        else:
            for booking in holding:
                state = HELD if booking["status"] == BookingStatus.PENDING else BOOKED
                places[state] += sum(line[1] for line in booking["lines"] if line[0] == tier_no)
        return Counts(counts.total - places.total(), places[HELD], places[BOOKED], places[BLOCKED])

    def tier_of(self, seat_no: int) -> int:
        return [n for start, n in zip(self.tier_starts, self.tier_nos, strict=True) if start <= seat_no][-1]

    def must_be_known_by(self, *houses: "House", event_id: EventId) -> None:
        """That all which processes remember of the seats was so, at the version they remember it of."""
        seat_count = sum(counts.total for kind, counts in self.tiers.values() if kind is TierKind.SEATED)
        for house in houses:
            version, statuses = house.office._occupancy.known(event_id, seat_count)
            assert version <= self.version, "it remembers what was not committed"
            if version >= 0:
                as_it_is = {seat_no: int(status) for seat_no, (status, _, since) in self.claims.items() if since <= version}
                later = {seat_no for seat_no, (_, _, since) in self.claims.items() if since > version}
                as_known = {seat_no: status for seat_no, status in enumerate(statuses) if seat_no not in later}
                assert as_known == {seat_no: as_it_is.get(seat_no, 0) for seat_no in as_known}, "it remembers what was not so"

    def must_be_told_by(self, *houses: House, event_id: EventId, untold: Collection[int] = ()) -> None:
        """That viewers were told each version once, but for those of the catalogue, and that what they were told adds up to the rows."""
        told = sorted((change_set for house in houses for change_set in house.told_of(event_id)), key=lambda c: c.version)
        assert [change_set.version for change_set in told] == [version for version in range(1, self.version + 1) if version not in untold]
        seats: dict[int, PlaceStatus] = {}
        counts: dict[int, Counts] = {}
        bookings: dict[int, BookingStatus] = {}
        for change_set in told:
            seats.update(change_set.seats)
            counts.update(change_set.tiers)
            bookings.update(change_set.bookings)
        assert {seat_no: status for seat_no, status in seats.items() if status is not AVAILABLE} == self.seats
        assert counts == {tier_no: self.counts[tier_no] for tier_no in counts}
        assert bookings == {booking["booking_id"]: booking["status"] for booking in self.bookings}


ROWS = """
SELECT version, tier_starts, tier_nos, waiting,
    (SELECT json_agg(tier) FROM tier WHERE event_id = $1) AS tiers,
    (SELECT json_agg(claim) FROM claim WHERE event_id = $1) AS claims,
    (SELECT json_agg(booking ORDER BY created_at, booking_id) FROM booking WHERE event_id = $1) AS bookings,
    (SELECT json_agg(ticket ORDER BY ticket_no) FROM ticket WHERE event_id = $1) AS tickets,
    (SELECT json_agg(payment ORDER BY created_at) FROM payment WHERE event_id = $1) AS payments,
    (SELECT json_agg(refund ORDER BY created_at) FROM refund WHERE event_id = $1) AS refunds,
    (SELECT json_agg(receipt ORDER BY created_at) FROM receipt WHERE event_id = $1) AS receipts,
    (SELECT json_agg(waitlist_entry ORDER BY joined_at, entry_id) FROM waitlist_entry WHERE event_id = $1) AS entries,
    (SELECT json_agg(notification ORDER BY created_at) FROM notification WHERE event_id = $1) AS notifications
FROM inventory WHERE event_id = $1
"""


async def read_truth(database: Database, event_id: EventId) -> Truth:
    """All rows of an event, at one moment."""
    row = await database.fetchrow(ROWS, event_id)
    assert row is not None
    lists = ("tiers", "claims", "bookings", "tickets", "payments", "refunds", "receipts", "entries", "notifications")
    found = {name: orjson.loads(row[name] or "[]") for name in lists}
    return Truth(
        version=row["version"],
        waiting=row["waiting"],
        tiers={
            t["tier_no"]: (TierKind(t["kind"]), Counts(t["available"], t["held"], t["booked"], t["blocked"])) for t in found.pop("tiers")
        },
        claims={c["seat_no"]: (PlaceStatus(c["status"]), c["booking_id"], c["version"]) for c in found.pop("claims")},
        tier_starts=row["tier_starts"] or [],
        tier_nos=row["tier_nos"] or [],
        **found,
    )


async def eventually(holds: Callable[[], Any], within_seconds: float = 5.0) -> None:
    """Wait until something is so; `holds` may be asynchronous."""
    end = asyncio.get_running_loop().time() + within_seconds
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert asyncio.get_running_loop().time() < end, "it does not come to be"
        await asyncio.sleep(0.01)
