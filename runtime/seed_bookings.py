"""Invented bookings of one event, in every state, with the tickets and the money that go with them.

A place is given once: what is given back is not sold again, so that no two bookings could ever have had it at one time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from random import Random

from domain.bookings import (
    Booking,
    BookingStatus,
    Line,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    TicketStatus,
    numbered_lines,
    tickets_of,
)
from domain.ids import BookingId, PaymentId, RefundId, UserId
from domain.inventory import BookingPolicy, EventStatus, Seat
from domain.money import Money
from domain.places import PlaceStatus, SeatingPlan, Tier
from domain.seeds import SeededEvent
from runtime.seed_names import CARDS, DECLINES

PLACES_PER_BOOKING = 2.6
"""A little more than a booking has on the average, so that there is room for all."""
TRIES = 5
"""So many users, or sizes, are tried before an event counts as full."""
QUANTITIES, HOW_OFTEN = (1, 2, 3, 4, 5, 6), (25, 40, 12, 15, 5, 3)
LAST_DAY = timedelta(hours=25)
"""Until so long before the start somebody cancels: inside the window of the house."""


class Fate(Enum):
    """What becomes of a booking."""

    PAID = "paid"
    PAID_AT_LAST = "paid with the second card"
    CANCELLED = "given back, and the money with it"
    OWED = "given back a moment ago: the money is on its way"
    GIVEN_UP = "given back before it was paid"
    FAILED = "to be paid at once, and declined"
    EXPIRED = "not paid in time"
    HELD = "not paid yet"
    PAYING = "being paid"


DECK = (
    *([Fate.PAID] * 23 + [Fate.PAID_AT_LAST] * 2 + [Fate.CANCELLED] * 5 + [Fate.FAILED] * 2 + [Fate.EXPIRED] * 4),
    *(Fate.OWED, Fate.GIVEN_UP, Fate.HELD, Fate.PAYING),
)
"""The fates of each forty bookings, so that few have them all."""
IN_HAND = (Fate.HELD, Fate.PAYING)
"""Only where the event is on sale at the moment of seeding."""


class Seats:
    """Hands out the seats of one tier: neighbours, spread over the rows as widely as the expected demand allows."""

    def __init__(self, plan: SeatingPlan, tier_no: int, fullness: float, chance: Random) -> None:
        rows = [row.seat_nos for _, row in plan.layout.rows if plan.tier_of(row.first_seat_no) == tier_no]
        self._rows = [(row.start, row.stop) for row in reversed(rows)]
        self._left: list[range] = []
        self._gap = min(12.0, (1 - fullness) / max(fullness, 0.01) * 2)
        self._chance = chance

    def take(self, quantity: int) -> tuple[int, ...]:
        """So many seats, side by side where there are such; none where there are fewer."""
        while self._rows:
            start, stop = self._rows.pop()
            if stop - start < quantity:
                self._left.append(range(start, stop))
                continue
            gap = min(int(self._chance.expovariate(1 / self._gap)) if self._gap else 0, stop - start - quantity)
            self._left.append(range(start, start + gap))
            self._rows.append((start + gap + quantity, stop))
            return tuple(range(start + gap, start + gap + quantity))
        found: list[int] = []
        while self._left and len(found) < quantity:
            rest = self._left.pop()
            found += rest[: quantity - len(found)]
            if len(rest) > 0 and rest[-1] != found[-1]:
                self._left.append(rest[rest.index(found[-1]) + 1 :])
        if len(found) == quantity:
            return tuple(sorted(found))
        self._left += [range(seat_no, seat_no + 1) for seat_no in found]
        return ()


@dataclass
class Sales:
    """An event while its bookings are invented."""

    seeded: SeededEvent
    users: Sequence[UserId]
    policy: BookingPolicy
    now: datetime
    chance: Random
    fullness: float
    tiers: dict[int, Tier] = field(init=False)
    places: dict[int, Seats] = field(init=False)
    taken: Counter[UserId] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.tiers = {tier.tier_no: tier for tier in self.seeded.tiers}
        plan = self.seeded.plan
        numbered = plan.ranges if plan is not None else {}
        self.places = {tier_no: Seats(plan, tier_no, self.fullness, self.chance) for tier_no in numbered if plan is not None}
        event = self.seeded.event
        sellable = event.status is EventStatus.PUBLISHED and event.on_sale_at <= self.now < event.off_sale_at
        self.on_sale_now = sellable
        ends = min(event.off_sale_at, self.seeded.cancelled_at or self.now, self.now) - timedelta(hours=1)
        self.seconds_on_sale = max(60.0, (ends - event.on_sale_at).total_seconds())

    def sell(self, count: int, progress: Callable[[int], object]) -> int:
        """Invent so many bookings; answers how many there was room for."""
        deck: list[Fate] = []
        made = 0
        while made < count:
            deck = deck or self.chance.sample(DECK, len(DECK))
            if not self.book(deck.pop()):
                break
            made += 1
            progress(1)
        self.seeded.tiers = tuple(self.tiers.values())
        return made

    def book(self, fate: Fate) -> bool:
        """Invent one booking; False where no place is left for anybody."""
        event = self.seeded.event
        for attempt in range(TRIES):
            user_id = self.chance.choice(self.users)
            quantity = self.chance.choices(QUANTITIES, HOW_OFTEN)[0] if attempt < TRIES - 2 else 1
            if event.ticket_limit is not None and self.taken[user_id] + quantity > event.ticket_limit:
                continue
            if lines := self.choose(quantity):
                self.taken[user_id] += quantity
                self.live(fate, user_id, lines)
                return True
        return False

    def choose(self, quantity: int) -> tuple[Line, ...]:
        """Free places of one tier; none where there are not so many in any."""
        tiers = [tier for tier in self.tiers.values() if tier.counts.available >= quantity]
        self.chance.shuffle(tiers)
        for tier in tiers:
            if tier.tier_no not in self.places:
                return (Line(tier.tier_no, quantity, tier.price_minor),)
            if seats := self.places[tier.tier_no].take(quantity):
                return numbered_lines((seat_no, tier.tier_no, tier.price_minor) for seat_no in seats)
        return ()

    def live(self, fate: Fate, user_id: UserId, lines: tuple[Line, ...]) -> None:
        """One booking's life, up to now."""
        event, chance = self.seeded.event, self.chance
        if fate in IN_HAND and not self.on_sale_now:
            fate = Fate.PAID
        if fate in IN_HAND:
            began = self.now - self.policy.hold * chance.uniform(0.02, 0.3)
        else:
            began = event.on_sale_at + timedelta(seconds=int(self.seconds_on_sale * chance.random() ** 1.5))
        booking = Booking(
            id=BookingId(event.event_id, number(chance)),
            user_id=user_id,
            status=BookingStatus.PENDING,
            lines=lines,
            currency=event.currency,
            created_at=began,
            expires_at=began + self.policy.hold,
        )
        pays_at = began + timedelta(seconds=chance.randint(5, max(6, int(self.policy.hold.total_seconds() * 0.6))))
        match fate:
            case Fate.HELD:
                self.keep(booking, PlaceStatus.HELD)
            case Fate.PAYING:
                self.keep(self.charged(booking, began, PaymentStatus.PENDING), PlaceStatus.HELD)
            case Fate.EXPIRED:
                self.keep(replace(booking, status=BookingStatus.EXPIRED), PlaceStatus.AVAILABLE)
            case Fate.FAILED:
                failed = self.charged(booking, began, PaymentStatus.FAILED, fails_booking=True)
                self.keep(replace(failed, status=BookingStatus.FAILED), PlaceStatus.AVAILABLE)
            case Fate.GIVEN_UP:
                self.keep(replace(booking, status=BookingStatus.CANCELLED, cancelled_at=pays_at), PlaceStatus.AVAILABLE)
            case Fate.PAID | Fate.PAID_AT_LAST | Fate.CANCELLED | Fate.OWED:
                if fate is Fate.PAID_AT_LAST:
                    booking = self.charged(booking, pays_at, PaymentStatus.FAILED)
                    pays_at += timedelta(seconds=20)
                self.confirm(self.charged(booking, pays_at, PaymentStatus.SUCCEEDED), pays_at + timedelta(seconds=2), fate)

    def confirm(self, booking: Booking, now: datetime, fate: Fate) -> None:
        """A booking that was paid, and perhaps given back later: by its user, or because the event was cancelled."""
        booking = replace(booking, status=BookingStatus.CONFIRMED, confirmed_at=now)
        until = min(self.now, self.seeded.event.starts_at - LAST_DAY)
        cancelled_at = self.seeded.cancelled_at
        if cancelled_at is None and fate is Fate.OWED and self.now <= until:
            cancelled_at = self.now - timedelta(seconds=3)
        if cancelled_at is None and fate is Fate.CANCELLED and now < until:
            cancelled_at = now + (until - now) * self.chance.uniform(0.05, 0.95)
        if cancelled_at is None:
            self.keep(booking, PlaceStatus.BOOKED)
            return
        self.keep(replace(booking, status=BookingStatus.CANCELLED, cancelled_at=cancelled_at), PlaceStatus.AVAILABLE)
        is_back = self.seeded.cancelled_at is not None or fate is Fate.CANCELLED
        if booking.total.minor > 0:
            self.give_back(booking, cancelled_at, RefundStatus.SUCCEEDED if is_back else RefundStatus.PENDING)

    def charged(self, booking: Booking, now: datetime, status: PaymentStatus, *, fails_booking: bool = False) -> Booking:
        """Write a charge down; answers the booking with its one extension used. What costs nothing is not charged."""
        if booking.total.minor == 0:
            return booking
        payment_id = PaymentId(booking.id.event_id, number(self.chance))
        card, failure = self.chance.choice(DECLINES) if status is PaymentStatus.FAILED else (self.chance.choice(CARDS), None)
        self.seeded.payments.append(
            Payment(
                id=payment_id,
                booking_id=booking.id,
                user_id=booking.user_id,
                amount=booking.total,
                gateway="sandbox",
                method=card,
                status=status,
                created_at=now,
                fails_booking=fails_booking,
                processed_at=None if status is PaymentStatus.PENDING else now + timedelta(seconds=2),
                provider_reference=f"ch_sandbox_{payment_id.number:016x}" if status is PaymentStatus.SUCCEEDED else None,
                failure=failure,
            )
        )
        return booking if booking.extended else replace(booking, expires_at=booking.expires_at + self.policy.extension, extended=True)

    def give_back(self, booking: Booking, now: datetime, status: RefundStatus) -> None:
        """The money of the charge that was written down last."""
        payment = self.seeded.payments[-1]
        is_done = status is RefundStatus.SUCCEEDED
        refund_id = RefundId(booking.id.event_id, number(self.chance))
        reference = f"re_sandbox_{refund_id.number:016x}" if is_done else None
        processed_at = now + timedelta(seconds=3) if is_done else None
        amount = Money(payment.amount.minor, payment.amount.currency)
        self.seeded.refunds.append(Refund(refund_id, payment.id, booking.id, amount, status, now, processed_at, reference))

    def keep(self, booking: Booking, status: PlaceStatus) -> None:
        """A booking's last state, with its tickets, its seats and its tiers' counts. Each step of its life was a version."""
        seeded = self.seeded
        seeded.version += 1 if booking.status is BookingStatus.PENDING else 3
        seeded.bookings.append(booking)
        if booking.confirmed_at is not None:
            tickets = tickets_of(booking)
            if booking.status is BookingStatus.CANCELLED:
                tickets = tuple(replace(ticket, status=TicketStatus.CANCELLED) for ticket in tickets)
            seeded.tickets.extend(tickets)
        if status is PlaceStatus.AVAILABLE:
            self.taken[booking.user_id] -= booking.quantity
        owner = None if status is PlaceStatus.AVAILABLE else booking.id.number
        for line in booking.lines:
            self.count(line.tier_no, line.quantity, status)
            for seat_no in line.seats:
                seeded.seats[seat_no] = Seat(status, owner), seeded.version

    def block(self, count: int) -> None:
        """Keep a few free seats off sale."""
        for tier_no, places in self.places.items():
            seats = places.take(count)
            self.seeded.version += bool(seats)
            self.count(tier_no, len(seats), PlaceStatus.BLOCKED)
            for seat_no in seats:
                self.seeded.seats[seat_no] = Seat(PlaceStatus.BLOCKED), self.seeded.version
            self.seeded.tiers = tuple(self.tiers.values())
            return

    def count(self, tier_no: int, places: int, after: PlaceStatus) -> None:
        """Count places of a tier that were available."""
        tier = self.tiers[tier_no]
        if after is not PlaceStatus.AVAILABLE:
            self.tiers[tier_no] = replace(tier, counts=tier.counts.moved(places, PlaceStatus.AVAILABLE, after))


def number(chance: Random) -> int:
    """A number for something new."""
    return chance.getrandbits(62) + 1
