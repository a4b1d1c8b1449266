"""Entry codes as signed tokens: a compact JWS (EdDSA over Ed25519), which a door verifies with the public key alone, without a network."""

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.entry_codes import CodeProblem, EntryCodeInvalid, EntryPass, ShownTicket
from domain.ids import MalformedId, TicketId
from web.revocations import utc_now

ALGORITHM = "EdDSA"
ISSUER = "box-office-entry"
PATH = "/.well-known/jwks.json"
MAX_AGE_S = 3600
LONGEST = 2048
CACHED_MOST = 20_000
KID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that entry codes are verified with, as JWKS has it."""

    raw: bytes

    @property
    def x(self) -> str:
        """Its 32 bytes in base64url."""
        return base64.urlsafe_b64encode(self.raw).decode().rstrip("=")

    @property
    def kid(self) -> str:
        """Its name: the beginning of its thumbprint, so that every process gives it the same. Source: RFC 7638, RFC 8037."""
        thumbprint = hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{self.x}"}}'.encode()).digest()
        return base64.urlsafe_b64encode(thumbprint).decode()[:KID_LENGTH]

    @property
    def jwk(self) -> dict[str, str]:
        """As others read it."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self.x, "use": "sig", "alg": ALGORITHM, "kid": self.kid}


@dataclass(frozen=True, slots=True)
class EntryKeys:
    """What signs entry codes, and what they are verified with: the signing key's public half first, then those of before, or to come."""

    private: Ed25519PrivateKey = field(repr=False)
    public: tuple[PublicKey, ...]

    @classmethod
    def of(cls, seed: bytes, others: Sequence[bytes] = ()) -> Self:
        """Keys from a private key's 32 bytes and other public keys' 32 bytes."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        own = PublicKey(private.public_key().public_bytes_raw())
        return cls(private, tuple(dict.fromkeys((own, *map(PublicKey, others)))))

    @property
    def jwks(self) -> bytes:
        """The public keys, as a JSON Web Key Set."""
        return orjson.dumps({"keys": [key.jwk for key in self.public]})


class SignedEntryCodes:
    """The `EntryCodes` of a process. A code is signed only where it is asked for, and remembered: the same pass has the same code."""

    def __init__(self, keys: EntryKeys, *, clock: Callable[[], datetime] = utc_now, cached_most: int = CACHED_MOST) -> None:
        self._private = keys.private
        self._kid = keys.public[0].kid
        self._public = {key.kid: Ed25519PublicKey.from_public_bytes(key.raw) for key in keys.public}
        self._clock = clock
        self._cached_most = cached_most
        self._signed: OrderedDict[EntryPass, str] = OrderedDict()

    def code_of(self, entry: EntryPass) -> str:
        """The code that says so."""
        code = self._signed.get(entry)
        if code is None:
            code = jwt.PyJWS().encode(orjson.dumps(claims_of(entry)), self._private, ALGORITHM, headers={"kid": self._kid})
            self._signed[entry] = code
            if len(self._signed) > self._cached_most:
                self._signed.popitem(last=False)
        else:
            self._signed.move_to_end(entry)
        return code

    def read(self, code: str) -> ShownTicket | EntryCodeInvalid:
        """The ticket that a code names. Nothing of it is trusted, nor much of it read, before its signature is verified."""
        code = code.strip()
        if len(code) > LONGEST or not code.isascii() or code.count(".") != 2:
            return EntryCodeInvalid(CodeProblem.MALFORMED)
        try:
            kid = jwt.get_unverified_header(code).get("kid")
        except (jwt.PyJWTError, RecursionError):
            return EntryCodeInvalid(CodeProblem.MALFORMED)
        key = self._public.get(kid) if isinstance(kid, str) else None
        if key is None:
            return EntryCodeInvalid(CodeProblem.FORGED)
        try:
            # Whether it has expired is for our clock to say.
            options: Any = {"require": ["sub", "issue", "exp"], "verify_exp": False}
            claims = jwt.decode(code, key, [ALGORITHM], options, issuer=ISSUER)
            shown, good_until = ShownTicket(TicketId.parse(claims["sub"]), int(claims["issue"])), int(claims["exp"])
        except (jwt.PyJWTError, MalformedId, KeyError, TypeError, ValueError, RecursionError):
            return EntryCodeInvalid(CodeProblem.FORGED)
        return shown if self._clock() < datetime.fromtimestamp(good_until, UTC) else EntryCodeInvalid(CodeProblem.EXPIRED)


def claims_of(entry: EntryPass) -> dict[str, str | int]:
    """What an entry code says; what a place does not have is left out."""
    claims: dict[str, str | int | None] = {
        "iss": ISSUER,
        "sub": str(entry.ticket_id),
        "event": str(entry.ticket_id.event_id),
        "number": entry.ticket_id.code,
        "issue": entry.issue,
        "tier": entry.tier,
        "section": entry.section,
        "row": entry.row,
        "seat": entry.seat,
        "exp": int(entry.good_until.timestamp()),
    }
    return {name: value for name, value in claims.items() if value is not None}


def keys_route(keys: EntryKeys) -> Route:
    """Where doors fetch the public keys, to keep them: cacheable, and open to pages of other sites, as there is nothing secret in them."""
    body = keys.jwks
    headers = {
        "cache-control": f"public, max-age={MAX_AGE_S}",
        "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "access-control-allow-origin": "*",
    }

    async def endpoint(request: Request) -> Response:
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/jwk-set+json", headers=headers)

    return Route(PATH, endpoint)
