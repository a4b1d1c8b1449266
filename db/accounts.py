"""Users and their refresh tokens, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from db.identifiers import new_number
from db.pool import Connection, Pool, reading, writing
from db.statements import statements
from domain.accounts import (
    KEEP,
    EmailAddress,
    EmailAlreadyExists,
    KnownUser,
    NewRefreshToken,
    ProfileChange,
    RefreshToken,
    RefreshTokenInvalid,
    Registration,
    User,
    UsernameAlreadyExists,
    use_refresh_token,
    username_key,
)
from domain.callers import Role
from domain.ids import OrganizationId, UserId

SQL = statements("accounts")
ORGANIZATIONS_MOST = 80
"""As many as an access token has room for. A member of more acts for the eldest ids of them."""


class PostgresAccounts:
    """The `AccountStore` of a process. Whatever changes a user's sessions does so one after another, under the lock of the user's row."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add(
        self, registration: Registration, password_hash: str, token: NewRefreshToken
    ) -> KnownUser | EmailAlreadyExists | UsernameAlreadyExists:
        """Keep a new user and the first token of a new family."""
        email, username = registration.email, registration.username
        user = User(
            UserId(new_number()), email.text, registration.name, Role.USER, token.issued_at, username=username, phone=registration.phone
        )
        try:
            async with writing(self._pool) as connection:
                await connection.execute(
                    SQL["add_account"],
                    user.user_id,
                    email.text,
                    email.key,
                    username,
                    username and username_key(username),
                    user.name,
                    user.phone,
                    user.role,
                    password_hash,
                    user.created_at,
                )
                await keep_token(connection, token, user.user_id, new_number())
        except asyncpg.UniqueViolationError as violation:
            if violation.constraint_name == "account_email_key":
                return EmailAlreadyExists(email.text)
            if violation.constraint_name == "account_username_key" and username is not None:
                return UsernameAlreadyExists(username)
            raise
        return KnownUser(user, password_hash)

    async def by_id(self, user_id: UserId) -> KnownUser | None:
        """A user by id; None where there is none."""
        return await self._find("account_by_id", user_id)

    async def by_ids(self, user_ids: Sequence[UserId]) -> dict[UserId, User]:
        """Users by id; those who do not exist are left out."""
        rows = await reading(self._pool, lambda connection: connection.fetch(SQL["accounts_by_id"], user_ids))
        return {user.user_id: user for user in map(user_of, rows)}

    async def by_email(self, email: EmailAddress) -> KnownUser | None:
        """A user by e-mail address, in any letters; None where there is none."""
        return await self._find("account_by_email", email.key)

    async def by_username(self, username: str) -> KnownUser | None:
        """A user by username, in any letters; None where there is none."""
        return await self._find("account_by_username", username_key(username))

    async def begin_session(self, known: KnownUser, token: NewRefreshToken, better_hash: str | None) -> KnownUser | None:
        """Keep the first token of a new family; None where the password has changed since `known` was read."""
        async with writing(self._pool) as connection:
            present = await locked(connection, known.user.user_id)
            if present is None or present.password_hash != known.password_hash:
                return None
            if better_hash is not None:
                await connection.execute(SQL["replace_password"], present.user.user_id, present.password_hash, better_hash)
            await keep_token(connection, token, present.user.user_id, new_number())
        return present

    async def exchange(self, token_hash: bytes, successor: NewRefreshToken) -> KnownUser | RefreshTokenInvalid:
        """Use a refresh token up and keep its successor, if the rules allow it; a reuse ends the family, of which the answer tells."""
        now = successor.issued_at
        async with writing(self._pool) as connection:
            found = await token_of(connection, token_hash)
            present = await locked(connection, found.user_id) if found else None
            found = await token_of(connection, token_hash) if present else None  # as who had the lock before has left it
            match use_refresh_token(found, now):
                case RefreshTokenInvalid() as refusal:
                    if found and refusal.ends_family:
                        await connection.execute(SQL["revoke_family"], found.family_id, now)
                    return refusal
                case RefreshToken() as token:
                    assert present is not None  # else no token was found
                    await connection.execute(SQL["use_refresh_token"], token_hash, now)
                    await keep_token(connection, successor, token.user_id, token.family_id)
                    return present

    async def end_session(self, token_hash: bytes, now: datetime) -> bool:
        """End a token's family; False where it had ended, or there is none."""
        async with writing(self._pool) as connection:
            token = await token_of(connection, token_hash)
            if token is None:
                return False
            await connection.execute(SQL["lock_account"], token.user_id)
            revoked = await connection.fetch(SQL["revoke_family"], token.family_id, now)
        return any(row["expires_at"] > now for row in revoked)

    async def change_profile(self, user_id: UserId, change: ProfileChange) -> User | None:
        """Change what is not KEEP; None where there is no such user."""
        name = None if change.name is KEEP else change.name
        phone = None if change.phone is KEEP else change.phone
        async with writing(self._pool) as connection:
            row = await connection.fetchrow(SQL["change_profile"], user_id, change.name is not KEEP, name, change.phone is not KEEP, phone)
        return user_of(row) if row else None

    async def change_password(self, known: KnownUser, password_hash: str, token: NewRefreshToken) -> KnownUser | None:
        """Keep a new hash, end every family of the user and begin a new one; None where the password has changed since `known` was read."""
        user_id = known.user.user_id
        async with writing(self._pool) as connection:
            present = await locked(connection, user_id)
            if present is None or not await connection.fetchrow(SQL["replace_password"], user_id, known.password_hash, password_hash):
                return None
            await connection.execute(SQL["revoke_families"], user_id, token.issued_at)
            await keep_token(connection, token, user_id, new_number())
        return present

    async def ensure_account(
        self, email: EmailAddress, password_hash: str, name: str, role: Role, created_at: datetime, username: str | None = None
    ) -> User:
        """The user with this e-mail address, made where there is none. One that is there gets the role and keeps all else."""
        async with writing(self._pool) as connection:
            row = await connection.fetchrow(
                SQL["ensure_account"],
                new_number(),
                email.text,
                email.key,
                username,
                username and username_key(username),
                name,
                role,
                password_hash,
                created_at,
            )
        assert row is not None  # it was inserted or updated
        return user_of(row)

    async def _find(self, statement: str, key: int | str) -> KnownUser | None:
        row = await reading(self._pool, lambda connection: connection.fetchrow(SQL[statement], key, ORGANIZATIONS_MOST))
        return known_user_of(row) if row else None


