"""Change sets: all facts of one commit, as viewers are told them."""

from dataclasses import dataclass

from domain.bookings import BookingStatus
from domain.ids import EventId, UserId
from domain.inventory import Inventory
from domain.places import Counts, PlaceStatus


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What one commit changed in an event's inventory: the last state of each thing, never the steps.

    `version` is the event's gap-free commit number: a change set applies to version − 1 and to nothing else. A change to what the
    catalogue says (published, other times, other prices) is an empty change set with `sale_changed`.
    """

    event_id: EventId
    version: int
    seats: tuple[tuple[int, PlaceStatus], ...] = ()
    tiers: tuple[tuple[int, Counts], ...] = ()
    bookings: tuple[tuple[int, BookingStatus], ...] = ()
    sale_changed: bool = False
    waitlist_changed: bool = False
    """Whether anybody's place in the waitlist may be another now."""
    notified: tuple[UserId, ...] = ()
    """Users for whom a notification was written in the commit. They are woken by a channel of their own: it is not sent along."""


@dataclass(frozen=True, slots=True)
class BoardState:
    """An event's seats and counts at one version, as the database has them.

    `seats` are those that are not available, or, where it answers what changed since a version, those that changed since then.
    `tiers` are always complete.
    """

    event_id: EventId
    version: int
    seats: tuple[tuple[int, PlaceStatus], ...]
    tiers: tuple[tuple[int, Counts], ...]


def change_set_of(inventory: Inventory, version: int) -> ChangeSet:
    """What a batch changed, told as it stands at the version its commit made. A booking is told of when its money moved, too."""
    changed = inventory.changed
    paid = {inventory.payments[number].booking_id.number for number in changed.payments}
    refunded = {inventory.refunds[number].booking_id.number for number in changed.refunds}
    touched = changed.new_bookings | changed.bookings | paid | refunded
    return ChangeSet(
        event_id=inventory.event_id,
        version=version,
        seats=tuple((seat_no, inventory.seats[seat_no].status) for seat_no in sorted(changed.seats)),
        tiers=tuple((tier_no, inventory.tiers[tier_no].counts) for tier_no in sorted(changed.tiers)),
        bookings=tuple((number, inventory.bookings[number].status) for number in sorted(touched)),
        waitlist_changed=bool(changed.entries),
        notified=tuple(sorted({notice.user_id for notice in changed.notices})),
    )
