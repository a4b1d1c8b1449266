"""People in these tests: users with a token, and what they do at the box office."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gql.client import AsyncClientSession

from db.identifiers import new_number
from domain.callers import Role
from domain.ids import EventId, SeatId, UserId
from domain.users import User
from tests.db.events import Database
from tests.system.running import SECRET, Running, ask
from web.tokens import AccessTokens, SigningKey

TOKENS = AccessTokens([SigningKey.of(SECRET.encode())])
REFUSAL = "__typename ... on Refusal { code message }"
BOOKING = "id bookingCode status quantity totalAmount { minor currency } expiresAt seats { seatId section row number }"
BOOK = f"mutation ($input: CreateBookingInput!) {{ createBooking(input: $input) {{ {REFUSAL} ... on Booking {{ {BOOKING} }} }} }}"
CONFIRM = f"""mutation ($input: ConfirmBookingInput!) {{ confirmBooking(input: $input) {{ {REFUSAL}
    ... on Booking {{ {BOOKING} tickets {{ ticketNumber status }} payment {{ status amount {{ minor }} }} }}
    ... on PaymentFailed {{ failure heldUntil }} }} }}"""
CANCEL = f"""mutation ($input: CancelBookingInput!) {{ cancelBooking(input: $input) {{ {REFUSAL}
    ... on Cancellation {{ refundAmount {{ minor }} refundStatus booking {{ {BOOKING} tickets {{ status }} }} }} }} }}"""
GOOD_CARD, BAD_CARD = "pm_card_visa", "pm_card_chargeDeclined"


@dataclass(frozen=True)
class Person:
    """A registered user, logged in."""

    user_id: UserId
    token: str


async def a_person(database: Database, role: Role = Role.USER, *, valid: timedelta = timedelta(minutes=30)) -> Person:
    """Somebody whom no other test knows."""
    return (await people(database, 1, role, valid=valid))[0]


async def people(database: Database, count: int, role: Role = Role.USER, *, valid: timedelta = timedelta(minutes=30)) -> list[Person]:
    """Some users; a password they have not, which would take long to hash."""
    users = [User(UserId(number := new_number()), f"p{number}@boxoffice.test", "Pat Person", role, datetime.now(UTC)) for _ in range(count)]
    await database.executemany(
        "INSERT INTO account (user_id, email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $2, $3, $4, '!', $5)",
        [(user.user_id, user.email, user.name, user.role, user.created_at) for user in users],
    )
    tokens = AccessTokens([SigningKey.of(SECRET.encode())], valid)
    return [Person(user.user_id, tokens.sign(user, []).text) for user in users]


@dataclass
class Buyer:
    """Somebody with a client of their own."""

    session: AsyncClientSession

    async def book(self, event_id: EventId | str, *seats: int, key: str | None = None) -> Any:
        """Hold seats, by number."""
        places = {"seats": seat_ids(event_id, seats)}
        return await ask(self.session, BOOK, input={"eventId": str(event_id), "places": places, "idempotencyKey": key})

    async def pay(self, booking_id: str, card: str = GOOD_CARD, key: str | None = None) -> Any:
        """Pay for a booking."""
        return await ask(self.session, CONFIRM, input={"bookingId": booking_id, "payment": {"token": card}, "idempotencyKey": key})

    async def cancel(self, booking_id: str, key: str | None = None) -> Any:
        """Give a booking back."""
        return await ask(self.session, CANCEL, input={"bookingId": booking_id, "idempotencyKey": key})


@asynccontextmanager
async def buying(running: Running, token: str) -> AsyncIterator[Buyer]:
    """A buyer as long as the `async with` lasts."""
    async with running.client(token) as session:
        yield Buyer(session)


def seat_ids(event_id: EventId | str, seats: Iterable[int]) -> list[str]:
    """Seats as clients name them."""
    event = EventId.parse(event_id) if isinstance(event_id, str) and not isinstance(event_id, EventId) else event_id
    assert isinstance(event, EventId)
    return [str(SeatId(event, seat_no)) for seat_no in seats]
