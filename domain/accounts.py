"""Accounts: what people fill in to have one and change it, and what a process does with it.

`Accounts` is what resolvers ask, `AccountStore` where accounts are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from domain.callers import Role
from domain.ids import OrganizationId, UserId
from domain.keep import KEEP, Keep
from domain.roles import NotAnAdmin, OwnRoleKept, RoleFollowsMembership
from domain.sessions import BegunSession, EndedSessions, NewRefreshToken, RefreshTokenInvalid, Session
from domain.users import EmailAddress, KnownUser, User, UserNotFound
from domain.validation import InvalidInput


class Accounts(Protocol):
    """What a process offers to do with accounts. Each raises Outage where the database, or time to hash a password, could not be had."""

    async def register(self, form: "RegistrationForm") -> "Session | InvalidInput | EmailAlreadyExists | UsernameAlreadyExists":
        """Make an account with the role USER, and its first session."""
        ...

    async def log_in(self, form: "LogInForm") -> "Session | InvalidInput | InvalidCredentials":
        """Begin a session. That there is no such user cannot be told from a wrong password, neither in words nor in time."""
        ...

    async def refresh_session(self, refresh_token: str) -> "Session | RefreshTokenInvalid":
        """The next session of a family. Of several that come with one token at the same moment one wins; the rest end the family."""
        ...

    async def log_out(self, refresh_token: str) -> bool:
        """End the session and all it could become: its access tokens are refused at once here, and within a second everywhere.

        False where it had ended already.
        """
        ...

    async def update_profile(self, user_id: UserId, change: "ProfileChange") -> "User | InvalidInput | UserNotFound":
        """Change what a user says about themselves; what is KEEP stays as it is."""
        ...

    async def change_password(
        self, user_id: UserId, form: "PasswordChangeForm"
    ) -> "Session | InvalidInput | InvalidCredentials | UserNotFound":
        """Replace the password and end every session of the user, its access tokens too; answers a new one."""
        ...

    async def user(self, user_id: UserId) -> "User | None":
        """A user by id."""
        ...

    async def user_by_email(self, email: str) -> "User | None":
        """A user by e-mail address, in any letters; None as well for what is no address."""
        ...

    async def users_many(self, user_ids: Sequence[UserId]) -> "list[User | None]":
        """Users in the order of their ids, None where there is none: one question for a page of them."""
        ...

    async def members_many(self, organization_ids: Sequence[OrganizationId]) -> "list[list[User]]":
        """The members of some organizations, in the order of their ids; each one's by name."""
        ...

    async def memberships_many(self, user_ids: Sequence[UserId]) -> list[list[OrganizationId]]:
        """The organizations some users are members of, in the order of the users' ids."""
        ...

    async def set_role(
        self, user_id: UserId, role: Role, by: UserId
    ) -> "User | NotAnAdmin | UserNotFound | OwnRoleKept | RoleFollowsMembership":
        """Make somebody an admin, or an admin what they are without it. Their next access token says so."""
        ...


# Refusals


@dataclass(frozen=True, slots=True)
class EmailAlreadyExists:
    """Somebody has registered with this e-mail address, perhaps written in other letters."""

    email: str


@dataclass(frozen=True, slots=True)
class UsernameAlreadyExists:
    """Somebody has this username, perhaps written in other letters."""

    username: str


@dataclass(frozen=True, slots=True)
class InvalidCredentials:
    """No user has this name and password together. It has no facts, as each would tell which of the two was wrong."""


# Forms


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """What somebody types to register."""

    email: str
    password: str = field(repr=False)
    name: str
    username: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A form that keeps the rules, in the words that will be stored."""

    email: EmailAddress
    name: str
    username: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class LogInForm:
    """What somebody types to log in: the e-mail address or the username, and the password."""

    password: str = field(repr=False)
    email: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordChangeForm:
    """What somebody types to change their password."""

    current_password: str = field(repr=False)
    new_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a user changes about themselves."""

    name: str | Literal[Keep.KEEP] | None = KEEP
    phone: str | Literal[Keep.KEEP] | None = KEEP


# What the shell keeps


class AccountStore(EndedSessions, Protocol):
    """Where accounts are kept. Each raises Outage where the database could not be had, and does all or nothing."""

    async def add(
        self, registration: Registration, password_hash: str, token: NewRefreshToken
    ) -> BegunSession | EmailAlreadyExists | UsernameAlreadyExists:
        """Keep a new user with the role USER, and the first token of a new family."""
        ...

    async def by_id(self, user_id: UserId) -> KnownUser | None:
        """A user by id."""
        ...

    async def by_ids(self, user_ids: Sequence[UserId]) -> dict[UserId, User]:
        """Users by id; those who do not exist are left out."""
        ...

    async def by_email(self, email: EmailAddress) -> KnownUser | None:
        """A user by e-mail address, in any letters."""
        ...

    async def by_username(self, username: str) -> KnownUser | None:
        """A user by username, in any letters."""
        ...

    async def begin_session(self, known: KnownUser, token: NewRefreshToken, better_hash: str | None) -> BegunSession | None:
        """Keep the first token of a new family, and a better hash of the same password where there is one.

        None where the password has changed since `known` was read: it was right then, and is not now.
        """
        ...

    async def exchange(self, token_hash: bytes, successor: NewRefreshToken) -> BegunSession | RefreshTokenInvalid:
        """Use a refresh token up and keep its successor, where `use_refresh_token` allows it; a reuse ends the family."""
        ...

    async def end_session(self, token_hash: bytes, now: datetime) -> bool:
        """End a token's family; False where it had ended, or there is none."""
        ...

    async def change_profile(self, user_id: UserId, change: ProfileChange) -> User | None:
        """Change what is not KEEP; None where there is no such user."""
        ...

    async def change_password(self, known: KnownUser, password_hash: str, token: NewRefreshToken) -> BegunSession | None:
        """Keep a new hash, end every family of the user and begin a new one; None where the password has changed since `known` was read."""
        ...

    async def appoint_admin(self, email: EmailAddress, password_hash: str, name: str, now: datetime) -> User:
        """An admin with this e-mail address and password: made where nobody has it, else promoted, and their sessions ended."""
        ...

    async def members(self, organization_ids: Sequence[OrganizationId]) -> dict[OrganizationId, list[User]]:
        """Who is a member, by organization, by name; those without members are left out."""
        ...

    async def memberships(self, user_ids: Sequence[UserId]) -> dict[UserId, list[OrganizationId]]:
        """What users are members of, by user; those who are members of nothing are left out."""
        ...

    async def set_role(
        self, user_id: UserId, role: Role, by: UserId
    ) -> User | NotAnAdmin | UserNotFound | OwnRoleKept | RoleFollowsMembership:
        """Give a role, where `check_role` allows it."""
        ...

    async def ensure_account(
        self, email: EmailAddress, password_hash: str, name: str, role: Role, created_at: datetime, username: str | None = None
    ) -> User:
        """The user with this e-mail address, made where there is none. One that is there gets the role and keeps all else."""
        ...
