"""The desk for accounts: passwords and tokens on this side, the rules in the middle, the store behind."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from email_validator import validate_email

from domain.account_rules import USERNAME, check_log_in, check_password_change, check_profile, check_registration
from domain.accounts import (
    AccountStore,
    EmailAlreadyExists,
    InvalidCredentials,
    LogInForm,
    PasswordChangeForm,
    ProfileChange,
    RegistrationForm,
    UsernameAlreadyExists,
)
from domain.callers import Role
from domain.ids import OrganizationId, UserId
from domain.roles import NotAnAdmin, OwnRoleKept, RoleFollowsMembership
from domain.sessions import BegunSession, NewRefreshToken, RefreshTokenInvalid, Session
from domain.users import EmailAddress, KnownUser, User, UserNotFound
from domain.validation import InvalidInput
from web.passwords import Passwords
from web.revocations import utc_now
from web.tokens import AccessTokens

EMAIL_MOST = 254  # Source: RFC 5321, 4.5.3.1.3, less the brackets


class AccountDesk:
    """The `Accounts` of a process."""

    def __init__(
        self,
        store: AccountStore,
        passwords: Passwords,
        tokens: AccessTokens,
        refresh_lifetime: timedelta = timedelta(days=30),
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._tokens = tokens
        self._refresh_lifetime = refresh_lifetime
        self._clock = clock

    async def register(self, form: RegistrationForm) -> Session | InvalidInput | EmailAlreadyExists | UsernameAlreadyExists:
        """Make an account with the role USER, and its first session."""
        registration = check_registration(form, parse_email)
        if isinstance(registration, InvalidInput):
            return registration
        password_hash = await self._passwords.hash(form.password)
        refresh_token, kept = self._new_refresh_token()
        begun = await self._store.add(registration, password_hash, kept)
        return self._session(begun, refresh_token) if isinstance(begun, BegunSession) else begun

    async def log_in(self, form: LogInForm) -> Session | InvalidInput | InvalidCredentials:
        """Begin a session. A password is compared whether there is such a user or not."""
        if invalid := check_log_in(form):
            return invalid
        known = await self._named(form)
        right = await self._passwords.verify(form.password, known.password_hash if known else None)
        if known is None or not right:
            return InvalidCredentials()
        better_hash = await self._passwords.hash(form.password) if self._passwords.is_outdated(known.password_hash) else None
        refresh_token, kept = self._new_refresh_token()
        begun = await self._store.begin_session(known, kept, better_hash)
        return self._session(begun, refresh_token) if begun else InvalidCredentials()

    async def refresh_session(self, refresh_token: str) -> Session | RefreshTokenInvalid:
        """The next session of a family, for the user as they are now."""
        successor, kept = self._new_refresh_token()
        begun = await self._store.exchange(hash_of(refresh_token), kept)
        return self._session(begun, successor) if isinstance(begun, BegunSession) else begun

    async def log_out(self, refresh_token: str) -> bool:
        """End the session and all it could become; False where it had ended, or never began."""
        return await self._store.end_session(hash_of(refresh_token), self._clock())

    async def update_profile(self, user_id: UserId, change: ProfileChange) -> User | InvalidInput | UserNotFound:
        """Change what a user says about themselves."""
        checked = check_profile(change)
        if isinstance(checked, InvalidInput):
            return checked
        return await self._store.change_profile(user_id, checked) or UserNotFound(user_id)

    async def change_password(
        self, user_id: UserId, form: PasswordChangeForm
    ) -> Session | InvalidInput | InvalidCredentials | UserNotFound:
        """Replace the password and end every session of the user; answers a new one. What is wrong with the new password is told first."""
        if invalid := check_password_change(form):
            return invalid
        known = await self._store.by_id(user_id)
        if known is None:
            return UserNotFound(user_id)
        if not await self._passwords.verify(form.current_password, known.password_hash):
            return InvalidCredentials()
        password_hash = await self._passwords.hash(form.new_password)
        refresh_token, kept = self._new_refresh_token()
        begun = await self._store.change_password(known, password_hash, kept)
        return self._session(begun, refresh_token) if begun else InvalidCredentials()

    async def user(self, user_id: UserId) -> User | None:
        """A user by id."""
        known = await self._store.by_id(user_id)
        return known.user if known else None

    async def user_by_email(self, email: str) -> User | None:
        """A user by e-mail address, in any letters; None as well for what is no address."""
        known = await self._named(LogInForm("", email=email))
        return known.user if known else None

    async def users_many(self, user_ids: Sequence[UserId]) -> list[User | None]:
        """Users in the order of their ids, None where there is none."""
        found = await self._store.by_ids(user_ids)
        return [found.get(user_id) for user_id in user_ids]

    async def members_many(self, organization_ids: Sequence[OrganizationId]) -> list[list[User]]:
        """The members of some organizations, in the order of their ids; each one's by name."""
        found = await self._store.members(organization_ids)
        return [found.get(organization_id, []) for organization_id in organization_ids]

    async def memberships_many(self, user_ids: Sequence[UserId]) -> list[list[OrganizationId]]:
        """The organizations some users are members of, in the order of the users' ids."""
        found = await self._store.memberships(user_ids)
        return [found.get(user_id, []) for user_id in user_ids]

    async def set_role(
        self, user_id: UserId, role: Role, by: UserId
    ) -> User | NotAnAdmin | UserNotFound | OwnRoleKept | RoleFollowsMembership:
        """Make somebody an admin, or an admin what they are without it."""
        return await self._store.set_role(user_id, role, by)

    async def appoint_admin(self, form: RegistrationForm) -> User | InvalidInput:
        """An admin with this e-mail address and password, for whoever runs the server.

        One who is there is promoted and keeps their name; the password is theirs from now on, and their sessions are ended.
        """
        registration = check_registration(form, parse_email)
        if isinstance(registration, InvalidInput):
            return registration
        password_hash = await self._passwords.hash(form.password)
        return await self._store.appoint_admin(registration.email, password_hash, registration.name, self._clock())

    async def ensure_user(self, email: str, password: str, name: str, role: Role = Role.USER) -> User:
        """The user with this e-mail address, made where there is none: for the first admin and for demo data.

        One that is there gets the role and keeps the password. Raises ValueError for what is no e-mail address.
        """
        password_hash = await self._passwords.hash(password)
        return await self._store.ensure_account(parse_email(email), password_hash, name, role, self._clock())

    async def _named(self, form: LogInForm) -> KnownUser | None:
        """The user whom a log-in names; None as well for what could be nobody's name."""
        if form.username is not None:
            return await self._store.by_username(form.username) if USERNAME.fullmatch(form.username) else None
        try:
            email = parse_email((form.email or "").strip())
        except ValueError:
            return None
        return await self._store.by_email(email)

    def _new_refresh_token(self) -> tuple[str, NewRefreshToken]:
        """256 random bits for the user, and what is kept of them."""
        text, now = secrets.token_urlsafe(32), self._clock()
        return text, NewRefreshToken(hash_of(text), now, now + self._refresh_lifetime)

    def _session(self, begun: BegunSession, refresh_token: str) -> Session:
        known = begun.known
        access = self._tokens.sign(known.user, known.organizations, begun.session_id)
        return Session(known.user, access.text, refresh_token, access.expires_at, self._tokens.lifetime)


def hash_of(refresh_token: str) -> bytes:
    """What is kept of a refresh token. One round of SHA-256 does: 256 random bits cannot be guessed, however fast."""
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).digest()


def parse_email(text: str) -> EmailAddress:
    """Read an e-mail address by its syntax alone: no question is sent to the network. Raises ValueError for what is none."""
    if len(text) > EMAIL_MOST:
        raise ValueError(f"An e-mail address has {EMAIL_MOST} characters at most.")
    # `test_environment` admits the domain .test, which is reserved for demonstrations like ours.
    valid = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    return EmailAddress(valid.normalized)
