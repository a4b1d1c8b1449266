"""Idempotency keys: a caller's own name for a request, from the input or the `Idempotency-Key` header."""

from hashlib import sha256

from domain.bookings import IdempotencyKey
from domain.validation import InvalidInput, Problem
from resolvers.context import Info

LONGEST = 255


def idempotency_of(info: Info, given: str | None, *asked: object) -> IdempotencyKey | InvalidInput | None:
    """The request's key with a fingerprint of what it asks, None where it has none, or what is wrong with it.

    `asked` is the operation's name and every part of its input, in a fixed order. The input's key goes before the header's.
    """
    key = given if given is not None else info.context.idempotency_key
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        return InvalidInput((Problem("idempotencyKey", f"has 1 to {LONGEST} printable characters"),))
    return IdempotencyKey(key, fingerprint(*asked))


def key_or_new(info: Info, found: IdempotencyKey | None) -> IdempotencyKey:
    """The request's key, or one nobody else has: so that it is recognised after a lost connection all the same."""
    return found or IdempotencyKey(f"auto-{info.context.services.new_number():x}", 0)


def fingerprint(*asked: object) -> int:
    """64 bits of a hash of some values' text, as the database's signed integer."""
    digest = sha256("\x1f".join(map(repr, asked)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
