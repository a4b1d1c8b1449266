"""Registering, logging in, and what users do with their own account."""

from typing import overload

import strawberry

from domain import accounts
from domain.accounts import Accounts
from domain.validation import InvalidInput
from resolvers import permissions
from resolvers.context import Info
from schema.accounts import (
    ChangePasswordInput,
    ChangePasswordResult,
    EmailAlreadyExists,
    InvalidCredentials,
    LogInInput,
    LogInResult,
    RefreshSessionResult,
    RefreshTokenInvalid,
    RegisterInput,
    RegisterResult,
    Session,
    UpdateProfileInput,
    UpdateProfileResult,
    User,
    UsernameAlreadyExists,
    UserNotFound,
)
from schema.refusals import ValidationFailed


@strawberry.type
class AccountQueries:
    """What a user asks about themselves."""

    @strawberry.field(description="The user whose access token this request carries.")
    async def me(self, info: Info) -> User | None:
        """Oneself, as the database has one now; None where the account is gone."""
        user = await accounts_of(info).user(permissions.user(info).user_id)
        return User.of(user) if user else None


@strawberry.type
class AccountMutations:
    """What people do with their accounts."""

    @strawberry.mutation(description="Make an account, and log in.")
    async def register(self, info: Info, input: RegisterInput) -> RegisterResult:
        """Anybody may."""
        match await accounts_of(info).register(input.to_form()):
            case accounts.Session() as session:
                return Session.of(session)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Begin a session.")
    async def log_in(self, info: Info, input: LogInInput) -> LogInResult:
        """Anybody may try."""
        match await accounts_of(info).log_in(input.to_form()):
            case accounts.Session() as session:
                return Session.of(session)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Exchange a refresh token for the next session. Each buys one: keep the new session's instead.")
    async def refresh_session(self, info: Info, refresh_token: str) -> RefreshSessionResult:
        """The refresh token alone is proof enough."""
        match await accounts_of(info).refresh_session(refresh_token):
            case accounts.Session() as session:
                return Session.of(session)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(
        description="End a session, so that its refresh tokens buy nothing. True where this ended it, false where it had ended before."
    )
    async def log_out(self, info: Info, refresh_token: str) -> bool:
        """The refresh token alone is proof enough."""
        return await accounts_of(info).log_out(refresh_token)

    @strawberry.mutation(description="Change one's name or phone number.")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfileResult:
        """Users change themselves alone."""
        match await accounts_of(info).update_profile(permissions.user(info).user_id, input.to_change()):
            case accounts.User() as user:
                return User.of(user)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Replace one's password. Every session is ended, and a new one begun.")
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordResult:
        """Users change their own alone, and show that they know it."""
        match await accounts_of(info).change_password(permissions.user(info).user_id, input.to_form()):
            case accounts.Session() as session:
                return Session.of(session)
            case refusal:
                return refused(refusal)


def accounts_of(info: Info) -> Accounts:
    """What the process offers to do with accounts."""
    return info.context.services.accounts


@overload
def refused(refusal: accounts.EmailAlreadyExists) -> EmailAlreadyExists: ...
@overload
def refused(refusal: accounts.UsernameAlreadyExists) -> UsernameAlreadyExists: ...
@overload
def refused(refusal: accounts.InvalidCredentials) -> InvalidCredentials: ...
@overload
def refused(refusal: accounts.UserNotFound) -> UserNotFound: ...
@overload
def refused(refusal: accounts.RefreshTokenInvalid) -> RefreshTokenInvalid: ...
@overload
def refused(refusal: InvalidInput) -> ValidationFailed: ...
def refused(
    refusal: accounts.EmailAlreadyExists
    | accounts.UsernameAlreadyExists
    | accounts.InvalidCredentials
    | accounts.UserNotFound
    | accounts.RefreshTokenInvalid
    | InvalidInput,
) -> EmailAlreadyExists | UsernameAlreadyExists | InvalidCredentials | UserNotFound | RefreshTokenInvalid | ValidationFailed:
    """A refusal as clients see it."""
    match refusal:
        case accounts.EmailAlreadyExists():
            return EmailAlreadyExists.of(refusal)
        case accounts.UsernameAlreadyExists():
            return UsernameAlreadyExists.of(refusal)
        case accounts.InvalidCredentials():
            return InvalidCredentials.of(refusal)
        case accounts.UserNotFound():
            return UserNotFound.of(refusal)
        case accounts.RefreshTokenInvalid():
            return RefreshTokenInvalid.of(refusal)
        case InvalidInput():
            return ValidationFailed.of(refusal)
