"""Access tokens: what is accepted, and that nothing else is."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.callers import Caller, Role
from domain.ids import LARGEST, OrganizationId, UserId
from domain.users import ORGANIZATIONS_MOST, User
from runtime.settings import read_settings
from web.faults import GraphQLFault
from web.tokens import LONGEST, AccessTokens, Bearer, SigningKey
from wiring.keys import tokens_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = SigningKey("new", b"n" * 32)
OLD_KEY = SigningKey("old", b"o" * 32)
ANN = User(UserId(1), "ann@example.org", "Ann", Role.ORGANIZER, NOON)
ORGANIZATIONS = (OrganizationId(5), OrganizationId(6))


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def some_tokens(*keys: SigningKey, clock: Clock | None = None, cached_most: int = 100) -> AccessTokens:
    return AccessTokens(keys or (KEY,), clock=clock or Clock(), cached_most=cached_most)


def some_claims(**others: Any) -> dict[str, Any]:
    """The claims of a good token, with some replaced, or left out where they are `...`."""
    claims = {
        "iss": "box-office",
        "aud": "box-office",
        "sub": str(UserId(1)),
        "name": "Ann",
        "email": "ann@example.org",
        "role": "USER",
        "org": [],
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 60,
        "jti": "x",
        "sid": "7",
    }
    return {name: value for name, value in {**claims, **others}.items() if value is not ...}


def forged(claims: object, key: bytes = KEY.secret, **header: object) -> str:
    """A token as anybody could write it, without the help of a library that knows better."""
    parts = [{"alg": "HS256", "kid": "new", "typ": "JWT", **header}, claims]
    signed = ".".join(segment(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{segment(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def code_of(tokens: AccessTokens, token: str) -> str:
    with pytest.raises(GraphQLFault) as refused:
        tokens.authenticate(token)
    return refused.value.code


def test_a_token_tells_who_its_bearer_is_and_until_when() -> None:
    tokens = some_tokens()

    access = tokens.sign(ANN, ORGANIZATIONS, 7)

    bearer = tokens.authenticate(access.text)
    assert bearer == Bearer(UserId(1), Role.ORGANIZER, frozenset(ORGANIZATIONS), session_id=7, expires_at=NOON + timedelta(minutes=30))
    assert isinstance(bearer, Caller)
    assert access.expires_at == NOON + timedelta(minutes=30)


def test_a_token_has_the_claims_others_may_rely_on() -> None:
    access = some_tokens().sign(ANN, ORGANIZATIONS, LARGEST)

    claims = jwt.decode(access.text, options={"verify_signature": False})
    assert len(claims.pop("jti")) >= 16
    assert claims == {
        "iss": "box-office",
        "aud": "box-office",
        "sub": "usr_0000000000001",
        "name": "Ann",
        "email": "ann@example.org",
        "role": "ORGANIZER",
        "org": ["org_0000000000005", "org_0000000000006"],
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 1800,
        "sid": "9223372036854775807",
    }
    assert jwt.get_unverified_header(access.text) == {"alg": "HS256", "kid": "new", "typ": "JWT"}


def test_two_tokens_of_one_moment_differ() -> None:
    tokens = some_tokens()

    assert tokens.sign(ANN, ()).text != tokens.sign(ANN, ()).text


def test_who_shows_no_token_is_nobody() -> None:
    assert some_tokens().authenticate(None) is None


def test_the_longest_token_we_sign_is_accepted() -> None:
    tokens = some_tokens()
    user = User(UserId(LARGEST), "\u00e4" * 121 + "@example.org", "\U0001d504" * 100, Role.ORGANIZER, NOON)
    organizations = [OrganizationId(LARGEST - n) for n in range(ORGANIZATIONS_MOST)]

    access = tokens.sign(user, organizations, LARGEST)

    bearer = tokens.authenticate(access.text)
    assert bearer is not None
    assert bearer.organizations == frozenset(organizations)
    assert len(access.text) <= LONGEST


def test_what_was_signed_with_the_old_key_stays_good_while_that_key_is_kept() -> None:
    before = some_tokens(OLD_KEY)
    after = some_tokens(KEY, OLD_KEY)

    assert after.authenticate(before.sign(ANN, ()).text) is not None
    assert code_of(before, after.sign(ANN, ()).text) == "UNAUTHENTICATED"
    assert code_of(some_tokens(KEY), before.sign(ANN, ()).text) == "UNAUTHENTICATED"


def test_a_key_is_named_after_its_secret_without_betraying_it() -> None:
    key = SigningKey.of(b"s" * 32)

    assert key == SigningKey.of(b"s" * 32)
    assert key.kid != SigningKey.of(b"t" * 32).kid
    assert "sss" not in repr(key)


def test_a_short_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SigningKey("short", b"s" * 31)


@pytest.mark.parametrize("cached", [False, True])
def test_a_token_expires_to_the_second(cached: bool) -> None:
    clock = Clock()
    tokens = some_tokens(clock=clock)
    access = tokens.sign(ANN, ())
    if cached:
        tokens.authenticate(access.text)

    clock.now = access.expires_at - timedelta(microseconds=1)
    assert tokens.authenticate(access.text) is not None

    clock.now = access.expires_at
    assert code_of(tokens, access.text) == "AUTH_TOKEN_EXPIRED"
    assert code_of(tokens, access.text) == "AUTH_TOKEN_EXPIRED"


@pytest.mark.parametrize("cached", [False, True])
def test_a_token_is_good_no_longer_than_its_session(cached: bool) -> None:
    tokens = some_tokens()
    ended, other = tokens.sign(ANN, (), 7), tokens.sign(ANN, (), 8)
    if cached:
        tokens.authenticate(ended.text)

    tokens.revoked.revoke([7])

    assert code_of(tokens, ended.text) == "UNAUTHENTICATED"
    assert tokens.authenticate(other.text) is not None
    assert code_of(tokens, tokens.sign(ANN, (), 7).text) == "UNAUTHENTICATED", "signed a moment too late"


def test_the_settings_name_one_secret_that_signs_and_others_that_are_accepted() -> None:
    secrets = {name: f"the {name} secret that is long enough to sign with" for name in ("old", "new")}

    def tokens(secret: str, *previous: str) -> AccessTokens:
        return tokens_of(read_settings(jwt_secret=secrets[secret], jwt_previous_secrets=", ".join(secrets[name] for name in previous)))

    before, prepared, exchanged, after = tokens("old"), tokens("old", "new"), tokens("new", "old"), tokens("new")

    old, new = prepared.sign(ANN, ()).text, exchanged.sign(ANN, ()).text
    assert before.authenticate(old) is not None, "what is previous never signs"
    assert prepared.authenticate(new) is not None
    assert exchanged.authenticate(old) is not None
    assert after.authenticate(new) is not None
    assert code_of(before, new) == "UNAUTHENTICATED"
    assert code_of(after, old) == "UNAUTHENTICATED"


def test_an_access_token_does_not_outlive_the_refresh_token_that_came_with_it() -> None:
    tokens = tokens_of(read_settings(jwt_secret="s" * 32, access_token_seconds=600, refresh_token_seconds=60))

    assert tokens.lifetime == timedelta(seconds=60)


def test_an_expired_token_that_is_forged_is_only_forged() -> None:
    assert code_of(some_tokens(), forged(some_claims(exp=1), b"another secret of some 32 bytes.")) == "UNAUTHENTICATED"
    assert code_of(some_tokens(), forged(some_claims(exp=1))) == "AUTH_TOKEN_EXPIRED"


def test_the_cache_forgets_what_was_not_seen_for_longest_and_still_knows_it() -> None:
    tokens = some_tokens(cached_most=2)
    texts = [tokens.sign(ANN, ()).text for _ in range(5)]

    bearers = [tokens.authenticate(text) for text in texts + texts]

    assert len(set(bearers)) == 1
    assert len(tokens._seen) == 2


def test_refused_tokens_are_not_cached() -> None:
    tokens = some_tokens()

    for number in range(10):
        code_of(tokens, f"garbage{number}")

    assert not tokens._seen


def test_what_the_forger_here_writes_is_good_where_nothing_is_wrong() -> None:
    assert some_tokens().authenticate(forged(some_claims())) is not None


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "garbage",
        "x" * (LONGEST + 1),
        "x" * 1_000_000,
        "ключ.ключ.ключ",
        "\0",
        "\ud800",
        f"{segment(b'[' * 2900)}.{segment(b'{}')}.x",
        f"{segment(b'null')}.{segment(b'{}')}.x",
        f"{segment(json.dumps({'alg': 'none', 'kid': 'new'}).encode())}.{segment(json.dumps(some_claims()).encode())}.",
        forged(some_claims(), alg="none"),
        forged(some_claims(), alg="HS512"),
        forged(some_claims(), alg="RS256"),
        forged(some_claims(), alg=None),
        forged(some_claims(), alg=["HS256"]),
        forged(some_claims(), kid="old"),
        forged(some_claims(), kid="../../dev/null"),
        forged(some_claims(), kid=None),
        forged(some_claims(), kid=["new"]),
        forged(some_claims(), kid={"new": 1}),
        forged(some_claims(), crit=["exp"]),
        forged(some_claims(), b64=False, crit=["b64"]),
        forged(some_claims(), OLD_KEY.secret),
        forged(some_claims(), b""),
        forged(some_claims())[:-1],
        forged(some_claims()) + "A",
        forged(some_claims()) + "\n",
        " " + forged(some_claims()),
        "Bearer " + forged(some_claims()),
        forged([]),
        forged(None),
        forged("text"),
        forged({}),
    ],
)
def test_anything_else_is_no_token(token: str) -> None:
    assert code_of(some_tokens(), token) == "UNAUTHENTICATED"


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "name", "email", "role", "org", "iat", "exp", "jti", "sid"])
@pytest.mark.parametrize("value", [..., None, True, 1.5, -1, 10**400, "", "text", [], [1], ["usr_0000000000001"], {}, {"a": 1}])
def test_a_signed_token_with_a_strange_claim_is_none_of_ours(claim: str, value: object) -> None:
    allowed: dict[str, list[object]] = {
        "org": [[]],
        "name": ["", "text"],
        "email": ["", "text"],
        "jti": ["", "text"],
        "sid": [],
        "iat": [-1, 10**400],
        "exp": [-1],
    }
    if value in allowed.get(claim, []) and not isinstance(value, bool):
        return

    assert code_of(some_tokens(), forged(some_claims(**{claim: value}))) == "UNAUTHENTICATED"


@given(st.text())
def test_no_text_whatever_is_a_fault(text: str) -> None:
    assert code_of(some_tokens(), text) == "UNAUTHENTICATED"


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_token_with_one_character_changed_is_not_good(place: int, difference: int) -> None:
    tokens = some_tokens()
    token = forged(some_claims())
    place %= len(token)
    changed = token[:place] + chr((ord(token[place]) ^ difference) & 127) + token[place + 1 :]

    if changed != token:
        assert code_of(tokens, changed) == "UNAUTHENTICATED"
