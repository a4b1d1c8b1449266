"""What the database would keep, in memory: a batch loads just what its commands touch, and what it changed is all that stays.

Follows `db/batches.py` and its statements, so that a rule which reads what nothing loads is found here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.answers import Answer
from domain.bookings import HOLDING, Booking, BookingStatus, Payment, Receipt, Refund, Ticket, TicketStatus
from domain.changes import ChangeSet, change_set_of
from domain.commands import Command, Touched, touched_by
from domain.decide import decide_batch
from domain.ids import TicketId, UserId
from domain.inventory import Inventory, Sale, Seat
from domain.places import PlaceStatus, Tier
from domain.refusals import Refusal
from tests.domain.builders import POLICY

Outcome = Answer | Refusal


@dataclass
class Store:
    """One event's rows."""

    initial: Inventory
    sale: Sale = field(init=False)
    version: int = field(init=False)
    tiers: dict[int, Tier] = field(init=False)
    claims: dict[int, Seat] = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    receipts: dict[tuple[UserId, str], Receipt] = field(default_factory=dict)
    tickets: dict[TicketId, Ticket] = field(default_factory=dict)
    change_sets: list[ChangeSet] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plan = self.initial.plan
        self.sale = self.initial.sale
        self.version = self.initial.version
        self.tiers = dict(self.initial.tiers)

    def commit(self, commands: Sequence[Command], now: datetime, *, again: bool = False, everything: bool = False) -> list[Outcome]:
        """Load, decide, write: what one batch is answered. `again` where a command may have been carried out already."""
        inventory = self.load_all() if everything else self.load(touched_by(commands, again=again), now)
        outcomes = decide_batch(inventory, commands, now)
        if inventory.changed:
            self.write(inventory, now)
        return outcomes

    def load(self, touched: Touched, now: datetime) -> Inventory:
        """Just what is touched, and the holds that have ended."""
        ranges = {} if self.plan is None else self.plan.ranges
        chosen = touched.tiers & ranges.keys()
        seats = touched.seats | {seat_no for tier_no in chosen for seat_nos in ranges[tier_no] for seat_no in seat_nos}
        keyed = {b.id.number for b in self.bookings.values() if b.idempotency and (b.user_id, b.idempotency.key) in touched.keys}
        due = {b.id.number for b in self.bookings.values() if b.status is BookingStatus.PENDING and b.expires_at <= now}
        found = {number: self.bookings[number] for number in (*sorted(due | keyed), *sorted(touched.bookings)) if number in self.bookings}
        return self._inventory(
            seats={seat_no: seat for seat_no, seat in self.claims.items() if seat_no in seats and seat.status is not PlaceStatus.AVAILABLE},
            taken_in=chosen,
            bookings=found,
            payments={number: p for number, p in self.payments.items() if p.booking_id.number in touched.bookings},
            refunds={number: r for number, r in self.refunds.items() if r.booking_id.number in touched.bookings},
            receipts={name: receipt for name, receipt in self.receipts.items() if name in touched.keys},
            taken_by={u: n for u, n in self.taken().items() if u in touched.users} if self.sale.ticket_limit is not None else {},
        )

    def load_all(self) -> Inventory:
        """Everything there is."""
        return self._inventory(
            seats=dict(self.claims),
            taken_in=set() if self.plan is None else set(self.plan.ranges),
            bookings=dict(self.bookings),
            payments=dict(self.payments),
            refunds=dict(self.refunds),
            receipts=dict(self.receipts),
            taken_by=dict(self.taken()),
        )

    def _inventory(
        self,
        *,
        seats: dict[int, Seat],
        taken_in: set[int],
        bookings: dict[int, Booking],
        payments: dict[int, Payment],
        refunds: dict[int, Refund],
        receipts: dict[tuple[UserId, str], Receipt],
        taken_by: dict[UserId, int],
    ) -> Inventory:
        return Inventory(
            event_id=self.initial.event_id,
            version=self.version,
            sale=self.sale,
            policy=POLICY,
            tiers=dict(self.tiers),
            plan=self.plan,
            seats=seats,
            taken_in=taken_in,
            bookings=bookings,
            payments=payments,
            refunds=refunds,
            receipts=receipts,
            keys={(b.user_id, b.idempotency.key): b.id.number for b in bookings.values() if b.idempotency},
            taken_by=taken_by,
        )

    def taken(self) -> Counter[UserId]:
        """How many places each user holds or has booked."""
        counts: Counter[UserId] = Counter()
        for booking in self.bookings.values():
            counts[booking.user_id] += booking.quantity if booking.status in HOLDING else 0
        return counts

    def write(self, inventory: Inventory, now: datetime) -> None:
        """Keep what a batch changed, with the constraints and in the columns of the tables."""
        changed = inventory.changed
        assert inventory.version == self.version
        self.version += 1
        self.claims |= {seat_no: inventory.seats[seat_no] for seat_no in changed.seats}
        self.tiers |= {tier_no: replace(self.tiers[tier_no], counts=inventory.tiers[tier_no].counts) for tier_no in changed.tiers}
        for number in sorted(changed.new_bookings):
            self._insert_booking(inventory.bookings[number], now, as_hold=changed.only_took_places)
        for number in sorted(changed.bookings - changed.new_bookings):
            new = inventory.bookings[number]
            self.bookings[number] = replace(
                self.bookings[number],
                status=new.status,
                expires_at=new.expires_at,
                extended=new.extended,
                confirmed_at=new.confirmed_at,
                cancelled_at=new.cancelled_at,
            )
        for payment in (inventory.payments[number] for number in sorted(changed.payments)):
            self.payments[payment.id.number] = replace(
                self.payments.get(payment.id.number, payment),
                status=payment.status,
                processed_at=payment.processed_at,
                provider_reference=payment.provider_reference,
                failure=payment.failure,
            )
        for refund in (inventory.refunds[number] for number in sorted(changed.refunds)):
            self.refunds[refund.id.number] = replace(
                self.refunds.get(refund.id.number, refund),
                status=refund.status,
                processed_at=refund.processed_at,
                provider_reference=refund.provider_reference,
            )
        for receipt in changed.receipts:
            assert (receipt.user_id, receipt.idempotency.key) not in self.receipts, "receipt_pkey"
            self.receipts[receipt.user_id, receipt.idempotency.key] = receipt
        for ticket in changed.tickets:
            assert ticket.id not in self.tickets, "ticket_pkey"
            self.tickets[ticket.id] = ticket
        for ticket in self.tickets.values():
            if ticket.id.booking_id.number in changed.voided:
                self.tickets[ticket.id] = replace(ticket, status=TicketStatus.CANCELLED)
        self.change_sets.append(change_set_of(inventory, self.version))

    def _insert_booking(self, booking: Booking, now: datetime, *, as_hold: bool) -> None:
        assert booking.id.number not in self.bookings, "booking_pkey"
        if booking.idempotency is not None:
            used = {(b.user_id, b.idempotency.key) for b in self.bookings.values() if b.idempotency}
            assert (booking.user_id, booking.idempotency.key) not in used, "booking_key"
        self.bookings[booking.id.number] = replace(booking, created_at=now)
        if as_hold:
            as_written = replace(
                booking, created_at=now, status=BookingStatus.PENDING, extended=False, confirmed_at=None, cancelled_at=None
            )
            assert as_written == self.bookings[booking.id.number], "write_holds writes new holds only"
