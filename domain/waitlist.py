"""The waitlist of an event: users who wait for places, in the order they came, and how an entry's state moves.

WAITING → OFFERED (its places are held until `offer_expires_at`) → ACCEPTED, DECLINED, EXPIRED; or LEFT, before or after an offer.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import ceil
from typing import Protocol

from domain.ids import BookingId, EntryId, EventId, UserId


class EntryStatus(IntEnum):
    """Where an entry stands. The numbers are what the database stores."""

    WAITING = 0
    OFFERED = 1
    ACCEPTED = 2
    DECLINED = 3
    EXPIRED = 4
    LEFT = 5


ACTIVE = (EntryStatus.WAITING, EntryStatus.OFFERED)
"""The states in which a user has their one place in an event's queue."""


class SkipReason(IntEnum):
    """Why somebody behind an entry was served before it. The numbers are what the database stores."""

    NOT_ENOUGH_PLACES = 0
    NOT_TOGETHER = 1
    TICKET_LIMIT = 2


@dataclass(frozen=True, slots=True)
class WaitlistEntry:
    """One user's turn in the queue for an event's places.

    `tier_no` is None where any tier will do, `together` whether numbered seats must be neighbours. `skips` counts how often somebody behind
    it was served first, and `skip_reason` says why the last time. How it is told of its offer are `notify_email` and `notify_sms`.
    """

    id: EntryId
    user_id: UserId
    tier_no: int | None
    quantity: int
    together: bool
    status: EntryStatus
    joined_at: datetime
    notify_email: bool = True
    notify_sms: bool = False
    offered_at: datetime | None = None
    offer_expires_at: datetime | None = None
    ended_at: datetime | None = None
    skips: int = 0
    skip_reason: SkipReason | None = None

    @property
    def has_offer(self) -> bool:
        """Whether places are held for it, or it took them up."""
        return self.status in (EntryStatus.OFFERED, EntryStatus.ACCEPTED)

    @property
    def booking_id(self) -> BookingId:
        """The booking that its offer is, once there is one."""
        return BookingId(self.id.event_id, self.id.number)


PACE_WINDOW = timedelta(hours=24)
"""How far back it is counted how many places were offered, to tell how fast a queue moves."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a queue moves: so many places were offered in so long. `left` is how long sales go on."""

    places: int
    over: timedelta
    left: timedelta


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry, and where it stands among those who compete for the same places.

    Who waits for any tier competes with everybody, who waits for one tier with those who wait for it or for any. `ahead` counts the entries
    that came first and wait, `places_ahead` what they want; both are None for an entry that waits no more.
    """

    entry: WaitlistEntry
    ahead: int | None
    places_ahead: int | None
    pace: Pace

    @property
    def position(self) -> int | None:
        """Its place in the queue, from 1; None where it waits no more."""
        return None if self.ahead is None else self.ahead + 1

    @property
    def wait(self) -> timedelta | None:
        """How long it may still wait; None where that is not known, or it waits no more."""
        return None if self.places_ahead is None else estimated_wait(self.places_ahead + self.entry.quantity, self.pace)


def estimated_wait(places: int, pace: Pace) -> timedelta | None:
    """How long it takes until so many places have been offered, in whole minutes, were the queue to move on as fast as it lately did.

    None where nothing was offered lately, and where sales would be over by then: an estimate that cannot come true is none.
    """
    if pace.places <= 0 or pace.over <= timedelta(0):
        return None
    wait = ceil(pace.over * places / pace.places / MINUTE) * MINUTE
    return wait if wait <= pace.left else None


class WaitlistReads(Protocol):
    """Reads of waitlists. An offer whose time is over reads as EXPIRED. Each raises Outage where the database is out."""

    async def find_many(self, ids: Sequence[EntryId]) -> list[WaitlistEntry | None]:
        """Entries by id; None for one that does not exist."""
        ...

    async def standings_many(self, ids: Sequence[EntryId]) -> list[Standing | None]:
        """Entries by id with where they stand, in one query; None for one that does not exist."""
        ...

    async def active_many(self, asked: Sequence[tuple[UserId, EventId]]) -> list[WaitlistEntry | None]:
        """The one entry with which each user waits, or has an open offer, in an event; None where there is none."""
        ...

    async def lengths_many(self, event_ids: Sequence[EventId]) -> list[int]:
        """How many entries of each event wait or have an open offer."""
        ...

    async def of_user(self, user_id: UserId, *, most: int, after: tuple[datetime, int] | None = None) -> list[WaitlistEntry]:
        """A user's entries, newest first, behind one's (joined_at, number)."""
        ...

    async def count_of_user(self, user_id: UserId) -> int:
        """How many entries a user has, of all events and states."""
        ...

    async def of_event(self, event_id: EventId, *, most: int, after: tuple[datetime, int] | None = None) -> list[WaitlistEntry]:
        """The entries of an event that wait or have an open offer, first come first, behind one's (joined_at, number)."""
        ...


class WatchingWaitlists(Protocol):
    """How one's own place in a queue is watched."""

    def watch(self, entry_id: EntryId) -> AsyncGenerator[Standing, None]:
        """Where an entry stands: at once, then whenever its place or its state is another; ends with the entry.

        Raises LookupError where there is no such event, Outage where it cannot be read. Close it (`aclose`) to leave.
        """
        ...
