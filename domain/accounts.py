"""Accounts: who may register, with which words; and how long a session lives.

`Accounts` is what resolvers ask. A session is an access token, which proves who its bearer is until it expires, and a refresh token, which
buys the next session once.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal, Protocol, TypeAlias

from domain.callers import Role
from domain.ids import OrganizationId, UserId
from domain.validation import Checks, InvalidInput

NAME_LEAST, NAME_MOST = 2, 100
PASSWORD_LEAST, PASSWORD_MOST = 8, 256
USERNAME = re.compile(r"[A-Za-z0-9_.-]{3,30}")
PHONE = re.compile(r"\+?[0-9]{7,15}")  # E.164 has 15 digits at most; people write them without the + as well
ORGANIZATIONS_MOST = 80
"""How many organizations one user may be a member of: as many as an access token has room for."""
PHONE_PUNCTUATION = str.maketrans("", "", " ()-./\u00a0\u2011")


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


@dataclass(frozen=True, slots=True)
class User:
    """A registered person, as others may know them."""

    user_id: UserId
    email: str
    name: str
    role: Role
    created_at: datetime
    username: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user with what only the log-in needs: the hash of their password, and the organizations they are a member of."""

    user: User
    password_hash: str = field(repr=False)
    organizations: tuple[OrganizationId, ...] = ()


@dataclass(frozen=True, slots=True)
class BegunSession:
    """A session that was begun, or continued with a new token: whose, and the family of its refresh tokens, which is its id."""

    known: KnownUser
    session_id: int


@dataclass(frozen=True, slots=True)
class Session:
    """What a user holds after they logged in: a token to show until `expires_at`, and one that buys the next session."""

    user: User
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    lifetime: timedelta


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


@dataclass(frozen=True, slots=True)
class UserNotFound:
    """There is no such user."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class RecipientNotFound:
    """Nobody has registered with the e-mail address that something was to go to."""

    email: str


@dataclass(frozen=True, slots=True)
class NotAnAdmin:
    """Who asks is an admin no longer, whatever their access token says."""


@dataclass(frozen=True, slots=True)
class OwnRoleKept:
    """Admins do not take the role from themselves, so that there is always one."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class RoleFollowsMembership:
    """Who is no admin is an ORGANIZER while they are a member of an organization, and else a USER: it is not chosen."""

    user_id: UserId
    organization_count: int


class RefreshTokenProblem(Enum):
    """Why a refresh token buys nothing."""

    UNKNOWN = "UNKNOWN"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    REUSED = "REUSED"


@dataclass(frozen=True, slots=True)
class RefreshTokenInvalid:
    """The refresh token buys no session: log in again."""

    problem: RefreshTokenProblem

    @property
    def ends_family(self) -> bool:
        """Whether two hold the same token, so that one of them stole it: nobody can say who, and both must log in again."""
        return self.problem is RefreshTokenProblem.REUSED


# Forms


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An e-mail address in its normal form: NFC, its domain in Unicode and lower case. Where it comes from has seen to that."""

    text: str

    @property
    def key(self) -> str:
        """What makes it one of its kind. Lower case, not case folding, which would take ß for ss and so one person for another."""
        return unicodedata.normalize("NFC", self.text.lower())


ParseEmail: TypeAlias = Callable[[str], EmailAddress]
"""Reads an e-mail address, or raises ValueError. A port, as the syntax of addresses and domain names fills a library."""


class Keep(Enum):
    """That something stays as it is, where None would remove it."""

    KEEP = "KEEP"


KEEP: Final = Keep.KEEP


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


# Rules


def check_registration(form: RegistrationForm, parse_email: ParseEmail) -> Registration | InvalidInput:
    """Everything that is wrong with a registration, or what will be stored. The form's password is good as it is."""
    checks = Checks()
    email = check_email(checks, form.email, parse_email)
    name = check_name(checks, form.name)
    username = check_username(checks, form.username)
    phone = check_phone(checks, form.phone)
    check_password(checks, "password", form.password)
    return checks.refusal or Registration(email, name, username, phone)


def check_log_in(form: LogInForm) -> InvalidInput | None:
    """A log-in names its user one way. Whether there could be such a name is not told: that would be the first half of a guess."""
    checks = Checks()
    checks.that((form.email is None) != (form.username is None), "email", "or username is needed, and only one of them")
    return checks.refusal


def check_profile(change: ProfileChange) -> ProfileChange | InvalidInput:
    """Everything that is wrong with a change, or the change in the words that will be stored."""
    checks = Checks()
    name, phone = change.name, change.phone
    if name is None:
        checks.that(False, "name", "cannot be removed")
    elif name is not KEEP:
        name = check_name(checks, name)
    if phone is not KEEP:
        phone = check_phone(checks, phone)
    return checks.refusal or ProfileChange(name, phone)


def check_password_change(form: PasswordChangeForm) -> InvalidInput | None:
    """Everything that is wrong with a new password. Whether the current one is right is not this rule's to know."""
    checks = Checks()
    check_password(checks, "newPassword", form.new_password)
    return checks.refusal


