"""What the database would keep, in memory: a batch loads just what its commands touch, and what it changed is all that stays.

Follows `db/batches.py` and its statements, so that a rule which reads what nothing loads is found here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.answers import Answer
from domain.audit import AuditFact
from domain.bookings import HOLDING, Booking, BookingStatus, Payment, Receipt, Refund, Ticket
from domain.changes import ChangeSet, change_set_of
from domain.commands import Command
from domain.decide import decide_batch
from domain.errands import Errand
from domain.ids import TicketId, UserId
from domain.inventory import Inventory, Sale, Seat
from domain.notifications import Notice
from domain.places import PlaceStatus, Tier
from domain.refusals import Refusal
from domain.touched import Touched, touched_by
from domain.waitlist import ACTIVE, EntryStatus, WaitlistEntry
from tests.domain.builders import POLICY

Outcome = Answer | Refusal
WAITING_MOST = 200
"""Of those who wait, so many are loaded."""


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
    entries: dict[int, WaitlistEntry] = field(default_factory=dict)
    waiting: int = 0
    errands: dict[int, Errand] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    audit: list[AuditFact] = field(default_factory=list)
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
        """Just what is touched, and the holds that have ended; every seat's state where one is to be chosen or neighbours count."""
        if (part := self.load_places(touched, now)) is not None:
            return part
        whole = touched.any_seat or self.waiting > 0 or self.sale.avoids_orphans
        keyed = {b.id.number for b in self.bookings.values() if b.idempotency and (b.user_id, b.idempotency.key) in touched.keys}
        due = {b.id.number for b in self.bookings.values() if b.status is BookingStatus.PENDING and b.expires_at <= now}
        found = {number: self.bookings[number] for number in (*sorted(due | keyed), *sorted(touched.bookings)) if number in self.bookings}
        entries = self.queue_head() | {n: self.entries[n] for n in touched.entries | touched.bookings | due if n in self.entries}
        entries |= {n: e for n, e in self.entries.items() if e.user_id in touched.waiting_users and e.status in ACTIVE}
        if touched.waiting_users or self.waiting or touched.entries:
            made = {receipt.made for name, receipt in self.receipts.items() if name in touched.keys}
            entries |= {n: self.entries[n] for n in made if n in self.entries}
        users = touched.users | {entry.user_id for entry in self.queue_head().values()}
        return self._inventory(
            seats={
                seat_no: seat
                for seat_no, seat in self.claims.items()
                if seat_no in touched.seats and seat.status is not PlaceStatus.AVAILABLE
            },
            whole=whole,
            bookings=found,
            payments={number: p for number, p in self.payments.items() if p.booking_id.number in touched.bookings},
            refunds={number: r for number, r in self.refunds.items() if r.booking_id.number in touched.bookings},
            receipts={name: receipt for name, receipt in self.receipts.items() if name in touched.keys},
            taken_by={u: n for u, n in self.taken().items() if u in users} if self.sale.ticket_limit is not None else {},
            tickets=[ticket for ticket in self.tickets.values() if ticket.id.booking_id.number in touched.tickets],
            entries=entries,
            errands={number: self.errands[number] for number in touched.errands if number in self.errands},
        )

    def load_places(self, touched: Touched, now: datetime) -> Inventory | None:
        """What suffices where only places are touched; None where there is more to know."""
        keyed = any(b.idempotency and (b.user_id, b.idempotency.key) in touched.keys for b in self.bookings.values())
        is_due = any(b.status is BookingStatus.PENDING and b.expires_at <= now for b in self.bookings.values())
        if not touched.only_places or keyed or is_due or self.waiting or self.sale.avoids_orphans or touched.keys & self.receipts.keys():
            return None
        return self._inventory(
            seats={n: seat for n, seat in self.claims.items() if n in touched.seats and seat.status is not PlaceStatus.AVAILABLE},
            whole=touched.any_seat,
            bookings={},
            payments={},
            refunds={},
            receipts={},
            taken_by={u: n for u, n in self.taken().items() if u in touched.users} if self.sale.ticket_limit is not None else {},
            tickets=[],
            entries={},
            errands={},
        )

    def queue_head(self) -> dict[int, WaitlistEntry]:
        """Those who wait, as many as a load brings."""
        waiting = sorted((e.joined_at, n) for n, e in self.entries.items() if e.status is EntryStatus.WAITING)
        return {number: self.entries[number] for _, number in waiting[:WAITING_MOST]}

    def load_all(self) -> Inventory:
        """Everything there is."""
        return self._inventory(
            seats=dict(self.claims),
            whole=True,
            bookings=dict(self.bookings),
            payments=dict(self.payments),
            refunds=dict(self.refunds),
            receipts=dict(self.receipts),
            taken_by=dict(self.taken()),
            tickets=list(self.tickets.values()),
            entries=dict(self.entries),
            errands=dict(self.errands),
        )

    def _inventory(
        self,
        *,
        seats: dict[int, Seat],
        whole: bool,
        bookings: dict[int, Booking],
        payments: dict[int, Payment],
        refunds: dict[int, Refund],
        receipts: dict[tuple[UserId, str], Receipt],
        taken_by: dict[UserId, int],
        tickets: list[Ticket],
        entries: dict[int, WaitlistEntry],
        errands: dict[int, Errand],
    ) -> Inventory:
        statuses = None
        if whole and self.plan is not None:
            statuses = bytearray(self.claims.get(seat_no, Seat()).status for seat_no in range(self.plan.seat_count))
        return Inventory(
            event_id=self.initial.event_id,
            version=self.version,
            sale=self.sale,
            policy=POLICY,
            tiers=dict(self.tiers),
            plan=self.plan,
            seats=seats,
            statuses=statuses,
            bookings=bookings,
            payments=payments,
            refunds=refunds,
            receipts=receipts,
            keys={(b.user_id, b.idempotency.key): b.id.number for b in bookings.values() if b.idempotency},
            taken_by=taken_by,
            tickets={(ticket.id.booking_id.number, ticket.id.ticket_no): ticket for ticket in tickets},
            entries=entries,
            waiting=self.waiting,
            errands=errands,
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
                lines=new.lines,
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
                failure=refund.failure,
            )
        for receipt in changed.receipts:
            assert (receipt.user_id, receipt.idempotency.key) not in self.receipts, "receipt_pkey"
            self.receipts[receipt.user_id, receipt.idempotency.key] = receipt
        for ticket in (inventory.tickets[name] for name in sorted(changed.tickets)):
            known = self.tickets.get(ticket.id, ticket)
            assert (known.tier_no, known.seat_no, known.price_minor) == (ticket.tier_no, ticket.seat_no, ticket.price_minor)
            self.tickets[ticket.id] = ticket
        self.entries |= {number: inventory.entries[number] for number in changed.entries}
        if not changed.only_took_places:
            self.waiting = inventory.waiting
        self.errands |= {number: inventory.errands[number] for number in changed.errands}
        self.notices += changed.notices
        self.audit += changed.audit
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