async def locked(connection: Connection, user_id: UserId) -> KnownUser | None:
    """A user as they are now, and stay until the transaction ends; None where there is none."""
    await connection.execute(SQL["lock_account"], user_id)
    row = await connection.fetchrow(SQL["account_by_id"], user_id, ORGANIZATIONS_MOST)
    return known_user_of(row) if row else None


async def token_of(connection: Connection, token_hash: bytes) -> RefreshToken | None:
    """A refresh token that was handed out, by its hash."""
    row = await connection.fetchrow(SQL["refresh_token"], token_hash)
    if row is None:
        return None
    return RefreshToken(row["family_id"], UserId(row["user_id"]), row["expires_at"], used_at=row["used_at"], revoked_at=row["revoked_at"])


async def keep_token(connection: Connection, token: NewRefreshToken, user_id: UserId, family_id: int) -> None:
    """Keep a refresh token, and forget those of its user that have expired."""
    await connection.execute(SQL["forget_refresh_tokens"], user_id, token.issued_at)
    await connection.execute(SQL["add_refresh_token"], token.token_hash, family_id, user_id, token.issued_at, token.expires_at)


def known_user_of(row: Any) -> KnownUser:
    """A user with what the log-in needs, of a row that has it."""
    return KnownUser(user_of(row), row["password_hash"], tuple(map(OrganizationId, row["organizations"])))


def user_of(row: Any) -> User:
    """A user, of a row of `account`."""
    return User(
        UserId(row["user_id"]),
        row["email"],
        row["name"],
        Role(row["role"]),
        row["created_at"],
        username=row["username"],
        phone=row["phone"],
    )
