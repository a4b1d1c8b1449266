"""Accounts: how one comes by one, changes it, and begins a session with it."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from domain import accounts, sessions
from domain.keep import KEEP
from schema.account_refusals import (
    EmailAlreadyExists,
    InvalidCredentials,
    OwnRoleKept,
    RefreshTokenInvalid,
    RoleFollowsMembership,
    UsernameAlreadyExists,
    UserNotFound,
)
from schema.refusals import ValidationFailed
from schema.users import User


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
    def of(cls, session: sessions.Session) -> Self:
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
            KEEP if self.name is strawberry.UNSET else self.name,
            KEEP if self.phone is strawberry.UNSET else self.phone,
        )


@strawberry.input(description="A new password for oneself.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description="8 to 256 characters with an upper-case letter and a digit.")

    def to_form(self) -> accounts.PasswordChangeForm:
        """The input as the rules know it."""
        return accounts.PasswordChangeForm(self.current_password, self.new_password)


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
