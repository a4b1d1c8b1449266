"""The desk for accounts: passwords and tokens on this side, the rules in the middle, the store behind."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from email_validator import validate_email

from domain.accounts import (
    USERNAME,
    AccountStore,
    EmailAddress,
    EmailAlreadyExists,
    InvalidCredentials,
    KnownUser,
    LogInForm,
    NewRefreshToken,
    PasswordChangeForm,
    ProfileChange,
    RefreshTokenInvalid,
    RegistrationForm,
    Session,
    User,
    UsernameAlreadyExists,
    UserNotFound,
    check_log_in,
    check_password_change,
    check_profile,
    check_registration,
)
from domain.callers import Role
from domain.ids import UserId
from domain.validation import InvalidInput
from web.passwords import Passwords
from web.tokens import AccessTokens, utc_now

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
        known = await self._store.add(registration, password_hash, kept)
        return self._session(known, refresh_token) if isinstance(known, KnownUser) else known

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
        present = await self._store.begin_session(known, kept, better_hash)
        return self._session(present, refresh_token) if present else InvalidCredentials()

    async def refresh_session(self, refresh_token: str) -> Session | RefreshTokenInvalid:
        """The next session of a family, for the user as they are now."""
        successor, kept = self._new_refresh_token()
        known = await self._store.exchange(hash_of(refresh_token), kept)
        return self._session(known, successor) if isinstance(known, KnownUser) else known

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
        present = await self._store.change_password(known, password_hash, kept)
        return self._session(present, refresh_token) if present else InvalidCredentials()

    async def user(self, user_id: UserId) -> User | None:
        """A user by id."""
        known = await self._store.by_id(user_id)
        return known.user if known else None

    async def users_many(self, user_ids: Sequence[UserId]) -> list[User | None]:
        """Users in the order of their ids, None where there is none."""
        found = await self._store.by_ids(user_ids)
        return [found.get(user_id) for user_id in user_ids]

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

    def _session(self, known: KnownUser, refresh_token: str) -> Session:
        access = self._tokens.sign(known.user, known.organizations)
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
