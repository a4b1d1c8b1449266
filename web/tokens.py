"""Access tokens: JSON Web Tokens that say who their bearer is, signed so that no request has to ask the database."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

import jwt
import orjson

from domain.callers import Caller, Role
from domain.ids import OrganizationId, UserId
from domain.users import User
from web.faults import TOKEN_EXPIRED, GraphQLFault, unauthenticated
from web.revocations import RevokedSessions, utc_now

ALGORITHM: Final = "HS256"
ISSUER = AUDIENCE = "box-office"
LONGEST = 4096
SECRET_LEAST_BYTES = 32  # as many as the digest has. Source: RFC 7518, 3.2
CACHED_MOST = 4096
CLAIMS: Final = ("sub", "name", "email", "role", "iat", "exp", "jti", "sid", "org", "iss", "aud")


@dataclass(frozen=True, slots=True)
class Bearer(Caller):
    """A caller who showed an access token of a session, which is good until `expires_at` unless the session is ended before."""

    session_id: int = field(kw_only=True)
    expires_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret of at least 32 bytes, and the name by which a token says that it was signed with it."""

    kid: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_LEAST_BYTES:
            raise ValueError(f"A secret that signs tokens has {SECRET_LEAST_BYTES} bytes at least.")

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """A key named after its secret, which the name does not betray: the same in every process that has the secret."""
        return cls(hmac.new(secret, b"kid", hashlib.sha256).hexdigest()[:16], secret)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token as it is handed out, and when it stops to be good."""

    text: str = field(repr=False)
    expires_at: datetime


class AccessTokens:
    """Signs with the first of its keys and accepts all; what belongs to a session in `revoked` is accepted no longer.

    A key is replaced in three steps, each in every process before the next: the new one is added behind the first, so that all accept it;
    it goes first and the old one behind it; the old one goes once the last token that it signed has expired.
    """

    def __init__(
        self,
        keys: Sequence[SigningKey],
        lifetime: timedelta = timedelta(minutes=30),
        *,
        clock: Callable[[], datetime] = utc_now,
        cached_most: int = CACHED_MOST,
    ) -> None:
        self._signs_with = keys[0]
        self._secrets = {key.kid: key.secret for key in keys}
        self.lifetime = lifetime
        self.revoked = RevokedSessions(lifetime, clock)
        self._clock = clock
        self._cached_most = cached_most
        self._seen: OrderedDict[str, Bearer] = OrderedDict()

    def sign(self, user: User, organizations: Sequence[OrganizationId], session_id: int = 0) -> AccessToken:
        """A token for a user, as they and their memberships are now; what changes later is in the next token.

        It is good as long as its session; session 0 is nobody's and never ends.
        """
        issued_at = int(self._clock().timestamp())
        expires_at = issued_at + int(self.lifetime.total_seconds())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user.user_id),
            "name": user.name,
            "email": user.email,
            "role": user.role.name,
            "org": [str(organization_id) for organization_id in organizations],
            "iat": issued_at,
            "exp": expires_at,
            "jti": secrets.token_urlsafe(12),
            "sid": str(session_id),
        }
        # Not `jwt.encode`, which writes each letter beyond ASCII as six: the longest name would make a token too long to be accepted.
        text = jwt.PyJWS().encode(orjson.dumps(claims), self._signs_with.secret, ALGORITHM, headers={"kid": self._signs_with.kid})
        if len(text) > LONGEST:
            raise ValueError(f"An access token of {len(text)} characters would not be accepted.")
        return AccessToken(text, datetime.fromtimestamp(expires_at, UTC))

    def authenticate(self, token: str | None) -> Bearer | None:
        """Who shows a token; None where there is none. Raises AUTH_TOKEN_EXPIRED for one of ours that was good, else UNAUTHENTICATED.

        One whose session was ended is answered UNAUTHENTICATED as long as it would have been good.
        """
        if token is None:
            return None
        bearer = self._seen.get(token)
        if bearer is None:
            bearer = self._verified(token)
            self._seen[token] = bearer
            if len(self._seen) > self._cached_most:
                self._seen.popitem(last=False)
        else:
            self._seen.move_to_end(token)
        if self._clock() >= bearer.expires_at:
            del self._seen[token]
            raise GraphQLFault(TOKEN_EXPIRED, "The access token has expired: refresh the session.")
        if bearer.session_id in self.revoked:
            raise unauthenticated()
        return bearer

    def _verified(self, token: str) -> Bearer:
        """The bearer of a token that one of our keys signed, expired or not. Nothing of it is trusted, nor much of it read, before that."""
        if len(token) > LONGEST or not token.isascii():
            raise unauthenticated()
        try:
            secret = self._secrets[jwt.get_unverified_header(token)["kid"]]
            # Whether it has expired is for our clock to say.
            options: Any = {"require": list(CLAIMS), "verify_exp": False, "verify_iat": False, "verify_nbf": False}
            claims = jwt.decode(token, secret, [ALGORITHM], options, issuer=ISSUER, audience=AUDIENCE)
            return bearer_of(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            raise unauthenticated() from None


def bearer_of(claims: dict[str, Any]) -> Bearer:
    """Who the claims say the bearer is; raises KeyError, TypeError or ValueError where they do not say it as we would have."""
    expires_at, organizations, session_id = claims["exp"], claims["org"], claims["sid"]
    if type(expires_at) is not int or type(claims["iat"]) is not int:
        raise TypeError("instants are whole seconds")
    if not all(isinstance(claims[claim], str) for claim in ("name", "email", "jti")) or not isinstance(organizations, list):
        raise TypeError("claims have types")
    if not isinstance(session_id, str) or not session_id.isdecimal():
        raise TypeError("a session is a number, written as text")
    return Bearer(
        UserId.parse(claims["sub"]),
        Role[claims["role"]],
        frozenset(map(OrganizationId.parse, organizations)),
        session_id=int(session_id),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
    )
