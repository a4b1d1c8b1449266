"""Users and their refresh tokens, in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg

from db.identifiers import new_number
from db.pool import Connection, Pool, reading, writing
from db.statements import statements
from domain.accounts import EmailAlreadyExists, ProfileChange, Registration, UsernameAlreadyExists
from domain.callers import Role
from domain.ids import OrganizationId, UserId
from domain.keep import KEEP
from domain.roles import NotAnAdmin, OwnRoleKept, RoleFollowsMembership, check_role
from domain.sessions import BegunSession, NewRefreshToken, RefreshToken, RefreshTokenInvalid, Revocations, use_refresh_token
from domain.users import ORGANIZATIONS_MOST, EmailAddress, KnownUser, User, UserNotFound, username_key

SQL = statements("accounts")


class PostgresAccounts:
    """The `AccountStore` of a process. Whatever changes a user's sessions does so one after another, under the lock of the user's row.

    `revocations` hears of each session that is ended, once it is; a program that accepts no access tokens needs none.
    """

    def __init__(self, pool: Pool, revocations: Revocations | None = None) -> None:
        self._pool = pool
        self._revocations = revocations

    async def add(
        self, registration: Registration, password_hash: str, token: NewRefreshToken
    ) -> BegunSession | EmailAlreadyExists | UsernameAlreadyExists:
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
                return await begin(connection, KnownUser(user, password_hash), token)
        except asyncpg.UniqueViolationError as violation:
            if violation.constraint_name == "account_email_key":
                return EmailAlreadyExists(email.text)
            if violation.constraint_name == "account_username_key" and username is not None:
                return UsernameAlreadyExists(username)
            raise

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

    async def begin_session(self, known: KnownUser, token: NewRefreshToken, better_hash: str | None) -> BegunSession | None:
        """Keep the first token of a new family; None where the password has changed since `known` was read."""
        async with writing(self._pool) as connection:
            present = await locked(connection, known.user.user_id)
            if present is None or present.password_hash != known.password_hash:
                return None
            if better_hash is not None:
                await connection.execute(SQL["replace_password"], present.user.user_id, present.password_hash, better_hash)
            return await begin(connection, present, token)

    async def exchange(self, token_hash: bytes, successor: NewRefreshToken) -> BegunSession | RefreshTokenInvalid:
        """Use a refresh token up and keep its successor, if the rules allow it; a reuse ends the family, of which the answer tells."""
        now = successor.issued_at
        async with self._ending() as (connection, ended):
            found = await token_of(connection, token_hash)
            present = await locked(connection, found.user_id) if found else None
            found = await token_of(connection, token_hash) if present else None  # as who had the lock before has left it
            match use_refresh_token(found, now):
                case RefreshTokenInvalid() as refusal:
                    if found and refusal.ends_family:
                        await connection.execute(SQL["revoke_family"], found.family_id, now)
                        ended.append(found.family_id)
                    return refusal
                case RefreshToken() as token:
                    assert present is not None  # else no token was found
                    await connection.execute(SQL["use_refresh_token"], token_hash, now)
                    await keep_token(connection, successor, token.user_id, token.family_id)
                    return BegunSession(present, token.family_id)

    async def end_session(self, token_hash: bytes, now: datetime) -> bool:
        """End a token's family; False where it had ended, or there is none."""
        async with self._ending() as (connection, ended):
            token = await token_of(connection, token_hash)
            if token is None:
                return False
            await connection.execute(SQL["lock_account"], token.user_id)
            revoked = await connection.fetch(SQL["revoke_family"], token.family_id, now)
            ended.append(token.family_id)
        return any(row["expires_at"] > now for row in revoked)

    async def change_profile(self, user_id: UserId, change: ProfileChange) -> User | None:
        """Change what is not KEEP; None where there is no such user."""
        name = None if change.name is KEEP else change.name
        phone = None if change.phone is KEEP else change.phone
        async with writing(self._pool) as connection:
            row = await connection.fetchrow(SQL["change_profile"], user_id, change.name is not KEEP, name, change.phone is not KEEP, phone)
        return user_of(row) if row else None

    async def change_password(self, known: KnownUser, password_hash: str, token: NewRefreshToken) -> BegunSession | None:
        """Keep a new hash, end every family of the user and begin a new one; None where the password has changed since `known` was read."""
        user_id = known.user.user_id
        async with self._ending() as (connection, ended):
            present = await locked(connection, user_id)
            if present is None or not await connection.fetchrow(SQL["replace_password"], user_id, known.password_hash, password_hash):
                return None
            ended.extend(await end_families(connection, user_id, token.issued_at))
            return await begin(connection, present, token)

    async def ended_since(self, instant: datetime) -> list[int]:
        """The sessions that were ended since an instant, by any process."""
        rows = await reading(self._pool, lambda connection: connection.fetch(SQL["families_revoked_since"], instant))
        return [row["family_id"] for row in rows]

    async def members(self, organization_ids: Sequence[OrganizationId]) -> dict[OrganizationId, list[User]]:
        """Who is a member, by organization, by name."""
        found: dict[OrganizationId, list[User]] = {}
        for row in await reading(self._pool, lambda connection: connection.fetch(SQL["members"], organization_ids)):
            found.setdefault(OrganizationId(row["organization_id"]), []).append(user_of(row))
        return found

    async def memberships(self, user_ids: Sequence[UserId]) -> dict[UserId, list[OrganizationId]]:
        """What users are members of, by user."""
        found: dict[UserId, list[OrganizationId]] = {}
        for row in await reading(self._pool, lambda connection: connection.fetch(SQL["memberships"], user_ids)):
            found.setdefault(UserId(row["user_id"]), []).append(OrganizationId(row["organization_id"]))
        return found

    async def set_role(
        self, user_id: UserId, role: Role, by: UserId
    ) -> User | NotAnAdmin | UserNotFound | OwnRoleKept | RoleFollowsMembership:
        """Give a role, where the rules allow it. Both users' rows are locked, so that two admins cannot take it from one another."""
        async with writing(self._pool) as connection:
            present = {locked_id: await locked(connection, locked_id) for locked_id in sorted({user_id, by})}
            known = present[user_id]
            if refusal := check_role(known, user_id, role, present[by]):
                return refusal
            assert known is not None  # else it was refused
            await connection.execute(SQL["set_role"], user_id, role)
            return replace(known.user, role=role)

    async def appoint_admin(self, email: EmailAddress, password_hash: str, name: str, now: datetime) -> User:
        """An admin with this e-mail address and password: made where nobody has it, else promoted, and their sessions ended."""
        async with self._ending() as (connection, ended):
            row = await connection.fetchrow(
                SQL["ensure_account"], new_number(), email.text, email.key, None, None, name, Role.ADMIN, password_hash, now
            )
            assert row is not None  # it was inserted or updated
            user = user_of(row)
            await connection.execute(SQL["set_password"], user.user_id, password_hash)
            ended.extend(await end_families(connection, user.user_id, now))
            return user

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

    @asynccontextmanager
    async def _ending(self) -> AsyncIterator[tuple[Connection, list[int]]]:
        """A transaction, and a list for the sessions that are ended once it is committed."""
        ended: list[int] = []
        async with writing(self._pool) as connection:
            yield connection, ended
        if self._revocations is not None:
            self._revocations.revoke(ended)

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


async def begin(connection: Connection, known: KnownUser, token: NewRefreshToken) -> BegunSession:
    """Keep the first refresh token of a new session."""
    session_id = new_number()
    await keep_token(connection, token, known.user.user_id, session_id)
    return BegunSession(known, session_id)


async def end_families(connection: Connection, user_id: UserId, now: datetime) -> list[int]:
    """End every session of a user; answers which."""
    return list({row["family_id"] for row in await connection.fetch(SQL["revoke_families"], user_id, now)})


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
