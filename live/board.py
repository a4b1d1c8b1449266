"""The board: one event's seats and counts in memory, at one version."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

from domain.bookings import BookingStatus
from domain.changes import BoardState, ChangeSet
from domain.ids import EventId
from domain.places import Counts, PlaceStatus, SeatingPlan
from live.recent import Recent

STATUSES = tuple(PlaceStatus)
CHANGE_BYTES = 24
"""About what one seat's change takes on its way to a viewer; a packed snapshot takes a third of a byte for each seat of the house."""
CHANGES_LEAST = 64
"""However small the house, so many changes are told one by one."""
BOOKINGS_MOST = 1024
UPDATES_MOST = 64


class Applied(Enum):
    """What became of a change set."""

    DONE = auto()
    OLD = auto()
    """The board already knew."""
    GAP = auto()
    """It does not follow on what the board knows: the board has to be read again."""


@dataclass(frozen=True)
class Update:
    """What one viewer is told: all that changed since `previous_version`, merged, or, where that is None, a snapshot.

    One update is shared by every viewer with the same cursor; the dear parts are made when first asked for.
    """

    event_id: EventId
    version: int
    previous_version: int | None
    counts: Mapping[int, Counts]
    """By tier; never changed once it is here."""
    sale_changed: bool
    """What the catalogue says may have changed since `previous_version`."""
    delta: tuple[tuple[int, PlaceStatus], ...] = ()
    seats: bytes | None = field(default=None, repr=False)

    @cached_property
    def changes(self) -> tuple[tuple[int, PlaceStatus], ...]:
        """Seats with their present status, in seat order; on a snapshot every seat that is not available."""
        if self.seats is None:
            return self.delta
        return tuple((seat_no, STATUSES[status]) for seat_no, status in enumerate(self.seats) if status)

    @cached_property
    def packed(self) -> str | None:
        """On a snapshot every seat's status, two bits a seat; empty where places are not numbered. None on changes."""
        return None if self.seats is None else pack(self.seats)

    @cached_property
    def total(self) -> Counts:
        """The counts of all tiers together."""
        return sum(self.counts.values(), Counts())


