"""What users are told, and how they want to be."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import notifications
from domain.keep import KEEP
from schema.account_refusals import UserNotFound
from schema.declarations import FREE
from schema.nodes import Node, PageInfo
from schema.refusals import ValidationFailed

if TYPE_CHECKING:
    from schema.bookings import Booking
    from schema.events import Event


@strawberry.enum(description="What a notification tells of.")
class NotificationType(Enum):
    BOOKING_CONFIRMED = strawberry.enum_value("BOOKING_CONFIRMED", description="A booking was paid; its tickets are there.")
    BOOKING_CANCELLED = strawberry.enum_value("BOOKING_CANCELLED", description="A booking, or part of it, was given back.")
    BOOKING_EXPIRED = strawberry.enum_value("BOOKING_EXPIRED", description="A hold ended before it was confirmed.")
    PAYMENT_FAILED = strawberry.enum_value("PAYMENT_FAILED", description="A payment was declined.")
    EVENT_CANCELLED = strawberry.enum_value("EVENT_CANCELLED", description="The event will not take place. It cannot be muted.")
    EVENT_CHANGED = strawberry.enum_value("EVENT_CHANGED", description="The event takes place otherwise than it said, such as later.")
    WAITLIST_OFFER = strawberry.enum_value("WAITLIST_OFFER", description="Places are held for who waited for them, for a while.")
    WAITLIST_OFFER_EXPIRED = strawberry.enum_value("WAITLIST_OFFER_EXPIRED", description="An offer was not taken in time.")
    TICKET_RECEIVED = strawberry.enum_value("TICKET_RECEIVED", description="Somebody handed a ticket on.")


@strawberry.type(description="What a user was told.")
class Notification(Node):
    record: strawberry.Private[notifications.Notification]
    type: NotificationType = strawberry.field(description="What it tells of.")
    sent_at: datetime = strawberry.field(description="When what it tells of became true.")
    read_at: datetime | None = strawberry.field(description="When it was read; null as long as it is not.")

    @strawberry.field(description="What it says, in a line.")
    async def subject(self, info: Info[Any, None]) -> str:
        """Through the loader: many notifications ask once for their events."""
        words: notifications.Words = await info.context.notification_loaders.words(self.record)
        return words.subject

    @strawberry.field(description="What it says: paragraphs of plain text, with an empty line between.")
    async def body(self, info: Info[Any, None]) -> str:
        """Through the loader: many notifications ask once for their events."""
        words: notifications.Words = await info.context.notification_loaders.words(self.record)
        return words.body

    @strawberry.field(description="The booking it tells of; null where there is none, or it is somebody else's.")
    async def booking(self, info: Info[Any, None]) -> Annotated["Booking", strawberry.lazy("schema.bookings")] | None:
        """Through the loader: many notifications ask once."""
        found: Booking | None = await info.context.notification_loaders.booking(info.context.caller, self.record)
        return found

    @strawberry.field(description="The event it tells of.")
    async def event(self, info: Info[Any, None]) -> Annotated["Event", strawberry.lazy("schema.events")] | None:
        """Through the loader: many notifications ask once."""
        found: Event | None = await info.context.catalogue_loaders.event(info.context.caller, self.record.id.event_id)
        return found

    @classmethod
    def of(cls, record: notifications.Notification) -> Self:
        """A notification as clients see it."""
        return cls(
            id=ID(str(record.id)),
            record=record,
            type=NotificationType[record.kind.name],
            sent_at=record.created_at,
            read_at=record.read_at,
        )


@strawberry.type(description="A notification in a list.", directives=[FREE])
class NotificationEdge:
    node: Notification = strawberry.field(description="The notification.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="A page of notifications, newest first.")
class NotificationConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[NotificationEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.")
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()


@strawberry.type(description="How a user wants to be told. The list in the app tells all, whatever they prefer.")
class NotificationPreferences:
    email: bool = strawberry.field(description="Whether by e-mail.")
    sms: bool = strawberry.field(description="Whether by SMS, as long as there is a phone number in the profile.")
    muted_types: list[NotificationType] = strawberry.field(description="What they want to be told in the app alone.")

    @classmethod
    def of(cls, preferences: notifications.Preferences) -> Self:
        """Preferences as clients see them."""
        muted = [NotificationType[kind.name] for kind in sorted(preferences.muted)]
        return cls(email=preferences.email, sms=preferences.sms, muted_types=muted)


@strawberry.input(description="What to change about how one is told; what is left out stays as it is.")
class UpdateNotificationPreferencesInput:
    email: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether by e-mail; null leaves it as it is.")
    sms: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether by SMS, which needs a phone number in the profile; null leaves it as it is."
    )
    muted_types: list[NotificationType] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All that one wants to be told in the app alone, in place of what was muted before; null leaves it as it is.",
    )

    def to_change(self) -> notifications.PreferencesChange:
        """The input as the rules know it."""
        muted = self.muted_types
        return notifications.PreferencesChange(
            KEEP if self.email is strawberry.UNSET or self.email is None else self.email,
            KEEP if self.sms is strawberry.UNSET or self.sms is None else self.sms,
            KEEP if muted is strawberry.UNSET or muted is None else frozenset(notifications.NotificationKind[kind.name] for kind in muted),
        )


@strawberry.type(description="Notifications that are read now.")
class NotificationsRead:
    user: strawberry.Private[object]
    notifications: list[Notification] = strawberry.field(description="Those of the ones asked for that are yours, newest first.")

    @strawberry.field(description="How many you have not read.")
    async def unread_notifications(self, info: Info[Any, None]) -> int:
        """Counted only for who asks."""
        count: int = await info.context.notification_loaders.unread.load(self.user)
        return count


MarkNotificationsReadResult = Annotated[
    NotificationsRead | ValidationFailed,
    strawberry.union("MarkNotificationsReadResult", description="What is read now, or why nothing was marked."),
]
UpdateNotificationPreferencesResult = Annotated[
    NotificationPreferences | UserNotFound | ValidationFailed,
    strawberry.union("UpdateNotificationPreferencesResult", description="How you are told from now on, or why nothing was changed."),
]
