"""What users, gateways, the house and time may do in any order, drawn at random; and what a process that knew nothing would decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from db.batches import load
from db.errands import ErrandRunner, add_errand
from db.identifiers import new_number
from db.layouts import Layouts
from db.occupancy import Occupancy
from db.plans import SeatingPlans
from db.pool import Pool
from domain.answers import AlreadyBooked, BookingPending, OfferAccepted, WaitlistJoined
from domain.asks import Asks
from domain.bookings import Booking, BookingStatus
from domain.commands import (
    BlockSeats,
    BookBest,
    CancelBooking,
    Command,
    CompleteRefund,
    ExpireDue,
    FailPayment,
    FailRefund,
    QuoteCancellation,
    UnblockSeats,
    event_of,
)
from domain.decide import decide_batch
from domain.errands import ErrandKind
from domain.ids import BookingId, EntryId, EventId, PaymentId, RefundId, TicketId, UserId
from domain.inventory import EventStatus
from domain.ticket_commands import CheckIn, HandOnTicket
from domain.touched import touched_by
from domain.waitlist import WaitlistEntry
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist
from domain.waitlist_rules import next_offer
from tests.db.events import House, a_caller, begin, book, book_any, cancel, complete, extend, key

SEATS = 8
USERS = 4
seat_lists = st.lists(st.integers(0, SEATS), min_size=1, max_size=3)
places = st.integers(0, 30)
"""Which of the bookings made so far, counted around."""
any_tier = st.sampled_from([None, None, 1, 2, 3])
asks = st.one_of(
    st.tuples(st.just("book"), seat_lists),
    st.tuples(st.just("book any"), st.tuples(st.integers(1, 4), st.integers(1, 3))),
    st.tuples(st.just("book best"), st.tuples(any_tier, st.sampled_from([None, None, "Stalls", "Nowhere"]), st.integers(1, 4))),
    st.tuples(st.just("book best"), st.tuples(st.just(None), st.just(None), st.integers(1, 3))),
    st.tuples(st.just("book again"), places),
    st.tuples(
        st.sampled_from(["extend", "begin", "begin and fail", "complete", "complete", "fail", "cancel", "refund", "fail refund"]), places
    ),
    st.tuples(st.sampled_from(["begin", "complete", "cancel"]), places),
    st.tuples(st.sampled_from(["cancel some", "cancel some", "quote"]), st.tuples(places, st.integers(1, 3), st.booleans())),
    st.tuples(st.sampled_from(["hand on", "check in"]), st.tuples(places, st.integers(1, 3))),
    st.tuples(st.just("join"), st.tuples(any_tier, st.integers(1, 3), st.booleans())),
    st.tuples(st.just("join"), st.tuples(any_tier, st.integers(1, 3), st.booleans())),
    st.tuples(st.sampled_from(["accept", "decline", "leave"]), places),
    st.tuples(st.sampled_from(["block", "unblock"]), seat_lists),
    st.tuples(st.just("expire"), st.none()),
)
asked_at_once = st.lists(st.tuples(asks, st.integers(0, USERS - 1), st.booleans()), min_size=1, max_size=4)
asked_alone = st.lists(st.tuples(asks, st.integers(0, USERS - 1), st.booleans()), min_size=1, max_size=1)
steps = st.one_of(
    st.tuples(st.just("ask"), asked_at_once),
    st.tuples(st.just("ask"), asked_alone),
    st.tuples(st.just("ask"), asked_at_once),
    st.tuples(st.just("ask"), asked_alone),
    st.tuples(st.just("time passes"), places),
    st.tuples(st.sampled_from(["prices change", "neighbours count or not", "something is told", "an errand is run"]), places),
)


@dataclass
class Play:
    """What users know by now, and the versions that the catalogue made."""

    event_id: EventId
    pool: Pool
    users: list[UserId]
    commands: list[Any] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    payments: list[tuple[PaymentId, Booking]] = field(default_factory=list)
    refunds: list[tuple[RefundId, Booking]] = field(default_factory=list)
    entries: list[WaitlistEntry] = field(default_factory=list)
    untold: set[int] = field(default_factory=set)

    def learn(self, answer: Any) -> None:
        """Remember what an answer tells."""
        if isinstance(answer, BookingPending | AlreadyBooked | OfferAccepted):
            self.bookings.append(answer.booking)
        if isinstance(answer, WaitlistJoined):
            self.entries.append(answer.entry)

    async def command(self, what: str, facts: Any, user: UserId) -> Asks[Any]:
        """What a user asks next."""
        made = (
            self.of_booking(what, facts) or self.of_ticket(what, facts, user) or self.of_entry(what, facts) or self.anew(what, facts, user)
        )
        if what.startswith("book") and what != "book again":
            self.commands.append(made)
        return made

    def anew(self, what: str, facts: Any, user: UserId) -> Asks[Any]:
        """What needs nothing that was before."""
        booking_id = BookingId(self.event_id, new_number())
        match what:
            case "book":
                return book(self.event_id, user, *facts, idempotency=key())
            case "book any":
                return book_any(self.event_id, user, facts[1], tier_no=facts[0], idempotency=key())
            case "book best":
                return BookBest(booking_id, user, facts[2], facts[0], facts[1], key())
            case "book again" if self.commands:
                return self.commands[facts % len(self.commands)]  # type: ignore[no-any-return]
            case "join":
                tier_no, quantity, together = facts
                return JoinWaitlist(EntryId(self.event_id, new_number()), user, tier_no, quantity, together, idempotency=key())
            case "block":
                return BlockSeats(self.event_id, tuple(facts))
            case "unblock":
                return UnblockSeats(self.event_id, tuple(facts))
            case _:
                return ExpireDue(self.event_id)

    def of_booking(self, what: str, facts: Any) -> Asks[Any] | None:
        """What is asked of a booking, or told by the gateway; None where that is not what is asked, or there is none."""
        match what:
            case "extend" if self.bookings:
                return extend(self.booking(facts))
            case "begin" | "begin and fail" if self.bookings:
                paying = begin(self.booking(facts), fails_booking=what == "begin and fail")
                self.payments.append((paying.payment_id, self.booking(facts)))
                return paying
            case "complete" | "fail" if self.payments:
                payment_id, booking = self.payments[facts % len(self.payments)]
                return complete(payment_id, booking) if what == "complete" else FailPayment(booking.id, payment_id, "card_declined")
            case "cancel" if self.bookings:
                cancelling = cancel(self.booking(facts))
                self.refunds.append((cancelling.refund_id, self.booking(facts)))
                return cancelling
            case "refund" | "fail refund" if self.refunds:
                refund_id, booking = self.refunds[facts % len(self.refunds)]
                done, failed = CompleteRefund(booking.id, refund_id, "re_1"), FailRefund(booking.id, refund_id, "account_closed")
                return done if what == "refund" else failed
            case _:
                return None

    def of_ticket(self, what: str, facts: Any, user: UserId) -> Asks[Any] | None:
        """What is asked of some places of a booking; None where that is not what is asked, or there is none."""
        if not self.bookings or what not in ("cancel some", "quote", "hand on", "check in"):
            return None
        booking = self.booking(facts[0])
        by, ticket_id = a_caller(booking.user_id), TicketId.of(booking.id, facts[1])
        if what == "hand on":
            return HandOnTicket(ticket_id, user, by, key())
        if what == "check in":
            return CheckIn(ticket_id, by, key())
        seats, ticket_nos = ((), tuple(range(1, facts[1] + 1))) if facts[2] else (booking.seats[: facts[1]], ())
        if what == "quote":
            return QuoteCancellation(booking.id, by, seats, ticket_nos)
        cancelling = CancelBooking(booking.id, RefundId(self.event_id, new_number()), by, key(), seats, ticket_nos)
        self.refunds.append((cancelling.refund_id, booking))
        return cancelling

    def of_entry(self, what: str, facts: Any) -> Asks[Any] | None:
        """What is asked of an entry of the waitlist; None where that is not what is asked, or there is none."""
        if not self.entries or what not in ("accept", "decline", "leave"):
            return None
        entry = self.entries[facts % len(self.entries)]
        kind = {"accept": AcceptOffer, "decline": DeclineOffer, "leave": LeaveWaitlist}[what]
        return kind(entry.id, a_caller(entry.user_id))

    def booking(self, place: int) -> Booking:
        return self.bookings[place % len(self.bookings)]

    async def happens(self, what: str, facts: int, houses: Sequence[House]) -> None:
        """What nobody asks a box office for."""
        house = houses[facts % 2]
        match what:
            case "time passes":
                held = [row for row in (await house.truth(self.event_id)).of_status(BookingStatus.PENDING)]
                if held:
                    ids = [BookingId(self.event_id, row["booking_id"]) for row in held]
                    [booking] = await house.bookings.find_many([ids[facts % len(ids)]])
                    assert booking is not None
                    await house.end_hold(booking)
            case "prices change":
                await self.catalogue_says("UPDATE tier SET price_minor = $2 WHERE event_id = $1 AND tier_no = 1", 5000 + 100 * facts)
            case "neighbours count or not":
                await self.catalogue_says("UPDATE event SET avoids_orphans = $2 WHERE event_id = $1", facts % 2 == 0)
            case "something is told":
                async with self.pool.acquire() as connection:
                    await add_errand(connection, self.event_id, ErrandKind.TELL_OF_CHANGE, {"name": "Gala"}, datetime.now(UTC))
            case _:
                for errand_no in await self.open_errands():
                    await ErrandRunner(house.pool, house.office, 2).advance(self.event_id, errand_no)

    async def catalogue_says(self, change: str, fact: object) -> None:
        """Change what the catalogue has, under a new version of everything."""
        async with self.pool.acquire() as connection, connection.transaction():
            version = await connection.fetchval(
                "UPDATE inventory SET version = version + 1, plan_version = plan_version + 1 WHERE event_id = $1 RETURNING version",
                self.event_id,
            )
            await connection.execute(change, self.event_id, fact)
        self.untold.add(version)

    async def cancel_event(self) -> None:
        """The event does not take place."""
        await self.catalogue_says("UPDATE event SET status = $2 WHERE event_id = $1", EventStatus.CANCELLED)
        async with self.pool.acquire() as connection:
            await add_errand(connection, self.event_id, ErrandKind.CANCEL_BOOKINGS, {"reason": "rain"}, datetime.now(UTC))

    async def open_errands(self) -> list[int]:
        """What is not at its end."""
        found = await self.pool.fetch("SELECT errand_id FROM errand WHERE event_id = $1 AND done_at IS NULL", self.event_id)
        return [row["errand_id"] for row in found]


async def a_newcomer_decides(house: House, command: Any) -> Any:
    """What a process that knew nothing of the event's seats would answer now."""
    inventory, now = await all_of(house, event_of(command), command)
    return decide_batch(inventory, [command], now)[0]


async def is_waited_for_in_vain(house: House, event_id: EventId) -> bool:
    """Whether somebody waits for places that they could be offered."""
    inventory, now = await all_of(house, event_id)
    return next_offer(inventory, now) is not None


async def all_of(house: House, event_id: EventId, *commands: Command) -> tuple[Any, datetime]:
    """An event as it is loaded by a process that knows nothing of it, with all of its seats."""
    touched = touched_by(commands)
    touched.any_seat = True
    async with house.pool.acquire() as connection:
        plan = await SeatingPlans(Layouts().load).fetch(event_id, connection)
        assert plan is not None
        loaded = await load(connection, event_id, touched, plan[1], house.office.policy, Occupancy())
    assert loaded is not None
    return loaded.inventory, loaded.now
