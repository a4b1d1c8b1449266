"""Users: the registered people, and what makes an e-mail address or a username one of its kind."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from domain.callers import Role
from domain.ids import OrganizationId, UserId

ORGANIZATIONS_MOST = 80
"""How many organizations one user may be a member of: as many as an access token has room for."""


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
class UserNotFound:
    """There is no such user."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class RecipientNotFound:
    """Nobody has registered with the e-mail address that something was to go to."""

    email: str


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


def username_key(username: str) -> str:
    """What makes a username one of its kind: `Ann` and `ann` are the same."""
    return username.lower()
