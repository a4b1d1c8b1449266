"""A batch's two round trips: loading what its commands touch, and writing what they changed. Most batches only take places: little is
loaded for those, and little written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from db.changed_rows import (
    audit_row,
    booking_row,
    entry_row,
    errand_row,
    hold_columns,
    new_booking_row,
    notice_row,
    payment_row,
    receipt_row,
    refund_row,
    ticket_row,
)
from db.occupancy import Occupancy
from db.pool import Connection
from db.rows import booking_of, entry_of, errand_of, listed, payment_of, policy_of, receipt_of, refund_of, seats_of, ticket_of, tier_of
from db.statements import statements
from domain.ids import EventId, UserId
from domain.inventory import BookingPolicy, EventStatus, Inventory, Sale
from domain.places import SeatingPlan, Tier
from domain.touched import Touched

SQL = statements("box_office")
DUE_MOST = 500
"""How many overdue holds one batch gives back; where there are more, a batch does only that."""
WAITING_MOST = 200
"""How many of those who wait are looked at when places become free: the first of them."""


@dataclass(slots=True)
class Loaded:
    """An inventory as the database had it at `now`, its clock; `all_due` is false where more overdue holds wait than were loaded, and
    `lacks_seats` true where the event turned out to need all of its seats, which were not asked for, or not from the beginning."""

    inventory: Inventory
    now: datetime
    plan_version: int
    all_due: bool
    lacks_seats: bool


@dataclass(frozen=True, slots=True)
class MoreToKnow:
    """What was loaded does not suffice to decide anything: all that is touched is to be loaded."""


async def load(
    connection: Connection,
    event_id: EventId,
    touched: Touched,
    plan: SeatingPlan | None,
    policy: BookingPolicy,
    occupancy: Occupancy,
) -> Loaded | None:
    """Load all that some commands touch, at one version and one moment; None where there is no such event.

    Where they touch only places, and the event's last batch had no need of more, only those are asked for. The answer tells whether
    that suffices; where it does not, it is thrown away.
    """
    if touched.only_places and not occupancy.is_wanted(event_id):
        found = await load_places(connection, event_id, touched, plan, policy, occupancy)
        if not isinstance(found, MoreToKnow):
            return found
    return await load_all(connection, event_id, touched, plan, policy, occupancy)


async def load_places(
    connection: Connection,
    event_id: EventId,
    touched: Touched,
    plan: SeatingPlan | None,
    policy: BookingPolicy,
    occupancy: Occupancy,
) -> Loaded | MoreToKnow | None:
    """Load what commands that only touch places need, as long as no hold has ended, no key was used before, and nobody waits."""
    since, statuses = occupancy.known(event_id, plan.seat_count) if plan is not None and touched.any_seat else (None, None)
    keys = list(touched.keys)
    row = await connection.fetchrow(
        SQL["load_places"],
        event_id,
        list(touched.seats),
        since,
        list(touched.users),
        [user_id for user_id, _ in keys],
        [key for _, key in keys],
    )
    if row is None:
        return None
    occupancy.want(event_id, is_wanted(row, plan))
    if row["is_due"] or row["is_keyed"] or occupancy.is_wanted(event_id) or is_ahead(since, row):
        return MoreToKnow()
    move(statuses, row)
    inventory = Inventory(
        event_id=event_id,
        version=row["version"],
        sale=sale_of(row),
        policy=policy,
        tiers=tiers_in(row),
        plan=plan,
        seats=seats_of(listed(row["claims"])),
        statuses=statuses,
        taken_by=taken_in(row),
    )
    return Loaded(inventory, row["now"], row["plan_version"], all_due=True, lacks_seats=False)


async def load_all(
    connection: Connection,
    event_id: EventId,
    touched: Touched,
    plan: SeatingPlan | None,
    policy: BookingPolicy,
    occupancy: Occupancy,
) -> Loaded | None:
    """Load all that any commands touch, the holds that have ended, and the first of those who wait."""
    whole = plan is not None and (touched.any_seat or occupancy.is_wanted(event_id))
    since, statuses = occupancy.known(event_id, plan.seat_count) if plan is not None and whole else (None, None)
    keys = sorted(touched.keys)
    row = await connection.fetchrow(
        SQL["load"],
        event_id,
        list(touched.seats),
        since,
        WAITING_MOST,
        list(touched.bookings),
        list(touched.users),
        [user_id for user_id, _ in keys],
        [key for _, key in keys],
        DUE_MOST,
        list(touched.tickets),
        list(touched.entries),
        list(touched.waiting_users),
        list(touched.errands),
    )
    if row is None:
        return None
    occupancy.want(event_id, is_wanted(row, plan))
    ahead = is_ahead(since, row)
    if ahead:
        occupancy.clear()  # a database that has lost commits has taken over: what is known of any event may be of what is no more
    move(statuses, row)
    due = [booking_of(event_id, b) for b in listed(row["due"])]
    wanted = [booking_of(event_id, b) for b in (*listed(row["bookings"]), *listed(row["keyed"]))]
    payments = (payment_of(event_id, p) for p in listed(row["payments"]))
    refunds = (refund_of(event_id, r) for r in listed(row["refunds"]))
    receipts = (receipt_of(event_id, r) for r in listed(row["receipts"]))
    tickets = (ticket_of(event_id, t) for t in listed(row["tickets"]))
    entries = (entry_of(event_id, e) for e in listed(row["entries"]))
    errands = (errand_of(e) for e in listed(row["errands"]))
    inventory = Inventory(
        event_id=event_id,
        version=row["version"],
        sale=sale_of(row),
        policy=policy,
        tiers=tiers_in(row),
        plan=plan,
        seats=seats_of(listed(row["claims"])),
        statuses=statuses,
        bookings={booking.id.number: booking for booking in (*due, *wanted)},
        payments={payment.id.number: payment for payment in payments},
        refunds={refund.id.number: refund for refund in refunds},
        receipts={(receipt.user_id, receipt.idempotency.key): receipt for receipt in receipts},
        keys={(b.user_id, b.idempotency.key): b.id.number for b in (*due, *wanted) if b.idempotency is not None},
        taken_by=taken_in(row),
        tickets={(ticket.id.booking_id.number, ticket.id.ticket_no): ticket for ticket in tickets},
        entries={entry.id.number: entry for entry in entries},
        waiting=row["waiting"],
        errands={errand.errand_no: errand for errand in errands},
    )
    lacks_seats = ahead or (plan is not None and not whole and occupancy.is_wanted(event_id))
    return Loaded(inventory, row["now"], row["plan_version"], len(due) < DUE_MOST, lacks_seats)


def is_wanted(row: Any, plan: SeatingPlan | None) -> bool:
    """Whether every batch of an event needs more than the places it names: because somebody waits, or because neighbours count."""
    return bool(row["waiting"] > 0 or (plan is not None and row["avoids_orphans"]))


def is_ahead(since: int | None, row: Any) -> bool:
    """Whether this process knows of a version that the database has not reached."""
    return since is not None and since > row["version"]


def move(statuses: bytearray | None, row: Any) -> None:
    """Bring every seat's state, as it was known, up to what is loaded."""
    for seat_no, status in listed(row["moved"]):
        assert statuses is not None, "what moved is asked for where the seats are known"
        if seat_no < len(statuses):  # else the house has grown, which its plan's version tells
            statuses[seat_no] = status


