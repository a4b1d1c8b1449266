"""The refusals of waiting for places, with their facts."""

from dataclasses import dataclass

from domain.ids import EntryId, EventId
from domain.waitlist import EntryStatus


@dataclass(frozen=True, slots=True)
class AlreadyWaiting:
    """The user has a place in this event's waitlist: one at a time."""

    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class PlacesAvailable:
    """Nobody has to wait: what is asked for can be booked now."""

    event_id: EventId
    available: int


@dataclass(frozen=True, slots=True)
class EntryNotFound:
    """There is no such entry of a waitlist, or it is somebody else's."""

    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class EntryNotActive:
    """The entry has come to its end."""

    entry_id: EntryId
    status: EntryStatus


@dataclass(frozen=True, slots=True)
class OfferNotOpen:
    """The entry has no offer that could be taken up or declined: its turn has not come, or is over."""

    entry_id: EntryId
    status: EntryStatus
