"""Ed25519 keys as people write them into settings."""

import base64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

KEY_BYTES = 32


def private_key(text: str) -> bytes:
    """The 32 bytes of a private key; raises ValueError for what is none."""
    return raw_of(text) if "-----BEGIN" not in text else private_of_pem(as_pem(text))


def public_key(text: str) -> bytes:
    """The 32 bytes of a public key; raises ValueError for what is none."""
    return raw_of(text) if "-----BEGIN" not in text else public_of_pem(as_pem(text))


def raw_of(text: str) -> bytes:
    """32 bytes in base64, of either alphabet, padded or not."""
    digits = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    raw = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    if len(raw) != KEY_BYTES:
        raise ValueError("a key of another size")
    return raw


def as_pem(text: str) -> bytes:
    """PEM with its line breaks, which a line of `.env` writes as two characters."""
    return text.strip().replace("\\n", "\n").encode()


def private_of_pem(pem: bytes) -> bytes:
    """The 32 bytes of a private key in PEM."""
    try:
        found = load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as error:  # it has a password, or nobody knows it
        raise ValueError("a key that cannot be read") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError("a key of another kind")
    return found.private_bytes_raw()


def public_of_pem(pem: bytes) -> bytes:
    """The 32 bytes of a public key in PEM."""
    try:
        found = load_pem_public_key(pem)
    except UnsupportedAlgorithm as error:
        raise ValueError("a key that cannot be read") from error
    if not isinstance(found, Ed25519PublicKey):
        raise ValueError("a key of another kind")
    return found.public_bytes_raw()
