"""Events at hand: what the catalogue says of an event need not be read again while its open board knows that nothing of it has changed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

from strawberry.dataloader import DataLoader

from domain.catalogue import SeatBoard, SeatBoards
from domain.events import Event
from domain.ids import EventId

SECONDS = 1.0
"""How old an event may be, whatever its board says: as old as the schema says of every field that is made of it."""


class Loaders(Protocol):
    """One request's."""

    @property
    def events(self) -> DataLoader[EventId, Event | None]:
        """Events, each read once for an answer."""
        ...

    @property
    def events_now(self) -> DataLoader[EventId, Event | None]:
        """Events as they are after they were asked for."""
        ...


@dataclass(frozen=True, slots=True)
class AtHand:
    """An event as it was read, and what its board knew before."""

    event: Event
    sale_version: int
    read_at: float


class EventsAtHand:
    """Events by their boards, and forgotten with these.

    Whoever changes an event raises its version in the same commit and tells the boards: this process's at once, which are behind until they
    have read it, others' through the change feed. So what is changed here is never read as it was, and elsewhere only as long as a map is.
    """

    def __init__(self, seconds: float = SECONDS, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: WeakKeyDictionary[SeatBoard, AtHand] = WeakKeyDictionary()

    async def read(self, boards: SeatBoards, event_id: EventId, loaders: "Loaders") -> Event | None:
        """An event; None where there is none."""
        board = boards.at_hand(event_id)
        if board is None:
            return await loaders.events.load(event_id)
        now = self._clock()
        known = self._known.get(board)
        if known is not None and known.sale_version == board.sale_version and now - known.read_at < self._seconds:
            return known.event
        sale_version = board.sale_version  # as it is before the event is read: of all that is changed later, the board will hear
        event = await loaders.events_now.load(event_id)
        if event is not None:
            self._known[board] = AtHand(event, sale_version, now)
        return event


EVENTS_AT_HAND = EventsAtHand()
"""This process's: they go with its boards."""
