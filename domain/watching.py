"""What watching an event offers: the port between subscriptions and the boards in memory."""

from collections.abc import AsyncGenerator, Callable, Hashable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, TypeVar

from domain.bookings import BookingStatus
from domain.ids import EventId
from domain.places import Counts, PlaceStatus

Told = TypeVar("Told", covariant=True)


class SeatsTold(Protocol):
    """What a viewer is told of an event's seats: a snapshot, or all that changed since what they were told before."""

    @property
    def event_id(self) -> EventId:
        """The event."""
        ...

    @property
    def version(self) -> int:
        """The version that it brings the viewer to."""
        ...

    @property
    def previous_version(self) -> int | None:
        """The version that it follows on; None for a snapshot."""
        ...

    @property
    def counts(self) -> Mapping[int, Counts]:
        """How many places are in each state, by tier."""
        ...

    @property
    def changes(self) -> tuple[tuple[int, PlaceStatus], ...]:
        """Seats with their present status; on a snapshot every seat that is not available."""
        ...

    @property
    def sale_changed(self) -> bool:
        """Whether what the catalogue says of the event may have changed."""
        ...

    @property
    def packed(self) -> str | None:
        """On a snapshot every seat's status, two bits a seat, in base 64."""
        ...


class CountsTold(Protocol):
    """What a watcher of lists is told of one event."""

    @property
    def event_id(self) -> EventId:
        """The event."""
        ...

    @property
    def version(self) -> int:
        """The version the counts are of."""
        ...

    @property
    def counts(self) -> Mapping[int, Counts]:
        """How many places are in each state, by tier."""
        ...


class BookingsTold(Protocol):
    """What a watcher of bookings is told: that some changed, or may have."""

    @property
    def bookings(self) -> tuple[tuple[int, BookingStatus], ...]:
        """Those that are known to have changed."""
        ...

    @property
    def may_have_missed(self) -> bool:
        """Whether others may have changed too."""
        ...


class Source(Protocol[Told]):
    """What any number of viewers can be told from, each from where they stand: their cursor."""

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to tell: the event has gone, or the boards have closed."""
        ...

    def next(self, after: Any) -> tuple[Hashable, Told] | None:
        """What to tell somebody who stands at a cursor, and where they stand then; None where there is nothing new. Never waits.

        None is the cursor of who knows nothing.
        """
        ...

    def watching(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Calls `wake` whenever there may be something new, or the source has ended."""
        ...

    def told_to(self, viewers: int) -> None:
        """So many are told from this source now, for those who count viewers; it is one until somebody says."""
        ...


class Watching(Protocol):
    """Viewers' side of the boards. Each raises LookupError where there is no such event, and Outage where it cannot be read."""

    def seats(self, event_id: EventId) -> AbstractAsyncContextManager[Source[SeatsTold]]:
        """An event's seats, open for as long as the `async with` lasts.

        A version that a viewer knows is a cursor too: they are told all since then, and something even where that is nothing.
        """
        ...

    def counts(self, event_ids: Iterable[EventId]) -> AbstractAsyncContextManager[Source[CountsTold]]:
        """The counts of some events: first of each, then of one whenever they changed. Events that do not exist are left out."""
        ...

    def watch_bookings(self, event_id: EventId, booking_no: int | None = None) -> AsyncGenerator[BookingsTold, None]:
        """That bookings changed; the first comes at once, so that what is read after it misses nothing told later."""
        ...