class Board:
    """An event's statuses, counts and version as this process knows them.

    It changes in place: what is read between two awaits is one version. `tiers` is replaced, never changed, and may be kept.
    `sale_version` is the last version at which what the catalogue says (plan, prices, times) may have changed.
    """

    def __init__(self, state: BoardState, plan: SeatingPlan | None) -> None:
        self.event_id = state.event_id
        self.version = self.sale_version = state.version
        self.plan = plan
        self.tiers: Mapping[int, Counts] = dict(state.tiers)
        self.merges = 0
        self._seats = _seats_of(state, plan)
        self._changed: Recent[None] = Recent(state.version, max(CHANGES_LEAST, len(self._seats) // 3 // CHANGE_BYTES))
        self._bookings: Recent[BookingStatus] = Recent(state.version, BOOKINGS_MOST)
        self._updates: dict[int | None, Update] = {}

    @property
    def seat_count(self) -> int:
        """How many numbered seats the event has."""
        return len(self._seats)

    def status_of(self, seat_no: int) -> PlaceStatus:
        """The status of a seat, which must exist."""
        return STATUSES[self._seats[seat_no]]

    @property
    def seats(self) -> bytes:
        """Every seat's status in seat order, a byte each; made once per version."""
        return self.update(None).seats or b""

    @property
    def packed(self) -> str:
        """Every seat's status, two bits a seat, in base 64; made once per version."""
        return self.update(None).packed or ""

    @property
    def taken(self) -> tuple[tuple[int, PlaceStatus], ...]:
        """Every seat that is not available, in seat order; made once per version."""
        return self.update(None).changes

    @property
    def total(self) -> Counts:
        """The counts of all tiers together."""
        return self.update(None).total

    def apply(self, change_set: ChangeSet) -> Applied:
        """Take in a commit, if it is the next one. A changed sale is a gap: what the catalogue says has to be read again."""
        if change_set.version <= self.version:
            return Applied.OLD
        unknown_seat = any(seat_no >= len(self._seats) for seat_no, _ in change_set.seats)
        if change_set.version > self.version + 1 or change_set.sale_changed or unknown_seat:
            return Applied.GAP
        for seat_no, status in change_set.seats:
            self._seats[seat_no] = status
            self._changed.note(change_set.version, seat_no, None)
        for booking_no, booking_status in change_set.bookings:
            self._bookings.note(change_set.version, booking_no, booking_status)
        if change_set.tiers:
            self.tiers = {**self.tiers, **dict(change_set.tiers)}
        self._is_now(change_set.version)
        return Applied.DONE

    def repair(self, state: BoardState, plan: SeatingPlan | None) -> Applied:
        """Take in what the database says changed, over any number of versions. Which bookings changed is lost.

        A house of another size is a gap: the board has to be made anew. `state` must tell of all that happened since some version the
        board has passed, so a complete snapshot will do too.
        """
        if seat_count_of(plan) != len(self._seats) or any(seat_no >= len(self._seats) for seat_no, _ in state.seats):
            return Applied.GAP
        if plan is not self.plan and plan != self.plan:
            self.plan = plan  # equal plans stay the same object: others remember what they made of it by identity
        if state.version <= self.version:
            return Applied.OLD
        for seat_no, status in state.seats:
            if self._seats[seat_no] != status:
                self._seats[seat_no] = status
                self._changed.note(state.version, seat_no, None)
        self.tiers = dict(state.tiers)
        self._bookings.forget(state.version)
        self.sale_version = state.version
        self._is_now(state.version)
        return Applied.DONE

    def replace(self, snapshot: BoardState, plan: SeatingPlan | None) -> Applied:
        """Take in a complete snapshot: as `repair`, and seats it does not name are available."""
        named = {seat_no for seat_no, _ in snapshot.seats}
        freed = ((seat_no, PlaceStatus.AVAILABLE) for seat_no, status in enumerate(self._seats) if status and seat_no not in named)
        return self.repair(BoardState(snapshot.event_id, snapshot.version, (*snapshot.seats, *freed), snapshot.tiers), plan)

    def update(self, after: int | None) -> Update:
        """What to tell somebody who was told everything up to `after`: the changes since, merged per seat.

        A snapshot where `after` is None, below 0 or beyond the board's version, where the board does not remember so far back, and where
        the changes would take more than a packed snapshot does.
        """
        if after is not None and not self._changed.known_since <= after <= self.version:
            after = None
        if (known := self._updates.get(after)) is not None:
            return known
        self.merges += 1
        if len(self._updates) >= UPDATES_MOST:
            self._updates.clear()
        made = self._updates[after] = self._snapshot() if after is None else self._changes_since(after)
        return made

    def bookings_since(self, after: int) -> list[tuple[int, BookingStatus]] | None:
        """The bookings that changed after a version, each once; None where some may have been missed."""
        return None if after > self.version else self._bookings.since(after)

    def _snapshot(self) -> Update:
        return Update(self.event_id, self.version, None, self.tiers, True, seats=bytes(self._seats))

    def _changes_since(self, after: int) -> Update:
        changed = sorted(seat_no for seat_no, _ in self._changed.since(after) or ())
        delta = tuple((seat_no, STATUSES[self._seats[seat_no]]) for seat_no in changed)
        return Update(self.event_id, self.version, after, self.tiers, self.sale_version > after, delta)

    def _is_now(self, version: int) -> None:
        self.version = version
        self._updates.clear()


def seat_count_of(plan: SeatingPlan | None) -> int:
    """How many numbered seats a plan has; none where there is no plan."""
    return 0 if plan is None else plan.seat_count


def _seats_of(state: BoardState, plan: SeatingPlan | None) -> bytearray:
    seats = bytearray(seat_count_of(plan))
    for seat_no, status in state.seats:
        if seat_no < len(seats):  # the plan may have become another since; the change that made it so is on its way
            seats[seat_no] = status
    return seats


def pack(statuses: bytes) -> str:
    """Two bits a seat in seat order: four seats a byte, the first in the lowest bits; in base 64."""
    length = (len(statuses) + 3) // 4
    whole = statuses.ljust(length * 4, b"\0")
    packed = 0
    for place in range(4):  # no status is more than 3, so shifting all bytes of one big number at once spills nothing over
        packed |= int.from_bytes(whole[place::4], "big") << 2 * place
    return b64encode(packed.to_bytes(length, "big")).decode()