def check_email(checks: Checks, text: str, parse_email: ParseEmail) -> EmailAddress:
    """A valid address; blanks around it are forgiven."""
    try:
        return parse_email(text.strip())
    except ValueError:
        checks.that(False, "email", "is not a valid e-mail address")
        return EmailAddress("")


def check_name(checks: Checks, text: str) -> str:
    """A name of 2 to 100 characters, one of which can be seen. No line breaks: names are written into the heads of e-mails."""
    text = unicodedata.normalize("NFC", text[: NAME_MOST * 4])  # composing takes quadratic time; three characters become one at most
    name = checks.text("name", text, least=NAME_LEAST, most=NAME_MOST)
    kinds = [unicodedata.category(character) for character in name[:NAME_MOST]]
    checks.that(not {"Cc", "Zl", "Zp"} & set(kinds), "name", "holds a line break or another control character")
    checks.that(not name or any(kind[0] not in "CZ" for kind in kinds), "name", "holds nothing that can be seen")
    return name


def check_username(checks: Checks, text: str | None) -> str | None:
    """3 to 30 letters of the English alphabet, digits, or any of `_.-`: never an @, so that it cannot be taken for an e-mail address."""
    if text is None:
        return None
    checks.that(USERNAME.fullmatch(text) is not None, "username", "has 3 to 30 letters a–z, digits, or any of _ . -")
    return text


def username_key(username: str) -> str:
    """What makes a username one of its kind: `Ann` and `ann` are the same."""
    return username.lower()


def check_phone(checks: Checks, text: str | None) -> str | None:
    """7 to 15 digits, with + before a country code. Answers them without what people write between them; a blank one is left out."""
    if text is None or not text.strip():
        return None
    phone = text.translate(PHONE_PUNCTUATION)
    checks.that(PHONE.fullmatch(phone) is not None, "phone", "has 7 to 15 digits, as in +44 20 7946 0018")
    return phone


def check_password(checks: Checks, name: str, password: str) -> None:
    """8 to 256 characters with an upper-case letter and a digit. Blanks count; every script has its own letters and digits."""
    checks.that(PASSWORD_LEAST <= len(password) <= PASSWORD_MOST, name, f"has {PASSWORD_LEAST} to {PASSWORD_MOST} characters")
    password = password[:PASSWORD_MOST]
    checks.that(any(character.isupper() for character in password), name, "has an upper-case letter")
    checks.that(any(character.isdecimal() for character in password), name, "has a digit")
    checks.that("\0" not in password, name, "holds a NUL character")
    checks.that(not any("\ud800" <= character <= "\udfff" for character in password), name, "holds half a character")


def role_of_member(organization_count: int) -> Role:
    """The role of somebody who is no admin."""
    return Role.ORGANIZER if organization_count else Role.USER


def check_role(
    known: KnownUser | None, user_id: UserId, role: Role, by: KnownUser | None
) -> NotAnAdmin | UserNotFound | OwnRoleKept | RoleFollowsMembership | None:
    """Why one user does not give a role to another; None where they may. Both are as they are now, and stay so until it is done."""
    if by is None or by.user.role is not Role.ADMIN:
        return NotAnAdmin()
    if known is None:
        return UserNotFound(user_id)
    if role is Role.ADMIN:
        return None
    if user_id == by.user.user_id:
        return OwnRoleKept(user_id)
    if role is not role_of_member(len(known.organizations)):
        return RoleFollowsMembership(user_id, len(known.organizations))
    return None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token that was handed out. Those that replaced one another share a family, which lives and ends together."""

    family_id: int
    user_id: UserId
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


def use_refresh_token(token: RefreshToken | None, now: datetime) -> RefreshToken | RefreshTokenInvalid:
    """The token, if it may be exchanged for the next of its family; the exchange uses it up, whoever made it.

    No grace for a second use: a client that lost an answer logs in again, which is rarer than a thief is dear.
    """
    if token is None:
        return RefreshTokenInvalid(RefreshTokenProblem.UNKNOWN)
    if token.revoked_at is not None:
        return RefreshTokenInvalid(RefreshTokenProblem.REVOKED)
    if now >= token.expires_at:
        return RefreshTokenInvalid(RefreshTokenProblem.EXPIRED)
    if token.used_at is not None:
        return RefreshTokenInvalid(RefreshTokenProblem.REUSED)
    return token


# What the shell keeps for them


@dataclass(frozen=True, slots=True)
class NewRefreshToken:
    """A refresh token about to be handed out: its hash, as the token itself is nowhere kept, and its life."""

    token_hash: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime


class EndedSessions(Protocol):
    """Where it is kept which sessions were ended."""

    async def ended_since(self, instant: datetime) -> Sequence[int]:
        """The ids of the sessions that were ended since an instant, by whom and in which process ever. Raises Outage."""
        ...


class Revocations(Protocol):
    """What hears of sessions that were ended, once that is durable."""

    def revoke(self, session_ids: Iterable[int]) -> None:
        """Accept no access token of these sessions from now on."""
        ...


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
