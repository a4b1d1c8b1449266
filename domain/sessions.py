"""Sessions: how long one lives, and what continues it.

A session is an access token, which proves who its bearer is until it expires, and a refresh token, which buys the next session once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from domain.ids import UserId
from domain.users import KnownUser, User


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
