"""Users, as they see themselves and as others see them."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import Info

from domain import users
from schema.declarations import PAGED
from schema.nodes import After, First, Node

if TYPE_CHECKING:
    from schema.booking_inputs import BookingFilter
    from schema.bookings import BookingConnection, UserStats
    from schema.notifications import NotificationConnection, NotificationPreferences
    from schema.organizations import Organization
    from schema.tickets import TicketConnection
    from schema.waitlist import WaitlistConnection


@strawberry.enum(description="What a registered person may do.")
class Role(Enum):
    USER = strawberry.enum_value("USER", description="Books for themselves.")
    ORGANIZER = strawberry.enum_value("ORGANIZER", description="Manages the events of the organizations they are a member of.")
    ADMIN = strawberry.enum_value("ADMIN", description="Manages everything.")


@strawberry.type(description="A registered person.")
class User(Node):
    record: strawberry.Private[users.User]
    shown_to_themselves: strawberry.Private[bool]
    email: str = strawberry.field(description="The e-mail address, as it was written when they registered.")
    username: str | None = strawberry.field(description="The name they may log in with, besides the e-mail address.")
    name: str = strawberry.field(description="What they are called.")
    phone: str | None = strawberry.field(description="The phone number: digits, with + before a country code.")
    role: Role = strawberry.field(description="What they may do.")
    created_at: datetime = strawberry.field(description="When they registered.")

    @strawberry.field(description="Their bookings, newest first: for themselves and admins.", directives=[PAGED])
    async def bookings(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
        filter: Annotated[
            Annotated["BookingFilter", strawberry.lazy("schema.booking_inputs")] | None, strawberry.argument(description="Which ones.")
        ] = None,
    ) -> Annotated["BookingConnection", strawberry.lazy("schema.bookings")]:
        """Asked of the database once for each user in the answer."""
        self.check_reader(info)
        found: BookingConnection = await info.context.booking_loaders.page_of_user(self.record.user_id, first, after, filter)
        return found

    @strawberry.field(
        description="The tickets that others gave them and they have still, those for the latest event first: for themselves and admins.",
        directives=[PAGED],
    )
    async def received_tickets(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["TicketConnection", strawberry.lazy("schema.tickets")]:
        """Asked of the database once for each user in the answer."""
        self.check_reader(info)
        found: TicketConnection = await info.context.ticket_loaders.page_received(self.record.user_id, first, after)
        return found

    @strawberry.field(description="What they have booked, in numbers: for themselves and admins.")
    async def stats(self, info: Info[Any, None]) -> Annotated["UserStats", strawberry.lazy("schema.bookings")]:
        """Asked of the database once for each user in the answer."""
        self.check_reader(info)
        found: UserStats = await info.context.booking_loaders.stats_of(self.record.user_id)
        return found

    @strawberry.field(description="The organizations they are a member of: for themselves and admins.")
    async def organizations(self, info: Info[Any, None]) -> list[Annotated["Organization", strawberry.lazy("schema.organizations")]]:
        """Asked of the database once for all users of the answer. As it is now; the access token tells of when it was signed."""
        self.check_reader(info)
        found: list[Organization] = await info.context.account_loaders.organizations_of(self.record.user_id)
        return found

    @strawberry.field(description="What they were told, newest first: for themselves and admins.", directives=[PAGED])
    async def notifications(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["NotificationConnection", strawberry.lazy("schema.notifications")]:
        """Asked of the database once for each user in the answer."""
        self.check_reader(info)
        found: NotificationConnection = await info.context.notification_loaders.page_of_user(self.record.user_id, first, after)
        return found

    @strawberry.field(description="How many notifications they have not read: for themselves and admins.")
    async def unread_notifications(self, info: Info[Any, None]) -> int:
        """Asked of the database once for all users of the answer."""
        self.check_reader(info)
        count: int = await info.context.notification_loaders.unread.load(self.record.user_id)
        return count

    @strawberry.field(description="How they want to be told: for themselves and admins.")
    async def notification_preferences(
        self, info: Info[Any, None]
    ) -> Annotated["NotificationPreferences", strawberry.lazy("schema.notifications")]:
        """Asked of the database once for all users of the answer."""
        self.check_reader(info)
        found: NotificationPreferences = await info.context.notification_loaders.preferences(self.record.user_id)
        return found

    @strawberry.field(description="Their entries in waitlists, newest first: for themselves and admins.", directives=[PAGED])
    async def waitlist_entries(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["WaitlistConnection", strawberry.lazy("schema.waitlist")]:
        """Asked of the database once for each user in the answer."""
        self.check_reader(info)
        found: WaitlistConnection = await info.context.waitlist_loaders.page_of_user(self.record.user_id, first, after)
        return found

    def check_reader(self, info: Info[Any, None]) -> None:
        """Raises AUTH_UNAUTHORIZED unless these are the reader's own things, or the reader is an admin.

        Who has just logged in sees themselves, though the request carries no token yet.
        """
        if not self.shown_to_themselves:
            info.context.account_loaders.check_reader(info.context.caller, self.record.user_id)

    @classmethod
    def of(cls, user: users.User, *, shown_to_themselves: bool = False) -> Self:
        """A user as clients see them."""
        return cls(
            id=strawberry.ID(str(user.user_id)),
            record=user,
            shown_to_themselves=shown_to_themselves,
            email=user.email,
            username=user.username,
            name=user.name,
            phone=user.phone,
            role=Role[user.role.name],
            created_at=user.created_at,
        )


@strawberry.type(description="A member of an organization, as the others see them.")
class Member:
    user_id: strawberry.ID = strawberry.field(description="The user.")
    name: str = strawberry.field(description="What they are called.")
    email: str = strawberry.field(description="The e-mail address.")
    role: Role = strawberry.field(description="What they may do.")

    @classmethod
    def of(cls, user: users.User) -> Self:
        """A member as clients see them."""
        return cls(user_id=strawberry.ID(str(user.user_id)), name=user.name, email=user.email, role=Role[user.role.name])
