"""Loaders of what belongs to notifications: many objects of one answer ask the database once."""

from functools import partial
from typing import TYPE_CHECKING

from strawberry.dataloader import DataLoader

from domain.callers import Caller
from domain.catalogue import Place
from domain.ids import NotificationId, UserId
from domain.notifications import Notification as NotificationRecord
from domain.notifications import Occasion, Preferences, Words
from resolvers.booking_loaders import BookingLoaders
from resolvers.loaders import CatalogueLoaders
from resolvers.pages import moment_of, page_info
from schema.bookings import Booking
from schema.notifications import Notification, NotificationConnection, NotificationEdge, NotificationPreferences

if TYPE_CHECKING:
    from resolvers.context import Services

ORDER = "notifications by newest"
"""What a cursor of a user's notifications remembers of their order."""


class NotificationLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services", catalogue: CatalogueLoaders, bookings: BookingLoaders) -> None:
        self._reads = services.notifications
        self._wording = services.wording
        self._events = catalogue.events
        self._bookings = bookings
        self.unread: DataLoader[UserId, int] = DataLoader(self._reads.unread_many)
        self._preferences: DataLoader[UserId, Preferences] = DataLoader(self._reads.preferences_many)
        self._notifications: DataLoader[NotificationId, NotificationRecord | None] = DataLoader(self._reads.find_many)

    def forget(self) -> None:
        """Forget all that was loaded: it may have changed since."""
        for loader in (self.unread, self._preferences, self._notifications):
            loader.clear_all()
        self._bookings.forget()

    async def notification(self, caller: Caller | None, notification_id: NotificationId) -> Notification | None:
        """A notification as clients see it; None where there is none of the caller's."""
        found = await self._notifications.load(notification_id)
        return Notification.of(found) if found is not None and caller is not None and caller.owns(found.user_id) else None

    async def page_of_user(self, user_id: UserId, first: int, after: str | None) -> NotificationConnection:
        """A page of a user's notifications, newest first. Raises InvalidArgument for a page that cannot be."""
        found = await self._reads.of_user(user_id, most=first + 1, after=moment_of(first, after, ORDER))
        edges = [
            NotificationEdge(node=Notification.of(record), cursor=Place(record.created_at, record.id.number).cursor(ORDER))
            for record in found[:first]
        ]
        count = partial(self._reads.count_of_user, user_id)
        return NotificationConnection(count=count, edges=edges, page_info=page_info(edges, after, has_next=len(found) > first))

    async def preferences(self, user_id: UserId) -> NotificationPreferences:
        """How a user wants to be told, as clients see it."""
        return NotificationPreferences.of(await self._preferences.load(user_id))

    async def words(self, record: NotificationRecord) -> Words:
        """What a notification says."""
        event = await self._events.load(record.id.event_id)
        giver = await self._bookings.user(record.giver) if record.giver is not None else None
        occasion = Occasion(event.name, event.starts_at, event.timezone) if event is not None else None
        return self._wording.words(record, occasion, giver.name if giver is not None else None)

    async def booking(self, caller: Caller | None, record: NotificationRecord) -> Booking | None:
        """The booking that a notification tells of; None where there is none of the caller's."""
        return await self._bookings.booking(caller, record.booking_id) if record.booking_id is not None else None
