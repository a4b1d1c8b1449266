"""The world of these tests: a whole process without its edge, put together as `server.py` does it, and people who ask it."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any, cast

from graphql import GraphQLUnionType

from db.bookings import Bookings
from db.catalogue import PostgresCatalogue
from db.identifiers import new_number
from db.layouts import Layouts
from db.pool import Pool, open_pool
from db.tickets import Tickets
from domain.callers import Caller, Role
from domain.ids import BookingId, EventId, SeatId, TierId, UserId
from resolvers.context import Context, Services
from resolvers.root import make_schema
from runtime.backing import Addresses
from runtime.settings import read_settings
from tests.api.asking import Asking
from tests.api.stage import CREATE_EVENT, CREATE_VENUE, CountingPool, a_venue, an_event
from web.tokens import AccessTokens, SigningKey
from wiring.process import started

SCHEMA = make_schema()
ASKING = Asking(SCHEMA)
ADMIN = Caller(UserId(1), Role.ADMIN)
TIERS = [
    {"name": "Front", "price": "75.00", "sections": [{"section": "Stalls", "rows": ["A"]}]},
    {"name": "Back", "price": "25.00"},
    {"name": "Floor", "kind": "STANDING", "price": "20.00", "capacity": 10},
]
"""What events have unless told otherwise: seats 0 to 5 in tier 1, 6 to 11 in tier 2, and room for 10 in tier 3."""
FRONT, BACK, FLOOR = 1, 2, 3
FREE = [{"name": "All", "price": "0.00"}]
VISA = {"token": "pm_card_visa"}
DECLINED = {"token": "pm_card_chargeDeclined"}
SLOW = {"token": "pm_sandbox_slow"}
"""Takes three seconds."""

FACTS = {
    "Booking": """id bookingCode status quantity totalAmount { amount minor currency } createdAt expiresAt extended confirmedAt cancelledAt
        serverTime event { id name } places { seatId section row number price { amount } tier { id name } }
        seats { seatId section row number price { amount } tier { name } } tickets { id ticketNumber status place { seatId row number } }
        payment { id status amount { amount } gateway providerTransactionId failure } payments { id status } refund { status }""",
    "Cancellation": """refundAmount { amount currency } refundStatus cancelledAt
        booking { id status cancelledAt tickets { status } refund { status amount { amount } providerReference } }""",
    "CancellationQuote": "quantity refundAmount { amount currency } refundPercent validUntil booking { id status quantity }",
    "Ticket": """id ticketNumber status transferred issue checkedInAt entryCode holder { userId name } event { id }
        place { section row number }""",
    "CheckIn": "checkedInAt ticket { id ticketNumber status checkedInAt entryCode holder { name } place { section row number } }",
    "SeatSummary": "total available held booked blocked byTier { tierId available blocked }",
    "SeatsUnavailable": "seats { seatId seatNo reason }",
    "PlacesUnavailable": "tierId asked available",
    "EventSoldOut": "eventId",
    "EventNotFound": "eventId",
    "EventNotOnSale": "reason onSaleAt offSaleAt",
    "InvalidSeatCount": "asked most",
    "TicketLimitReached": "limit taken",
    "TierNotFound": "tierId",
    "PaymentFailed": "bookingId failure heldUntil",
    "PaymentInProgress": "bookingId paymentId",
    "PaymentRequired": "bookingId due { amount currency }",
    "BookingNotFound": "bookingId",
    "BookingExpired": "bookingId expiredAt",
    "BookingNotPending": "bookingId status",
    "BookingNotCancellable": "bookingId status",
    "CancellationWindowExpired": "bookingId until",
    "AlreadyExtended": "bookingId expiresAt",
    "SectionNotFound": "section",
    "AdjacentSeatsUnavailable": "asked mostTogether available",
    "LeavesOrphanSeats": "seats { seatId seatNo }",
    "PlacesNotCancellable": "bookingId places { seatId ticketId reason }",
    "TicketNotFound": "ticketId",
    "TicketNotValid": "ticketId status superseded",
    "AlreadyCheckedIn": "ticketId checkedInAt",
    "EntryCodeInvalid": "problem",
    "RecipientNotFound": "toEmail",
    "IdempotencyKeyReused": "idempotencyKey",
    "ValidationFailed": "fields { field message }",
    "Busy": "eventId retryAfter",
}
"""All that is asked of each type that a mutation may answer."""


def all_of(union: str) -> str:
    """A selection of everything that may be answered."""
    members = cast(GraphQLUnionType, SCHEMA._schema.type_map[union]).types
    return " ".join(["__typename ... on Refusal { code message }", *(f"... on {kind.name} {{ {FACTS[kind.name]} }}" for kind in members)])


BOOK = f"mutation ($input: CreateBookingInput!) {{ createBooking(input: $input) {{ {all_of('CreateBookingResult')} }} }}"
CONFIRM = f"mutation ($input: ConfirmBookingInput!) {{ confirmBooking(input: $input) {{ {all_of('ConfirmBookingResult')} }} }}"
CANCEL = f"mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ {all_of('CancelBookingResult')} }} }}"
QUOTE = f"query ($input: CancellationQuoteInput!) {{ cancellationQuote(input: $input) {{ {all_of('CancellationQuoteResult')} }} }}"
TRANSFER = f"mutation ($input: TransferTicketInput!) {{ transferTicket(input: $input) {{ {all_of('TransferTicketResult')} }} }}"
CHECK_IN = f"""mutation ($id: ID!, $key: String) {{
    checkIn(ticketId: $id, idempotencyKey: $key) {{ {all_of("CheckInResult")} }} }}"""
CHECK_IN_BY_CODE = f"mutation ($input: CheckInByCodeInput!) {{ checkInByCode(input: $input) {{ {all_of('CheckInByCodeResult')} }} }}"
EXTEND = f"""mutation ($id: ID!, $key: String) {{
    extendBooking(bookingId: $id, idempotencyKey: $key) {{ {all_of("ExtendBookingResult")} }} }}"""
BLOCK = f"mutation ($id: ID!, $seats: [ID!]!) {{ blockSeats(eventId: $id, seats: $seats) {{ {all_of('BlockSeatsResult')} }} }}"
UNBLOCK = BLOCK.replace("blockSeats", "unblockSeats")
SUMMARY = "query ($id: ID!) { event(id: $id) { seatMap { version summary { available held booked blocked } } } }"
_names = count(1)


@dataclass
class House:
    """A process without its edge: a document and who asks in, an answer out."""

    pool: Pool
    services: Services

    async def ask(self, document: str, caller: Caller | None = None, /, *, header: str | None = None, **variables: object) -> Any:
        """What the one field answers; raises Failed on an error."""
        data = await self.data(document, caller, header=header, **variables)
        return next(iter(data.values()))

    async def data(self, document: str, caller: Caller | None = None, /, *, header: str | None = None, **variables: object) -> Any:
        """The whole answer; raises Failed on an error. `header` is the `Idempotency-Key`."""
        context = Context(services=self.services, caller=caller, request_id="test", idempotency_key=header)
        return await ASKING.answer(document, variables, context)

    async def watch(self, document: str, caller: Caller | None = None, /, **variables: object) -> AsyncGenerator[Any, None]:
        """What the one field of a subscription answers, again and again; raises Failed on an error."""
        context = Context(services=self.services, caller=caller, request_id="test")
        async with aclosing(ASKING.answers(document, variables, context)) as answers:
            async for data in answers:
                yield next(iter(data.values()))

    async def user(self) -> Caller:
        """Somebody new, who is registered."""
        user = await self.services.accounts.ensure_user(f"house-{next(_names)}@api.example", "Passw0rd", "Ann")  # type: ignore[attr-defined]
        return Caller(user.user_id, Role.USER)

    async def event(self, **facts: object) -> str:
        """A published event's id: with TIERS, in a new venue of two rows of six seats, unless told otherwise."""
        if "venueId" not in facts:
            venue = await self.ask(CREATE_VENUE, ADMIN, input=a_venue())
            facts = {"venueId": venue["id"], **facts}
        made = await self.ask(CREATE_EVENT, ADMIN, input=an_event(**{"tiers": TIERS, **facts}))
        assert made["__typename"] == "Event", made
        await self.ask("mutation ($id: ID!) { publishEvent(eventId: $id) { __typename } }", ADMIN, id=made["id"])
        return str(made["id"])

    async def book(self, caller: Caller, event_id: str, *seats: int, header: str | None = None, **more: object) -> Any:
        """What comes of booking seats."""
        places = {"seats": [seat(event_id, seat_no) for seat_no in seats]}
        return await self.ask(BOOK, caller, header=header, input={"eventId": event_id, "places": places, **more})

    async def take(self, caller: Caller, event_id: str, tier_no: int, quantity: int, header: str | None = None, **more: object) -> Any:
        """What comes of booking places of a tier."""
        places = {"quantity": {"tierId": tier(event_id, tier_no), "quantity": quantity}}
        return await self.ask(BOOK, caller, header=header, input={"eventId": event_id, "places": places, **more})

    async def confirm(
        self, caller: Caller, booking_id: str, payment: object = VISA, *, header: str | None = None, key: str | None = None
    ) -> Any:
        """What comes of paying."""
        return await self.ask(CONFIRM, caller, header=header, input={"bookingId": booking_id, "payment": payment, "idempotencyKey": key})

    async def extend(self, caller: Caller, booking_id: str, *, header: str | None = None, key: str | None = None) -> Any:
        """What comes of asking for more time."""
        return await self.ask(EXTEND, caller, header=header, id=booking_id, key=key)

    async def cancel(self, caller: Caller, booking_id: str, *, header: str | None = None, key: str | None = None) -> Any:
        """What comes of giving back."""
        return await self.ask(CANCEL, caller, header=header, input={"bookingId": booking_id, "idempotencyKey": key})

    async def counts(self, event_id: str) -> dict[str, int]:
        """How many of an event's places are in each state."""
        found: dict[str, int] = (await self.ask(SUMMARY, id=event_id))["seatMap"]["summary"]
        return found

    async def end_hold(self, booking_id: str) -> None:
        """Let a booking's hold have ended a moment ago."""
        await self._change(booking_id, "UPDATE booking SET expires_at = now() - interval '1 ms' WHERE event_id = $1 AND booking_id = $2")

    async def move_start(self, event_id: str, away: timedelta) -> None:
        """Let an event start so much from now."""
        await self.pool.execute(
            "UPDATE event SET starts_at = now() + $2, ends_at = now() + $2 + interval '1 h' WHERE event_id = $1",
            EventId.parse(event_id),
            away,
        )

    async def sell_only(self, event_id: str, begins: timedelta, ends: timedelta) -> None:
        """Let an event be on sale from and until so much from now."""
        await self.pool.execute(
            "UPDATE event SET on_sale_at = now() + $2, off_sale_at = now() + $3 WHERE event_id = $1", EventId.parse(event_id), begins, ends
        )

    async def call_off(self, event_id: str) -> None:
        """Let an event be cancelled, as far as the catalogue sees of it."""
        await self.pool.execute("UPDATE event SET status = 2 WHERE event_id = $1", EventId.parse(event_id))

    async def _change(self, booking_id: str, statement: str) -> None:
        parsed = BookingId.parse(booking_id)
        await self.pool.execute(statement, parsed.event_id, parsed.number)

    def counting(self) -> tuple["House", list[str]]:
        """The same house, and the statements that its reads of bookings and the catalogue make from now on."""
        counting = CountingPool(self.pool)
        pool = cast(Pool, counting)
        services = replace(self.services, bookings=Bookings(pool), tickets=Tickets(pool), catalogue=PostgresCatalogue(pool, Layouts()))
        return House(self.pool, services), counting.asked


@asynccontextmanager
async def a_house(database_url: str, redis_url: str, **settings: object) -> AsyncIterator[House]:
    """A process with some settings, as long as the `async with` lasts."""
    tokens = AccessTokens([SigningKey("test", b"k" * 32)])
    pool = await open_pool(database_url, 4)
    state = TemporaryDirectory(ignore_cleanup_errors=True)  # for e-mail that nobody reads
    given = read_settings(**{"state_dir": state.name, **settings})
    try:
        async with started(given, Addresses(database_url, database_url, redis_url), tokens) as parts:
            yield House(pool, parts.services)
    finally:
        await pool.close()
        state.cleanup()


def seat(event_id: str, seat_no: int) -> str:
    """A seat's id."""
    return str(SeatId(EventId.parse(event_id), seat_no))


def tier(event_id: str, tier_no: int) -> str:
    """A tier's id."""
    return str(TierId(EventId.parse(event_id), tier_no))


def nobodys_booking(event_id: str) -> str:
    """The id of a booking that is not there."""
    return str(BookingId(EventId.parse(event_id), new_number()))


def a_key() -> str:
    """An idempotency key that nothing else has."""
    return f"key-{new_number():x}"
