"""Registering, logging in, and what users do with their own account."""

from typing import Annotated, overload

import strawberry
from strawberry import ID

from domain import accounts, roles, sessions, users
from domain.accounts import Accounts
from domain.callers import Role as RoleRecord
from domain.ids import UserId
from domain.validation import InvalidInput
from resolvers import permissions
from resolvers.context import Info
from schema.account_refusals import (
    EmailAlreadyExists,
    InvalidCredentials,
    OwnRoleKept,
    RefreshTokenInvalid,
    RoleFollowsMembership,
    UsernameAlreadyExists,
    UserNotFound,
)
from schema.accounts import (
    ChangePasswordInput,
    ChangePasswordResult,
    LogInInput,
    LogInResult,
    RefreshSessionResult,
    RegisterInput,
    RegisterResult,
    Session,
    SetRoleResult,
    UpdateProfileInput,
    UpdateProfileResult,
)
from schema.refusals import ValidationFailed
from schema.users import Role, User


async def me(info: Info) -> User | None:
    """Oneself, as the database has one now; None where the account is gone."""
    user = await accounts_of(info).user(permissions.user(info).user_id)
    return User.of(user) if user else None


async def register(info: Info, input: RegisterInput) -> RegisterResult:
    """Make an account, and log in. Anybody may."""
    match await accounts_of(info).register(input.to_form()):
        case sessions.Session() as session:
            return Session.of(session)
        case refusal:
            return refused(refusal)


async def log_in(info: Info, input: LogInInput) -> LogInResult:
    """Begin a session. Anybody may try."""
    match await accounts_of(info).log_in(input.to_form()):
        case sessions.Session() as session:
            return Session.of(session)
        case refusal:
            return refused(refusal)


async def refresh_session(info: Info, refresh_token: str) -> RefreshSessionResult:
    """Exchange a refresh token for the next session. The token alone is proof enough."""
    match await accounts_of(info).refresh_session(refresh_token):
        case sessions.Session() as session:
            return Session.of(session)
        case refusal:
            return refused(refusal)


async def log_out(info: Info, refresh_token: str) -> bool:
    """End a session. The token alone is proof enough."""
    return await accounts_of(info).log_out(refresh_token)


async def update_profile(info: Info, input: UpdateProfileInput) -> UpdateProfileResult:
    """Change one's name or phone number. Users change themselves alone."""
    match await accounts_of(info).update_profile(permissions.user(info).user_id, input.to_change()):
        case users.User() as user:
            return User.of(user)
        case refusal:
            return refused(refusal)


async def change_password(info: Info, input: ChangePasswordInput) -> ChangePasswordResult:
    """Replace one's password. Users change their own alone, and show that they know it."""
    match await accounts_of(info).change_password(permissions.user(info).user_id, input.to_form()):
        case sessions.Session() as session:
            return Session.of(session)
        case refusal:
            return refused(refusal)


async def set_role(
    info: Info,
    user_id: Annotated[ID, strawberry.argument(description="The user.")],
    role: Annotated[Role, strawberry.argument(description="What they may do from their next access token on.")],
) -> SetRoleResult:
    """An admin: in the access token, and in the database still."""
    by = permissions.admin(info).user_id
    match await accounts_of(info).set_role(UserId.parse(user_id), RoleRecord[role.name], by):
        case users.User() as user:
            return User.of(user)
        case roles.NotAnAdmin():
            raise permissions.Unauthorized
        case refusal:
            return refused(refusal)


@strawberry.type
class AccountQueries:
    """What users ask about themselves."""

    me: User | None = strawberry.field(resolver=me, description="The user whose access token this request carries.")


@strawberry.type
class AccountMutations:
    """What people do with their accounts."""

    register: RegisterResult = strawberry.mutation(resolver=register, description="Make an account, and log in.")
    log_in: LogInResult = strawberry.mutation(resolver=log_in, description="Begin a session.")
    refresh_session: RefreshSessionResult = strawberry.mutation(
        resolver=refresh_session,
        description="Exchange a refresh token for the next session. Each buys one: keep the new session's instead.",
    )
    log_out: bool = strawberry.mutation(
        resolver=log_out,
        description="End a session: its refresh tokens buy nothing, and its access tokens are refused. "
        "True where this ended it, false where it had ended before.",
    )
    update_profile: UpdateProfileResult = strawberry.mutation(resolver=update_profile, description="Change one's name or phone number.")
    change_password: ChangePasswordResult = strawberry.mutation(
        resolver=change_password, description="Replace one's password. Every session is ended, and a new one begun."
    )
    set_role: SetRoleResult = strawberry.mutation(
        resolver=set_role,
        description="Make somebody an admin; or an admin an organizer or user again, as their memberships have it. For admins.",
    )


def accounts_of(info: Info) -> Accounts:
    """What the process offers to do with accounts."""
    return info.context.accounts


@overload
def refused(refusal: accounts.EmailAlreadyExists) -> EmailAlreadyExists: ...
@overload
def refused(refusal: accounts.UsernameAlreadyExists) -> UsernameAlreadyExists: ...
@overload
def refused(refusal: accounts.InvalidCredentials) -> InvalidCredentials: ...
@overload
def refused(refusal: users.UserNotFound) -> UserNotFound: ...
@overload
def refused(refusal: sessions.RefreshTokenInvalid) -> RefreshTokenInvalid: ...
@overload
def refused(refusal: roles.OwnRoleKept) -> OwnRoleKept: ...
@overload
def refused(refusal: roles.RoleFollowsMembership) -> RoleFollowsMembership: ...
@overload
def refused(refusal: InvalidInput) -> ValidationFailed: ...
def refused(
    refusal: accounts.EmailAlreadyExists
    | accounts.UsernameAlreadyExists
    | accounts.InvalidCredentials
    | users.UserNotFound
    | sessions.RefreshTokenInvalid
    | roles.OwnRoleKept
    | roles.RoleFollowsMembership
    | InvalidInput,
) -> (
    EmailAlreadyExists
    | UsernameAlreadyExists
    | InvalidCredentials
    | UserNotFound
    | RefreshTokenInvalid
    | OwnRoleKept
    | RoleFollowsMembership
    | ValidationFailed
):
    """A refusal as clients see it."""
    match refusal:
        case accounts.EmailAlreadyExists():
            return EmailAlreadyExists.of(refusal)
        case accounts.UsernameAlreadyExists():
            return UsernameAlreadyExists.of(refusal)
        case accounts.InvalidCredentials():
            return InvalidCredentials.of(refusal)
        case users.UserNotFound():
            return UserNotFound.of(refusal)
        case sessions.RefreshTokenInvalid():
            return RefreshTokenInvalid.of(refusal)
        case roles.OwnRoleKept():
            return OwnRoleKept.of(refusal)
        case roles.RoleFollowsMembership():
            return RoleFollowsMembership.of(refusal)
        case InvalidInput():
            return ValidationFailed.of(refusal)
