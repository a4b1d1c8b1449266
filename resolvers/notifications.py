"""What users do with their notifications, and how they watch them come."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, overload

import strawberry
from strawberry import ID

from domain import notifications as told
from domain import users
from domain.ids import NotificationId
from domain.notifications import check_ids
from domain.validation import InvalidInput
from resolvers import permissions
from resolvers.context import Info
from schema.account_refusals import UserNotFound
from schema.notifications import (
    MarkNotificationsReadResult,
    Notification,
    NotificationPreferences,
    NotificationsRead,
    UpdateNotificationPreferencesInput,
    UpdateNotificationPreferencesResult,
)
from schema.refusals import ValidationFailed


@strawberry.type
class NotificationMutations:
    """What users do with their notifications."""

    @strawberry.mutation(description="Mark notifications of yours as read. Others' are passed over, and what was read stays read.")
    async def mark_notifications_read(
        self, info: Info, ids: Annotated[list[ID], strawberry.argument(description=f"The notifications, 1 to {told.MARKED_MOST}.")]
    ) -> MarkNotificationsReadResult:
        """One's own alone, an admin's too."""
        user_id = permissions.user(info).user_id
        match check_ids([NotificationId.parse(text) for text in ids]):
            case InvalidInput() as refusal:
                return refused(refusal)
            case checked:
                marked = await info.context.services.notifications.mark_read(user_id, checked)
                return NotificationsRead(user=user_id, notifications=[Notification.of(record) for record in marked])

    @strawberry.mutation(description="Change by which ways you are told, and of what not.")
    async def update_notification_preferences(
        self, info: Info, input: UpdateNotificationPreferencesInput
    ) -> UpdateNotificationPreferencesResult:
        """One's own alone."""
        match await info.context.services.notifications.change_preferences(permissions.user(info).user_id, input.to_change()):
            case told.Preferences() as preferences:
                return NotificationPreferences.of(preferences)
            case refusal:
                return refused(refusal)


@strawberry.type
class NotificationSubscriptions:
    """How users watch their notifications come."""

    @strawberry.subscription(description="Your notifications, each as it comes. What came before is in your list: `me { notifications }`.")
    async def notification_received(self, info: Info) -> AsyncGenerator[Notification, None]:
        """One's own alone, an admin's too."""
        user_id = permissions.user(info).user_id
        async with aclosing(info.context.services.arrivals.watch(user_id)) as arrivals:
            async for record in arrivals:
                info.context.notification_loaders.forget()
                yield Notification.of(record)


@overload
def refused(refusal: InvalidInput) -> ValidationFailed: ...
@overload
def refused(refusal: users.UserNotFound) -> UserNotFound: ...
def refused(refusal: InvalidInput | users.UserNotFound) -> ValidationFailed | UserNotFound:
    """A refusal as clients see it."""
    match refusal:
        case InvalidInput():
            return ValidationFailed.of(refusal)
        case users.UserNotFound():
            return UserNotFound.of(refusal)
