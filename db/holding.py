"""A batch in one round trip: places that were free when this process last looked are taken where they still are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from asyncpg import DivisionByZeroError, UniqueViolationError

from db.changed_rows import hold_columns
from db.pool import Connection
from db.standings import Standing
from db.statements import statements
from domain.answers import BookingPending
from domain.commands import BookSeats, Command
from domain.decide import decide_batch
from domain.ids import EventId
from domain.inventory import BookingPolicy, Inventory
from domain.places import SeatingPlan

SQL = statements("box_office")


@dataclass(frozen=True, slots=True)
class Held:
    """What taking places at once has come to: durable, at the version that the inventory says."""

    answers: list[BookingPending]
    inventory: Inventory
    now: datetime


def holds(
    event_id: EventId, commands: Sequence[Command], plan: SeatingPlan, standing: Standing, policy: BookingPolicy, clock: float
) -> Inventory | None:
    """What an event's inventory is once all of these commands hold their seats, if it stands where it stood and the seats are free; None
    where any of them asks for something else, or would be refused: what somebody is refused is decided on facts alone.
    """
    if not all([isinstance(command, BookSeats) for command in commands]):
        return None
    inventory = Inventory(event_id, standing.version, standing.sale, policy, dict(standing.tiers), plan)
    answers = decide_batch(inventory, commands, standing.now_at(clock))
    return inventory if all([isinstance(answer, BookingPending) for answer in answers]) else None


async def hold(connection: Connection, inventory: Inventory, standing: Standing, commands: Sequence[Command]) -> Held | None:
    """Commit holds that were decided on where the event stood last, or nothing where anything of that is not so now.

    The statement looks at all that the decision leaned on, at one moment: the version, whether anybody waits, what the catalogue says, the
    prices and counts, that the seats are free, that no hold has ended, no key was used, and nobody has more than one may.
    """
    seats = sorted(inventory.changed.seats)
    before = [standing.tiers[tier_no] for tier_no in sorted(inventory.changed.tiers)]
    new = [inventory.bookings[command.booking_id.number] for command in commands if isinstance(command, BookSeats)]
    numbers, users, quantities, lines, totals, _, keys, fingerprints = hold_columns(new)
    sale = inventory.sale
    try:
        row = await connection.fetchrow(
            SQL["hold_places"],
            inventory.event_id,
            inventory.version,
            standing.plan_version,
            seats,
            [inventory.seats[seat_no].booking_no for seat_no in seats],
            [tier.tier_no for tier in before],
            [tier.price_minor for tier in before],
            [tier.counts.available for tier in before],
            [tier.counts.held for tier in before],
            [tier.counts.available - inventory.tiers[tier.tier_no].counts.available for tier in before],
            numbers,
            users,
            quantities,
            lines,
            totals,
            keys,
            fingerprints,
            any(keys),
            inventory.policy.hold,
            sale.currency,
            orjson.dumps(sale.cancellation.stored()).decode() if sale.cancellation is not None else None,
            orjson.dumps(inventory.cancellation.stored()).decode(),
        )
    except (DivisionByZeroError, UniqueViolationError):
        return None
    if row is None:
        return None
    inventory.version, now = row["version"], row["now"]
    expires_at = now + inventory.policy.hold
    inventory.bookings |= {booking.id.number: replace(booking, created_at=now, expires_at=expires_at) for booking in new}
    return Held([BookingPending(inventory.bookings[number]) for number in numbers], inventory, now)