def tiers_in(row: Any) -> dict[int, Tier]:
    """The event's tiers by number."""
    return {tier[0]: tier_of(tier) for tier in listed(row["tiers"])}


def taken_in(row: Any) -> dict[UserId, int]:
    """How many places users have, where the event limits that."""
    return {UserId(user): places for user, places in listed(row["taken_by"])}


def sale_of(row: Any) -> Sale:
    """What the catalogue says about selling an event."""
    return Sale(
        status=EventStatus(row["status"]),
        on_sale_at=row["on_sale_at"],
        off_sale_at=row["off_sale_at"],
        starts_at=row["starts_at"],
        currency=row["currency"],
        ticket_limit=row["ticket_limit"],
        cancellation=policy_of(row["refund_steps"]),
        avoids_orphans=row["avoids_orphans"],
    )


async def write(connection: Connection, inventory: Inventory, now: datetime) -> int | None:
    """Commit what a batch changed and answer the new version; None, with nothing changed, where another process was first."""
    changed = inventory.changed
    seats = sorted(changed.seats)
    states = [inventory.seats[seat_no] for seat_no in seats]
    tier_nos = sorted(changed.tiers)
    counts = [inventory.tiers[tier_no].counts for tier_no in tier_nos]
    common = (
        inventory.event_id,
        inventory.version,
        seats,
        [int(seat.status) for seat in states],
        [seat.booking_no for seat in states],
        tier_nos,
        [count.available for count in counts],
        [count.held for count in counts],
        [count.booked for count in counts],
        [count.blocked for count in counts],
    )
    new = [inventory.bookings[number] for number in sorted(changed.new_bookings)]
    version: int | None
    if changed.only_took_places:
        steps = orjson.dumps(inventory.cancellation.stored()).decode()
        version = await connection.fetchval(SQL["write_holds"], *common, *hold_columns(new), now, inventory.sale.currency, steps)
        return version
    updated = [inventory.bookings[number] for number in sorted(changed.bookings - changed.new_bookings)]
    version = await connection.fetchval(
        SQL["write_batch"],
        *common,
        now,
        inventory.sale.currency,
        rows(new_booking_row(booking) for booking in new),
        rows(booking_row(booking) for booking in updated),
        rows(payment_row(inventory.payments[number]) for number in sorted(changed.payments)),
        rows(refund_row(inventory.refunds[number]) for number in sorted(changed.refunds)),
        rows(map(receipt_row, changed.receipts)),
        rows(ticket_row(inventory.tickets[name]) for name in sorted(changed.tickets)),
        rows(entry_row(inventory.entries[number]) for number in sorted(changed.entries)),
        inventory.waiting,
        rows(map(notice_row, changed.notices)),
        rows(map(audit_row, changed.audit)),
        rows(errand_row(inventory.errands[number]) for number in sorted(changed.errands)),
    )
    return version


def rows(found: Any) -> str:
    """Rows as one JSON text."""
    return orjson.dumps(list(found)).decode()
