"""Users and their sessions."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import Info

from domain import accounts
from schema.nodes import Node
from schema.refusals import ErrorCode, Refusal, ValidationFailed

if TYPE_CHECKING:
    from schema.booking_inputs import BookingFilter
    from schema.bookings import BookingConnection, UserStats
    from schema.notifications import NotificationConnection, NotificationPreferences
    from schema.tickets import TicketConnection
    from schema.venues import Organization
    from schema.waitlist import WaitlistConnection


@strawberry.enum(description="What a registered person may do.")
class Role(Enum):
    USER = strawberry.enum_value("USER", description="Books for themselves.")
    ORGANIZER = strawberry.enum_value("ORGANIZER", description="Manages the events of the organizations they are a member of.")
    ADMIN = strawberry.enum_value("ADMIN", description="Manages everything.")


@strawberry.type(description="A registered person.")
class User(Node):
    record: strawberry.Private[accounts.User]
    shown_to_themselves: strawberry.Private[bool]
    email: str = strawberry.field(description="The e-mail address, as it was written when they registered.")
    username: str | None = strawberry.field(description="The name they may log in with, besides the e-mail address.")
    name: str = strawberry.field(description="What they are called.")
    phone: str | None = strawberry.field(description="The phone number: digits, with + before a country code.")
    role: Role = strawberry.field(description="What they may do.")
    created_at: datetime = strawberry.field(description="When they registered.")

    @strawberry.field(description="Their bookings, newest first: for themselves and admins.")
    async def bookings(
        self,
        info: Info[Any, None],
        first: Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")] = None,
        filter: Annotated[
            Annotated["BookingFilter", strawberry.lazy("schema.booking_inputs")] | None, strawberry.argument(description="Which ones.")
        ] = None,
    ) -> Annotated["BookingConnection", strawberry.lazy("schema.bookings")]:
        """Asked of the database once for each user in the answer."""
        self.check_reader(info)
        found: BookingConnection = await info.context.booking_loaders.page_of_user(self.record.user_id, first, after, filter)
        return found

    @strawberry.field(
        description="The tickets that others gave them and they have still, those for the latest event first: for themselves and admins."
    )
    async def received_tickets(
        self,
        info: Info[Any, None],
        first: Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")] = None,
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
    async def organizations(self, info: Info[Any, None]) -> list[Annotated["Organization", strawberry.lazy("schema.venues")]]:
        """Asked of the database once for all users of the answer. As it is now; the access token tells of when it was signed."""
        self.check_reader(info)
        found: list[Organization] = await info.context.account_loaders.organizations_of(self.record.user_id)
        return found

    @strawberry.field(description="What they were told, newest first: for themselves and admins.")
    async def notifications(
        self,
        info: Info[Any, None],
        first: Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")] = None,
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

    @strawberry.field(description="Their entries in waitlists, newest first: for themselves and admins.")
    async def waitlist_entries(
        self,
        info: Info[Any, None],
        first: Annotated[int, strawberry.argument(description="How many at most: 0 to 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="The cursor behind which the page begins.")] = None,
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
    def of(cls, user: accounts.User, *, shown_to_themselves: bool = False) -> Self:
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
    def of(cls, user: accounts.User) -> Self:
        """A member as clients see them."""
        return cls(user_id=strawberry.ID(str(user.user_id)), name=user.name, email=user.email, role=Role[user.role.name])


@strawberry.type(description="What a user holds after they logged in.")
class Session:
    user: User = strawberry.field(description="Who logged in.")
    access_token: str = strawberry.field(
        description="Proves who asks: send it as `Authorization: Bearer …`, or as `authorization` in a WebSocket's `connection_init`."
    )
    refresh_token: str = strawberry.field(description="Buys the next session, once. Used a second time, it ends them all.")
    token_type: str = strawberry.field(description='How the access token is sent: `"bearer"`.')
    expires_in: int = strawberry.field(description="How many seconds the access token is good for.")
    expires_at: datetime = strawberry.field(description="Until when the access token is good.")

    @classmethod
    def of(cls, session: accounts.Session) -> Self:
        """A session as clients see it."""
        return cls(
            user=User.of(session.user, shown_to_themselves=True),
            access_token=session.access_token,
            refresh_token=session.refresh_token,
            token_type="bearer",
            expires_in=int(session.lifetime.total_seconds()),
            expires_at=session.expires_at,
        )


# Inputs


@strawberry.input(description="What somebody types to register.")
class RegisterInput:
    email: str = strawberry.field(description="A valid e-mail address, which nobody has registered with in any letters.")
    password: str = strawberry.field(description="8 to 256 characters with an upper-case letter and a digit.")
    name: str = strawberry.field(description="2 to 100 characters.")
    username: str | None = strawberry.field(
        default=None, description="3 to 30 letters a–z, digits, or any of `_ . -`; nobody else may have it, in any letters."
    )
    phone: str | None = strawberry.field(default=None, description="7 to 15 digits, best with + and the country code.")

    def to_form(self) -> accounts.RegistrationForm:
        """The input as the rules know it."""
        return accounts.RegistrationForm(self.email, self.password, self.name, username=self.username, phone=self.phone)


@strawberry.input(description="Who logs in: either the e-mail address or the username, and the password.")
class LogInInput:
    email: str | None = strawberry.field(default=None, description="The e-mail address, in any letters.")
    username: str | None = strawberry.field(default=None, description="The username, in any letters.")
    password: str = strawberry.field(description="The password.")

    def to_form(self) -> accounts.LogInForm:
        """The input as the rules know it."""
        return accounts.LogInForm(self.password, email=self.email, username=self.username)


@strawberry.input(description="What to change about oneself; what is left out stays as it is.")
class UpdateProfileInput:
    name: str | None = strawberry.field(default=strawberry.UNSET, description="2 to 100 characters. It cannot be removed.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="7 to 15 digits; null removes it.")

    def to_change(self) -> accounts.ProfileChange:
        """The input as the rules know it."""
        return accounts.ProfileChange(
            accounts.KEEP if self.name is strawberry.UNSET else self.name,
            accounts.KEEP if self.phone is strawberry.UNSET else self.phone,
        )


@strawberry.input(description="A new password for oneself.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description="8 to 256 characters with an upper-case letter and a digit.")

    def to_form(self) -> accounts.PasswordChangeForm:
        """The input as the rules know it."""
        return accounts.PasswordChangeForm(self.current_password, self.new_password)


# Refusals


@strawberry.type(description="Somebody has registered with this e-mail address, perhaps written in other letters.")
class EmailAlreadyExists(Refusal):
    email: str = strawberry.field(description="The address.")

    @classmethod
    def of(cls, refusal: accounts.EmailAlreadyExists) -> Self:
        """The refusal as clients see it."""
        message = "Somebody has registered with this e-mail address already."
        return cls(code=ErrorCode.EMAIL_ALREADY_EXISTS, message=message, email=refusal.email)


@strawberry.type(description="Somebody has this username, perhaps written in other letters.")
class UsernameAlreadyExists(Refusal):
    username: str = strawberry.field(description="The username.")

    @classmethod
    def of(cls, refusal: accounts.UsernameAlreadyExists) -> Self:
        """The refusal as clients see it."""
        message = "Somebody has this username already."
        return cls(code=ErrorCode.USERNAME_ALREADY_EXISTS, message=message, username=refusal.username)


@strawberry.type(description="No user has this name and password together. Which of the two is wrong is not told.")
class InvalidCredentials(Refusal):
    @classmethod
    def of(cls, _: accounts.InvalidCredentials) -> Self:
        """The refusal as clients see it: the same whatever was wrong."""
        return cls(code=ErrorCode.AUTH_INVALID_CREDENTIALS, message="The name or the password is not right.")


@strawberry.type(description="There is no such user.")
class UserNotFound(Refusal):
    user_id: strawberry.ID = strawberry.field(description="The id that was asked for.")

    @classmethod
    def of(cls, refusal: accounts.UserNotFound) -> Self:
        """The refusal as clients see it."""
        user_id = strawberry.ID(str(refusal.user_id))
        return cls(code=ErrorCode.USER_NOT_FOUND, message="There is no such user.", user_id=user_id)


@strawberry.type(description="Admins do not take the role from themselves, so that there is always one.")
class OwnRoleKept(Refusal):
    user_id: strawberry.ID = strawberry.field(description="The admin who asked.")

    @classmethod
    def of(cls, refusal: accounts.OwnRoleKept) -> Self:
        """The refusal as clients see it."""
        message = "You stay an admin until another admin takes the role from you."
        return cls(code=ErrorCode.OWN_ROLE_KEPT, message=message, user_id=strawberry.ID(str(refusal.user_id)))


@strawberry.type(
    description="Who is no admin is an organizer while they are a member of an organization, and else a user: it is not chosen."
)
class RoleFollowsMembership(Refusal):
    user_id: strawberry.ID = strawberry.field(description="The user.")
    organization_count: int = strawberry.field(description="How many organizations they are a member of.")

    @classmethod
    def of(cls, refusal: accounts.RoleFollowsMembership) -> Self:
        """The refusal as clients see it."""
        message = "Whether somebody is an organizer is decided by adding and removing members of organizations."
        user_id = strawberry.ID(str(refusal.user_id))
        return cls(code=ErrorCode.ROLE_FOLLOWS_MEMBERSHIP, message=message, user_id=user_id, organization_count=refusal.organization_count)


@strawberry.enum(description="Why a refresh token buys nothing.")
class RefreshTokenProblem(Enum):
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="It was never handed out, or long ago.")
    REVOKED = strawberry.enum_value("REVOKED", description="The session was ended: by a log-out, a new password, or a token used twice.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="It was not used in time.")
    REUSED = strawberry.enum_value("REUSED", description="It was used before. As it may be stolen, the session is ended.")


@strawberry.type(description="The refresh token buys no session: log in again.")
class RefreshTokenInvalid(Refusal):
    problem: RefreshTokenProblem = strawberry.field(description="Why it does not.")

    @classmethod
    def of(cls, refusal: accounts.RefreshTokenInvalid) -> Self:
        """The refusal as clients see it."""
        problem = RefreshTokenProblem[refusal.problem.name]
        return cls(code=ErrorCode.AUTH_REFRESH_TOKEN_INVALID, message="The session has ended: log in again.", problem=problem)


# Results

RegisterResult = Annotated[
    Session | EmailAlreadyExists | UsernameAlreadyExists | ValidationFailed,
    strawberry.union("RegisterResult", description="The new user's first session, or why there is none."),
]
LogInResult = Annotated[
    Session | InvalidCredentials | ValidationFailed,
    strawberry.union("LogInResult", description="A session, or why there is none."),
]
RefreshSessionResult = Annotated[
    Session | RefreshTokenInvalid,
    strawberry.union("RefreshSessionResult", description="The next session, or why there is none."),
]
UpdateProfileResult = Annotated[
    User | UserNotFound | ValidationFailed,
    strawberry.union("UpdateProfileResult", description="The user as they are now, or why nothing was changed."),
]
ChangePasswordResult = Annotated[
    Session | InvalidCredentials | UserNotFound | ValidationFailed,
    strawberry.union("ChangePasswordResult", description="A new session, as all others were ended; or why the password was not changed."),
]
SetRoleResult = Annotated[
    User | UserNotFound | OwnRoleKept | RoleFollowsMembership,
    strawberry.union("SetRoleResult", description="The user as they are now, or why their role was not changed."),
]
