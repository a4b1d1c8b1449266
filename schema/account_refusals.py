"""The refusals of accounts, sessions and roles, in people's words. Each has the name of the domain's refusal that it tells."""

from enum import Enum
from typing import Self

import strawberry

from domain import accounts, roles, sessions, users
from schema.refusals import ErrorCode, Refusal


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
    def of(cls, refusal: users.UserNotFound) -> Self:
        """The refusal as clients see it."""
        user_id = strawberry.ID(str(refusal.user_id))
        return cls(code=ErrorCode.USER_NOT_FOUND, message="There is no such user.", user_id=user_id)


@strawberry.type(description="Admins do not take the role from themselves, so that there is always one.")
class OwnRoleKept(Refusal):
    user_id: strawberry.ID = strawberry.field(description="The admin who asked.")

    @classmethod
    def of(cls, refusal: roles.OwnRoleKept) -> Self:
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
    def of(cls, refusal: roles.RoleFollowsMembership) -> Self:
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
    def of(cls, refusal: sessions.RefreshTokenInvalid) -> Self:
        """The refusal as clients see it."""
        problem = RefreshTokenProblem[refusal.problem.name]
        return cls(code=ErrorCode.AUTH_REFRESH_TOKEN_INVALID, message="The session has ended: log in again.", problem=problem)
