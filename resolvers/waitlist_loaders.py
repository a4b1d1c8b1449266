"""Loaders of waitlists: many objects of one answer ask the database once."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from strawberry.dataloader import DataLoader

from domain.callers import Caller
from domain.catalogue import Place
from domain.events import Event as EventRecord
from domain.events import manages
from domain.ids import EntryId, EventId, UserId
from domain.waitlist import Standing
from domain.waitlist import WaitlistEntry as EntryRecord
from resolvers import permissions
from resolvers.booking_loaders import BookingLoaders
from resolvers.loaders import CatalogueLoaders
from resolvers.pages import moment_of, page_info
from schema.waitlist import WaitlistConnection, WaitlistEdge, WaitlistEntry

if TYPE_CHECKING:
    from resolvers.context import Services

NEWEST = "waitlist entries by newest"
"""What a cursor of a user's entries remembers of their order."""
QUEUE = "waitlist by turn"
"""What a cursor of an event's queue remembers of its order."""


class WaitlistLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services", catalogue: CatalogueLoaders, bookings: BookingLoaders) -> None:
        self._reads = services.waitlist
        self._events = catalogue.events
        self._bookings = bookings
        self._entries: DataLoader[EntryId, EntryRecord | None] = DataLoader(self._reads.find_many)
        self._standings: DataLoader[EntryId, Standing | None] = DataLoader(self._reads.standings_many)
        self._active: DataLoader[tuple[UserId, EventId], EntryRecord | None] = DataLoader(self._reads.active_many)
        self.lengths: DataLoader[EventId, int] = DataLoader(self._reads.lengths_many)

    def forget(self) -> None:
        """Forget all that was loaded: it may have changed since."""
        for loader in (self._entries, self._standings, self._active, self.lengths):
            loader.clear_all()
        self._bookings.forget()

    def told(self, standing: Standing) -> WaitlistEntry:
        """An entry as clients see it, with where it stands: neither is asked for again."""
        self.forget()
        self._standings.prime(standing.entry.id, standing)
        return WaitlistEntry.of(standing.entry)

    async def standing(self, entry_id: EntryId) -> Standing | None:
        """Where an entry stands."""
        return await self._standings.load(entry_id)

    async def entry(self, caller: Caller | None, entry_id: EntryId) -> WaitlistEntry | None:
        """An entry as clients see it; None where there is none that the caller may see: its user, whoever runs the event, or an admin."""
        found = await self._entries.load(entry_id)
        if found is None or caller is None:
            return None
        if not caller.owns(found.user_id):
            event = await self._events.load(entry_id.event_id) if caller.organizations else None
            if event is None or not manages(caller, event):
                return None
        return WaitlistEntry.of(found)

    async def entry_of_caller(self, caller: Caller | None, event_id: EventId) -> WaitlistEntry | None:
        """The entry with which the caller waits for places of an event, or has an offer; None where there is none."""
        found = await self._active.load((caller.user_id, event_id)) if caller is not None else None
        return WaitlistEntry.of(found) if found is not None else None

    async def page_of_user(self, user_id: UserId, first: int, after: str | None) -> WaitlistConnection:
        """A page of a user's entries, newest first. Raises InvalidArgument for a page that cannot be."""
        found = await self._reads.of_user(user_id, most=first + 1, after=moment_of(first, after, NEWEST))
        return connection(found, first, after, NEWEST, partial(self._reads.count_of_user, user_id))

    async def page_of_event(self, caller: Caller | None, event: EventRecord, first: int, after: str | None) -> WaitlistConnection:
        """A page of an event's queue, first come first, for those who run it. Raises Unauthorized for others, InvalidArgument as above."""
        permissions.runs(caller, event)
        found = await self._reads.of_event(event.event_id, most=first + 1, after=moment_of(first, after, QUEUE))
        return connection(found, first, after, QUEUE, partial(self.lengths.load, event.event_id))


def connection(
    found: Sequence[EntryRecord], first: int, after: str | None, order: str, count: Callable[[], Awaitable[int]]
) -> WaitlistConnection:
    """A page of entries, of which one more than asked for was read."""
    edges = [
        WaitlistEdge(node=WaitlistEntry.of(record), cursor=Place(record.joined_at, record.id.number).cursor(order))
        for record in found[:first]
    ]
    return WaitlistConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))
